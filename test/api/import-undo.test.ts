import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepHouse } from '../../src/store/housekeeping.ts';
import { users } from '../../src/store/schema.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

async function imported(csv: string, pbx: string, existing = 'error'): Promise<string> {
  const id = await api.upload(csv, pbx);
  await api.database.sql`update imports set existing = ${existing} where id = ${id}`;
  const done = await api.settled(`/imports/${id}/submit`, { partial: true });
  expect(done.body).toMatchObject({ state: 'done', errorCount: 0 });
  return id;
}

const userOf = async (pbxId: string, sipUserId: string) =>
  (await api.call('GET', `/users?pbxId=${pbxId}&limit=500`)).body.items.find(
    (user: { sipUserId: string }) => user.sipUserId === sipUserId,
  );

async function patch(id: string, changes: object): Promise<void> {
  const etag = (await api.call('GET', `/users/${id}`)).headers.get('etag') ?? '';
  const answer = await api.call('PATCH', `/users/${id}`, changes, { 'If-Match': etag });
  expect(answer.status, answer.text).toBe(200);
}

const SECRET = ' a"b;#é ';
const BEFORE = `sip_user_id,mac,name,user_tag,phone_number,prov_username,prov_password,password
101,00005e005301,Ann,sales,+12025550101,u1,"${SECRET.replace('"', '""')}","${SECRET.replace('"', '""')}"
102,00005e005302,Bob,,,,,
103,00005e005303,Cara,,,,,
`;

