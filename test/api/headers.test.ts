// What answers carry whoever asks, and how a request must come: headers, names, addresses, limits.
import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/api/rate-limit.ts';
import { createLog } from '../../src/log.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ trustProxy: ['127.0.0.1', '10.0.0.0/8'], publicUrl: 'http://provender.example.com' });
  await addMember(api, 'ann@example.com');
});
afterAll(() => api.close());

/** fetch() sends no Host of its own choosing. */
function raw(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = rawRequest(`${api.url}${path}`, { headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('every answer', () => {
  it.each(['/', '/api/docs', '/nothing', '/api/v1/health', '/api/v1/pbxs', '/api/v1/openapi.json'])(
    'A9: of %s has the policy with a nonce of its own, and may not be framed',
    async (path) => {
      const policies = await Promise.all(
        [1, 2].map(async () => {
          const { headers } = await fetch(`${api.url}${path}`);
          expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
          expect(headers.get('x-content-type-options')).toBe('nosniff');
          expect(headers.get('referrer-policy')).toBe('no-referrer');
          expect(headers.get('x-powered-by')).toBeNull();
          return headers.get('content-security-policy') ?? '';
        }),
      );
      for (const policy of policies) {
        expect(policy).toMatch(/(^|;)default-src 'self'(;|$)/);
        expect(policy).toMatch(/(^|;)script-src 'self' 'nonce-[A-Za-z0-9+/=]{24}'(;|$)/);
        expect(policy).toMatch(/(^|;)style-src 'self' 'nonce-[A-Za-z0-9+/=]{24}'(;|$)/);
        expect(policy).toMatch(/(^|;)frame-ancestors 'none'(;|$)/);
        expect(policy).toMatch(/(^|;)object-src 'none'(;|$)/);
        expect(policy).toMatch(/(^|;)base-uri 'none'(;|$)/);
        expect(policy).not.toMatch(/unsafe|\*/);
      }
      expect(policies[0]).not.toBe(policies[1]);
    },
  );

  it('A8: of a page has the nonce of its policy in it and nothing inline, and is not stored', async () => {
    for (const path of ['/', '/api/docs']) {
      const response = await fetch(`${api.url}${path}`);
      const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? 'none';
      const text = await response.text();
      expect(text).toContain(`nonce="${nonce}"`);
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|javascript:/i);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('A8: to what somebody typed is data, never a page', async () => {
    const evil = '<img src=x onerror=alert(1)><svg onload=alert(1)>';
    const made = await api.call('POST', '/pbxs', { name: evil });
    expect(made.json.name).toBe(evil);
    const answers = [
      made,
      await api.call('GET', `/pbxs?q=${encodeURIComponent(evil)}`),
      await api.call('GET', `/pbxs/${encodeURIComponent(evil)}`),
      await api.call('GET', `/${encodeURIComponent(evil)}`),
      await api.call('GET', `${api.url}/${encodeURIComponent(evil)}`),
      await api.call('POST', '/pbxs', { [evil]: 1 }),
      await openBrowser(api).call('POST', '/sign-in', { email: evil, password: evil, next: `/${evil}` }),
    ];
    for (const { headers } of answers) {
      expect(headers.get('content-type')).toMatch(/^application\/(problem\+)?json/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('A10: lets no page of another origin read it', async () => {
    const origin = 'https://evil.example.net';
    for (const [method, path] of [
      ['GET', '/pbxs'],
      ['GET', '/health'],
      ['GET', '/openapi.json'],
      ['OPTIONS', '/pbxs'],
      ['OPTIONS', '/sign-in'],
    ] as const) {
      const { headers } = await api.call(method, path, undefined, { origin, 'access-control-request-method': 'POST' });
      for (const name of headers.keys()) expect(name).not.toMatch(/^access-control-/);
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });
});

describe('the name of the host', () => {
  it('is the configured one, an address, or this machine; other names are refused', async () => {
    const { port } = new URL(api.url);
    for (const host of [
      'provender.example.com',
      'PROVENDER.example.com:8443',
      `127.0.0.1:${port}`,
      '[::1]',
      'localhost',
    ]) {
      expect((await raw('/api/v1/health', { host })).status, host).toBe(200);
    }
    for (const host of [
      'evil.example.net',
      'provender.example.com.evil.example.net',
      'a@b',
      'x/y',

      'localhost.evil',
    ]) {
      const { status, body } = await raw('/', { host });
      expect(`${status} ${host}`).toMatch(/^(400|421) /);
      expect(body).not.toContain('evil');
    }
    const forwarded = await raw('/', { 'x-forwarded-host': 'evil.example.net' });
    expect(forwarded.status).toBe(421);
  });

  it('is free for whoever has a key', async () => {
    const host = 'provender.internal';
    expect((await raw('/api/v1/pbxs', { host, authorization: `Bearer ${api.token}` })).status).toBe(200);
    expect((await raw('/api/v1/pbxs', { host, authorization: 'Bearer pvk_wrong' })).status).toBe(401);
  });
});

describe('the address that asks', () => {
  async function seen(headers: Record<string, string>, from = api): Promise<string> {
    const browser = openBrowser(from);
    await browser.call('POST', '/sign-in', { email: 'ann@example.com', password: 'lamp river sixteen moss' }, headers);
    const { items } = (await browser.call('GET', '/me/sessions')).json;
    return items.find((item: { current: boolean }) => item.current).ip;
  }

  it('P7: is what trusted proxies say, as far back as they go, in one spelling', async () => {
    expect(await seen({})).toBe('127.0.0.1');
    expect(await seen({ 'x-forwarded-for': '9.9.9.9' })).toBe('9.9.9.9');
    // The client wrote the first, our proxies the others.
    expect(await seen({ 'x-forwarded-for': '9.9.9.9, 198.51.100.7, 10.1.2.3' })).toBe('198.51.100.7');
    expect(await seen({ 'x-forwarded-for': '::ffff:192.0.2.1' })).toBe('192.0.2.1');
    expect(await seen({ 'x-forwarded-for': '2001:DB8:0:0:0:0:0:1' })).toBe('2001:db8::1');
  });

  it('P7: that is none is refused, and never counted or stored', async () => {
    for (const value of ['not-an-ip', '1.2.3.4:80', '999.1.1.1', '<script>', '9.9.9.9, x']) {
      const reply = await api.call('GET', '/pbxs', undefined, { 'x-forwarded-for': value });
      expect(reply.json, value).toMatchObject({ status: 400, code: 'bad-forwarded-for' });
    }
    // Written by a client beyond the proxies that are trusted: nobody reads it.
    expect((await api.call('GET', '/pbxs', undefined, { 'x-forwarded-for': 'x, 9.9.9.9' })).status).toBe(200);
  });

  it('P7: is the peer when no proxy is configured, whatever the header says', async () => {
    const plain = await startTestApi();
    try {
      await addMember(plain, 'ann@example.com');
      expect(await seen({ 'x-forwarded-for': '9.9.9.9' }, plain)).toBe('127.0.0.1');
      expect(await seen({ 'x-forwarded-for': 'not-an-ip' }, plain)).toBe('127.0.0.1');
    } finally {
      await plain.close();
    }
  });
});

describe('limits', () => {
  it('A5: are told in each answer, per account and per network', async () => {
    const one = await api.call('GET', '/pbxs');
    expect(one.headers.get('ratelimit-policy')).toBe('"account";q=6000;w=60');
    expect(one.headers.get('ratelimit')).toMatch(/^"account";r=\d+;t=\d+$/);
    const left = (text: string | null) => Number(/r=(\d+)/.exec(text ?? '')?.[1]);
    const two = await api.call('GET', '/pbxs');
    expect(left(two.headers.get('ratelimit'))).toBe(left(one.headers.get('ratelimit')) - 1);
    const anonymous = await fetch(`${api.url}/api/v1/pbxs`);
    expect(anonymous.headers.get('ratelimit-policy')).toBe('"anonymous";q=1200;w=60');
  });

  it('A5: end in 429 with Retry-After', async () => {
    const { count } = createRateLimit({ account: 2, anonymous: 3 });
    const told: Record<string, string> = {};
    const response = { set: (headers: Record<string, string>) => Object.assign(told, headers) };
    const from = (ip: string) => count({ ip } as never, response as never, null);
    for (let round = 0; round < 3; round += 1) await from('2001:db8::1');
    await expect(from('2001:db8::2')).rejects.toMatchObject({
      init: { status: 429, code: 'too-many-requests', headers: { 'Retry-After': expect.stringMatching(/^\d+$/) } },
    });
    expect(told.RateLimit).toMatch(/^"anonymous";r=0;t=\d+$/);
    await from('192.0.2.1');
  });

  it('A5: hold for headers too', async () => {
    const { status } = await raw('/', { 'x-long': 'x'.repeat(20_000) });
    expect(status).toBe(431);
  });
});

describe('logs', () => {
  it('L4: have one line for one event, whatever a name, an agent or a cell holds', () => {
    const lines: string[] = [];
    const { log } = createLog({ level: 'info', write: (line) => lines.push(line) });
    const evil = 'a\r\n{"level":"error","msg":"forged"}\u001b[31m\u0007\u2028\u2029\u0085\u202e';
    log.info({ mac: evil, userAgent: evil, cell: evil, [evil]: 1, err: new Error(evil) }, evil);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ mac: evil, level: 'info' });
  });

  it('L4: of a request that fails are one line, whatever its address and agent hold', async () => {
    const { sql } = api.store.database;
    await sql`alter table voice_routes rename to voice_routes_away`;
    const before = api.logged.length;
    await api
      .call('GET', '/voice-routes?q=%0d%0a%1b%5b31m%e2%80%a8x', undefined, { 'user-agent': 'x\u001b[31m' })
      .catch(() => undefined);
    await api.call('GET', '/voice-routes?q=%0d%0a%1b%5b31m%e2%80%a8x');
    await sql`alter table voice_routes_away rename to voice_routes`;
    const lines = api.logged.slice(before);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line.trimEnd().split('\n')).toHaveLength(1);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });
});
