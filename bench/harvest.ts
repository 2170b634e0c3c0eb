// The whole pipeline (claim, fetch, read, choose, DID, seal, store, feed) against a bare got loop over the same files.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { v7 as uuidv7 } from 'uuid';
import { openDatabase } from '../src/store/database.ts';
import { type Embedded, startEmbedded } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';
import { pbxs, tenants, users } from '../src/store/schema.ts';
import { type Figure, shareOf } from './figure.ts';
import { postgresCpu } from './processes.ts';

/** How bin/provender.js begins Node for a worker. */
const AS_PROVENDER = ['--max-semi-space-size=32'];

function start(
  script: string,
  args: readonly string[],
  flags: readonly string[] = [],
): { child: ChildProcess; ended: Promise<unknown>; line(): Promise<Record<string, unknown>> } {
  const child = spawn(process.execPath, [...flags, join(import.meta.dirname, script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  createInterface(child.stdout).on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  });
  return {
    child,
    ended: once(child, 'close'),
    async line() {
      const text = lines.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve)));
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}

/** A PBX with so many users on a fresh embedded database, and a server process with a file for each. */
class Bench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'provender-bench-'));
  readonly #server = start('pbx-server.ts', []);
  #port = 0;
  #ca = '';
  #embedded: Embedded | null = null;
  #count = 0;

  async open(count: number): Promise<void> {
    const { port, ca } = await this.#server.line();
    this.#port = Number(port);
    this.#ca = String(ca);
    this.#count = count;
    this.#embedded = await startEmbedded({ dataDir: this.#folder, program: 'bench' });
    const database = await openDatabase(this.#embedded.url);
    await migrate(database);
    const [tenant] = await database.db.select().from(tenants);
    const tenantId = tenant?.id ?? '';
    const pbxId = uuidv7();
    await database.db.insert(pbxs).values({
      id: pbxId,
      tenantId,
      name: 'Bench',
      autoProvision: true,
      provisioningUrl: `https://127.0.0.1:${this.#port}/`,
      caPem: this.#ca,
      country: 'US',
    });
    for (let from = 0; from < count; from += 1000) {
      await database.db.insert(users).values(
        Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({
          id: uuidv7(),
          tenantId,
          pbxId,
          source: 'import' as const,
          status: 'waiting' as const,
          reasonCode: 'QUEUED',
          dueAt: new Date(),
          priority: 5,
          mac: (from + i).toString(16).padStart(12, '0'),
        })),
      );
    }
    await database.sql`analyze users`;
    await database.close();
  }

  /** The bare limit: got in a loop over the same files. */
  async bareGot(): Promise<Spent> {
    const ca = Buffer.from(this.#ca).toString('base64');
    return this.#spent(start('got-loop.ts', [String(this.#port), ca, String(this.#count)]));
  }

  /** All users that are due, by one worker process. */
  async harvest(): Promise<Spent> {
    const args = [this.#embedded?.url ?? '', join(this.#folder, 'master.key')];
    return this.#spent(start('harvest-worker.ts', args, AS_PROVENDER));
  }

  /** Seconds of the curl loop. Nothing else runs meanwhile, so that it may block us. */
  curlLoop(): number {
    const ca = join(this.#folder, 'ca.pem');
    writeFileSync(ca, this.#ca);
    const begun = performance.now();
    const { status, stderr } = spawnSync('bash', ['-c', CURL_LOOP], {
      encoding: 'utf8',
      env: {
        ...process.env,
        CA: ca,
        PORT: String(this.#port),
        COUNT: String(this.#count),
        OUT: join(this.#folder, 'curl.tsv'),
        URL: this.#embedded?.url ?? '',
      },
    });
    if (status !== 0) throw new Error(`the curl loop failed: ${stderr}`);
    return (performance.now() - begun) / 1000;
  }

  /** Every other file gets another password; all users are due once more. */
  async changeHalf(): Promise<void> {
    await this.#ask('change-half');
    const database = await openDatabase(this.#embedded?.url ?? '');
    await database.sql`update users set due_at = now()`;
    await database.close();
  }

  async #ask(what: string): Promise<number> {
    this.#server.child.stdin?.write(`${what}\n`);
    return Number((await this.#server.line()).cpu);
  }

  async #spent(run: ReturnType<typeof start>): Promise<Spent> {
    const pid = this.#embedded?.pid ?? 0;
    const before = { postgres: postgresCpu(pid), server: await this.#ask('cpu') };
    const { cpu, seconds, peakMiB } = await run.line();
    const postgres = postgresCpu(pid);
    await run.ended;
    return {
      cpu: Number(cpu),
      seconds: Number(seconds),
      peakMiB: Number(peakMiB),
      postgres: postgres === null || before.postgres === null ? null : postgres - before.postgres,
      server: (await this.#ask('cpu')) - before.server,
    };
  }

  async close(): Promise<void> {
    this.#server.child.stdin?.end();
    await this.#embedded?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Seconds; `cpu` is the process's own, the others are those of the programs beside it. */
interface Spent {
  readonly cpu: number;
  readonly seconds: number;
  readonly peakMiB: number;
  readonly postgres: number | null;
  readonly server: number;
}

async function withBench<T>(count: number, work: (bench: Bench) => Promise<T>): Promise<T> {
  const bench = new Bench();
  try {
    await bench.open(count);
    return await work(bench);
  } finally {
    await bench.close();
  }
}

function aFile(seconds: number | null, count: number): string {
  return seconds === null ? 'not measured' : `${((seconds / count) * 1000).toFixed(2)} ms`;
}

function harvestFigure(name: string, bare: Spent, ours: Spent, count: number): Figure {
  return {
    name,
    ratio: shareOf(bare.cpu, ours.cpu),
    aim: 0.75,
    better: 'higher',
    detail:
      `CPU a file: bare got ${aFile(bare.cpu, count)}, ours ${aFile(ours.cpu, count)}; beside it PostgreSQL ` +
      `${aFile(ours.postgres, count)}, the server ${aFile(ours.server, count)}; ` +
      `${count} files in ${ours.seconds.toFixed(1)} s, bare got ${bare.seconds.toFixed(1)} s`,
  };
}

/** All users for the first time, and once more with half of the files changed. */
export async function benchHarvest(count = 10_000): Promise<Figure[]> {
  return withBench(count, async (bench) => {
    const bare = await bench.bareGot();
    const first = await bench.harvest();
    await bench.changeHalf();
    const again = await bench.harvest();
    return [
      harvestFigure('harvest-cpu', bare, first, count),
      harvestFigure('harvest-half-unchanged-cpu', bare, again, count),
    ];
  });
}

/** What people do today, at its best: curl and awk for each file, and one psql for all rows at the end. */
const CURL_LOOP = `set -euo pipefail
for ((i = 0; i < COUNT; i++)); do
  mac=$(printf '%012x' "$i")
  curl -sf --cacert "$CA" "https://127.0.0.1:$PORT/$mac.cfg" | awk -v mac="$mac" -F ' = ' '
    /^account\\.1\\.user_name/ { user = $2 } /^account\\.1\\.password/ { password = $2 } /^account\\.1\\.label/ { label = $2 }
    END { printf "%s\\t%s\\t%s\\t%s\\n", mac, user, password, label }'
done > "$OUT"
psql -q "$URL" -c 'create table harvested (mac text primary key, user_name text, password text, label text)'
psql -q "$URL" -c '\\copy harvested from pstdin' < "$OUT"
`;

/** Against the curl loop, in time: both from nothing to all credentials in PostgreSQL. */
export async function benchCurlLoop(count = 2000): Promise<Figure[]> {
  const missing = ['bash', 'curl', 'awk', 'psql'].filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) {
    process.stderr.write(`harvest-vs-curl-loop skipped: ${missing.join(', ')} not installed\n`);
    return [];
  }
  return withBench(count, async (bench) => {
    const curl = bench.curlLoop();
    const ours = await bench.harvest();
    return [
      {
        name: 'harvest-vs-curl-loop',
        ratio: curl / ours.seconds,
        aim: 1,
        better: 'higher',
        detail: `${count} files: curl, awk and psql ${curl.toFixed(1)} s, ours ${ours.seconds.toFixed(1)} s with the pace from cold`,
      },
    ];
  });
}

/** What one user costs must not grow with their number. PostgreSQL's share is in it. */
export async function benchGrowth(): Promise<Figure[]> {
  const costs: number[] = [];
  for (const count of [1000, 20_000]) {
    const spent = await withBench(count, (bench) => bench.harvest());
    costs.push((spent.cpu + (spent.postgres ?? 0)) / count);
  }
  const [few = Number.NaN, many = Number.NaN] = costs;
  return [
    {
      name: 'cost-a-user-20000-vs-1000',
      ratio: many / few,
      aim: 1.2,
      better: 'lower',
      detail: `CPU of ours and PostgreSQL a user: ${aFile(few, 1)} of 1,000, ${aFile(many, 1)} of 20,000`,
    },
  ];
}
