// The whole story in one browser window each: a reseller's admin goes from an empty tenant to a PBX that wants a client
// certificate, tests it, chooses the DID, uploads a file with mistakes, mends it, submits, watches; support finds who failed and
// why, and presses Sync; a viewer sees all of it and may do nothing; the admin reads the timeline, and takes the upload back.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Authority, issueClient, issueServer, makeAuthority } from '../src/demo/certificates.ts';
import { addTenant } from '../test/help/access.ts';
import { yealinkFile } from '../test/help/harvest.ts';
import { type ProvisioningServer, startProvisioningServer } from '../test/help/provisioning-server.ts';
import { expectAccessible } from './help/accessible.ts';
import { textOf } from './help/download.ts';
import { openPortal, type Portal, type Visitor } from './help/portal.ts';
import { shoot } from './help/shoot.ts';

let portal: Portal;
let authority: Authority;
let server: ProvisioningServer;
let tenantId: string;

/** The number stands where nobody looks for it at first. */
const fileOf = (userName: string) =>
  yealinkFile({ userName, password: `s3cret-${userName}`, label: 'Desk' }).replace(
    `display_name = ${userName}`,
    `display_name = Desk +1 202 555 0${userName}`,
  );

beforeAll(async () => {
  authority = await makeAuthority();
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  server = await startProvisioningServer({
    tls: { cert, key, clientCa: authority.cert },
    files: {
      '/p/001565112201.cfg': fileOf('101'),
      '/p/001565112202.cfg': fileOf('102'),
      '/p/001565112205.cfg': fileOf('105'),
    },
  });
  portal = await openPortal({ worker: true });
  tenantId = await addTenant(portal.api.store, 'North Voice', { kind: 'reseller' });
});
afterAll(async () => {
  await portal?.close();
  await server?.close();
});

it('goes from an empty tenant to users who are provisioned, and back', async () => {
  const admin = await portal.visit('resellerAdmin', { tenantId });
  await addsPbx(admin);
  await testsUntilItPasses(admin.page);
  await uploadsWithMistakes(admin);
  await mendsThem(admin.page);
  await submits(admin.page);
  const address = new URL(admin.page.url()).pathname;

  const support = await portal.visit('support', { tenantId });
  await findsWhoFailed(support);
  await viewerMayDoNothing(address, new URL(support.page.url()).pathname);
  server.set('/p/001565112203.cfg', fileOf('103'));
  await syncs(support.page);

  // The admin sees it without a hand.
  await admin.page
    .getByRole('region', { name: 'How the harvest goes' })
    .getByRole('link', { name: /Provisioned\s*4/ })
    .waitFor();
  await readsTheTimeline(admin, new URL(support.page.url()).pathname);
  await admin.go(address);
  await takesItBack(admin);
  await support.leave();
  await admin.leave();
});

const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

async function addsPbx(admin: Visitor): Promise<void> {
  const { page } = admin;
  // The empty list leads to the form.
  await admin.go('/pbxs');
  await page.getByRole('heading', { name: 'Add your first PBX' }).waitFor();
  await page.getByRole('main').getByRole('button', { name: 'Add PBX' }).last().click();
  await page.getByRole('heading', { name: 'Add PBX', level: 1 }).waitFor();

  // What the server says stands at the field.
  admin.expectConsole(/422/);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('HQ Berlin');
  await page.getByRole('switch', { name: 'Auto Assign UUID' }).click();
  const url = page.getByLabel('Provisioning Server URL');
  await url.fill(`${server.origin}/p/{ma}.cfg`);
  await page.getByText('{ma} is not a variable.').waitFor();
  await page.getByRole('button', { name: 'Add PBX' }).click();
  await page.getByText('{ma} is not a variable. Known ones').waitFor();
  await url.fill(`${server.origin}/p/{mac}.cfg`);
  await page.getByText(`${server.origin}/p/0015651133aa.cfg`).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add and test connection' }).click();
}

