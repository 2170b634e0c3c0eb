// Users with a real worker and a provisioning server: rows that change where they stand; an admin adds, edits and reveals;
// doubts are accepted.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { yealinkFile } from '../test/help/harvest.ts';
import { type ProvisioningServer, startProvisioningServer } from '../test/help/provisioning-server.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';
import { shoot } from './help/shoot.ts';

let portal: Portal;
let server: ProvisioningServer;
let pbxId: string;

beforeAll(async () => {
  server = await startProvisioningServer();
  portal = await openPortal({ worker: true });
  const made = await portal.api.call('POST', '/pbxs', {
    name: 'HQ Berlin',
    autoProvision: true,
    autoAssignMac: true,
    provisioningUrl: `${server.origin}/{mac}.cfg`,
    didField: 'label',
    country: 'US',
  });
  expect(made.status).toBe(201);
  pbxId = made.json.id;
});
afterAll(async () => {
  await portal.close();
  await server.close();
});

async function addUser(user: Record<string, unknown>): Promise<string> {
  const made = await portal.api.call('POST', '/users', { pbxId, ...user });
  expect([made.status, made.text]).toEqual([201, expect.anything()]);
  return made.json.id;
}

it('changes the row of the list where it stands, when r is pressed on it', async () => {
  await addUser({ name: 'Cleo Waits', sipUserId: '106', mac: '00005e005306' });
  await addUser({ name: 'Cleo Two', sipUserId: '107', mac: '00005e005307' });
  const visitor = await portal.visit('support');
  const { page } = visitor;
  await visitor.go('/users?q=cleo&sort=name');
  const row = page.getByRole('row').filter({ hasText: 'Cleo Waits' });
  await row.getByText('No file for this MAC').waitFor();
  const index = await row.getAttribute('data-index');
  server.set(
    '/00005e005306.cfg',
    yealinkFile({ userName: '106', password: 'k7-Vrx2-quarz', label: '+12025550106', mac: '00005e005306' }),
  );
  await row.focus();
  await page.keyboard.press('r');
  await row.getByText('Provisioned').waitFor();
  expect(await row.getAttribute('data-index')).toBe(index);
  expect(await page.locator(':focus').getAttribute('data-index')).toBe(index);
  await page.getByRole('row').filter({ hasText: 'Cleo Two' }).getByText('Failed').waitFor();
  await visitor.leave();
});

