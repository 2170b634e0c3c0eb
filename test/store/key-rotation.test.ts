// S4 of the attack list: keys change while programs run, and a change that is killed goes on.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { COMMAND_LINE } from '../../src/store/audit.ts';
import { checkStore } from '../../src/store/check.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type HolderOptions, holdKeys } from '../../src/store/key-holder.ts';
import { createKeyRing, type KeyRing, openInstallationKeys, openKeyRing } from '../../src/store/key-ring.ts';
import { rotateKeys } from '../../src/store/key-rotation.ts';
import { keyText, newKey, parseKeys } from '../../src/store/key-source.ts';
import { linesTags } from '../../src/store/lines-tags.ts';
import { keyIdOf } from '../../src/store/sealed.ts';
import { homeOf, SEALED_COLUMNS, type SealedRow, selectionOf } from '../../src/store/sealed-columns.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

// A program of its own is started and killed several times.
vi.setConfig({ testTimeout: 120_000 });

let t: TestDatabase;
let folder: string;
beforeEach(async () => {
  t = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'provender-rotation-'));
});
afterEach(async () => {
  await t.close();
  rmSync(folder, { recursive: true });
});

const said: string[] = [];
const OPTIONS = { by: COMMAND_LINE, say: (line: string) => void said.push(line), settleMs: 100, batch: 7 };
const QUIET: HolderOptions = { name: 'a test', tell: () => undefined, beatMs: 50 };

/** All values of a column with its own place, as the database has it. */
async function valuesOf(column: (typeof SEALED_COLUMNS)[number]): Promise<SealedRow[]> {
  return t.database.sql.unsafe<SealedRow[]>(
    `select ${selectionOf(column)} from ${column.table} t where t.${column.column}_sealed is not null`,
  );
}

const CONTENT = JSON.stringify({
  lines: [{ line: 1, userName: '2101', registrar: { host: 'sip.example.com', port: null } }],
  settings: [],
  line: 1,
  didField: null,
  didText: null,
});

/** At least one value in every sealed column, `users` of most. */
async function fill(users: number): Promise<void> {
  const { sql } = t.database;
  const tenant = t.tenantId;
  const { ring } = t;
  const pbx = uuidv7();
  const at = (table: string, row: string, column: string) => ({ tenant, table, row, column });
  const seal = (table: string, row: string, column: string) =>
    ring.seal(`${table}.${column} ${row}`, at(table, row, column));
  await sql`
    insert into pbxs (id, tenant_id, name, password_sealed, client_key_sealed, file_key_sealed)
    values (${pbx}, ${tenant}, ${`PBX ${pbx}`}, ${seal('pbxs', pbx, 'password')}, ${seal('pbxs', pbx, 'client_key')},
      ${seal('pbxs', pbx, 'file_key')})`;
  const ids = Array.from({ length: users }, () => uuidv7());
  const many = (column: string) =>
    ring.sealMany(
      { tenant, table: 'users', column },
      ids.map((row) => ({ row, text: `users.${column} ${row}` })),
    );
  const [prov, sip, portal] = [many('prov_password'), many('sip_password'), many('portal_login_password')];
  const tags = linesTags(ring, CONTENT);
  for (const [n, id] of ids.entries()) {
    await sql`
      insert into users (id, tenant_id, pbx_id, source, status, lines_version, content_tag, aor_tag, prov_password_sealed,
        sip_password_sealed, portal_login_password_sealed)
      values (${id}, ${tenant}, ${pbx}, 'api', 'off', 1, ${tags.content}, ${tags.aor}, ${prov[n] ?? ''}, ${sip[n] ?? ''},
        ${portal[n] ?? ''})`;
    await sql`
      insert into harvested_lines (user_id, version, tenant_id, content_sealed, vendor, format, line, source_url, changes)
      values (${id}, 1, ${tenant}, ${ring.seal(CONTENT, at('harvested_lines', `${id}.1`, 'content'))}, 'yealink',
        'yealink', 1, 'https://pbx.example.com/', '{}')`;
  }
  const importId = uuidv7();
  await sql`
    insert into imports (id, tenant_id, state, header, columns, row_count, created_by)
    values (${importId}, ${tenant}, 'ready', '{}', '[]', 1, 'ann')`;
  await sql`
    insert into import_rows (import_id, number, shown, raw_sealed, before_sealed)
    values (${importId}, 1, '{}', ${seal('import_rows', `${importId}.1`, 'raw')}, ${seal('import_rows', `${importId}.1`, 'before')})`;
  const promised = uuidv7();
  await sql`
    insert into import_rows (import_id, number, shown, new_user_id, prov_password_sealed, sip_password_sealed, portal_login_password_sealed)
    values (${importId}, 2, '{}', ${promised}, ${seal('users', promised, 'prov_password')}, ${seal('users', promised, 'sip_password')},
      ${seal('users', promised, 'portal_login_password')})`;
  const runId = uuidv7();
  await sql`
    insert into file_runs (id, tenant_id, pbx_id, file_name, size, state, created_by)
    values (${runId}, ${tenant}, ${pbx}, 'backup.zip', 9, 'waiting', 'ann')`;
  await sql`
    insert into file_run_parts (run_id, number, content_sealed)
    values (${runId}, 0, ${seal('file_run_parts', `${runId}.0`, 'content')})`;
  const body = { tenant: '', table: 'idempotency_keys', row: `key:a.b.${pbx}.POST /x`, column: 'body' };
  await sql`
    insert into idempotency_keys (account, key, route, request_hash, status, body_sealed, locked_until)
    values ('key:a.b', ${pbx}, 'POST /x', '', 200, ${ring.seal('idempotency', body)}, now())`;
  const hash = { tenant: '', table: 'audit_days', row: '2026-01-02', column: 'hash' };
  await sql`
    insert into audit_days (day, row_count, manifest, hash, hash_sealed)
    values ('2026-01-02', 0, '', 'x', ${ring.seal('x', hash)}) on conflict do nothing`;
  const hook = uuidv7();
  await sql`
    insert into webhooks (id, tenant_id, url, events, secret_sealed)
    values (${hook}, ${tenant}, 'https://example.com/', '{}', ${seal('webhooks', hook, 'secret')})`;
  const provider = uuidv7();
  await sql`
    insert into sso_providers (id, tenant_id, name, issuer, client_id, client_secret_sealed)
    values (${provider}, ${tenant}, ${provider}, 'https://id.example.com/', 'x', ${seal('sso_providers', provider, 'client_secret')})`;
  const member = uuidv7();
  await sql`insert into members (id, tenant_id, email, name) values (${member}, ${tenant}, ${`${member}@example.com`}, 'Ann')`;
  await sql`
    insert into member_credentials (member_id, totp_secret_sealed)
    values (${member}, ${seal('member_credentials', member, 'totp_secret')})`;
}

