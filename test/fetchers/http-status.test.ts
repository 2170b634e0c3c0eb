// Status codes, headers and Retry-After, with nock: what an answer means, without a server. Time, TLS and logins are
// tested against real servers in the files beside this one.
import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FetchRequest, FetchResult } from '../../fetchers/fetcher.ts';
import { createGuard } from '../../fetchers/guard.ts';
import { createHttpFetcher } from '../../fetchers/http.ts';

const ORIGIN = 'http://pbx.example.com';

beforeAll(() => {
  nock.disableNetConnect();
});

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});

afterAll(() => {
  nock.restore();
  nock.enableNetConnect();
});

async function fetchOnce(request: Partial<FetchRequest> = {}): Promise<FetchResult> {
  const fetcher = createHttpFetcher({ guard: createGuard({ mode: 'public' }) });
  try {
    return await fetcher.fetch({
      url: `${ORIGIN}/a.cfg`,
      userAgent: 'Yealink SIP-T46S 66.86.0.15 00:00:5e:00:53:01',
      login: null,
      ...request,
    });
  } finally {
    fetcher.close();
  }
}

const answers: [status: number, code: string, says: RegExp][] = [
  [400, 'HTTP_4XX', /refused the request \(400\)/],
  [401, 'HTTP_401', /asks for a user name and password/],
  [403, 'HTTP_403', /does not give out this file/],
  [404, 'HTTP_404', /has no file for this device/],
  [405, 'HTTP_4XX', /405/],
  [407, 'HTTP_4XX', /proxy/i],
  [408, 'HTTP_TIMEOUT', /408/],
  [410, 'HTTP_404', /410/],
  [418, 'HTTP_4XX', /418/],
  [429, 'HTTP_429', /asked too often/],
  [451, 'HTTP_4XX', /451/],
  [495, 'TLS_CLIENT_CERT_REJECTED', /client certificate/],
  [496, 'TLS_CLIENT_CERT_REQUIRED', /asks for a client certificate/],
  [500, 'HTTP_5XX', /an error of its own \(500\)/],
  [501, 'HTTP_5XX', /501/],
  [502, 'HTTP_5XX', /502/],
  [503, 'HTTP_5XX', /not available at the moment/],
  [504, 'HTTP_5XX', /504/],
  [599, 'HTTP_5XX', /599/],
  [206, 'HTTP_5XX', /206/],
  [201, 'HTTP_5XX', /201/],
  [304, 'HTTP_5XX', /no answer to this request/],
  [302, 'REDIRECT_REFUSED', /302 without saying where to go/],
];

test.each(answers)('says what status %i means, asking once', async (status, code, says) => {
  const scope = nock(ORIGIN).get('/a.cfg').reply(status, 'text');
  const result = await fetchOnce();
  expect(result).toMatchObject({ kind: 'failure', code, status });
  expect(result.kind === 'failure' && result.message).toMatch(says);
  expect(result.kind === 'failure' && result.message).toContain('pbx.example.com');
  expect(scope.isDone()).toBe(true);
});

test.each([200, 203])('takes the body of status %i', async (status) => {
  nock(ORIGIN).get('/a.cfg').reply(status, 'account.1.enable = 1\n', {
    'content-type': 'text/plain',
    etag: '"v1"',
    'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
  });
  const result = await fetchOnce();
  expect(result).toMatchObject({
    kind: 'fetched',
    url: `${ORIGIN}/a.cfg`,
    contentType: 'text/plain',
    etag: '"v1"',
    lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT',
    tls: null,
  });
  expect(result.kind === 'fetched' && Buffer.from(result.bytes).toString()).toBe('account.1.enable = 1\n');
});

test('gives no bytes for 204, so that the reader calls it empty', async () => {
  nock(ORIGIN).get('/a.cfg').reply(204);
  const result = await fetchOnce();
  expect(result.kind === 'fetched' && result.bytes.length).toBe(0);
});

