import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv } from '../../src/intake/csv.ts';
import { TEST_KEY } from '../help/api.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

async function uploaded(csv: string, pbx: string, existing = 'error'): Promise<string> {
  const id = await api.upload(csv, pbx);
  await api.database.sql`update imports set existing = ${existing} where id = ${id}`;
  return id;
}

const rowsOf = async (id: string) => (await api.call('GET', `/imports/${id}/rows?limit=500`)).body.items;
const feedOf = async (id: string) => (await api.call('GET', `/activity?importId=${id}`)).body.items;

const SECRET = ' =p;"#é<&>\' ';
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('a submit', () => {
  it('is answered at once and done soon after, with secrets byte for byte', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const csv = [
      'sip_user_id,mac,prov_username,prov_password,password,portal_login_name,portal_login_password',
      `101,00005e005301,u1,${quoted(SECRET)},${quoted(SECRET)},p1,${quoted(SECRET)}`,
      '102,AUTO_ASSIGN,,,,,',
    ].join('\n');
    const id = await uploaded(csv, pbxId);
    const asked = await api.call('POST', `/imports/${id}/submit`);
    expect([asked.status, asked.body.state, asked.body.job]).toEqual([202, 'submitting', 'submit']);
    expect(asked.headers.get('location')).toBe(`/api/v1/imports/${id}`);
    const done = (await api.settle(id)).body;
    expect(done).toMatchObject({ state: 'done', job: null, createdCount: 2, errorCount: 0, progressCount: 2 });
    expect(done.submittedBy).toBe(TEST_KEY);
    expect(api.woken).toContain(pbxId);
    const users = await api.storedUsers(pbxId);
    expect(users['101']).toMatchObject({
      mac: '00005e005301',
      prov_password: SECRET,
      sip_password: SECRET,
      portal_login_password: SECRET,
      status: 'waiting',
      priority: 5,
      import_id: id,
    });
    expect(users['102']?.mac_assigned).toBe(true);
    const text = (await api.call('GET', `/imports/${id}/result`)).text;
    expect(text).not.toContain('#é');
    expect(text).toContain(`2,created,,,${users['102']?.mac},true,`);
    expect(await feedOf(id)).toMatchObject([
      { verb: 'import.submit', outcome: 'ok', sentence: '2 users were created from users.csv.' },
    ]);
    const again = await api.settled(`/imports/${id}/submit`);
    expect(again.body).toMatchObject({ state: 'done', createdCount: 2, version: done.version });
    expect(await feedOf(id)).toHaveLength(1);
  });

  it('makes the same users of rows that were judged at the upload and of rows that are judged anew', async () => {
    const header =
      'sip_user_id,teams_user_id,name,mac,phone_number,auto_provision,line_rule,prov_username,prov_password,user_tag,user_type,use_teams_voicemail,sip_auth_id,password,portal_login_name,portal_login_password,default_did_index_number,did_list';
    const cells = [
      '101,AT@acme.example," Ann, A ",00:00:5E:00:53:41,"(202) 555-0141",TRUE,2,u1,p1,sales,,yes,auth1,s1,login1,l1,,',
      // A formula that holds a text, words instead of values, and what belongs to other types.
      '="102",,,00005e005342,+12025550142,,,,,(clear),PBX user,,,,,,,',
      '103,,=Bob,,,off,,u3,,,,FALSE,,,,,,',
      '104,,,,,,,,,,Trunk user,,,,,,1,"202-555-0143;+12025550144"',
      '105,app.AT@acme.example,,,,,,,,,Call App,,,,,,," , "',
    ];
    const users = async (at: string, judged: boolean) => {
      const pbxId = await api.addPbx({ country: 'US' });
      const csv = [header, ...cells].join('\n').replaceAll('AT@', `${at}@`);
      const id = await uploaded(csv, pbxId);
      if (!judged) await api.database.sql`update imports set judged_with = null where id = ${id}`;
      expect((await api.settled(`/imports/${id}/submit`)).body).toMatchObject({ state: 'done', createdCount: 5 });
      return Object.values(await api.storedUsers(pbxId)).map((user) => {
        const own = Object.entries(user).filter(([name]) => !/_at$|_sealed$|^(?:id|pbx_id|import_id|xid)$/.test(name));
        const email = user.teams_user_id as string | null;
        return { ...Object.fromEntries(own), teams_user_id: email?.replace(at, 'at') ?? null };
      });
    };
    const judged = await users('one', true);
    expect(judged).toHaveLength(5);
    expect(judged).toEqual(await users('other', false));
    expect(judged[0]).toMatchObject({ name: 'Ann, A', mac: '00005e005341', did: '+12025550141', auto_provision: 'on' });
    expect(judged[3]).toMatchObject({ did_list: ['+12025550143', '+12025550144'], default_did_index: 1 });
  });

  it('updates what a row says, clears what it clears, and keeps the rest', async () => {
    const pbxId = await api.addPbx();
    const first = await uploaded(
      `sip_user_id,mac,name,user_tag,phone_number,prov_username,prov_password\n201,00005e005311,Ann,sales,+12025550101,u1,${quoted(SECRET)}\n202,00005e005312,Bob,,,,\n`,
      pbxId,
    );
    await api.settled(`/imports/${first}/submit`);
    await api.database.sql`
      update users set due_at = null, status = 'provisioned', priority = 0, reason_code = null, content_tag = 'x',
        lines_version = null where pbx_id = ${pbxId}`;
    const second = await uploaded(
      'sip_user_id,name,user_tag,mac,prov_password\n201,Ann B,(clear),(keep),\n202,Bob,,00005e005319,\n203,New,,00005e005313,\n202,Twice,,,\n',
      pbxId,
      'update',
    );
    const refused = await api.settled(`/imports/${second}/submit`);
    expect(refused.body).toMatchObject({ state: 'ready', errorCount: 1 });
    expect(refused.body.failure).toContain('1 of 4 rows has errors, so no user was created or changed.');
    const done = await api.settled(`/imports/${second}/submit`, { partial: true });
    expect(done.body).toMatchObject({
      state: 'done',
      createdCount: 1,
      updatedCount: 2,
      skippedCount: 0,
      errorCount: 1,
    });
    const users = await api.storedUsers(pbxId);
    expect(users['201']).toMatchObject({
      name: 'Ann B',
      user_tag: null,
      mac: '00005e005311',
      did: '+12025550101',
      prov_username: 'u1',
      prov_password: SECRET,
      version: 2,
      // Nothing that decides about the fetch was changed.
      due_at: null,
      status: 'provisioned',
      content_tag: 'x',
    });
    expect(users['202']).toMatchObject({ mac: '00005e005319', status: 'waiting', priority: 5, content_tag: null });
    expect(users['202']?.due_at).not.toBeNull();
    const rows = await rowsOf(second);
    expect(rows.map((row: { userId: string | null }) => row.userId !== null)).toEqual([true, true, true, false]);
    const text = (await api.call('GET', `/imports/${second}/result`)).text;
    expect(text).toContain('1,updated,');
    expect(text).toContain('4,left out,USER_TWICE');
    expect((await readCsv(Buffer.from(text))).ok).toBe(true);
  });

  it('assigns MACs to users that have none, and passes a name on from row to row', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const made = await uploaded(
      'teams_user_id,sip_user_id,mac\na@acme.example,601,00005e005351\nb@acme.example,602,00005e005352\n',
      pbxId,
    );
    await api.settled(`/imports/${made}/submit`);
    await api.database.sql`update users set mac = null where pbx_id = ${pbxId} and sip_user_id = '602'`;
    const id = await uploaded(
      'teams_user_id,sip_user_id,mac\na@acme.example,603,\nb@acme.example,,AUTO_ASSIGN\n',
      pbxId,
      'update',
    );
    expect((await api.settled(`/imports/${id}/submit`)).body).toMatchObject({ state: 'done', updatedCount: 2 });
    const users = await api.storedUsers(pbxId);
    expect(users['602']).toMatchObject({ mac_assigned: true, mac: expect.stringMatching(/^.[26ae]/) });
    expect(users['603']?.mac).toBe('00005e005351');
    const next = await uploaded('teams_user_id,sip_user_id\na@acme.example,604\nb@acme.example,603\n', pbxId, 'update');
    expect((await api.settled(`/imports/${next}/submit`, { partial: true })).body.updatedCount).toBe(2);
    expect(Object.keys(await api.storedUsers(pbxId)).sort()).toEqual(['603', '604']);
  });

  it('leaves existing users alone when told so, and does not create when told so', async () => {
    const pbxId = await api.addPbx();
    const csv = 'sip_user_id,mac\n301,00005e005321\n';
    await api.settled(`/imports/${await uploaded(csv, pbxId)}/submit`);
    const both = `${csv}302,00005e005322\n`;
    const skip = await uploaded(both, pbxId, 'skip');
    const done = (await api.settled(`/imports/${skip}/submit`)).body;
    expect(done).toMatchObject({ state: 'done', createdCount: 1, skippedCount: 1 });
    expect((await api.call('GET', `/imports/${skip}/result`)).text).toMatch(/1,skipped,EXISTS,/);
  });

  it('tells the same request from a new one by its Idempotency-Key', async () => {
    const pbxId = await api.addPbx();
    const id = await uploaded('mac\n00005e005331\n', pbxId);
    const headers = { 'Idempotency-Key': 'once' };
    const one = await api.call('POST', `/imports/${id}/submit`, { partial: true }, headers);
    await api.settle(id);
    const two = await api.call('POST', `/imports/${id}/submit`, { partial: true }, headers);
    expect([one.status, two.status, two.headers.get('idempotency-replayed')]).toEqual([202, 202, 'true']);
    expect(two.text).toBe(one.text);
    const other = await api.call('POST', `/imports/${id}/submit`, { partial: false }, headers);
    expect(other.body.code).toBe('idempotency-key-reused');
  });
});
