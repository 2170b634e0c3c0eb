// Logins, redirects, limits and connections against real servers.
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { FetchResult, Login } from '../../fetchers/fetcher.ts';
import { createGuard } from '../../fetchers/guard.ts';
import { createHttpFetcher, type HttpFetcher, type HttpFetcherOptions } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import { issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import {
  type Behaviour,
  endless,
  gzipBomb,
  huge,
  type ProvisioningServer,
  type ProvisioningServerOptions,
  redirect,
  reset,
  type ServerLogin,
  silent,
  startProvisioningServer,
  truncated,
  truncatedChunks,
} from '../help/provisioning-server.ts';

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: ProvisioningServerOptions = {}): Promise<ProvisioningServer> {
  const server = await startProvisioningServer(options);
  cleanUps.push(() => server.close());
  return server;
}

function fetcherWith(options: Partial<HttpFetcherOptions> = {}): HttpFetcher {
  const fetcher = createHttpFetcher({ guard: createGuard({ mode: 'local' }), ...options });
  cleanUps.push(() => fetcher.close());
  return fetcher;
}

/** A server below HTTP: gets the connection, does what it likes. */
async function startRaw(onConnection: (socket: Socket) => void): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createTcpServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const LOGIN: Login = { username: 'provision', password: new Secret('correct horse') };
const ACCOUNTS = { provision: 'correct horse', 'j\u00fcrgen "x"': 'pa:ss w\u00f6rd\u20ac' };

function manyFiles(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`/dir/${index}.cfg`, `file = ${index}\n`]));
}

function textOf(result: FetchResult): string {
  return result.kind === 'fetched' ? Buffer.from(result.bytes).toString() : JSON.stringify(result);
}

const digests: ServerLogin[] = [
  { kind: 'digest', accounts: ACCOUNTS },
  { kind: 'digest', accounts: ACCOUNTS, algorithms: ['MD5-sess'] },
  { kind: 'digest', accounts: ACCOUNTS, algorithms: ['SHA-256'] },
  { kind: 'digest', accounts: ACCOUNTS, algorithms: ['SHA-256-sess'] },
  { kind: 'digest', accounts: ACCOUNTS, algorithms: ['SHA-512-256'] },
  { kind: 'digest', accounts: ACCOUNTS, algorithms: ['MD5'], qop: 'none' },
  { kind: 'digest', accounts: ACCOUNTS, algorithms: ['SHA-256', 'MD5'], alsoBasic: true },
];

test.each(digests)('logs in with Digest, n files for n + 1 requests: $algorithms $qop', async (login) => {
  const server = await start({ login, files: manyFiles(6) });
  const fetcher = fetcherWith();
  for (let index = 0; index < 6; index += 1) {
    const result = await fetcher.fetch({
      url: `${server.origin}/dir/${index}.cfg?x=a,b`,
      userAgent: 'test',
      login: LOGIN,
    });
    expect(textOf(result)).toBe(`file = ${index}\n`);
    expect(result).toMatchObject({ loginScheme: 'digest' });
  }
  expect(server.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200, 200, 200]);
});

test('logs in once for many files at once too', async () => {
  for (const kind of ['basic', 'digest'] as const) {
    const server = await start({ login: { kind, accounts: ACCOUNTS }, files: manyFiles(40) });
    const fetcher = fetcherWith({ maxSockets: 8, allowPlainLogin: true });
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        fetcher.fetch({ url: `${server.origin}/dir/${index}.cfg`, userAgent: 'test', login: LOGIN }),
      ),
    );
    expect(results.map(textOf)).toEqual(Array.from({ length: 40 }, (_, index) => `file = ${index}\n`));
    expect(server.requests).toHaveLength(41);
    expect(server.connections()).toBeLessThanOrEqual(8);
  }
});

test('prefers the strongest Digest algorithm, and Digest to Basic', async () => {
  const server = await start({
    login: { kind: 'digest', accounts: ACCOUNTS, algorithms: ['MD5', 'SHA-256'], alsoBasic: true },
    files: manyFiles(1),
  });
  await fetcherWith().fetch({ url: `${server.origin}/dir/0.cfg`, userAgent: 'test', login: LOGIN });
  expect(String(server.requests[1]?.headers.authorization)).toMatch(/^Digest .*algorithm=SHA-256/);
});

