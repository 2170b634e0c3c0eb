// The TLS parameters of a database address, read as libpq means them, once for both drivers: postgres.js does not check
// the certificate at sslmode=require and knows no sslrootcert, pg (of pg-boss) checks it at every mode. Connects to nothing.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { StoreError } from './store-error.ts';

export interface DatabaseAccess {
  /** The address without its TLS parameters. */
  readonly address: string;
  /** For the driver. An object of its own for each: pg hides the key of the one that it is given from others. */
  readonly ssl: ConnectionOptions | false;
}

/** no-verify is what other Node programs call a connection that is encrypted and not checked. */
const MODES = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

const PARAMETERS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];

function invalid(message: string): StoreError {
  return new StoreError('DATABASE_URL_INVALID', message);
}

function readMode(query: URLSearchParams): Mode {
  const ssl = query.get('ssl');
  const unsaid = query.has('sslrootcert') ? 'verify-full' : 'disable';
  const said = query.get('sslmode') ?? (ssl === null ? unsaid : (SWITCHES[ssl] ?? ssl));
  const mode = MODES.find((known) => known === said);
  if (mode !== undefined) return mode;
  throw invalid(
    said === 'prefer' || said === 'allow'
      ? `sslmode=${said} in DATABASE_URL is not supported: it lets anybody on the way switch encryption off. Use verify-full, or disable.`
      : 'sslmode in DATABASE_URL must be verify-full, verify-ca, require or disable.',
  );
}

const SWITCHES: Readonly<Record<string, Mode>> = {
  true: 'verify-full',
  1: 'verify-full',
  false: 'disable',
  0: 'disable',
};

function readPem(query: URLSearchParams, name: string): string | undefined {
  const path = query.get(name);
  if (path === null) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalid(`${name} in DATABASE_URL names ${path}, which cannot be read (${code}). Name a PEM file.`);
  }
}

/** @throws StoreError DATABASE_URL_INVALID */
export function databaseAccess(url: string): DatabaseAccess {
  const parsed = new URL(url);
  const query = parsed.searchParams;
  if (!PARAMETERS.some((name) => query.has(name))) return { address: url, ssl: false };
  const ssl = tlsOptions(readMode(query), query, parsed.hostname.replace(/^\[|\]$/g, ''));
  for (const name of PARAMETERS) query.delete(name);
  return { address: parsed.href, ssl };
}

function tlsOptions(mode: Mode, query: URLSearchParams, host: string): ConnectionOptions | false {
  if (mode === 'disable') return false;
  const bySystem = query.get('sslrootcert') === 'system';
  const ca = bySystem ? undefined : readPem(query, 'sslrootcert');
  const [cert, key] = [readPem(query, 'sslcert'), readPem(query, 'sslkey')];
  if (mode === 'verify-ca' && ca === undefined) {
    throw invalid(
      'sslmode=verify-ca in DATABASE_URL needs sslrootcert=FILE: the CA that signed the certificate. Or use verify-full.',
    );
  }
  // As libpq has it: require with a CA given checks the CA.
  const checksCa = mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && ca !== undefined);
  return {
    // The name that the certificate must have, also where it is an address: postgres.js does not say it then.
    host,
    rejectUnauthorized: checksCa,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}
