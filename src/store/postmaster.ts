// The server process of the embedded PostgreSQL: found, started, asked whether it is ready, stopped. Knows no tables.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { connectionOptions, isDatabaseGone } from './database.ts';
import type { ServerBinaries } from './server-binaries.ts';
import { type ServerUser, spawnAs } from './server-user.ts';
import { StoreError } from './store-error.ts';

/** What a server needs to be started or found. */
export interface Server {
  readonly cluster: string;
  readonly user: ServerUser | null;
  readonly binaries: ServerBinaries;
  readonly password: string;
  /** Where the server writes its messages. */
  readonly log: string;
  /** False: for tests, whose data nobody misses after a power cut. */
  readonly durable: boolean;
}

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** One connection as superuser to the database `postgres`. */
  readonly admin: postgres.Sql;
  /** True: it ran before we came. */
  readonly reused: boolean;
}

interface PidFile {
  readonly pid: number;
  readonly port: number;
}

const pidFile = (cluster: string) => join(cluster, 'postmaster.pid');

function readPidFile(cluster: string): PidFile | null {
  try {
    const lines = readFileSync(pidFile(cluster), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]) };
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * True when process `pid` is the server of this cluster. A pid alone does not say so: after a restart of the machine it
 * belongs to somebody else, and a killed server that nobody waits for stays as a zombie. A server works in its cluster.
 */
function servesCluster(pid: number, cluster: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid)) return false;
  if (process.platform !== 'linux' || !existsSync('/proc/self')) return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === cluster;
  } catch (error) {
    // Not ours to look at: another user's process, thus not the server that we could use.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

/** The server that runs on this cluster, by its own note and the process table; null: none. */
export function findServer(cluster: string): PidFile | null {
  const noted = readPidFile(cluster);
  return noted !== null && servesCluster(noted.pid, cluster) ? noted : null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** For a machine with two cores and little memory. Durability as PostgreSQL has it, unless nobody needs it. */
function settings(port: number, durable: boolean): string[] {
  const all: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 100,
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    jit: 'off',
    random_page_cost: 1.1,
    wal_compression: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    // Without the values of the row that broke a rule.
    log_error_verbosity: 'terse',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** A session of its own: Ctrl-C in our terminal must not stop the server before we do. */
function spawnServer(server: Server, port: number): ChildProcess {
  if (sizeOf(server.log) > 5_000_000) renameSync(server.log, `${server.log}.1`);
  const log = openSync(server.log, 'a', 0o600);
  try {
    const child = spawn(server.binaries.postgres, ['-D', server.cluster, ...settings(port, server.durable)], {
      ...spawnAs(server.user),
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => {});
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function logSince(file: string, offset: number): string {
  const length = Math.min(sizeOf(file) - offset, 20_000);
  if (length <= 0) return '';
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    readSync(fd, bytes, 0, length, offset);
    return bytes.toString();
  } finally {
    closeSync(fd);
  }
}

/** The connection is handed out only when it answers. `onclose` is told when it is lost. */
async function connect(port: number, password: string, name: string, onclose: () => void): Promise<postgres.Sql> {
  const sql = postgres({
    ...connectionOptions(name),
    host: '127.0.0.1',
    port,
    user: 'postgres',
    pass: password,
    database: 'postgres',
    max: 1,
    fetch_types: false,
    // It holds a lock: it must last as long as we do.
    max_lifetime: null,
    idle_timeout: 0,
    onclose,
  });
  try {
    await sql`select 1`;
    return sql;
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface FindOrStart {
  /** Shown in pg_stat_activity, at most 63 bytes. */
  readonly name: string;
  /** The port to start on; null: any free one. */
  readonly port: number | null;
  readonly onclose: () => void;
  /** True: no longer wanted. */
  readonly cancelled: () => boolean;
  /** Milliseconds; crash recovery of a large database takes minutes. */
  readonly patience: number;
}

/**
 * A server that answers: the one that runs, however it was left, or a new one. Null: cancelled.
 * @throws StoreError EMBEDDED_START, EMBEDDED_CLUSTER
 */
export async function findOrStart(server: Server, options: FindOrStart): Promise<RunningServer | null> {
  const until = Date.now() + options.patience;
  const since = sizeOf(server.log);
  let child: ChildProcess | null = null;
  let failures = 0;
  let last = '';
  while (Date.now() < until) {
    if (options.cancelled()) return null;
    const found = findServer(server.cluster);
    if (found !== null) {
      try {
        const admin = await connect(found.port, server.password, options.name, options.onclose);
        return { ...found, admin, reused: child?.pid !== found.pid };
      } catch (error) {
        // Starting, recovering from a crash, or stopping: each of them ends.
        if (!isDatabaseGone(error)) throw refused(server, error);
        last = (error as Error).message;
      }
    } else if (child === null || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      if (child !== null) {
        failures += 1;
        last = logSince(server.log, since).trim().split('\n').slice(-3).join(' ') || last;
        // Backends of a killed server end soon, another port is free: try again. Anything else stays as it is.
        if (failures >= (/still in use|already exists|could not bind/.test(last) ? 120 : 4)) break;
        await pause(250);
      }
      // A note whose process lives and is not this cluster's server: PostgreSQL looks only whether it lives, and would
      // refuse for ever. Notes of dead processes it clears up itself.
      const noted = readPidFile(server.cluster);
      if (noted !== null && exists(noted.pid) && findServer(server.cluster) === null)
        rmSync(pidFile(server.cluster), { force: true });
      child = spawnServer(server, options.port ?? (await freePort()));
    }
    await pause(50);
  }
  throw new StoreError(
    'EMBEDDED_START',
    `The embedded PostgreSQL in ${server.cluster} does not start: ${last || 'no answer'}. Its messages are in ${server.log}.`,
  );
}

function refused(server: Server, error: unknown): StoreError {
  return new StoreError(
    'EMBEDDED_CLUSTER',
    `The embedded PostgreSQL in ${server.cluster} runs and refuses us (${(error as Error).message}). If the password file was changed, put it back from your backup.`,
    { cause: error },
  );
}

/** Fast shutdown: running queries are ended, everything committed is kept. Resolves when the process is gone. */
export async function stopServer(server: Server): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if (findServer(server.cluster) === null) return;
    const args = ['stop', '-D', server.cluster, '-m', mode, '-w', '-t', '60', '-s'];
    await new Promise<void>((resolve) => {
      const child = spawn(server.binaries.pgCtl, args, { ...spawnAs(server.user), stdio: 'ignore' });
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
  }
}