test('sends the validators and understands that nothing changed', async () => {
  nock(ORIGIN, {
    reqheaders: { 'if-none-match': '"v1"', 'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
  })
    .get('/a.cfg')
    .reply(304);
  const result = await fetchOnce({ validators: { etag: '"v1"', lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' } });
  expect(result).toEqual({ kind: 'not-modified', url: `${ORIGIN}/a.cfg`, tls: null });
});

test('O9 sends the User-Agent of the persona, no cookies, and no validators that it has not got', async () => {
  nock(ORIGIN, { reqheaders: { 'user-agent': 'Yealink SIP-T46S 66.86.0.15 00:00:5e:00:53:01' } })
    .get('/a.cfg')
    .reply(200, 'x', { 'set-cookie': 'session=1' });
  nock(ORIGIN, { badheaders: ['cookie', 'if-none-match', 'if-modified-since', 'authorization'] })
    .get('/b.cfg')
    .reply(200, 'y');
  const fetcher = createHttpFetcher({ guard: createGuard({ mode: 'public' }) });
  const request = { userAgent: 'Yealink SIP-T46S 66.86.0.15 00:00:5e:00:53:01', login: null };
  expect((await fetcher.fetch({ url: `${ORIGIN}/a.cfg`, ...request })).kind).toBe('fetched');
  expect((await fetcher.fetch({ url: `${ORIGIN}/b.cfg`, ...request })).kind).toBe('fetched');
  fetcher.close();
});

test('L4 lets no line break out of a field into the headers', async () => {
  nock(ORIGIN, { reqheaders: { 'user-agent': 'PhoneX-Evil: 1' }, badheaders: ['x-evil'] })
    .get('/a.cfg')
    .reply(200, 'x');
  expect((await fetchOnce({ userAgent: 'Phone\r\nX-Evil: 1' })).kind).toBe('fetched');
});

const waits: [given: string, seconds: number | undefined][] = [
  ['0', 0],
  ['7', 7],
  ['120', 120],
  [' 120 ', 120],
  ['86401', 86_400],
  ['99999999999999', 86_400],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400],
];

test.each([429, 503])('reads Retry-After of %i, within a day', async (status) => {
  for (const [given, seconds] of waits) {
    nock(ORIGIN).get('/a.cfg').reply(status, '', { 'retry-after': given });
    const result = await fetchOnce();
    expect([given, result.kind === 'failure' ? result.retryAfterSeconds : 'no failure']).toEqual([given, seconds]);
  }
});

test('reads Retry-After as a date', async () => {
  const inTenMinutes = new Date(Date.now() + 600_000).toUTCString();
  nock(ORIGIN).get('/a.cfg').reply(503, '', { 'retry-after': inTenMinutes });
  const result = await fetchOnce();
  const seconds = result.kind === 'failure' ? (result.retryAfterSeconds ?? 0) : 0;
  expect(seconds).toBeGreaterThan(590);
  expect(seconds).toBeLessThanOrEqual(600);
});

const pages: [status: number, body: string, code: string, says: RegExp][] = [
  [400, '<center>No required SSL certificate was sent</center>', 'TLS_CLIENT_CERT_REQUIRED', /asks for a client cert/],
  [400, '<center>The SSL certificate error</center>', 'TLS_CLIENT_CERT_REJECTED', /client certificate/],
  [400, '<center>The plain HTTP request was sent to HTTPS port</center>', 'HTTP_4XX', /Write https:\/\//],
  [400, "Reason: You're speaking plain HTTP to an SSL-enabled server port.", 'HTTP_4XX', /Write https:\/\//],
  [403, 'HTTP Error 403.7 - Forbidden: client certificate required', 'TLS_CLIENT_CERT_REQUIRED', /client certificate/],
];

test.each(pages)('understands the %i page "%s"', async (status, body, code, says) => {
  nock(ORIGIN).get('/a.cfg').reply(status, `<html>${body}</html>`);
  const result = await fetchOnce();
  expect(result).toMatchObject({ kind: 'failure', code, status });
  expect(result.kind === 'failure' && result.message).toMatch(says);
});

test('O3 follows redirects within the server, three at most', async () => {
  const scope = nock(ORIGIN);
  scope.get('/a.cfg').reply(301, '', { location: '/1' });
  scope.get('/1').reply(302, '', { location: '2?x=1' });
  scope.get('/2?x=1').reply(307, '', { location: `${ORIGIN}/3` });
  scope.get('/3').reply(200, 'there');
  expect(await fetchOnce()).toMatchObject({ kind: 'fetched', url: `${ORIGIN}/3` });

  scope.get('/a.cfg').reply(303, '', { location: '/1' });
  scope.get('/1').reply(308, '', { location: '/2' });
  scope.get('/2').reply(301, '', { location: '/3' });
  scope.get('/3').reply(301, '', { location: '/4' });
  expect(await fetchOnce()).toMatchObject({ code: 'REDIRECT_REFUSED', message: expect.stringMatching(/more than 3/) });
});

const badPlaces: [location: string, code: string][] = [
  ['ftp://pbx.example.com/a', 'REDIRECT_REFUSED'],
  ['file:///etc/passwd', 'REDIRECT_REFUSED'],
  ['data:text/plain,x', 'REDIRECT_REFUSED'],
  ['javascript:alert(1)', 'REDIRECT_REFUSED'],
  ['http://', 'REDIRECT_REFUSED'],
  ['http://[::1/', 'REDIRECT_REFUSED'],
  ['http://127.0.0.1/', 'TARGET_REFUSED'],
  ['http://169.254.169.254/latest/meta-data/', 'TARGET_REFUSED'],
  ['//[::ffff:7f00:1]/', 'TARGET_REFUSED'],
  ['http://pbx.example.com:22/', 'TARGET_REFUSED'],
];

test.each(badPlaces)('O3 does not follow a redirect to %s', async (location, code) => {
  nock(ORIGIN).get('/a.cfg').reply(302, '', { location });
  expect(await fetchOnce()).toMatchObject({ kind: 'failure', code });
});

test('O3 never goes from https to plain http', async () => {
  nock('https://pbx.example.com')
    .get('/a.cfg')
    .reply(302, '', { location: `${ORIGIN}/a.cfg` });
  const result = await fetchOnce({ url: 'https://pbx.example.com/a.cfg' });
  expect(result).toMatchObject({
    code: 'REDIRECT_REFUSED',
    message: expect.stringMatching(/from https to plain http/),
  });
});

test('O3 drops user names and passwords that a redirect brings along', async () => {
  nock(ORIGIN).get('/a.cfg').reply(302, '', { location: 'http://who:what@pbx.example.com/b.cfg' });
  nock(ORIGIN, { badheaders: ['authorization'] })
    .get('/b.cfg')
    .reply(200, 'x');
  expect(await fetchOnce()).toMatchObject({ kind: 'fetched', url: `${ORIGIN}/b.cfg` });
});

test('L2 has no name, path or query of the address in its sentences, only the host', async () => {
  nock(ORIGIN).get('/tok-1234/a.cfg').query({ key: 'hush' }).reply(404);
  const result = await fetchOnce({ url: `${ORIGIN}/tok-1234/a.cfg?key=hush` });
  expect(JSON.stringify(result)).not.toMatch(/hush|tok-1234/);
});
