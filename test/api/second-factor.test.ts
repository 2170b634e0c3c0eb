import { generateSync } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { totpStepOf } from '../../src/sign-in/second-factor.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, type Browser, openBrowser, PASSWORD } from '../help/browser.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.store.database.sql`delete from throttles`;
});

let number = 0;
async function enrolled(): Promise<{ email: string; id: string; browser: Browser; secret: string; codes: string[] }> {
  number += 1;
  const email = `member-${number}@example.com`;
  const id = await addMember(api, email);
  const browser = openBrowser(api);
  await browser.signIn(email);
  const { secret, url } = (await browser.call('POST', '/me/second-factor')).json;
  expect(url).toMatch(/^otpauth:\/\/totp\/Provender:member-\d+%40example\.com\?.*secret=[A-Z2-7]{32}/);
  const reply = await browser.call('POST', '/me/second-factor/confirm', { code: generateSync({ secret }) });
  expect(reply.status).toBe(200);
  await forgetStep(id);
  return { email, id, browser, secret, codes: reply.json.recoveryCodes };
}

/** As if the last code had been shown long ago. */
const forgetStep = (id: string) =>
  api.store.database.sql`update member_credentials set totp_last_step = null where member_id = ${id}`;

const codeAt = (secret: string, shift: number) =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + shift * 30 });

/** A code that none of the three steps around now has. */
function wrongCode(secret: string): string {
  const right = [-2, -1, 0, 1, 2].map((shift) => codeAt(secret, shift));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code)) ?? '';
}

describe('codes', () => {
  it('are those of RFC 6238, one step early or late at most', () => {
    const secret = new Secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    // Appendix B has eight digits: the last six of them.
    const vectors = [
      [59, '287082'],
      [1111111109, '081804'],
      [1111111111, '050471'],
      [1234567890, '005924'],
      [2000000000, '279037'],
      [20000000000, '353130'],
    ] as const;
    for (const [seconds, code] of vectors) {
      const at = (shift: number) => new Date((seconds + shift) * 1000);
      const step = Math.floor(seconds / 30);
      expect(totpStepOf(secret, code, at(0))).toBe(step);
      expect(totpStepOf(secret, code, at(30))).toBe(step);
      expect(totpStepOf(secret, code, at(-30))).toBe(step);
      expect(totpStepOf(secret, code, at(90))).toBeNull();
      if (seconds > 90) expect(totpStepOf(secret, code, at(-90))).toBeNull();
    }
    for (const code of ['28708', '2870820', 'abcdef', '', '２８７０８２']) {
      expect(totpStepOf(secret, code, new Date(59_000))).toBeNull();
    }
  });
});

