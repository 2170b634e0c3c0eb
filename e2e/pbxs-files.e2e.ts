// Zips of configuration files as they wait and are gone through: a test lets the worker go.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doFileRuns } from '../src/sync/files-worker.ts';
import { yealinkFile } from '../test/help/harvest.ts';
import { makeZip } from '../test/help/zip.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;

beforeAll(async () => {
  portal = await openPortal({ doesImports: false, uploadLimits: { bytes: 1024 * 1024, rows: 1000 } });
});
afterAll(() => portal?.close());

it('refuses a zip that is too large, shows which ones wait, cancels one, and shows what came of the other', async () => {
  const { json: pbx } = await portal.api.call('POST', '/pbxs', { name: 'Mill', country: 'US', autoProvision: true });
  const mac = '00005e005301';
  await portal.api.call('POST', '/users', { pbxId: pbx.id, mac, name: 'Ann', sipUserId: '101' });
  const { page, ...visitor } = await portal.visit('pbxAdmin');
  await visitor.go(`/pbxs/${pbx.id}`);
  const drop = page.getByRole('button', { name: 'Choose a zip of configuration files' });
  const hand = (name: string, buffer: Buffer) => drop.setInputFiles({ name, mimeType: 'application/zip', buffer });
  await hand('large.zip', Buffer.alloc(1024 * 1024 + 1));
  await page.getByText('The file has 1.0 MiB; 1.0 MiB are the most.').waitFor();

  const zip = Buffer.from(
    makeZip([{ name: `${mac}.cfg`, body: yealinkFile({ userName: '101', password: 'pw', mac }) }]),
  );
  await hand('first.zip', zip);
  await page.getByText('first.zip waits for its turn.').waitFor();
  expect(await page.getByText('are the most').count()).toBe(0);
  await hand('second.zip', zip);
  await page.getByText('1 zip more to come.').waitFor();
  await expectAccessible(page);
  // It is the server's: who comes back finds it as it is.
  await page.reload();
  await page.getByText('first.zip waits for its turn.').waitFor();

  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('dialog', { name: 'Cancel the rest?' }).getByRole('button', { name: 'Cancel the rest' }).click();
  await page.getByText('second.zip waits for its turn.').waitFor();
  await doFileRuns({ ...portal.api.deps, signal: new AbortController().signal }, pbx.id);
  await page.getByText('The zip was read.').waitFor();
  await page.getByRole('link', { name: 'Provisioned: 1' }).waitFor();
  const runs = (await portal.api.call('GET', `/pbxs/${pbx.id}/file-runs`)).json.items;
  expect(runs.map(({ fileName, state }: { fileName: string; state: string }) => [fileName, state])).toEqual([
    ['second.zip', 'done'],
    ['first.zip', 'cancelled'],
  ]);
  await visitor.leave();
});
