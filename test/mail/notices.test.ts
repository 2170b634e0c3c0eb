// E-mails of incidents, to a real SMTP server: who gets them, once each, and what happens while the server is away.
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { createMailer, type Mailer } from '../../src/mail/mailer.ts';
import { sendNotices } from '../../src/mail/notices.ts';
import { appendActivity, type NewActivity } from '../../src/store/activity.ts';
import { dropOldMailNotices } from '../../src/store/mail-notices.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';
import { silent } from '../help/harvest.ts';

let store: TestDatabase;
let smtp: SMTPServer;
let mailer: Mailer;
let got: { readonly to: string; readonly text: string }[] = [];
/** Status that the server gives instead of taking a mail. */
let refuses: Record<string, number> = {};
const [acme, other] = [uuidv7(), uuidv7()];

beforeAll(async () => {
  store = await testDatabase();
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const status = refuses[address] ?? refuses['*'];
      if (status === undefined) return done();
      done(Object.assign(new Error('no'), { responseCode: status }));
    },
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      stream.on('end', () => {
        got.push({ to: session.envelope.rcptTo[0]?.address ?? '', text: text.replaceAll('=\r\n', '') });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  const { port } = smtp.server.address() as AddressInfo;
  mailer = createMailer({ url: new Secret(`smtp://127.0.0.1:${port}`), from: 'Provender <provender@example.com>' });
  for (const [id, name] of [
    [acme, 'Acme'],
    [other, 'Other'],
  ])
    await store.database
      .sql`insert into pbxs (id, tenant_id, name) values (${id ?? ''}, ${store.tenantId}, ${name ?? ''})`;
});

afterAll(async () => {
  mailer.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  await store.close();
});

beforeEach(async () => {
  got = [];
  refuses = {};
  await store.database.sql`delete from members`;
  await store.database.sql`delete from mail_notices`;
});

async function member(email: string, role: string, pbxIds: readonly string[] | null = null, joined = true) {
  const id = uuidv7();
  await store.database.sql`insert into members (id, tenant_id, email, name, joined_at)
    values (${id}, ${store.tenantId}, ${email}, ${email}, ${joined ? new Date() : null})`;
  await store.database.sql`insert into member_roles (member_id, tenant_id, role, pbx_ids)
    values (${id}, ${store.tenantId}, ${role}, ${pbxIds === null ? null : `{${pbxIds.join(',')}}`})`;
}

const incident = (rest: Partial<NewActivity> = {}): NewActivity => ({
  tenantId: store.tenantId,
  pbxId: acme,
  pbxName: 'Acme',
  actor: 'system',
  verb: 'login.stop',
  outcome: 'failed',
  code: 'HTTP_401',
  sentence: 'The PBX refuses the login that is set.',
  nextAction: 'Correct user name and password.',
  event: 'pbx.blocked',
  ...rest,
});
const tell = (...entries: NewActivity[]) => appendActivity(store.database.db, entries);
const send = () => sendNotices({ database: store.database, mailer, log: silent });
const readers = () => got.map(({ to }) => to).sort();

test('a refused login goes to the PBX admins of that PBX, once', async () => {
  await member('all@example.com', 'pbxAdmin');
  await member('acme@example.com', 'pbxAdmin', [acme]);
  await member('other@example.com', 'pbxAdmin', [other]);
  await member('support@example.com', 'support');
  await member('reseller@example.com', 'resellerAdmin');
  await member('invited@example.com', 'pbxAdmin', null, false);
  await tell(incident());
  await Promise.all([send(), send()]);
  await send();
  expect(readers()).toEqual(['acme@example.com', 'all@example.com']);
  expect(got[0]?.text).toMatch(/^Subject: Provender: Acme: refuses the login/m);
  expect(got[0]?.text).toMatch(/What to do: Correct user name and password\./);
});

test('without a PBX admin it goes to the admins of the reseller, or else to the owners', async () => {
  await member('owner@example.com', 'owner');
  await tell(incident());
  await send();
  await member('reseller@example.com', 'resellerAdmin');
  await tell(incident());
  await send();
  expect(readers()).toEqual(['owner@example.com', 'reseller@example.com']);
});

test('of what the feed tells only these incidents are mailed: not each user, not each pause', async () => {
  await member('all@example.com', 'pbxAdmin');
  await tell(
    incident({ event: 'user.failed', verb: 'sync' }),
    incident({ event: 'pbx.blocked', code: 'HOST_CIRCUIT_OPEN' }),
    incident({ event: 'pbx.recovered', code: null }),
    incident({ event: 'import.finished', verb: 'import.submit', code: null, sentence: '3 users were created.' }),
    incident({ event: 'certificate.expiring', code: 'CERTIFICATE_EXPIRING', detail: { days: 7 } }),
  );
  await send();
  expect(got.map(({ text }) => /^Subject: (.*)/m.exec(text)?.[1]?.trim()).sort()).toEqual([
    'Provender: Acme: a certificate ends',
    'Provender: Acme: an import is finished',
  ]);
});

test('a server that is away is tried again; one reader that it refuses holds up no other', async () => {
  await member('gone@example.com', 'pbxAdmin');
  await member('here@example.com', 'pbxAdmin');
  await tell(incident());
  refuses = { '*': 451 };
  await send();
  expect(got).toEqual([]);
  refuses = { 'gone@example.com': 550 };
  await send();
  expect(got).toEqual([]);
  await store.database.sql`update mail_notices set due_at = now()`;
  await send();
  expect(readers()).toEqual(['here@example.com']);
  expect(await store.database.sql`select 1 from mail_notices`).toHaveLength(0);
});

test('without SMTP nothing piles up', async () => {
  await tell(incident());
  await store.database.sql`update mail_notices set created_at = now() - interval '4 days'`;
  await tell(incident());
  await dropOldMailNotices(store.database.db);
  expect(await store.database.sql`select 1 from mail_notices`).toHaveLength(1);
});
