// The list of users as people work with it: filters, order, keys, selection, bulk actions, many rows, roles.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { addMany } from './help/many-users.ts';
import { openPortal, type Portal } from './help/portal.ts';
import { shoot } from './help/shoot.ts';

let portal: Portal;
let pbxId: string;

beforeAll(async () => {
  portal = await openPortal();
  const made = await portal.api.call('POST', '/pbxs', {
    name: 'HQ Berlin',
    autoProvision: true,
    autoAssignMac: true,
    provisioningUrl: 'https://pbx.example.com/provision/{mac}.cfg',
  });
  expect(made.status).toBe(201);
  pbxId = made.json.id;
});
afterAll(() => portal.close());

async function addUser(user: Record<string, unknown>): Promise<string> {
  const made = await portal.api.call('POST', '/users', { pbxId, ...user });
  expect([made.status, made.text]).toEqual([201, expect.anything()]);
  return made.json.id;
}

const table = (page: Page) => page.getByRole('table', { name: 'Users' });
const rowOf = (page: Page, name: string) => table(page).getByRole('row').filter({ hasText: name });

it('says what to do while there is nobody, and what to clear when nobody matches', async () => {
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  await visitor.go('/users');
  await page.getByRole('heading', { name: 'No users yet' }).waitFor();
  await expectAccessible(page);
  await shoot(page, 'users-empty');
  await visitor.go('/users?q=nobody');
  await page.getByRole('heading', { name: 'No user matches' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await page.getByRole('heading', { name: 'No users yet' }).waitFor();
  await visitor.leave();
});

it('is filtered, sorted and walked through by keys, and the address keeps it', async () => {
  await addMany(portal, pbxId, 60);
  await addUser({ name: 'Ann Archer', sipUserId: '101', teamsUserId: 'ann@acme.example', mac: '00005e005301' });
  await addUser({ name: 'Bob Baker', sipUserId: '102', userTag: 'sales' });
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  await visitor.go('/users');
  await rowOf(page, 'Ann Archer').waitFor();
  await shoot(page, 'users');

  // By text, from the key for it; then by status.
  await page.keyboard.press('/');
  await page.keyboard.type('person');
  await page.waitForURL(/q=person/);
  await expect.poll(() => rowOf(page, 'Ann Archer').count()).toBe(0);
  await page.getByRole('button', { name: 'Status', exact: true }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page.getByRole('option', { name: 'Stale' }).click();
  await page.keyboard.press('Escape');
  await page.waitForURL(/status=failed%2Cstale/);
  await expect.poll(() => table(page).getAttribute('aria-rowcount')).toBe('18');
  await shoot(page, 'users-filtered');

  // By name, backwards: the head says so.
  await page.getByRole('button', { name: 'Sort by Name' }).click();
  await page.waitForURL(/sort=name/);
  await page.getByRole('button', { name: 'Sort by Name' }).click();
  await page.waitForURL(/sort=-name/);
  await expect
    .poll(() => page.getByRole('columnheader', { name: 'Name', exact: false }).first().getAttribute('aria-sort'))
    .toBe('descending');

  // j, k, x and Enter.
  const rows = table(page).locator('[data-index]');
  await expect.poll(() => rows.first().innerText()).toContain('Person 000060');
  await page.locator('[data-page-title]').focus();
  await page.keyboard.press('j');
  await expect.poll(() => page.locator(':focus').getAttribute('aria-rowindex')).toBe('2');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect.poll(() => page.locator(':focus').getAttribute('aria-rowindex')).toBe('3');
  await page.keyboard.press('x');
  await page.getByText('1 user selected').waitFor();
  await expectAccessible(page);
  await shoot(page, 'users-selected');
  const name = await page.locator(':focus').getByRole('link').first().textContent();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/users\/[0-9a-f-]{36}/);
  await page.goBack();
  await page.waitForURL(/sort=-name/);
  await rowOf(page, name ?? '?').waitFor();

  // Reloaded, it is the same.
  await page.reload();
  await rowOf(page, name ?? '?').waitFor();
  await expect.poll(() => table(page).getAttribute('aria-rowcount')).toBe('18');
  await visitor.leave();
});

it('asks before what was typed of a user is lost, and not after it was saved', async () => {
  const id = await addUser({ name: 'Typed', mac: '00005e0053f1' });
  const visitor = await portal.visit('owner', { theme: 'dark' });
  const { page } = visitor;
  await visitor.go(`/users/${id}?tab=edit`);
  await page.getByLabel('Name', { exact: true }).fill('Typed anew');
  await page.getByRole('button', { name: 'Cancel' }).click();
  const asks = page.getByRole('dialog', { name: 'Leave without saving?' });
  await asks.getByText('Not saved: Name.').waitFor();
  await expectAccessible(page);
  await asks.getByRole('button', { name: 'Stay here' }).click();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Typed anew');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Typed anew' }).waitFor();
  expect(await asks.count()).toBe(0);
  await visitor.go(`/users/new?pbx=${pbxId}`);
  await page.getByLabel('Name', { exact: true }).fill('Nobody yet');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await asks.getByRole('button', { name: 'Leave', exact: true }).click();
  await page.waitForURL(/\/users$/);
  await visitor.leave();
});

