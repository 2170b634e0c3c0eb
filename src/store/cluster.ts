// The files of the embedded PostgreSQL: where the cluster lies, its password, its first making. Starts no server.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { createOnce, removeDrafts, syncFolder } from './create-once.ts';
import type { ServerBinaries } from './server-binaries.ts';
import {
  canEnter,
  closedFolder,
  makeOpenFolder,
  runsAsRoot,
  type ServerUser,
  serverUser,
  spawnAs,
} from './server-user.ts';
import { StoreError } from './store-error.ts';

/** Where root keeps what the server's user must reach, when the data directory is closed to it. */
export const SHARED_FOLDER = '/var/lib/provender';

export interface ClusterPlace {
  /** Real path of the data directory. */
  readonly dataDir: string;
  /** PostgreSQL's own directory (PGDATA). */
  readonly cluster: string;
  readonly user: ServerUser | null;
  /** The folder above the data directory that the server's user cannot enter; null: the cluster is in the data directory. */
  readonly closed: string | null;
}

const locationFile = (dataDir: string) => join(dataDir, 'postgres.location');
const passwordFile = (dataDir: string) => join(dataDir, 'postgres.password');
export const logFile = (dataDir: string): string => join(dataDir, 'postgres.log');

export function isCluster(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'));
}

/** True when we made the folder. The folders above it get the usual mode; the data directory itself is closed. */
function makeDataDir(dataDir: string): boolean {
  mkdirSync(dirname(dataDir), { recursive: true });
  try {
    mkdirSync(dataDir, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(dataDir).isDirectory()) return false;
    throw new StoreError(
      'EMBEDDED_CLUSTER',
      `The data directory ${dataDir} cannot be made (${(error as Error).message}). Name another one with --data.`,
    );
  }
}

function isEmpty(dataDir: string): boolean {
  try {
    return readdirSync(dataDir).length === 0;
  } catch (error) {
    throw new StoreError(
      'EMBEDDED_CLUSTER',
      `The data directory ${dataDir} cannot be read (${(error as NodeJS.ErrnoException).code}). Start Provender as the user that made it, or name another one with --data.`,
    );
  }
}

function recordedLocation(dataDir: string): string | null {
  const file = locationFile(dataDir);
  if (!existsSync(file)) return null;
  const named = readFileSync(file, 'utf8').trim();
  if (isAbsolute(named) && isCluster(named)) return named;
  throw new StoreError(
    'EMBEDDED_CLUSTER',
    `${file} says that the database is in ${named}, which is not there. Put it back from your backup; or delete ${file} to begin with an empty database.`,
  );
}

function ownerOf(folder: string): number | null {
  return isCluster(folder) ? statSync(folder).uid : null;
}

/**
 * Decides where the cluster of a data directory lies. As root, the data directory is opened for passing through (o+x) when
 * we made it or it is empty; when that does not help, the cluster goes to SHARED_FOLDER.
 */
export function placeCluster(wanted: string): ClusterPlace {
  const ours = makeDataDir(wanted) || isEmpty(wanted);
  const dataDir = realpathSync(wanted);
  const inside = join(dataDir, 'postgres');
  const holder = statSync(inside, { throwIfNoEntry: false })?.uid;
  if (!runsAsRoot() && holder !== undefined && process.getuid !== undefined && holder !== process.getuid())
    throw new StoreError(
      'EMBEDDED_CLUSTER',
      `The database ${inside} belongs to another user (uid ${holder}). Start Provender as that user, or name another directory with --data.`,
    );
  const recorded = recordedLocation(dataDir);
  const user = serverUser(ownerOf(recorded ?? inside));
  if (recorded !== null) return { dataDir, cluster: recorded, user, closed: closedFolder(user, dataDir) ?? dataDir };
  if (user === null) return { dataDir, cluster: inside, user, closed: null };
  if (ours && !canEnter(user, dataDir) && canEnter(user, dirname(dataDir)))
    chmodSync(dataDir, (statSync(dataDir).mode & 0o7777) | 0o001);
  const closed = closedFolder(user, dataDir);
  if (closed === null) return { dataDir, cluster: inside, user, closed };
  if (isCluster(inside))
    throw new StoreError(
      'EMBEDDED_CLUSTER',
      `The database ${inside} belongs to user ${user.name}, who cannot enter ${closed}. Run: chmod o+x ${closed}`,
    );
  return { dataDir, cluster: join(SHARED_FOLDER, randomBytes(6).toString('hex')), user, closed };
}

