import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Mail, Mailer } from '../../src/mail/mailer.ts';
import { createLink } from '../../src/store/one-time-links.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser, PASSWORD } from '../help/browser.ts';

const mails: Mail[] = [];
/** What leaves by SMTP is tested in test/mail; here, what is handed over. */
const mailer: Mailer = {
  send: async (mail) => {
    mails.push(mail);
    return { ok: true };
  },
  close: () => undefined,
};
const PUBLIC = 'https://provender.example.com';
const NEW = 'seven geese over a mill';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ publicUrl: PUBLIC, mailer });
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.store.database.sql`delete from throttles`;
  mails.length = 0;
});

let number = 0;
async function member() {
  number += 1;
  const email = `member-${number}@example.com`;
  return { email, id: await addMember(api, email) };
}

async function linkFor(purpose: 'invite' | 'reset', { id, email }: { id: string; email: string }, hours = 72) {
  return api.store.database.db.transaction((tx) => createLink(tx, { purpose, memberId: id, email, hours }));
}

const tokenOf = (mail: Mail | undefined) => /#token=([\w-]{43})$/m.exec(mail?.text ?? '')?.[1] ?? '';

describe('a forgotten password', () => {
  it('is answered alike for accounts that are there and not, and mails a link to the one that is', async () => {
    const { email } = await member();
    const browser = openBrowser(api);
    const [known, unknown] = [
      await browser.call('POST', '/password/forgot', { email: email.toUpperCase() }),
      await browser.call('POST', '/password/forgot', { email: 'nobody@example.com' }),
    ];
    expect([known.status, known.text]).toEqual([202, '']);
    expect([unknown.status, unknown.text]).toEqual([202, '']);
    await expect.poll(() => mails.length).toBe(1);
    expect(mails[0]?.to).toBe(email);
    const [entry] = await api.store.database
      .sql`select * from audit where action = 'member.askReset' and object_name = ${email}`;
    expect(entry).toMatchObject({ actor: 'public', tenant_id: api.store.tenantId });
  });

  it('A11: leads to the configured address, whatever the request calls us', async () => {
    const { email } = await member();
    for (const headers of [
      { host: 'evil.example.net' },
      { 'x-forwarded-host': 'evil.example.net' },
      { forwarded: 'host=evil.example.net' },
      { origin: 'https://evil.example.net' },
    ]) {
      await openBrowser(api).call('POST', '/password/forgot', { email }, headers);
    }
    await expect.poll(() => mails.length).toBeGreaterThan(1);
    for (const { text } of mails) {
      expect(text).toContain(`${PUBLIC}/reset#token=`);
      expect(text).not.toContain('evil');
    }
  });

  it('does not become a flood of mails', async () => {
    const { email } = await member();
    for (let round = 0; round < 6; round += 1) {
      expect((await openBrowser(api).call('POST', '/password/forgot', { email })).status).toBe(202);
    }
    const got = () => mails.filter(({ to }) => to === email).length;
    await expect.poll(got).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(got()).toBe(3);
  });

  it('is set anew by the link, once; all sessions end, and nobody is signed in by it', async () => {
    const { email } = await member();
    const before = openBrowser(api);
    await before.signIn(email);
    const browser = openBrowser(api);
    await browser.call('POST', '/password/forgot', { email });
    await expect.poll(() => mails.length).toBe(1);
    const token = tokenOf(mails[0]);
    expect((await browser.call('POST', '/password/reset', { token, password: 'too short' })).json.errors).toMatchObject(
      [{ pointer: '#/body/password', code: 'password-short' }],
    );
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => browser.call('POST', '/password/reset', { token, password: NEW })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
    expect(browser.cookies.size).toBe(0);
    expect((await before.call('GET', '/me')).status).toBe(401);
    expect((await browser.signIn(email)).status).toBe(401);
    expect((await browser.signIn(email, NEW)).status).toBe(200);
    expect((await browser.call('POST', '/password/reset', { token, password: NEW })).json.code).toBe('link-invalid');
  });

  it('is set by the newest link only, and by none that is too old', async () => {
    const who = await member();
    const older = await linkFor('reset', who);
    const newer = await linkFor('reset', who, 1);
    const browser = openBrowser(api);
    expect((await browser.call('POST', '/password/reset', { token: older, password: NEW })).status).toBe(404);
    await api.store.database.sql`update one_time_links set expires_at = now() - interval '1 second'`;
    expect((await browser.call('POST', '/password/reset', { token: newer, password: NEW })).status).toBe(404);
    expect((await browser.signIn(who.email)).status).toBe(200);
  });
});