async function testsUntilItPasses(page: Page): Promise<void> {
  // The failing step, why, and where it is mended.
  const drawer = page.getByRole('dialog', { name: 'Test connection' });
  const test = async (mac: string) => {
    await drawer.getByRole('combobox', { name: 'MACs' }).fill(mac);
    await drawer.getByRole('button', { name: 'Test', exact: true }).click();
  };
  await test('001565112201');
  await drawer.getByText('Certificate not trusted').waitFor();
  await drawer.getByRole('button', { name: 'Copy report' }).waitFor();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'To certificates and checks' }).click();
  await page
    .getByRole('button', { name: 'Choose files: CA of the server' })
    .setInputFiles(file('ca.pem', authority.cert));
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('CN=Example Provisioning CA').waitFor();

  await page.getByRole('button', { name: 'Test connection' }).click();
  await test('001565112201');
  await drawer.getByText('Client certificate needed').waitFor();
  await drawer.getByRole('button', { name: 'To certificates and checks' }).click();
  const client = await issueClient(authority, { name: 'harvester.example' });
  const certificate = page.getByRole('button', { name: 'Choose files: Client certificate' });
  await certificate.setInputFiles([file('client.pem', client.cert)]);
  await page.getByText('The private key is missing').waitFor();
  await certificate.setInputFiles([file('client.key', client.key)]);
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('CN=harvester.example').waitFor();
  await expectAccessible(page);

  // It passes all but the number, which stands in another field.
  await page.getByRole('button', { name: 'Test connection' }).click();
  await test('00:15:65:11:22:01');
  await drawer.getByRole('heading', { name: 'As it is read' }).waitFor();
  await drawer.getByText('s3cret').waitFor({ state: 'detached' });
  await drawer.getByRole('button', { name: 'Use as DID: account.1.display_name' }).click();
  await drawer.getByText('1 change not saved: Provisioning Field for DID.').waitFor();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).first().waitFor();
  await drawer.getByRole('button', { name: 'Test again' }).click();
  await drawer.getByText('Passed', { exact: true }).last().waitFor();
  await drawer.getByText('+12025550101, from account.1.display_name').waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  await page.getByRole('tab', { name: 'Mapping' }).click();
  await page.getByRole('combobox', { name: 'Provisioning Field for DID' }).waitFor();
  // For numbers that come without a country.
  await choose(page, 'Country of national numbers', 'United States (US)');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('1 change not saved').waitFor({ state: 'detached' });
  expect(server.requests.at(-1)?.clientName).toBe('harvester.example');
}

const FILE = [
  'Anmeldename;Nebenstelle;Gerät;Anlage;Nummer;Raum',
  'ann@north.example;101;00:15:65:11:22:01;HQ Berlin;+12025550101;1',
  'bob@north.example;102;1565112202;HQ Berlin;+12025550102;2',
  'cyd@north.example;103;1565112203;HQ Berlin;;3',
  'dan@north.example;104;AUTO_ASSIGN;HQ Berlin;;4',
  'eve@north.example;101;00:15:65:11:22:05;HQ Berlin;12025550105;5',
  'no mail;106;AUTO_ASSIGN;HQ Berlinn;;6',
  'gus@north.example;107;1.56511E+12;HQ Berlin;;7',
].join('\r\n');

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