it('does to many what was chosen, after it said what would happen', async () => {
  const visitor = await portal.visit('pbxAdmin');
  const { page } = visitor;
  await visitor.go('/users?q=person&sort=name');
  await rowOf(page, 'Person 000001').waitFor();
  // Two by hand, the range to the fifth with Shift: five.
  await page.getByRole('checkbox', { name: 'Select Person 000001' }).check();
  await page.getByRole('checkbox', { name: 'Select Person 000005' }).click({ modifiers: ['Shift'] });
  await page.getByText('5 users selected').waitFor();
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Change users' });
  await dialog.getByText('Choose what to change.').waitFor();
  await dialog.getByRole('combobox', { name: 'User tag' }).click();
  await page.getByRole('option', { name: 'Set to' }).click();
  await dialog.getByLabel('New tag').fill('night shift');
  await dialog.getByText('Change: 5 users.').waitFor();
  await expectAccessible(page);
  await shoot(page, 'users-bulk-change');
  await dialog.getByRole('button', { name: 'Change: 5 users' }).click();
  await page.getByText('Change: 5 users done.').waitFor();
  await expect.poll(() => rowOf(page, 'night shift').count()).toBe(5);

  // All that match, of whom some are off already: they are named.
  await visitor.go('/users?q=person&status=off,provisioned&sort=name');
  await table(page).waitFor();
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check();
  await page.getByRole('button', { name: 'Switch off' }).click();
  const off = page.getByRole('dialog', { name: 'Switch users off' });
  await off.getByRole('button', { name: /Switch off: \d+ users/ }).click();
  await page.getByText(/Switch off: \d+ users done/).waitFor();
  await expect.poll(() => table(page).getByText('Provisioned', { exact: true }).count()).toBe(0);
  // Once more, with those who are not: who is off already is left, and it is said why.
  await visitor.go('/users?status=off,failed');
  await table(page).waitFor();
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check();
  await page.getByRole('button', { name: 'Switch off' }).click();
  await off.getByText(/would be left as they are/).waitFor();
  await off.getByText(/Is switched off already/).waitFor();
  await shoot(page, 'users-bulk-off');
  await off.getByRole('button', { name: 'Cancel' }).click();

  // Erased by typing how many.
  await visitor.go('/users?q=night');
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check();
  await page.getByRole('button', { name: 'Erase' }).click();
  const erase = page.getByRole('dialog', { name: 'Erase users' });
  const button = erase.getByRole('button', { name: 'Erase: 5 users' });
  await button.waitFor();
  expect(await button.isDisabled()).toBe(true);
  await erase.getByLabel('Type 5 to confirm').fill('5');
  await expectAccessible(page);
  await button.click();
  await page.getByRole('heading', { name: 'No user matches' }).waitFor();
  await visitor.leave();
});

it('moves users to another PBX, and gives pseudo-MACs to who has no MAC', async () => {
  const branch = await portal.api.call('POST', '/pbxs', { name: 'Branch', autoProvision: true });
  expect(branch.status).toBe(201);
  await addUser({ pbxId: branch.json.id, name: 'Uma Unassigned', sipUserId: '109' });
  const on = { autoAssignMac: true };
  expect((await portal.api.call('PATCH', `/pbxs/${branch.json.id}`, on, { 'if-match': '*' })).status).toBe(200);
  const visitor = await portal.visit('pbxAdmin');
  const { page } = visitor;
  await visitor.go('/users?q=uma');
  await page.getByRole('checkbox', { name: 'Select Uma Unassigned' }).check();
  await page.getByRole('button', { name: 'Assign pseudo-MACs' }).click();
  const assign = page.getByRole('dialog', { name: 'Assign pseudo-MACs' });
  await assign.getByRole('button', { name: 'Assign pseudo-MACs: 1 user' }).click();
  await page.getByText('Assign pseudo-MACs: 1 user done.').waitFor();
  const [uma] = (await portal.api.call('GET', '/users?q=uma')).json.items;
  expect(uma).toMatchObject({ macAssigned: true, mac: expect.stringMatching(/^[0-9a-f]{12}$/) });

  await visitor.go('/users?q=archer');
  await page.getByRole('checkbox', { name: 'Select Ann Archer' }).check();
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  const move = page.getByRole('dialog', { name: 'Move users to another PBX' });
  await move.getByRole('combobox', { name: 'To the PBX' }).click();
  await page.getByRole('option', { name: 'Branch' }).click();
  await move.getByText('Move: 1 user.').waitFor();
  await expectAccessible(page);
  await move.getByRole('button', { name: 'Move: 1 user' }).click();
  await page.getByText('Move: 1 user done.').waitFor();
  await rowOf(page, 'Ann Archer').getByText('Branch').waitFor();
  await visitor.leave();
});

