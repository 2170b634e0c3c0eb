// Server-sent events: head, heartbeat, back pressure, at most so many per account, and an end at shutdown.
// Knows nothing of what is sent.
import { once } from 'node:events';
import type { Request, Response } from 'express';
import { Problem } from './problem.ts';

const STREAMS_PER_ACCOUNT = 10;
const HEARTBEAT_MS = 15_000;
/** Heartbeats between two looks at the credential: a revoked one loses its stream within a minute. */
const RECHECK_EVERY = 4;

export interface EventSink {
  /** Where the client was when it lost the stream before. */
  readonly lastEventId: string | null;
  /** Ends when the client is gone, the credential is revoked, or the server stops. */
  readonly signal: AbortSignal;
  /** Tells the client where the stream begins, so that one that is cut off before the first event misses none. */
  begin(id: string): void;
  /** Resolves when the client has taken what was sent before. */
  send(event: { readonly id: string; readonly event?: string; readonly data: unknown }): Promise<void>;
}

export class EventStreams {
  readonly #perAccount = new Map<string, number>();
  readonly #open = new Set<AbortController>();
  #ended = false;

  /** Streams end now, new ones at once: clients come back to another process with Last-Event-ID. */
  endAll(): void {
    this.#ended = true;
    for (const controller of this.#open) controller.abort();
  }

  /**
   * Runs `write` until it returns or the stream ends; then ends the response.
   * @param stillAllowed asked every minute
   * @throws Problem 429 when the account has too many streams
   */
  async run(
    request: Request,
    response: Response,
    account: string,
    stillAllowed: () => Promise<boolean>,
    write: (sink: EventSink) => Promise<void>,
  ): Promise<void> {
    const count = this.#perAccount.get(account) ?? 0;
    if (count >= STREAMS_PER_ACCOUNT) {
      throw new Problem({
        status: 429,
        code: 'too-many-streams',
        detail: `${STREAMS_PER_ACCOUNT} streams are open with this credential. Close one first.`,
        headers: { 'Retry-After': '15' },
      });
    }
    const controller = new AbortController();
    this.#perAccount.set(account, count + 1);
    this.#open.add(controller);
    if (this.#ended) controller.abort();
    response.on('close', () => controller.abort());
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    let beats = 0;
    const heartbeat = setInterval(() => {
      response.write(': still here\n\n');
      beats += 1;
      if (beats % RECHECK_EVERY === 0) {
        stillAllowed().then(
          (allowed) => allowed || controller.abort(),
          () => controller.abort(),
        );
      }
    }, HEARTBEAT_MS);
    try {
      if (request.method !== 'HEAD' && !controller.signal.aborted) {
        response.write('retry: 3000\n\n');
        await write({
          lastEventId: request.get('last-event-id') ?? null,
          signal: controller.signal,
          begin: (id) => void response.write(`id: ${id}\n\n`),
          send: (event) => sendEvent(response, controller.signal, event),
        });
      }
    } catch (error) {
      // The head is out: the client sees an end, waits `retry`, and comes back.
      if (!controller.signal.aborted) throw error;
    } finally {
      clearInterval(heartbeat);
      this.#open.delete(controller);
      const left = (this.#perAccount.get(account) ?? 1) - 1;
      if (left > 0) this.#perAccount.set(account, left);
      else this.#perAccount.delete(account);
      controller.abort();
      response.end();
    }
  }
}

async function sendEvent(
  response: Response,
  signal: AbortSignal,
  event: { readonly id: string; readonly event?: string; readonly data: unknown },
): Promise<void> {
  // JSON has no raw line break, so one `data:` line holds it.
  const name = event.event ? `event: ${event.event}\n` : '';
  const more = response.write(`id: ${event.id}\n${name}data: ${JSON.stringify(event.data)}\n\n`);
  if (!more && !signal.aborted) await once(response, 'drain', { signal });
}