async function uploadsWithMistakes(admin: Visitor): Promise<void> {
  const { page } = admin;
  await admin.go('/imports');
  await page.getByRole('heading', { name: 'No uploads yet' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Upload users' }).click();

  // A workbook is refused with what to do, then the right one. Written in Windows-1252 with semicolons.
  const input = page.locator('input[type=file]');
  await input.setInputFiles({ name: 'users.csv', mimeType: 'text/csv', buffer: Buffer.from('PK\u0003\u0004...') });
  await page.getByRole('alert').getByText('CSV UTF-8').waitFor();
  await input.setInputFiles({ name: 'users.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE, 'latin1') });
  await page.getByText('WINDOWS-1252').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Go on to the columns' }).click();

  // None of these names is known.
  await page.getByText('are not known').waitFor();
  await choose(page, 'What Anmeldename means', 'Teams user');
  await choose(page, 'What Nebenstelle means', 'SIP user');
  await choose(page, 'What Gerät means', 'MAC, or AUTO_ASSIGN');
  await choose(page, 'What Anlage means', 'PBX');
  await choose(page, 'What Nummer means', 'Phone number');
  await page.getByText('The column Raum is not known').waitFor();
  await shoot(page, 'story-columns');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await page.waitForURL('**/imports/*-*?step=check');
}

async function mendsThem(page: Page): Promise<void> {
  // Every mistake by kind.
  const kinds = page.getByRole('listitem');
  await kinds.filter({ hasText: 'MAC_LOST_ZEROS' }).waitFor();
  for (const code of ['PBX_UNKNOWN', 'SIP_USER_DUPLICATE', 'EMAIL_INVALID', 'MAC_READ_AS_NUMBER', 'PLUS_RESTORED']) {
    await kinds.filter({ hasText: code }).waitFor();
  }
  await page.getByRole('button', { name: /^MAC, or AUTO_ASSIGN, row 2: 1565112202 : .*leading zeros/ }).waitFor();
  await page.getByText('will be made').first().waitFor();
  await shoot(page, 'story-check');
  await expectAccessible(page);

  // One kind at once, asked for first.
  await kinds.filter({ hasText: 'MAC_LOST_ZEROS' }).getByRole('button', { name: 'Put the zeros back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Mend' }).click();
  await page.getByRole('button', { name: /row 3: 001565112203$/ }).waitFor();
  await kinds.filter({ hasText: 'PBX_UNKNOWN' }).getByRole('button', { name: 'Take the nearest name' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Mend' }).click();
  await page.getByRole('button', { name: /^PBX, row 6: HQ Berlin$/ }).waitFor();

  // The others where they are, by keyboard: Tab goes from problem to problem.
  // While the rows are checked again they cannot be edited.
  await page.getByRole('button', { name: /^SIP user, row 5: 101/, disabled: false }).press('Enter');
  const field = (name: string) => page.getByRole('textbox', { name });
  await field('SIP user of row 5').fill('105');
  await page.keyboard.press('Tab');
  await field('Phone number of row 5').fill('+12025550105');
  await page.keyboard.press('Tab');
  await field('Teams user of row 6').fill('flo@north.example');
  await page.keyboard.press('Tab');
  await field('MAC, or AUTO_ASSIGN of row 7').fill('nothing');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^MAC, or AUTO_ASSIGN, row 7: 1\.56511E\+12/ }).press('Enter');
  await field('MAC, or AUTO_ASSIGN of row 7').fill('AUTO_ASSIGN');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing is wrong with any row.').waitFor();
  await page.getByText('7', { exact: true }).first().waitFor();
}

async function submits(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Go on to submit' }).click();
  await page.getByText('7 users to create').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  const harvest = page.getByRole('region', { name: 'How the harvest goes' });
  await harvest.getByRole('link', { name: /Provisioned\s*3/ }).waitFor();
  await harvest.getByRole('link', { name: /Failed\s*1/ }).waitFor();
  await harvest.getByText(/HTTP_404/).waitFor();
  await page.getByText('assigned').first().waitFor();
  await shoot(page, 'story-result');
  await expectAccessible(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Result as CSV' }).click();
  const result = await textOf(await download);
  expect(result).toMatch(/^4,created,.*,true,/m);
  expect(result).not.toContain('s3cret');
}

async function findsWhoFailed(support: Visitor): Promise<void> {
  const { page } = support;
  await support.go('/users?status=failed,stale');
  const row = page.getByRole('row').filter({ hasText: 'cyd@north.example' });
  await row.getByText('No file for this MAC').waitFor();
  await row.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/users/*-*');

  // Why: in the head, and in the timeline with the newest attempt open.
  await page.getByRole('heading', { level: 1, name: 'cyd@north.example' }).waitFor();
  await page.getByText('HTTP_404').first().waitFor();
  await page
    .getByText(/Next try at \d\d:\d\d:\d\d, attempt \d+/)
    .first()
    .waitFor();
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page
    .getByRole('list', { name: /^Timeline of/ })
    .getByRole('button', { expanded: true })
    .waitFor();
  await page.getByRole('columnheader', { name: 'Step' }).waitFor();
  await shoot(page, 'story-failed');
  await expectAccessible(page);

  // What support may not do is there, and says why.
  const edit = page.getByRole('button', { name: 'Edit' });
  expect(await edit.getAttribute('aria-disabled')).toBe('true');
  await edit.hover();
  await page.getByText('As Support you may not change users').waitFor();
}

async function viewerMayDoNothing(upload: string, user: string): Promise<void> {
  const viewer = await portal.visit('viewer', { tenantId });
  const { page } = viewer;
  for (const [address, deed, why] of [
    ['/pbxs', 'Add PBX', 'As Viewer you may not add PBXs'],
    [user, 'Sync', 'As Viewer you may not sync users'],
    [user, 'Edit', 'As Viewer you may not change users'],
    [upload, 'Undo', 'As Viewer you may not upload users'],
  ] as const) {
    if (new URL(page.url(), portal.url).pathname !== address) await viewer.go(address);
    const button = page.getByRole('button', { name: deed, exact: true });
    await button.focus();
    await page.getByRole('tooltip').getByText(why).waitFor();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
  }
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await page.content()).not.toContain('s3cret');
  await viewer.leave();
}

/** Mended at the PBX: Sync, and it changes while one looks. */
async function syncs(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sync' }).click();
  await page.getByText('cyd@north.example is asked now.').waitFor();
  await page.getByRole('region', { name: 'Provisioning' }).getByText('Provisioned').waitFor();
  const newest = page
    .getByRole('list', { name: /^Timeline of/ })
    .getByRole('button', { expanded: true })
    .first();
  await expect.poll(() => newest.innerText()).toContain('Done');

  // No secrets for support.
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.getByText('pbx.example.com:5060').waitFor();
  await page.getByText('+12025550103').first().waitFor();
  expect(await page.getByRole('button', { name: 'Reveal' }).getAttribute('aria-disabled')).toBe('true');
  expect(await page.locator('body').innerText()).not.toContain('s3cret');
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'Config' }).click();
  await page.getByRole('heading', { name: 'What the PBX gave' }).waitFor();
  await expectAccessible(page);
}

async function readsTheTimeline(admin: Visitor, user: string): Promise<void> {
  await admin.go(`${user}?tab=timeline`);
  const attempts = admin.page.getByRole('list', { name: /^Timeline of/ });
  await attempts.getByText('Done').first().waitFor();
  expect(await attempts.innerText()).toContain('404');
}

async function takesItBack(admin: Visitor): Promise<void> {
  const { page } = admin;
  // Somebody has changed one of them, who is left alone and named.
  const { items } = (await portal.api.call('GET', `/users?tenantId=${tenantId}&q=dan@north.example`)).json;
  const tag = { userTag: 'vip' };
  expect((await portal.api.call('PATCH', `/users/${items[0].id}`, tag, { 'if-match': '*' })).status).toBe(200);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByRole('dialog').getByText('7 users created by it').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('6 users taken back').waitFor();
  await page.getByText(/Row 4: dan@north\.example/).waitFor();
  await shoot(page, 'story-undone');
  await expectAccessible(page);
  await admin.go('/imports');
  await page.getByRole('link', { name: 'users.csv' }).waitFor();
  await page.getByRole('table').getByText('Undone', { exact: true }).waitFor();
  await expectAccessible(page);
  await admin.go('/users');
  await page.getByRole('row').filter({ hasText: 'dan@north.example' }).waitFor();
  expect(await page.getByText('cyd@north.example').count()).toBe(0);
}
