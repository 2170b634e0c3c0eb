// The PostgreSQL that Provender brings along, for one data directory: started or taken over, owned, watched, stopped.
//
// Who owns it is an advisory lock in the server itself, held by one connection: it ends with its holder however that one
// dies, and no pid that was given to another process can pretend to hold it.
import type postgres from 'postgres';
import {
  clusterMajor,
  clusterPassword,
  isCluster,
  logFile,
  makeCluster,
  placeCluster,
  spareFolder,
} from './cluster.ts';
import { findOrStart, type RunningServer, type Server, stopServer } from './postmaster.ts';
import { serverBinaries } from './server-binaries.ts';
import { StoreError } from './store-error.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** True: use the server of a program that runs already (`check`, `admin`, `keys`); start one only if there is none. */
  readonly join?: boolean;
  /** What a second program is told about us, such as `provender start`. */
  readonly program?: string;
  /** The port to start on; default any free one. */
  readonly port?: number;
  /** False: no fsync. For tests only. */
  readonly durable?: boolean;
  /** Told when the server died under us (a sentence), and when it is back. */
  readonly onEvent?: (sentence: string) => void;
}

export interface Embedded {
  /** Address of our database, with a role that owns it and is no superuser. */
  readonly url: string;
  /** As superuser, to the database `postgres`. */
  readonly adminUrl: string;
  /** False: another program owns the server; stop() leaves it running. */
  readonly owner: boolean;
  /** True: the server was running when we came. */
  readonly reused: boolean;
  readonly port: number;
  readonly pid: number;
  /** One line: what runs where, as whom, and why there. */
  readonly note: string;
  stop(): Promise<void>;
}

const OWNER_LOCK = 7_264_003;
const MINUTE = 60_000;

interface Owner {
  readonly pid: number;
  readonly program: string;
}

