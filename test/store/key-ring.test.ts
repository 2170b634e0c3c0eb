// Secrets at rest: what the attack list calls S2, S3, S5, S6 and S7.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { checkInstallation } from '../../src/store/check.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createKeyRing, openInstallationKeys, openKeyRing, type Place, SealError } from '../../src/store/key-ring.ts';
import { keyIdOf } from '../../src/store/sealed.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

const ring = createKeyRing([randomBytes(32)]);
const place: Place = { tenant: 't1', table: 'users', row: 'u1', column: 'prov_password' };

let folder: string;
let t: TestDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provender-key-test-'));
  t = await testDatabase();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await t.close();
});

test('opens what it sealed, whatever the text, and gives it as a Secret', () => {
  for (const text of ['hunter2', '', 'ä€𐍈\n', 'x'.repeat(100_000)]) {
    const sealed = ring.seal(new Secret(text), place);
    expect(ring.unseal(sealed, place).reveal()).toBe(text);
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{80}\.[\w-]+$/);
    expect(keyIdOf(sealed)).toBe(ring.keyId);
  }
  expect(`${ring.unseal(ring.seal('hunter2', place), place)}`).not.toContain('hunter2');
  expect(ring.seal('password1', place).length).toBeLessThan(150);
});

test('many rows share a data key, and none of them opens in the place of another', () => {
  const { row: _, ...home } = place;
  const rows = Array.from({ length: 50 }, (_value, n) => ({ row: `i.${n}`, text: `secret ${n} ä€` }));
  const sealed = ring.sealMany(home, rows);
  expect(new Set(sealed.map((value) => value.split('.')[2])).size).toBe(1);
  expect(new Set(sealed).size).toBe(50);
  const open = (values: readonly string[]) =>
    ring.unsealMany(
      home,
      rows.map(({ row }, n) => ({ row, sealed: values[n] ?? '' })),
    );
  expect(open(sealed).map((value) => value.reveal())).toEqual(rows.map(({ text }) => text));
  expect(keyIdOf(sealed[0] ?? '')).toBe(ring.keyId);
  expect(() => open(sealed.toReversed())).toThrow(SealError);
  expect(ring.unseal(sealed[7] ?? '', { ...home, row: 'i.7' }).reveal()).toBe('secret 7 ä€');
  const { head, bodies } = ring.sealTogether(home, rows);
  expect(open(bodies.map((body) => head + body)).map((value) => value.reveal())).toEqual(rows.map(({ text }) => text));
  for (const part of ['tenant', 'table', 'row', 'column'] as const) {
    const moved = { ...home, row: 'i.7', [part]: 'elsewhere' };
    expect(() => ring.unseal(sealed[7] ?? '', moved)).toThrow(SealError);
  }
  // Values of both kinds stand in the same column after an upgrade; a v2 value is no v1 value.
  const single = ring.seal('alone', { ...home, row: 'i.0' });
  expect(open([single, ...sealed.slice(1)])[0]?.reveal()).toBe('alone');
  expect(() => ring.unseal((sealed[7] ?? '').replace('v2.', 'v1.'), { ...home, row: 'i.7' })).toThrow(SealError);
});

test('S2: does not open a value that was moved to another tenant, table, row or column', () => {
  const sealed = ring.seal('hunter2', place);
  for (const part of ['tenant', 'table', 'row', 'column'] as const)
    expect(() => ring.unseal(sealed, { ...place, [part]: `${place[part]}x` })).toThrow(SealError);
  // Parts that are equal once they are joined are not the same place.
  const joined = ring.seal('hunter2', { tenant: 'a|b', table: 'c', row: 'd', column: 'e' });
  expect(() => ring.unseal(joined, { tenant: 'a', table: 'b|c', row: 'd', column: 'e' })).toThrow(SealError);
});

test('S3: accepts none of 10,000 changed values', () => {
  const sealed = ring.seal('hunter2', place);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ !%,;:';
  let tried = 0;
  const refuse = (changed: string) => {
    if (changed === sealed) return;
    tried += 1;
    expect(() => ring.unseal(changed, place), changed).toThrow(SealError);
  };
  // Every position with every letter: that has every flipped bit, and the spare bits at the ends.
  for (let at = 0; at < sealed.length; at++)
    for (const letter of alphabet) refuse(sealed.slice(0, at) + letter + sealed.slice(at + 1));
  for (let at = 0; at < sealed.length; at++) {
    refuse(sealed.slice(0, at));
    refuse(sealed.slice(0, at) + sealed.slice(at + 1));
    refuse(`${sealed.slice(0, at)}A${sealed.slice(at)}`);
  }
  const other = ring.seal('hunter3', place).split('.');
  const parts = sealed.split('.');
  refuse([parts[0], parts[1], other[2], parts[3]].join('.'));
  refuse([parts[0], parts[1], parts[2], other[3]].join('.'));
  refuse(`${sealed}.`);
  expect(tried).toBeGreaterThan(10_000);
});

test('S6: seals the same text differently each time', () => {
  const sealed = new Set(Array.from({ length: 1000 }, () => ring.seal('hunter2', place)));
  expect(sealed.size).toBe(1000);
});

