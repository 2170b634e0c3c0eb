// provender parse: what do these files say? Reads files, asks no network and no database.
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { VendorId } from '../../vendors/model.ts';
import { type ReadResult, readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';
import { nearestNames } from '../nearest.ts';
import { type ExitCode, flag, type Given, type Io, textOption, UsageError } from './command.ts';
import { readingJson, readingText } from './show-reading.ts';
import { visible } from './text-table.ts';

/** As much as a fetch would take. */
const LIMIT = 2 * 1024 * 1024;

interface FileError {
  readonly code: 'FILE_NOT_FOUND' | 'FILE_IS_DIRECTORY' | 'FILE_UNREADABLE' | 'BODY_TOO_LARGE';
  readonly message: string;
}

type Outcome = { readonly error: FileError } | { readonly result: ReadResult };

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

function fileError(path: string, error: NodeJS.ErrnoException): FileError {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'FILE_NOT_FOUND', message: `There is no file ${path}. Check the path.` };
    case 'EISDIR':
      return { code: 'FILE_IS_DIRECTORY', message: `${path} is a directory. Name the files in it: ${path}/*` };
    case 'EACCES':
    case 'EPERM':
      return { code: 'FILE_UNREADABLE', message: `${path} may not be read by this account. Check its permissions.` };
    default:
      return { code: 'FILE_UNREADABLE', message: `${path} cannot be read: ${error.message}` };
  }
}

async function parseFile(path: string, vendor: VendorId | undefined): Promise<Outcome> {
  try {
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    const bytes = await readAtMost(path);
    if (bytes.length > LIMIT) {
      return {
        error: {
          code: 'BODY_TOO_LARGE',
          message: `${path} is larger than 2 MiB, so it is no phone configuration. Check that it is the right file.`,
        },
      };
    }
    return { result: readConfig([{ name: basename(path), bytes }], vendor === undefined ? {} : { vendor }) };
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return { error: fileError(path, error as NodeJS.ErrnoException) };
  }
}

/** The vendor of --vendor, or a usage error that names those there are. */
function vendorOption(given: Given): VendorId | undefined {
  const asked = textOption(given, 'vendor');
  if (asked === undefined) return undefined;
  const known = VENDORS.map((vendor) => vendor.id);
  const found = known.find((id) => id === asked.toLowerCase());
  if (found !== undefined) return found;
  const [meant] = nearestNames(asked, known, 1);
  throw new UsageError(
    `unknown vendor "${asked}".${meant === undefined ? '' : ` Did you mean ${meant}?`} Known: ${known.join(', ')}.`,
  );
}

/** JSON: `{ file, vendor, ... }`, `{ file, notConfig: true, reason }` or `{ file, error: { code, message } }`. */
function outcomeJson(file: string, outcome: Outcome, showSecrets: boolean): object {
  if ('error' in outcome) return { file, error: outcome.error };
  if (outcome.result.kind === 'not-config') return { file, notConfig: true, reason: outcome.result.reason };
  return { file, ...readingJson(outcome.result.reading, showSecrets) };
}

/** Why it failed, in one line; null when it did not. */
function complaint(outcome: Outcome): string | null {
  if ('error' in outcome) return `${outcome.error.code}: ${outcome.error.message}`;
  if (outcome.result.kind === 'not-config') return `${outcome.result.reason}: ${outcome.result.message}`;
  return null;
}

export async function parse(given: Given, io: Io): Promise<ExitCode> {
  if (given.positionals.length === 0) throw new UsageError('parse needs at least one FILE.');
  const vendor = vendorOption(given);
  const showSecrets = flag(given, 'show-secrets');
  const asJson = flag(given, 'json');
  const all: object[] = [];
  let failed = false;
  let texts = 0;
  for (const file of given.positionals) {
    const outcome = await parseFile(file, vendor);
    if (asJson) all.push(outcomeJson(file, outcome, showSecrets));
    const why = complaint(outcome);
    if (why !== null) {
      failed = true;
      io.stderr.write(`${visible(`${file}: ${why}`)}\n`);
    } else if (!asJson && 'result' in outcome && outcome.result.kind === 'config') {
      const lines = readingText(file, outcome.result.reading, showSecrets);
      io.stdout.write(`${texts++ === 0 ? '' : '\n'}${lines.join('\n')}\n`);
    }
  }
  if (asJson) io.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  return failed ? 1 : 0;
}
