// Fetches one file over http or https: login, redirects, limits, and every failure as a value. Knows no phone, no database,
// and nothing about retries: asked once, it tries once (an idle connection that the server had closed is no try).
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { ACCEPTED_CODINGS, decodeBody } from './body.ts';
import {
  type Connector,
  connectTimeout,
  createConnector,
  identityOfConnection,
  type Resolve,
  resolveBySystem,
} from './connect.ts';
import { causeOf, networkFailure } from './failures.ts';
import type { Fetch, FetchFailure, FetchRequest, FetchResult, Login, TlsIdentity } from './fetcher.ts';
import { bareHost, type Guard, portOf } from './guard.ts';
import { FETCH_LIMITS, type FetchLimits } from './limits.ts';
import { type Answer, Logins, type Place } from './login.ts';
import { statusFailure } from './status.ts';
import {
  ConnectFailure,
  clientCertFailure,
  hasClientCertificate,
  type TlsSettings,
  tlsForStrangers,
  tlsWithoutClientCertificate,
} from './tls.ts';

export type { Resolve } from './connect.ts';
export { FETCH_LIMITS } from './limits.ts';
export type { TlsSettings } from './tls.ts';

export interface HttpFetcherOptions {
  readonly guard: Guard;
  readonly tls?: TlsSettings;
  /** Basic over plain http sends the password readable for everybody on the way: only when a person allowed it. */
  readonly allowPlainLogin?: boolean;
  readonly limits?: Partial<FetchLimits>;
  /** Connections at once, default 32. More requests wait for a free one; the wait counts as part of their exchange. */
  readonly maxSockets?: number;
  /** How names become addresses; the system's resolver unless a test brings its own. */
  readonly resolve?: Resolve;
}

export interface HttpFetcher {
  readonly fetch: Fetch;
  /** Closes all connections; exchanges under way end as CANCELLED. */
  close(): void;
}

/** Bytes of an answer that is no file which are read, to understand it and to keep the connection. */
const ERROR_PAGE_BYTES = 64 * 1024;

/** Tries on connections that the server had closed while they were idle, before it counts as a failure. */
const STALE_CONNECTIONS = 2;

/** Round trips of a login in one exchange: the challenge, and nonces that turn out stale. */
const LOGIN_ROUNDS = 3;

/**
 * Makes the fetcher of one PBX and one version of its connection settings: one pool of connections, one memory of
 * logins. It keeps nothing between fetchers: no cookies, no TLS settings, no nonces.
 */
export function createHttpFetcher(options: HttpFetcherOptions): HttpFetcher {
  const limits = { ...FETCH_LIMITS, ...options.limits };
  const tls = options.tls ?? {};
  const allowPlainLogin = options.allowPlainLogin ?? false;
  const logins = new Logins(allowPlainLogin);
  const running = new Set<Exchange>();
  let closed = false;

  const side = (settings: TlsSettings): Side => {
    const connector = createConnector({
      guard: options.guard,
      tls: settings,
      limits,
      maxSockets: options.maxSockets ?? 32,
      resolve: options.resolve ?? resolveBySystem,
    });
    return { tls: settings, connector, answered: false };
  };
  const home = side(tls);
  let strangers: Side | null = null;
  let unnamed: Side | null = null;
  const parts: Parts = {
    guard: options.guard,
    limits,
    logins,
    home,
    strangers() {
      strangers ??= side(tlsForStrangers(tls));
      return strangers;
    },
    unnamed() {
      unnamed ??= side(tlsWithoutClientCertificate(tls));
      return unnamed;
    },
  };

  return {
    async fetch(request) {
      if (closed) return cancelled(request.url);
      const url = URL.parse(request.url);
      if (!url) return notAnAddress();
      const exchange = new Exchange(request, url, parts);
      running.add(exchange);
      try {
        return await exchange.run();
      } finally {
        running.delete(exchange);
      }
    },
    close() {
      closed = true;
      for (const exchange of running) exchange.end(cancelled(exchange.request.url));
      home.connector.close();
      strangers?.connector.close();
      unnamed?.connector.close();
    },
  };
}