test('S7: uses no random number twice, and takes no shortened tag', () => {
  const parts = Array.from({ length: 5000 }, () =>
    ring
      .seal('x', place)
      .split('.')
      .slice(2)
      .map((part) => Buffer.from(part, 'base64url')),
  );
  const starts = parts.flatMap(([wrapped, body]) => [wrapped?.toString('hex', 0, 12), body?.toString('hex', 0, 12)]);
  expect(new Set(starts).size).toBe(10_000);
  const [version, id, wrapped, body = ''] = ring.seal('', place).split('.');
  const short = Buffer.from(body, 'base64url')
    .subarray(0, 12 + 12)
    .toString('base64url');
  expect(() => ring.unseal([version, id, wrapped, short].join('.'), place)).toThrow(SealError);
});

test('tags equal texts equally, per purpose and key, and says with which key', () => {
  expect(ring.tag('content', 'a')).toBe(ring.tag('content', 'a'));
  expect(ring.tag('content', 'a')).toMatch(new RegExp(`^${ring.keyId}\\.[0-9a-f]{64}$`));
  expect(ring.tag('content', 'a')).not.toBe(ring.tag('aor', 'a'));
  expect(ring.tag('content', 'a')).not.toBe(createKeyRing([randomBytes(32)]).tag('content', 'a'));
});

test('opens with every key of the file and seals with the first', () => {
  const [a, b] = [randomBytes(32), randomBytes(32)];
  const sealed = createKeyRing([a]).seal('hunter2', place);
  const both = createKeyRing([b, a]);
  expect(both.unseal(sealed, place).reveal()).toBe('hunter2');
  expect(keyIdOf(both.seal('x', place))).toBe(createKeyRing([b]).keyId);
  expect(() => createKeyRing([b]).unseal(sealed, place)).toThrow('not in the key file');
});

test('makes the key file once, closed to others, also when several start together', async () => {
  const file = join(folder, 'raced.key');
  const code = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.module).then(async ({ openKeyRing }) => parentPort.postMessage(
      (await openKeyRing({ file: workerData.file })).keyId));`;
  const module = new URL('../../src/store/key-ring.ts', import.meta.url).href;
  const ids = await Promise.all(
    [1, 2, 3, 4].map(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(code, { eval: true, workerData: { file, module } });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  expect(new Set(ids).size).toBe(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await openKeyRing({ file })).toMatchObject({ created: false, keyId: ids[0] });
});

test('refuses a key file that others can read, and one that is damaged', async () => {
  const file = join(folder, 'open.key');
  await openKeyRing({ file });
  chmodSync(file, 0o640);
  await expect(openKeyRing({ file })).rejects.toThrow(`chmod 600 ${file}`);
  chmodSync(file, 0o600);
  for (const content of ['', '# nothing\n', 'short\n', `${'A'.repeat(42)}B\n`, `${'A'.repeat(43)}=\n`]) {
    writeFileSync(file, content);
    await expect(openKeyRing({ file }), content).rejects.toThrow('is damaged');
  }
});

test('S5: refuses a wrong or missing key while the database holds sealed values, and changes nothing', async () => {
  const state = async () => ({
    rows: await t.database.sql`select * from installation`,
    keys: readFileSync(t.keyFile, 'utf8'),
  });
  const before = await state();
  const wrong = join(folder, 'wrong.key');
  await openKeyRing({ file: wrong });
  await expect(openInstallationKeys(t.database, { file: wrong })).rejects.toMatchObject({
    code: 'KEY_WRONG',
    message: expect.stringContaining(wrong),
  });
  const missing = join(folder, 'missing.key');
  await expect(openInstallationKeys(t.database, { file: missing })).rejects.toMatchObject({ code: 'KEY_MISSING' });
  expect(() => statSync(missing)).toThrow('ENOENT');
  expect(await state()).toEqual(before);
  expect((await openInstallationKeys(t.database, { file: t.keyFile })).created).toBe(false);
});

test('S9: a back-up without the key is useless, and with it everything opens again', async () => {
  const source = await testDatabase();
  const { tenantId, keyFile } = source;
  const id = uuidv7();
  const home = { tenant: tenantId, table: 'pbxs', row: id, column: 'password' };
  await source.database.sql`
    insert into pbxs (id, tenant_id, name, password_sealed) values (${id}, ${tenantId}, 'x', ${source.ring.seal('hunter2', home)})`;
  const key = readFileSync(keyFile);
  const backup = await source.backUp();
  try {
    const database = await openDatabase(backup.url, { name: 'restore' });
    const [row] = await database.sql<{ sealed: string }[]>`select password_sealed as sealed from pbxs`;
    const other = join(folder, 'restored.key');
    await expect(openInstallationKeys(database, { file: other })).rejects.toMatchObject({ code: 'KEY_MISSING' });
    await openKeyRing({ file: other });
    await expect(openInstallationKeys(database, { file: other })).rejects.toMatchObject({ code: 'KEY_WRONG' });
    const wrong = await openKeyRing({ file: other });
    expect(() => wrong.unseal(row?.sealed ?? '', home)).toThrow('not in the key file');
    writeFileSync(other, key, { mode: 0o600 });
    const right = await openInstallationKeys(database, { file: other });
    expect(right.unseal(row?.sealed ?? '', home).reveal()).toBe('hunter2');
    expect(await checkInstallation(database, { keySource: { file: other } })).toEqual([]);
    await database.close();
  } finally {
    await backup.close();
    await source.close();
  }
});
