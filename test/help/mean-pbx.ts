// A PBX as it is on a bad day: seeded faults of every kind, and a log of all that it was asked, which tells whether its
// limits were kept. What goes wrong depends on the seed, the MAC and how often that MAC was asked: not on the order.
import { createHash, randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { yealinkFile } from './harvest.ts';
import { startProvisioningServer } from './provisioning-server.ts';

/** How often of a thousand answers. */
const FAULTS = {
  /** 503 with `Retry-After: 1`. */
  unavailable: 50,
  /** 429 without saying for how long. */
  tooMany: 30,
  /** The connection is cut instead of an answer. */
  reset: 20,
  /** Half of what the head announced, then cut. */
  truncated: 20,
  /** No answer at all. */
  stall: 10,
  /** The right file as `text/html`, or a web page as `text/plain`. */
  wrongType: 10,
  /** The file of another phone. */
  otherPhone: 10,
} as const;
type Fault = keyof typeof FAULTS;

const RETRY_AFTER_MS = 1000;

interface Asked {
  readonly mac: string;
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

/** From the environment (PROVENDER_TEST_SEED), so that a failure can be had again; any number otherwise. */
export function testSeed(): number {
  const given = Number(process.env.PROVENDER_TEST_SEED);
  return Number.isSafeInteger(given) && given > 0 ? given : randomInt(1, 1_000_000);
}

/** Serves `/<mac>.cfg` for these MACs. Close it in the test that started it. */
export async function startMeanPbx(seed: number, macs: readonly string[]): Promise<MeanPbx> {
  const asked: Asked[] = [];
  const times = new Map<string, number>();
  const passwordOf = (mac: string) => digest(seed, 'password', mac).toString('base64url').slice(0, 16);
  const fileOf = (mac: string) => yealinkFile({ userName: `u-${mac}`, password: passwordOf(mac), mac });

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const mac = /^\/([0-9a-f]{12})\.cfg$/.exec(request.url ?? '')?.[1] ?? '';
    if (!macs.includes(mac)) {
      response.writeHead(404).end();
      return;
    }
    const time = (times.get(mac) ?? 0) + 1;
    times.set(mac, time);
    const draw = digest(seed, 'fault', mac, String(time));
    const fault = faultOf(draw.readUInt32BE() % 1000);
    const seen: Asked = { mac, fault, at: Date.now(), endedAt: null };
    asked.push(seen);
    const end = () => {
      seen.endedAt ??= Date.now();
    };
    response.on('close', end);
    const send = (status: number, headers: Record<string, string>, body: string) => {
      // Before the bytes leave: the next request may come at once.
      end();
      response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers }).end(body);
    };
    const file = fileOf(mac);
    switch (fault) {
      case 'unavailable':
        send(503, { 'retry-after': String(RETRY_AFTER_MS / 1000) }, 'busy');
        break;
      case 'tooMany':
        send(429, {}, 'slow down');
        break;
      case 'reset':
        end();
        request.socket.destroy();
        break;
      case 'truncated':
        end();
        response.writeHead(200, { 'content-length': String(Buffer.byteLength(file)) });
        response.write(file.slice(0, file.length / 2), () => response.socket?.destroy());
        break;
      case 'stall':
        break;
      case 'wrongType':
        if (draw.readUInt8(4) % 2 === 0) send(200, { 'content-type': 'text/html' }, file);
        else send(200, { 'content-type': 'text/plain' }, '<!DOCTYPE html><html><body>Please log in</body></html>');
        break;
      case 'otherPhone':
        send(200, {}, fileOf(macs[draw.readUInt32BE(4) % macs.length] ?? mac));
        break;
      case null:
        send(200, { 'content-type': 'text/plain' }, file);
        break;
    }
  };

  const server = await startProvisioningServer({ otherwise: answer });
  return {
    origin: server.origin,
    asked,
    passwordOf,
    violations: (limits) => violations(asked, limits),
    close: () => server.close(),
  };
}

function digest(seed: number, ...parts: string[]): Buffer {
  return createHash('sha256')
    .update([seed, ...parts].join(' '))
    .digest();
}

function faultOf(draw: number): Fault | null {
  let upTo = 0;
  for (const [fault, share] of Object.entries(FAULTS)) {
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
