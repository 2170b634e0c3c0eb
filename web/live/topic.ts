// Rows of one event stream of the API as they come, told to whoever listens at most once a second. Without the stream they are
// told every ten seconds to look themselves. Knows no noun.
import { useEffect, useRef } from 'react';
import { followShared, type Line } from './shared-stream.ts';

const POLL_MS = 10_000;
/** At most so often is what changed told, however much happens. */
const CALM_MS = 1_000;

/** What came or changed, oldest first. None: something may have, look yourself (there is no stream, or it is back). */
type Listener<Row> = (rows: readonly Row[]) => void;

export class Topic<Row> {
  line: Line = 'reconnecting';
  readonly #stream: { readonly url: string; readonly name: string };
  readonly #listeners = new Set<Listener<Row>>();
  readonly #lines = new Set<() => void>();
  #news: Row[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #polls: ReturnType<typeof setInterval> | undefined;
  #holders = 0;
  #ends = new AbortController();

  /** @param stream its address, and the name of its events */
  constructor(stream: { readonly url: string; readonly name: string }) {
    this.#stream = stream;
  }

  /** Follows the stream for as long as anybody holds it. @returns lets go */
  hold(): () => void {
    this.#holders += 1;
    if (this.#holders === 1) this.#start();
    return () => {
      this.#holders -= 1;
      if (this.#holders === 0) this.#stop();
    };
  }

  onRows(listener: Listener<Row>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onLine(listener: () => void): () => void {
    this.#lines.add(listener);
    return () => this.#lines.delete(listener);
  }

  #start(): void {
    this.#ends = new AbortController();
    followShared(
      { ...this.#stream, signal: this.#ends.signal },
      (data) => this.#take(JSON.parse(data) as Row),
      (line) => this.#change(line),
    );
  }

  #stop(): void {
    this.#ends.abort();
    clearTimeout(this.#timer);
    clearInterval(this.#polls);
    this.#timer = undefined;
    this.#polls = undefined;
    this.#news = [];
    this.line = 'reconnecting';
  }

  #change(line: Line): void {
    if (line === this.line) return;
    this.line = line;
    for (const tell of this.#lines) tell();
    clearInterval(this.#polls);
    this.#polls = line === 'polling' ? setInterval(() => this.#tell([]), POLL_MS) : undefined;
    // What happened while nobody listened.
    if (line === 'live') this.#tell([]);
  }

  #take(row: Row): void {
    this.#news.push(row);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const news = this.#news;
      this.#news = [];
      this.#tell(news);
    }, CALM_MS);
  }

  #tell(rows: readonly Row[]): void {
    for (const tell of this.#listeners) tell(rows);
  }
}

/** Listens while the component is there. */
export function useRows<Row>(topic: Topic<Row>, listener: Listener<Row>): void {
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => topic.onRows((rows) => newest.current(rows)), [topic]);
}

/** The same, and the stream is followed only while somebody does so. */
export function useOwnRows<Row>(topic: Topic<Row>, listener: Listener<Row>): void {
  useRows(topic, listener);
  useEffect(() => topic.hold(), [topic]);
}
