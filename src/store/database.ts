// The way to PostgreSQL: one pool, used by drizzle and by plain SQL alike. Knows no table.
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { Secret } from '../../fetchers/secret.ts';
import { databaseAccess } from './database-tls.ts';
import * as schema from './schema.ts';
import { StoreError } from './store-error.ts';

export type Db = PostgresJsDatabase<typeof schema>;
/** The transaction that `db.transaction` hands out; takes the same queries as Db. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Database {
  /**
   * Plain SQL on the same pool. timestamptz comes and goes as Date, json as a value (strings are taken as JSON text),
   * bigint, xid8 and date as text.
   */
  readonly sql: postgres.Sql;
  readonly db: Db;
  /** Holds the password; for what opens connections of its own (queue, LISTEN). */
  readonly url: Secret;
  /** Waits up to 5 s for running queries. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Connections at most. Default 10. */
  readonly max?: number;
  /** What pg_stat_activity shows. */
  readonly name?: string;
  /** How long to wait for a server that is still starting, milliseconds. Default 0: one try. */
  readonly waitMs?: number;
}

/** PostgreSQL 14: the oldest that we test with. */
const OLDEST = 140_000;

const GONE_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting, recovering, stopping
  '53300', // too_many_connections
]);

/** True when the database cannot be asked right now: try again later, the request itself may be all right. */
export function isDatabaseGone(error: unknown): boolean {
  for (let seen: unknown = error, depth = 0; seen instanceof Error && depth < 8; seen = seen.cause, depth++) {
    const { code } = seen as { code?: unknown };
    if (typeof code === 'string' && (GONE_CODES.has(code) || code.startsWith('08'))) return true;
    // pg, which pg-boss and the session store use, says it in words only.
    if (/^Connection terminated|^timeout exceeded when trying to connect/.test(seen.message)) return true;
    if (seen instanceof AggregateError && seen.errors.some(isDatabaseGone)) return true;
  }
  return false;
}

/** `host:port/name` of a database address: never its login. */
export function databasePlace(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || 'localhost'}:${port || 5432}${pathname}`;
  } catch {
    return 'the database';
  }
}

const UNTRUSTED =
  'Its certificate is signed by nobody that is trusted here: name the CA in DATABASE_URL (&sslrootcert=FILE) or in NODE_EXTRA_CA_CERTS.';

const NEXT_STEPS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start PostgreSQL, or correct host and port in DATABASE_URL.',
  ENOTFOUND: 'That host name is not known: correct DATABASE_URL.',
  EAI_AGAIN: 'The host name could not be looked up: check DNS, or use the address in DATABASE_URL.',
  CONNECT_TIMEOUT: 'It did not answer in 10 s: check host, port and firewall.',
  ECONNRESET:
    'It cut the connection off. If DATABASE_URL has an sslmode, the server may not speak TLS: switch ssl on there.',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'Have the certificate of the server renewed.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Its certificate is for another name: use that name as host in DATABASE_URL, or sslmode=verify-ca with sslrootcert=FILE.',
  '28P01': 'User name or password was refused: correct DATABASE_URL.',
  '28000':
    'The server does not let this user in: check DATABASE_URL and pg_hba.conf (it may want TLS: add ?sslmode=verify-full).',
  '3D000': 'That database does not exist: create it, or correct the name in DATABASE_URL.',
  '53300': 'It has no connection left: raise max_connections or run fewer processes.',
  '57P03': 'It is starting or stopping: try again in a moment.',
};

function unreachable(url: string, error: unknown): StoreError {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { code = '', message = '' } = first as { code?: string; message?: string };
  const next = NEXT_STEPS[code] ?? 'Check DATABASE_URL.';
  const reason = /^[0-9A-Z]{5}$/.test(code) ? message : code || message;
  return new StoreError(
    'DATABASE_UNREACHABLE',
    `PostgreSQL at ${databasePlace(url)} cannot be used (${reason}). ${next}`,
    { cause: error },
  );
}

/** Null when the version will do. `version` as server_version_num: 160004 is 16.4. */
export function tooOld(version: number): string | null {
  if (version >= OLDEST) return null;
  // Until 9.6 the first two numbers were the major version.
  const said =
    version >= 100_000
      ? `${Math.floor(version / 10_000)}.${version % 10_000}`
      : `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}`;
  return `PostgreSQL ${said} is too old: Provender needs 14 or newer. Upgrade the server, or leave DATABASE_URL unset to use the one that Provender brings.`;
}

function checkUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'postgres:' && protocol !== 'postgresql:')
    throw new StoreError(
      'DATABASE_URL_INVALID',
      'DATABASE_URL must look like postgres://user:password@host:5432/name; special characters in the password must be percent-encoded.',
    );
}

/** Options that every connection of ours has. Notices ("relation exists already") are no news. */
export function connectionOptions(name: string): postgres.Options<Record<string, postgres.PostgresType>> {
  return { onnotice: () => {}, connect_timeout: 10, connection: { application_name: name } };
}

function pool(url: string, options: OpenOptions): { sql: postgres.Sql; db: Db } {
  const { address, ssl } = databaseAccess(url);
  const sql: postgres.Sql = postgres(address, {
    ...connectionOptions(options.name ?? 'provender'),
    ssl,
    max: options.max ?? 10,
  });
  const { parsers, serializers } = sql.options;
  const dates = ['1184', '1114'].map(
    (type) => [Number(type), parsers[Number(type)], serializers[Number(type)]] as const,
  );
  const db = drizzle(sql, { schema });
  // drizzle makes dates and JSON plain text on the pool that it is given; it is content with Dates all the same,
  // and hands JSON over as text already.
  for (const [type, parse, serialize] of dates) {
    if (parse !== undefined) parsers[type] = parse;
    if (serialize !== undefined) serializers[type] = serialize;
  }
  const json = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  serializers[114] = json;
  serializers[3802] = json;
  return { sql, db };
}

async function versionOf(sql: postgres.Sql, url: string, waitMs: number): Promise<number> {
  const until = Date.now() + waitMs;
  for (;;) {
    try {
      const [row] = await sql<{ version: number }[]>`select current_setting('server_version_num')::int as version`;
      return row?.version ?? 0;
    } catch (error) {
      if (!isDatabaseGone(error) || Date.now() >= until) throw unreachable(url, error);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/**
 * Opens the pool and makes sure that a PostgreSQL of at least version 14 answers. Lost connections are opened again by the
 * next query; queries that fail meanwhile satisfy isDatabaseGone.
 * @throws StoreError DATABASE_URL_INVALID, DATABASE_UNREACHABLE, DATABASE_TOO_OLD
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  checkUrl(url);
  const { sql, db } = pool(url, options);
  const close = () => sql.end({ timeout: 5 });
  try {
    const old = tooOld(await versionOf(sql, url, options.waitMs ?? 0));
    if (old !== null) throw new StoreError('DATABASE_TOO_OLD', old);
    return { sql, db, url: new Secret(url), close };
  } catch (error) {
    await close();
    throw error;
  }
}