/** Connections with one set of TLS settings. */
interface Side {
  readonly tls: TlsSettings;
  readonly connector: Connector;
  /** Some answer came over it: whatever the server wants of a connection, this side has it. */
  answered: boolean;
}

interface Parts {
  readonly guard: Guard;
  readonly limits: FetchLimits;
  readonly logins: Logins;
  readonly home: Side;
  strangers(): Side;
  /** As home, without the client certificate. */
  unnamed(): Side;
}

/** One answer, its body at most as long as allowed. */
interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly raw: Uint8Array;
  readonly tls: TlsIdentity | null;
  /** The kind of login that this very request carried. */
  readonly scheme: 'basic' | 'digest' | null;
}

/** A request with its login round trip and its redirects, under one clock. */
class Exchange {
  readonly request: FetchRequest;
  readonly #parts: Parts;
  #url: URL;
  /** Set once, by whatever ends the exchange early; then every step gives up. */
  #ended: FetchFailure | null = null;
  #onEnd: (() => void) | null = null;
  #clientRequest: ClientRequest | null = null;
  #foreign: boolean;

  constructor(request: FetchRequest, url: URL, parts: Parts) {
    this.request = request;
    this.#url = url;
    this.#parts = parts;
    this.#foreign = request.foreign ?? false;
  }

  async run(): Promise<FetchResult> {
    const { request } = this;
    if (request.signal?.aborted) return cancelled(request.url);
    const clock = setTimeout(() => this.end(this.#tooLate()), this.#parts.limits.exchangeMs);
    const onAbort = () => this.end(cancelled(request.url));
    request.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#follow();
    } catch (error) {
      return this.#ended ?? (await this.#explain(error));
    } finally {
      clearTimeout(clock);
      request.signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the exchange with this failure, now. */
  end(failure: FetchFailure): void {
    this.#ended ??= failure;
    this.#onEnd?.();
  }

  async #follow(): Promise<FetchResult> {
    const { guard, limits } = this.#parts;
    const home = this.#url.origin;
    for (let hop = 0; ; hop += 1) {
      const refused = guard.checkUrl(this.#url);
      if (refused) return refused;
      const reply = await this.#askWithLogin();
      if ('kind' in reply) return reply;
      const { location } = reply.headers;
      if (reply.status < 300 || reply.status > 399 || reply.status === 304 || location === undefined) {
        return await this.#result(reply);
      }
      if (hop === limits.redirects) {
        return redirectRefused(
          `${this.#url.host} redirects more than ${limits.redirects} times. Enter the final address.`,
          reply.status,
        );
      }
      const next = this.#nextHop(location, reply.status);
      if ('kind' in next) return next;
      this.#url = next;
      // Once away, the rest of the way goes without the login, even if it leads back: another server chose it.
      if (next.origin !== home) this.#foreign = true;
    }
  }

  #nextHop(location: string, status: number): URL | FetchFailure {
    const { host, protocol } = this.#url;
    // Header bytes are read as Latin-1 by node:http; addresses in them are UTF-8.
    const next = URL.parse(Buffer.from(location, 'latin1').toString('utf8'), this.#url.href);
    if (!next)
      return redirectRefused(`${host} redirects to something that is no address. Correct it on the server.`, status);
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      return redirectRefused(
        `${host} redirects to an address that is neither http nor https. Enter the final address.`,
        status,
      );
    }
    if (protocol === 'https:' && next.protocol === 'http:') {
      return redirectRefused(
        `${host} redirects from https to plain http, where everybody on the way could read the passwords. Correct it on the server, or enter the final address.`,
        status,
      );
    }
    next.username = '';
    next.password = '';
    return next;
  }

  /** One hop: the request, and again with a login as often as the server has a reason to ask for it. */
  async #askWithLogin(): Promise<Reply | FetchFailure> {
    const { logins } = this.#parts;
    const login = this.#foreign ? null : this.request.login;
    if (!login) {
      const reply = await this.#ask(null);
      return reply.status === 401 ? this.#refused(reply, false) : reply;
    }
    const place: Place = {
      origin: this.#url.origin,
      target: this.#url.pathname + this.#url.search,
      secure: this.#url.protocol === 'https:',
    };
    const learned = await this.#orEnd(logins.learn(login, place.origin));
    try {
      return await this.#loginRounds(login, place, learned);
    } finally {
      learned?.();
    }
  }

  async #loginRounds(login: Login, place: Place, learned: (() => void) | null): Promise<Reply | FetchFailure> {
    const { logins } = this.#parts;
    let sent: Answer | null = logins.ahead(login, place);
    for (let round = 1; ; round += 1) {
      const reply = await this.#ask(sent);
      if (reply.status !== 401) {
        logins.accepted(login, place, sent, textHeader(reply.headers['authentication-info']));
        return reply;
      }
      const verdict = logins.challenged(login, place, reply.headers['www-authenticate'], sent);
      learned?.();
      if (verdict.kind === 'plain-refused') return plainRefused(this.#url.host);
      if (verdict.kind === 'unknown') return this.#refused(reply, sent !== null, verdict.schemes);
      if (verdict.kind === 'refused' || round > LOGIN_ROUNDS) return this.#refused(reply, true);
      sent = verdict.answer;
    }
  }

  #refused(reply: Reply, sentLogin: boolean, unknownSchemes: readonly string[] = []): FetchFailure {
    return statusFailure(
      { status: reply.status, headers: reply.headers, text: textOf(reply.raw) },
      {
        host: this.#url.host,
        tls: this.#side().tls,
        hadLogin: this.request.login !== null,
        sentLogin,
        foreign: this.#foreign,
        unknownSchemes,
        nowMs: Date.now(),
      },
    );
  }