/** Where copies of the programs go: for root once per machine, otherwise beside the data. */
export function spareFolder(place: ClusterPlace): string {
  return runsAsRoot() ? SHARED_FOLDER : join(place.dataDir, 'postgres-programs');
}

/** The password of the cluster: made before it, and then never again. */
export function clusterPassword(place: ClusterPlace): string {
  const file = passwordFile(place.dataDir);
  if (!existsSync(file) && isCluster(place.cluster))
    throw new StoreError(
      'EMBEDDED_CLUSTER',
      `${file} is missing, and the database in ${place.cluster} does not open without it. Put it back from your backup.`,
    );
  return createOnce(file, `${randomBytes(24).toString('hex')}\n`).content.trim();
}

function run(program: string, args: readonly string[], user: ServerUser | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...spawnAs(user), stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const next = /could not look up effective user/.test(said)
        ? 'The user that runs Provender has no entry in /etc/passwd: give it one, or set DATABASE_URL.'
        : 'Check the free space and the owner of the folder, or set DATABASE_URL.';
      reject(
        new StoreError(
          'EMBEDDED_CLUSTER',
          `The embedded database could not be made${user ? ` as user ${user.name}` : ''}: ${said.trim().split('\n').slice(-3).join(' ')}. ${next}`,
        ),
      );
    });
  });
}

/**
 * Makes the cluster beside its place and moves it there in one step: a cluster is whole or absent, and of two starts that
 * race one wins. Gives where the cluster is in the end.
 */
export async function makeCluster(
  place: ClusterPlace,
  binaries: ServerBinaries,
  password: string,
  options: { readonly durable: boolean },
): Promise<string> {
  const { cluster, user } = place;
  if (dirname(cluster) === SHARED_FOLDER) makeOpenFolder(SHARED_FOLDER);
  removeDrafts(cluster);
  const draft = `${cluster}.new-${randomBytes(6).toString('hex')}`;
  mkdirSync(draft, { mode: 0o700 });
  const given = join(draft, 'password');
  writeFileSync(given, password, { mode: 0o600 });
  if (user !== null) for (const path of [draft, given]) chownSync(path, user.uid, user.gid);
  try {
    await run(
      binaries.initdb,
      [
        `--pgdata=${join(draft, 'data')}`,
        '--username=postgres',
        `--pwfile=${given}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Sorting that no update of the machine changes.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        ...(options.durable ? [] : ['--no-sync']),
      ],
      user,
    );
    renameSync(join(draft, 'data'), cluster);
    syncFolder(dirname(cluster));
  } catch (error) {
    if (!isCluster(cluster)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  if (place.closed === null) return cluster;
  const recorded = createOnce(locationFile(place.dataDir), `${cluster}\n`).content.trim();
  if (recorded !== cluster) rmSync(cluster, { recursive: true, force: true });
  return recorded;
}

/** Removes the database of a data directory, wherever it lies; everything else stays. No server may be running on it. */
export function removeCluster(dataDir: string): void {
  const file = locationFile(dataDir);
  if (existsSync(file)) {
    const named = readFileSync(file, 'utf8').trim();
    if (dirname(named) === SHARED_FOLDER) rmSync(named, { recursive: true, force: true });
  }
  for (const name of ['postgres', 'postgres.location', 'postgres.password', 'postgres.log'])
    rmSync(join(dataDir, name), { recursive: true, force: true });
}

/** The major version that made the cluster. */
export function clusterMajor(cluster: string): number {
  return Number.parseInt(readFileSync(join(cluster, 'PG_VERSION'), 'utf8'), 10);
}
