// What is going on while programs are killed: uploads in every phase and a harvest, driven through the HTTP API by a
// client that asks again when nobody answers, and what must be true of each in the end. Knows not who is killed.
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { yealinkFile } from './harvest.ts';
import { startPbx } from './mean-pbx.ts';
import type { ProvisioningServer } from './provisioning-server.ts';

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A new one each time, unless KILL_SEED repeats one. Printed, so that it can be. */
export function chooseSeed(): number {
  const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
  process.stdout.write(`KILL_SEED=${seed}\n`);
  return seed;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const PHASES = ['check', 'submit-all', 'submit-partial', 'undo', 'harvest'] as const;
type Phase = (typeof PHASES)[number];

/** Everything settles within this time of the last restart. */
const SETTLE_MS = 30_000;
/** How long a request is asked again: a dead program holds its idempotency key for 15 seconds, and the next may die too. */
const PATIENCE_MS = 120_000;
const ROWS = 2000;
const HARVESTED = 100;
/** Each so many rows one that cannot be taken. */
const BAD_EVERY = 10;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Body = any;

/** Asks until it is answered: a program that is gone comes back. */
export class PatientClient {
  readonly #root: string;
  readonly #token: string;
  #keys = 0;

  constructor(url: string, token: string) {
    this.#root = `${url}/api/v1`;
    this.#token = token;
  }

  async ask(method: string, path: string, body?: string | object): Promise<Body> {
    const csv = typeof body === 'string';
    this.#keys += 1;
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'idempotency-key': `kill-${this.#keys}`,
      ...(body !== undefined && { 'content-type': csv ? 'text/csv' : 'application/json' }),
    };
    const init = { method, headers, ...(body !== undefined && { body: csv ? body : JSON.stringify(body) }) };
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const answer = await fetch(`${this.#root}${path}`, init).then(
        async (response) => ({ status: response.status, text: await response.text() }),
        (error: Error) => ({ status: 0, text: error.message }),
      );
      if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.text || 'null');
      const again = answer.status === 0 || answer.status >= 500 || answer.text.includes('idempotency-key-in-use');
      if (!again || Date.now() > end) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      await pause(50);
    }
  }
}

/** Who is killed, while what goes on, and when: in the middle of it, or anywhere from its first request on. */
export interface Kill<Who extends string> {
  readonly who: Who;
  readonly phase: Phase;
  readonly when: 'middle' | 'anywhere';
}

/** `count` kills, the phases in turn. */
export function killsOf<Who extends string>(who: Who, count: number, when: Kill<Who>['when']): Kill<Who>[] {
  return Array.from({ length: count }, (_, n) => ({ who, when, phase: PHASES[n % PHASES.length] ?? 'check' }));
}

/**
 * Begins something for each kill, in an order of the seed, and kills in it; what is left of earlier ones goes on beside.
 * @param kill ends the program with SIGKILL and starts it anew; resolves when it is ready
 * @returns all that was begun, settled
 */
export async function killOften<Who extends string>(
  run: KillRun,
  kills: readonly Kill<Who>[],
  random: () => number,
  kill: (who: Who) => Promise<void>,
): Promise<readonly Work[]> {
  const beginnings: Promise<Work>[] = [];
  let hits = 0;
  const order = kills.map((one) => ({ ...one, key: random() })).sort((a, b) => a.key - b.key);
  for (const { who, phase, when } of order) {
    let begun: Work | undefined;
    const beginning = run.begin(phase).then((work) => {
      begun = work;
      return work;
    });
    beginnings.push(beginning);
    if (when === 'anywhere') await pause(random() * 500);
    else {
      await (await beginning).underWay();
      await pause(random() * 100);
    }
    await kill(who);
    // One that was hit before it was begun is left to itself: its request may wait for the key that the dead program held.
    if (begun === undefined || !(await begun.isOver())) hits += 1;
  }
  const works = await Promise.all(beginnings);
  const restarted = Date.now();
  await Promise.all(works.map((work) => work.settled()));
  const took = Date.now() - restarted;
  const counts = new Map<string, number>();
  for (const { who, phase } of kills) counts.set(`${who}, ${phase}`, (counts.get(`${who}, ${phase}`) ?? 0) + 1);
  const list = [...counts].map(([what, count]) => `${what}: ${count}`).sort();
  process.stdout.write(`${list.join('; ')}\n${hits} of ${kills.length} were hit before their end; `);
  process.stdout.write(`all settled ${took} ms after the last restart and request\n`);
  expect(took).toBeLessThan(SETTLE_MS);
  return works;
}

