// The embedded PostgreSQL: real servers, killed for real.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isCluster, removeCluster, SHARED_FOLDER } from '../../src/store/cluster.ts';
import { isDatabaseGone, openDatabase } from '../../src/store/database.ts';
import { type Embedded, startEmbedded } from '../../src/store/embedded.ts';
import { findServer } from '../../src/store/postmaster.ts';
import { serverUser } from '../../src/store/server-user.ts';

// Making a cluster syncs it to disk: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const root = process.getuid?.() === 0;
const PROGRAM = join(import.meta.dirname, '../help/embedded-program.ts');

let folder: string;
let dataDir: string;
let opened: Embedded[] = [];
let programs: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provender-embedded-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  for (const program of programs) if (program.exitCode === null && program.signalCode === null) await kill(program);
  for (const embedded of opened) await embedded.stop();
  // What a killed program left is taken over, and then stopped.
  if (existsSync(dataDir) && findServer(clusterOf()) !== null) await (await startEmbedded({ dataDir })).stop();
  expect(existsSync(dataDir) ? findServer(clusterOf()) : null).toBeNull();
  if (existsSync(dataDir)) removeCluster(dataDir);
  rmSync(folder, { recursive: true, force: true });
  opened = [];
  programs = [];
});

function clusterOf(): string {
  const location = join(dataDir, 'postgres.location');
  return existsSync(location) ? readFileSync(location, 'utf8').trim() : join(dataDir, 'postgres');
}

async function start(options: Partial<Parameters<typeof startEmbedded>[0]> = {}): Promise<Embedded> {
  const embedded = await startEmbedded({ dataDir, ...options });
  opened.push(embedded);
  return embedded;
}

interface Said extends Embedded {
  readonly code?: string;
  readonly message?: string;
  readonly uid: number;
}

async function startProgram(
  options: object = {},
  as: object = {},
): Promise<{ program: ChildProcess; said: Promise<Said> }> {
  const program = spawn(process.execPath, [PROGRAM, JSON.stringify({ dataDir, ...options })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...as,
  });
  programs.push(program);
  if (program.stdout === null) throw new Error('no stdout');
  const lines = createInterface(program.stdout);
  const said = once(lines, 'line').then(([line]) => JSON.parse(line) as Said);
  return { program, said };
}

async function kill(program: ChildProcess): Promise<void> {
  const gone = once(program, 'exit');
  program.kill('SIGKILL');
  await gone;
}

async function query<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

const remember = (url: string) => query(url, (sql) => sql`create table remembered as select 1 as one`);
const recall = (url: string) => query(url, (sql) => sql`select one from remembered`);

test('starts, keeps the data over a stop, and leaves no process', async () => {
  const first = await start();
  expect(first).toMatchObject({ owner: true, reused: false });
  const durable = await query(
    first.url,
    (sql) => sql`
    select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
      current_setting('synchronous_commit') as commit, current_setting('data_checksums') as checksums,
      current_setting('listen_addresses') as listen, usesuper as super from pg_user where usename = current_user`,
  );
  expect(durable).toEqual([
    { fsync: 'on', pages: 'on', commit: 'on', checksums: 'on', listen: '127.0.0.1', super: false },
  ]);
  expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o777).toBe(root ? 0o701 : 0o700);
  await remember(first.url);
  await first.stop();
  expect(findServer(clusterOf())).toBeNull();
  expect(() => process.kill(first.pid, 0)).toThrow('ESRCH');
  const second = await start();
  expect(second.reused).toBe(false);
  expect(await recall(second.url)).toEqual([{ one: 1 }]);
  expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password']);
});

test('refuses a wrong password', async () => {
  const { url } = await start();
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, (sql) => sql`select 1`)).rejects.toMatchObject({ code: '28P01' });
});

test('tells a second program who has the directory, and lets it join when it asks to', async () => {
  const { program, said } = await startProgram();
  const first = await said;
  const refused = await startEmbedded({ dataDir }).catch((error: Error) => error);
  expect(refused).toMatchObject({ code: 'EMBEDDED_IN_USE' });
  expect((refused as Error).message).toContain(
    `in use by provender start (process ${program.pid}, its database is on 127.0.0.1 port ${first.port})`,
  );
  expect((refused as Error).message).not.toContain(new URL(first.url).password);
  const joined = await start({ join: true });
  expect(joined).toMatchObject({ owner: false, reused: true, port: first.port });
  await remember(joined.url);
  await joined.stop();
  expect(await recall(first.url)).toEqual([{ one: 1 }]);
});