  async #ask(answer: Answer | null): Promise<Reply> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#askOnce(answer);
      } catch (error) {
        if (this.#ended || tries === STALE_CONNECTIONS || !this.#connectionWasStale(error)) throw error;
        if (this.request.mayRepeat?.() === false) {
          this.end(cancelled(this.request.url));
          throw error;
        }
      }
    }
  }

  /**
   * The server closed the idle connection just as we wrote to it: nothing was lost, a GET may be sent again. One that
   * took the request and then cut the connection looks the same: it gets the request twice.
   */
  #connectionWasStale(error: unknown): boolean {
    const { code } = causeOf(error);
    const request = this.#clientRequest;
    return (code === 'ECONNRESET' || code === 'EPIPE') && request?.reusedSocket === true && !answerBegan(request);
  }

  #askOnce(answer: Answer | null, side = this.#side()): Promise<Reply> {
    const { request } = this;
    const { limits } = this.#parts;
    const headers: Record<string, string> = {
      'user-agent': headerSafe(request.userAgent),
      accept: '*/*',
      'accept-encoding': ACCEPTED_CODINGS,
    };
    if (!this.#foreign) {
      if (request.validators?.etag) headers['if-none-match'] = withoutControls(request.validators.etag);
      if (request.validators?.lastModified)
        headers['if-modified-since'] = withoutControls(request.validators.lastModified);
    }
    if (answer) headers.authorization = answer.header;
    this.#clientRequest = null;
    return new Promise<Reply>((resolve, reject) => {
      if (this.#ended) {
        reject(new Error('ended'));
        return;
      }
      const secure = this.#url.protocol === 'https:';
      const sent = (secure ? httpsRequest : httpRequest)(this.#url, {
        agent: secure ? side.connector.agents.https : side.connector.agents.http,
        headers,
        maxHeaderSize: limits.headerBytes,
      });
      this.#clientRequest = sent;
      const chunks: Uint8Array[] = [];
      let size = 0;
      let tls: TlsIdentity | null = null;
      let most = limits.bodyBytes;
      let over = false;
      // The first of what ends a request counts: after a cut come the request's error, the answer's, and its close.
      const finish = (how: () => void) => {
        if (over) return;
        over = true;
        this.#onEnd = null;
        how();
      };
      const stop = (error: Error) =>
        finish(() => {
          reject(error);
          sent.destroy();
        });
      const settle = (answered: IncomingMessage) =>
        finish(() =>
          resolve({
            status: answered.statusCode ?? 0,
            headers: answered.headers,
            raw: joined(chunks),
            tls,
            scheme: answer?.scheme ?? null,
          }),
        );
      this.#onEnd = () => stop(new Error('ended'));
      sent.on('error', stop);
      sent.on('close', () => stop(new Error('no answer')));
      sent.on('response', (response) => {
        side.answered = true;
        // Now, for a connection that goes back to the pool is taken from the message.
        tls = identityOfConnection(response.socket);
        response.on('error', stop);
        response.on('end', () => settle(response));
        response.on('data', (chunk: Uint8Array) => {
          size += chunk.length;
          if (size <= most) chunks.push(chunk);
          else if (most === limits.bodyBytes) stop(new ConnectFailure(tooLarge(this.#url.host, limits)));
          else {
            // An endless error page: its beginning says enough.
            settle(response);
            sent.destroy();
          }
        });
        if (response.statusCode !== 200 && response.statusCode !== 203) most = ERROR_PAGE_BYTES;
        else if (Number(response.headers['content-length']) > most)
          stop(new ConnectFailure(tooLarge(this.#url.host, limits)));
      });
      sent.end();
    });
  }

  /** Waits for something that may take longer than the exchange. */
  #orEnd<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error('ended'));
      this.#onEnd = () => reject(new Error('ended'));
      work.then(
        (value) => {
          this.#onEnd = null;
          resolve(value);
        },
        (error) => {
          this.#onEnd = null;
          reject(error);
        },
      );
    });
  }

  async #result(reply: Reply): Promise<FetchResult> {
    const { status, headers } = reply;
    const { validators } = this.request;
    const url = this.#url.href;
    if (status === 304 && (validators?.etag || validators?.lastModified)) {
      return { kind: 'not-modified', url, tls: reply.tls };
    }
    if (status !== 200 && status !== 203 && status !== 204) return this.#refused(reply, reply.scheme !== null);
    const decoded = await decodeBody(reply.raw, textHeader(headers['content-encoding']), this.#parts.limits);
    switch (decoded.kind) {
      case 'too-large':
        return tooLarge(this.#url.host, this.#parts.limits, decoded.why);
      case 'damaged':
        return this.#broken(
          `${this.#url.host} sent a compressed answer that cannot be unpacked. It is tried again later.`,
        );
      case 'unknown-coding':
        return this.#broken(
          `${this.#url.host} sent its answer in a content coding that was not asked for. Switch off compression for provisioning files there.`,
        );
      case 'bytes':
    }
    return {
      kind: 'fetched',
      bytes: decoded.bytes,
      url,
      contentType: textHeader(headers['content-type']) ?? null,
      etag: textHeader(headers.etag) ?? null,
      lastModified: textHeader(headers['last-modified']) ?? null,
      tls: reply.tls,
      ...(reply.scheme ? { loginScheme: reply.scheme } : {}),
    };
  }

  #side(): Side {
    return this.#foreign ? this.#parts.strangers() : this.#parts.home;
  }

  #broken(message: string): FetchFailure {
    return { kind: 'failure', code: 'TCP_RESET', message };
  }

  #tooLate(): FetchFailure {
    const { host } = this.#url;
    const seconds = this.#parts.limits.exchangeMs / 1000;
    const socket = this.#clientRequest?.socket as (TLSSocket & { secureConnecting?: boolean }) | null | undefined;
    if (socket?.connecting || socket?.secureConnecting) {
      return connectTimeout(bareHost(this.#url), portOf(this.#url), socket.connecting);
    }
    // Without a request of its own it was waiting for another's answer to learn how to log in.
    const waited = this.#clientRequest !== null && !socket;
    const what = waited
      ? `${host}: no connection came free within ${seconds} s. Lower the number of requests at once for this PBX.`
      : answerBegan(this.#clientRequest)
        ? `${host} began to answer but did not finish within ${seconds} s. It is tried again later; check the load of the server and the line to it.`
        : `${host} took the request but did not answer within ${seconds} s. It is tried again later; check the load of the server.`;
    return { kind: 'failure', code: 'HTTP_TIMEOUT', message: what };
  }

  async #explain(thrown: unknown): Promise<FetchFailure> {
    const side = this.#side();
    const failure = this.#networkFailure(thrown, side);
    const unexplained =
      failure.code === 'TCP_RESET' && this.#url.protocol === 'https:' && side === this.#parts.home && !side.answered;
    if (!unexplained || !hasClientCertificate(side.tls)) return failure;
    const refused = await this.#cutsOffOurCertificate();
    return this.#ended ?? (refused ? clientCertFailure(this.#url.host, side.tls) : failure);
  }

  /**
   * Servers on Node (and some of Windows) say nothing about a client certificate that they do not accept: they cut the
   * connection, as a server in trouble would. One that cuts again with the certificate, and without it asks for one, means
   * the certificate.
   */
  async #cutsOffOurCertificate(): Promise<boolean> {
    const { home, unnamed } = this.#parts;
    const codeOf = (side: Side) =>
      this.#askOnce(null, side).then(
        () => null,
        (error) => this.#networkFailure(error, side).code,
      );
    return (await codeOf(home)) === 'TCP_RESET' && (await codeOf(unnamed())) === 'TLS_CLIENT_CERT_REQUIRED';
  }

  #networkFailure(thrown: unknown, side: Side): FetchFailure {
    const socket = (this.#clientRequest?.socket ?? null) as TLSSocket | null;
    return networkFailure(thrown, {
      url: this.#url,
      tls: side.tls,
      socket: socket?.encrypted ? socket : null,
      answerBegan: answerBegan(this.#clientRequest),
      headerBytes: this.#parts.limits.headerBytes,
    });
  }
}

