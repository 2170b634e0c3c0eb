// The list of PBXs: what one sees of each, filters in the address, keys, many at once, and that it stays fresh by itself.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pbxRuns } from '../src/store/schema.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
const ids = new Map<string, string>();

beforeAll(async () => {
  portal = await openPortal();
  const { call, store } = portal.api;
  const add = async (name: string, more: object) => {
    const { status, text, json } = await call('POST', '/pbxs', { name, ...more });
    expect(status, text).toBe(201);
    ids.set(name, json.id);
  };
  await add('Alder', { provisioningUrl: 'https://alder.example.com/{mac}.cfg', autoProvision: true });
  await add('Birch', { provisioningUrl: 'http://birch.example.com/{mac}.cfg', autoProvision: true });
  await add('Cedar', { provisioningUrl: 'https://cedar.example.com/', autoProvision: true, legacyTls: true });
  await add('Dogwood', { autoProvision: false });
  const tenant = await call('POST', '/tenants', { name: 'Acme', kind: 'customer' });
  await add('Elm', {
    tenantId: tenant.json.id,
    provisioningUrl: 'https://elm.example.com/',
    pinSha256: 'ab'.repeat(32),
  });
  await call('POST', '/users', { pbxId: ids.get('Alder'), name: 'Ann', mac: '00005e005301' });
  const { db } = store.database;
  await db
    .update(pbxRuns)
    .set({ pausedUntil: new Date(Date.now() + 240_000), pauseCode: 'HOST_CIRCUIT_OPEN' })
    .where(eq(pbxRuns.pbxId, ids.get('Cedar') ?? ''));
});
afterAll(() => portal?.close());

it('shows how each stands, filters in the address, and syncs, pauses and resumes', async () => {
  const { page, ...visitor } = await portal.visit('resellerAdmin');
  await visitor.go('/pbxs');
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  await row('Alder').getByText('alder.example.com').waitFor();
  await row('Alder').getByText('1 waiting').first().waitFor();
  await row('Birch').getByText('Plain http').waitFor();
  await row('Cedar').getByText('Paused').waitFor();
  await row('Cedar').getByText('The server cannot be reached').waitFor();
  await row('Cedar').getByText('Legacy TLS').waitFor();
  await row('Dogwood').getByRole('link', { name: 'Enter the Provisioning Server URL' }).waitFor();
  await row('Elm').getByText('Acme').waitFor();
  await row('Elm').getByText('Pinned').waitFor();
  await expectAccessible(page);

  // Filters: by key, in the address, and taken off again.
  await page.keyboard.press('/');
  await page.keyboard.type('birch');
  await page.waitForURL('**/pbxs?q=birch');
  await row('Alder').waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: 'Filter by name or address' }).fill('no such');
  await page.getByText('Nothing matches these filters').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await row('Alder').waitFor();
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'In trouble' }).click();
  await page.waitForURL('**/pbxs?state=trouble');
  await row('Alder').waitFor({ state: 'detached' });
  await row('Cedar').waitFor();
  await visitor.go('/pbxs');

  // Keys on a row, then many at once.
  await row('Alder').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await page.getByText(/^Alder: /).waitFor();
  await page.keyboard.press('x');
  await page.getByText('1 PBX selected').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('2 PBXs selected').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause these PBXs' });
  await dialog.getByText('at 2 PBXs').waitFor();
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('2 PBXs paused.').waitFor();
  const state = async (name: string) => (await portal.api.call('GET', `/pbxs/${ids.get(name)}`)).json.autoProvision;
  expect([await state('Alder'), await state('Birch')]).toEqual([false, false]);
  await row('Alder').getByText('Off').first().waitFor();
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText(/PBXs resumed\. .* left as they were\./).waitFor();
  expect(await state('Alder')).toBe(true);
  await visitor.leave();
});

it('changes rows by itself when something happens', async () => {
  const { page, ...visitor } = await portal.visit('viewer');
  await visitor.go('/pbxs');
  const row = page.getByRole('row').filter({ hasText: 'alder.example.com' });
  await row.getByText('1 waiting').first().waitFor();
  await portal.api.call('POST', '/users', { pbxId: ids.get('Alder'), name: 'Bob', mac: '00005e005302' });
  await row.getByText('2 waiting').first().waitFor();
  // What a viewer may not do is there, and says why.
  const add = page.getByRole('button', { name: 'Add PBX' });
  expect(await add.getAttribute('aria-disabled')).toBe('true');
  await add.hover();
  await page.getByRole('tooltip').filter({ hasText: 'As Viewer you may not add PBXs' }).waitFor();
  await visitor.leave();
});

it('keeps what is there when it cannot be read again, and says so when nothing is there', async () => {
  const { page, ...visitor } = await portal.visit('owner', { theme: 'dark', width: 360 });
  visitor.expectConsole(/503/);
  await visitor.context.route('**/api/v1/pbxs?*', (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable"}' }),
  );
  await visitor.go('/pbxs');
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor();
  await expectAccessible(page);
  await visitor.context.unroute('**/api/v1/pbxs?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: 'Alder' }).waitFor();
  await expectAccessible(page);
  await visitor.leave();
});
