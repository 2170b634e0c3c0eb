import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookUp } from '../../fetchers/connect.ts';
import { createGuard, type OutboundMode } from '../../fetchers/guard.ts';
import { createHttpFetcher, FETCH_LIMITS, type Resolve } from '../../fetchers/http.ts';
import { redirect, startProvisioningServer } from '../help/provisioning-server.ts';

let canary: Server;
let canarySix: Server | null = null;
let port = 0;
let connections = 0;

beforeAll(async () => {
  const listen = (host: string, wanted: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      server.once('error', reject);
      server.listen(wanted, host, () => resolve(server));
    });
  canary = await listen('0.0.0.0', 0);
  port = (canary.address() as AddressInfo).port;
  canarySix = await listen('::1', port).catch(() => null);
});

afterAll(async () => {
  for (const server of [canary, canarySix])
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
});

/** PORT stands for the canary's: whoever gets through is seen. */
const hostile = [
  'http://127.0.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://0x7f.1:PORT/',
  'http://0x7f000001:PORT/',
  'http://2130706433:PORT/',
  'http://017700000001:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://127.0.0.0x1:PORT/',
  'http://\uff11\uff12\uff17.0.0.1:PORT/',
  'http://\u2460\u2461\u2466.0.0.1:PORT/',
  'http://127\u30020\u30020\u30021:PORT/',
  'http://127.255.255.254:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0:PORT/',
  'http://0.1.2.3:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://a.localhost:PORT/',
  'http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:PORT/',
  'http://[::1]:PORT/',
  'http://[::]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::7f00:1]:PORT/',
  'http://[64:ff9b::7f00:1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b:1::7f00:1]:PORT/',
  'http://[64:ff9b:1:7f00:0:100::]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2001:0:7f00:1::]:PORT/',
  'http://[2001:0:808:808:0:0:80ff:fffe]:PORT/',
  'http://[2606:4700::5efe:127.0.0.1]:PORT/',
  'http://[2606:4700::200:5efe:7f00:1]:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fe80::5efe:10.0.0.1]:PORT/',
  'http://[fec0::1]:PORT/',
  'http://[ff02::1]:PORT/',
  'http://[100::1]:PORT/',
  'http://[4000::1]:PORT/',
  'http://[5f00::1]:PORT/',
  'http://[fd00:ec2::254]/',
  'http://[fd20:ce::254]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.170.2/',
  'http://[::ffff:169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://METADATA.google.internal./',
  'http://metadata/',
  'http://instance-data/',
  'http://224.0.0.1:PORT/',
  'http://255.255.255.255:PORT/',
  'http://240.0.0.1:PORT/',
  'http://192.0.2.1:PORT/',
  'http://198.18.0.1:PORT/',
  'http://user@127.0.0.1:PORT/',
  'http://pbx.example.com@127.0.0.1:PORT/',
  'http://pbx.example.com:80@127.0.0.1:PORT/',
  'http://user:pass@pbx.example.com/',
  'http://127.0.0.1:PORT#@pbx.example.com/',
  'http://127.0.0.1:PORT\\@pbx.example.com/',
  'http:\\\\127.0.0.1:PORT\\',
  'http:127.0.0.1:PORT',
  'HTTP:///127.0.0.1:PORT',
  ' http://127.0.0.1:PORT/ ',
  'ht\ntp://127.0.0.1:PORT/',
  'http://127.0.0.\t1:PORT/',
  'http://pbx.example.com:22/',
  'http://pbx.example.com:25/',
  'http://pbx.example.com:53/',
  'http://pbx.example.com:445/',
  'http://pbx.example.com:5432/',
  'http://pbx.example.com:6379/',
  'http://pbx.example.com:3306/',
  'http://pbx.example.com:11211/',
  'http://pbx.example.com:27017/',
  'http://pbx.example.com:9200/',
  'http://pbx.example.com:2375/',
  'http://[fe80::1%25eth0]:PORT/',
  'http://[::1%25lo]:PORT/',
  'ftp://127.0.0.1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
  'data:text/plain,account.1.enable=1',
  'unix:/var/run/docker.sock:/',
  'ws://127.0.0.1:PORT/',
  'javascript:fetch(1)',
  'about:blank',
  'http://',
  'pbx.example.com/provision',
  '//127.0.0.1:PORT/',
  '',
];

const privateOnes = [
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://[fc00::1]/',
  'http://[fd12:3456::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[64:ff9b::a00:1]/',
  'http://[2002:c0a8:101::]/',
];

const noNames: Resolve = async (hostname) => {
  throw new Error(`nobody should look up ${hostname}`);
};