/** Who holds the lock, from the name of its connection. */
async function ownerOf(admin: postgres.Sql): Promise<Owner | null> {
  const [row] = await admin<{ name: string }[]>`
    select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.objid = ${OWNER_LOCK} and l.granted`;
  const [, program = '', pid = ''] = /^(.*) (\d+)$/.exec(row?.name ?? '') ?? [];
  return row === undefined ? null : { program, pid: Number(pid) };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Null when the lock is ours. The server notices the end of a killed owner within milliseconds: that long we wait. */
async function takeLock(admin: postgres.Sql): Promise<Owner | null> {
  const began = Date.now();
  for (;;) {
    const [row] = await admin<{ got: boolean }[]>`select pg_try_advisory_lock(${OWNER_LOCK}) as got`;
    if (row?.got) return null;
    const owner = await ownerOf(admin);
    const patience = owner !== null && lives(owner.pid) ? 1000 : 10_000;
    if (owner !== null && Date.now() - began > patience) return owner;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Our own role and database; a superuser's reach is for the launcher alone. The password is hexadecimal. */
async function ensureDatabase(admin: postgres.Sql, password: string): Promise<void> {
  const roles = await admin`select 1 from pg_roles where rolname = 'provender'`;
  if (roles.length === 0) {
    await admin`set log_min_error_statement = 'panic'`;
    await admin.unsafe(`create role provender login password '${password}'`);
  }
  const databases = await admin`select 1 from pg_database where datname = 'provender'`;
  if (databases.length === 0) await admin.unsafe('create database provender owner provender');
}

function inUse(dataDir: string, owner: Owner, port: number): StoreError {
  return new StoreError(
    'EMBEDDED_IN_USE',
    `The data directory ${dataDir} is in use by ${owner.program || 'another program'} (process ${owner.pid}, its database is on 127.0.0.1 port ${port}). Stop that one first (kill ${owner.pid}), or name another directory with --data.`,
  );
}

function noteOf(server: Server, running: RunningServer, place: ReturnType<typeof placeCluster>): string {
  const { user, closed } = place;
  const parts = [`PostgreSQL ${server.binaries.major} on 127.0.0.1 port ${running.port}, data in ${server.cluster}`];
  if (user !== null) parts.push(`runs as user ${user.name} because PostgreSQL refuses root`);
  if (closed !== null) parts.push(`not in ${place.dataDir} because ${closed} is closed to that user`);
  if (server.binaries.copiedTo !== null) parts.push(`programs copied to ${server.binaries.copiedTo}`);
  if (running.reused) parts.push('was running already');
  return parts.join('; ');
}

async function prepare(options: EmbeddedOptions): Promise<{ server: Server; place: ReturnType<typeof placeCluster> }> {
  const place = placeCluster(options.dataDir);
  const binaries = serverBinaries(place.user, spareFolder(place));
  const password = clusterPassword(place);
  const durable = options.durable ?? true;
  const cluster = isCluster(place.cluster) ? place.cluster : await makeCluster(place, binaries, password, { durable });
  if (clusterMajor(cluster) !== binaries.major)
    throw new StoreError(
      'EMBEDDED_CLUSTER',
      `The database in ${cluster} was made by PostgreSQL ${clusterMajor(cluster)}, and this Provender brings ${binaries.major}. Start it once more with the Provender that made it, dump it (pg_dump), and load it into a new data directory.`,
    );
  return { place, server: { cluster, binaries, password, durable, user: place.user, log: logFile(place.dataDir) } };
}

/**
 * Starts the embedded PostgreSQL of a data directory, or takes over the one that a killed program left. While it is ours it
 * is watched: a server that dies is started again on the same port, so that pools find it.
 * @throws StoreError EMBEDDED_IN_USE when another program owns it, and the other EMBEDDED_ codes
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { server, place } = await prepare(options);
  const name = `${(options.program ?? 'provender').slice(0, 50)} ${process.pid}`;
  let stopping = false;
  let reviving: Promise<void> = Promise.resolve();
  let current: RunningServer;
  let owner = false;

  const find = (port: number | null) =>
    findOrStart(server, { name, port, patience: 10 * MINUTE, onclose: () => lost(), cancelled: () => stopping });

  /** Called by the lock's connection. Its end means that the server is gone, or was gone for a moment. */
  function lost(): void {
    if (stopping || !owner) return;
    owner = false;
    options.onEvent?.('The embedded PostgreSQL went away; starting it again.');
    reviving = reviveInTheEnd();
  }

  /** A full disk is emptied at some time: tries until it works, somebody else has the server, or we are stopped. */
  async function reviveInTheEnd(): Promise<void> {
    while (!stopping) {
      try {
        return await revive();
      } catch (error) {
        options.onEvent?.((error as Error).message);
        if ((error as StoreError).code === 'EMBEDDED_IN_USE') return;
        for (let waited = 0; waited < 5000 && !stopping; waited += 100)
          await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async function revive(): Promise<void> {
    const { port, admin } = current;
    await admin.end({ timeout: 0 });
    const running = await find(port);
    if (running === null) return;
    const other = await takeLock(running.admin);
    current = running;
    if (other !== null) throw inUse(place.dataDir, other, running.port);
    owner = true;
    options.onEvent?.(
      running.port === port
        ? 'The embedded PostgreSQL is back.'
        : `The embedded PostgreSQL is back on another port (${running.port} instead of ${port}): restart Provender.`,
    );
  }

  const running = await find(options.port ?? null);
  if (running === null) throw new StoreError('EMBEDDED_START', `No server was found in ${server.cluster}.`);
  current = running;
  const other = await takeLock(running.admin);
  if (other !== null && !options.join) {
    await running.admin.end({ timeout: 0 });
    throw inUse(place.dataDir, other, running.port);
  }
  owner = other === null;
  const isOwner = owner;
  if (isOwner) await ensureDatabase(running.admin, server.password);

  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await reviving;
    if (isOwner) await stopServer(server);
    await current.admin.end({ timeout: 0 });
  }

  const address = `${server.password}@127.0.0.1:${running.port}`;
  return {
    url: `postgres://provender:${address}/provender`,
    adminUrl: `postgres://postgres:${address}/postgres`,
    owner: isOwner,
    reused: running.reused,
    port: running.port,
    pid: running.pid,
    note: noteOf(server, running, place),
    stop,
  };
}
