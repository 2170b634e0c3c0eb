// Test connection: the way to a provisioning server in steps, each with its time and a sentence, then one exchange as a
// sync would do it. Same guard, limits and TLS settings as fetching; what is refused there is refused here in the same words.
import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { connectTimeout, lookUp, type ResolvedAddress, resolveBySystem } from './connect.ts';
import { networkFailure } from './failures.ts';
import type { FetchFailure, FetchRequest, FetchResult } from './fetcher.ts';
import { bareHost, portOf } from './guard.ts';
import { cancelled, createHttpFetcher, type HttpFetcherOptions } from './http.ts';
import { FETCH_LIMITS, type FetchLimits } from './limits.ts';
import { ConnectFailure, makeSecureContext, pinFailure, samePin, tlsConnectionOptions, tlsFailure } from './tls.ts';

type InspectionStepName = 'guard' | 'dns' | 'tcp' | 'tls' | 'http';

export interface InspectionStep {
  readonly step: InspectionStepName;
  readonly ok: boolean;
  readonly ms: number;
  readonly text: string;
  readonly detail?: InspectionDetail;
}

interface InspectionDetail {
  /** dns: the addresses that may be asked. */
  readonly addresses?: readonly string[];
  /** tls: what was negotiated, and the certificates from the server's own upwards, also when they are not trusted. */
  readonly protocol?: string;
  readonly cipher?: string;
  readonly verifiedBy?: 'authority' | 'pin' | null;
  readonly chain?: readonly ChainCertificate[];
  /** http */
  readonly contentType?: string | null;
  readonly bytes?: number;
  readonly loginScheme?: 'basic' | 'digest' | null;
  readonly status?: number;
}

interface ChainCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256; that of the first certificate of the chain is what "use as pin" stores. */
  readonly fingerprint256: string;
  readonly validFrom: string;
  readonly validTo: string;
  /** Host names and addresses it is for; empty for authorities. */
  readonly names: readonly string[];
}

export interface Inspection {
  /** In order; the last one is not ok when the way ended there. */
  readonly steps: readonly InspectionStep[];
  readonly result: FetchResult;
}

/** Told of the steps while they are taken. Of one that ends with a refused target only that it began: when it ended would tell. */
interface StepWatch {
  began(step: InspectionStepName): void;
  ended(step: InspectionStep): void;
}

class Steps {
  readonly taken: InspectionStep[] = [];
  readonly #watch: StepWatch | undefined;

  constructor(watch: StepWatch | undefined) {
    this.#watch = watch;
  }

  begin(step: InspectionStepName): number {
    this.#watch?.began(step);
    return performance.now();
  }

  end(step: InspectionStep, refusesTarget = false): void {
    this.taken.push(step);
    if (!refusesTarget) this.#watch?.ended(step);
  }
}

/** Tries one address, step by step. Sends the login only in the last step, and only when all before it were well. */
export async function inspectConnection(
  request: FetchRequest,
  options: HttpFetcherOptions,
  watch?: StepWatch,
): Promise<Inspection> {
  const limits = { ...FETCH_LIMITS, ...options.limits };
  const url = URL.parse(request.url);
  const refused = url ? options.guard.checkUrl(url) : null;
  if (!url || refused) {
    const result = refused ?? (await fetchOnce(request, options));
    return { steps: result.kind === 'failure' ? [stepOf('guard', 0, result)] : [], result };
  }
  const steps = new Steps(watch);
  let socket: Socket | null = null;
  try {
    const addresses = await inspectName(url, options, limits, steps);
    socket = await inspectTcp(url, addresses, request, limits, steps);
    if (url.protocol === 'https:') await inspectTls(url, socket, request, options, limits, steps);
  } catch (error) {
    if (!(error instanceof ConnectFailure)) throw error;
    return { steps: steps.taken, result: error.failure };
  } finally {
    socket?.destroy();
  }
  const start = steps.begin('http');
  const result = await fetchOnce(request, options);
  const refusesTarget = result.kind === 'failure' && result.code === 'TARGET_REFUSED';
  steps.end(httpStep(result, since(start), url), refusesTarget);
  return { steps: steps.taken, result };
}

async function fetchOnce(request: FetchRequest, options: HttpFetcherOptions): Promise<FetchResult> {
  const fetcher = createHttpFetcher(options);
  try {
    return await fetcher.fetch(request);
  } finally {
    fetcher.close();
  }
}

