// S1, L1 and L2 of the attack list: a thousand secrets are planted everywhere that secrets go, everything is done that
// Provender does, and then the files of the database (its log of changes too), our own log and all answers are searched.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueClient, makeAuthority } from '../../src/demo/certificates.ts';
import { COMMAND_LINE } from '../../src/store/audit.ts';
import { removeCluster } from '../../src/store/cluster.ts';
import { openDatabase } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { openInstallationKeys } from '../../src/store/key-ring.ts';
import { rotateKeys } from '../../src/store/key-rotation.ts';
import { type Browser, openBrowser } from '../help/browser.ts';
import { begin, provender, type Running } from '../help/cli.ts';
import { yealinkFile } from '../help/harvest.ts';
import { startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../help/webhook-receiver.ts';

/** In every planted secret, so that one search finds them all. */
const MARK = 'Cnry7QxZ';
/** Planted where it may be seen: proof that the search finds what is there. */
const OPEN_MARK = 'Seen7QxZ';
const USERS = 300;
const MATCH = { 'if-match': '*' };
const EMAIL = 'owner@example.com';

let planted = 0;
const secret = () => {
  planted += 1;
  return `${MARK}-${randomBytes(6).toString('hex')}-${planted}`;
};
/** Made by Provender and shown once: they have no mark. */
const shownOnce: string[] = [];

let folder: string;
let dataDir: string;
let program: Running;
let owner: Browser;
let server: ProvisioningServer;
let refusing: ProvisioningServer;
let receiver: WebhookReceiver;
/** All that was answered, but for what is there to show secrets. */
const answers: string[] = [];

const macOf = (n: number) => (0x00005e100000 + n).toString(16).padStart(12, '0');

/** A file as it is good for this one: most are fine, some fail in every way that a file can. */
function fileOf(n: number): { status?: number; headers?: Record<string, string>; body: string } {
  const good = yealinkFile({ userName: `u${n}`, password: secret(), mac: macOf(n) });
  switch (n % 20) {
    case 1:
      return {
        body: `<html><body>login failed for ${secret()}</body></html>`,
        headers: { 'content-type': 'text/html' },
      };
    case 2:
      return { status: 500, body: `error in provision.php: password ${secret()}` };
    case 3:
      return { body: good.replace(macOf(n), macOf(9999)) };
    case 4:
      return { status: 302, headers: { location: `http://127.0.0.1:1/x?token=${secret()}` }, body: '' };
    case 5:
      return { body: `<?php echo '${secret()}' ?>` };
    case 6:
      return { body: good.replace('account.1.user_name', 'account.1.xuser_name') };
    case 7:
      return { status: 404, body: secret() };
    default:
      return { body: good };
  }
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await owner.call(method, path, body, headers);
  answers.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
}

/** Answers that show a secret this once are not searched; what they showed is. */
async function askForSecret(method: string, path: string, body: unknown, pick: (json: never) => string) {
  const answer = await owner.call(method, path, body);
  expect(answer.status, answer.text).toBeLessThan(300);
  shownOnce.push(pick(answer.json as never));
  return answer;
}

async function upload(csv: string, query: string) {
  const response = await fetch(`${program.url}/api/v1/imports?${query}`, {
    method: 'POST',
    headers: {
      'content-type': 'text/csv',
      cookie: [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'sec-fetch-site': 'same-origin',
      'idempotency-key': `upload ${planted}`.replace(' ', '-'),
    },
    body: csv,
  });
  const text = await response.text();
  answers.push(text);
  expect(response.status, text).toBe(201);
  return JSON.parse(text).id as string;
}

async function job(id: string, verb: string, body?: object) {
  await ask('POST', `/imports/${id}/${verb}`, body);
  for (let tries = 0; tries < 2400; tries += 1) {
    const seen = await owner.call('GET', `/imports/${id}`);
    if (seen.json.job === null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${verb} of the import does not end`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provender-canaries-'));
  dataDir = join(folder, 'data');
  const password = secret();
  writeFileSync(join(folder, 'password'), `${password}\n`);
  receiver = await startWebhookReceiver();
  program = await begin(['start', '--data', dataDir, '--port', '0'], /Listening/, {
    PROVENDER_ADMIN_EMAIL: EMAIL,
    PROVENDER_ADMIN_PASSWORD_FILE: join(folder, 'password'),
    PROVENDER_OUTBOUND: 'local',
    PROVENDER_LOG_LEVEL: 'trace',
  });
  owner = openBrowser({ url: program.url });
  expect((await owner.signIn(EMAIL, password)).status).toBe(200);
}, 180_000);

afterAll(async () => {
  program.child.kill('SIGKILL');
  await Promise.all([server?.close(), refusing?.close(), receiver?.close()]);
  removeCluster(dataDir);
  rmSync(folder, { recursive: true, force: true });
});

/** The three ways in which the letters of a text can stand in base64, without what depends on its neighbours. */
function formsOf(text: string): Buffer[] {
  const shifted = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    return encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + text.length) * 8) / 6));
  });
  const forms = [text, ...shifted, Buffer.from(text).toString('hex'), encodeURIComponent(text)];
  return [...new Set(forms)].map((form) => Buffer.from(form));
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

function hits(where: string, bytes: Buffer, texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    formsOf(text).flatMap((form) => {
      const at = bytes.indexOf(form);
      return at < 0 ? [] : [`${where}: ...${bytes.subarray(Math.max(0, at - 60), at + 60).toString('latin1')}...`];
    }),
  );
}

test('S1: plants a thousand secrets, does everything, and finds none of them', { timeout: 600_000 }, async () => {
  // Served files, and logins at the servers.
  const calm = 'it fails in ways of its own, each with a secret in it';
  const provPassword = secret();
  const accounts: Record<string, string> = { harvester: provPassword };
  const files = Object.fromEntries(Array.from({ length: USERS }, (_, n) => [`/${macOf(n)}.cfg`, fileOf(n)]));
  server = await startPbx({ calm, login: { kind: 'digest', accounts }, files });
  refusing = await startPbx({ calm, login: { kind: 'basic', accounts: { nobody: 'x' } } });

  const login = { username: 'harvester', password: provPassword, allowPlainHttp: true };
  const common = { country: 'US', autoProvision: true, didField: 'none' };
  const pbx = (
    await ask('POST', '/pbxs', {
      ...common,
      ...login,
      name: `PBX ${OPEN_MARK}`,
      provisioningUrl: `${server.origin}/{mac}.cfg`,
    })
  ).json.id;
  const shut = (
    await ask('POST', '/pbxs', {
      ...common,
      ...login,
      password: secret(),
      name: 'Refuses',
      provisioningUrl: `${refusing.origin}/{mac}.cfg`,
    })
  ).json.id;

  // A client key with a passphrase, a wrong passphrase, and a key that is none.
  const authority = await makeAuthority();
  const client = await issueClient(authority, { name: 'harvester' });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const passphrase = secret();
  const sealedKey = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
  const certificates = `/pbxs/${shut}/certificates`;
  await ask('PUT', certificates, { clientCertPem: client.cert, clientKeyPem: sealedKey, passphrase }, MATCH);
  await ask('PUT', certificates, { clientCertPem: client.cert, clientKeyPem: sealedKey, passphrase: secret() }, MATCH);
  await ask('PUT', certificates, { clientCertPem: client.cert, clientKeyPem: secret() }, MATCH);
  await ask('PUT', certificates, { clientCertPem: client.cert, clientKeyPem: client.key }, MATCH);
  shownOnce.push(client.key.split('\n')[1]?.slice(0, 40) ?? '');

  // An upload with passwords, with errors too, mended, submitted, written out, and one that is undone.
  const header =
    'name,sip_user_id,mac_address,prov_username,prov_password,password,portal_login_name,portal_login_password';
  const own = (n: number) => (n % 25 === 0 ? `own${n}` : '');
  const rows = Array.from({ length: USERS }, (_, n) => {
    const ownPassword = own(n) === '' ? '' : secret();
    if (ownPassword !== '') accounts[own(n)] = ownPassword;
    return `User ${n},${1000 + n},${macOf(n)},${own(n)},${ownPassword},${secret()},portal${n},${secret()}`;
  });
  const broken = Array.from({ length: 40 }, (_, n) => `Bad ${n},1000,not-a-mac,,${secret()},${secret()},,${secret()}`);
  const first = await upload(`${header}\n${[...rows, ...broken].join('\n')}\n`, `pbx=${pbx}`);
  await job(first, 'validate');
  await ask('PATCH', `/imports/${first}/rows/${USERS + 1}`, { cells: { password: secret(), mac_address: 'x' } });
  for (const what of ['rows?limit=500', 'problems', 'errors.csv']) await ask('GET', `/imports/${first}/${what}`);
  await job(first, 'submit', { partial: true });
  await ask('GET', `/imports/${first}/result`);
  const second = await upload(
    `${header}\nAgain,1001,${macOf(1)},,,${secret()},portal1,${secret()}\n`,
    `pbx=${pbx}&existing=update`,
  );
  await job(second, 'submit');
  await job(second, 'undo');
  const third = `name,mac_address,password\nX,${macOf(5000)},${secret()}\n`;
  await job(await upload(third, `pbx=${shut}`), 'submit');

  // Users by the API, also with an Idempotency-Key, and requests that are refused.
  for (let n = 0; n < 20; n += 1) {
    const body = {
      pbxId: shut,
      mac: macOf(6000 + n),
      provUsername: 'own',
      provPassword: secret(),
      sipPassword: secret(),
    };
    const made = await ask('POST', '/users', body, { 'idempotency-key': `k${n}` });
    await ask('PATCH', `/users/${made.json.id}`, { portalLoginName: 'p', portalLoginPassword: secret() }, MATCH);
    await ask('POST', '/users', { ...body, mac: secret(), nonsense: secret() });
  }
  await ask('POST', '/pbxs', `{"password": "${secret()}" broken`);
  await ask('POST', '/pbxs', { name: 'In the address', provisioningUrl: `http://u:${secret()}@pbx.example.com/` });

  // The harvest.
  const waitFor = async (what: string, holds: () => Promise<boolean>) => {
    for (let tries = 0; tries < 1200; tries += 1) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`does not come: ${what}`);
  };
  await waitFor('the harvest', async () => {
    const { users } = (await owner.call('GET', `/pbxs/${pbx}`)).json;
    return users.provisioned > USERS / 2 && users.failed > USERS / 5;
  });
  await waitFor('the refusal', async () => (await owner.call('GET', `/pbxs/${shut}`)).json.users.failed > 0);
  for (const id of [pbx, shut]) await ask('POST', `/pbxs/${id}/test`, { mac: macOf(0) });
  await ask('POST', `/pbxs/${pbx}/sync`);

  // Members, keys, a second factor, webhooks.
  for (let n = 0; n < 10; n += 1) {
    const email = `member${n}@example.com`;
    const body = {
      email,
      name: 'Ann',
      roles: [{ tenantId: (await owner.call('GET', `/pbxs/${pbx}`)).json.tenantId, role: 'viewer' }],
    };
    const invited = await owner.call('POST', '/members', body);
    expect(invited.status, invited.text).toBe(201);
    const token = /#token=(\S+)/.exec(invited.json.invitation.link)?.[1] ?? '';
    shownOnce.push(token);
    const browser = openBrowser({ url: program.url });
    const joined = await browser.call('POST', '/invitations/accept', { token, password: secret() });
    expect(joined.status, joined.text).toBeLessThan(300);
    answers.push(joined.text);
    answers.push((await browser.signIn(email, secret())).text);
  }
  for (let n = 0; n < 10; n += 1) {
    const body = { name: `key ${n}`, scopes: ['users:read'] };
    await askForSecret('POST', '/api-keys', body, ({ key }: { key: string }) => key);
  }
  const factor = await askForSecret('POST', '/me/second-factor', undefined, (json: { secret: string }) => json.secret);
  const code = generateSync({ secret: factor.json.secret });
  const recovery = await owner.call('POST', '/me/second-factor/confirm', { code });
  shownOnce.push(...(recovery.json?.recoveryCodes ?? []));
  const events = ['user.provisioned', 'user.failed', 'user.credentialsChanged', 'import.finished', 'pbx.blocked'];
  const hook = await askForSecret(
    'POST',
    '/webhooks',
    { url: receiver.url, events },
    (json: { secret: string }) => json.secret,
  );
  await ask('POST', `/webhooks/${hook.json.id}/ping`);

  // Passwords that leave, and what is left of that.
  const [some] = (await ask('GET', `/users?pbxId=${pbx}&status=provisioned&limit=1`)).json.items;
  const shown = await owner.call('POST', `/users/${some.id}/reveal`, { reason: 'a rehearsal' });
  expect(shown.text).toContain(MARK);
  writeFileSync(
    join(folder, 'key.pem'),
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
  );
  const exported = await provender([
    'export',
    '--data',
    dataDir,
    '--recipient',
    join(folder, 'key.pem'),
    '--out',
    join(folder, 'users.cms'),
  ]);
  expect(exported.code, exported.stderr).toBe(0);

  // All that can be read.
  const lists = [
    '/pbxs',
    '/users',
    '/imports',
    '/activity',
    '/audit',
    '/members',
    '/api-keys',
    '/webhooks',
    '/voice-routes',
  ];
  for (const list of lists) await ask('GET', `${list}?limit=500`);
  for (const path of [
    '/users/export',
    '/audit/export.csv',
    '/audit/export.jsonl',
    `/pbxs/${pbx}/hand-over?format=plain`,
  ])
    await ask('GET', path);
  for (const end of ['', '/lines', '/timeline']) await ask('GET', `/users/${some.id}${end}`);

  // Another key, while it runs.
  const embedded = await startEmbedded({ dataDir, join: true, program: 'canaries' });
  const database = await openDatabase(embedded.url, { name: 'canaries' });
  const ring = await openInstallationKeys(database, { file: join(dataDir, 'master.key') });
  await rotateKeys(database, ring, { by: COMMAND_LINE, say: () => undefined, settleMs: 500 });
  await database.sql`checkpoint`.catch(() => undefined);
  await database.close();
  await embedded.stop();

  await waitFor('a webhook', async () => receiver.taken.length > 0);
  await program.end('SIGTERM');
  expect(planted).toBeGreaterThan(1000);

  const location = join(dataDir, 'postgres.location');
  const cluster = existsSync(location) ? readFileSync(location, 'utf8').trim() : join(dataDir, 'postgres');
  const places = new Map<string, Buffer>();
  for (const file of filesBelow(cluster)) places.set(file.slice(cluster.length), readFileSync(file));
  places.set('postgres.log', readFileSync(join(dataDir, 'postgres.log')));
  places.set('the log', Buffer.from(program.output()));
  places.set('the answers', Buffer.from(answers.join('\n')));
  places.set('the export', readFileSync(join(folder, 'users.cms')));
  places.set('what the export said', Buffer.from(exported.stdout + exported.stderr));
  places.set(
    'webhooks',
    Buffer.from(receiver.taken.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n')),
  );

  const found = (texts: readonly string[]) => [...places].flatMap(([where, bytes]) => hits(where, bytes, texts));
  expect(shownOnce.filter((text) => text.length < 8)).toEqual([]);
  const seen = found([OPEN_MARK]);
  for (const where of [/^\/base\//, /^\/pg_wal\//, /^the answers/])
    expect(seen.some((hit) => where.test(hit))).toBe(true);
  expect(found([MARK])).toEqual([]);
  expect(found(shownOnce)).toEqual([]);
});
