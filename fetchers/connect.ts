// Opens the connections of one PBX: looks the name up, lets the guard see what it resolved to, connects to such an address
// and no other, checks the certificate. One pool per fetcher; knows nothing of requests and logins.
import { lookup as systemLookup } from 'node:dns/promises';
import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction, Socket, connect as tcpConnect } from 'node:net';
import { type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { FetchFailure, TlsIdentity } from './fetcher.ts';
import { type Guard, targetRefused } from './guard.ts';
import type { FetchLimits } from './limits.ts';
import { ConnectFailure, makeSecureContext, type TlsSettings, tlsConnectionOptions, verifyOnConnect } from './tls.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** All addresses of a name. Throws an error with a DNS code (ENOTFOUND, EAI_AGAIN...) as node:dns does. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface ConnectorOptions {
  readonly guard: Guard;
  readonly tls: TlsSettings;
  readonly limits: FetchLimits;
  readonly maxSockets: number;
  readonly resolve: Resolve;
}

export interface Connector {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** Closes idle connections at once, and busy ones too. */
  close(): void;
}

/** An idle connection is kept this long, unless the server says a shorter time (Keep-Alive: timeout=n). */
const IDLE_MS = 30_000;

/** Before the next address of a name is tried beside the first. Node's 250 ms gives up on far but healthy servers. */
const NEXT_ADDRESS_MS = 1000;

const identities = new WeakMap<Socket, TlsIdentity>();

/** Who is at the other end of a connection made here; null for plain http. */
export function identityOfConnection(socket: Socket | null | undefined): TlsIdentity | null {
  return (socket && identities.get(socket)) ?? null;
}

