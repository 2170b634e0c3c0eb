// What can happen to an upload on its way: called off while it is sent, cancelled while it is submitted, its live line lost.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

/** Users are made by the thousand: the second batch is for the other PBX. */
const BATCH = 1000;
const ROWS = 1500;

let portal: Portal;
let branchId: string;
beforeAll(async () => {
  portal = await openPortal();
  for (const name of ['HQ', 'Branch']) {
    const made = await portal.api.call('POST', '/pbxs', { name, country: 'US' });
    expect(made.status).toBe(201);
    branchId = made.json.id;
  }
});
afterAll(() => portal.close());

const CSV = [
  'teams_user_id,mac,pbx',
  ...Array.from({ length: ROWS }, (_, at) => {
    const mac = `00005e${at.toString(16).padStart(6, '0')}`;
    return `user${at + 1}@north.example,${mac},${at < BATCH ? 'HQ' : 'Branch'}`;
  }),
].join('\n');

/** No user is made at the branch until it is let go: somebody holds it in the database. */
async function holdBranch(): Promise<() => Promise<void>> {
  const { sql } = portal.api.store.database;
  const { promise: letGo, resolve } = Promise.withResolvers<void>();
  const { promise: isHeld, resolve: held } = Promise.withResolvers<void>();
  const holding = sql.begin(async (tx) => {
    await tx`select 1 from pbxs where id = ${branchId} for update`;
    held();
    await letGo;
  });
  await isHeld;
  return async () => {
    resolve();
    await holding;
  };
}

const users = async () => {
  const [row] = await portal.api.store.database.sql<{ count: number }[]>`select count(*)::int from users`;
  return row?.count;
};

async function cancelSubmit(page: Page, what: string): Promise<void> {
  await page.getByRole('button', { name: 'Cancel the submit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel the submit?' });
  await dialog.getByText(what).waitFor();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel the submit' }).click();
  await page.getByText('The submit was cancelled.').first().waitFor();
}

it('is called off while it is sent, and keeps nothing of it', async () => {
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  await visitor.go('/imports/new');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'users.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) });
  await page.getByRole('button', { name: 'Go on to the columns' }).click();
  const network = await visitor.context.newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2_000 };
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', slow);
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await page.getByRole('progressbar', { name: 'Uploading' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Call it off' }).click();
  await page.getByText('The upload was called off. Nothing was kept.').waitFor();
  await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
  expect((await portal.api.call('GET', '/imports')).json.items).toEqual([]);

  // All of it is as it was: it is sent again.
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await page.getByRole('button', { name: 'Go on to submit' }).waitFor();
  await visitor.leave();
});

it('is cancelled while it is submitted: nothing, or what was made so far, and goes on without a live line', async () => {
  const { items } = (await portal.api.call('GET', '/imports')).json;
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  await visitor.go(`/imports/${items[0].id}?step=submit`);
  await page.getByText(`${ROWS.toLocaleString('en')} users to create`).waitFor();

  // All or nothing: nothing.
  let letGo = await holdBranch();
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await cancelSubmit(page, 'All or nothing: no user will have been created.');
  await letGo();
  await page.getByText('The rows were not checked yet').waitFor();
  expect(await users()).toBe(0);

  // Row by row: what was made stays, and is told.
  await visitor.go(`/imports/${items[0].id}?step=submit`);
  letGo = await holdBranch();
  await page.getByRole('radio', { name: 'Only the good rows' }).check();
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByText('Submitting: 1,000 of 1,500 rows').waitFor();
  await cancelSubmit(page, 'Users that were created so far stay.');
  await letGo();
  await page.getByText('It was cancelled on the way.').waitFor();
  expect(await users()).toBe(BATCH);
  await expectAccessible(page);

  // The rest, while the line is lost.
  visitor.expectConsole(/503/);
  await visitor.context.route('**/api/v1/imports/*/stream', (route) => route.fulfill({ status: 503, body: '' }));
  letGo = await holdBranch();
  await page.getByRole('button', { name: 'Go on with the rest' }).click();
  await visitor.go(`/imports/${items[0].id}?step=submit`);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByText('The live connection is interrupted.').waitFor();
  await expectAccessible(page);
  await letGo();
  await page.getByRole('heading', { name: 'How the harvest goes' }).waitFor();
  expect(await users()).toBe(ROWS);
  await visitor.leave();
});
