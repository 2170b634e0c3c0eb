// A provisioning server for tests, as good or as mean as a test wants it: real http or https on 127.0.0.1, with Basic,
// Digest or client certificates, an answer per path, and a record of all that it was asked (the witness).
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureVersion, TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';

interface Seen {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Record<string, string | string[] | undefined>;
  /** What was answered, 0 while nothing or if the connection was cut. */
  status: number;
  /** Common name of the client certificate, null without one. */
  readonly clientName: string | null;
  /** Number of the connection it came on, from 1. */
  readonly connection: number;
}

/** A body to send with 200, an answer, or a function that answers as it likes. */
export type Behaviour = string | Uint8Array | Answer | ((request: IncomingMessage, response: ServerResponse) => void);

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
}

type DigestAlgorithmName = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess';

export interface ServerLogin {
  readonly kind: 'basic' | 'digest';
  /** User name to password. */
  readonly accounts: Record<string, string>;
  readonly realm?: string;
  /** One challenge per algorithm, in this order. Default MD5 only. */
  readonly algorithms?: readonly DigestAlgorithmName[];
  /** Default `auth`; `none` is the form of RFC 2069. */
  readonly qop?: 'auth' | 'none';
  /** A nonce is refused with stale=true after so many uses. */
  readonly nonceUses?: number;
  /** Refuse a used-up nonce without saying stale, as one-time nonces of simple servers do. */
  readonly silentlyStale?: boolean;
  /** Offers Basic after Digest, in a header of its own. */
  readonly alsoBasic?: boolean;
}

export interface ProvisioningServerOptions {
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    /** PEM of the authority whose client certificates are accepted. */
    readonly clientCa?: string;
    /**
     * `alert` (default): the handshake fails without a client certificate. `nginx`: the handshake is fine, the answer is
     * nginx's page with status 400.
     */
    readonly clientCheck?: 'alert' | 'nginx';
    readonly minVersion?: SecureVersion;
    readonly maxVersion?: SecureVersion;
    readonly ciphers?: string;
  };
  readonly login?: ServerLogin;
  readonly files?: Record<string, Behaviour>;
  /** What a path without an entry gets, default 404. */
  readonly otherwise?: Behaviour;
  readonly host?: string;
  readonly port?: number;
  /** How long an idle connection is kept open, default 5 s as of node:http. */
  readonly keepAliveMs?: number;
  /** Asked first, for every request: true when it took care of the answer itself. It may also spoil what the others answer. */
  readonly meddle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface ProvisioningServer {
  /** `http://127.0.0.1:<port>` or https, without a slash at the end. */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly requests: Seen[];
  /** Connections accepted so far (TCP, also those whose TLS handshake failed). */
  connections(): number;
  set(path: string, behaviour: Behaviour): void;
  remove(path: string): void;
  setLogin(login: ServerLogin | null): void;
  /** Ends all connections too. */
  close(): Promise<void>;
}

