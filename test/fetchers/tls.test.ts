// TLS of old, private and strict servers: one test per row of what can be wrong, each against a real server.
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { FetchResult } from '../../fetchers/fetcher.ts';
import { createGuard } from '../../fetchers/guard.ts';
import { createHttpFetcher, type TlsSettings } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import {
  type Authority,
  type IssuedCertificate,
  issueClient,
  issueServer,
  makeAuthority,
  makeSelfSigned,
} from '../../src/demo/certificates.ts';
import {
  type Behaviour,
  type ProvisioningServer,
  type ProvisioningServerOptions,
  redirect,
  reset,
  startProvisioningServer,
} from '../help/provisioning-server.ts';

const PAST = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
const FUTURE = { notBefore: new Date(Date.now() + 86_400_000), notAfter: new Date(Date.now() + 2 * 86_400_000) };
const LOGIN = { username: 'provision', password: new Secret('correct horse') };

let authority: Authority;
let stranger: Authority;
let server: IssuedCertificate;
let client: IssuedCertificate;

beforeAll(async () => {
  authority = await makeAuthority({ name: 'Example PBX CA' });
  stranger = await makeAuthority({ name: 'Other CA' });
  server = await issueServer(authority, { names: ['127.0.0.1', 'pbx.example.com'] });
  client = await issueClient(authority, { name: 'provender' });
});

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(
  { cert, key }: IssuedCertificate,
  tls: Partial<NonNullable<ProvisioningServerOptions['tls']>> = {},
  options: ProvisioningServerOptions = {},
): Promise<ProvisioningServer> {
  const started = await startProvisioningServer({ otherwise: 'a = 1\n', ...options, tls: { cert, key, ...tls } });
  cleanUps.push(() => started.close());
  return started;
}

async function fetchWith(tls: TlsSettings, url: string, login: typeof LOGIN | null = LOGIN): Promise<FetchResult> {
  const fetcher = createHttpFetcher({
    guard: createGuard({ mode: 'local' }),
    tls,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  try {
    return await fetcher.fetch({ url, userAgent: 'test', login });
  } finally {
    fetcher.close();
  }
}

function failed(code: string, says: RegExp) {
  return { kind: 'failure', code, message: expect.stringMatching(says) };
}

test('T1 trusts a server of the uploaded authority, and says who it was', async () => {
  const { origin } = await start(server);
  expect(await fetchWith({ ca: authority.cert }, `${origin}/`)).toMatchObject({
    kind: 'fetched',
    tls: {
      protocol: 'TLSv1.3',
      subject: 'CN=127.0.0.1',
      fingerprint256: server.fingerprint256,
      validTo: server.validTo,
    },
  });
});

test('T1 private authority: asks for the CA', async () => {
  const { origin, requests } = await start(server);
  expect(await fetchWith({}, `${origin}/`)).toMatchObject(failed('TLS_UNTRUSTED', /Upload the CA/));
  expect(requests).toHaveLength(0);
});

test('T1 wrong authority uploaded: says that it is not the one', async () => {
  const { origin } = await start(server);
  const result = await fetchWith({ ca: stranger.cert }, `${origin}/`);
  expect(result).toMatchObject(failed('TLS_UNTRUSTED', /also not with the CA of this PBX/));
});

test('T2 self-signed: offers the pin, and the pin works', async () => {
  const own = await makeSelfSigned({ names: ['127.0.0.1'] });
  const { origin } = await start(own);
  expect(await fetchWith({}, `${origin}/`)).toMatchObject(failed('TLS_UNTRUSTED', /self-signed.*Pin its fingerprint/));
  for (const pinSha256 of [
    own.fingerprint256,
    own.fingerprint256.toLowerCase(),
    own.fingerprint256.replaceAll(':', ''),
    ` ${own.fingerprint256.replaceAll(':', ' ')} `,
  ]) {
    expect((await fetchWith({ pinSha256 }, `${origin}/`)).kind).toBe('fetched');
  }
  expect((await fetchWith({ ca: own.cert }, `${origin}/`)).kind).toBe('fetched');
});

test('T3 wrong name: names what the certificate is for; an expected name mends it', async () => {
  const other = await issueServer(authority, { names: ['old-pbx.example.net'] });
  const { origin } = await start(other);
  const ca = authority.cert;
  expect(await fetchWith({ ca }, `${origin}/`)).toMatchObject(
    failed('TLS_NAME', /not for this name but for old-pbx\.example\.net.*expected name/),
  );
  expect((await fetchWith({ ca, expectedName: 'old-pbx.example.net' }, `${origin}/`)).kind).toBe('fetched');
  expect(await fetchWith({ ca, expectedName: 'new-pbx.example.net' }, `${origin}/`)).toMatchObject(
    failed('TLS_NAME', /not for new-pbx\.example\.net/),
  );
});

test('T3 sends the name of the address as SNI, whatever name is expected', async () => {
  const names: string[] = [];
  const both = await issueServer(authority, { names: ['old-pbx.example.net'] });
  const SNICallback = (name: string, done: (error: null) => void) => {
    names.push(name);
    done(null);
  };
  const listener = createTlsServer({ cert: both.cert, key: both.key, SNICallback }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => listener.close(() => resolve())));
  const { port } = listener.address() as AddressInfo;
  const tls = { ca: authority.cert, expectedName: 'old-pbx.example.net' };
  expect((await fetchWith(tls, `https://pbx.example.com:${port}/`)).kind).toBe('fetched');
  expect((await fetchWith(tls, `https://127.0.0.1:${port}/`)).kind).toBe('fetched');
  expect(names).toEqual(['pbx.example.com', 'old-pbx.example.net']);
});

test('T4 expired or not yet valid: says so; the pin goes on', async () => {
  const expired = await issueServer(authority, { names: ['127.0.0.1'], ...PAST });
  const { origin } = await start(expired);
  const ca = authority.cert;
  expect(await fetchWith({ ca }, `${origin}/`)).toMatchObject(failed('TLS_EXPIRED', /has expired/));
  expect((await fetchWith({ pinSha256: expired.fingerprint256 }, `${origin}/`)).kind).toBe('fetched');
  const early = await start(await issueServer(authority, { names: ['127.0.0.1'], ...FUTURE }));
  expect(await fetchWith({ ca }, `${early.origin}/`)).toMatchObject(failed('TLS_EXPIRED', /not valid yet/));
});

test('T5 TLS 1.0 only: offers the legacy switch, and the switch works', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const { origin, requests } = await start(server, old);
  const ca = authority.cert;
  expect(await fetchWith({ ca }, `${origin}/`)).toMatchObject(failed('TLS_LEGACY', /switch on legacy TLS/));
  expect(requests).toHaveLength(0);
  expect(await fetchWith({ ca, legacy: true }, `${origin}/`)).toMatchObject({
    kind: 'fetched',
    tls: { protocol: 'TLSv1' },
  });
});