test('takes a new nonce when the old one is stale, whether the server says so or not', async () => {
  for (const silentlyStale of [false, true]) {
    const server = await start({
      login: { kind: 'digest', accounts: ACCOUNTS, nonceUses: 2, silentlyStale },
      files: manyFiles(6),
    });
    const fetcher = fetcherWith();
    for (let index = 0; index < 6; index += 1) {
      const result = await fetcher.fetch({ url: `${server.origin}/dir/${index}.cfg`, userAgent: 'test', login: LOGIN });
      expect(textOf(result)).toBe(`file = ${index}\n`);
    }
    expect(server.requests.filter(({ status }) => status === 401)).toHaveLength(3);
  }
});

test('does not chase nonces that are stale for ever', async () => {
  const server = await start({ login: { kind: 'digest', accounts: ACCOUNTS, nonceUses: 0 }, files: manyFiles(1) });
  const result = await fetcherWith().fetch({ url: `${server.origin}/dir/0.cfg`, userAgent: 'test', login: LOGIN });
  expect(result).toMatchObject({ code: 'HTTP_401', sentLogin: true });
  expect(server.requests.length).toBeLessThanOrEqual(5);
});

test('uses the nonce that the server announces for next time', async () => {
  const server = await start({ login: { kind: 'digest', accounts: ACCOUNTS } });
  server.set('/a.cfg', (_request, response) => {
    response.writeHead(200, { 'authentication-info': 'nextnonce="announced"' });
    response.end('x');
  });
  const fetcher = fetcherWith();
  await fetcher.fetch({ url: `${server.origin}/a.cfg`, userAgent: 'test', login: LOGIN });
  await fetcher.fetch({ url: `${server.origin}/a.cfg`, userAgent: 'test', login: LOGIN });
  expect(String(server.requests[2]?.headers.authorization)).toMatch(/nonce="announced".*nc=00000001/);
});

test('says that a wrong password was refused, without trying it again and again', async () => {
  for (const kind of ['basic', 'digest'] as const) {
    const server = await start({ login: { kind, accounts: ACCOUNTS }, files: manyFiles(1) });
    const fetcher = fetcherWith({ allowPlainLogin: true });
    const url = `${server.origin}/dir/0.cfg`;
    const wrong = { username: 'provision', password: new Secret('wrong') };
    expect(await fetcher.fetch({ url, userAgent: 'test', login: wrong })).toMatchObject({
      code: 'HTTP_401',
      status: 401,
      sentLogin: true,
      message: expect.stringMatching(/refused the user name and password/),
    });
    expect(server.requests).toHaveLength(2);
    expect(textOf(await fetcher.fetch({ url, userAgent: 'test', login: LOGIN }))).toBe('file = 0\n');
  }
});

test('says that a login is needed when there is none', async () => {
  const server = await start({ login: { kind: 'digest', accounts: ACCOUNTS } });
  const result = await fetcherWith().fetch({ url: `${server.origin}/a.cfg`, userAgent: 'test', login: null });
  expect(result).toMatchObject({ code: 'HTTP_401', sentLogin: false });
  expect(server.requests).toHaveLength(1);
});

test('keeps the logins of different users apart', async () => {
  const server = await start({
    login: { kind: 'digest', accounts: { a: '1', b: '2' } },
    files: { '/a.cfg': 'x', '/b.cfg': 'y' },
  });
  const fetcher = fetcherWith();
  for (const [username, password] of [
    ['a', '1'],
    ['b', '2'],
    ['a', '1'],
    ['b', '2'],
  ] as const) {
    const login = { username, password: new Secret(password) };
    const result = await fetcher.fetch({ url: `${server.origin}/${username}.cfg`, userAgent: 'test', login });
    expect(result.kind).toBe('fetched');
  }
  expect(server.requests.map(({ status }) => status)).toEqual([401, 200, 401, 200, 200, 200]);
});

test('sends user names and passwords with any characters', async () => {
  const login = { username: 'j\u00fcrgen "x"', password: new Secret('pa:ss w\u00f6rd\u20ac') };
  for (const kind of ['basic', 'digest'] as const) {
    const server = await start({ login: { kind, accounts: ACCOUNTS }, files: manyFiles(1) });
    const fetcher = fetcherWith({ allowPlainLogin: true });
    const result = await fetcher.fetch({ url: `${server.origin}/dir/0.cfg`, userAgent: 'test', login });
    expect(textOf(result)).toBe('file = 0\n');
  }
});