function answerBegan(request: ClientRequest | null): boolean {
  return Boolean((request as { res?: unknown } | null)?.res);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString('latin1');
}

function textHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** No line break gets into a header, whatever somebody typed into a field. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t]/gu, '');
}

/** node:http writes headers byte by byte: UTF-8 goes in as the characters of its bytes. */
function headerSafe(text: string): string {
  return Buffer.from(withoutControls(text), 'utf8').toString('latin1');
}

function hostOf(address: string): string {
  return URL.parse(address)?.host || 'The address';
}

export function cancelled(address: string): FetchFailure {
  return { kind: 'failure', code: 'CANCELLED', message: `The request to ${hostOf(address)} was called off.` };
}

export function notAnAddress(): FetchFailure {
  return {
    kind: 'failure',
    code: 'TARGET_REFUSED',
    message: 'This is not an address. Enter one such as https://pbx.example.com/provision/',
  };
}

function redirectRefused(message: string, status: number): FetchFailure {
  return { kind: 'failure', code: 'REDIRECT_REFUSED', message, status };
}

function plainRefused(host: string): FetchFailure {
  return {
    kind: 'failure',
    code: 'PLAIN_HTTP_REFUSED',
    message: `${host} wants the password readable over plain http (Basic), so it was not sent. Use https or Digest on the server, or allow logins over plain http for this PBX.`,
    status: 401,
    sentLogin: false,
  };
}

function tooLarge(host: string, limits: FetchLimits, why: 'size' | 'ratio' = 'size'): FetchFailure {
  return {
    kind: 'failure',
    code: 'BODY_TOO_LARGE',
    message:
      why === 'size'
        ? `The file of ${host} is larger than ${showBytes(limits.bodyBytes)}: that is no phone configuration. Check the address.`
        : `The file of ${host} unpacks to more than ${limits.ratio} times what was sent: that is no phone configuration. Check the address.`,
  };
}

function showBytes(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes} bytes`;
}
