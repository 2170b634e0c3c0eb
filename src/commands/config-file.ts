// Configuration files that a command is given: their bytes, the keys of encrypted ones, the vendor they are read as.
import { open, stat } from 'node:fs/promises';
import type { VendorId } from '../../vendors/model.ts';
import { VENDORS } from '../../vendors/registry.ts';
import { nearestNames } from '../nearest.ts';
import { type Given, textOption, UsageError } from './command.ts';

/** As much as a fetch would take. */
const LIMIT = 2 * 1024 * 1024;

export interface FileError {
  readonly code: 'FILE_NOT_FOUND' | 'FILE_IS_DIRECTORY' | 'FILE_UNREADABLE' | 'BODY_TOO_LARGE';
  readonly message: string;
}

async function readAtMost(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (size <= LIMIT) {
      const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(65_536) });
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}

export function fileError(path: string, error: NodeJS.ErrnoException): FileError {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'FILE_NOT_FOUND', message: `There is no file ${path}. Check the path.` };
    case 'EISDIR':
      return { code: 'FILE_IS_DIRECTORY', message: `${path} is a directory. Name a file in it.` };
    case 'EACCES':
    case 'EPERM':
      return { code: 'FILE_UNREADABLE', message: `${path} may not be read by this account. Check its permissions.` };
    default:
      return { code: 'FILE_UNREADABLE', message: `${path} cannot be read: ${error.message}` };
  }
}

export async function readConfigFile(
  path: string,
): Promise<{ readonly bytes: Uint8Array } | { readonly error: FileError }> {
  try {
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    const bytes = await readAtMost(path);
    if (bytes.length <= LIMIT) return { bytes };
    const message = `${path} is larger than 2 MiB, so it is no phone configuration. Check that it is the right file.`;
    return { error: { code: 'BODY_TOO_LARGE', message } };
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return { error: fileError(path, error as NodeJS.ErrnoException) };
  }
}

/** The key of --key-file: a pass phrase, an AES key or an RSA private key; a trailing newline is dropped. */
export async function readKeys(given: Given): Promise<string[]> {
  const path = textOption(given, 'key-file');
  if (path === undefined) return [];
  const file = await readConfigFile(path);
  if ('error' in file) throw new UsageError(`--key-file: ${file.error.message}`);
  return [
    Buffer.from(file.bytes)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  ];
}

/** The vendor of an option, or a usage error that names those there are. */
export function vendorOption(given: Given, option: 'vendor' | 'to'): VendorId | undefined {
  const asked = textOption(given, option);
  if (asked === undefined) return undefined;
  const known = VENDORS.map((vendor) => vendor.id);
  const found = known.find((id) => id === asked.toLowerCase());
  if (found !== undefined) return found;
  const [meant] = nearestNames(asked, known, 1);
  throw new UsageError(
    `unknown vendor "${asked}".${meant === undefined ? '' : ` Did you mean ${meant}?`} Known: ${known.join(', ')}.`,
  );
}
