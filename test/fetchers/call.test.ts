import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Caller, type CallerOptions, createCaller } from '../../fetchers/call.ts';
import { createGuard } from '../../fetchers/guard.ts';
import { issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import {
  endless,
  huge,
  type ProvisioningServer,
  type ProvisioningServerOptions,
  redirect,
  reset,
  silent,
  startProvisioningServer,
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

function callerWith(options: Partial<CallerOptions> = {}): Caller {
  const caller = createCaller({ guard: createGuard({ mode: 'local' }), answerBytes: 1024, ...options });
  cleanUps.push(() => caller.close());
  return caller;
}

test('posts a body with its headers, and reads the answer', async () => {
  const bodies: string[] = [];
  const server = await start({
    otherwise: (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        bodies.push(`${request.method} ${request.headers['content-type']} ${text}`);
        response.writeHead(202).end('thank you');
      });
    },
  });
  const caller = callerWith();
  for (let count = 0; count < 3; count += 1) {
    const result = await caller.call({
      method: 'POST',
      url: `${server.origin}/hook?a=b`,
      headers: { 'content-type': 'application/json' },
      body: '{"name":"J\u00fcrgen"}',
    });
    expect(result).toMatchObject({ kind: 'answered', status: 202, cut: false });
    if (result.kind === 'answered') expect(Buffer.from(result.bytes).toString()).toBe('thank you');
  }
  expect(bodies).toEqual(Array(3).fill('POST application/json {"name":"J\u00fcrgen"}'));
  expect(server.connections()).toBe(1);
});

test('reads no more of an answer than it is told to', async () => {
  const server = await start({ files: { '/huge': huge(50 * 1024 * 1024, false), '/endless': endless() } });
  for (const path of ['/huge', '/endless']) {
    const result = await callerWith().call({ method: 'GET', url: server.origin + path });
    expect(result).toMatchObject({ kind: 'answered', status: 200, cut: true });
    expect(result.kind === 'answered' && result.bytes.byteLength).toBe(1024);
  }
});

test('O3 a webhook or issuer that redirects: the redirect is the answer, nobody follows it', async () => {
  const canary = await start({ otherwise: 'inner' });
  const server = await start({ otherwise: redirect(`${canary.origin}/`, 307) });
  const result = await callerWith().call({ method: 'POST', url: `${server.origin}/`, body: 'x' });
  expect(result).toMatchObject({ kind: 'answered', status: 307 });
  expect(canary.connections()).toBe(0);
});

test('O1 O2 O4 O5 webhooks and issuers go through the same guard: literal, name, mixed addresses, metadata', async () => {
  const canary = await start({ otherwise: 'inner' });
  const caller = (addresses: readonly string[]) =>
    callerWith({
      guard: createGuard({ mode: 'public' }),
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    });
  for (const url of [
    `http://127.0.0.1:${canary.port}/`,
    `http://2130706433:${canary.port}/`,
    `http://[::ffff:127.0.0.1]:${canary.port}/`,
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/',
    'http://hooks.example.com:5432/',
    'http://user:pass@hooks.example.com/',
    'file:///etc/passwd',
  ]) {
    expect(await caller([]).call({ method: 'POST', url, body: 'x' })).toMatchObject({ code: 'TARGET_REFUSED' });
  }
  for (const addresses of [['127.0.0.1'], ['127.0.0.1', '::1'], ['169.254.169.254', 'fd00:ec2::254']]) {
    const url = `http://hooks.example.com:${canary.port}/`;
    expect(await caller(addresses).call({ method: 'POST', url, body: 'x' })).toMatchObject({ code: 'TARGET_REFUSED' });
  }
  expect(canary.connections()).toBe(0);
});

test('gives up after its time, is called off by its signal and by closing, and says what else went wrong', async () => {
  const server = await start({ files: { '/silent': silent(), '/reset': reset(), '/drip': endless('x', 20) } });
  const caller = callerWith({ callMs: 200, answerBytes: 1024 * 1024 });
  const get = (path: string, signal?: AbortSignal) =>
    caller.call({ method: 'GET', url: server.origin + path, ...(signal && { signal }) });
  expect(await get('/silent')).toMatchObject({ code: 'HTTP_TIMEOUT' });
  expect(await get('/drip')).toMatchObject({ code: 'HTTP_TIMEOUT', message: expect.stringMatching(/did not finish/) });
  expect(await get('/reset')).toMatchObject({ code: 'TCP_RESET' });
  expect(await get('/silent', AbortSignal.timeout(20))).toMatchObject({ code: 'CANCELLED' });
  expect(await get('/silent', AbortSignal.abort())).toMatchObject({ code: 'CANCELLED' });
  const underWay = get('/silent');
  caller.close();
  expect(await underWay).toMatchObject({ code: 'CANCELLED' });
  expect(await get('/silent')).toMatchObject({ code: 'CANCELLED' });
});

test('calls again when the server had closed an idle connection', async () => {
  let connections = 0;
  const listener = createTcpServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.on('data', () => {
      if (socket.bytesWritten > 0) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => listener.close(() => resolve())));
  const caller = callerWith();
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  for (let count = 0; count < 3; count += 1) {
    expect(await caller.call({ method: 'POST', url, body: 'x' })).toMatchObject({ kind: 'answered', status: 200 });
  }
  expect(connections).toBe(3);
  caller.close();
});

test('checks the certificate as fetching does', async () => {
  const authority = await makeAuthority();
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  const server = await start({ tls: { cert, key }, otherwise: 'ok' });
  expect(await callerWith().call({ method: 'GET', url: `${server.origin}/` })).toMatchObject({ code: 'TLS_UNTRUSTED' });
  expect(server.requests).toHaveLength(0);
  const trusting = callerWith({ tls: { ca: authority.cert } });
  expect(await trusting.call({ method: 'GET', url: `${server.origin}/` })).toMatchObject({ status: 200 });
});
