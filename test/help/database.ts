// A database of its own for a test file: cloned from the run's migrated template, dropped at the end.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { inject } from 'vitest';
import { type Database, type OpenOptions, openDatabase } from '../../src/store/database.ts';
import { type OpenedKeyRing, openInstallationKeys } from '../../src/store/key-ring.ts';

export interface TestDatabase {
  readonly database: Database;
  /** With password; for programs that a test starts (DATABASE_URL). */
  readonly url: string;
  readonly ring: OpenedKeyRing;
  /** The ring's file; for programs that a test starts (PROVENDER_KEY_FILE). */
  readonly keyFile: string;
  /** The operator tenant. */
  readonly tenantId: string;
  /** A copy of the database as it is, as a back-up would bring it back. Ends this database's connections. */
  backUp(): Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Drops the database. Fails when a connection was left open: close pools, queues and LISTENs first. */
  close(): Promise<void>;
}

/** Runs `work` as superuser on the run's server. */
async function asAdmin<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = postgres(inject('databaseAdminUrl'), { max: 1, onnotice: () => {} });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function addressOf(name: string): string {
  const url = new URL(inject('databaseTemplateUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Connections to the database, but for a moment's grace: a socket that was closed just now is still seen. */
async function leftOpen(sql: postgres.Sql, name: string): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const rows = await sql<{ who: string }[]>`
      select application_name || ' (' || coalesce(state, '?') || '): ' || left(query, 100) as who
      from pg_stat_activity where datname = ${name} and backend_type = 'client backend'`;
    if (rows.length === 0 || tries >= 40) return rows.map((row) => row.who);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function drop(name: string): Promise<void> {
  const left = await asAdmin(async (sql) => {
    const open = await leftOpen(sql, name);
    await sql.unsafe(`drop database if exists ${name} with (force)`);
    return open;
  });
  if (left.length > 0) throw new Error(`connections left open: ${left.join('; ')}`);
}

async function create(template: string): Promise<string> {
  const name = `t_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asAdmin((sql) => sql.unsafe(`create database ${name} template ${template} owner provender`));
  return name;
}

/** A database without tables. */
export async function emptyDatabase(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const name = await create('template1');
  return { url: addressOf(name), close: () => drop(name) };
}

export async function testDatabase(options: OpenOptions = {}): Promise<TestDatabase> {
  const name = await create('provender');
  const url = addressOf(name);
  const database = await openDatabase(url, { name: 'test', ...options });
  const folder = mkdtempSync(join(tmpdir(), 'provender-key-'));
  const keyFile = join(folder, 'master.key');
  const ring = await openInstallationKeys(database, { file: keyFile });
  const [tenant] = await database.sql<{ id: string }[]>`select id from tenants where parent_id is null`;
  return {
    database,
    url,
    ring,
    keyFile,
    tenantId: tenant?.id ?? '',
    async backUp() {
      await database.close();
      const copy = await create(name);
      return { url: addressOf(copy), close: () => drop(copy) };
    },
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
      await drop(name);
    },
  };
}
