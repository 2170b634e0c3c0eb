// The pages that need nobody to be signed in: becoming the owner, signing in, links that were mailed.

import { generateSync } from 'otplib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeSetupToken } from '../src/commands/first-owner.ts';
import { appendActivity } from '../src/store/activity.ts';
import { createLink } from '../src/store/one-time-links.ts';
import { addTenant } from '../test/help/access.ts';
import { addMember, openBrowser, PASSWORD } from '../test/help/browser.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../test/help/openid-provider.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

const NEW_PASSWORD = 'seven geese over a mill';
const RECORDS = new Map<string, string>();
let portal: Portal;
let idp: OpenIdProvider;

beforeAll(async () => {
  portal = await openPortal({ resolveTxt: async (name) => [[RECORDS.get(name) ?? '']] });
  idp = await startOpenIdProvider(`${portal.url}/api/v1/sign-in/callback`, {
    grace: { email: 'grace@acme.example', email_verified: true, name: 'Grace' },
  });
});
afterAll(async () => {
  await idp.close();
  await portal.close();
});
beforeEach(async () => {
  await portal.api.store.database.sql`delete from throttles`;
});

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

async function linkFor(purpose: 'invite' | 'reset', email: string): Promise<string> {
  const id = await addMember(portal.api, email);
  return portal.api.store.database.db.transaction((tx) => createLink(tx, { purpose, memberId: id, email, hours: 1 }));
}

async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

it('makes the first owner by the link of the terminal, and is closed then', async () => {
  const visitor = await portal.open({ width: 360 });
  visitor.expectConsole(/401|422/);
  const { page } = visitor;
  await visitor.go('/sign-in');
  await page.getByText('This installation has no owner yet').waitFor();
  await visitor.go('/setup');
  await heading(page, 'Open the link in the terminal');
  await expectAccessible(page);

  const token = await makeSetupToken(portal.api.store.database);
  await page.goto('about:blank');
  await visitor.go(`/setup#token=${token}`);
  await heading(page, 'Set up Provender');
  expect(page.url()).toBe(`${portal.url}/setup`);
  await page.getByText('/srv/provender/data/master.key', { exact: true }).waitFor();
  await page.getByText('Back up the key file').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Become the owner' }).click();
  expect(await page.getByText('This is needed.').count()).toBe(3);
  await page.getByLabel('Your name').fill('Ann');
  await page.getByLabel('E-mail address').fill('ann@acme.example');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.getByText('must have at least 12 characters').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.waitForURL(`${portal.url}/`);
  await page
    .getByRole('navigation')
    .or(page.getByRole('button', { name: 'Open navigation' }))
    .first()
    .waitFor();

  await page.goto('/setup');
  await page.waitForURL(`${portal.url}/`);
  await visitor.leave();
});

it('signs in and goes where one wanted to go', async () => {
  const email = 'where@example.com';
  await addMember(portal.api, email);
  const visitor = await portal.open();
  visitor.expectConsole(/401/);
  const { page } = visitor;
  await page.goto('/users?status=failed');
  await heading(page, 'Sign in');
  await expectAccessible(page);
  await fillSignIn(page, email, 'not the password');
  await page.getByRole('alert').getByText('Address, password or code is wrong').waitFor();
  expect(await page.getByLabel('E-mail address').inputValue()).toBe(email);
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('not the password');
  await expectAccessible(page);
  await fillSignIn(page, email, PASSWORD);
  await page.waitForURL(`${portal.url}/users?status=failed`);
  // Signed in already: nothing to do there.
  await page.goto('/sign-in?next=%2Factivity');
  await page.waitForURL(`${portal.url}/activity`);
  await page.goto('/sign-in?next=https%3A%2F%2Felsewhere.example%2F');
  await page.waitForURL(`${portal.url}/`);
  await visitor.leave();
});

it('counts the seconds down when there were too many tries', async () => {
  const visitor = await portal.open();
  visitor.expectConsole(/401|429/);
  const { page } = visitor;
  await visitor.go('/sign-in');
  for (let tries = 0; tries < 5; tries += 1) {
    await openBrowser(portal.api).signIn('nobody@example.com', 'a wrong password');
  }
  await fillSignIn(page, 'nobody@example.com', 'a wrong password');
  const button = page.getByRole('button', { name: /Try again in \d+ seconds?/ });
  await button.waitFor();
  expect(await button.isDisabled()).toBe(true);
  const first = await button.innerText();
  await button.filter({ hasNotText: first }).waitFor();
  await expectAccessible(page);
  await visitor.leave();
});

it('asks for the second factor: a code, or a recovery code', async () => {
  const email = 'two@example.com';
  const id = await addMember(portal.api, email);
  const browser = openBrowser(portal.api);
  await browser.signIn(email);
  const { secret } = (await browser.call('POST', '/me/second-factor')).json;
  const confirmed = await browser.call('POST', '/me/second-factor/confirm', { code: generateSync({ secret }) });
  await portal.api.store.database.sql`update member_credentials set totp_last_step = null where member_id = ${id}`;

  const visitor = await portal.open();
  visitor.expectConsole(/401/);
  const { page } = visitor;
  await visitor.go('/sign-in?next=%2Fpbxs');
  await fillSignIn(page, email, PASSWORD);
  await heading(page, 'One more step');
  const code = page.getByLabel('Code', { exact: true });
  expect(await code.getAttribute('autocomplete')).toBe('one-time-code');
  await expectAccessible(page);
  await code.fill('12345');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Address, password or code is wrong').waitFor();
  // No button: six digits are all there is to say.
  await code.fill(generateSync({ secret }));
  await page.waitForURL(`${portal.url}/pbxs`);
  await visitor.context.clearCookies();

  await visitor.go('/sign-in');
  await fillSignIn(page, email, PASSWORD);
  await heading(page, 'One more step');
  await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code').fill(confirmed.json.recoveryCodes[0]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${portal.url}/`);

  // Who waited too long begins again.
  await visitor.context.clearCookies();
  await visitor.go('/sign-in?step=second-factor');
  await page.getByLabel('Code', { exact: true }).fill('123456');
  await heading(page, 'Sign in');
  await page.getByText('That took too long').waitFor();
  await visitor.leave();
});

