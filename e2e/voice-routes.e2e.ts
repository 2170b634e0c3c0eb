// Voice routes: added, renamed, made the default, deleted with their users given to another; who may only read.
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
});
afterAll(() => portal.close());

it('leads a route from the first to the last', async () => {
  const { api } = portal;
  const visitor = await portal.visit('resellerAdmin', { tenantId });
  const { page } = visitor;
  await visitor.go('/voice-routes');
  await page.getByRole('heading', { name: 'No voice routes yet' }).waitFor();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Add voice route' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('US East');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('row', { name: /US East/ }).waitFor();

  // The name is taken: said at the field, and what was typed stays.
  visitor.expectConsole(/409|412/);
  await page.getByRole('button', { name: 'Add voice route' }).click();
  await dialog.getByLabel('Name').fill('us east');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.getByText('is taken').waitFor();
  await dialog.getByLabel('Name').fill('EU');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('row', { name: /^EU/ }).waitFor();

  await page.getByRole('button', { name: 'Make EU the default' }).click();
  await page.getByRole('row', { name: /^EU Default/ }).waitFor();

  // Somebody else renames it meanwhile.
  await page.getByRole('button', { name: 'Change US East' }).click();
  await dialog.getByLabel('Description').fill('New York');
  const { items } = (await api.call('GET', `/voice-routes?tenantId=${tenantId}&q=East`)).json;
  const [east] = items;
  const renamed = await api.call(
    'PATCH',
    `/voice-routes/${east.id}`,
    { name: 'US-East' },
    { 'if-match': `"${east.id}-${east.version}"` },
  );
  expect(renamed.status).toBe(200);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Somebody else changed it meanwhile').waitFor();
  await dialog.getByRole('cell', { name: 'US-East' }).waitFor();
  expect(await dialog.getByLabel('Description').inputValue()).toBe('New York');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByRole('row', { name: /US East.*New York/ }).waitFor();

  // Its user gets the other route.
  const pbx = await api.call('POST', '/pbxs', { tenantId, name: 'HQ' });
  const user = await api.call('POST', '/users', { pbxId: pbx.json.id, sipUserId: '101', voiceRouteId: east.id });
  expect(user.status).toBe(201);
  await page.getByRole('button', { name: 'Delete US East' }).click();
  await dialog.getByRole('combobox', { name: 'Its users get' }).click();
  await page.getByRole('option', { name: 'EU' }).click();
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Type US East to confirm').fill('US East');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => page.getByRole('row', { name: /US East/ }).count()).toBe(0);
  const moved = (await api.call('GET', `/users/${user.json.id}`)).json;
  const [eu] = (await api.call('GET', `/voice-routes?tenantId=${tenantId}&q=EU`)).json.items;
  expect(moved.voiceRouteId).toBe(eu.id);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/voice-routes.png` });
  await expectAccessible(page);
  await visitor.leave();
});

it('shows them to a viewer, who changes nothing, also where there is little room', async () => {
  const visitor = await portal.visit('viewer', { tenantId, theme: 'dark', width: 360 });
  const { page } = visitor;
  await visitor.go('/voice-routes');
  await page.getByRole('row', { name: /^EU/ }).waitFor();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/voice-routes-narrow.png` });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add voice route' }).focus();
  await page.getByText('As Viewer you may not change voice routes.').waitFor();
  await page.getByRole('textbox', { name: 'Filter by name' }).fill('nothing like it');
  await page.getByRole('heading', { name: 'No voice route matches' }).waitFor();
  await expectAccessible(page);
  await visitor.leave();
});
