// Who may run the embedded PostgreSQL, and which folders that user can get at. PostgreSQL refuses to run as root.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from './store-error.ts';

export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** First found is taken: a user of our own, PostgreSQL's, the one that owns nothing. */
const NAMES = ['provender', 'postgres', '_postgres', 'nobody'];

export function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}

function accounts(): ServerUser[] {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // No such file: nobody is found, which is said below.
  }
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return uid && gid && Number(uid) > 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/**
 * The user that the server runs as; null: ours, as we are not root. `ownerUid`: who owns the cluster already.
 * @throws StoreError when there is no user to run as
 */
export function serverUser(ownerUid: number | null): ServerUser | null {
  if (!runsAsRoot()) return null;
  const all = accounts();
  if (ownerUid !== null && ownerUid !== 0) {
    return all.find((user) => user.uid === ownerUid) ?? { name: `uid ${ownerUid}`, uid: ownerUid, gid: ownerUid };
  }
  const found = NAMES.map((name) => all.find((user) => user.name === name)).find((user) => user !== undefined);
  if (found === undefined)
    throw new StoreError(
      'EMBEDDED_UNSUPPORTED',
      `PostgreSQL does not run as root, and none of the users ${NAMES.join(', ')} exists. Create one (useradd --system provender), start Provender as another user, or set DATABASE_URL.`,
    );
  return found;
}

/** For spawn: as the server's user; in a folder that everybody may enter; with nothing of our environment. */
export function spawnAs(user: ServerUser | null): {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  windowsHide: boolean;
} {
  if (process.platform === 'win32') return { windowsHide: true };
  return {
    cwd: '/',
    // PG* variables of whoever started us must not reach the server; its messages are read, so they stay English.
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    windowsHide: true,
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  };
}

/** True when `user` can enter `folder`: tried, not computed, so that ACLs and mounts count. */
export function canEnter(user: ServerUser | null, folder: string): boolean {
  if (user === null) return true;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...spawnAs(user), stdio: 'ignore' }).status === 0;
}

/** The topmost folder above (or at) `folder` that `user` cannot enter; null when all are open. */
export function closedFolder(user: ServerUser | null, folder: string): string | null {
  const above = dirname(folder) === folder ? null : closedFolder(user, dirname(folder));
  return above ?? (canEnter(user, folder) ? null : folder);
}

/** Makes a folder that everybody may enter, whatever the umask; leaves one that is there as it is. */
export function makeOpenFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  if (process.platform !== 'win32') chmodSync(folder, 0o755);
}