it('shows the providers of the domain, and what went wrong there', async () => {
  const acme = await addTenant(portal.api.store, 'Acme');
  const provider = await portal.api.call('POST', '/sso-providers', {
    tenantId: acme,
    name: 'Acme',
    issuer: idp.issuer,
    clientId: 'provender',
    clientSecret: 'canary-client-secret',
    newMemberRole: 'viewer',
  });
  const owned = (await portal.api.call('POST', '/domains', { domain: 'acme.example', tenantId: acme })).json;
  RECORDS.set(owned.recordName, owned.recordText);
  await portal.api.call('POST', `/domains/${owned.id}/verify`);

  const visitor = await portal.open();
  visitor.expectConsole(/401/);
  const { page } = visitor;
  await visitor.go('/sign-in?next=%2Fpbxs&problem=sso-not-invited');
  await page.getByRole('alert').getByText('Nobody has invited you yet').waitFor();
  await page.getByLabel('E-mail address').fill('grace@acme.example');
  const link = page.getByRole('link', { name: 'Sign in with Acme' });
  await link.waitFor();
  await expectAccessible(page);
  const href = await link.getAttribute('href');
  expect(href).toBe(`/api/v1/sign-in/sso/${provider.json.id}?next=%2Fpbxs`);
  // The provider's own pages are none of ours: its part is played without the window.
  const begun = await visitor.context.request.get(href ?? '', { maxRedirects: 0 });
  await page.goto(await idp.signIn(begun.headers().location ?? '', 'grace'));
  await page.waitForURL(`${portal.url}/pbxs`);
  await visitor.leave();
});

it('takes up an invitation, which says whom it is for', async () => {
  const token = await linkFor('invite', 'invited@example.com');
  const visitor = await portal.open({ theme: 'dark', width: 360 });
  visitor.expectConsole(/404|401/);
  const { page } = visitor;
  await visitor.go(`/invite#token=${token}`);
  await page.getByText('You were invited as invited@example.com').waitFor();
  expect(page.url()).toBe(`${portal.url}/invite`);
  await expectAccessible(page);
  await page.getByLabel('Your name').fill('Ines');
  await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForURL(`${portal.url}/`);

  await page.goto('about:blank');
  await visitor.go(`/invite#token=${token}`);
  await heading(page, 'This link is not good any more');
  await expectAccessible(page);
  await visitor.leave();
});

it('sets a new password by a link, and says who makes one where no mail is sent', async () => {
  const visitor = await portal.open();
  visitor.expectConsole(/401|404|422/);
  const { page } = visitor;
  await visitor.go('/sign-in');
  await page.getByLabel('E-mail address').fill('lost@example.com');
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByText('This installation sends no mail').waitFor();
  await page.getByText('provender admin reset lost@example.com').waitFor();
  await expectAccessible(page);

  await visitor.go('/reset');
  await heading(page, 'This address is not complete');
  const token = await linkFor('reset', 'lost@example.com');
  await page.goto('about:blank');
  await visitor.go(`/reset#token=${token}`);
  await page.getByLabel('New password').fill('lost@example.com');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('one of those that are tried first').waitFor();
  await expectAccessible(page);
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await heading(page, 'The new password is set');
  await page.getByRole('link', { name: 'To the sign-in' }).click();
  await fillSignIn(page, 'lost@example.com', NEW_PASSWORD);
  await page.waitForURL(`${portal.url}/`);
  await visitor.leave();
});

it('tells the owner of a PBX why a user is not there yet', async () => {
  const { call, store } = portal.api;
  const pbx = (
    await call('POST', '/pbxs', { name: 'HQ', provisioningUrl: 'https://pbx.example/', autoProvision: true })
  ).json;
  const user = (await call('POST', '/users', { pbxId: pbx.id, name: 'Ann', mac: '0015651133aa' })).json;
  await appendActivity(store.database.db, [
    {
      tenantId: user.tenantId,
      pbxId: pbx.id,
      pbxName: 'HQ',
      userId: user.id,
      userName: 'Ann',
      actor: 'system',
      verb: 'sync',
      outcome: 'failed',
      status: 'failed',
      code: 'HTTP_404',
      sentence: 'The server has no file for 00:15:65:11:33:aa.',
      nextAction: 'Check that a device with this MAC exists in the PBX.',
      steps: [{ step: 'fetch', ok: false, ms: 120, text: 'GET https://pbx.example/: 404' }],
    },
  ]);
  const { link } = (await call('POST', `/users/${user.id}/why-links`, { hours: 72 })).json;

  const visitor = await portal.open({ width: 360 });
  visitor.expectConsole(/404/);
  const { page } = visitor;
  await visitor.go(link);
  await heading(page, 'Ann');
  expect(page.url()).toBe(`${portal.url}/why`);
  await page.getByText('The server has no file for').first().waitFor();
  await expectAccessible(page);
  await page.goto('about:blank');
  await visitor.go('/why#notatoken');
  await heading(page, 'This link is not good any more');
  await visitor.leave();
});
