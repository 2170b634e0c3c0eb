// The whole pipeline (claim, fetch, read, choose, DID, seal, store, feed) against a bare got loop over the same files.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { v7 as uuidv7 } from 'uuid';
import { openDatabase } from '../src/store/database.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';
import { pbxs, tenants, users } from '../src/store/schema.ts';
import type { Figure } from './figure.ts';

const FILES = 5000;
/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100;

function start(
  script: string,
  args: readonly string[],
): { child: ChildProcess; ended: Promise<unknown>; line(): Promise<Record<string, unknown>> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
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

/** CPU seconds of PostgreSQL: the postmaster, its living children and those that ended. Null where there is no /proc. */
function postgresCpu(postmaster: number): number | null {
  if (!existsSync('/proc/self/stat')) return null;
  const stat = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    } catch {
      return [];
    }
  };
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const fields = stat(pid);
    if (pid !== String(postmaster) && fields[1] !== String(postmaster)) continue;
    const times = pid === String(postmaster) ? fields.slice(11, 15) : fields.slice(11, 13);
    ticks += times.reduce((sum, field) => sum + Number(field), 0);
  }
  return ticks / TICKS;
}

export async function benchHarvest(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'provender-bench-'));
  const server = start('pbx-server.ts', []);
  const { port, ca } = (await server.line()) as { port: number; ca: string };
  const serverCpu = async () => {
    server.child.stdin?.write('cpu\n');
    return (await server.line()).cpu as number;
  };
  const embedded = await startEmbedded({ dataDir: folder, program: 'bench' });
  try {
    const bare = (await start('got-loop.ts', [
      String(port),
      Buffer.from(ca).toString('base64'),
      String(FILES),
    ]).line()) as {
      cpu: number;
      seconds: number;
    };
    const database = await openDatabase(embedded.url);
    await migrate(database);
    const [tenant] = await database.db.select().from(tenants);
    const tenantId = tenant?.id ?? '';
    const pbxId = uuidv7();
    await database.db.insert(pbxs).values({
      id: pbxId,
      tenantId,
      name: 'Bench',
      autoProvision: true,
      provisioningUrl: `https://127.0.0.1:${port}/`,
      caPem: ca,
      country: 'US',
    });
    for (let from = 0; from < FILES; from += 1000) {
      await database.db.insert(users).values(
        Array.from({ length: 1000 }, (_, i) => ({
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
    await database.close();
    const postgresBefore = postgresCpu(embedded.pid);
    const serverBefore = await serverCpu();
    const worker = start('harvest-worker.ts', [embedded.url, join(folder, 'master.key'), String(FILES)]);
    const ours = (await worker.line()) as { cpu: number; seconds: number };
    const postgresAfter = postgresCpu(embedded.pid);
    await worker.ended;
    const serverUsed = (await serverCpu()) - serverBefore;
    const ms = (seconds: number) => `${((seconds / FILES) * 1000).toFixed(2)} ms`;
    const postgres =
      postgresBefore === null || postgresAfter === null ? 'not measured' : ms(postgresAfter - postgresBefore);
    return [
      {
        name: 'harvest-cpu',
        ratio: ours.cpu / bare.cpu,
        aim: 3,
        detail: `CPU a file: ours ${ms(ours.cpu)}, bare got ${ms(bare.cpu)}; beside it PostgreSQL ${postgres}, the server ${ms(serverUsed)}`,
      },
      {
        name: 'harvest-time',
        ratio: ours.seconds / bare.seconds,
        aim: 5,
        detail: `${FILES} files in ${ours.seconds.toFixed(1)} s from a cold start of the pace, bare got ${bare.seconds.toFixed(1)} s`,
      },
    ];
  } finally {
    server.child.stdin?.end();
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
