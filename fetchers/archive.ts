// Files that somebody handed over (a folder, a zip) in place of a server: the same Fetch, found by name in any case.
// Knows no phone, and of a folder or zip only that it can list and read files.
import type { Fetch, FetchFailure, FetchFailureCode, FetchResult } from './fetcher.ts';
import { FETCH_LIMITS } from './limits.ts';

export interface ArchiveFile {
  /** With slashes, relative to the top of the archive. */
  readonly path: string;
  /** Why the file cannot be used, known without reading it (`is encrypted`); null: it can be tried. */
  readonly refusal: string | null;
  /** Bytes, unpacked; 0 where nobody has looked yet. */
  readonly size: number;
  /** All of it, or more than 2 MiB of it. Throws when it cannot be read. */
  read(): Promise<Uint8Array>;
}

export interface Archive {
  /** As people call it: `backup.zip`. */
  readonly name: string;
  readonly files: readonly ArchiveFile[];
}

export type ReadArchive =
  | { readonly ok: true; readonly archive: Archive }
  | {
      readonly ok: false;
      readonly code: 'ARCHIVE_UNREADABLE' | 'ARCHIVE_TOO_LARGE' | 'ARCHIVE_PATH';
      readonly message: string;
    };

/** Files of one archive, unpacked bytes of all of them together. */
export const ARCHIVE_LIMITS = { files: 100_000, bytes: 1024 * 1024 * 1024 } as const;

/** What a directory of a server would be called: only the file names behind it count. */
export const ARCHIVE_ADDRESS = 'https://files.invalid/';

/** Copies of one file in several folders that are compared; more are as good as different. */
const MOST_COPIES = 10;

/** Resource forks and the like, which macOS and others put beside each file. */
function isByproduct(path: string): boolean {
  return path.split('/').some((part) => part === '__MACOSX' || part.startsWith('.'));
}

/** The files that count. */
export function namedFiles(archive: Archive): readonly ArchiveFile[] {
  return archive.files.filter(({ path }) => !isByproduct(path));
}

/**
 * Answers each address with the file of that name, whatever its folder and case; a relative include first with the file at
 * its place. The answer's address is `file:///<archive>/<path>`. The disk is never looked at for a name of a request.
 */
export function createArchiveFetch(archive: Archive): Fetch {
  const byName = new Map<string, ArchiveFile[]>();
  const byPath = new Map<string, ArchiveFile>();
  for (const file of namedFiles(archive)) {
    const name = nameOf(file.path);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [file]);
    else same.push(file);
    byPath.set(file.path.toLowerCase(), file);
  }
  const base = `file:///${encodeURIComponent(archive.name)}/`;

  return async ({ url, signal }): Promise<FetchResult> => {
    if (signal?.aborted) return failure('CANCELLED', 'Reading the files was ended.');
    const path = pathOf(url, base);
    const name = nameOf(path);
    const there = url.startsWith(base) ? byPath.get(path.toLowerCase()) : undefined;
    const files = there === undefined ? (byName.get(name) ?? []) : [there];
    const [file] = files;
    if (file === undefined || name === '') {
      return { ...failure('HTTP_404', `${archive.name} has no file named ${shown(name)}.`), status: 404 };
    }
    const refused = files.find(({ refusal }) => refusal !== null);
    if (refused !== undefined) {
      return failure('HTTP_4XX', `${shown(refused.path)} of ${archive.name} cannot be used: it ${refused.refusal}.`);
    }
    const tooLarge = () =>
      failure('BODY_TOO_LARGE', `${shown(file.path)} of ${archive.name} is larger than 2 MiB: it is no phone's file.`);
    if (files.some(({ size }) => size > FETCH_LIMITS.bodyBytes)) return tooLarge();
    try {
      const copies = await Promise.all(files.slice(0, MOST_COPIES).map((copy) => copy.read()));
      if (copies.some((copy) => copy.length > FETCH_LIMITS.bodyBytes)) return tooLarge();
      const [bytes = new Uint8Array()] = copies;
      if (files.length > MOST_COPIES || copies.some((copy) => Buffer.compare(copy, bytes) !== 0)) {
        const paths = files.slice(0, 3).map((copy) => shown(copy.path));
        return failure(
          'HTTP_4XX',
          `${archive.name} has ${files.length} files named ${shown(name)} that differ (${paths.join(', ')}). Leave only the right one in it.`,
        );
      }
      return {
        kind: 'fetched',
        bytes,
        url: base + file.path.split('/').map(encodeURIComponent).join('/'),
        contentType: null,
        etag: null,
        lastModified: null,
        tls: null,
      };
    } catch {
      return failure('HTTP_4XX', `${shown(file.path)} of ${archive.name} cannot be read: it is damaged.`);
    }
  };
}

function failure(code: FetchFailureCode, message: string): FetchFailure {
  return { kind: 'failure', code, message };
}

/** Path of an address, below the archive's own where it is one of it. */
function pathOf(url: string, base: string): string {
  const path = url.startsWith(base) ? url.slice(base.length) : (URL.parse(url)?.pathname ?? '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

/** Names come from outside: one line, not longer than a line. */
export function shown(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}]+/gu, '?');
  return clean.length > 100 ? `${clean.slice(0, 100)}…` : clean;
}