test('sends Basic ahead within the directory that asked for it only', async () => {
  const server = await start({
    login: { kind: 'basic', accounts: ACCOUNTS },
    files: { '/dir/a.cfg': 'a', '/dir/sub/b.cfg': 'b', '/other/c.cfg': 'c' },
  });
  const fetcher = fetcherWith({ allowPlainLogin: true });
  for (const path of ['/dir/a.cfg', '/dir/sub/b.cfg', '/other/c.cfg', '/other/c.cfg']) {
    await fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: LOGIN });
  }
  expect(server.requests.map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/dir/a.cfg 401',
    '/dir/a.cfg 200',
    '/dir/sub/b.cfg 200',
    '/other/c.cfg 401',
    '/other/c.cfg 200',
    '/other/c.cfg 200',
  ]);
});

test('T14 never sends Basic over plain http unless that was allowed', async () => {
  const server = await start({ login: { kind: 'basic', accounts: ACCOUNTS }, files: manyFiles(1) });
  const request = { url: `${server.origin}/dir/0.cfg`, userAgent: 'test', login: LOGIN };
  expect(await fetcherWith().fetch(request)).toMatchObject({
    code: 'PLAIN_HTTP_REFUSED',
    message: expect.stringMatching(/readable over plain http/),
  });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
  expect((await fetcherWith({ allowPlainLogin: true }).fetch(request)).kind).toBe('fetched');
});

test('logs in with Basic over https', async () => {
  const authority = await makeAuthority();
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  const server = await start({ tls: { cert, key }, login: { kind: 'basic', accounts: ACCOUNTS }, files: manyFiles(2) });
  const fetcher = fetcherWith({ tls: { ca: authority.cert } });
  for (const index of [0, 1]) {
    const result = await fetcher.fetch({ url: `${server.origin}/dir/${index}.cfg`, userAgent: 'test', login: LOGIN });
    expect(result).toMatchObject({ kind: 'fetched', loginScheme: 'basic', tls: { protocol: 'TLSv1.3' } });
  }
  expect(server.requests).toHaveLength(3);
});

test('names kinds of login that it cannot do', async () => {
  const server = await start({
    otherwise: { status: 401, headers: { 'www-authenticate': ['Negotiate', 'NTLM'] } },
  });
  const request = { url: `${server.origin}/a`, userAgent: 'test', login: LOGIN };
  expect(await fetcherWith().fetch(request)).toMatchObject({
    code: 'HTTP_401',
    sentLogin: false,
    message: expect.stringMatching(/of the kind negotiate, ntlm/),
  });
  expect(server.requests).toHaveLength(1);
});

// --- redirects ---

test('O3 follows a redirect to another server without the login, and without what the login was for', async () => {
  const canary = await start({ files: { '/a.cfg': 'from elsewhere' } });
  for (const status of [301, 302, 303, 307, 308]) {
    for (const kind of ['basic', 'digest'] as const) {
      const server = await start({
        login: { kind, accounts: ACCOUNTS },
        files: { '/a.cfg': redirect(`${canary.origin}/a.cfg`, status) },
      });
      const fetcher = fetcherWith({ allowPlainLogin: true });
      for (const validators of [{}, { etag: '"v"' }]) {
        const result = await fetcher.fetch({
          url: `${server.origin}/a.cfg`,
          userAgent: 'test',
          login: LOGIN,
          validators,
        });
        expect(textOf(result)).toBe('from elsewhere');
        expect(result).not.toHaveProperty('loginScheme');
      }
    }
  }
  expect(canary.requests).toHaveLength(20);
  for (const { headers } of canary.requests) {
    expect(headers.authorization).toBeUndefined();
    expect(headers.cookie).toBeUndefined();
    expect(headers['if-none-match']).toBeUndefined();
  }
});