describe('an undo', () => {
  it('deletes the users that were made, and gives the others back what they had', async () => {
    const pbxId = await api.addPbx();
    await imported(BEFORE, pbxId);
    const before = await api.storedUsers(pbxId);
    const id = await imported(
      'sip_user_id,mac,name,user_tag,phone_number,prov_username,prov_password,password\n' +
        '101,00005e00530a,New name,(clear),+12025550199,u2,other,other\n' +
        '102,,,,,,,\n103,,Dora,,,,,\n104,00005e005304,New,,,,,\n',
      pbxId,
      'update',
    );
    expect((await api.call('GET', `/imports/${id}`)).body).toMatchObject({
      createdCount: 1,
      updatedCount: 2,
      skippedCount: 1,
    });
    // What the harvest writes is no touch.
    await api.database.db
      .update(users)
      .set({ status: 'provisioned', lastSuccessAt: new Date(), etag: 'x', dueAt: null, priority: 0 })
      .where(eq(users.pbxId, pbxId));
    const made = await userOf(pbxId, '104');
    const asked = await api.call('POST', `/imports/${id}/undo`);
    expect([asked.status, asked.body.job, asked.body.state]).toEqual([202, 'undo', 'done']);
    const undone = (await api.settle(id)).body;
    expect(undone).toMatchObject({ state: 'undone', undoneCount: 3, createdCount: 1, updatedCount: 2, failure: null });
    expect(undone.undoneAt).not.toBeNull();

    const after = await api.storedUsers(pbxId);
    expect(Object.keys(after).sort()).toEqual(['101', '102', '103']);
    const settable = (user: Record<string, unknown> = {}) => ({
      ...Object.fromEntries(
        ['name', 'user_tag', 'mac', 'mac_assigned', 'did', 'did_source', 'prov_username', 'line_rule'].map((column) => [
          column,
          user[column],
        ]),
      ),
      secrets: [user.prov_password, user.sip_password],
    });
    for (const who of ['101', '102', '103']) expect(settable(after[who])).toEqual(settable(before[who]));
    expect(after['101']).toMatchObject({ prov_password: SECRET, sip_password: SECRET, version: 3, priority: 5 });
    expect(after['101']?.due_at).not.toBeNull();
    expect(after['103']?.due_at).not.toBeNull();
    expect(after['102']?.due_at).toBeNull();
    expect(api.woken).toContain(pbxId);

    expect((await api.call('GET', `/users/${made.id}`)).status).toBe(404);
    const feed = await api.call('GET', `/activity?importId=${id}`);
    expect(feed.body.items.map((entry: { verb: string }) => entry.verb)).toEqual(['import.undo', 'import.submit']);
    expect(feed.body.items[0].sentence).toContain('was undone for 3 users');
    const result = await api.call('GET', `/imports/${id}/result`);
    expect(result.text).toMatch(/^4,undone,/m);
    expect(result.text).toMatch(/^2,skipped,UNCHANGED,/m);
    const [kept] = await api.database.sql`
      select count(*)::int as images from import_rows where import_id = ${id} and before_sealed is not null`;
    expect(kept?.images).toBe(0);
    const again = await api.call('POST', `/imports/${id}/undo`);
    expect([again.status, again.body.state, again.body.job]).toEqual([202, 'undone', null]);
    expect((await api.call('POST', `/imports/${id}/submit`)).status).toBe(409);
  });

  it('leaves users alone that somebody touched since, and names them', async () => {
    const pbxId = await api.addPbx();
    const first = await imported(BEFORE, pbxId);
    const second = await imported('sip_user_id,name\n103,Renamed\n', pbxId, 'update');
    await patch((await userOf(pbxId, '101')).id, { name: 'By hand' });
    await api.database.sql`delete from users where pbx_id = ${pbxId} and sip_user_id = '102'`;
    const undone = await api.settled(`/imports/${first}/undo`);
    expect(undone.body).toMatchObject({ state: 'undone', undoneCount: 0 });
    const text = (await api.call('GET', `/imports/${first}/result`)).text;
    expect(text).toMatch(/^1,kept,UNDO_KEPT,"The user was changed since, by a person, the API or a later import\."/m);
    expect(text).toMatch(/^2,kept,UNDO_KEPT,The user was deleted since\./m);
    expect(text).toMatch(/^3,kept,UNDO_KEPT,/m);
    const [entry] = (await api.call('GET', `/activity?importId=${first}&verb=import.undo`)).body.items;
    expect(entry).toMatchObject({ outcome: 'info', code: 'UNDO_PARTIAL', detail: { undone: 0, kept: 3 } });
    // The later one can still be undone.
    expect((await api.settled(`/imports/${second}/undo`)).body.undoneCount).toBe(1);
    expect((await userOf(pbxId, '103')).name).toBe('Cara');
  });

  it('gives names and MACs back that the import passed on from row to row', async () => {
    const pbxId = await api.addPbx();
    await imported(
      'teams_user_id,sip_user_id,mac\na@acme.example,201,00005e005311\nb@acme.example,202,00005e005312\n',
      pbxId,
    );
    const before = await api.storedUsers(pbxId);
    const id = await imported('teams_user_id,sip_user_id,mac\na@acme.example,203,00005e005313\n', pbxId, 'update');
    const next = await imported('teams_user_id,sip_user_id,mac\nb@acme.example,201,00005e005311\n', pbxId, 'update');
    // The other one has them now: the row is kept, and says who.
    await api.settled(`/imports/${id}/undo`);
    expect((await api.call('GET', `/imports/${id}/result`)).text).toMatch(
      /1,kept,UNDO_KEPT,.*201 is taken by the user/,
    );
    expect((await api.settled(`/imports/${next}/undo`)).body.undoneCount).toBe(1);
    const now = await api.storedUsers(pbxId);
    expect(now['202']?.mac).toBe(before['202']?.mac);
  });

  it('forgets a voice route that was deleted since', async () => {
    const pbxId = await api.addPbx();
    await imported('sip_user_id,mac\n301,00005e005321\n', pbxId);
    const [route] = await api.database.sql`
      insert into voice_routes (id, tenant_id, name) values (gen_random_uuid(), ${api.tenantId}, 'West') returning id`;
    await api.database.sql`update users set voice_route_id = ${route?.id} where pbx_id = ${pbxId}`;
    const id = await imported('sip_user_id,name,voice_route\n301,Ann,(clear)\n', pbxId, 'update');
    await api.database.sql`delete from voice_routes where id = ${route?.id}`;
    expect((await api.settled(`/imports/${id}/undo`)).body.undoneCount).toBe(1);
    expect((await api.storedUsers(pbxId))['301']).toMatchObject({ name: null, voice_route_id: null });
  });

  it('needs what users had before for a day only', async () => {
    const pbxId = await api.addPbx();
    await imported('sip_user_id,mac\n501,00005e005341\n', pbxId);
    const id = await imported('sip_user_id,name\n501,Ann\n', pbxId, 'update');
    const images = async () => {
      await keepHouse(api.database, new Date(), 90);
      const [kept] = await api.database.sql`
        select count(before_sealed)::int as images, count(*)::int as rows from import_rows where import_id = ${id}`;
      return kept;
    };
    expect(await images()).toEqual({ images: 1, rows: 1 });
    await api.database.sql`update imports set submitted_at = now() - interval '26 hours' where id = ${id}`;
    expect(await images()).toEqual({ images: 0, rows: 1 });
  });

  it('is refused after 24 hours, and before a submit', async () => {
    const pbxId = await api.addPbx();
    const id = await imported('sip_user_id,mac\n401,00005e005331\n', pbxId);
    await api.database.sql`update imports set submitted_at = now() - interval '25 hours' where id = ${id}`;
    const late = await api.call('POST', `/imports/${id}/undo`);
    expect([late.status, late.body.code]).toEqual([409, 'import-undo-late']);
    const draft = await api.upload('mac\n00005e005332\n', pbxId);
    expect((await api.call('POST', `/imports/${draft}/undo`)).body.code).toBe('import-state');
  });
});
