// Bulk upload beside the whole story: updates, only the good rows, what others see of it, and the states of the screens.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addTenant } from '../test/help/access.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
let tenantId: string;
const SHOTS = process.env.SHOTS;

beforeAll(async () => {
  portal = await openPortal();
  tenantId = await addTenant(portal.api.store, 'North Voice', { kind: 'reseller' });
  const made = await portal.api.call('POST', '/pbxs', {
    tenantId,
    name: 'HQ Berlin',
    autoProvision: true,
    autoAssignMac: true,
    country: 'US',
  });
  expect(made.status).toBe(201);
});
afterAll(() => portal.close());

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

it('says what an update would change, and takes the good rows only', async () => {
  const { api } = portal;
  const { items } = (await api.call('GET', `/pbxs?tenantId=${tenantId}`)).json;
  const user = await api.call('POST', '/users', { pbxId: items[0].id, sipUserId: '901', name: 'Ida', userTag: 'old' });
  expect(user.status).toBe(201);
  const csv =
    'sip_user_id,mac,name,user_tag,password\n901,,Ida,new,s3cret-901\n902,AUTO_ASSIGN,Jo,,s3cret-902\n903,x,Kim,,\n';
  const query = new URLSearchParams({ pbx: items[0].id, existing: 'update', fileName: 'update.csv' });
  const made = await api.call('POST', `/imports?${query}`, csv, { 'content-type': 'text/csv' });
  const id = made.json.id as string;

  const visitor = await portal.visit('resellerAdmin', { tenantId, theme: 'dark', width: 360 });
  const { page } = visitor;
  await visitor.go(`/imports/${id}`);
  await page.getByText('The rows were not checked yet').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Check all rows' }).click();
  await page.getByRole('button', { name: /User tag, row 1: old.*new/ }).waitFor();
  await page.getByRole('button', { name: /SIP password, row 1: hidden/ }).waitFor();
  expect(await page.content()).not.toContain('s3cret');
  await shot(page, 'check-narrow-dark');
  await expectAccessible(page);

  // Only the rows of one kind; the address brings it back.
  await page
    .getByRole('listitem')
    .filter({ hasText: 'MAC_INVALID' })
    .getByRole('link', { name: 'Show these rows' })
    .click();
  await page.getByRole('button', { name: /^MAC, or AUTO_ASSIGN, row 3: x/ }).waitFor();
  await expect.poll(() => page.getByRole('row').count()).toBe(2);
  await page.reload();
  await page.getByRole('button', { name: /^MAC, or AUTO_ASSIGN, row 3: x/ }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);

  // All or nothing is held back by the row with an error; the good ones may go.
  await page.getByRole('button', { name: 'Go on with errors' }).click();
  const submit = page.getByRole('button', { name: 'Submit', exact: true });
  expect(await submit.getAttribute('aria-disabled')).toBe('true');
  expect(new URL(page.url()).searchParams.get('step')).toBe('submit');
  await page.getByRole('radio', { name: 'Only the good rows' }).check();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByRole('heading', { name: 'How the harvest goes' }).waitFor();
  await page.getByText('left out').first().waitFor();
  await shot(page, 'result-narrow-dark');
  await expectAccessible(page);
  await visitor.leave();
});

it('shows uploads to who may only read, greyed out with the reason', async () => {
  const visitor = await portal.visit('support', { tenantId });
  const { page } = visitor;
  await visitor.go('/imports');
  await page.getByRole('link', { name: 'update.csv' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Upload users' }).focus();
  await page.getByText('As Support you may not upload users.').waitFor();
  await page.getByRole('link', { name: 'update.csv' }).click();
  await page.getByRole('heading', { name: 'How the harvest goes' }).waitFor();
  expect(await page.getByRole('button', { name: 'Undo', exact: true }).getAttribute('aria-disabled')).toBe('true');
  await page
    .getByRole('button', { name: /^2|Columns/ })
    .first()
    .click();
  await page.getByRole('table', { name: 'Columns' }).getByText('SIP password').waitFor();
  expect(await page.content()).not.toContain('s3cret');
  await visitor.go('/imports/new');
  await page.getByRole('button', { name: 'Go on to the columns' }).focus();
  await page.getByText('As Support you may not upload users.').waitFor();
  await visitor.leave();
});

it('says what is not there, and which filter hides it', async () => {
  const visitor = await portal.visit('viewer', { tenantId, theme: 'dark' });
  visitor.expectConsole(/404/);
  const { page } = visitor;
  await visitor.go('/imports?state=cancelled');
  await page.getByRole('heading', { name: 'No upload matches' }).waitFor();
  await expectAccessible(page);
  await visitor.go('/imports/01a1fd94-06ea-74e4-b19b-0dd520170800');
  await page.getByRole('alert').getByText('not-found').waitFor();
  await expectAccessible(page);
  await visitor.leave();
});
