// The same address means the same to both drivers, on a PostgreSQL that speaks TLS.
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { createLog } from '../../src/log.ts';
import { removeCluster } from '../../src/store/cluster.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Embedded, startEmbedded } from '../../src/store/embedded.ts';
import { openQueue } from '../../src/sync/queue.ts';

const { log: silent } = createLog({ level: 'silent' });

let folder: string;
let ca: string;
let embedded: Embedded;

/** Switches TLS on, with a certificate for these names. */
async function showCertificate(admin: postgres.Sql, cert: { cert: string; key: string }): Promise<void> {
  const [row] = await admin<{ cluster: string }[]>`select current_setting('data_directory') as cluster`;
  const cluster = row?.cluster ?? '';
  const { uid, gid } = statSync(join(cluster, 'PG_VERSION'));
  for (const [name, text] of [
    ['tls.crt', cert.cert],
    ['tls.key', cert.key],
  ] as const) {
    writeFileSync(join(cluster, name), text, { mode: 0o600 });
    chownSync(join(cluster, name), uid, gid);
  }
  await admin`alter system set ssl_cert_file = 'tls.crt'`;
  await admin`alter system set ssl_key_file = 'tls.key'`;
  await admin`alter system set ssl = on`;
  await admin`select pg_reload_conf()`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provender-tls-'));
  embedded = await startEmbedded({ dataDir: folder, durable: false });
  const authority = await makeAuthority();
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.cert);
  const admin = postgres(embedded.adminUrl, { max: 1 });
  await showCertificate(admin, await issueServer(authority, { names: ['127.0.0.1'] }));
  await admin.end();
}, 60_000);

afterAll(async () => {
  await embedded.stop();
  removeCluster(folder);
  rmSync(folder, { recursive: true });
});

function addressWith(parameters: string, url = embedded.url, host = '127.0.0.1'): string {
  const address = new URL(url);
  address.hostname = host;
  return `${address.href}?${parameters.replace('CA', encodeURIComponent(ca))}`;
}

/** Whether the connections are encrypted, or why there is none. */
async function byPool(url: string): Promise<string> {
  try {
    const database = await openDatabase(url, { max: 1 });
    const [row] = await database.sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    await database.close();
    return row?.ssl ? 'tls' : 'plain';
  } catch (error) {
    return (error as { message: string }).message;
  }
}

async function byQueue(url: string): Promise<string> {
  try {
    const queue = await openQueue(new Secret(url), 'ask', silent);
    const admin = postgres(embedded.adminUrl, { max: 1 });
    const rows = await admin<{ ssl: boolean }[]>`
      select s.ssl from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = 'provender queue'`;
    await admin.end();
    await queue.stop();
    return [...new Set(rows.map((row) => (row.ssl ? 'tls' : 'plain')))].join();
  } catch (error) {
    return (error as { message: string }).message;
  }
}

describe('both drivers connect alike', () => {
  test.each([
    ['', '127.0.0.1', 'plain'],
    ['sslmode=disable', '127.0.0.1', 'plain'],
    ['sslmode=require', '127.0.0.1', 'tls'],
    ['sslmode=no-verify', '127.0.0.1', 'tls'],
    ['sslmode=verify-full&sslrootcert=CA', '127.0.0.1', 'tls'],
    ['sslrootcert=CA', '127.0.0.1', 'tls'],
    ['ssl=true&sslrootcert=CA', '127.0.0.1', 'tls'],
    ['sslmode=verify-ca&sslrootcert=CA', 'localhost', 'tls'],
    ['sslmode=require&sslrootcert=CA', 'localhost', 'tls'],
    ['sslmode=verify-full', '127.0.0.1', /UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify the first certificate/],
    ['sslmode=verify-full&sslrootcert=CA', 'localhost', /ALTNAME|altnames/],
  ])('%s at %s', async (parameters, host, outcome) => {
    const url = addressWith(parameters, embedded.url, host);
    for (const seen of [await byPool(url), await byQueue(url)]) {
      if (typeof outcome === 'string') expect(seen).toBe(outcome);
      else expect(seen).toMatch(outcome);
    }
  });
});

test('says what to do: a CA that is missing, a name that is wrong, a server without TLS, one that insists on it', async () => {
  expect(await byPool(addressWith('sslmode=verify-full'))).toContain('name the CA in DATABASE_URL (&sslrootcert=FILE)');
  expect(await byPool(addressWith('sslmode=verify-full&sslrootcert=CA', embedded.url, 'localhost'))).toContain(
    'use that name as host in DATABASE_URL',
  );
  const plain = inject('databaseTemplateUrl');
  expect(await byPool(addressWith('sslmode=require', plain))).toContain('the server may not speak TLS');
  expect(await byQueue(addressWith('sslmode=require', plain))).toContain('does not support SSL');

  const admin = postgres(embedded.adminUrl, { max: 1 });
  const [row] = await admin<{ hba: string }[]>`select current_setting('hba_file') as hba`;
  const hba = row?.hba ?? '';
  writeFileSync(hba, `hostnossl all provender all reject\n${readFileSync(hba, 'utf8')}`);
  await admin`select pg_reload_conf()`;
  await admin.end();
  expect(await byPool(embedded.url)).toContain('add ?sslmode=verify-full');
  expect(await byPool(addressWith('sslmode=verify-full&sslrootcert=CA'))).toBe('tls');
});

test.each([
  ['sslmode=prefer', 'sslmode=prefer in DATABASE_URL is not supported'],
  ['sslmode=verify', 'must be verify-full, verify-ca, require or disable'],
  ['ssl=maybe', 'must be verify-full'],
  ['sslmode=verify-ca', 'needs sslrootcert=FILE'],
  ['sslmode=verify-full&sslrootcert=nowhere.pem', 'sslrootcert in DATABASE_URL names nowhere.pem'],
])('refuses %s, for both drivers, before it connects', async (parameters, words) => {
  const url = addressWith(parameters);
  for (const seen of [await byPool(url), await byQueue(url)]) {
    expect(seen).toContain(words);
    expect(seen).not.toContain(new URL(url).password);
  }
});