/** Starts the server on a free port. Close it in the test that started it. */
export async function startProvisioningServer(options: ProvisioningServerOptions = {}): Promise<ProvisioningServer> {
  const host = options.host ?? '127.0.0.1';
  const requests: Seen[] = [];
  const files = new Map<string, Behaviour>(Object.entries(options.files ?? {}));
  const sockets = new Map<Socket, number>();
  let connections = 0;
  let guard = options.login ? guardWith(options.login) : null;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const tls = options.tls ? (request.socket as TLSSocket) : null;
    const clientName = tls ? commonName(tls) : null;
    const seen: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      status: 0,
      clientName,
      connection: connectionNumber(request.socket),
    };
    requests.push(seen);
    response.on('finish', () => {
      seen.status = response.statusCode;
    });
    if (options.meddle?.(request, response)) return;
    const behaviour = behaviourFor(request, tls, clientName);
    if (typeof behaviour === 'function') behaviour(request, response);
    else if (typeof behaviour === 'string' || behaviour instanceof Uint8Array) send(response, { body: behaviour });
    else send(response, behaviour);
  };

  const behaviourFor = (request: IncomingMessage, tls: TLSSocket | null, clientName: string | null): Behaviour => {
    if (options.tls?.clientCheck === 'nginx') {
      if (clientName === null) return NO_CLIENT_CERTIFICATE;
      if (!tls?.authorized) return BAD_CLIENT_CERTIFICATE;
    }
    const challenge = guard?.(request);
    if (challenge) return challenge;
    const target = request.url ?? '';
    const path = target.split('?')[0] ?? '';
    return files.get(target) ?? files.get(path) ?? options.otherwise ?? { status: 404, body: 'not found' };
  };

  const server: Server = options.tls
    ? createTlsServer(
        {
          cert: options.tls.cert,
          key: options.tls.key,
          ...(options.tls.clientCa === undefined
            ? {}
            : {
                ca: options.tls.clientCa,
                requestCert: true,
                rejectUnauthorized: options.tls.clientCheck !== 'nginx',
              }),
          ...(options.tls.minVersion === undefined ? {} : { minVersion: options.tls.minVersion }),
          ...(options.tls.maxVersion === undefined ? {} : { maxVersion: options.tls.maxVersion }),
          ...(options.tls.ciphers === undefined ? {} : { ciphers: options.tls.ciphers }),
        },
        onRequest,
      )
    : createServer(onRequest);
  if (options.keepAliveMs !== undefined) server.keepAliveTimeout = options.keepAliveMs;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.set(socket, connections);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  // Over TLS the request's socket wraps the accepted one; both have the same peer port.
  const connectionNumber = (socket: Socket): number => {
    for (const [accepted, number] of sockets) if (accepted.remotePort === socket.remotePort) return number;
    return 0;
  };
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;

  return {
    origin: `${options.tls ? 'https' : 'http'}://${shownHost}:${port}`,
    host,
    port,
    requests,
    connections: () => connections,
    set: (path, behaviour) => void files.set(path, behaviour),
    remove: (path) => void files.delete(path),
    setLogin: (login) => {
      guard = login ? guardWith(login) : null;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.keys()) socket.destroy();
      }),
  };
}

// --- ways to misbehave ---

/** Sends a little at a time and never ends. */
export function endless(chunk: string | Uint8Array = 'a = b\n', everyMs = 5): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => response.write(chunk), everyMs);
    response.on('close', () => clearInterval(timer));
  };
}

/** Takes the request and never answers. */
export function silent(): Behaviour {
  return () => {};
}

/** Sends the head and half of what it announced, then cuts the connection. */
export function truncated(body: string): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
    response.write(body.slice(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
  };
}

/** Cuts a chunked body before its last chunk. */
export function truncatedChunks(body: string): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write(body, () => response.socket?.destroy());
  };
}

/** Cuts the connection instead of answering. */
export function reset(): Behaviour {
  return (request) => {
    request.socket.destroy();
  };
}

/** `bytes` zero bytes behind gzip, made small. */
export function gzipBomb(bytes: number): Behaviour {
  const body = gzipSync(Buffer.alloc(bytes));
  return { headers: { 'content-encoding': 'gzip', 'content-type': 'text/plain' }, body };
}

/** A body of so many bytes, with or without saying so beforehand. */
export function huge(bytes: number, announce: boolean): Behaviour {
  return (_request, response) => {
    response.writeHead(200, announce ? { 'content-length': bytes } : {});
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let left = bytes;
    const push = (): void => {
      while (left > 0) {
        const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
        left -= part.length;
        if (!response.write(part)) {
          response.once('drain', push);
          return;
        }
      }
      response.end();
    };
    push();
  };
}

export function redirect(location: string, status = 302): Behaviour {
  return { status, headers: { location } };
}

const NO_CLIENT_CERTIFICATE: Answer = {
  status: 400,
  headers: { 'content-type': 'text/html' },
  body: '<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n',
};

const BAD_CLIENT_CERTIFICATE: Answer = {
  status: 400,
  headers: { 'content-type': 'text/html' },
  body: '<html>\r\n<head><title>400 The SSL certificate error</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The SSL certificate error</center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n',
};