/** Something that goes on while programs die. */
export interface Work {
  readonly phase: Phase;
  /** Resolves in the middle of the phase, or when it is over. */
  underWay(): Promise<void>;
  isOver(): Promise<boolean>;
  /** Resolves once nothing is left to do. */
  settled(): Promise<void>;
  /** Fails unless all of it was done, once, and nothing else. */
  verify(database: Database): Promise<void>;
}

export class KillRun {
  readonly #client: PatientClient;
  readonly #server: ProvisioningServer;
  #number = 0;
  #macs = 0x00005e000000;

  private constructor(client: PatientClient, server: ProvisioningServer) {
    this.#client = client;
    this.#server = server;
  }

  static async open(client: PatientClient): Promise<KillRun> {
    const server = await startPbx({
      calm: 'all has to settle within 30 seconds, and the real clock would wait longer for who failed twice',
      otherwise: (request, response) => {
        const mac = /([0-9a-f]{12})\.cfg$/.exec(request.url ?? '')?.[1] ?? '';
        setTimeout(() => response.end(yealinkFile({ userName: `u${mac}`, password: `pw-${mac}`, mac })), 40);
      },
    });
    return new KillRun(client, server);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** Brings a new import or harvest to where the phase begins. */
  async begin(phase: Phase): Promise<Work> {
    this.#number += 1;
    const name = `${this.#number} ${phase}`;
    switch (phase) {
      case 'check':
        return this.#check(name);
      case 'submit-all':
        return this.#submit(name, false);
      case 'submit-partial':
        return this.#submit(name, true);
      case 'undo':
        return this.#undo(name);
      case 'harvest':
        return this.#harvest(name);
    }
  }

  async #addPbx(name: string, settings: object = {}): Promise<string> {
    const pbx = await this.#client.ask('POST', '/pbxs', { name, country: 'US', ...settings });
    return pbx.id;
  }

