// The settings of a PBX: somebody else saves first, the server changes, roles, what the owner is told, files, the end of it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { yealinkFile } from '../test/help/harvest.ts';
import { makeZip } from '../test/help/zip.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
let number = 0;

beforeAll(async () => {
  portal = await openPortal({ outboundAddresses: ['192.0.2.10', '198.51.100.0/24'] });
});
afterAll(() => portal?.close());

async function addPbx(more: object = {}): Promise<string> {
  number += 1;
  const body = { name: `PBX ${number}`, provisioningUrl: 'https://pbx.example.com/{mac}.cfg', country: 'US', ...more };
  const { status, text, json } = await portal.api.call('POST', '/pbxs', body);
  expect(status, text).toBe(201);
  return json.id;
}

async function addUser(pbxId: string, more: object): Promise<string> {
  const { status, text, json } = await portal.api.call('POST', '/users', { pbxId, ...more });
  expect(status, text).toBe(201);
  return json.id;
}

const change = (id: string, body: object) =>
  portal.api.call('PATCH', `/pbxs/${id}`, body, { 'if-match': '*', 'content-type': 'application/merge-patch+json' });
const pbx = async (id: string) => (await portal.api.call('GET', `/pbxs/${id}`)).json;

it('keeps what was typed when somebody else saves first, and shows the differences', async () => {
  const id = await addPbx();
  const { page, ...visitor } = await portal.visit('pbxAdmin');
  visitor.expectConsole(/412/);
  await visitor.go(`/pbxs/${id}?tab=general`);
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Mine');
  expect((await change(id, { name: 'Theirs', resyncHours: 48 })).status).toBe(200);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'Somebody else changed it meanwhile' });
  await alert.getByText('Theirs: Theirs').waitFor();
  await alert.getByText('Check every user again after (hours) 24 → 48').waitFor();
  await expectAccessible(page);
  expect(await name.inputValue()).toBe('Mine');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: 'Mine', level: 1 }).waitFor();
  expect(await pbx(id)).toMatchObject({ name: 'Mine', resyncHours: 48 });

  // Leaving with something typed asks first.
  await name.fill('Never saved');
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay here' }).click();
  expect(await name.inputValue()).toBe('Never saved');
  await page.getByRole('button', { name: 'Discard' }).click();
  expect(await name.inputValue()).toBe('Mine');
  await visitor.leave();
});

it('asks for the password again before another server gets it', async () => {
  const id = await addPbx({ username: 'prov', password: 'geese-over-a-mill' });
  await addUser(id, { name: 'Ann', mac: '00005e005301', provUsername: 'ann', provPassword: 'own-password' });
  const { page, ...visitor } = await portal.visit('pbxAdmin');
  visitor.expectConsole(/422/);
  await visitor.go(`/pbxs/${id}?tab=login`);
  await page.getByText('Set < 1 min. ago').or(page.getByText('Set just now')).waitFor();
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'Source' }).click();
  await page.getByLabel('Provisioning Server URL').fill('https://other.example.com/{mac}.cfg');
  await page.getByText('This is another server').waitFor();
  await page.getByText('Saving makes all').or(page.getByText('no users yet')).waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('was given for the server before').first().waitFor();
  await page.getByRole('tab', { name: /^Login/ }).waitFor();
  await page.getByLabel('Password for the new server').fill('anew');
  const forget = page.getByLabel('Remove the provisioning passwords that users have of their own');
  await forget.check();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('1 change not saved').or(page.getByText('2 changes not saved')).waitFor({ state: 'detached' });
  expect(await pbx(id)).toMatchObject({ provisioningUrl: 'https://other.example.com/{mac}.cfg', passwordSet: true });
  await visitor.leave();
});

it('support sees all of it greyed out, with the reason', async () => {
  const id = await addPbx();
  const { page, ...visitor } = await portal.visit('support');
  await visitor.go(`/pbxs/${id}?tab=general`);
  await page.getByText('As Support you may not change PBXs').waitFor();
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).isDisabled()).toBe(true);
  await expectAccessible(page);
  for (const [tab, label] of [
    ['Source', 'Provisioning Server URL'],
    ['Login', 'Username'],
    ['TLS', 'Pinned certificate (SHA-256)'],
    ['Schedule', 'Fetches at once, at most'],
  ] as const) {
    await page.getByRole('tab', { name: tab }).click();
    expect(await page.getByLabel(label).isDisabled()).toBe(true);
  }
  const test = page.getByRole('button', { name: 'Test connection' });
  expect(await test.getAttribute('aria-disabled')).toBe('true');
  await test.hover();
  await page.getByRole('tooltip').filter({ hasText: 'may not test connections' }).waitFor();
  await page.getByRole('tab', { name: 'Danger' }).click();
  expect(await page.getByRole('button', { name: 'Delete PBX' }).getAttribute('aria-disabled')).toBe('true');
  // What support is for.
  await page.getByRole('button', { name: 'Sync' }).click();
  await page.getByText('no user is due').waitFor();
  await visitor.leave();
});