test.each(['public', 'onprem'] as const)('O1 refuses hostile addresses before any connection (%s)', async (mode) => {
  connections = 0;
  const fetcher = createHttpFetcher({ guard: createGuard({ mode }), resolve: noNames });
  const wrong: string[] = [];
  for (const pattern of hostile) {
    const result = await fetcher.fetch({ url: pattern.replace('PORT', String(port)), userAgent: 'test', login: null });
    if (result.kind !== 'failure' || result.code !== 'TARGET_REFUSED')
      wrong.push(`${pattern} ${JSON.stringify(result)}`);
  }
  fetcher.close();
  expect(wrong).toEqual([]);
  expect(hostile.length).toBeGreaterThanOrEqual(60);
  expect(connections).toBe(0);
});

test.each(privateOnes)('O1 allows %s on premises only', (address) => {
  const url = new URL(address);
  expect(createGuard({ mode: 'public' }).checkUrl(url)).toMatchObject({ code: 'TARGET_REFUSED' });
  expect(createGuard({ mode: 'onprem' }).checkUrl(url)).toBeNull();
  expect(createGuard({ mode: 'local' }).checkUrl(url)).toBeNull();
});

const fine = [
  'http://93.184.216.34/',
  'https://[2606:2800:220:1::1]/',
  'http://[::ffff:93.184.216.34]/',
  'http://[64:ff9b::5db8:d822]/',
  'http://[64:ff9b:1::5db8:d822]/',
  'http://[2002:5db8:d822::]/',
  'https://pbx.example.com/provision/',
  'https://pbx.example.com:8443/',
  'http://pbx.example.com:1024/',
  'http://localhost.example.com/',
];

test.each(fine)('has nothing against %s', (address) => {
  for (const mode of ['public', 'onprem', 'local'] as const) {
    expect(createGuard({ mode }).checkUrl(new URL(address))).toBeNull();
  }
});

test('O5 allows loopback and any port in local mode, but never link-local and metadata', () => {
  const guard = createGuard({ mode: 'local' });
  for (const address of ['http://127.0.0.1:81/', 'http://[::1]:5432/', 'http://localhost/']) {
    expect(guard.checkUrl(new URL(address))).toBeNull();
  }
  for (const address of [
    'http://169.254.1.1/',
    'http://[fe80::1]/',
    'http://metadata.google.internal/',
    'http://0.0.0.0/',
  ]) {
    expect(guard.checkUrl(new URL(address))).toMatchObject({ code: 'TARGET_REFUSED' });
  }
});

test('O12 says the same about every refused address, naming only what was written', () => {
  const guard = createGuard({ mode: 'public' });
  const sentences = ['http://127.0.0.1/', 'http://10.0.0.1/', 'http://169.254.169.254/', 'http://metadata/'].map(
    (address) => {
      const url = new URL(address);
      return guard.checkUrl(url)?.message.replace(url.hostname, 'HOST');
    },
  );
  expect(new Set(sentences).size).toBe(1);
});

test('O1 takes no text for an address that is none', () => {
  for (const mode of ['public', 'onprem', 'local'] as const) {
    for (const text of ['', 'not-an-ip', '127.0.0.1 ', '1.2.3', '0x7f.1', '::1%lo', '999.1.1.1']) {
      expect(createGuard({ mode }).allows(text, 80)).toBe(false);
    }
  }
});

test('O6 never asks where this program listens itself', () => {
  const own = (mode: OutboundMode, host: string) => createGuard({ mode, own: [{ host, port: 8080 }] });
  expect(own('local', '127.0.0.1').allows('127.0.0.1', 8080)).toBe(false);
  expect(own('local', '127.0.0.1').allows('::ffff:127.0.0.1', 8080)).toBe(false);
  expect(own('local', '127.0.0.1').allows('127.0.0.1', 8081)).toBe(true);
  expect(own('local', 'localhost').allows('::1', 8080)).toBe(false);
  expect(own('local', '0.0.0.0').allows('127.0.0.1', 8080)).toBe(false);
  expect(own('local', '::').allows('127.0.0.53', 8080)).toBe(false);
  expect(own('onprem', '192.168.1.5').allows('192.168.1.5', 8080)).toBe(false);
  expect(own('onprem', '192.168.1.5').allows('192.168.1.6', 8080)).toBe(true);
});