test('O3 does not log in where a redirect led to, not even when the way leads back', async () => {
  const away = await start({ login: { kind: 'basic', accounts: ACCOUNTS } });
  const server = await start({ files: { '/a.cfg': redirect(`${away.origin}/b.cfg`) } });
  const fetcher = fetcherWith({ allowPlainLogin: true });
  const request = { url: `${server.origin}/a.cfg`, userAgent: 'test', login: LOGIN };
  expect(await fetcher.fetch(request)).toMatchObject({
    code: 'HTTP_401',
    sentLogin: false,
    message: expect.stringMatching(/never sent to another address/),
  });
  away.setLogin(null);
  away.set('/b.cfg', redirect(`${server.origin}/c.cfg`));
  server.setLogin({ kind: 'basic', accounts: ACCOUNTS });
  server.requests.splice(0);
  const result = await fetcher.fetch(request);
  expect(result).toMatchObject({ code: 'HTTP_401', sentLogin: false });
  expect(server.requests.filter(({ path }) => path === '/c.cfg').every(({ headers }) => !headers.authorization)).toBe(
    true,
  );
});

test('O3 checks each hop with the guard', async () => {
  const canary = await start({ host: '127.0.0.2', files: { '/': 'inner' } });
  const server = await start({ files: { '/a.cfg': redirect(`${canary.origin}/`) } });
  const open = createGuard({ mode: 'local', own: [{ host: '127.0.0.2', port: canary.port }] });
  const result = await fetcherWith({ guard: open }).fetch({
    url: `${server.origin}/a.cfg`,
    userAgent: 'test',
    login: null,
  });
  expect(result).toMatchObject({ code: 'TARGET_REFUSED' });
  expect(canary.connections()).toBe(0);
});

test('O3 counts a circle of redirects', async () => {
  const server = await start({ files: { '/a': redirect('/b'), '/b': redirect('/a') } });
  const result = await fetcherWith().fetch({ url: `${server.origin}/a`, userAgent: 'test', login: null });
  expect(result).toMatchObject({ code: 'REDIRECT_REFUSED', message: expect.stringMatching(/more than 3/) });
  expect(server.requests).toHaveLength(4);
});

// --- bodies ---

const body = 'account.1.enable = 1\n'.repeat(50);
const codings: [coding: string, bytes: Uint8Array][] = [
  ['gzip', gzipSync(body)],
  ['x-gzip', gzipSync(body)],
  ['GZIP', gzipSync(body)],
  ['deflate', deflateSync(body)],
  ['deflate', deflateRawSync(body)],
  ['br', brotliCompressSync(body)],
  ['identity', Buffer.from(body)],
];

test.each(codings)('unpacks %s', async (coding, bytes) => {
  const server = await start({ files: { '/a': { headers: { 'content-encoding': coding }, body: bytes } } });
  expect(textOf(await fetcherWith().fetch({ url: `${server.origin}/a`, userAgent: 'test', login: null }))).toBe(body);
});

test('says so when a packed body cannot be unpacked', async () => {
  const server = await start({
    files: {
      '/damaged': { headers: { 'content-encoding': 'gzip' }, body: 'no gzip' },
      '/cut': { headers: { 'content-encoding': 'gzip' }, body: gzipSync(body).subarray(0, 40) },
      '/unknown': { headers: { 'content-encoding': 'x-rot13' }, body: 'nppbhag' },
    },
  });
  const fetcher = fetcherWith();
  for (const path of ['/damaged', '/cut', '/unknown']) {
    const result = await fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: null });
    expect(result).toMatchObject({ kind: 'failure', code: 'TCP_RESET' });
  }
});

test('O7 stops a gzip bomb at the limit, by size and by ratio', async () => {
  const server = await start({ files: { '/bomb': gzipBomb(200 * 1024 * 1024), '/small': gzipBomb(1024 * 1024) } });
  const fetcher = fetcherWith();
  const before = process.memoryUsage().rss;
  const result = await fetcher.fetch({ url: `${server.origin}/bomb`, userAgent: 'test', login: null });
  expect(result).toMatchObject({ code: 'BODY_TOO_LARGE', message: expect.stringMatching(/2 MiB/) });
  expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(60);
  const small = await fetcher.fetch({ url: `${server.origin}/small`, userAgent: 'test', login: null });
  expect(small).toMatchObject({ code: 'BODY_TOO_LARGE', message: expect.stringMatching(/100 times/) });
});

test('O7 stops a 50 MB file, announced or not, and takes one of just the limit', async () => {
  const server = await start({
    files: {
      '/announced': huge(50_000_000, true),
      '/unannounced': huge(50_000_000, false),
      '/just': huge(2 * 1024 * 1024, false),
      '/over': huge(2 * 1024 * 1024 + 1, false),
    },
  });
  const fetcher = fetcherWith();
  for (const path of ['/announced', '/unannounced', '/over']) {
    const result = await fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: null });
    expect(result).toMatchObject({ kind: 'failure', code: 'BODY_TOO_LARGE' });
  }
  const just = await fetcher.fetch({ url: `${server.origin}/just`, userAgent: 'test', login: null });
  expect(just.kind === 'fetched' && just.bytes.length).toBe(2 * 1024 * 1024);
});

