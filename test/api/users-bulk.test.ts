import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, addTenant } from '../help/access.ts';
import { TEST_KEY } from '../help/api.ts';
import { type Answer, type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

const bulk = (body: unknown): Promise<Answer> => api.call('POST', '/users/bulk', body);
const UNKNOWN = '01a1fd94-06ea-74e4-b19b-0dd520170800';

async function addUser(pbxId: string, settings: Record<string, unknown>): Promise<string> {
  const made = await api.call('POST', '/users', { pbxId, ...settings });
  expect(made.status).toBe(201);
  return made.body.id;
}

async function stateOf(id: string) {
  const { body } = await api.call('GET', `/users/${id}`);
  return body;
}

async function feedOf(pbxId: string) {
  const { body } = await api.call('GET', `/activity?pbxId=${pbxId}&limit=500`);
  return body.items.filter((entry: { verb: string }) => entry.verb.startsWith('users.'));
}

/** Users of one PBX made by SQL: `waiting`, with a MAC each. */
async function addMany(pbxId: string, count: number): Promise<void> {
  await api.database.sql`
    insert into users (id, tenant_id, pbx_id, name, mac, source, status, reason_code)
    select gen_random_uuid(), ${api.tenantId}, ${pbxId}, 'many ' || n, lpad(to_hex(n), 12, '0'), 'api', 'waiting', 'QUEUED'
    from generate_series(1, ${count}) n`;
}

describe('switching many users', () => {
  it('switches users off, keeps what is stored, and says who was off already', async () => {
    const pbxId = await api.addPbx();
    const [on, off] = [
      await addUser(pbxId, { name: 'On', mac: '00005e005301' }),
      await addUser(pbxId, { name: 'Off', mac: '00005e005302', autoProvision: 'off' }),
    ];
    const before = await stateOf(on);
    const answer = await bulk({ action: 'disable', userIds: [on, off, UNKNOWN, on] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      dryRun: false,
      matched: 2,
      changed: 1,
      skipped: [
        { code: 'USER_UNKNOWN', message: 'There is no such user.', count: 1, userIds: [UNKNOWN] },
        { code: 'ALREADY_OFF', message: 'Is switched off already.', count: 1, userIds: [off] },
      ],
    });
    expect(await stateOf(on)).toMatchObject({
      status: 'off',
      autoProvision: 'off',
      nextTryAt: null,
      reasonCode: null,
      mac: before.mac,
      version: before.version + 1,
    });
  });

  it('switches on those that are off: due now, or waiting for a MAC', async () => {
    const pbxId = await api.addPbx({ autoProvision: false });
    const known = await addUser(pbxId, { name: 'Known', mac: '00005e005303' });
    const without = await addUser(pbxId, { name: 'Without', autoProvision: 'off' });
    const already = await addUser(pbxId, { name: 'Already', mac: '00005e005304', autoProvision: 'on' });
    const answer = await bulk({ action: 'enable', filter: { pbxId } });
    expect(answer.body).toMatchObject({
      matched: 3,
      changed: 2,
      skipped: [{ code: 'ALREADY_ON', userIds: [already] }],
    });
    expect(await stateOf(known)).toMatchObject({
      status: 'waiting',
      reasonCode: 'QUEUED',
      enabled: { value: true, decidedBy: 'user' },
      nextTryAt: expect.any(String),
    });
    expect(await stateOf(without)).toMatchObject({ status: 'waiting', reasonCode: 'MAC_MISSING', nextTryAt: null });
    expect(api.woken).toContain(pbxId);
  });

  it('asks users to be fetched now, and says why others are not', async () => {
    const pbxId = await api.addPbx();
    const deaf = await api.addPbx({ provisioningUrl: null });
    const asked = await addUser(pbxId, { name: 'Asked', mac: '00005e005305' });
    const off = await addUser(pbxId, { name: 'Off', mac: '00005e005306', autoProvision: 'off' });
    const without = await addUser(pbxId, { name: 'Without' });
    const elsewhere = await addUser(deaf, { name: 'Elsewhere', mac: '00005e005307' });
    await api.database.sql`
      update users set status = 'failed', reason_code = 'ABSENT', due_at = null, absent_since = now() where id = ${asked}`;
    const answer = await bulk({ action: 'sync', userIds: [asked, off, without, elsewhere] });
    expect(answer.body).toMatchObject({ matched: 4, changed: 1 });
    expect(answer.body.skipped.map((skip: { code: string }) => skip.code).sort()).toEqual([
      'MAC_MISSING',
      'PBX_WITHOUT_ADDRESS',
      'USER_OFF',
    ]);
    const [row] = await api.database.sql`
      select priority, sync_requested_by as by, absent_since, due_at <= now() as due from users where id = ${asked}`;
    expect(row).toEqual({ priority: 10, by: TEST_KEY, absent_since: null, due: true });
    expect(api.woken).toContain(pbxId);
  });
});

describe('users that their PBX no longer knows', () => {
  it('are listed by reason and by time, and erased with their credentials; timelines stay', async () => {
    const pbxId = await api.addPbx({ name: 'Old PBX' });
    const gone = await addUser(pbxId, { name: 'Gone', mac: '00005e005311', provUsername: 'u', provPassword: 'pw' });
    const lately = await addUser(pbxId, { name: 'Lately', mac: '00005e005312' });
    const well = await addUser(pbxId, { name: 'Well', mac: '00005e005313' });
    await api.database.sql`
      update users set status = 'failed', reason_code = 'ABSENT', due_at = null, absent_since = now() - interval '8 days'
      where id = ${gone}`;
    await api.database.sql`
      update users set status = 'stale', reason_code = 'HTTP_403', absent_since = now() - interval '1 hour'
      where id = ${lately}`;
    await api.database.sql`
      insert into harvested_lines (user_id, version, tenant_id, content_sealed, vendor, format, line, source_url, changes)
      values (${gone}, 1, ${api.tenantId}, 'sealed', 'yealink', 'key-value', 1, 'https://pbx.example.com/', '{}')`;
    const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
    const listed = await api.call('GET', `/users?pbxId=${pbxId}&reasonCode=ABSENT,HTTP_404,HTTP_403`);
    expect(listed.body.items).toHaveLength(2);
    const filter = { pbxId, absentSince: week };
    const dry = await bulk({ action: 'erase', filter, dryRun: true });
    expect(dry.body).toEqual({ dryRun: true, matched: 1, changed: 1, skipped: [] });
    expect((await stateOf(gone)).name).toBe('Gone');

    const erased = await bulk({ action: 'erase', filter, confirm: dry.body.matched });
    expect(erased.body).toEqual({ dryRun: false, matched: 1, changed: 1, skipped: [] });
    expect((await api.call('GET', `/users/${gone}`)).status).toBe(404);
    expect(await api.database.sql`select 1 from harvested_lines where user_id = ${gone}`).toHaveLength(0);
    const timeline = await api.call('GET', `/users/${gone}/timeline`);
    expect(timeline.body.items.map((entry: { verb: string }) => entry.verb)).toEqual(['user.create']);
    expect((await stateOf(well)).status).toBe('waiting');
    expect((await stateOf(lately)).status).toBe('stale');
    expect(await feedOf(pbxId)).toMatchObject([
      {
        verb: 'users.erase',
        actor: TEST_KEY,
        pbxName: 'Old PBX',
        sentence: '1 user was deleted, with its credentials.',
        detail: { matched: 1, changed: 1, skipped: {}, filter: { pbxId, absentSince: week } },
      },
    ]);
  });

  it('are not erased without the right count', async () => {
    const pbxId = await api.addPbx();
    await addUser(pbxId, { name: 'A', mac: '00005e005321' });
    await addUser(pbxId, { name: 'B', mac: '00005e005322' });
    const missing = await bulk({ action: 'erase', filter: { pbxId } });
    expect([missing.status, missing.body.errors[0].pointer]).toEqual([422, '#/body/confirm']);
    for (const confirm of [0, 1, 3]) {
      const wrong = await bulk({ action: 'erase', filter: { pbxId }, confirm });
      expect([wrong.status, wrong.body.code, wrong.body.matched]).toEqual([409, 'confirm-count', 2]);
    }
    expect((await api.call('GET', `/users?pbxId=${pbxId}`)).body.items).toHaveLength(2);
    expect((await bulk({ action: 'erase', filter: { pbxId }, confirm: 2 })).body.changed).toBe(2);
  });
});

describe('a bulk action', () => {
  it.each<[string, unknown]>([
    ['neither filter nor ids', { action: 'sync' }],
    ['filter and ids', { action: 'sync', filter: {}, userIds: [UNKNOWN] }],
    ['an unknown action', { action: 'promote', filter: {} }],
    ['an unknown field of the filter', { action: 'sync', filter: { nobody: UNKNOWN } }],
    ['a status that is not known', { action: 'sync', filter: { status: ['dead'] } }],
    ['no ids', { action: 'sync', userIds: [] }],
  ])('refuses %s', async (_, body) => {
    expect((await bulk(body)).status).toBe(422);
  });

  it('touches no user of another tenant', async () => {
    const mine = await addKey(api, await addTenant(api, 'Mine'));
    const bulk = (body: object) => api.call('POST', '/users/bulk', body, mine);
    const tenant = await addTenant(api, 'Other');
    const [pbx, user] = ['01a1fd94-06ea-74e4-b19b-0dd520170822', '01a1fd94-06ea-74e4-b19b-0dd520170823'];
    await api.database.sql`insert into pbxs (id, tenant_id, name) values (${pbx}, ${tenant}, 'Theirs')`;
    await api.database.sql`
      insert into users (id, tenant_id, pbx_id, name, source, status)
      values (${user}, ${tenant}, ${pbx}, 'Stranger', 'api', 'waiting')`;
    expect((await bulk({ action: 'erase', userIds: [user], confirm: 0 })).body).toMatchObject({
      matched: 0,
      changed: 0,
    });
    expect((await bulk({ action: 'erase', filter: { pbxId: pbx }, confirm: 0 })).body.matched).toBe(0);
    await bulk({ action: 'disable', filter: { q: 'Stranger' } });
    expect(await api.database.sql`select status from users where id = ${user}`).toEqual([{ status: 'waiting' }]);
  });

  it('goes through thousands of users in batches, with one entry in the feed', async () => {
    const pbxId = await api.addPbx({ name: 'Large' });
    await addMany(pbxId, 1750);
    const off = await bulk({ action: 'disable', filter: { pbxId } });
    expect(off.body).toEqual({ dryRun: false, matched: 1750, changed: 1750, skipped: [] });
    const again = await bulk({ action: 'disable', filter: { pbxId } });
    expect(again.body).toMatchObject({ changed: 0, skipped: [{ code: 'ALREADY_OFF', count: 1750 }] });
    expect(again.body.skipped[0].userIds).toHaveLength(20);
    const erased = await bulk({ action: 'erase', filter: { pbxId, status: ['off'] }, confirm: 1750 });
    expect(erased.body.changed).toBe(1750);
    expect((await feedOf(pbxId)).map((entry: { sentence: string }) => entry.sentence)).toEqual([
      '1,750 users were deleted, with their credentials.',
      '1,750 users were switched off; what is stored is kept.',
    ]);
  });

  it('keeps the batches that are done when one fails, says so, and does the rest when asked again', async () => {
    const pbxId = await api.addPbx();
    await addMany(pbxId, 1200);
    const [victim] = await api.database.sql<{ id: string }[]>`
      select id from users where pbx_id = ${pbxId} order by id offset 700 limit 1`;
    await api.database.sql.unsafe(`
      create function refuse_one() returns trigger language plpgsql as
        $$ begin if new.id = '${victim?.id}' then raise exception 'no'; end if; return new; end $$;
      create trigger refuse_one before update on users for each row execute function refuse_one();`);
    const failed = await bulk({ action: 'disable', filter: { pbxId } });
    await api.database.sql.unsafe('drop trigger refuse_one on users; drop function refuse_one()');
    expect(failed.status).toBe(500);
    expect(failed.body).toMatchObject({ code: 'bulk-stopped', matched: 1200, changed: 500 });
    expect(failed.body.detail).toContain('500 of 1200');
    const [count] = await api.database.sql`
      select count(*)::int as off from users where pbx_id = ${pbxId} and status = 'off'`;
    expect(count).toEqual({ off: 500 });
    expect(await feedOf(pbxId)).toMatchObject([{ verb: 'users.disable', outcome: 'failed', detail: { changed: 500 } }]);
    const rest = await bulk({ action: 'disable', filter: { pbxId } });
    expect(rest.body).toMatchObject({ changed: 700, skipped: [{ code: 'ALREADY_OFF', count: 500 }] });
  });

  it('is done once for one Idempotency-Key', async () => {
    const pbxId = await api.addPbx();
    await addUser(pbxId, { name: 'Once', mac: '00005e005331' });
    const body = { action: 'erase', filter: { pbxId }, confirm: 1 };
    const first = await api.call('POST', '/users/bulk', body, { 'idempotency-key': 'erase-once' });
    const second = await api.call('POST', '/users/bulk', body, { 'idempotency-key': 'erase-once' });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await feedOf(pbxId)).toHaveLength(1);
  });

  it('shares users with another one that runs at the same time', async () => {
    const pbxId = await api.addPbx();
    await addMany(pbxId, 1100);
    const answers = await Promise.all([
      bulk({ action: 'disable', filter: { pbxId } }),
      bulk({ action: 'disable', filter: { pbxId } }),
      bulk({ action: 'sync', filter: { pbxId } }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect((answers[0]?.body.changed ?? 0) + (answers[1]?.body.changed ?? 0)).toBe(1100);
    const [count] = await api.database.sql`
      select count(*)::int as due from users where pbx_id = ${pbxId} and (status <> 'off' or due_at is not null)`;
    expect(count).toEqual({ due: 0 });
  });

  it('refuses a NUL in a search, as the list does', async () => {
    expect((await bulk({ action: 'sync', filter: { q: 'a\u0000b' } })).status).toBe(422);
    for (const query of ['q=a%00b', 'reasonCode=a%00b', 'q=a&q=%00']) {
      expect([query, (await api.call('GET', `/users?${query}`)).status]).toEqual([query, 422]);
    }
  });
});