async function inspectName(
  url: URL,
  options: HttpFetcherOptions,
  limits: FetchLimits,
  steps: Steps,
): Promise<readonly ResolvedAddress[]> {
  const host = bareHost(url);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family: family === 6 ? 6 : 4 }];
  const start = steps.begin('dns');
  try {
    const addresses = await lookUp(
      { host, port: portOf(url) },
      { guard: options.guard, limits, resolve: options.resolve ?? resolveBySystem },
    );
    const shown = addresses.map(({ address }) => address);
    steps.end({
      step: 'dns',
      ok: true,
      ms: since(start),
      text: `${host} is ${shown.slice(0, 4).join(', ')}${shown.length > 4 ? ` and ${shown.length - 4} more` : ''}.`,
      detail: { addresses: shown },
    });
    return addresses;
  } catch (error) {
    if (error instanceof ConnectFailure) {
      // Neither time nor step tells whether the name was known: a refused target looks the same whatever it is.
      const target = error.failure.code === 'TARGET_REFUSED';
      steps.end(stepOf(target ? 'guard' : 'dns', target ? 0 : since(start), error.failure), target);
    }
    throw error;
  }
}

/** Addresses of a name that are tried; they share the time of one connection. */
const MOST_ADDRESSES = 4;

async function inspectTcp(
  url: URL,
  addresses: readonly ResolvedAddress[],
  request: FetchRequest,
  limits: FetchLimits,
  steps: Steps,
): Promise<Socket> {
  const start = steps.begin('tcp');
  const port = portOf(url);
  let last: unknown;
  const tried = addresses.slice(0, MOST_ADDRESSES);
  const each = limits.connectMs / tried.length;
  for (const { address } of tried) {
    const socket = tcpConnect({ host: address, port });
    try {
      await opened(socket, 'connect', each, request, () => connectTimeout(bareHost(url), port, true));
      steps.end({ step: 'tcp', ok: true, ms: since(start), text: `Connected to ${address}, port ${port}.` });
      return socket;
    } catch (error) {
      socket.destroy();
      last = error;
    }
  }
  return giveUp(
    'tcp',
    start,
    steps,
    networkFailure(last, { url, tls: {}, socket: null, answerBegan: false, headerBytes: 0 }),
  );
}

async function inspectTls(
  url: URL,
  tcp: Socket,
  request: FetchRequest,
  options: HttpFetcherOptions,
  limits: FetchLimits,
  steps: Steps,
): Promise<void> {
  const start = steps.begin('tls');
  const host = bareHost(url);
  const settings = options.tls ?? {};
  let socket: TLSSocket | null = null;
  try {
    socket = tlsConnect({
      ...tlsConnectionOptions(host, isIP(host) !== 0, settings),
      socket: tcp,
      secureContext: makeSecureContext(settings),
      // To show the certificates even if they are not trusted. Nothing is ever written to this connection.
      rejectUnauthorized: false,
    });
    await opened(socket, 'secureConnect', limits.connectMs, request, () => connectTimeout(host, portOf(url), false));
  } catch (error) {
    const failure = networkFailure(error, { url, tls: settings, socket, answerBegan: false, headerBytes: 0 });
    socket?.destroy();
    return giveUp('tls', start, steps, failure);
  }
  // Each once, and in this order: after getPeerX509Certificate() Node 24 knows the certificate no more.
  const described = socket.getPeerCertificate();
  const shown = socket.getPeerX509Certificate();
  const chain = chainOf(shown);
  const failure = distrust(url, socket, described, shown?.fingerprint256 ?? null, options);
  const verifiedBy = failure ? null : settings.pinSha256 === undefined ? 'authority' : 'pin';
  const detail: InspectionDetail = {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    verifiedBy,
    chain,
  };
  socket.destroy();
  if (failure) return giveUp('tls', start, steps, failure, detail);
  const leaf = chain[0];
  steps.end({
    step: 'tls',
    ok: true,
    ms: since(start),
    text: `${detail.protocol}, certificate ${leaf?.subject ?? ''} of ${leaf?.issuer ?? ''}, valid to ${leaf?.validTo.slice(0, 10) ?? ''}, ${verifiedBy === 'pin' ? 'as pinned' : 'trusted'}.`,
    detail,
  });
}

