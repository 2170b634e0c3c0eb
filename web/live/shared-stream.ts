// One event stream for all tabs of a browser: a browser opens six connections to a server by HTTP/1.1, and each stream holds
// one for as long as it lasts. The tab that has the lock reads, and tells the others; when it closes the next one takes over.
export type Line = 'live' | 'reconnecting' | 'polling';

type Message =
  | { readonly kind: 'event'; readonly data: string }
  | { readonly kind: 'line'; readonly line: Line }
  /** Of a tab that was just opened: how is the line? */
  | { readonly kind: 'asks' };

/** How long a stream that was refused (too many, signed out) is left alone. */
const TRY_AGAIN_MS = 30_000;
/** A stream that is away for longer is replaced by asking now and then. */
const PATIENCE_MS = 10_000;

/**
 * Follows `url` until `signal` ends.
 * @param onEvent each `event: <name>`, its data as text
 */
export function followShared(
  { url, name, signal }: { readonly url: string; readonly name: string; readonly signal: AbortSignal },
  onEvent: (data: string) => void,
  onLine: (line: Line) => void,
): void {
  const tabs = new BroadcastChannel(`provender ${url}`);
  /** What this tab, which reads, has said last; null: another one reads. */
  let said: Message | null = null;
  const take = (message: Message) => {
    if (message.kind === 'event') onEvent(message.data);
    else if (message.kind === 'line') onLine(message.line);
    else if (said !== null) tabs.postMessage(said);
  };
  tabs.onmessage = ({ data }: MessageEvent<Message>) => take(data);
  signal.addEventListener('abort', () => tabs.close());
  const say = (message: Message) => {
    if (signal.aborted) return;
    if (message.kind === 'line') said = message;
    tabs.postMessage(message);
    take(message);
  };
  tabs.postMessage({ kind: 'asks' } satisfies Message);
  const lead = () => readStream({ url, name, signal }, say);
  // Absent where the page came by plain http from another machine: then each tab reads for itself.
  if (!('locks' in navigator)) {
    void lead();
    return;
  }
  navigator.locks.request(`provender ${url}`, { signal }, lead).catch(() => undefined);
}

function readStream(
  { url, name, signal }: { readonly url: string; readonly name: string; readonly signal: AbortSignal },
  say: (message: Message) => void,
): Promise<void> {
  return new Promise((done) => {
    let lost: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    function open(): void {
      source = new EventSource(url);
      source.onopen = () => {
        clearTimeout(lost);
        lost = undefined;
        say({ kind: 'line', line: 'live' });
      };
      source.addEventListener(name, (event) => say({ kind: 'event', data: (event as MessageEvent<string>).data }));
      source.onerror = () => {
        lost ??= setTimeout(() => say({ kind: 'line', line: 'polling' }), PATIENCE_MS);
        // A stream that was refused is not opened again by the browser.
        if (source?.readyState === EventSource.CLOSED) {
          say({ kind: 'line', line: 'polling' });
          again = setTimeout(open, TRY_AGAIN_MS);
        } else {
          say({ kind: 'line', line: 'reconnecting' });
        }
      };
    }
    signal.addEventListener('abort', () => {
      clearTimeout(lost);
      clearTimeout(again);
      source?.close();
      done();
    });
    open();
  });
}