/** The system's resolver (hosts file included), as a phone's or browser's would be. */
export const resolveBySystem: Resolve = async (hostname) => {
  const found = await systemLookup(hostname, { all: true, order: 'verbatim' });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

export function createConnector(options: ConnectorOptions): Connector {
  let context: SecureContext | null = null;
  const secureContext = () => {
    context ??= makeSecureContext(options.tls);
    return context;
  };
  const pool = {
    keepAlive: true,
    maxSockets: options.maxSockets,
    maxFreeSockets: options.maxSockets,
    timeout: IDLE_MS,
  };
  const http = new GuardedHttpAgent(pool, (args) => openTcp(endOf(args, 80), options));
  const https = new GuardedHttpsAgent(pool, (args) => openTls(endOf(args, 443), options, secureContext));
  return {
    agents: { http, https },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

class GuardedHttpAgent extends HttpAgent {
  readonly #open: (args: ClientRequestArgs) => Socket;

  constructor(pool: object, open: (args: ClientRequestArgs) => Socket) {
    super(pool);
    this.#open = open;
  }

  override createConnection(args: ClientRequestArgs): Socket {
    return this.#open(args);
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  readonly #open: (args: ClientRequestArgs) => Socket;

  constructor(pool: object, open: (args: ClientRequestArgs) => Socket) {
    super(pool);
    this.#open = open;
  }

  override createConnection(args: ClientRequestArgs): Socket {
    return this.#open(args);
  }

  /** Every connection of this agent has the same TLS settings; Node's name joins all of them anew for each request. */
  override getName(args: ClientRequestArgs = {}): string {
    return `${args.host}:${args.port}`;
  }
}

interface End {
  readonly host: string;
  readonly port: number;
}

function endOf(args: ClientRequestArgs, defaultPort: number): End {
  return { host: args.host ?? '', port: Number(args.port ?? defaultPort) };
}

function openTcp(end: End, options: ConnectorOptions): Socket {
  const refused = refusedLiteral(end, options.guard);
  if (refused) return brokenSocket(refused);
  const socket = tcpConnect({ ...addressing(end, options) });
  limitTime(socket, 'connect', end, options);
  return socket;
}

function openTls(end: End, options: ConnectorOptions, secureContext: () => SecureContext): Socket {
  const refused = refusedLiteral(end, options.guard);
  if (refused) return brokenSocket(refused);
  let socket: TLSSocket;
  try {
    socket = tlsConnect({
      ...addressing(end, options),
      ...tlsConnectionOptions(end.host, isIP(end.host) !== 0, options.tls),
      secureContext: secureContext(),
    });
  } catch (error) {
    if (error instanceof ConnectFailure) return brokenSocket(error);
    throw error;
  }
  limitTime(socket, 'secureConnect', end, options);
  verifyOnConnect(socket, end.host, options.tls, (identity) => identities.set(socket, identity));
  return socket;
}

function addressing(end: End, options: ConnectorOptions) {
  return {
    host: end.host,
    port: end.port,
    noDelay: true,
    // Name and address are tied together here, once: what the guard saw is what is connected to, so a name that changes
    // its address between check and connection (rebinding) gains nothing. Not called for IP literals.
    lookup: guardedLookup(end, options),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
  };
}

function refusedLiteral(end: End, guard: Guard): ConnectFailure | null {
  return isIP(end.host) !== 0 && !guard.allows(end.host, end.port) ? new ConnectFailure(targetRefused(end.host)) : null;
}

function guardedLookup(end: End, options: ConnectorOptions): LookupFunction {
  return (_hostname, lookupOptions, callback) => {
    lookUp(end, options).then(
      (addresses) => {
        const first = addresses[0];
        if (lookupOptions.all) callback(null, [...addresses]);
        else if (first) callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 4),
    );
  };
}

/**
 * The addresses of a host that may be asked on this port; at least one.
 * @throws ConnectFailure: unknown name, no answer in time, or all of its addresses refused.
 */
export async function lookUp(
  end: End,
  options: Pick<ConnectorOptions, 'guard' | 'limits' | 'resolve'>,
): Promise<readonly ResolvedAddress[]> {
  let found: readonly ResolvedAddress[];
  try {
    found = await withinTime(options.resolve(end.host), options.limits.dnsMs);
  } catch (error) {
    throw new ConnectFailure(dnsFailure((error as NodeJS.ErrnoException).code, end.host));
  }
  if (found.length === 0) throw new ConnectFailure(dnsFailure('ENOTFOUND', end.host));
  const allowed = found.filter(({ address }) => options.guard.allows(address, end.port));
  if (allowed.length === 0) throw new ConnectFailure(targetRefused(end.host));
  return allowed;
}

function dnsFailure(code: string | undefined, host: string): FetchFailure {
  if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EAI_NONAME' || code === 'EAI_NODATA') {
    return {
      kind: 'failure',
      code: 'DNS_NXDOMAIN',
      message: `The name ${host} does not exist in DNS. Check its spelling in the address, or that this machine's resolver knows it.`,
    };
  }
  return {
    kind: 'failure',
    code: 'DNS_TIMEOUT',
    message: `The name ${host} could not be looked up: the resolver of this machine did not answer in time. It is tried again; if it stays, check DNS on this machine.`,
  };
}

async function withinTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('too late'), { code: 'ETIMEOUT' })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection that takes too long is given up by itself, whatever becomes of the request that opened it. */
function limitTime(socket: Socket, until: 'connect' | 'secureConnect', end: End, options: ConnectorOptions): void {
  const timer = setTimeout(
    () => socket.destroy(new ConnectFailure(connectTimeout(end.host, end.port, socket.connecting))),
    options.limits.connectMs,
  );
  const stop = () => clearTimeout(timer);
  socket.once(until, stop);
  socket.once('close', stop);
}

export function connectTimeout(host: string, port: number, tcp: boolean): FetchFailure {
  return {
    kind: 'failure',
    code: 'TCP_TIMEOUT',
    message: tcp
      ? `${host} did not answer on port ${port}. Check address and port, that the server is up, and that its firewall lets this machine in.`
      : `${host} accepted the connection on port ${port} but did not finish the TLS handshake. Check that this is its https port.`,
  };
}

/** A socket that fails with our reason, after the agent has put its listeners on it. */
function brokenSocket(reason: ConnectFailure): Socket {
  const socket = new Socket();
  // Otherwise the request's bytes meet a socket without a connection, and that error comes first.
  socket.cork();
  setImmediate(() => socket.destroy(reason));
  return socket;
}
