import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { createGuard } from '../../fetchers/guard.ts';
import type { HttpFetcherOptions } from '../../fetchers/http.ts';
import { type Inspection, inspectConnection } from '../../fetchers/inspect.ts';
import { Secret } from '../../fetchers/secret.ts';
import {
  type Authority,
  type IssuedCertificate,
  issueServer,
  makeAuthority,
  makeSelfSigned,
} from '../../src/demo/certificates.ts';
import {
  type ProvisioningServer,
  type ProvisioningServerOptions,
  redirect,
  startProvisioningServer,
} from '../help/provisioning-server.ts';

const LOGIN = { username: 'provision', password: new Secret('correct horse') };
const DIGEST = { kind: 'digest', accounts: { provision: 'correct horse' } } as const;

let authority: Authority;
let certificate: IssuedCertificate;

beforeAll(async () => {
  authority = await makeAuthority({ name: 'Example PBX CA' });
  certificate = await issueServer(authority, { names: ['127.0.0.1', 'pbx.example.com'] });
});

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: ProvisioningServerOptions = {}): Promise<ProvisioningServer> {
  const server = await startProvisioningServer({ otherwise: 'a = 1\n', ...options });
  cleanUps.push(() => server.close());
  return server;
}

function inspect(url: string, options: Partial<HttpFetcherOptions> = {}, login = LOGIN): Promise<Inspection> {
  return inspectConnection(
    { url, userAgent: 'test', login },
    {
      guard: createGuard({ mode: 'local' }),
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      ...options,
    },
  );
}

function walked({ steps }: Inspection): string[] {
  return steps.map(({ step, ok }) => `${step} ${ok ? 'ok' : 'failed'}`);
}

test('walks from the name to the file, and shows the chain', async () => {
  const { cert, key } = certificate;
  const server = await start({ tls: { cert: cert + authority.cert, key }, login: DIGEST });
  const inspection = await inspect(`https://pbx.example.com:${server.port}/a.cfg`, { tls: { ca: authority.cert } });
  expect(walked(inspection)).toEqual(['dns ok', 'tcp ok', 'tls ok', 'http ok']);
  const [dns, tcp, tls, http] = inspection.steps;
  expect(dns?.detail?.addresses).toEqual(['127.0.0.1']);
  expect(tcp?.text).toBe(`Connected to 127.0.0.1, port ${server.port}.`);
  expect(tls?.detail).toMatchObject({
    protocol: 'TLSv1.3',
    verifiedBy: 'authority',
    chain: [
      {
        subject: 'CN=127.0.0.1',
        issuer: 'CN=Example PBX CA',
        fingerprint256: certificate.fingerprint256,
        names: ['127.0.0.1', 'pbx.example.com'],
      },
      { subject: 'CN=Example PBX CA', fingerprint256: authority.fingerprint256 },
    ],
  });
  expect(http?.text).toMatch(/gave a file of 6 bytes, with Digest login/);
  expect(http?.detail).toMatchObject({ bytes: 6, loginScheme: 'digest' });
  expect(inspection.result).toMatchObject({ kind: 'fetched', loginScheme: 'digest' });
  for (const { ms } of inspection.steps) expect(ms).toBeGreaterThanOrEqual(0);
  expect(server.requests.map(({ status }) => status)).toEqual([401, 200]);
});

test('T2 shows a self-signed certificate so that it can be pinned, and sends nothing until it is', async () => {
  const own = await makeSelfSigned({
    names: ['other.example.net'],
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2021-01-01'),
  });
  const server = await start({ tls: { cert: own.cert, key: own.key }, login: DIGEST });
  const refused = await inspect(`${server.origin}/`);
  expect(walked(refused)).toEqual(['tcp ok', 'tls failed']);
  expect(refused.result).toMatchObject({ kind: 'failure' });
  expect(server.requests).toEqual([]);
  const fingerprint = refused.steps.at(-1)?.detail?.chain?.[0]?.fingerprint256 ?? '';
  expect(fingerprint).toBe(own.fingerprint256);
  const pinned = await inspect(`${server.origin}/`, { tls: { pinSha256: fingerprint } });
  expect(walked(pinned)).toEqual(['tcp ok', 'tls ok', 'http ok']);
  expect(pinned.steps[1]?.detail?.verifiedBy).toBe('pin');
});

