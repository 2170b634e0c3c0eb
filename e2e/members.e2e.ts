// Tenants, members and keys as one story: an owner makes room for a reseller, invites its admin, who comes and makes a key.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.close());

const NEW_PASSWORD = 'seven geese over the harbour';

it('an owner adds a reseller and invites its admin, who comes, makes a key and revokes it', async () => {
  const owner = await portal.visit('owner');
  const { page } = owner;
  await owner.go('/tenants');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add a tenant' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('North Telecom');
  await page.getByRole('dialog').getByText('Reseller', { exact: true }).click();
  await page.getByRole('dialog').getByLabel('Most users').fill('500');
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
  const tenants = page.getByRole('table', { name: 'Tenants' });
  await tenants.getByText('North Telecom').waitFor();

  await owner.go('/members');
  await page.getByRole('button', { name: 'Invite somebody' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Bea Smith');
  await dialog.getByLabel('E-mail').fill('bea@north.example');
  await dialog.getByRole('combobox', { name: 'Tenant' }).fill('North');
  await page.getByRole('option', { name: /North Telecom/ }).click();
  await dialog.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Reseller admin' }).click();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await dialog.getByText('Invitation link: shown this once').waitFor();
  await expectAccessible(page);
  const link = await dialog.locator('pre').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name: /bea@north\.example/ });
  await row.getByText('Invited').waitFor();

  const bea = await portal.open();
  await bea.page.goto(link);
  await bea.page.getByRole('textbox', { name: 'Password' }).fill(NEW_PASSWORD);
  await bea.page.getByRole('button', { name: 'Join' }).click();
  await bea.page.waitForURL((url) => url.pathname === '/');
  await bea.go('/api-keys');
  await bea.page.getByRole('heading', { name: 'No API keys yet' }).waitFor();
  await expectAccessible(bea.page);
  await bea.page.getByRole('button', { name: 'Make an API key' }).first().click();
  const making = bea.page.getByRole('dialog');
  await making.getByLabel('Name').fill('SBC of North');
  await making.getByRole('button', { name: 'Make key' }).click();
  await making.getByText('Choose at least one scope.').waitFor();
  await making.getByLabel('users:sync').check();
  await making.getByLabel('credentials:read').check();
  await making.getByText('read credentials').waitFor();
  await making.getByRole('button', { name: 'Make key' }).click();
  await making.getByText('Needed for credentials:read.').waitFor();
  await making.getByRole('combobox', { name: 'Addresses' }).fill('127.0.0.1');
  await expectAccessible(bea.page);
  await making.getByRole('button', { name: 'Make key' }).click();
  await making.getByText('API key: shown this once').waitFor();
  const key = await making.locator('pre').innerText();
  await making.getByRole('button', { name: 'I have copied it' }).click();
  const asKey = () => fetch(`${portal.url}/api/v1/users/credentials`, { headers: { authorization: `Bearer ${key}` } });
  expect((await asKey()).status).toBe(200);

  await bea.page.getByRole('row', { name: /SBC of North/ }).click();
  await bea.page.getByRole('button', { name: 'Revoke' }).click();
  const confirm = bea.page.getByRole('dialog').last();
  expect(await confirm.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
  await confirm.getByRole('textbox').fill('SBC of North');
  await confirm.getByRole('button', { name: 'Revoke' }).click();
  await bea.page.getByText('SBC of North is revoked.').waitFor();
  expect((await asKey()).status).toBe(401);

  await bea.leave();
  await owner.leave();
});

it('changes a member while somebody else does, makes a link, and removes what is not needed any more', async () => {
  const owner = await portal.visit('owner');
  const { page } = owner;
  owner.expectConsole(/412/);
  await owner.go('/members');
  const row = page.getByRole('row', { name: /bea@north\.example/ });
  await row.getByText('Active').waitFor();
  await row.click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel('Name').fill('Bea Jones');
  const { id } = (await portal.api.call('GET', '/members?q=bea@north.example')).json.items[0];
  await portal.api.call('PATCH', `/members/${id}`, { name: 'Beatrice Smith' }, { 'if-match': '*' });
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.getByText('Somebody else changed it meanwhile').waitFor();
  await drawer.getByRole('cell', { name: 'Beatrice Smith' }).waitFor();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByText('Saved.').waitFor();
  await drawer.getByRole('button', { name: 'Link to set a new password' }).click();
  await drawer.getByText('Link to set a new password: shown this once').waitFor();
  await drawer.getByRole('button', { name: 'Remove', exact: true }).click();
  const removing = page.getByRole('dialog', { name: /^Remove bea/ });
  await removing.getByRole('textbox').fill('bea@north.example');
  await removing.getByRole('button', { name: 'Remove', exact: true }).click();
  await row.waitFor({ state: 'detached' });

  await owner.go('/tenants?q=north');
  await page.getByRole('button', { name: 'Actions on North Telecom' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  const changing = page.getByRole('dialog', { name: /North Telecom/ });
  await changing.getByLabel('Most users').fill('900');
  const [north] = (await portal.api.call('GET', '/tenants?q=north')).json.items;
  const theirs = { userLimit: 700 };
  expect((await portal.api.call('PATCH', `/tenants/${north.id}`, theirs, { 'if-match': '*' })).status).toBe(200);
  await changing.getByRole('button', { name: 'Save' }).click();
  await changing.getByText('Somebody else changed it meanwhile').waitFor();
  await changing.getByRole('cell', { name: '700' }).waitFor();
  expect(await changing.getByLabel('Most users').inputValue()).toBe('900');
  await expectAccessible(page);
  await changing.getByRole('button', { name: 'Take what is there now' }).click();
  expect(await changing.getByLabel('Most users').inputValue()).toBe('700');
  await changing.getByLabel('Most users').fill('800');
  await changing.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').first().waitFor();
  expect((await portal.api.call('GET', `/tenants/${north.id}`)).json.userLimit).toBe(800);
  await page.getByRole('button', { name: 'Actions on North Telecom' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('North Telecom');
  owner.expectConsole(/409/);
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('North Telecom was deleted.').waitFor();
  await owner.leave();
});

it.each(['support', 'pbxAdmin'] as const)('tells %s which right is missing, and who gives it', async (role) => {
  const visitor = await portal.visit(role);
  for (const path of ['/members', '/api-keys']) {
    await visitor.go(path);
    await visitor.page.getByText(/An owner or reseller admin can change your role/).waitFor();
    await expectAccessible(visitor.page);
  }
  await visitor.go('/tenants');
  await visitor.page.getByRole('table', { name: 'Tenants' }).waitFor();
  expect(await visitor.page.getByRole('button', { name: 'Add a tenant' }).getAttribute('aria-disabled')).toBe('true');
  await expectAccessible(visitor.page);
  await visitor.leave();
});