test('O7 gives up on endless and silent servers when the time of the exchange is over', async () => {
  const server = await start({
    login: { kind: 'digest', accounts: ACCOUNTS },
    files: { '/endless': endless(), '/silent': silent(), '/slow': endless('x', 20) },
  });
  const fetcher = fetcherWith({ limits: { exchangeMs: 150 } });
  for (const path of ['/endless', '/silent', '/slow']) {
    const result = await fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: LOGIN });
    expect(result).toMatchObject({
      kind: 'failure',
      code: 'HTTP_TIMEOUT',
      message: expect.stringMatching(/within 0.15 s/),
    });
  }
});

test('O7 runs one clock over redirects and login', async () => {
  const server = await start({ files: { '/c': 'x' } });
  const late = (then: string) => (_request: unknown, response: import('node:http').ServerResponse) => {
    setTimeout(() => response.writeHead(302, { location: then }).end(), 120);
  };
  server.set('/a', late('/b'));
  server.set('/b', late('/c'));
  const result = await fetcherWith({ limits: { exchangeMs: 180 } }).fetch({
    url: `${server.origin}/a`,
    userAgent: 'test',
    login: null,
  });
  expect(result).toMatchObject({ code: 'HTTP_TIMEOUT' });
});

test('O7 never takes a short body for a whole one', async () => {
  const server = await start({
    files: { '/length': truncated(body), '/chunks': truncatedChunks(body), '/reset': reset() },
  });
  const fetcher = fetcherWith();
  for (const path of ['/length', '/chunks', '/reset']) {
    const result = await fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: null });
    expect(result).toMatchObject({ kind: 'failure', code: 'TCP_RESET' });
  }
  const packed = gzipSync(body);
  const raw = await startRaw((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`);
      socket.end(packed.subarray(0, packed.length - 4));
    });
  });
  const result = await fetcher.fetch({ url: `http://127.0.0.1:${raw.port}/`, userAgent: 'test', login: null });
  expect(result).toMatchObject({ code: 'TCP_RESET', message: expect.stringMatching(/middle of its answer/) });
});

test('takes a body that ends with the connection', async () => {
  const raw = await startRaw((socket) => socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\na = 1\n')));
  const result = await fetcherWith().fetch({ url: `http://127.0.0.1:${raw.port}/`, userAgent: 'test', login: null });
  expect(textOf(result)).toBe('a = 1\n');
});

const garbage: [what: string, bytes: string, code: string][] = [
  ['a chunk of no size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n', 'TCP_RESET'],
  ['more than it announced', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello world', 'TCP_RESET'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'TCP_RESET'],
  ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46', 'TCP_RESET'],
  ['nothing', '', 'TCP_RESET'],
  ['headers without end', `HTTP/1.1 200 OK\r\n${'x-filling: 0123456789abcdef\r\n'.repeat(4000)}`, 'BODY_TOO_LARGE'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'TCP_RESET'],
  ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nab', 'TCP_RESET'],
];

test.each(garbage)('O7 survives a server that sends %s', async (_what, bytes, code) => {
  const raw = await startRaw((socket) => socket.once('data', () => socket.end(bytes, 'latin1')));
  const result = await fetcherWith().fetch({ url: `http://127.0.0.1:${raw.port}/`, userAgent: 'test', login: null });
  expect(result).toMatchObject({ kind: 'failure', code });
});

test('O7 reads the beginning of an endless error page and leaves', async () => {
  const server = await start({
    files: {
      '/a': (_request, response) => {
        response.writeHead(404);
        const timer = setInterval(() => response.write('x'.repeat(64 * 1024)), 1);
        response.on('close', () => clearInterval(timer));
      },
    },
  });
  const result = await fetcherWith().fetch({ url: `${server.origin}/a`, userAgent: 'test', login: null });
  expect(result).toMatchObject({ code: 'HTTP_404' });
});

test('O7 one byte a second, and a bomb of each coding: stopped by time or size, and the fetcher goes on', async () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const bomb = (coding: string, bytes: Uint8Array): Behaviour => ({
    headers: { 'content-encoding': coding },
    body: bytes,
  });
  const server = await start({
    files: {
      '/drip': endless('x', 1000),
      '/gzip': bomb('gzip', gzipSync(zeros)),
      '/br': bomb('br', brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })),
      '/deflate': bomb('deflate', deflateSync(zeros)),
      '/twice': bomb('gzip', gzipSync(gzipSync(zeros))),
      '/good': 'a = 1\n',
    },
  });
  const fetcher = fetcherWith({ limits: { exchangeMs: 2500 } });
  const get = (path: string) => fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: null });
  const began = Date.now();
  const drip = get('/drip');
  for (const path of ['/gzip', '/br', '/deflate']) expect(await get(path)).toMatchObject({ code: 'BODY_TOO_LARGE' });
  // Unpacked once, it is a small file that is no configuration.
  expect((await get('/twice')).kind).toBe('fetched');
  expect(await drip).toMatchObject({ code: 'HTTP_TIMEOUT', message: expect.stringMatching(/did not finish/) });
  expect(Date.now() - began).toBeLessThan(15_000);
  expect(textOf(await get('/good'))).toBe('a = 1\n');
});