describe('a second factor', () => {
  it('is asked for once it is confirmed, and until then nobody is signed in', async () => {
    const { email, secret, id } = await enrolled();
    const browser = openBrowser(api);
    expect((await browser.signIn(email)).json).toEqual({ status: 'secondFactor', next: '/' });
    expect((await browser.call('GET', '/me')).status).toBe(401);
    expect((await browser.call('GET', '/pbxs')).status).toBe(401);
    expect((await browser.call('POST', '/me/second-factor/disable', { password: PASSWORD })).status).toBe(401);
    const pending = new Map(browser.cookies);

    expect((await browser.call('POST', '/sign-in/second-factor', { code: wrongCode(secret) })).status).toBe(401);
    const code = codeAt(secret, -1);
    const reply = await browser.call('POST', '/sign-in/second-factor', { code, next: '/users' });
    expect(reply.json).toEqual({ status: 'signedIn', next: '/users' });
    expect((await browser.call('GET', '/me')).json).toMatchObject({ id, secondFactor: true, recoveryCodesLeft: 10 });

    // A14: the id from before is worth nothing, and the pending sign-in is used up.
    expect([...browser.cookies.values()]).not.toEqual([...pending.values()]);
    const thief = openBrowser(api);
    for (const [name, value] of pending) thief.cookies.set(name, value);
    expect((await thief.call('GET', '/me')).status).toBe(401);
    expect((await thief.call('POST', '/sign-in/second-factor', { code: codeAt(secret, 1) })).json.code).toBe(
      'sign-in-needed',
    );
  });

  it('takes a code once: shown again, or by several at once, it is refused', async () => {
    const { email, secret } = await enrolled();
    const code = codeAt(secret, 0);
    const browsers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const browser = openBrowser(api);
        await browser.signIn(email);
        return browser;
      }),
    );
    const replies = await Promise.all(
      browsers.map((browser) => browser.call('POST', '/sign-in/second-factor', { code })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  it('can be done without by a recovery code, each once, however it is typed', async () => {
    const { email, codes } = await enrolled();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([a-hjkmnp-tv-z0-9]{4}-){3}[a-hjkmnp-tv-z0-9]{4}$/);
    const [first = ''] = codes;
    const enter = async (code: string) => {
      const browser = openBrowser(api);
      await browser.signIn(email);
      return { browser, reply: await browser.call('POST', '/sign-in/second-factor', { code }) };
    };
    const { browser, reply } = await enter(` ${first.toUpperCase().replaceAll('-', ' ')} `);
    expect(reply.status).toBe(200);
    expect((await browser.call('GET', '/me')).json.recoveryCodesLeft).toBe(9);
    expect((await enter(first)).reply.status).toBe(401);
    const [row] = await api.store.database.sql`select array_agg(c::text) as all from member_credentials c`;
    for (const code of codes) expect(JSON.stringify(row)).not.toContain(code.replaceAll('-', ''));

    const renewed = (await browser.call('POST', '/me/second-factor/recovery-codes')).json.recoveryCodes;
    expect(renewed).toHaveLength(10);
    expect((await enter(codes[1] ?? '')).reply.status).toBe(401);
    expect((await enter(renewed[0])).reply.status).toBe(200);
  });

  it('is begun with by a fresh sign-in, disabled with the password, and its secret is sealed', async () => {
    const { browser, id, email, secret } = await enrolled();
    expect((await browser.call('POST', '/me/second-factor')).json.code).toBe('second-factor-on');
    const [row] = await api.store.database
      .sql`select totp_secret_sealed as sealed from member_credentials where member_id = ${id}`;
    expect(row?.sealed).toMatch(/^v1\./);
    expect(row?.sealed).not.toContain(secret);

    expect((await browser.call('POST', '/me/second-factor/disable', { password: 'wrong password' })).status).toBe(401);
    expect((await browser.call('POST', '/me/second-factor/disable', {})).status).toBe(422);
    expect((await browser.call('POST', '/me/second-factor/disable', { password: PASSWORD })).status).toBe(204);
    expect((await openBrowser(api).signIn(email)).json.status).toBe('signedIn');

    await api.store.database
      .sql`update sessions set sess = jsonb_set(sess::jsonb, '{freshUntil}', '0') where member_id = ${id}`;
    expect((await browser.call('POST', '/me/second-factor')).json).toMatchObject({ status: 403, code: 'not-fresh' });
    expect((await browser.call('POST', '/me/confirm', { password: 'wrong password' })).status).toBe(401);
    expect((await browser.call('POST', '/me/confirm', { password: PASSWORD })).status).toBe(200);
    expect((await browser.call('POST', '/me/second-factor')).status).toBe(200);
    // Not confirmed: does not count.
    expect((await openBrowser(api).signIn(email)).json.status).toBe('signedIn');
  });

  it('is slowed after five wrong codes, whoever sends them', async () => {
    const { email, secret } = await enrolled();
    const statuses: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const browser = openBrowser(api);
      await browser.signIn(email);
      statuses.push((await browser.call('POST', '/sign-in/second-factor', { code: wrongCode(secret) })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });
});
