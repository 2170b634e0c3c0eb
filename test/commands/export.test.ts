// provender export as its reader opens it: with the real openssl.
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encryptFor, readRecipient } from '../../src/commands/cms.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { provender } from '../help/cli.ts';

let api: TestApi;
let folder: string;
let env: Record<string, string>;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  api = await startTestApi();
  folder = mkdtempSync(join(tmpdir(), 'provender-export-'));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(at('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(at('public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  env = { DATABASE_URL: api.store.url, PROVENDER_KEY_FILE: api.store.keyFile };
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

/** Not every machine has it; CI has. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const decrypt = (file: string, key = 'key.pem') =>
  execFileSync('openssl', ['cms', '-decrypt', '-inform', 'DER', '-binary', '-in', at(file), '-inkey', at(key)], {
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();

test.skipIf(!hasOpenssl)('openssl opens it with the private key, and nobody without', async () => {
  const pbxId = (await api.call('POST', '/pbxs', { name: 'Head office' })).json.id;
  for (const n of [1, 2])
    await api.call('POST', '/users', { pbxId, name: `Ann ${n}`, sipUserId: `210${n}`, sipPassword: `hush-${n}-ä` });
  const ran = await provender(['export', '--recipient', at('public.pem'), '--out', at('users.cms')], { env });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^2 users, encrypted to /);
  expect(statSync(at('users.cms')).mode & 0o777).toBe(0o600);
  expect(readFileSync(at('users.cms')).includes('hush')).toBe(false);
  const users = decrypt('users.cms')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(users.map(({ name, account }) => [name, account.password])).toEqual([
    ['Ann 1', 'hush-1-ä'],
    ['Ann 2', 'hush-2-ä'],
  ]);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(at('other.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(() => decrypt('users.cms', 'other.pem')).toThrow();
  const rows = await api.store.database.sql`select actor, action, after from audit where action = 'user.export'`;
  expect(rows).toMatchObject([{ actor: 'cli', after: { recipient: expect.stringMatching(/^[0-9a-f]{64}$/) } }]);
});

test.skipIf(!hasOpenssl)('a changed file is refused', async () => {
  const file = readFileSync(at('users.cms'));
  const middle = Math.floor(file.length / 2) + 100;
  file[middle] = (file[middle] ?? 0) ^ 1;
  writeFileSync(at('changed.cms'), file);
  expect(() => decrypt('changed.cms')).toThrow();
});

test.skipIf(!hasOpenssl)('holds one piece at a time, and openssl opens what is large', async () => {
  const key = createPublicKey(readFileSync(at('public.pem')));
  const piece = `${'x'.repeat(99_999)}\n`;
  const pieces: Buffer[] = [];
  async function* content() {
    for (let n = 0; n < 200; n += 1) yield piece;
  }
  let largest = 0;
  for await (const part of encryptFor(key, content())) {
    largest = Math.max(largest, part.length);
    pieces.push(part);
  }
  expect(largest).toBeLessThan(110_000);
  writeFileSync(at('large.cms'), Buffer.concat(pieces));
  expect(decrypt('large.cms')).toBe(piece.repeat(200));
});

test('names what it cannot use', async () => {
  const ran = await provender(['export', '--recipient', at('key.pem'), '--out', at('x')], { env });
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('holds a private key') });
  expect((await provender(['export', '--out', at('x')], { env })).code).toBe(2);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const refused = readRecipient(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('must be RSA') });
});