test('O7 fifty bodies too many at once cost memory for their limit, not for what they hold', async () => {
  const server = await start({
    files: { '/huge': huge(50 * 1024 * 1024, false), '/bomb': gzipBomb(50 * 1024 * 1024) },
  });
  const fetcher = fetcherWith({ maxSockets: 50 });
  const paths = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? '/huge' : '/bomb'));
  const before = process.memoryUsage().rss;
  const results = await Promise.all(
    paths.map((path) => fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: null })),
  );
  const grew = (process.memoryUsage().rss - before) / 1024 / 1024;
  expect(new Set(results.map((result) => result.kind === 'failure' && result.code))).toEqual(
    new Set(['BODY_TOO_LARGE']),
  );
  // The server that sends all this is in this process too.
  expect(grew / paths.length).toBeLessThan(20);
});

test('O9 a cookie of one PBX is sent neither to another one nor back', async () => {
  const sets = await start({
    otherwise: { headers: { 'set-cookie': ['id=canary; Path=/', 'x=y; Domain=127.0.0.1'] }, body: 'x' },
  });
  const other = await start({ otherwise: 'y' });
  const fetcher = fetcherWith();
  for (const { origin } of [sets, sets, other]) {
    await fetcher.fetch({ url: `${origin}/a`, userAgent: 'test', login: null });
  }
  expect([...sets.requests, ...other.requests].map(({ headers }) => headers.cookie)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

// --- connections ---

test('keeps connections, also past errors and logins', async () => {
  const server = await start({ login: { kind: 'digest', accounts: ACCOUNTS }, files: manyFiles(1) });
  const fetcher = fetcherWith();
  for (const path of ['/dir/0.cfg', '/none', '/dir/0.cfg', '/dir/0.cfg']) {
    await fetcher.fetch({ url: server.origin + path, userAgent: 'test', login: LOGIN });
  }
  expect(server.connections()).toBe(1);
});

test('tries again by itself when the server had closed an idle connection', async () => {
  let answered = 0;
  const raw = await startRaw((socket) => {
    socket.on('data', () => {
      answered += 1;
      // Every connection answers once and cuts the second request off, as servers do at the end of their keep-alive.
      if (socket.bytesWritten > 0) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  const fetcher = fetcherWith();
  for (let count = 0; count < 4; count += 1) {
    const result = await fetcher.fetch({ url: `http://127.0.0.1:${raw.port}/`, userAgent: 'test', login: null });
    expect(textOf(result)).toBe('ok');
  }
  expect(raw.connections()).toBe(4);
  expect(answered).toBe(7);
});

test('says that nothing listens', async () => {
  const raw = await startRaw(() => {});
  await cleanUps.pop()?.();
  for (const scheme of ['http', 'https']) {
    const result = await fetcherWith().fetch({
      url: `${scheme}://127.0.0.1:${raw.port}/`,
      userAgent: 'test',
      login: null,
    });
    expect(result).toMatchObject({ code: 'TCP_REFUSED', message: expect.stringMatching(/refuses connections/) });
  }
});

test('gives up on a TLS handshake that does not come, and on waiting for a connection', async () => {
  const raw = await startRaw(() => {});
  const url = `https://127.0.0.1:${raw.port}/`;
  const request = { url, userAgent: 'test', login: null };
  const handshake = { code: 'TCP_TIMEOUT', message: expect.stringMatching(/TLS handshake/) };
  expect(await fetcherWith({ limits: { connectMs: 50 } }).fetch(request)).toMatchObject(handshake);
  expect(await fetcherWith({ limits: { exchangeMs: 50 } }).fetch(request)).toMatchObject(handshake);
  const server = await start({ otherwise: silent() });
  const narrow = fetcherWith({ maxSockets: 1, limits: { exchangeMs: 100 } });
  // Many, since one whose clock ends a millisecond after another's may have got that one's connection meanwhile.
  const all = await Promise.all(
    Array.from({ length: 25 }, () => narrow.fetch({ url: `${server.origin}/`, userAgent: 'test', login: null })),
  );
  expect(all[0]).toMatchObject({ code: 'HTTP_TIMEOUT', message: expect.stringMatching(/did not answer/) });
  const waited = all.filter((result) => result.kind === 'failure' && /no connection came free/.test(result.message));
  expect(waited[0]).toMatchObject({ code: 'HTTP_TIMEOUT' });
});

test('is called off by its signal and by closing', async () => {
  const server = await start({ otherwise: silent() });
  const request = { url: `${server.origin}/`, userAgent: 'test', login: LOGIN };
  const fetcher = fetcherWith();
  expect(await fetcher.fetch({ ...request, signal: AbortSignal.abort() })).toMatchObject({ code: 'CANCELLED' });
  const controller = new AbortController();
  const running = fetcher.fetch({ ...request, signal: controller.signal });
  controller.abort();
  expect(await running).toMatchObject({ code: 'CANCELLED' });
  const others = [fetcher.fetch(request), fetcher.fetch(request)];
  fetcher.close();
  for (const result of await Promise.all(others)) expect(result).toMatchObject({ code: 'CANCELLED' });
  expect(await fetcher.fetch(request)).toMatchObject({ code: 'CANCELLED' });
});

test('O8 ignores proxies of the environment', async () => {
  const proxy = await start();
  const server = await start({ files: { '/a': 'direct' } });
  const saved = { ...process.env };
  try {
    for (const name of [
      'http_proxy',
      'https_proxy',
      'all_proxy',
      'ftp_proxy',
      'npm_config_proxy',
      'global_agent_http_proxy',
    ]) {
      process.env[name] = proxy.origin;
      process.env[name.toUpperCase()] = proxy.origin;
    }
    process.env.NODE_USE_ENV_PROXY = '1';
    expect(textOf(await fetcherWith().fetch({ url: `${server.origin}/a`, userAgent: 'test', login: null }))).toBe(
      'direct',
    );
  } finally {
    process.env = saved;
  }
  expect(proxy.connections()).toBe(0);
});

test('O2 asks over IPv6 and by name, looking the name up once per connection', async () => {
  const six = await startProvisioningServer({ host: '::1', files: { '/a': 'six' } }).catch(() => null);
  if (six) {
    cleanUps.push(() => six.close());
    expect(textOf(await fetcherWith().fetch({ url: `${six.origin}/a`, userAgent: 'test', login: null }))).toBe('six');
  }
  const server = await start({ files: { '/a': 'by name' } });
  let asked = 0;
  const fetcher = fetcherWith({
    resolve: async () => {
      asked += 1;
      return [{ address: '127.0.0.1', family: 4 }];
    },
  });
  for (let count = 0; count < 3; count += 1) {
    const result = await fetcher.fetch({
      url: `http://pbx.example.com:${server.port}/a`,
      userAgent: 'test',
      login: null,
    });
    expect(textOf(result)).toBe('by name');
  }
  expect(asked).toBe(1);
  expect(server.requests[0]?.headers.host).toBe(`pbx.example.com:${server.port}`);
});

test('tries the next address when the first refuses', async () => {
  const server = await start({ files: { '/a': 'second' } });
  const fetcher = fetcherWith({
    resolve: async () => [
      { address: '127.0.0.9', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
  });
  const result = await fetcher.fetch({
    url: `http://pbx.example.com:${server.port}/a`,
    userAgent: 'test',
    login: null,
  });
  expect(textOf(result)).toBe('second');
});
