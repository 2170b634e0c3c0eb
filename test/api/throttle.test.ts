import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { networkOf } from '../../src/api/way-in.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createThrottles } from '../../src/store/throttles.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

let api: TestApi;
const ANN = 'ann@example.com';
beforeAll(async () => {
  api = await startTestApi({ trustProxy: ['127.0.0.1'] });
  await addMember(api, ANN);
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.store.database.sql`delete from throttles`;
});

/** As if so many seconds had gone by. */
const later = (seconds: number) => api.store.database.sql`update throttles set expire = expire - ${seconds * 1000}`;
const from = (ip: string) => ({ 'x-forwarded-for': ip });
const tryIt = (email: string, ip: string, password = 'a wrong password') =>
  openBrowser(api).call('POST', '/sign-in', { email, password }, from(ip));

describe('wrong passwords', () => {
  it('at one account: five, then one in 30 seconds, from wherever they come', async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 7; round += 1) statuses.push((await tryIt(ANN, `192.0.2.${round + 1}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const refused = await tryIt(ANN.toUpperCase(), '192.0.2.99', 'lamp river sixteen moss');
    expect(refused.json).toMatchObject({ status: 429, code: 'too-many-tries', retryAfter: expect.any(Number) });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(20);
    expect(seconds).toBeLessThanOrEqual(30);
    // Another account is not touched.
    expect((await tryIt('bob@example.com', '192.0.2.99')).status).toBe(401);

    await later(31);
    expect((await tryIt(ANN, '192.0.2.1')).status).toBe(401);
    expect((await tryIt(ANN, '192.0.2.1')).status).toBe(429);
    // It slows, and never locks for ever: the right one gets in at its turn, and the slate is clean.
    await later(31);
    expect((await tryIt(ANN, '192.0.2.1', 'lamp river sixteen moss')).status).toBe(200);
    expect((await tryIt(ANN, '192.0.2.1')).status).toBe(401);
    expect((await tryIt(ANN, '192.0.2.1')).status).toBe(401);
  });

  it('from one address: twenty, then one in 10 seconds, at whichever accounts', async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 22; round += 1)
      statuses.push((await tryIt(`u${round}@example.com`, '192.0.2.7')).status);
    expect(statuses).toEqual([...Array(20).fill(401), 429, 429]);
    expect((await tryIt('other@example.com', '192.0.2.8')).status).toBe(401);
    expect(Number((await tryIt('x@example.com', '192.0.2.7')).headers.get('retry-after'))).toBeLessThanOrEqual(10);
    await later(11);
    expect((await tryIt('y@example.com', '192.0.2.7')).status).toBe(401);
    expect((await tryIt('z@example.com', '192.0.2.7')).status).toBe(429);
  });

  it('from one IPv6 network of 64 bits count as from one address', async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 22; round += 1) {
      statuses.push((await tryIt(`v${round}@example.com`, `2001:db8:0:1::${round + 1}`)).status);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect((await tryIt('w@example.com', '2001:db8:0:2::1')).status).toBe(401);
    expect(networkOf('2001:db8::1')).toBe(networkOf('2001:db8:0:0:ffff::2'));
    expect(networkOf('192.0.2.1')).not.toBe(networkOf('192.0.2.2'));
  });

  it('are counted over all processes: of many at once only five get through', async () => {
    const other = await openDatabase(api.store.url, { name: 'another process' });
    try {
      const both = [createThrottles(api.store.database), createThrottles(other)];
      const attempts = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (both[i % 2] as (typeof both)[0]).attempt('account', 'ann')),
      );
      expect(attempts.filter(({ ok }) => ok)).toHaveLength(5);
      for (const attempt of attempts) if (!attempt.ok) expect(attempt.retryAfterSeconds).toBeLessThanOrEqual(30);
    } finally {
      await other.close();
    }
  });
});

describe('links that are guessed', () => {
  it('are slowed by the address that guesses', async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 21; round += 1) {
      const reply = await openBrowser(api).call('POST', '/invitations/read', { token: `x${round}` }, from('192.0.2.9'));
      statuses.push(reply.status);
    }
    expect(statuses).toEqual([...Array(20).fill(404), 429]);
  });
});