describe('the own password', () => {
  it('is changed with the current one; other sessions end, and a mail says so', async () => {
    const { email } = await member();
    const [here, there] = [openBrowser(api), openBrowser(api)];
    await here.signIn(email);
    await there.signIn(email);
    const change = (currentPassword: string | undefined, newPassword: string) =>
      here.call('POST', '/me/password', { ...(currentPassword !== undefined && { currentPassword }), newPassword });
    expect((await change('wrong password', NEW)).status).toBe(401);
    expect((await change(undefined, NEW)).json.errors[0].pointer).toBe('#/body/currentPassword');
    expect((await change(PASSWORD, 'Password1234')).json.errors[0]).toMatchObject({ code: 'password-common' });
    expect((await change(PASSWORD, email)).json.errors[0]).toMatchObject({ code: 'password-common' });
    expect((await change(PASSWORD, NEW)).status).toBe(204);
    expect((await here.call('GET', '/me')).status).toBe(200);
    expect((await there.call('GET', '/me')).status).toBe(401);
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Your password for Provender was changed']]);
    expect((await there.signIn(email)).status).toBe(401);
    expect((await there.signIn(email, NEW)).status).toBe(200);
  });
});

describe('A21: an invitation', () => {
  async function invited() {
    const who = await member();
    const { sql } = api.store.database;
    await sql`delete from member_credentials where member_id = ${who.id}`;
    await sql`update members set joined_at = null where id = ${who.id}`;
    return { ...who, token: await linkFor('invite', who) };
  }

  it('lets one in, once, as the address that it was made for', async () => {
    const { email, id, token } = await invited();
    const browser = openBrowser(api);
    expect((await browser.signIn(email)).status).toBe(401);
    for (let round = 0; round < 2; round += 1) {
      expect((await browser.call('POST', '/invitations/read', { token })).json.email).toBe(email);
    }
    const accept = (given: string) =>
      openBrowser(api).call('POST', '/invitations/accept', { token: given, password: NEW, name: 'Grace' });
    const replies = await Promise.all([accept(token), accept(token), accept(token)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(replies.find(({ status }) => status === 200)?.setCookies).toHaveLength(1);
    await browser.signIn(email, NEW);
    expect((await browser.call('GET', '/me')).json).toMatchObject({ id, email, name: 'Grace' });
    expect((await accept(token)).json.code).toBe('link-invalid');
    expect((await browser.call('POST', '/invitations/read', { token })).status).toBe(404);
  });

  it('is worth nothing after 72 hours, for another purpose, or for another address', async () => {
    const { token, id, email } = await invited();
    const browser = openBrowser(api);
    const accept = (given: string) => browser.call('POST', '/invitations/accept', { token: given, password: NEW });
    expect((await browser.call('POST', '/password/reset', { token, password: NEW })).status).toBe(404);
    const { sql } = api.store.database;
    const [life] =
      await sql`select extract(epoch from expires_at - created_at)::int as seconds from one_time_links where member_id = ${id}`;
    expect(life?.seconds).toBe(72 * 3600);

    await sql`update members set email = 'another@example.com' where id = ${id}`;
    expect((await accept(token)).status).toBe(404);
    await sql`update members set email = ${email} where id = ${id}`;
    await sql`update one_time_links set expires_at = now() where member_id = ${id}`;
    expect((await accept(token)).status).toBe(404);
    expect((await accept(await linkFor('reset', { id, email }))).status).toBe(404);
    expect((await accept('x')).status).toBe(404);
    expect(browser.cookies.size).toBe(0);
  });

  it('is known to the database as a hash only', async () => {
    const { token } = await invited();
    expect(token).toMatch(/^[\w-]{43}$/);
    const rows = await api.store.database.sql`select * from one_time_links`;
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});
