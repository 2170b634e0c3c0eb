// A live stream of rows that never skips one: what came or changed after a position, again and again. Knows no noun.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from 'express';
import type { Db } from '../store/database.ts';
import { currentFeedPosition, type FeedPosition } from '../store/feed-position.ts';
import type { EventSink } from './event-stream.ts';
import { badRequest } from './problem.ts';

/** Rows per query. */
const BATCH = 200;
/**
 * A stream also looks without being told: a row is held back while an older transaction runs anywhere in the database,
 * and nobody tells when that ends.
 */
const LOOK_AGAIN_MS = 2_000;

interface RowStream<Row> {
  /** `event:` of each row. */
  readonly event: string;
  /** Oldest first. */
  read(position: FeedPosition, limit: number): Promise<readonly Row[]>;
  positionOf(row: Row): FeedPosition;
  viewOf(row: Row): unknown;
  /** Calls back when there may be more. Returns what ends it. */
  listen(onNews: () => void): () => void;
  /** Whoever listens is told of rows that were held back too, so there is no need to look again. */
  readonly isToldAll?: boolean;
}

/** @throws Problem 400 for a Last-Event-ID that no stream gave, before the stream opens: afterwards there is no status to say it with */
export async function streamRows<Row>(
  db: Db,
  request: Request,
  { event, read, positionOf, viewOf, listen, isToldAll = false }: RowStream<Row>,
): Promise<(sink: EventSink) => Promise<void>> {
  const given = request.get('last-event-id');
  const start = given === undefined ? await currentFeedPosition(db) : readPosition(given);
  return async (sink) => {
    if (given === undefined) sink.begin(writePosition(start));
    let position = start;
    let wake: () => void = () => undefined;
    let news = true;
    const stopListening = listen(() => {
      news = true;
      wake();
    });
    try {
      while (!sink.signal.aborted) {
        news = false;
        const rows = await read(position, BATCH);
        for (const row of rows) {
          position = positionOf(row);
          await sink.send({ id: writePosition(position), event, data: viewOf(row) });
        }
        if (rows.length === BATCH || news) continue;
        const told = new AbortController();
        wake = () => told.abort();
        const ends = AbortSignal.any([told.signal, sink.signal]);
        await sleep(isToldAll ? WHOLE_DAY_MS : LOOK_AGAIN_MS, null, { signal: ends }).catch(() => null);
      }
    } finally {
      stopListening();
    }
  };
}

const WHOLE_DAY_MS = 86_400_000;

export function writePosition(position: FeedPosition): string {
  return `${position.xid}-${position.id}`;
}

const positionForm = /^(\d{1,20})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function readPosition(text: string): FeedPosition {
  const [, xid, id] = positionForm.exec(text) ?? [];
  if (xid === undefined || id === undefined || BigInt(xid) >= 2n ** 64n) {
    throw badRequest('bad-last-event-id', 'Last-Event-ID was not given by this stream. Leave it out to begin now.');
  }
  return { xid, id };
}