test('O6 a redirect, a name or a literal that leads to our own listener is refused, whatever the mode', async () => {
  const own = await startProvisioningServer({ otherwise: 'ourselves' });
  const loop = await startProvisioningServer({ otherwise: redirect(`${own.origin}/api/v1/pbxs`) });
  try {
    for (const host of ['127.0.0.1', '0.0.0.0', 'localhost']) {
      const guard = createGuard({ mode: 'local', own: [{ host, port: own.port }] });
      const fetcher = createHttpFetcher({ guard, resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
      for (const url of [own.origin, `http://self.example.com:${own.port}/`, loop.origin]) {
        const result = await fetcher.fetch({ url, userAgent: 'test', login: null });
        expect([host, url, result]).toEqual([host, url, expect.objectContaining({ code: 'TARGET_REFUSED' })]);
      }
      fetcher.close();
    }
    expect(own.connections()).toBe(0);
  } finally {
    await own.close();
    await loop.close();
  }
});

test('O1 ports: 80, 443 and 1024 up, but those of databases and of the own database and mail server', () => {
  for (const mode of ['public', 'onprem'] as const) {
    const guard = createGuard({ mode, closedPorts: [6543, 2525] });
    const refused = (port: number) => guard.checkUrl(new URL(`http://pbx.example.com:${port}/`)) !== null;
    for (const port of [80, 443, 1024, 8080, 8443, 65_535]) expect([port, refused(port)]).toEqual([port, false]);
    for (const port of [1, 21, 22, 23, 25, 53, 79, 81, 110, 143, 389, 442, 444, 445, 465, 587, 993, 1023, 6543, 2525])
      expect([port, refused(port)]).toEqual([port, true]);
    for (const port of [1433, 3306, 5060, 5432, 6379, 9200, 11211, 27017])
      expect([port, refused(port)]).toEqual([port, true]);
  }
});

test('O4 keeps only the good ones of mixed addresses', async () => {
  const guard = createGuard({ mode: 'public' });
  const resolve: Resolve = async () => [
    { address: '127.0.0.1', family: 4 },
    { address: '93.184.216.34', family: 4 },
    { address: '::1', family: 6 },
    { address: 'fd00::1', family: 6 },
    { address: '2606:2800:220:1::1', family: 6 },
  ];
  const found = await lookUp({ host: 'pbx.example.com', port: 443 }, { guard, limits: FETCH_LIMITS, resolve });
  expect(found.map(({ address }) => address)).toEqual(['93.184.216.34', '2606:2800:220:1::1']);
});

test('O4 refuses a name all of whose addresses are refused, in the words of a refused address', async () => {
  connections = 0;
  const guard = createGuard({ mode: 'onprem' });
  const fetcher = createHttpFetcher({ guard, resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
  const result = await fetcher.fetch({ url: `http://pbx.example.com:${port}/`, userAgent: 'test', login: null });
  fetcher.close();
  expect(result).toMatchObject({ kind: 'failure', code: 'TARGET_REFUSED' });
  expect(result).toMatchObject({
    message: guard.checkUrl(new URL('http://127.0.0.1/'))?.message.replace('127.0.0.1', 'pbx.example.com'),
  });
  expect(connections).toBe(0);
});

test('O2 checks the very answer that it connects to, so that a name cannot change in between', async () => {
  connections = 0;
  const answers = ['93.184.216.34', '127.0.0.1', '127.0.0.1', '127.0.0.1'];
  let asked = 0;
  const guard = createGuard({ mode: 'public' });
  // The canary's port on a public address is never connected to: the first answer is used up here, as by a check done
  // apart from the connection.
  const resolve: Resolve = async () => [{ address: answers[asked++] ?? '127.0.0.1', family: 4 }];
  expect(await lookUp({ host: 'pbx.example.com', port }, { guard, limits: FETCH_LIMITS, resolve })).toHaveLength(1);
  const fetcher = createHttpFetcher({ guard, resolve });
  const result = await fetcher.fetch({ url: `http://pbx.example.com:${port}/`, userAgent: 'test', login: null });
  fetcher.close();
  expect(result).toMatchObject({ code: 'TARGET_REFUSED' });
  expect(asked).toBe(2);
  expect(connections).toBe(0);
});

const dnsErrors: [code: string, failure: string][] = [
  ['ENOTFOUND', 'DNS_NXDOMAIN'],
  ['ENODATA', 'DNS_NXDOMAIN'],
  ['EAI_AGAIN', 'DNS_TIMEOUT'],
  ['ETIMEOUT', 'DNS_TIMEOUT'],
  ['ESERVFAIL', 'DNS_TIMEOUT'],
];

test.each(dnsErrors)('turns the resolver error %s into %s', async (code, failure) => {
  const fetcher = createHttpFetcher({
    guard: createGuard({ mode: 'public' }),
    resolve: async () => {
      throw Object.assign(new Error('resolver'), { code });
    },
  });
  for (const scheme of ['http', 'https']) {
    const result = await fetcher.fetch({ url: `${scheme}://pbx.example.com/`, userAgent: 'test', login: null });
    expect(result).toMatchObject({
      kind: 'failure',
      code: failure,
      message: expect.stringContaining('pbx.example.com'),
    });
  }
  fetcher.close();
});

test('gives up on a resolver that does not answer, and on a name without addresses', async () => {
  const guard = createGuard({ mode: 'public' });
  const request = { url: 'http://pbx.example.com/', userAgent: 'test', login: null };
  const silent = createHttpFetcher({ guard, resolve: () => new Promise(() => {}), limits: { dnsMs: 30 } });
  expect(await silent.fetch(request)).toMatchObject({ code: 'DNS_TIMEOUT' });
  silent.close();
  const empty = createHttpFetcher({ guard, resolve: async () => [] });
  expect(await empty.fetch(request)).toMatchObject({ code: 'DNS_NXDOMAIN' });
  empty.close();
});
