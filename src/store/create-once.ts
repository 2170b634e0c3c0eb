// Files and folders that are made exactly once, whole or not at all, also when several processes try together: as a draft
// `<name>.new-<random>` beside their place, and then moved.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** So that a new name survives a power cut. Windows cannot open folders; there it is left to the file system. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes `content` to `file` (mode 0600) unless the file exists; gives what the file holds afterwards.
 * A hard link of a finished file is atomic where writing with O_EXCL would show others half of it.
 */
export function createOnce(file: string, content: string): { readonly content: string; readonly created: boolean } {
  try {
    return { content: readFileSync(file, 'utf8'), created: false };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const draft = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    const fd = openSync(draft, 'wx', 0o600);
    try {
      writeSync(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    linkSync(draft, file);
    syncFolder(dirname(file));
    return { content, created: true };
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return { content: readFileSync(file, 'utf8'), created: false };
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes what processes left that were killed over their draft of `path`. Ten minutes: no draft takes that long. */
export function removeDrafts(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.new-`)) continue;
    const draft = join(folder, name);
    const age = Date.now() - (statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 600_000) rmSync(draft, { recursive: true, force: true });
  }
}