/** What the sealed columns hold, opened with a ring; and with which keys they are sealed. */
async function opened(ring: KeyRing = t.ring): Promise<{ texts: string[]; keyIds: Set<string | null> }> {
  const texts: string[] = [];
  const keyIds = new Set<string | null>();
  for (const column of SEALED_COLUMNS) {
    const rows = await valuesOf(column);
    expect(rows.length, `${column.table}.${column.column}`).toBeGreaterThan(0);
    for (const { row, tenant, sealed } of rows) {
      texts.push(ring.unseal(sealed, { ...homeOf(column, tenant), row }).reveal());
      keyIds.add(keyIdOf(sealed));
    }
  }
  return { texts: texts.sort(), keyIds };
}

const keysOf = (file: string) =>
  parseKeys({ file }, readFileSync(file, 'utf8')).map((key) => createKeyRing([key]).keyId);

test('S4: changes the key of every column while two machines run, which learn the new one and lose the old one', async () => {
  await fill(30);
  const before = await opened();
  const oldKeyId = t.ring.keyId;
  // Two machines with key files of their own; the second one shares the file with the command.
  const copy = join(folder, 'copy.key');
  copyFileSync(t.keyFile, copy);
  const apart = await openInstallationKeys(t.database, { file: copy });
  const holders = [await holdKeys(t.database, t.ring, QUIET), await holdKeys(t.database, apart, QUIET)];
  let stop = false;
  // A program that writes all the time, with whatever key it is told to use.
  const writing = (async () => {
    for (let n = 0; !stop; n += 1) {
      const ring = n % 2 === 0 ? t.ring : apart;
      const [row] = await t.database.sql<{ id: string }[]>`
        select id from users order by md5(id::text || ${String(n)}) limit 1`;
      const id = row?.id ?? '';
      const place = { tenant: t.tenantId, table: 'users', row: id, column: 'sip_password' };
      await t.database.sql`
        update users set sip_password_sealed = ${ring.seal(`users.sip_password ${id}`, place)} where id = ${id}`;
      expect((await opened(ring)).texts).toEqual(before.texts);
    }
  })();
  const command = await openInstallationKeys(t.database, { file: t.keyFile });
  const result = await rotateKeys(t.database, command, OPTIONS);
  expect(result).toMatchObject({ oldKeyId, notKept: [] });
  await new Promise((resolve) => setTimeout(resolve, 300));
  stop = true;
  await writing;
  for (const holder of holders) await holder.stop();

  const after = await opened();
  expect(after.texts).toEqual(before.texts);
  expect([...after.keyIds]).toEqual([result.newKeyId]);
  for (const ring of [t.ring, apart]) expect([ring.keyId, ring.keyIds]).toEqual([result.newKeyId, [result.newKeyId]]);
  for (const file of [t.keyFile, copy]) expect(keysOf(file)).toEqual([result.newKeyId]);
  expect((await openInstallationKeys(t.database, { file: copy })).keyId).toBe(result.newKeyId);
  // An unchanged file is known as unchanged, and an account of two devices as one.
  const tags = await t.database.sql`select distinct content_tag, aor_tag from users`;
  expect(tags.map((row) => ({ ...row }))).toEqual([
    { content_tag: linesTags(t.ring, CONTENT).content, aor_tag: linesTags(t.ring, CONTENT).aor },
  ]);
  expect((await checkStore(t.database, t.ring)).filter(({ code }) => code === 'SEALED_BROKEN')).toEqual([]);
  expect(await t.database.sql`select action, actor from audit order by id`).toEqual([
    { action: 'keys.rotate', actor: 'cli' },
    { action: 'keys.retire', actor: 'cli' },
  ]);
  // Nobody can find the new key in the database with the old one.
  expect(await t.database.sql`select handed_over from key_holders where handed_over is not null`).toEqual([]);
});

