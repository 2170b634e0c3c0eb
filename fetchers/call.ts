// One request to a server that is no provisioning server (a webhook's receiver, a sign-on issuer), over connections as
// guarded as those of fetching. Follows no redirect, keeps no cookie, reads so much of an answer and no more.
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { connectTimeout, createConnector, type Resolve, resolveBySystem } from './connect.ts';
import { causeOf, networkFailure } from './failures.ts';
import type { FetchFailure } from './fetcher.ts';
import { bareHost, type Guard, portOf } from './guard.ts';
import { cancelled, notAnAddress } from './http.ts';
import { FETCH_LIMITS } from './limits.ts';
import type { TlsSettings } from './tls.ts';

export interface CallRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute http or https address, without user info. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Any status: a redirect too is an answer. */
export interface Called {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most `answerBytes`. */
  readonly bytes: Uint8Array;
  /** There was more. */
  readonly cut: boolean;
}

export interface CallerOptions {
  readonly guard: Guard;
  readonly tls?: TlsSettings;
  /** How much of an answer is read. */
  readonly answerBytes: number;
  /** The whole call, default 15 s. */
  readonly callMs?: number;
  readonly maxSockets?: number;
  readonly resolve?: Resolve;
}

export interface Caller {
  /** Never throws for what a server or network can do. */
  call(request: CallRequest): Promise<Called | FetchFailure>;
  /** Closes all connections; calls under way end as CANCELLED. */
  close(): void;
}

/** Tries on idle connections that the server had closed just as we wrote to them. Whoever is called may get a request twice. */
const STALE_CONNECTIONS = 2;

export function createCaller(options: CallerOptions): Caller {
  const limits = { ...FETCH_LIMITS, exchangeMs: options.callMs ?? FETCH_LIMITS.exchangeMs };
  const tls = options.tls ?? {};
  const connector = createConnector({
    guard: options.guard,
    tls,
    limits,
    maxSockets: options.maxSockets ?? 16,
    resolve: options.resolve ?? resolveBySystem,
  });
  const running = new Set<(failure: FetchFailure) => void>();
  let closed = false;

  function callOnce(request: CallRequest, url: URL): Promise<Called | FetchFailure | 'stale'> {
    return new Promise((resolve) => {
      let answer: IncomingMessage | null = null;
      let sent: ClientRequest | null = null;
      const end = (result: Called | FetchFailure | 'stale') => {
        clearTimeout(clock);
        running.delete(end);
        request.signal?.removeEventListener('abort', onAbort);
        resolve(result);
        // What comes after the end is nobody's: neither the rest of an answer nor the error of the cut.
        if (answer?.complete !== true) sent?.destroy();
      };
      const onAbort = () => end(cancelled(request.url));
      const clock = setTimeout(() => end(tooLate(url, sent, answer, limits.exchangeMs)), limits.exchangeMs);
      if (request.signal?.aborted) return onAbort();
      request.signal?.addEventListener('abort', onAbort, { once: true });
      running.add(end);

      const secure = url.protocol === 'https:';
      sent = (secure ? httpsRequest : httpRequest)(url, {
        agent: secure ? connector.agents.https : connector.agents.http,
        method: request.method,
        maxHeaderSize: limits.headerBytes,
        headers: {
          ...request.headers,
          ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
        },
      });
      sent.on('error', (error) => {
        const { code } = causeOf(error);
        if ((code === 'ECONNRESET' || code === 'EPIPE') && sent?.reusedSocket === true && answer === null) {
          return end('stale');
        }
        const socket = (sent?.socket ?? null) as TLSSocket | null;
        end(
          networkFailure(error, {
            url,
            tls,
            socket: socket?.encrypted ? socket : null,
            answerBegan: answer !== null,
            headerBytes: limits.headerBytes,
          }),
        );
      });
      sent.on('response', (message) => {
        answer = message;
        const chunks: Uint8Array[] = [];
        let size = 0;
        const answered = (cut: boolean) =>
          end({
            kind: 'answered',
            status: message.statusCode ?? 0,
            headers: message.headers,
            bytes: Buffer.concat(chunks).subarray(0, options.answerBytes),
            cut,
          });
        message.on('data', (chunk: Uint8Array) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > options.answerBytes) answered(true);
        });
        message.on('end', () => answered(false));
        // Cut in the middle: the request's own error does not come any more.
        message.on('error', (error) => sent?.emit('error', error));
      });
      sent.end(request.body);
    });
  }

  return {
    async call(request) {
      if (closed) return cancelled(request.url);
      const url = URL.parse(request.url);
      if (!url) return notAnAddress();
      const refused = options.guard.checkUrl(url);
      if (refused) return refused;
      for (let tries = 0; tries <= STALE_CONNECTIONS; tries += 1) {
        const result = await callOnce(request, url);
        if (result !== 'stale') return result;
      }
      return cutOff(url);
    },
    close() {
      closed = true;
      for (const end of running) end(cancelled(''));
      connector.close();
    },
  };
}

function tooLate(url: URL, sent: ClientRequest | null, answer: IncomingMessage | null, ms: number): FetchFailure {
  const socket = sent?.socket as (TLSSocket & { secureConnecting?: boolean }) | null | undefined;
  if (socket?.connecting || socket?.secureConnecting) {
    return connectTimeout(bareHost(url), portOf(url), socket.connecting);
  }
  const what = answer === null ? 'took the request but did not answer' : 'began to answer but did not finish';
  return { kind: 'failure', code: 'HTTP_TIMEOUT', message: `${url.host} ${what} within ${ms / 1000} s.` };
}

function cutOff(url: URL): FetchFailure {
  return { kind: 'failure', code: 'TCP_RESET', message: `${url.host} cut the connection without an answer.` };
}
