// What roles and scopes may do, as the API tells it; and what is for owners alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const signedIn = async (role: 'owner' | 'resellerAdmin') => {
  const email = `${role.toLowerCase()}@example.com`;
  await addMember(api, email, role);
  const browser = openBrowser(api);
  await browser.signIn(email);
  return browser;
};

test('tells what each role and each scope allows', async () => {
  const { roles, scopes } = (await api.call('GET', '/roles')).json as {
    roles: { role: string; actions: string[] }[];
    scopes: { scope: string; actions: string[] }[];
  };
  const of = (role: string) => roles.find((one) => one.role === role)?.actions;
  expect(of('owner')).toContain('installation.change');
  expect(of('resellerAdmin')).not.toContain('installation.change');
  expect(of('viewer')).not.toContain('user.sync');
  expect(scopes.find(({ scope }) => scope === 'users:sync')?.actions.sort()).toEqual(['pbx.sync', 'user.sync']);
  expect(scopes.flatMap(({ actions }) => actions)).not.toContain('user.reveal');
});

test('shows who signs in with a second factor', async () => {
  await addMember(api, 'two@example.com', 'viewer');
  const seen = async () => (await api.call('GET', '/members?q=two@example.com')).json.items[0].secondFactor;
  expect(await seen()).toBe(false);
  await api.store.database.sql`
    update member_credentials set totp_confirmed_at = now() from members
    where members.id = member_id and email = 'two@example.com'`;
  expect(await seen()).toBe(true);
});

test('the audit is compared with its seals for owners alone', async () => {
  const owner = await signedIn('owner');
  const verified = await owner.call('POST', '/audit/verify');
  expect(verified.json).toMatchObject({ ok: true, days: 0, lastDay: null, flaws: [] });
  const reseller = await signedIn('resellerAdmin');
  expect((await reseller.call('POST', '/audit/verify')).status).toBe(403);
});