test('starts a server for a command that wants to join when no program runs, and stops it again', async () => {
  const joined = await start({ join: true });
  expect(joined).toMatchObject({ owner: true, reused: false });
  await joined.stop();
  expect(findServer(clusterOf())).toBeNull();
});

test('takes over the server of a killed program', async () => {
  const { program, said } = await startProgram();
  const first = await said;
  await remember(first.url);
  await kill(program);
  const second = await start();
  expect(second).toMatchObject({ owner: true, reused: true, pid: first.pid, port: first.port });
  expect(await recall(second.url)).toEqual([{ one: 1 }]);
});

test('recovers when program and server were killed, with what was committed', async () => {
  const { program, said } = await startProgram();
  const first = await said;
  await remember(first.url);
  process.kill(first.pid, 'SIGKILL');
  await kill(program);
  expect(existsSync(join(clusterOf(), 'postmaster.pid'))).toBe(true);
  const second = await start();
  expect(second.reused).toBe(false);
  expect(await recall(second.url)).toEqual([{ one: 1 }]);
});

test('waits for a left server that is still recovering', async () => {
  await (await start()).stop();
  const cluster = clusterOf();
  // Recovery that asks an archive, which takes its time to have nothing.
  appendFileSync(join(cluster, 'postgresql.auto.conf'), "restore_command = 'sleep 1; false'\n");
  writeFileSync(join(cluster, 'recovery.signal'), '');
  if (root) chownSync(join(cluster, 'recovery.signal'), statSync(cluster).uid, statSync(cluster).gid);
  const { program } = await startProgram();
  let left = findServer(cluster);
  for (; left === null; left = findServer(cluster)) await new Promise((resolve) => setTimeout(resolve, 20));
  await kill(program);
  const second = await start();
  expect(second).toMatchObject({ reused: true, pid: left.pid, owner: true });
});

test('is not misled by a note that names a living process of somebody else', async () => {
  await (await start()).stop();
  const note = join(clusterOf(), 'postmaster.pid');
  writeFileSync(note, `${process.pid}\n${clusterOf()}\n1\n1\n\n127.0.0.1\n`);
  if (root) chownSync(note, statSync(clusterOf()).uid, statSync(clusterOf()).gid);
  expect(await start()).toMatchObject({ reused: false, owner: true });
});

test('starts a server that died under it on the same port, and pools find it again', async () => {
  const events: string[] = [];
  let back = () => {};
  const again = new Promise<void>((resolve) => {
    back = resolve;
  });
  const embedded = await start({
    onEvent: (event) => {
      events.push(event);
      if (event.includes('is back')) back();
    },
  });
  const database = await openDatabase(embedded.url);
  await database.sql`select 1`;
  process.kill(embedded.pid, 'SIGKILL');
  const errors: unknown[] = [];
  for (;;) {
    try {
      await database.sql`select 1`;
      if (events.length > 0) break;
    } catch (error) {
      errors.push(error);
    }
  }
  await again;
  expect(errors.filter((error) => !isDatabaseGone(error))).toEqual([]);
  expect(await database.sql`select 1 as one`).toEqual([{ one: 1 }]);
  await database.close();
  expect(events).toEqual(['The embedded PostgreSQL went away; starting it again.', 'The embedded PostgreSQL is back.']);
  await expect(startEmbedded({ dataDir })).rejects.toMatchObject({ code: 'EMBEDDED_IN_USE' });
});

test('lets one of four programs win that start at once on an empty directory', async () => {
  const started = await Promise.all([1, 2, 3, 4].map(() => startProgram({ durable: false })));
  const said = await Promise.all(started.map(({ said }) => said));
  expect(said.filter((one) => one.owner)).toHaveLength(1);
  expect(said.filter((one) => one.code === 'EMBEDDED_IN_USE')).toHaveLength(3);
  expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password']);
});