it('lets an admin add a user with a pseudo-MAC, edit it and reveal its password', async () => {
  const visitor = await portal.visit('pbxAdmin');
  // Refused on purpose: a wrong address of Teams, and a change upon what somebody else changed.
  visitor.expectConsole(/422|412|403/);
  const { page } = visitor;
  await visitor.go(`/users/new?pbx=${pbxId}`);
  await page.getByRole('radio', { name: 'As the PBX (on now)' }).waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-new');
  await page.getByLabel('Name', { exact: true }).fill('Dora Placeholder');
  await page.getByLabel('Teams sign-in name').fill('dora at acme');
  await page.getByLabel('SIP user', { exact: true }).fill('104');
  // Checked while it is typed.
  const mac = page.getByRole('textbox', { name: 'MAC' });
  await mac.fill('01:00:5e:00:53:01');
  await page.getByText('A multicast address').waitFor();
  await mac.fill('00-00-5E-00');
  await page.getByText('8 of 12 digits.').waitFor();
  await mac.fill('');
  await page.getByRole('radio', { name: 'Assign a pseudo-MAC' }).check();
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByText('is no e-mail address').waitFor();
  await expect.poll(() => page.locator(':focus').inputValue()).toBe('dora at acme');
  await page.getByLabel('Teams sign-in name').fill('dora@acme.example');
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByRole('heading', { name: 'Dora Placeholder is added' }).waitFor();
  await page.getByText('Enter this as the MAC of the device').waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-added');
  const shown = (await page.locator('.mono').first().innerText()).replaceAll(':', '');
  expect(shown).toMatch(/^[0-9a-f]{12}$/);
  await page.getByRole('link', { name: 'Open the user' }).click();
  await page.getByRole('region', { name: 'Provisioning' }).getByText('Waiting').waitFor();

  // Entered at the PBX: it comes by itself.
  server.set(
    `/${shown}.cfg`,
    yealinkFile({ userName: '104', password: 'pw <of> dora', label: '+12025550104', mac: shown }),
  );
  await page.getByRole('button', { name: 'Sync' }).click();
  await page.getByRole('region', { name: 'Provisioning' }).getByText('Provisioned').waitFor();

  // Edited, while somebody else edits it too: both are shown, nothing typed is lost.
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('User tag').fill('sales');
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const before = await portal.api.call('GET', `/users/${id}`);
  const other = await portal.api.call('PATCH', `/users/${id}`, { userTag: 'support' }, { 'if-match': '*' });
  expect([before.status, other.status]).toEqual([200, 200]);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else changed it meanwhile').waitFor();
  await page.getByRole('cell', { name: 'support' }).waitFor();
  expect(await page.getByLabel('User tag').inputValue()).toBe('sales');
  await expectAccessible(page);
  await shoot(page, 'user-changed-meanwhile');
  await page.getByRole('button', { name: 'Save mine' }).click();
  await page.getByRole('tab', { name: 'Overview' }).waitFor();
  await page.getByText('sales', { exact: true }).waitFor();

  // Revealed with a reason.
  await page.getByRole('button', { name: 'Reveal' }).click();
  await page.getByLabel('Why do you need them?').fill('Ticket 4711');
  await page.getByRole('dialog').getByRole('button', { name: 'Reveal' }).click();
  await page.getByText('pw <of> dora').waitFor();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await expect.poll(() => page.getByText('pw <of> dora').count()).toBe(0);

  // A link for the owner of the PBX, revoked again.
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Link for somebody without an account' }).click();
  await page.getByRole('button', { name: 'Make link' }).click();
  await page.getByText(/\/why#/).waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-link');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('The link is revoked.').waitFor();
  await page.keyboard.press('Escape');

  // What is other for this user.
  await page.getByRole('tab', { name: 'Overrides' }).click();
  await page.getByLabel('Provisioning user name').fill('dora-prov');
  await page.getByLabel('Provisioning password', { exact: true }).fill('own secret');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('One is set. It is never shown.').waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-overrides');
  await visitor.leave();
});

it('accepts a doubt once, and says what changed between two versions', async () => {
  const file = (displayName: string) =>
    yealinkFile({ userName: '108', password: 'k7-Vrx2-quarz', label: '+12025550108', mac: '00005e0053ff' }).replace(
      'display_name = 108',
      `display_name = ${displayName}`,
    );
  server.set('/00005e005308.cfg', file('Frida'));
  const id = await addUser({ name: 'Frida Doubtful', sipUserId: '108', mac: '00005e005308' });
  const visitor = await portal.visit('support');
  const { page } = visitor;
  await visitor.go(`/users/${id}`);
  const provisioning = page.getByRole('region', { name: 'Provisioning' });
  await provisioning.getByText('MAC_MISMATCH').waitFor();
  await provisioning.getByRole('button', { name: 'Accept this once' }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Accept this once' }).click();
  await provisioning.getByText('Provisioned').waitFor();

  // The file names its MAC now, and shows another name.
  server.set('/00005e005308.cfg', file('Frida Neu').replace('00005e0053ff', '00005e005308'));
  await page.getByRole('button', { name: 'Sync' }).click();
  await page.getByRole('tab', { name: 'Config' }).click();
  const changes = page.getByRole('table', { name: 'What changed' });
  await changes.getByText('Frida Neu').waitFor();
  await changes.getByRole('deletion').getByText('Frida', { exact: true }).waitFor();
  await expectAccessible(page);
  await shoot(page, 'user-config-diff');
  await visitor.leave();
});

it('shows the user of another tenant as a page that is not there', async () => {
  const id = await addUser({ name: 'Eve Elsewhere', sipUserId: '105' });
  const made = await portal.api.call('POST', '/tenants', { name: 'Other Customer', kind: 'customer' });
  expect(made.status).toBe(201);
  const visitor = await portal.visit('resellerAdmin', { tenantId: made.json.id });
  visitor.expectConsole(/404/);
  await visitor.go(`/users/${id}`);
  await visitor.page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
  expect(await visitor.page.locator('body').innerText()).not.toContain('Eve');
  await visitor.leave();
});
