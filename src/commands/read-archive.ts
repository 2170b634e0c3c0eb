// --from of the command line: a folder, or a zip file, of configuration files.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Archive } from '../../fetchers/archive.ts';
import { readFolder } from '../../fetchers/folder.ts';
import { readZip } from '../../fetchers/zip.ts';
import { CommandFailure } from './command.ts';
import { readInputBytes } from './fetch-options.ts';

/** @throws CommandFailure or InputFailure saying why it cannot be read */
export async function readArchive(path: string): Promise<Archive> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const read = isFolder ? await readFolder(path) : await readZip(basename(path), await readInputBytes('--from', path));
  if (read.ok) return read.archive;
  throw new CommandFailure(`--from ${path}: ${read.code}: ${read.message}`);
}