test('T6 a key of 1024 bits: the same switch', async () => {
  const rsa = await makeAuthority({ keyType: 'rsa' });
  const weak = await issueServer(rsa, { names: ['127.0.0.1'], keySize: 1024 });
  const { origin } = await start(weak, { ciphers: 'DEFAULT@SECLEVEL=0' });
  expect(await fetchWith({ ca: rsa.cert }, `${origin}/`)).toMatchObject(failed('TLS_LEGACY', /too weak/));
  expect((await fetchWith({ ca: rsa.cert, legacy: true }, `${origin}/`)).kind).toBe('fetched');
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('T7 a client certificate is wanted (%s): asks for it', async (version) => {
  const { origin, requests } = await start(server, {
    clientCa: authority.cert,
    minVersion: version,
    maxVersion: version,
  });
  const ca = authority.cert;
  expect(await fetchWith({ ca }, `${origin}/`)).toMatchObject(
    failed('TLS_CLIENT_CERT_REQUIRED', /asks for a client certificate and this PBX has none/),
  );
  expect(requests).toHaveLength(0);
  const tls = { ca, cert: client.cert, key: new Secret(client.key) };
  expect((await fetchWith(tls, `${origin}/`)).kind).toBe('fetched');
  expect(requests.map(({ clientName }) => clientName)).toEqual(['provender']);
});

test('T7 takes an encrypted key with its passphrase', async () => {
  const { origin } = await start(server, { clientCa: authority.cert });
  const encrypted = await issueClient(authority, { name: 'with passphrase', passphrase: 'open sesame' });
  const tls = { ca: authority.cert, cert: encrypted.cert, key: new Secret(encrypted.key) };
  expect((await fetchWith({ ...tls, passphrase: new Secret('open sesame') }, `${origin}/`)).kind).toBe('fetched');
  const wrong = await fetchWith({ ...tls, passphrase: new Secret('open barley') }, `${origin}/`);
  expect(wrong).toMatchObject(failed('TLS_CLIENT_CERT_REJECTED', /cannot be opened with the passphrase/));
});

test('T7 understands the pages of nginx about client certificates', async () => {
  const { origin } = await start(server, { clientCa: authority.cert, clientCheck: 'nginx' });
  const ca = authority.cert;
  expect(await fetchWith({ ca }, `${origin}/`)).toMatchObject(failed('TLS_CLIENT_CERT_REQUIRED', /this PBX has none/));
  const foreign = await issueClient(stranger, { name: 'nobody' });
  const wrong = { ca, cert: foreign.cert, key: new Secret(foreign.key) };
  expect(await fetchWith(wrong, `${origin}/`)).toMatchObject(
    failed('TLS_CLIENT_CERT_REJECTED', /did not accept the client certificate/),
  );
  const right = { ca, cert: client.cert, key: new Secret(client.key) };
  expect((await fetchWith(right, `${origin}/`)).kind).toBe('fetched');
});

const alerts: [number: number, name: string, without: string, withOne: string][] = [
  [40, 'handshake_failure before any certificate', 'TLS_LEGACY', 'TLS_LEGACY'],
  [42, 'bad_certificate', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [43, 'unsupported_certificate', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [44, 'certificate_revoked', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [45, 'certificate_expired', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [46, 'certificate_unknown', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [48, 'unknown_ca', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [49, 'access_denied', 'TLS_CLIENT_CERT_REQUIRED', 'TLS_CLIENT_CERT_REJECTED'],
  [70, 'protocol_version', 'TLS_LEGACY', 'TLS_LEGACY'],
  [71, 'insufficient_security', 'TLS_LEGACY', 'TLS_LEGACY'],
  [80, 'internal_error', 'TCP_RESET', 'TCP_RESET'],
];

test.each(alerts)('T7 understands alert %i, %s', async (number, _name, without, withOne) => {
  const listener = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, number])));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => listener.close(() => resolve())));
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  expect(await fetchWith({}, url)).toMatchObject({ kind: 'failure', code: without });
  const tls = { cert: client.cert, key: new Secret(client.key) };
  expect(await fetchWith(tls, url)).toMatchObject({ kind: 'failure', code: withOne });
});

test('T8 https to a plain port, and http to a TLS port: say which it is', async () => {
  const plain = await startProvisioningServer({ otherwise: 'x' });
  cleanUps.push(() => plain.close());
  expect(await fetchWith({}, `https://127.0.0.1:${plain.port}/`)).toMatchObject(failed('TCP_RESET', /write http:\/\//));
  const { port } = await start(server);
  expect(await fetchWith({}, `http://127.0.0.1:${port}/`)).toMatchObject(failed('TCP_RESET', /write https:\/\//));
});

test('T11 key and certificate that do not belong together: say so instead of failing the handshake', async () => {
  const { origin, requests } = await start(server, { clientCa: authority.cert });
  const other = await issueClient(authority, { name: 'other' });
  const tls = { ca: authority.cert, cert: client.cert, key: new Secret(other.key) };
  expect(await fetchWith(tls, `${origin}/`)).toMatchObject(
    failed('TLS_CLIENT_CERT_REJECTED', /private key belongs to another certificate/),
  );
  expect(requests).toHaveLength(0);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'T7 says that the server did not accept the client certificate, when it only hangs up (%s)',
  async (maxVersion) => {
    const { origin } = await start(server, { clientCa: authority.cert, maxVersion });
    const other = await issueClient(stranger, { name: 'other' });
    const tls = { ca: authority.cert, cert: other.cert, key: new Secret(other.key) };
    expect(await fetchWith(tls, `${origin}/`)).toMatchObject(failed('TLS_CLIENT_CERT_REJECTED', /did not accept/));
  },
);

test('T7 does not blame the client certificate when a server hangs up for another reason', async () => {
  const tls = { ca: authority.cert, cert: client.cert, key: new Secret(client.key) };
  const wantsNone = await start(server, {}, { otherwise: reset() });
  expect(await fetchWith(tls, `${wantsNone.origin}/`)).toMatchObject({ kind: 'failure', code: 'TCP_RESET' });
  let asked = 0;
  const once: Behaviour = (request, response) => {
    asked += 1;
    if (asked === 1) request.socket.destroy();
    else response.end('a = 1\n');
  };
  const recovers = await start(server, { clientCa: authority.cert }, { otherwise: once });
  expect(await fetchWith(tls, `${recovers.origin}/`)).toMatchObject({ kind: 'failure', code: 'TCP_RESET' });
});

test('T12 a changed certificate: tells old and new, and nothing was sent, not even the path', async () => {
  const old = await makeSelfSigned({ names: ['127.0.0.1'] });
  const changed = await makeSelfSigned({ names: ['127.0.0.1'] });
  const seen: string[] = [];
  const listener = createTlsServer({ cert: changed.cert, key: changed.key }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => seen.push(data.toString()));
  });
  const closed = new Promise<void>((resolve) => {
    listener.on('connection', (socket) => socket.on('close', () => resolve()));
  });
  listener.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => listener.close(() => resolve())));
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  // Basic is known to be wanted, so that it would go ahead with the first request.
  for (const tls of [{ pinSha256: old.fingerprint256 }, { pinSha256: old.fingerprint256, ca: changed.cert }]) {
    const result = await fetchWith(tls, url);
    expect(result).toMatchObject(failed('TLS_PIN', /Nothing was sent/));
    expect(result).toMatchObject({ message: expect.stringContaining(old.fingerprint256) });
    expect(result).toMatchObject({ message: expect.stringContaining(changed.fingerprint256) });
  }
  await closed;
  expect(seen).toEqual([]);
});

test('T12 a login that was learned is not sent to a server whose certificate changed since', async () => {
  const old = await makeSelfSigned({ names: ['127.0.0.1'] });
  const changed = await makeSelfSigned({ names: ['127.0.0.1'] });
  const login = { kind: 'basic', accounts: { provision: 'correct horse' } } as const;
  const first = await start(old, {}, { login });
  const fetcher = createHttpFetcher({ guard: createGuard({ mode: 'local' }), tls: { pinSha256: old.fingerprint256 } });
  cleanUps.push(() => fetcher.close());
  const request = { url: `${first.origin}/`, userAgent: 'test', login: LOGIN };
  expect((await fetcher.fetch(request)).kind).toBe('fetched');
  await first.close();
  const second = await start(changed, {}, { login, port: first.port });
  expect(await fetcher.fetch(request)).toMatchObject({ code: 'TLS_PIN' });
  expect(second.requests).toEqual([]);
});

test('T13 the legacy switch of one PBX changes nothing for another', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const { origin } = await start(server, old);
  const ca = authority.cert;
  const guard = createGuard({ mode: 'local' });
  const lenient = createHttpFetcher({ guard, tls: { ca, legacy: true } });
  const strict = createHttpFetcher({ guard, tls: { ca } });
  cleanUps.push(
    () => lenient.close(),
    () => strict.close(),
  );
  const request = { url: `${origin}/`, userAgent: 'test', login: null };
  expect((await lenient.fetch(request)).kind).toBe('fetched');
  expect(await strict.fetch(request)).toMatchObject({ code: 'TLS_LEGACY' });
  expect((await lenient.fetch(request)).kind).toBe('fetched');
});

test('T16 a new client certificate means a new fetcher and new connections', async () => {
  const { origin, requests } = await start(server, { clientCa: authority.cert });
  const renewed = await issueClient(authority, { name: 'renewed' });
  for (const { cert, key } of [client, renewed]) {
    expect((await fetchWith({ ca: authority.cert, cert, key: new Secret(key) }, `${origin}/`)).kind).toBe('fetched');
  }
  expect(requests.map(({ clientName }) => clientName)).toEqual(['provender', 'renewed']);
});

test('O3 shows neither client certificate nor login where a redirect leads, and expects no pin there', async () => {
  const elsewhere = await issueServer(authority, { names: ['127.0.0.2'] });
  const away = await start(elsewhere, { clientCa: authority.cert, clientCheck: 'nginx' }, { host: '127.0.0.2' });
  const home = await start(server, { clientCa: authority.cert }, { files: { '/a': redirect(`${away.origin}/b`) } });
  const fetcher = createHttpFetcher({
    guard: createGuard({ mode: 'local' }),
    tls: { ca: authority.cert, cert: client.cert, key: new Secret(client.key), pinSha256: server.fingerprint256 },
  });
  cleanUps.push(() => fetcher.close());
  const result = await fetcher.fetch({ url: `${home.origin}/a`, userAgent: 'test', login: LOGIN });
  expect(home.requests.map(({ clientName }) => clientName)).toEqual(['provender']);
  expect(away.requests.map(({ clientName, headers }) => [clientName, headers.authorization])).toEqual([
    [null, undefined],
  ]);
  expect(result).toMatchObject({ code: 'TLS_CLIENT_CERT_REQUIRED' });
});

test('O3 checks the certificate of the server that a redirect leads to', async () => {
  const away = await start(await makeSelfSigned({ names: ['127.0.0.2'] }), {}, { host: '127.0.0.2' });
  const home = await start(server, {}, { files: { '/a': redirect(`${away.origin}/b`) } });
  const result = await fetchWith({ pinSha256: server.fingerprint256 }, `${home.origin}/a`, null);
  expect(result).toMatchObject(failed('TLS_UNTRUSTED', /self-signed/));
  expect(away.requests).toHaveLength(0);
});