/** What a fetch would have against the certificate. */
function distrust(
  url: URL,
  socket: TLSSocket,
  certificate: PeerCertificate,
  shown: string | null,
  options: HttpFetcherOptions,
): FetchFailure | null {
  const settings = options.tls ?? {};
  const host = bareHost(url);
  if (settings.pinSha256 !== undefined) {
    return shown !== null && samePin(settings.pinSha256, shown) ? null : pinFailure(host, settings.pinSha256, shown);
  }
  const named = checkServerIdentity(settings.expectedName ?? host, certificate);
  // Node answers with a code where its type says Error; the name is judged by it only if the chain is good.
  const chainProblem = socket.authorized ? null : String(socket.authorizationError);
  const problem: NodeJS.ErrnoException | undefined =
    chainProblem !== null && chainProblem !== 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? Object.assign(new Error(chainProblem), { code: chainProblem })
      : named;
  if (!problem) return null;
  return (
    tlsFailure(problem, url.host, settings, socket) ?? {
      kind: 'failure',
      code: 'TLS_UNTRUSTED',
      message: `The certificate of ${url.host} is not trusted (${chainProblem?.slice(0, 80) ?? ''}). Upload the CA that signed it, or pin its fingerprint.`,
    }
  );
}

const LONGEST_CHAIN = 10;

function chainOf(leaf: X509Certificate | undefined): ChainCertificate[] {
  const chain: ChainCertificate[] = [];
  let certificate = leaf;
  while (certificate && chain.length < LONGEST_CHAIN) {
    const { fingerprint256 } = certificate;
    if (chain.some((seen) => seen.fingerprint256 === fingerprint256)) break;
    chain.push({
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      fingerprint256,
      validFrom: certificate.validFromDate.toISOString(),
      validTo: certificate.validToDate.toISOString(),
      names: (certificate.subjectAltName ?? '')
        .split(', ')
        .filter(Boolean)
        .map((name) => name.replace(/^(DNS|IP Address):/, '')),
    });
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

function httpStep(result: FetchResult, ms: number, url: URL): InspectionStep {
  switch (result.kind) {
    case 'failure':
      return stepOf('http', ms, result, result.status === undefined ? undefined : { status: result.status });
    case 'not-modified':
      return { step: 'http', ok: true, ms, text: `${url.host} says that the file has not changed.` };
    case 'fetched': {
      const login = result.loginScheme ? `, with ${result.loginScheme === 'digest' ? 'Digest' : 'Basic'} login` : '';
      const where = URL.parse(result.url)?.host ?? url.host;
      const plain =
        result.loginScheme && result.url.startsWith('http:')
          ? ' The login went over plain http: use https if the server has it.'
          : '';
      return {
        step: 'http',
        ok: true,
        ms,
        text: `${where} gave a file of ${result.bytes.length} bytes${login}${where === url.host ? '' : `, after a redirect from ${url.host}`}.${plain}`,
        detail: {
          status: 200,
          contentType: result.contentType,
          bytes: result.bytes.length,
          loginScheme: result.loginScheme ?? null,
        },
      };
    }
  }
}

function stepOf(
  step: InspectionStepName,
  ms: number,
  failure: FetchFailure,
  detail?: InspectionDetail,
): InspectionStep {
  return { step, ok: false, ms, text: failure.message, ...(detail ? { detail } : {}) };
}

function giveUp(
  step: InspectionStepName,
  start: number,
  steps: Steps,
  failure: FetchFailure,
  detail?: InspectionDetail,
): never {
  steps.end(stepOf(step, since(start), failure, detail), failure.code === 'TARGET_REFUSED');
  throw new ConnectFailure(failure);
}

async function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  ms: number,
  request: FetchRequest,
  late: () => FetchFailure,
): Promise<void> {
  const onAbort = () => socket.destroy(new ConnectFailure(cancelled(request.url)));
  const timer = setTimeout(() => socket.destroy(new ConnectFailure(late())), ms);
  request.signal?.addEventListener('abort', onAbort, { once: true });
  if (request.signal?.aborted) onAbort();
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      // Stays, so that an error after the handshake (TLS 1.3 tells of a missing client certificate then) has a listener.
      socket.on('error', reject);
      socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    });
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
  }
}

function since(start: number): number {
  return Math.round(performance.now() - start);
}

function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