  #csv(count: number, options: { readonly bad?: boolean; readonly name?: string; readonly first?: number } = {}) {
    const { bad = false, name = 'first', first = 0 } = options;
    const rows = Array.from({ length: count }, (_, n) => {
      this.#macs += 1;
      const mac = bad && n % BAD_EVERY === 0 ? 'none' : this.#macs.toString(16).padStart(12, '0');
      return `${first + n},${mac},${name} ${first + n},"p;""${n}"`;
    });
    return `sip_user_id,mac,name,password\n${rows.join('\n')}\n`;
  }

  async #upload(pbxId: string, csv: string, more = ''): Promise<string> {
    return (await this.#client.ask('POST', `/imports?pbx=${pbxId}${more}`, csv)).id;
  }

  async #job(id: string, verb: string, body?: object): Promise<void> {
    await this.#client.ask('POST', `/imports/${id}/${verb}`, body);
  }

  async #until(id: string, holds: (seen: Body) => boolean): Promise<Body> {
    for (;;) {
      const seen = await this.#client.ask('GET', `/imports/${id}`);
      if (holds(seen)) return seen;
      await pause(20);
    }
  }

  #work(phase: Phase, id: string, verify: (seen: Body, database: Database) => Promise<void>): Work {
    return {
      phase,
      underWay: async () => {
        await this.#until(id, (seen) => seen.job === null || seen.progressCount > 0);
      },
      isOver: async () => (await this.#client.ask('GET', `/imports/${id}`)).job === null,
      settled: async () => {
        await this.#until(id, (seen) => seen.job === null);
      },
      verify: async (database) => verify(await this.#client.ask('GET', `/imports/${id}`), database),
    };
  }

  async #check(name: string): Promise<Work> {
    const id = await this.#upload(await this.#addPbx(name), this.#csv(ROWS));
    await this.#job(id, 'validate');
    return this.#work('check', id, async (seen, database) => {
      expect(seen).toMatchObject({ state: 'ready', rowCount: ROWS, createdCount: ROWS, errorCount: 0 });
      const [rows] = await database.sql`
        select count(*)::int as rows, count(action)::int as checked from import_rows where import_id = ${id}`;
      expect(rows).toEqual({ rows: ROWS, checked: ROWS });
    });
  }

  async #submit(name: string, partial: boolean): Promise<Work> {
    const pbxId = await this.#addPbx(name);
    const id = await this.#upload(pbxId, this.#csv(ROWS, { bad: partial }));
    await this.#job(id, 'submit', { partial });
    const good = partial ? ROWS - ROWS / BAD_EVERY : ROWS;
    return this.#work(partial ? 'submit-partial' : 'submit-all', id, async (seen, database) => {
      expect(seen).toMatchObject({ state: 'done', createdCount: good, errorCount: ROWS - good, failure: null });
      const [users] = await database.sql`
        select count(*)::int as users, count(distinct sip_user_id)::int as names, count(distinct mac)::int as macs
        from users where pbx_id = ${pbxId} and import_id = ${id}`;
      expect(users).toEqual({ users: good, names: good, macs: good });
      const [rows] = await database.sql`
        select count(*)::int as rows, count(r.outcome)::int as fates, count(u.id)::int as users
        from import_rows r left join users u on u.id = r.user_id and u.mac = r.shown ->> 'mac_address'
          and u.sip_user_id = r.shown ->> 'sip_user_id'
        where r.import_id = ${id}`;
      expect(rows).toEqual({ rows: ROWS, fates: ROWS, users: good });
      await expectOneEntry(database, id, 'import.submit');
    });
  }

  /** Half of the rows make users, half change some. */
  async #undo(name: string): Promise<Work> {
    const pbxId = await this.#addPbx(name);
    const half = ROWS / 2;
    const first = await this.#upload(pbxId, this.#csv(half));
    await this.#job(first, 'submit');
    await this.#until(first, (seen) => seen.state === 'done');
    const id = await this.#upload(pbxId, this.#csv(ROWS, { name: 'second' }), '&existing=update');
    await this.#job(id, 'submit');
    await this.#until(id, (seen) => seen.state === 'done');
    await this.#job(id, 'undo');
    return this.#work('undo', id, async (seen, database) => {
      expect(seen).toMatchObject({ state: 'undone', createdCount: half, updatedCount: half, undoneCount: ROWS });
      const [users] = await database.sql`
        select count(*)::int as users, count(*) filter (where u.name = 'first ' || u.sip_user_id)::int as restored,
          count(*) filter (where version = 3 and u.import_id = ${first})::int as once,
          count(*) filter (where u.mac = r.shown ->> 'mac_address')::int as macs
        from users u join import_rows r on r.user_id = u.id and r.import_id = ${first} where u.pbx_id = ${pbxId}`;
      expect(users).toEqual({ users: half, restored: half, once: half, macs: half });
      await expectOneEntry(database, id, 'import.undo');
    });
  }

  async #harvest(name: string): Promise<Work> {
    const provisioningUrl = `${this.#server.origin}/${this.#number}/{mac}.cfg`;
    const pbxId = await this.#addPbx(name, { provisioningUrl, autoProvision: true, didField: 'none' });
    const id = await this.#upload(pbxId, this.#csv(HARVESTED));
    await this.#job(id, 'submit');
    const counts = async () => (await this.#client.ask('GET', `/pbxs/${pbxId}`)).users;
    const untilProvisioned = async (least: number) => {
      while ((await counts()).provisioned < least) await pause(20);
    };
    return {
      phase: 'harvest',
      underWay: () => untilProvisioned(1),
      isOver: async () => (await counts()).provisioned === HARVESTED,
      settled: () => untilProvisioned(HARVESTED),
      async verify(database) {
        const [users] = await database.sql`
          select count(*)::int as users, count(*) filter (where u.status = 'provisioned')::int as provisioned,
            count(*) filter (where h.version = 1)::int as lines,
            (select count(*)::int from harvested_lines x join users y on y.id = x.user_id
              where y.pbx_id = ${pbxId}) as versions
          from users u join harvested_lines h on h.user_id = u.id where u.pbx_id = ${pbxId}`;
        expect(users).toEqual({ users: HARVESTED, provisioned: HARVESTED, lines: HARVESTED, versions: HARVESTED });
        const [entries] = await database.sql`
          select count(*)::int as entries, count(distinct user_id)::int as users from activity
          where pbx_id = ${pbxId} and verb = 'sync' and outcome = 'ok'`;
        expect(entries).toEqual({ entries: HARVESTED, users: HARVESTED });
      },
    };
  }
}

async function expectOneEntry(database: Database, importId: string, verb: string): Promise<void> {
  const [found] = await database.sql`
    select count(*)::int as entries from activity where import_id = ${importId} and verb = ${verb}`;
  expect(found?.entries).toBe(1);
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