it("another tenant's PBX is the page that does not exist", async () => {
  const id = await addPbx();
  const tenant = await portal.api.call('POST', '/tenants', { name: 'Acme', kind: 'customer' });
  const { page, ...visitor } = await portal.visit('pbxAdmin', { tenantId: tenant.json.id });
  visitor.expectConsole(/404/);
  await visitor.go(`/pbxs/${id}`);
  await page.getByRole('heading', { name: 'There is no such page', level: 1 }).waitFor();
  await visitor.leave();
});

it('tells the owner of the PBX what to do, takes its files, and is deleted with its users', async () => {
  const id = await addPbx({ name: 'Mill', autoProvision: true, autoAssignMac: true });
  const user = await addUser(id, { name: 'Ann', sipUserId: '101' });
  await addUser(id, { name: 'Bob', sipUserId: '102', mac: '00005e005302' });
  const mac = (await portal.api.call('GET', `/users/${user}`)).json.mac as string;
  const { page, ...visitor } = await portal.visit('pbxAdmin');
  await visitor.go(`/pbxs/${id}?tab=owner`);
  const text = page.getByRole('region', { name: 'Text for the owner' });
  await text.getByText('192.0.2.10').waitFor();
  const colons = mac.match(/../g)?.join(':') ?? '';
  await text.getByText(colons).waitFor();
  await page.getByText('1 user pending.').waitFor();
  await expectAccessible(page);
  await page.getByRole('combobox', { name: 'Made for' }).click();
  await page.getByRole('option', { name: 'FusionPBX' }).click();
  await page.getByRole('columnheader', { name: 'device_address' }).waitFor();
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the sheet' }).click();
  expect((await waiting).suggestedFilename()).toBe('macs-fusionpbx.csv');

  await page.getByRole('tab', { name: 'Overview' }).click();
  const zip = makeZip([
    { name: `${mac}.cfg`, body: yealinkFile({ userName: '101', password: 'pw', mac }) },
    { name: '00005e005399.cfg', body: yealinkFile({ userName: '109', password: 'pw' }) },
  ]);
  await page
    .getByRole('button', { name: 'Choose a zip of configuration files' })
    .setInputFiles({ name: 'backup.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
  await page.getByText('The zip was read.').waitFor();
  await page.getByText('1 MAC that no user of this PBX has').waitFor();
  await page.getByRole('link', { name: 'Provisioned: 1' }).waitFor();
  // It is the server's: who comes back finds what came of it.
  await page.reload();
  await page.getByText('The zip was read.').waitFor();
  await expectAccessible(page);

  await page.getByRole('tab', { name: 'Danger' }).click();
  await page.getByRole('button', { name: 'Delete PBX and 2 users' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Mill' });
  const deed = dialog.getByRole('button', { name: 'Delete PBX and 2 users' });
  expect(await deed.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('Mill');
  await expectAccessible(page);
  await deed.click();
  await page.waitForURL('**/pbxs');
  await page.getByText('Mill was deleted.').waitFor();
  expect((await portal.api.call('GET', `/pbxs/${id}`)).status).toBe(404);
  await visitor.leave();
});

it('every tab is accessible where there is little room', async () => {
  const width = 360;
  const id = await addPbx({ username: 'prov', password: 'x' });
  const { page, ...visitor } = await portal.visit('pbxAdmin', { width });
  await visitor.go(`/pbxs/${id}`);
  for (const tab of [
    'Overview',
    'General',
    'Source',
    'Login',
    'TLS',
    'Mapping',
    'Schedule',
    "For the PBX's owner",
    'Danger',
  ]) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).getByRole('heading').first().waitFor();
    await expectAccessible(page);
    // Nothing sticks out of the window.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }
  await visitor.leave();
});
