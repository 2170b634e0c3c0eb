// Bulk upload as a reseller's admin does it: a file with mistakes, mapped, mended, submitted, harvested, undone. Then what others
// see of it, and the states of the screens.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addTenant } from '../test/help/access.ts';
import { yealinkFile } from '../test/help/harvest.ts';
import { type ProvisioningServer, startProvisioningServer } from '../test/help/provisioning-server.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
let server: ProvisioningServer;
let tenantId: string;
const SHOTS = process.env.SHOTS;

beforeAll(async () => {
  portal = await openPortal({ worker: true });
  const file = (userName: string) => yealinkFile({ userName, password: `s3cret-${userName}` });
  server = await startProvisioningServer({
    files: {
      '/p/001565112201.cfg': file('101'),
      '/p/001565112202.cfg': file('102'),
      '/p/001565112203.cfg': file('103'),
      '/p/001565112205.cfg': file('105'),
    },
  });
  tenantId = await addTenant(portal.api.store, 'North Voice', { kind: 'reseller' });
  const made = await portal.api.call('POST', '/pbxs', {
    tenantId,
    name: 'HQ Berlin',
    provisioningUrl: `${server.origin}/p`,
    autoProvision: true,
    autoAssignMac: true,
    country: 'US',
  });
  expect(made.status).toBe(201);
});
afterAll(async () => {
  await portal.close();
  await server.close();
});

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

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

it('takes a file with mistakes from the upload to the undo', async () => {
  const visitor = await portal.visit('resellerAdmin', { tenantId });
  const { page } = visitor;
  await visitor.go('/imports');
  await page.getByRole('heading', { name: 'No uploads yet' }).waitFor();
  await shot(page, 'list-empty');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Upload users' }).click();

  // The file: a workbook is refused with what to do, then the right one. Written in Windows-1252 with semicolons.
  const input = page.locator('input[type=file]');
  await input.setInputFiles({ name: 'users.csv', mimeType: 'text/csv', buffer: Buffer.from('PK\u0003\u0004...') });
  await page.getByRole('alert').getByText('CSV UTF-8').waitFor();
  await input.setInputFiles({ name: 'users.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE, 'latin1') });
  await page.getByText('WINDOWS-1252').waitFor();
  await shot(page, 'choose');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Go on to the columns' }).click();

  // The columns: none of these names is known.
  await page.getByText('are not known').waitFor();
  await shot(page, 'columns-before');
  await choose(page, 'What Anmeldename means', 'Teams user');
  await choose(page, 'What Nebenstelle means', 'SIP user');
  await choose(page, 'What Gerät means', 'MAC, or AUTO_ASSIGN');
  await choose(page, 'What Anlage means', 'PBX');
  await choose(page, 'What Nummer means', 'Phone number');
  await page.getByText('The column Raum is not known').waitFor();
  await shot(page, 'columns');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Upload and check' }).click();

  // The check: every mistake by kind.
  await page.waitForURL('**/imports/*-*?step=check');
  const kinds = page.getByRole('listitem');
  await kinds.filter({ hasText: 'MAC_LOST_ZEROS' }).waitFor();
  for (const code of ['PBX_UNKNOWN', 'SIP_USER_DUPLICATE', 'EMAIL_INVALID', 'MAC_READ_AS_NUMBER', 'PLUS_RESTORED']) {
    await kinds.filter({ hasText: code }).waitFor();
  }
  await page.getByRole('button', { name: /^MAC, or AUTO_ASSIGN, row 2: 1565112202 : .*leading zeros/ }).waitFor();
  await page.getByText('will be made').first().waitFor();
  await shot(page, 'check');
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
  await shot(page, 'editing');
  await page.keyboard.press('Tab');
  await field('MAC, or AUTO_ASSIGN of row 7').fill('nothing');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^MAC, or AUTO_ASSIGN, row 7: 1\.56511E\+12/ }).press('Enter');
  await field('MAC, or AUTO_ASSIGN of row 7').fill('AUTO_ASSIGN');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing is wrong with any row.').waitFor();
  await page.getByText('7', { exact: true }).first().waitFor();
  await shot(page, 'check-good');

  // The submit, and the harvest.
  await page.getByRole('button', { name: 'Go on to submit' }).click();
  await page.getByText('7 users to create').waitFor();
  await shot(page, 'submit');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  const harvest = page.getByRole('region', { name: 'How the harvest goes' });
  await harvest.getByRole('link', { name: /Provisioned\s*4/ }).waitFor();
  await harvest.getByText(/HTTP_404|QUEUED/).waitFor();
  await page.getByText('assigned').first().waitFor();
  await shot(page, 'result');
  await expectAccessible(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Result as CSV' }).click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer);
  const result = Buffer.concat(chunks).toString();
  expect(result).toMatch(/^4,created,.*,true,/m);
  expect(result).not.toContain('s3cret');
  expect(await page.getByRole('link', { name: 'Show these users' }).getAttribute('href')).toMatch(/^\/users\?import=/);

  // The undo: somebody has changed one of them, who is left alone and named.
  const { items } = (await portal.api.call('GET', `/users?tenantId=${tenantId}&q=dan@north.example`)).json;
  const changed = await portal.api.call(
    'PATCH',
    `/users/${items[0].id}`,
    { userTag: 'vip' },
    { 'if-match': `"${items[0].id}-${items[0].version}"` },
  );
  expect(changed.status).toBe(200);
  await page.reload();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByRole('dialog').getByText('7 users created by it').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('6 users taken back').waitFor();
  await page.getByText(/Row 4: dan@north\.example/).waitFor();
  await shot(page, 'undone');
  await expectAccessible(page);
  await visitor.go('/imports');
  await page.getByRole('link', { name: 'users.csv' }).waitFor();
  await page.getByRole('table').getByText('Undone', { exact: true }).waitFor();
  await shot(page, 'list');
  await expectAccessible(page);
  await visitor.leave();
});

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
