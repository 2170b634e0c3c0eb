// An upload of 100,000 users through the API of the whole program, against csv-parse over the file and COPY of the rows.
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { findServer } from '../src/store/postmaster.ts';
import { cpuSeconds, type Figure, median, shareOf } from './figure.ts';
import { cpuOf, peakMiB, postgresCpu } from './processes.ts';

const ROWS = 100_000;
const MEMORY_MIB = 400;
/** Uploads that are measured; csv-parse before and after each. */
const TURNS = 3;

function csvOf(rows: number): string {
  const lines = ['teams_user_id,sip_user_id,name,mac_address,prov_username,prov_password,user_tag'];
  for (let i = 0; i < rows; i += 1) {
    const mac = (0x0000_5e00_0000 + i).toString(16).padStart(12, '0');
    lines.push(`user${i}@acme.example,${10_000 + i},"Sample, User ${i}",${mac},prov${i},pw-${i}#;=,sales`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

const ROOT = join(import.meta.dirname, '..');

/** As an installed package has it, without sources: a checkout strips their types at every start, which takes 100 MiB. */
function layOut(): string {
  const folder = mkdtempSync(join(tmpdir(), 'provender-package-'));
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'dist'), join(folder, 'dist'));
  return folder;
}

/** The program as a person starts it, with a PBX whose provisioning is off: what is measured is the import alone. */
class Program {
  readonly #folder = mkdtempSync(join(tmpdir(), 'provender-bench-'));
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  #token = '';
  #url = '';

  constructor(installed: string) {
    this.#child = spawn(
      process.execPath,
      [join(installed, 'bin/provender.js'), 'start', '--data', this.#folder, '--port', '18190'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async open(): Promise<void> {
    let said = '';
    for await (const chunk of this.#child.stdout) {
      said += chunk;
      this.#token = /pvk_[\w-]+/.exec(said)?.[0] ?? '';
      this.#url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
      if (this.#token !== '' && this.#url !== '') return;
    }
    throw new Error('the program did not start');
  }

  /** The postmaster's pid and a superuser's address. */
  database(): { pid: number; adminUrl: string } {
    const location = join(this.#folder, 'postgres');
    const server = findServer(location);
    const password = readFileSync(join(this.#folder, 'postgres.password'), 'utf8').trim();
    return {
      pid: server?.pid ?? 0,
      adminUrl: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${server?.port}/provender`,
    };
  }

  async call(method: string, path: string, body?: string, type = 'application/json'): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer).slice(0, 300)}`);
    return answer;
  }

  async settled(id: unknown, state: string): Promise<void> {
    for (;;) {
      const seen = await this.call('GET', `/imports/${id}`);
      if (seen.state === state && (seen.job ?? null) === null) return;
      await sleep(200);
    }
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** CPU seconds of the program and of PostgreSQL while something was done. */
async function spent(program: Program, postmaster: number, work: () => Promise<void>) {
  const before = { program: cpuOf(program.pid) ?? 0, postgres: postgresCpu(postmaster) ?? 0 };
  const begun = performance.now();
  await work();
  return {
    program: (cpuOf(program.pid) ?? 0) - before.program,
    postgres: (postgresCpu(postmaster) ?? 0) - before.postgres,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** The rows that the import made, by COPY into a table with the columns, indexes and foreign keys of users. */
async function copySpent(adminUrl: string, postmaster: number): Promise<{ cpu: number; seconds: number }> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    const lines: Buffer[] = [];
    for await (const chunk of await sql`copy users to stdout`.readable()) lines.push(chunk);
    await sql`create table copied (like users including all)`;
    const keys = await sql<{ definition: string }[]>`
      select pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = 'users'::regclass and contype = 'f'`;
    for (const { definition } of keys) await sql.unsafe(`alter table copied add ${definition}`);
    const before = { own: cpuSeconds(), postgres: postgresCpu(postmaster) ?? 0 };
    const begun = performance.now();
    await pipeline(Readable.from(lines), await sql`copy copied from stdin`.writable());
    return {
      cpu: cpuSeconds() - before.own + (postgresCpu(postmaster) ?? 0) - before.postgres,
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    await sql.end();
  }
}

/** CPU seconds of a loop over the file, in a process of its own. */
function loopSeconds(name: 'csv-parse-loop' | 'csv-check-loop', file: string): number {
  const loop = join(import.meta.dirname, `${name}.ts`);
  return (JSON.parse(execFileSync(process.execPath, [loop, file], { encoding: 'utf8' })) as { cpu: number }).cpu;
}

interface Checked {
  readonly id: unknown;
  readonly program: number;
  readonly postgres: number;
  readonly seconds: number;
}

/** The first upload of a program, and its check. */
async function checkSpent(program: Program, csv: string): Promise<Checked> {
  await program.open();
  const pbx = await program.call('POST', '/pbxs', JSON.stringify({ name: 'Bench' }));
  let id: unknown;
  const check = await spent(program, program.database().pid, async () => {
    id = (await program.call('POST', `/imports?pbx=${pbx.id}`, csv, 'text/csv')).id;
    await program.call('POST', `/imports/${id}/validate`);
    await program.settled(id, 'ready');
  });
  return { id, ...check };
}

interface Turns {
  /** CPU seconds of csv-parse over the file. */
  readonly bare: number[];
  /** And of reading it and judging its rows. */
  readonly judged: number[];
  readonly checks: Checked[];
  readonly last: Program;
}

/**
 * In turn, since times of a shared machine wander, and each in a fresh process: neither side is warmed up by a file before.
 * The last program goes on.
 */
async function inTurn(installed: string, csv: string): Promise<Turns> {
  const folder = mkdtempSync(join(tmpdir(), 'provender-csv-'));
  const file = join(folder, 'users.csv');
  writeFileSync(file, csv);
  const bare: number[] = [];
  const judged: number[] = [];
  const checks: Checked[] = [];
  for (;;) {
    bare.push(loopSeconds('csv-parse-loop', file), loopSeconds('csv-parse-loop', file));
    judged.push(loopSeconds('csv-check-loop', file));
    const program = new Program(installed);
    try {
      checks.push(await checkSpent(program, csv));
    } catch (error) {
      await program.close();
      throw error;
    }
    if (checks.length === TURNS) {
      bare.push(loopSeconds('csv-parse-loop', file));
      rmSync(folder, { recursive: true });
      return { bare, judged, checks, last: program };
    }
    await program.close();
  }
}

export async function benchImports(): Promise<Figure[]> {
  if (cpuOf(process.pid) === null) {
    process.stderr.write('imports skipped: they are measured by /proc, which this system does not have\n');
    return [];
  }
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const installed = layOut();
  const { bare, judged, checks, last: program } = await inTurn(installed, csvOf(ROWS));
  try {
    const id = checks.at(-1)?.id;
    const database = program.database();
    const submit = await spent(program, database.pid, async () => {
      await program.call('POST', `/imports/${id}/submit`);
      await program.settled(id, 'done');
    });
    const memory = peakMiB(program.pid) ?? Number.NaN;
    const copy = await copySpent(database.adminUrl, database.pid);
    const s = (value: number) => `${value.toFixed(1)} s`;
    const parse = median(bare);
    const check = median(checks.map((one) => one.program));
    const [postgres, seconds] = [median(checks.map((one) => one.postgres)), median(checks.map((one) => one.seconds))];
    const validation = median(judged);
    return [
      {
        name: 'csv-validation-vs-csv-parse',
        ratio: shareOf(parse, validation),
        aim: 0.3,
        better: 'higher',
        detail: `CPU for ${ROWS} rows, medians of ${bare.length} and ${judged.length} fresh processes: csv-parse ${parse.toFixed(2)} s, reading and judging ${validation.toFixed(2)} s`,
      },
      {
        name: 'import-check-vs-csv-parse',
        ratio: shareOf(parse, check),
        aim: 0.3,
        better: 'higher',
        detail: `CPU for ${ROWS} rows, medians of ${bare.length} and ${TURNS} fresh processes: csv-parse ${parse.toFixed(2)} s, upload and check ${s(check)} and PostgreSQL ${s(postgres)}, in ${s(seconds)}`,
      },
      {
        name: 'import-submit-vs-copy',
        ratio: shareOf(copy.cpu, submit.program + submit.postgres),
        aim: 0.5,
        better: 'higher',
        detail: `CPU of both ends for ${ROWS} users: COPY ${s(copy.cpu)}, submit ${s(submit.program)} and PostgreSQL ${s(submit.postgres)}, in ${s(submit.seconds)}`,
      },
      {
        name: 'import-peak-memory',
        ratio: memory / MEMORY_MIB,
        aim: 1,
        better: 'lower',
        detail: `${memory.toFixed(0)} MiB of the whole program, of ${MEMORY_MIB}`,
      },
    ];
  } finally {
    await program.close();
    rmSync(installed, { recursive: true });
  }
}
