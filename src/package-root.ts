// Where the package lies, from a checkout (src/) and from the packed JavaScript (dist/src/) alike.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function find(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'provender') return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json of provender above ${import.meta.dirname}`);
  }
}

/** Absolute path of the folder that holds package.json, migrations/ and docs/. */
export const PACKAGE_ROOT: string = find();

export const MIGRATIONS_FOLDER: string = join(PACKAGE_ROOT, 'migrations');

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')).version;
}