test('stops with its program on SIGTERM', async () => {
  const { program, said } = await startProgram();
  const { pid } = await said;
  const gone = once(program, 'exit');
  program.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('says so when the password file is missing, and when the cluster is of another version', async () => {
  await (await start()).stop();
  const version = join(clusterOf(), 'PG_VERSION');
  writeFileSync(version, '17\n');
  await expect(startEmbedded({ dataDir })).rejects.toMatchObject({
    code: 'EMBEDDED_CLUSTER',
    message: expect.stringContaining('PostgreSQL 17'),
  });
  rmSync(join(dataDir, 'postgres.password'));
  await expect(startEmbedded({ dataDir })).rejects.toMatchObject({
    message: expect.stringContaining('postgres.password is missing'),
  });
});

describe.runIf(root)('as root', () => {
  const user = root ? serverUser(null) : null;

  test('runs the server as an unprivileged user, in a cluster of that user', async () => {
    const embedded = await start();
    expect(statSync(clusterOf()).uid).toBe(user?.uid);
    expect(statSync(`/proc/${embedded.pid}`).uid).toBe(user?.uid);
    expect(embedded.note).toContain(`runs as user ${user?.name} because PostgreSQL refuses root`);
    expect(embedded.note).not.toContain('\n');
  });

  test('opens an empty directory for passing through and nothing more', async () => {
    mkdirSync(dataDir, { mode: 0o750 });
    await start({ durable: false });
    expect(statSync(dataDir).mode & 0o777).toBe(0o751);
    expect(statSync(dataDir).uid).toBe(0);
    expect(clusterOf()).toBe(join(dataDir, 'postgres'));
  });

  test('leaves a closed directory closed that holds something, and keeps the cluster elsewhere', async () => {
    mkdirSync(dataDir, { mode: 0o700 });
    writeFileSync(join(dataDir, 'mine.txt'), '');
    const embedded = await start({ durable: false });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(dirname(clusterOf())).toBe(SHARED_FOLDER);
    expect(embedded.note).toContain(`not in ${dataDir} because ${dataDir} is closed to that user`);
  });

  test('works below a closed directory, stops, is killed, and comes back', async () => {
    chmodSync(folder, 0o700);
    const { program, said } = await startProgram();
    const first = await said;
    expect(dirname(clusterOf())).toBe(SHARED_FOLDER);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(first.note).toContain(`because ${folder} is closed to that user`);
    await remember(first.url);
    await kill(program);
    const second = await start();
    expect(second.reused).toBe(true);
    await second.stop();
    const third = await start();
    expect(await recall(third.url)).toEqual([{ one: 1 }]);
    await third.stop();
    const cluster = clusterOf();
    removeCluster(dataDir);
    expect(isCluster(cluster)).toBe(false);
  });

  test('lets one win when several race below a closed directory, and leaves no second cluster', async () => {
    chmodSync(folder, 0o700);
    const before = new Set(existsSync(SHARED_FOLDER) ? readdirSync(SHARED_FOLDER) : []);
    const started = await Promise.all([1, 2, 3].map(() => startProgram({ durable: false })));
    const said = await Promise.all(started.map(({ said }) => said));
    expect(said.filter((one) => one.owner)).toHaveLength(1);
    expect(said.filter((one) => one.code === 'EMBEDDED_IN_USE')).toHaveLength(2);
    // Other runs on this machine may make clusters of their own at this time: those have servers.
    const made = readdirSync(SHARED_FOLDER).filter((name) => !before.has(name));
    expect(made.filter((name) => findServer(join(SHARED_FOLDER, name)) === null)).toEqual([]);
  });

  test('refuses to begin anew when the place that the location names is empty', async () => {
    chmodSync(folder, 0o700);
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'postgres.location'), `${SHARED_FOLDER}/0123456789ab\n`);
    await expect(startEmbedded({ dataDir })).rejects.toMatchObject({
      code: 'EMBEDDED_CLUSTER',
      message: expect.stringContaining('which is not there'),
    });
    rmSync(join(dataDir, 'postgres.location'));
  });

  test('works for a program of an unprivileged user', async () => {
    mkdirSync(dataDir, { mode: 0o700 });
    if (user !== null) chownSync(dataDir, user.uid, user.gid);
    const { said } = await startProgram({}, { uid: user?.uid, gid: user?.gid, cwd: '/' });
    const first = await said;
    expect(first).toMatchObject({ owner: true, uid: user?.uid });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(clusterOf()).uid).toBe(user?.uid);
    expect(first.note).not.toContain('runs as user');
  });
});