it('gives a trunk its numbers, and deletes a single user', async () => {
  const id = await addUser({ name: 'Trunk of Acme', sipUserId: '900', mac: '00005e005390' });
  const visitor = await portal.visit('pbxAdmin');
  visitor.expectConsole(/404|422/);
  const { page } = visitor;
  await visitor.go(`/users/${id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('combobox', { name: 'User type' }).click();
  await page.getByRole('option', { name: 'Trunk user' }).click();
  const numbers = page.getByRole('textbox', { name: 'DID list' });
  await numbers.fill('+12025550191\nno number');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => numbers.getAttribute('aria-invalid')).toBe('true');
  await numbers.fill('+12025550191\n+12025550192');
  await page.getByRole('combobox', { name: 'Default DID' }).click();
  await page.getByRole('option', { name: '+12025550192' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('+12025550191, +12025550192').waitFor();
  const kept = (await portal.api.call('GET', `/users/${id}`)).json;
  expect(kept).toMatchObject({ userType: 'trunk', didList: ['+12025550191', '+12025550192'], defaultDidIndex: 1 });

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const deleting = page.getByRole('dialog', { name: 'Delete Trunk of Acme' });
  expect(await deleting.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await deleting.getByRole('textbox').fill('Trunk of Acme');
  await expectAccessible(page);
  await deleting.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Trunk of Acme is deleted.').waitFor();
  await page.waitForURL(`${portal.url}/users`);
  await table(page).waitFor();
  expect(await rowOf(page, 'Trunk of Acme').count()).toBe(0);
  expect((await portal.api.call('GET', `/users/${id}`)).status).toBe(404);
  await visitor.leave();
});

it('keeps columns in the browser and views at the member, and greys out what a viewer may not do', async () => {
  const visitor = await portal.visit('viewer');
  const { page } = visitor;
  await visitor.go('/users?q=person&sort=-name');
  await rowOf(page, 'Person 000060').waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'DID' }).uncheck();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('columnheader', { name: 'Sort by DID' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Save this view' }).click();
  await page.getByLabel('Name of the view').fill('People backwards');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('The view People backwards is saved.').waitFor();
  await visitor.go('/users');
  await rowOf(page, 'Ann Archer').waitFor();
  expect(await page.getByRole('columnheader', { name: 'Sort by DID' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'People backwards', exact: true }).click();
  await page.waitForURL(/q=person/);
  await expect.poll(() => table(page).locator('[data-index]').first().innerText()).toContain('Person 000060');

  await page.getByRole('checkbox', { name: 'Select Person 000060' }).check();
  const sync = page.getByRole('button', { name: 'Sync', exact: true });
  expect(await sync.getAttribute('aria-disabled')).toBe('true');
  await sync.hover();
  await page.getByText('As Viewer you may not sync users').waitFor();
  expect(await page.getByRole('button', { name: 'Add user' }).getAttribute('aria-disabled')).toBe('true');
  await visitor.leave();
});

it('is accessible where there is little room', async () => {
  const visitor = await portal.visit('owner', { width: 360 });
  const { page } = visitor;
  await visitor.go('/users?sort=name');
  await table(page).waitFor();
  await expectAccessible(page);
  await shoot(page, 'users-360');
  await rowOf(page, 'Ann Archer').getByRole('link', { name: 'Ann Archer' }).click();
  await page.getByRole('heading', { level: 1, name: 'Ann Archer' }).waitFor();
  await page.getByRole('heading', { name: 'SIP account' }).waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-360');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('radio', { name: /As the PBX/ }).waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-edit-360');
  await visitor.leave();
});
