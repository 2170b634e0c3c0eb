// provender parse: what do these files say? Reads files, asks no network and no database.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ReadOptions, type ReadResult, readConfig } from '../../vendors/read.ts';
import { type ExitCode, flag, type Given, type Io, UsageError } from './command.ts';
import { type FileError, readConfigFile, readKeys, vendorOption } from './config-file.ts';
import { readingJson, readingText } from './show-reading.ts';
import { visible } from './text-table.ts';

type Outcome = { readonly error: FileError } | { readonly result: ReadResult };

async function parseFile(path: string, options: ReadOptions): Promise<Outcome> {
  const file = await readConfigFile(path);
  return 'error' in file ? file : { result: readConfig([{ name: basename(path), bytes: file.bytes }], options) };
}

/** The files meant: of a directory all in it and below, in order of their names, hidden ones left out. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const isDirectory = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isDirectory) {
      files.push(path);
      continue;
    }
    const inside = await readdir(path, { recursive: true, withFileTypes: true });
    const names = inside.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    files.push(...names.filter((name) => !/(?:^|[/\\])\./.test(name.slice(path.length))).sort());
  }
  return files;
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

/** How far it is, in one line that is written over, where somebody looks and the results go elsewhere. */
function progress(io: Io, total: number): { step: () => void; end: () => void } {
  const isShown = io.stderr.isTTY === true && io.stdout.isTTY !== true && total > 1;
  let done = 0;
  return {
    step: () => {
      done += 1;
      if (isShown && (done % 20 === 0 || done === total)) io.stderr.write(`\r${done} of ${total} files`);
    },
    end: () => {
      if (isShown) io.stderr.write('\n');
    },
  };
}

export async function parse(given: Given, io: Io): Promise<ExitCode> {
  if (given.positionals.length === 0) throw new UsageError('parse needs at least one FILE or directory.');
  const options: ReadOptions = { vendor: vendorOption(given, 'vendor'), keys: await readKeys(given) };
  const showSecrets = flag(given, 'show-secrets');
  const asJson = flag(given, 'json');
  const files = await filesOf(given.positionals);
  const shown = progress(io, files.length);
  let failed = false;
  let texts = 0;
  // An array, written as it grows: a directory may hold a hundred thousand files.
  if (asJson) io.stdout.write('[');
  for (const [number, file] of files.entries()) {
    const outcome = await parseFile(file, options);
    shown.step();
    if (asJson) {
      const json = JSON.stringify(outcomeJson(file, outcome, showSecrets), null, 2).replaceAll('\n', '\n  ');
      io.stdout.write(`${number === 0 ? '' : ','}\n  ${json}`);
    }
    const why = complaint(outcome);
    if (why !== null) {
      failed = true;
      io.stderr.write(`${visible(`${file}: ${why}`)}\n`);
    } else if (!asJson && 'result' in outcome && outcome.result.kind === 'config') {
      const lines = readingText(file, outcome.result.reading, showSecrets);
      io.stdout.write(`${texts++ === 0 ? '' : '\n'}${lines.join('\n')}\n`);
    }
  }
  if (asJson) io.stdout.write(files.length === 0 ? ']\n' : '\n]\n');
  shown.end();
  if (files.length === 0) io.stderr.write('There is no file in it.\n');
  return failed || files.length === 0 ? 1 : 0;
}
