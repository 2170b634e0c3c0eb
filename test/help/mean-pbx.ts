// A PBX as it is on a bad day: seeded faults of every kind before whatever a test has it answer. All tests of the harvest
// have this one, unless they say why they need a calm one. What goes wrong depends on the seed, the path and how often it
// was asked, not on the order.
import { createHash, randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkerOptions } from '../../src/sync/worker.ts';
import { yealinkFile } from './harvest.ts';
import {
  type ProvisioningServer,
  type ProvisioningServerOptions,
  startProvisioningServer,
} from './provisioning-server.ts';

/** What goes wrong, and how often of a thousand answers. */
interface Faults {
  /** 503 with `Retry-After: 1`. */
  readonly unavailable: number;
  /** 429 without saying for how long. */
  readonly tooMany: number;
  /** The connection is cut instead of an answer. */
  readonly reset: number;
  /** Half of what the head announced, then cut. */
  readonly truncated: number;
  /** No answer at all. */
  readonly stall: number;
  /** The right file as `text/html`, or a web page as `text/plain`. */
  readonly wrongType: number;
  /** The file of another phone. */
  readonly otherPhone: number;
}
type Fault = keyof Faults;

/** Of a PBX that is asked thousands of times. */
const BAD_DAY: Faults = {
  unavailable: 50,
  tooMany: 30,
  reset: 20,
  truncated: 20,
  stall: 10,
  wrongType: 10,
  otherPhone: 10,
};

/** Of one that a test asks a few times: more of what hits one user, less of what the whole PBX is left alone for. */
const ROUGH: Faults = {
  unavailable: 20,
  tooMany: 30,
  reset: 60,
  truncated: 60,
  stall: 10,
  wrongType: 50,
  otherPhone: 50,
};
/** Then a good answer comes: a user that is the only one at its PBX gets through before a test gives up. */
const ROUGH_IN_A_ROW = 3;

/** The clock of a worker that asks mean PBXs: who waits for nothing gives up soon, who failed is asked again soon. */
export const MEAN_CLOCK = { fetchLimits: { exchangeMs: 1000 }, retryScale: 0.02 } satisfies Partial<WorkerOptions>;

const RETRY_AFTER_MS = 1000;

interface Asked {
  readonly path: string;
  readonly fault: Fault | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  endedAt: number | null;
}

export interface PbxLimits {
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | null;
  /** How long the asking side waits for an answer: a stalled request is over then, at the latest. */
  readonly exchangeMs: number;
}

export interface MeanPbx {
  readonly origin: string;
  readonly asked: readonly Asked[];
  /** What the PBX holds for a MAC. */
  passwordOf(mac: string): string;
  /** What of these limits was not kept, a sentence each. */
  violations(limits: PbxLimits): string[];
  close(): Promise<void>;
}

let seed: number | null = null;
let started = 0;

/** From the environment (PROVENDER_TEST_SEED), so that a failure can be had again; any number otherwise. */
function nextSeed(): number {
  if (seed === null) {
    const given = Number(process.env.PROVENDER_TEST_SEED);
    seed = Number.isSafeInteger(given) && given > 0 ? given : randomInt(1, 1_000_000);
    process.stdout.write(`PROVENDER_TEST_SEED=${seed}\n`);
  }
  started += 1;
  return seed + started;
}

/**
 * A provisioning server for tests of the harvest: mean. Close it in the test that started it.
 * @param options `calm`: why this one does nothing wrong of its own, such as that the test counts requests
 */
export function startPbx(
  options: Omit<ProvisioningServerOptions, 'meddle'> & { readonly calm?: string } = {},
): Promise<ProvisioningServer> {
  const { calm, ...rest } = options;
  if (calm !== undefined) return startProvisioningServer(rest);
  // A foreign file says whose it is: one that does not could not be told from the right one by anybody.
  const foreign = () => yealinkFile({ userName: 'foreign', password: 'foreign', mac: '00005e00fffe' });
  const meanness = new Meanness(nextSeed(), { faults: ROUGH, mostInARow: ROUGH_IN_A_ROW, foreign });
  return startProvisioningServer({ ...rest, meddle: (request, response) => meanness.meddle(request, response) });
}

/** Serves `/<mac>.cfg` for these MACs on a bad day, and tells afterwards how it was treated. */
export async function startMeanPbx(macs: readonly string[]): Promise<MeanPbx> {
  const own = nextSeed();
  const passwordOf = (mac: string) => digest(own, 'password', mac).toString('base64url').slice(0, 16);
  const fileOf = (mac: string) => yealinkFile({ userName: `u-${mac}`, password: passwordOf(mac), mac });
  const foreign = (number: number) => fileOf(macs[number % macs.length] ?? '');
  const meanness = new Meanness(own, { faults: BAD_DAY, mostInARow: null, foreign });
  const server = await startProvisioningServer({
    files: Object.fromEntries(macs.map((mac) => [`/${mac}.cfg`, fileOf(mac)])),
    meddle: (request, response) => meanness.meddle(request, response),
  });
  return {
    origin: server.origin,
    asked: meanness.asked,
    passwordOf,
    violations: (limits) => violations(meanness.asked, limits),
    close: () => server.close(),
  };
}

