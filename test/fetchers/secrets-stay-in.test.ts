// Whatever goes wrong with a fetch, no password, key, query or path of the address is in what comes out of it, in any of
// the shapes in which it went over the wire.
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import type { FetchFailureCode, FetchRequest, FetchResult } from '../../fetchers/fetcher.ts';
import { createGuard } from '../../fetchers/guard.ts';
import { createHttpFetcher, type HttpFetcherOptions } from '../../fetchers/http.ts';
import { inspectConnection } from '../../fetchers/inspect.ts';
import { Secret } from '../../fetchers/secret.ts';
import { issueClient, issueServer, makeAuthority, makeSelfSigned } from '../../src/demo/certificates.ts';
import { endless, gzipBomb, redirect, reset, startProvisioningServer, truncated } from '../help/provisioning-server.ts';

const PASSWORD = 'canary-Pa55w0rd';
const USER = 'canary-user';
const QUERY = 'canary-token';
const PATH = 'canary-path';

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test('L5 keeps every secret in, for every kind of failure', async () => {
  const authority = await makeAuthority();
  const stranger = await makeAuthority({ name: 'other' });
  const old = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
  const good = await issueServer(authority, { names: ['127.0.0.1'] });
  const client = await issueClient(authority, { name: 'client' });
  const foreign = await issueClient(stranger, { name: 'client' });
  const secrets = [
    PASSWORD,
    USER,
    QUERY,
    PATH,
    Buffer.from(`${USER}:${PASSWORD}`).toString('base64').replace(/=+$/, ''),
    Buffer.from(PASSWORD).toString('base64').replace(/=+$/, ''),
    ...client.key.split('\n').filter((line) => /^[\w+/=]{20,}$/.test(line)),
  ];
  const guard = createGuard({ mode: 'local' });
  const login = { username: USER, password: new Secret(PASSWORD) };
  const path = `/${PATH}/a.cfg?token=${QUERY}`;
  const outcomes = new Map<FetchFailureCode, FetchResult>();
  const said: unknown[] = [];

  const keep = (result: FetchResult) => {
    said.push(result);
    if (result.kind === 'failure') outcomes.set(result.code, result);
  };
  const ask = async (url: string, options: Partial<HttpFetcherOptions> = {}, request: Partial<FetchRequest> = {}) => {
    const fetcher = createHttpFetcher({ guard, ...options });
    const full: FetchRequest = { url, userAgent: 'test', login, ...request };
    keep(await fetcher.fetch(full));
    keep(await fetcher.fetch(full));
    said.push(fetcher);
    fetcher.close();
    if (request.signal) return;
    const inspection = await inspectConnection(full, { guard, ...options });
    said.push(inspection.steps);
    keep(inspection.result);
  };
  const serve = async (options: Parameters<typeof startProvisioningServer>[0]) => {
    const server = await startProvisioningServer(options);
    cleanUps.push(() => server.close());
    return server.origin + path;
  };
  const { cert, key } = good;
  const ca = authority.cert;

  for (const status of [401, 403, 404, 429, 418, 500]) await ask(await serve({ otherwise: { status } }));
  await ask(await serve({ login: { kind: 'digest', accounts: { [USER]: 'another' } } }));
  await ask(await serve({ login: { kind: 'basic', accounts: { [USER]: 'another' } } }), { allowPlainLogin: true });
  await ask(await serve({ login: { kind: 'basic', accounts: { [USER]: PASSWORD } } }));
  const answersWithLogin = { login: { kind: 'digest', accounts: { [USER]: PASSWORD } } } as const;
  await ask(await serve({ ...answersWithLogin, otherwise: truncated('account = 1'.repeat(50)) }));
  await ask(await serve({ ...answersWithLogin, otherwise: reset() }));
  await ask(await serve({ ...answersWithLogin, otherwise: gzipBomb(10_000_000) }));
  await ask(await serve({ ...answersWithLogin, otherwise: endless() }), { limits: { exchangeMs: 60 } });
  await ask(await serve({ ...answersWithLogin, otherwise: redirect(`ftp://127.0.0.1${path}`) }));
  await ask(await serve({ ...answersWithLogin, otherwise: redirect(`http://169.254.169.254${path}`) }));
  await ask(`ftp://127.0.0.1${path}`);
  await ask(`http://${USER}:${PASSWORD}@127.0.0.1${path}`);
  await ask(`http://${USER}:${PASSWORD}@:x${path}`);
  await ask(await serve({ otherwise: 'x' }), {}, { signal: AbortSignal.abort() });

  const gone = await startProvisioningServer();
  await gone.close();
  await ask(gone.origin + path);
  const dns = (code: string) => ({
    resolve: async () => {
      throw Object.assign(new Error(path), { code });
    },
  });
  await ask(`http://pbx.example.com${path}`, dns('ENOTFOUND'));
  await ask(`http://pbx.example.com${path}`, dns('EAI_AGAIN'));
  const mute = createServer((socket) => socket.on('error', () => {}));
  const muteSockets = new Set<import('node:net').Socket>();
  mute.on('connection', (socket) => muteSockets.add(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  cleanUps.push(
    () =>
      new Promise((resolve) => {
        mute.close(() => resolve());
        for (const socket of muteSockets) socket.destroy();
      }),
  );
  await ask(`https://127.0.0.1:${(mute.address() as AddressInfo).port}${path}`, { limits: { connectMs: 40 } });

  const own = await makeSelfSigned({ names: ['127.0.0.1'] });
  const expired = await issueServer(authority, { names: ['127.0.0.1'], ...old });
  const named = await issueServer(authority, { names: ['other.example.net'] });
  await ask(await serve({ tls: { cert: own.cert, key: own.key } }));
  await ask(await serve({ tls: { cert: expired.cert, key: expired.key } }), { tls: { ca } });
  await ask(await serve({ tls: { cert: named.cert, key: named.key } }), { tls: { ca } });
  await ask(await serve({ tls: { cert, key } }), { tls: { pinSha256: own.fingerprint256 } });
  const tls10 = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await ask(await serve({ tls: { cert, key, ...tls10 } }), { tls: { ca } });
  await ask(await serve({ tls: { cert, key, clientCa: ca } }), { tls: { ca } });
  const clientTls = { ca, cert: foreign.cert, key: new Secret(foreign.key) };
  await ask(await serve({ tls: { cert, key, clientCa: ca, clientCheck: 'nginx' } }), { tls: clientTls });
  await ask(await serve({ tls: { cert, key } }), {
    tls: { ca, cert: foreign.cert, key: new Secret(client.key), passphrase: new Secret(PASSWORD) },
  });

  const every: Record<FetchFailureCode, true> = {
    DNS_NXDOMAIN: true,
    DNS_TIMEOUT: true,
    TCP_REFUSED: true,
    TCP_TIMEOUT: true,
    TCP_RESET: true,
    TLS_UNTRUSTED: true,
    TLS_EXPIRED: true,
    TLS_NAME: true,
    TLS_PIN: true,
    TLS_LEGACY: true,
    TLS_CLIENT_CERT_REQUIRED: true,
    TLS_CLIENT_CERT_REJECTED: true,
    HTTP_401: true,
    HTTP_403: true,
    HTTP_404: true,
    HTTP_429: true,
    HTTP_4XX: true,
    HTTP_5XX: true,
    HTTP_TIMEOUT: true,
    REDIRECT_REFUSED: true,
    TARGET_REFUSED: true,
    PLAIN_HTTP_REFUSED: true,
    BODY_TOO_LARGE: true,
    CANCELLED: true,
  };
  expect([...outcomes.keys()].sort()).toEqual(Object.keys(every).sort());
  const shown = [JSON.stringify(said), inspect(said, { depth: 12, showHidden: true }), ...said.map(String)].join('\n');
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  for (const result of outcomes.values()) {
    expect(result.kind === 'failure' && result.message).toMatch(
      /^[A-Z0-9].*\.$|^[a-z0-9].*\.$|https:\/\/pbx\.example\.com/s,
    );
  }
});