function send(response: ServerResponse, answer: Answer): void {
  const body = answer.body ?? '';
  response.writeHead(answer.status ?? 200, {
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

function commonName(socket: TLSSocket): string | null {
  const subject = socket.getPeerX509Certificate()?.subject;
  return subject === undefined ? null : (/CN=([^\n]*)/.exec(subject)?.[1] ?? '');
}

// --- logins; written apart from the product's own digest, so that the two check each other ---

function guardWith(login: ServerLogin): (request: IncomingMessage) => Answer | null {
  return login.kind === 'basic' ? basicGuard(login) : digestGuard(login);
}

function basicGuard(login: ServerLogin): (request: IncomingMessage) => Answer | null {
  const challenge: Answer = {
    status: 401,
    headers: { 'www-authenticate': `Basic realm="${login.realm ?? 'pbx.example'}"` },
    body: 'login needed',
  };
  return (request) => {
    const given = request.headers.authorization ?? '';
    if (!given.startsWith('Basic ')) return challenge;
    const [username = '', ...rest] = Buffer.from(given.slice(6), 'base64').toString('utf8').split(':');
    return login.accounts[username] === rest.join(':') ? null : challenge;
  };
}

const HASHES: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

function digestGuard(login: ServerLogin): (request: IncomingMessage) => Answer | null {
  const realm = login.realm ?? 'pbx.example';
  const algorithms = login.algorithms ?? ['MD5'];
  const opaque = randomBytes(8).toString('hex');
  const nonces = new Map<string, { counts: Set<string>; uses: number }>();
  const challenge = (stale: boolean): Answer => {
    const nonce = randomBytes(12).toString('hex');
    nonces.set(nonce, { counts: new Set(), uses: 0 });
    const challenges = algorithms.map(
      (algorithm) =>
        `Digest realm="${realm}", ${login.qop === 'none' ? '' : 'qop="auth", '}algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"${stale ? ', stale=true' : ''}`,
    );
    if (login.alsoBasic) challenges.push(`Basic realm="${realm}"`);
    return { status: 401, headers: { 'www-authenticate': challenges }, body: 'login needed' };
  };
  return (request) => {
    const given = request.headers.authorization ?? '';
    if (!given.startsWith('Digest ')) return challenge(false);
    const field: Record<string, string> = {};
    for (const match of given.slice(7).matchAll(/([\w*]+)=(?:"((?:\\.|[^"\\])*)"|([^\s,]+))/g)) {
      field[match[1] ?? ''] = match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? '';
    }
    const nonce = nonces.get(field.nonce ?? '');
    const username = Buffer.from(field.username ?? '', 'latin1').toString('utf8');
    const password = login.accounts[username];
    const algorithm = field.algorithm ?? 'MD5';
    if (!nonce) return challenge(!login.silentlyStale);
    if (password === undefined || field.realm !== realm || field.opaque !== opaque || field.uri !== request.url) {
      return challenge(false);
    }
    if (!algorithms.includes(algorithm as DigestAlgorithmName)) return challenge(false);
    const hash = (text: string) =>
      createHash(HASHES[algorithm.replace('-sess', '')] ?? 'md5')
        .update(text)
        .digest('hex');
    let secret = hash(`${username}:${realm}:${password}`);
    if (algorithm.endsWith('-sess')) secret = hash(`${secret}:${field.nonce}:${field.cnonce}`);
    const action = hash(`${request.method}:${field.uri}`);
    const expected =
      login.qop === 'none'
        ? hash(`${secret}:${field.nonce}:${action}`)
        : hash(`${secret}:${field.nonce}:${field.nc}:${field.cnonce}:${field.qop}:${action}`);
    if (expected !== field.response) return challenge(false);
    nonce.uses += 1;
    if (nonce.uses > (login.nonceUses ?? Number.POSITIVE_INFINITY)) return challenge(!login.silentlyStale);
    if (login.qop !== 'none') {
      // Requests in flight at the same time may overtake each other, but a count never comes twice.
      const count = field.nc ?? '';
      if (!/^[0-9a-f]{8}$/.test(count) || nonce.counts.has(count)) return challenge(false);
      nonce.counts.add(count);
    }
    return null;
  };
}