interface Manner {
  readonly faults: Faults;
  /** Null: as it comes. */
  readonly mostInARow: number | null;
  /** The file of some other phone. */
  foreign(number: number): string;
}

class Meanness {
  readonly asked: Asked[] = [];
  readonly #seed: number;
  readonly #manner: Manner;
  readonly #times = new Map<string, number>();
  #inARow = 0;

  constructor(ownSeed: number, manner: Manner) {
    this.#seed = ownSeed;
    this.#manner = manner;
  }

  /** @returns true when the request is answered, as far as it will be */
  meddle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url ?? '';
    const time = (this.#times.get(path) ?? 0) + 1;
    this.#times.set(path, time);
    const draw = digest(this.#seed, 'fault', path, String(time));
    const { faults, mostInARow } = this.#manner;
    const fault = this.#inARow === mostInARow ? null : faultOf(faults, draw.readUInt32BE() % 1000);
    this.#inARow = fault === null ? 0 : this.#inARow + 1;
    const seen: Asked = { path, fault, at: Date.now(), endedAt: null };
    this.asked.push(seen);
    if (fault === 'truncated') cutInHalf(response);
    onEnd(response, () => {
      seen.endedAt ??= Date.now();
    });
    switch (fault) {
      case 'unavailable':
        response.writeHead(503, { 'retry-after': String(RETRY_AFTER_MS / 1000) }).end('busy');
        return true;
      case 'tooMany':
        response.writeHead(429).end('slow down');
        return true;
      case 'reset':
        seen.endedAt = Date.now();
        request.socket.destroy();
        return true;
      case 'stall':
        return true;
      case 'wrongType':
        if (draw.readUInt8(4) % 2 === 0) {
          response.setHeader('content-type', 'text/html');
          return false;
        }
        response.setHeader('content-type', 'text/plain');
        response.end('<!DOCTYPE html><html><body>Please log in</body></html>');
        return true;
      case 'otherPhone':
        response.end(this.#manner.foreign(draw.readUInt32BE(4)));
        return true;
      case 'truncated':
      case null:
        return false;
    }
  }
}

/** Before the bytes leave: the next request may come at once. */
function onEnd(response: ServerResponse, ended: () => void): void {
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  response.end = ((...given: unknown[]) => {
    ended();
    return end(...given);
  }) as typeof response.end;
  response.on('close', ended);
}

/** Whoever answers announces all of it, and half of it comes. */
function cutInHalf(response: ServerResponse): void {
  response.end = ((body: string | Uint8Array = '') => {
    const bytes = Buffer.from(body as string);
    if (!response.headersSent) response.setHeader('content-length', bytes.length);
    if (bytes.length === 0) response.socket?.destroy();
    else response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy());
    return response;
  }) as typeof response.end;
}

function digest(ownSeed: number, ...parts: string[]): Buffer {
  return createHash('sha256')
    .update([ownSeed, ...parts].join(' '))
    .digest();
}

function faultOf(faults: Faults, draw: number): Fault | null {
  let upTo = 0;
  for (const [fault, share] of Object.entries(faults)) {
    upTo += share;
    if (draw < upTo) return fault as Fault;
  }
  return null;
}

function violations(asked: readonly Asked[], limits: PbxLimits): string[] {
  const found: string[] = [];
  // A stalled request ends when the other side gives up. That is seen here a moment late, so half its time is counted.
  const spans = asked.map(({ at, endedAt, fault }) => ({
    at,
    endedAt: fault === 'stall' ? at + limits.exchangeMs / 2 : (endedAt ?? Number.POSITIVE_INFINITY),
  }));
  const atOnce = Math.max(0, ...spans.map(({ at }) => spans.filter((s) => s.at <= at && s.endedAt > at).length));
  if (atOnce > limits.maxConcurrent) found.push(`${atOnce} requests at once, ${limits.maxConcurrent} allowed`);

  const { maxPerSecond } = limits;
  if (maxPerSecond !== null) {
    const inASecond = Math.max(0, ...asked.map(({ at }) => asked.filter((a) => a.at >= at && a.at < at + 1000).length));
    // Counted where they arrive: what was held up on its way comes together with what was sent after it.
    if (inASecond > maxPerSecond * 1.15 + 2) found.push(`${inASecond} requests in a second, ${maxPerSecond} allowed`);
  }

  for (const { at, fault } of asked) {
    if (fault !== 'unavailable') continue;
    // What was on its way when the 503 was given may still come, and that is no more than may be on its way at all.
    const during = asked.filter((a) => a.at > at && a.at < at + RETRY_AFTER_MS - 20).length;
    if (during >= limits.maxConcurrent) found.push(`${during} requests while Retry-After asked for a pause`);
  }
  return found;
}
