// One's own account: name, password, sessions, a second factor with real codes.
import { generateSync } from 'otplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, PASSWORD } from '../test/help/browser.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.close());

const NEW_PASSWORD = 'seven geese over the harbour';

it('changes name and password, and ends other sessions', async () => {
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  visitor.expectConsole(/422|403/);
  await visitor.go('/account');
  await page.getByLabel('Name').fill('Ann Miller');
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.getByText('Saved.').waitFor();
  const email = await page.getByLabel('E-mail').inputValue();
  await page.getByRole('table', { name: 'What you may do' }).getByText('Owner').waitFor();

  const elsewhere = openBrowser(portal.api);
  expect((await elsewhere.signIn(email)).status).toBe(200);
  await page.getByRole('tab', { name: 'Sessions' }).click();
  const sessions = page.getByRole('table', { name: 'Where you are signed in' });
  await sessions.getByText('This session').waitFor();
  await expectAccessible(page);
  await sessions.getByRole('button', { name: /^End the session/ }).click();
  await page.getByText('You are signed in here only.').waitFor();
  expect((await elsewhere.call('GET', '/me')).status).toBe(401);

  await elsewhere.signIn(email);
  await page.getByRole('tab', { name: 'Sign-in' }).click();
  await page.getByRole('textbox', { name: 'Current password' }).fill(PASSWORD);
  await page.getByRole('textbox', { name: 'New password', exact: true }).fill('short');
  await page.getByRole('textbox', { name: 'New password again' }).fill('other');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('is not the same as above').waitFor();
  await page.getByRole('textbox', { name: 'New password again' }).fill('short');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('must have at least 12 characters').waitFor();
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'New password', exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('textbox', { name: 'New password again' }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Your password was changed').waitFor();
  expect((await elsewhere.call('GET', '/me')).status).toBe(401);
  expect((await elsewhere.signIn(email, NEW_PASSWORD)).status).toBe(200);
  await visitor.leave();
});

it('sets up a second factor with the codes of an app, and does without it again', async () => {
  const visitor = await portal.visit('viewer', { theme: 'dark' });
  const { page } = visitor;
  visitor.expectConsole(/422|403/);
  // As if the sign-in was an hour ago.
  await portal.api.store.database.sql`
    update sessions set sess = jsonb_set(sess::jsonb, '{freshUntil}', '0')::json`;
  await visitor.go('/account?tab=sign-in');
  const { email } = await (await visitor.context.request.get('/api/v1/me')).json();
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  await expectAccessible(page);
  const secret = (await page.getByText(/^[A-Z2-7 ]{30,}$/).innerText()).replaceAll(' ', '');
  await page.getByLabel('Code of the app').fill('000000');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('is not the code of this moment').waitFor();
  await page.getByLabel('Code of the app').fill(generateSync({ secret }));
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('Recovery codes: shown this once').waitFor();
  await expectAccessible(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toBe('provender-recovery-codes.txt');
  const [recoveryCode = ''] = (await page.locator('pre').innerText()).split('\n');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes left').waitFor();

  const elsewhere = openBrowser(portal.api);
  expect((await elsewhere.signIn(email)).json.status).toBe('secondFactor');
  expect((await elsewhere.call('POST', '/sign-in/second-factor', { code: recoveryCode })).status).toBe(200);
  await page.getByRole('button', { name: 'New recovery codes' }).click();
  await page.getByText('Recovery codes: shown this once').waitFor();
  await page.getByRole('button', { name: 'I have kept them' }).click();

  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Current password' }).fill(PASSWORD);
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('button', { name: 'Set up a second factor' }).waitFor();
  expect((await openBrowser(portal.api).signIn(email)).json.status).toBe('signedIn');
  await visitor.leave();
});