test('has the same opinion of a certificate as a fetch', async () => {
  const expired = await issueServer(authority, {
    names: ['127.0.0.1'],
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2021-01-01'),
  });
  const elsewhere = await issueServer(authority, { names: ['other.example.net'] });
  const rows: [IssuedCertificate, HttpFetcherOptions['tls'], string | null][] = [
    [certificate, { ca: authority.cert }, null],
    [certificate, {}, 'TLS_UNTRUSTED'],
    [expired, { ca: authority.cert }, 'TLS_EXPIRED'],
    [expired, { pinSha256: expired.fingerprint256 }, null],
    [elsewhere, { ca: authority.cert }, 'TLS_NAME'],
    [elsewhere, { ca: authority.cert, expectedName: 'other.example.net' }, null],
    [certificate, { pinSha256: elsewhere.fingerprint256 }, 'TLS_PIN'],
  ];
  for (const [{ cert, key }, tls, code] of rows) {
    const server = await start({ tls: { cert, key } });
    const { steps, result } = await inspect(`${server.origin}/`, tls ? { tls } : {});
    expect([steps.at(-1)?.step, result.kind === 'failure' ? result.code : null]).toEqual([code ? 'tls' : 'http', code]);
    if (code) expect(steps.at(-1)?.detail?.chain?.[0]?.fingerprint256).toMatch(/^[0-9A-F:]{95}$/);
  }
});

test('tells of a missing client certificate and of a wrong login in the step where it shows', async () => {
  const { cert, key } = certificate;
  const strict = await start({ tls: { cert, key, clientCa: authority.cert } });
  const missing = await inspect(`${strict.origin}/`, { tls: { ca: authority.cert } });
  expect(walked(missing)).toEqual(['tcp ok', 'tls ok', 'http failed']);
  expect(missing.result).toMatchObject({ code: 'TLS_CLIENT_CERT_REQUIRED' });
  const guarded = await start({ login: DIGEST });
  const wrong = await inspect(`${guarded.origin}/`, {}, { username: 'provision', password: new Secret('wrong') });
  expect(walked(wrong)).toEqual(['tcp ok', 'http failed']);
  expect(wrong.steps.at(-1)?.detail).toEqual({ status: 401 });
});

test('stops where the way ends', async () => {
  const gone = await startProvisioningServer();
  await gone.close();
  expect(walked(await inspect(`${gone.origin}/`))).toEqual(['tcp failed']);
  expect(walked(await inspect(`http://pbx.example.com:${gone.port}/`))).toEqual(['dns ok', 'tcp failed']);
  const unknown = await inspect('http://pbx.example.com/', {
    resolve: async () => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    },
  });
  expect(walked(unknown)).toEqual(['dns failed']);
  expect(unknown.result).toMatchObject({ code: 'DNS_NXDOMAIN' });
  const plain = await start();
  expect(walked(await inspect(`https://127.0.0.1:${plain.port}/`))).toEqual(['tcp ok', 'tls failed']);
});

test('is called off by its signal at every step', async () => {
  const mute = createServer((socket) => socket.on('error', () => {}));
  const sockets = new Set<Socket>();
  mute.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  cleanUps.push(
    () =>
      new Promise((resolve) => {
        mute.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const { port } = mute.address() as AddressInfo;
  const options = { guard: createGuard({ mode: 'local' }) };
  for (const scheme of ['http', 'https']) {
    const controller = new AbortController();
    const request = {
      url: `${scheme}://127.0.0.1:${port}/`,
      userAgent: 'test',
      login: null,
      signal: controller.signal,
    };
    const running = inspectConnection(request, options);
    mute.once('connection', () => setImmediate(() => controller.abort()));
    expect((await running).result).toMatchObject({ code: 'CANCELLED' });
  }
});

test('T14 mentions a redirect, and a login over plain http', async () => {
  const target = await start();
  const server = await start({ files: { '/a': redirect(`${target.origin}/b`) } });
  const moved = await inspect(`${server.origin}/a`);
  expect(moved.steps.at(-1)?.text).toMatch(new RegExp(`after a redirect from 127.0.0.1:${server.port}`));
  server.setLogin(DIGEST);
  server.set('/c', 'x');
  const { steps } = await inspect(`${server.origin}/c`);
  expect(steps.at(-1)?.text).toMatch(/went over plain http/);
});

test('O12 says the same about all refused targets, with no step and no time that would tell more', async () => {
  const server = await start();
  const guard = createGuard({ mode: 'public' });
  const named = await inspect(`http://pbx.example.com:${server.port}/`, { guard });
  const literal = await inspect(`http://127.0.0.1:${server.port}/`, { guard });
  const metadata = await inspect('http://169.254.169.254/', { guard });
  for (const inspection of [named, literal, metadata]) {
    expect(inspection.steps).toHaveLength(1);
    expect(inspection.steps[0]).toMatchObject({ step: 'guard', ok: false, ms: 0 });
    expect(inspection.steps[0]).not.toHaveProperty('detail');
  }
  const sentences = [named, literal, metadata].map(({ steps }) => steps[0]?.text.replace(/^\S+/, 'HOST'));
  expect(new Set(sentences).size).toBe(1);
  expect(server.connections()).toBe(0);
  expect(await inspect('no address')).toMatchObject({
    steps: [{ step: 'guard', ok: false }],
    result: { code: 'TARGET_REFUSED' },
  });
});
