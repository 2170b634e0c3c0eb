// A submit copies sealed values from rows to users within PostgreSQL (decision 21) while the keys change (decision 14): what
// it copied and has not committed is seen by nobody, and must not be left behind with a key that is thrown away.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { COMMAND_LINE } from '../../src/store/audit.ts';
import { holdKeys } from '../../src/store/key-holder.ts';
import { createKeyRing, openInstallationKeys } from '../../src/store/key-ring.ts';
import { rotateKeys } from '../../src/store/key-rotation.ts';
import { parseKeys } from '../../src/store/key-source.ts';
import { keyIdOf } from '../../src/store/sealed.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

vi.setConfig({ testTimeout: 60_000 });

let api: IntakeApi;
beforeEach(async () => {
  api = await openIntakeApi();
  // A submit stands still when it has copied its rows, as a large one does between two statements.
  await api.database.sql.unsafe(`
    create function stand_still() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(4711); return null; end $$;
    create trigger stand_still after insert on users for each statement execute function stand_still()`);
});
afterEach(() => api.close());

const ROWS = 40;
const CSV = [
  'name,mac_address,sip_user_id,password,prov_username,prov_password',
  ...Array.from({ length: ROWS }, (_, n) => `User ${n},00005e0053${10 + n},${100 + n},sip-${n};=,prov${n},prov-${n}#`),
].join('\n');

/** Runs `take`, and `give` to let it go. Without a transaction, unless they say so: a rotation would wait for that. */
async function hold(take: string, give: string): Promise<() => Promise<void>> {
  const connection = await api.database.sql.reserve();
  await connection.unsafe(take);
  return async () => {
    await connection.unsafe(give);
    connection.release();
  };
}

async function until(what: string, look: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether somebody waits for a lock of this kind. */
const isWaiting = (kind: string) => async () =>
  (
    await api.database.sql`
    select 1 from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
    where not l.granted and l.locktype = ${kind}`
  ).length > 0;

/** Keys that the rows' secrets, which the submit has copied, are sealed with. */
async function keysOfRows(id: string): Promise<Set<string | null>> {
  const rows = await api.database.sql<{ sealed: string }[]>`
    select sip_password_sealed as sealed from import_rows where import_id = ${id}`;
  return new Set(rows.map(({ sealed }) => keyIdOf(sealed)));
}

/** @param begin before the rotation, or while it seals anew and has not come to the rows yet */
async function submitWhileKeysChange(begin: 'before' | 'while it seals'): Promise<void> {
  const pbx = await api.addPbx();
  const id = await api.upload(`${CSV}\n`, pbx);
  expect((await api.settled(`/imports/${id}/validate`)).body).toMatchObject({ errorCount: 0 });
  const holder = await holdKeys(api.database, api.ring, { name: 'the API', tell: () => undefined, beatMs: 50 });
  const command = await openInstallationKeys(api.database, { file: api.keyFile });
  const oldKeyId = command.keyId;
  const letGo = await hold('select pg_advisory_lock(4711)', 'select pg_advisory_unlock(4711)');
  const submit = async () => {
    expect((await api.call('POST', `/imports/${id}/submit`)).status).toBe(202);
    await until('the submit has copied its rows', isWaiting('advisory'));
  };

  const said: string[] = [];
  let ended = false;
  const rotate = () =>
    rotateKeys(api.database, command, {
      by: COMMAND_LINE,
      say: (line) => void said.push(line),
      settleMs: 100,
    }).finally(() => {
      ended = true;
    });
  let rotation: ReturnType<typeof rotate>;
  if (begin === 'before') {
    await submit();
    rotation = rotate();
  } else {
    // Read before users and rows are: the rotation has begun to seal anew, and waits here.
    const goOn = await hold('begin; lock table member_credentials in access exclusive mode', 'commit');
    rotation = rotate();
    await until('the rotation seals anew', isWaiting('relation'));
    await submit();
    await goOn();
  }
  rotation.catch(() => undefined);
  await until('the rows are sealed anew', async () => !(await keysOfRows(id)).has(oldKeyId));
  // Nothing is left that the rotation can see, and the submit has old values in its hands. It looks again and again.
  const looks = () => said.filter((line) => line.endsWith('sealed anew')).length;
  await until('five looks, or the end', async () => ended || looks() >= 5);
  const endedTooEarly = ended;
  await letGo();
  const { newKeyId } = await rotation;
  expect((await api.settle(id)).body).toMatchObject({ state: 'done', createdCount: ROWS });
  await until('the API has thrown the old key away', async () => !api.ring.keyIds.includes(oldKeyId));
  await holder.stop();

  const keys = parseKeys({ file: api.keyFile }, readFileSync(api.keyFile, 'utf8'));
  expect(keys.map((key) => createKeyRing([key]).keyId)).toEqual([newKeyId]);
  // Opened with the new key alone, which is all that the API has now.
  expect(api.ring.keyIds).toEqual([newKeyId]);
  const users = await api.storedUsers(pbx);
  expect(Object.keys(users)).toHaveLength(ROWS);
  for (let n = 0; n < ROWS; n += 1) {
    expect(users[String(100 + n)]).toMatchObject({ sip_password: `sip-${n};=`, prov_password: `prov-${n}#` });
  }
  expect(endedTooEarly).toBe(false);
}

test('S4: the keys change while a submit that began before has copied old values', () =>
  submitWhileKeysChange('before'));

test('S4: the keys change while a submit that began meanwhile has copied old values', () =>
  submitWhileKeysChange('while it seals'));