const script = new URL('../help/rotate-program.ts', import.meta.url).pathname;

/** Until it says something like this, or ends. */
async function until(child: ChildProcess, holds: () => Promise<boolean>): Promise<void> {
  while (child.exitCode === null && !(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('S4: a change that was killed needs both keys, and goes on with the next call', async () => {
  await fill(300);
  const before = await opened();
  const [oldKey = Buffer.alloc(0)] = parseKeys({ file: t.keyFile }, readFileSync(t.keyFile, 'utf8'));
  const oldKeyId = t.ring.keyId;
  const moved = async () => {
    const [row] = await t.database.sql<{ n: number }[]>`
      select count(*)::int as n from users where sip_password_sealed not like ${`v_.${oldKeyId}.%`}`;
    return row?.n ?? 0;
  };
  let killedInTheMiddle = 0;
  for (let kills = 0; kills < 3; kills += 1) {
    const child = spawn(process.execPath, [script, t.url, t.keyFile, '3'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const from = await moved();
    await until(child, async () => (await moved()) > from + 20);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    if ((await moved()) < 300) killedInTheMiddle += 1;
  }
  expect(killedInTheMiddle).toBeGreaterThan(1);

  const ring = await openInstallationKeys(t.database, { file: t.keyFile });
  const half = await opened(ring);
  expect(half.texts).toEqual(before.texts);
  expect(half.keyIds.size).toBe(2);
  const newKeyId = ring.keyIds.find((id) => id !== oldKeyId) ?? '';
  await expect(opened(createKeyRing([oldKey]))).rejects.toThrow('not in the key file');
  await expect(opened(createKeyRing([ring.masterOf(newKeyId) ?? oldKey]))).rejects.toThrow('not in the key file');

  const result = await rotateKeys(t.database, ring, OPTIONS);
  expect(result).toMatchObject({ oldKeyId, newKeyId });
  const after = await opened(createKeyRing([ring.masterOf(newKeyId) ?? oldKey]));
  expect(after.texts).toEqual(before.texts);
  expect(keysOf(t.keyFile)).toEqual([newKeyId]);
  expect(await t.database.sql`select phase from key_rotations`).toEqual([{ phase: 'done' }]);
});

test('S4: one change at a time', async () => {
  const holder = await holdKeys(t.database, t.ring, { ...QUIET, beatMs: 3_600_000 });
  const ring = () => openInstallationKeys(t.database, { file: t.keyFile });
  const first = rotateKeys(t.database, await ring(), { ...OPTIONS, patienceMs: 600 });
  await new Promise((resolve) => setTimeout(resolve, 150));
  await expect(rotateKeys(t.database, await ring(), OPTIONS)).rejects.toMatchObject({ code: 'KEY_ROTATING' });
  // The holder does not answer: it is named, and nothing is sealed with a key that it cannot open.
  await expect(first).rejects.toThrow(/^These do not know the new key after 1 s: a test\. .*goes on from here/);
  expect(await t.database.sql`select phase from key_rotations`).toEqual([{ phase: 'announced' }]);
  await holder.stop();
  await rotateKeys(t.database, await ring(), OPTIONS);
});

test('S4: a value that does not open keeps the old key in use, and is named', async () => {
  await fill(3);
  await t.database.sql`update pbxs set password_sealed = client_key_sealed`;
  const ring = await openInstallationKeys(t.database, { file: t.keyFile });
  await expect(rotateKeys(t.database, ring, OPTIONS)).rejects.toMatchObject({
    code: 'SEALED_BROKEN',
    message: expect.stringMatching(/^The sealed value pbxs\.password of row \S+ does not open/),
  });
  expect(keysOf(t.keyFile)).toHaveLength(2);
  await t.database.sql`update pbxs set password_sealed = null`;
  await t.database
    .sql`update pbxs set password_sealed = ${ring.seal('x', { tenant: t.tenantId, table: 'pbxs', row: 'x', column: 'password' })} where false`;
  await rotateKeys(t.database, await openInstallationKeys(t.database, { file: t.keyFile }), OPTIONS);
  expect(keysOf(t.keyFile)).toHaveLength(1);
});

test('S4: a key of the environment or of a command: the operator adds the new one, programs learn it by themselves', async () => {
  const [old = Buffer.alloc(0)] = parseKeys({ file: t.keyFile }, readFileSync(t.keyFile, 'utf8'));
  const added = newKey();
  const running = await openInstallationKeys(t.database, { keys: new Secret(keyText(old)) });
  const holder = await holdKeys(t.database, running, QUIET);
  const alone = await openInstallationKeys(t.database, { keys: new Secret(keyText(old)) });
  await expect(rotateKeys(t.database, alone, OPTIONS)).rejects.toThrow(/^PROVENDER_KEY holds no new key/);
  const both = `console.log(${JSON.stringify(`${keyText(old)},${keyText(added)}`)})`;
  const command = await openInstallationKeys(t.database, { command: [process.execPath, '-e', both] });
  const result = await rotateKeys(t.database, command, OPTIONS);
  expect(result.newKeyId).toBe(createKeyRing([added]).keyId);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(running.keyIds).toEqual([result.newKeyId]);
  await holder.stop();
  await expect(openInstallationKeys(t.database, { keys: new Secret(keyText(old)) })).rejects.toThrow(/was retired on/);
});

test('S5: a command that fails is named, and what it says is not repeated', async () => {
  const failing = { command: [process.execPath, '-e', 'console.error("s.hunter2"); process.exit(3)'] } as const;
  await expect(openKeyRing(failing)).rejects.toMatchObject({
    code: 'KEY_COMMAND_FAILED',
    message: expect.not.stringContaining('hunter2'),
  });
  await expect(openKeyRing({ command: ['/nowhere/vault'] })).rejects.toThrow('was not found');
  await expect(openKeyRing({ command: [process.execPath, '-e', 'console.log("$HOME")'] })).rejects.toThrow(
    'is not a key',
  );
});

test('a program that starts in the middle with the old key alone is handed the new one before it goes on', async () => {
  await fill(3);
  const copy = join(folder, 'copy.key');
  copyFileSync(t.keyFile, copy);
  // Waits in the middle: a transaction that began before the change is still open.
  const other = await openDatabase(t.url, { name: 'held', max: 1 });
  const held = other.sql.begin(async (tx) => {
    await tx`select 1`;
    await new Promise((resolve) => setTimeout(resolve, 1500));
  });
  const command = await openInstallationKeys(t.database, { file: t.keyFile });
  const rotation = rotateKeys(t.database, command, OPTIONS);
  for (;;) {
    const rows = await t.database.sql`select 1 from key_rotations where phase = 'sealing'`;
    if (rows.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const late = await openInstallationKeys(t.database, { file: copy });
  const holder = holdKeys(t.database, late, QUIET);
  // Only while a rotation listens is it handed over: see KEY_ROTATING otherwise.
  await Promise.all([held, rotation]);
  await (await holder).stop();
  await other.close();
  expect(late.keyIds).toContain(command.keyId);
});
