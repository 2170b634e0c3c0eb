// Where the keys of the installation come from: the key file, made at first start; the environment; or a command, such as
// that of a vault. Keys are 32 bytes as 43 characters of base64url, one per line. Knows no database.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Secret } from '../../fetchers/secret.ts';
import { createOnce, syncFolder } from './create-once.ts';
import { StoreError } from './store-error.ts';

export type KeySource =
  | { readonly file: string }
  /** Of the environment. */
  | { readonly keys: Secret }
  /** Program and arguments, run without a shell; it prints the keys. */
  | { readonly command: readonly [string, ...string[]] };

const KEY_BYTES = 32;
const HEADER = '# Key file of Provender. Whoever has it can open the stored passwords; without it nobody can.';
/** A vault may be far away, and start slowly. */
const COMMAND_MS = 30_000;

export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

export function keyText(key: Buffer): string {
  return key.toString('base64url');
}

function fileText(keys: readonly Buffer[]): string {
  return `${[HEADER, ...keys.map(keyText)].join('\n')}\n`;
}

/** At the beginning of a sentence. */
export function sourceName(source: KeySource): string {
  if ('file' in source) return `The key file ${source.file}`;
  return 'keys' in source ? 'PROVENDER_KEY' : 'The key that PROVENDER_KEY_COMMAND prints';
}

/** @throws StoreError KEY_INVALID */
export function parseKeys(source: KeySource, content: string): Buffer[] {
  const words = content
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/[\s,]+/))
    .filter((word) => word !== '');
  const keys = words.map((word) => Buffer.from(word, 'base64url'));
  if (keys.length > 0 && keys.every((key, n) => key.length === KEY_BYTES && keyText(key) === words[n])) return keys;
  throw new StoreError(
    'KEY_INVALID',
    'file' in source
      ? `The key file ${source.file} is damaged: it must hold one key of 43 characters per line. Put back a copy of it from your backup.`
      : `${sourceName(source)} is not a key: it must be 43 characters (provender keys new makes one), several of them a line each or with a comma between.`,
  );
}

/** @throws StoreError KEY_MISSING, KEY_FILE_MODE, KEY_FILE_UNREADABLE, KEY_COMMAND_FAILED */
export async function readKeys(
  source: KeySource,
  create: boolean,
): Promise<{ readonly content: string; readonly created: boolean }> {
  if ('keys' in source) return { content: source.keys.reveal(), created: false };
  if ('command' in source) return { content: await printed(source.command), created: false };
  return readKeyFile(source.file, create);
}

/** Its stderr is not repeated: nobody knows what it says. */
async function printed([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: COMMAND_MS, maxBuffer: 65_536 });
    return stdout;
  } catch (error) {
    const { code, killed } = error as { code?: string | number; killed?: boolean };
    const why =
      killed === true
        ? `did not end in ${COMMAND_MS / 1000} s`
        : typeof code === 'number'
          ? `ended with ${code}`
          : code;
    throw new StoreError(
      'KEY_COMMAND_FAILED',
      `The program ${program} of PROVENDER_KEY_COMMAND gave no key: it ${why === undefined ? 'failed' : why === 'ENOENT' ? 'was not found' : why}. Run it by hand to see what it says. Nothing was changed.`,
    );
  }
}

function readKeyFile(file: string, create: boolean): { readonly content: string; readonly created: boolean } {
  try {
    const read = create
      ? createOnce(file, fileText([newKey()]))
      : { content: readFileSync(file, 'utf8'), created: false };
    checkMode(file);
    return read;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !create)
      throw new StoreError(
        'KEY_MISSING',
        `The key file ${file} is missing, and the database holds values sealed with it. Put it back from your backup, or name it with PROVENDER_KEY_FILE. Nothing was changed.`,
      );
    throw new StoreError(
      'KEY_FILE_UNREADABLE',
      `The key file ${file} cannot be ${create ? 'read or made' : 'read'} (${code ?? String(error)}). Check the folder and its owner.`,
    );
  }
}

function checkMode(file: string): void {
  if (process.platform === 'win32') return;
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new StoreError(
      'KEY_FILE_MODE',
      `The key file ${file} can be read by others (mode ${mode.toString(8).padStart(4, '0')}). Run: chmod 600 ${file}`,
    );
}

/**
 * Replaces the key file in one step, and it survives a power cut from then on: nothing is sealed with a key that could be
 * lost. Several processes that share it write the same.
 * @returns false when it cannot be written
 */
export function keepKeys(file: string, keys: readonly Buffer[]): boolean {
  const draft = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeSync(descriptor, fileText(keys));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
    syncFolder(dirname(file));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}
