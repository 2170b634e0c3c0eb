// `npm run check`: types, lint and format, dead code, and whether schema and migrations say the same.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

function run(name: string, args: readonly string[]): boolean {
  const bin = join(import.meta.dirname, '../node_modules/.bin', name);
  const { status } = spawnSync(bin, args, { stdio: 'inherit', cwd: join(import.meta.dirname, '..') });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} ${args.join(' ')}`);
  return status === 0;
}

/**
 * Generates into a copy: a new file there means that a change of schema.ts has no migration. drizzle-kit writes `./` before
 * the folder, so that it must be a relative one.
 */
function migrationsMatch(): boolean {
  const root = join(import.meta.dirname, '..');
  const copy = mkdtempSync(join(tmpdir(), 'provender-migrations-'));
  try {
    cpSync(join(root, 'migrations'), copy, { recursive: true });
    const before = readdirSync(copy).length;
    const generated = spawnSync(
      join(root, 'node_modules/.bin/drizzle-kit'),
      ['generate', '--dialect=postgresql', '--schema=./src/store/schema.ts', `--out=${relative(root, copy)}`],
      // It asks whether a column was renamed when it may have been: nobody is there to answer.
      { cwd: root, encoding: 'utf8', input: '', timeout: 60_000 },
    );
    // Its exit code is 0 too when it wanted to ask something and could not.
    const said = /No schema changes/.test(generated.stdout);
    const same = generated.status === 0 && said && readdirSync(copy).length === before;
    if (!same) console.log(generated.stdout, generated.stderr);
    console.log(
      same
        ? 'ok     migrations match src/store/schema.ts'
        : 'FAILED src/store/schema.ts differs from migrations/: run `npm run migration -- --name what-changes` and read the file',
    );
    return same;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const results = [
  run('tsc', ['--noEmit']),
  run('tsc', ['--noEmit', '-p', 'web/tsconfig.json']),
  run('biome', ['check', '--error-on-warnings', '.']),
  run('knip', []),
  migrationsMatch(),
];
process.exitCode = results.every(Boolean) ? 0 : 1;
