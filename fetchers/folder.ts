// A folder of this machine as an archive. Links are not followed; only regular files are read.
import { constants, type Dirent } from 'node:fs';
import { open, opendir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ARCHIVE_LIMITS, type ArchiveFile, type ReadArchive } from './archive.ts';
import { FETCH_LIMITS } from './limits.ts';

const MOST_DEPTH = 32;

export async function readFolder(folder: string): Promise<ReadArchive> {
  const files: ArchiveFile[] = [];
  const walk = async (path: string, depth: number): Promise<boolean> => {
    for await (const entry of await opendir(join(folder, path))) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (isPlainDirectory(entry) && depth < MOST_DEPTH) {
        if (!(await walk(below, depth + 1))) return false;
      } else if (entry.isFile()) {
        if (files.length === ARCHIVE_LIMITS.files) return false;
        files.push(fileOf(join(folder, below), below));
      }
    }
    return true;
  };
  try {
    if (!(await walk('', 0))) {
      return {
        ok: false,
        code: 'ARCHIVE_TOO_LARGE',
        message: `The folder holds more than ${ARCHIVE_LIMITS.files} files. Name the one with the phones' files.`,
      };
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, code: 'ARCHIVE_UNREADABLE', message: `The folder cannot be read (${code ?? 'unknown'}).` };
  }
  return { ok: true, archive: { name: basename(await realpath(folder)), files } };
}

function isPlainDirectory(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.isSymbolicLink();
}

function fileOf(path: string, shownPath: string): ArchiveFile {
  return {
    path: shownPath,
    refusal: null,
    // Seen when it is read: asking a hundred thousand files for their size takes longer than reading those that count.
    size: 0,
    async read() {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      const chunks: Buffer[] = [];
      // One byte beyond the limit tells that it is too large. The stream closes the file.
      for await (const chunk of file.createReadStream({ end: FETCH_LIMITS.bodyBytes })) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  };
}
