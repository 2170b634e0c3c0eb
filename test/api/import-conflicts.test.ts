// Imports that meet each other, or lose what they lean on, while they are submitted: each row has a clear end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePseudoMac } from '../../src/intake/pseudo-mac.ts';
import { checkStore } from '../../src/store/check.ts';
import { type JobRun, requestJob, takeJob } from '../../src/store/import-jobs.ts';
import { runSubmit } from '../../src/store/import-submit.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
let macs = 0x00005e000000;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(async () => {
  expect(await checkStore(api.database, api.ring)).toEqual([]);
  await api.close();
});

const nextMac = () => {
  macs += 1;
  return macs.toString(16).padStart(12, '0');
};

/** Outcomes and codes of the rows of an import, counted. */
async function fatesOf(id: string): Promise<Record<string, number>> {
  const rows = await api.database.sql`
    select outcome, errors -> 0 ->> 'code' as code, count(*)::int as rows from import_rows where import_id = ${id}
    group by 1, 2`;
  return Object.fromEntries(rows.map((row) => [[row.outcome, row.code].filter(Boolean).join(' '), row.rows]));
}

const countUsers = async (pbxId: string) =>
  (await api.database.sql`select count(*)::int as users from users where pbx_id = ${pbxId}`)[0]?.users;

/** Both ask at the same time. */
const submitBoth = (ids: readonly string[], partial: readonly boolean[]) =>
  Promise.all(
    ids.map(async (id, n) => (await api.settled(`/imports/${id}/submit`, { partial: partial[n] ?? false })).body),
  );

describe('two imports of the same users at once', () => {
  const rows = Array.from({ length: 2500 }, (_, n) => `${n},${nextMac()}`);
  const csv = (list: readonly string[]) => `sip_user_id,mac\n${list.join('\n')}\n`;

  it.each([
    ['both all or nothing', [false, false]],
    ['both partial', [true, true]],
    ['one of each', [true, false]],
  ])('make each user once: %s', async (_, partial) => {
    const pbxId = await api.addPbx();
    const ids = [await api.upload(csv(rows), pbxId), await api.upload(csv(rows.toReversed()), pbxId)];
    const ended = await submitBoth(ids, partial);
    expect(await countUsers(pbxId)).toBe(2500);
    for (const [n, id] of ids.entries()) {
      const { created = 0, ...others } = await fatesOf(id);
      // Of one that is ready again the count says what it would make.
      if (ended[n].state === 'done') expect(ended[n].createdCount).toBe(created);
      if (partial[n]) {
        expect(ended[n].state).toBe('done');
        expect(created + (others['failed SIP_USER_DUPLICATE'] ?? 0)).toBe(2500);
      } else if (ended[n].state === 'ready') {
        expect(created).toBe(0);
        expect(ended[n].failure).toContain('no user was created or changed');
      } else expect(created).toBe(2500);
    }
  });

  it.each([[[false, false]], [[true, true]], [[false, true]]])('update each user twice, whole: %s', async (partial) => {
    const pbxId = await api.addPbx();
    await api.settled(`/imports/${await api.upload(csv(rows), pbxId)}/submit`);
    const update = (name: string, list: readonly string[]) =>
      api.upload(
        `sip_user_id,name,user_tag\n${list.map((row) => `${row.split(',')[0]},${name},${name}`).join('\n')}\n`,
        pbxId,
        {
          existing: 'update',
        },
      );
    const ids = [await update('one', rows), await update('two', rows.toReversed())];
    for (const ended of await submitBoth(ids, partial)) {
      expect(ended).toMatchObject({ state: 'done', updatedCount: 2500, errorCount: 0 });
    }
    const [users] = await api.database.sql`
      select count(*) filter (where version = 3)::int as twice, count(*) filter (where name = user_tag)::int as whole
      from users where pbx_id = ${pbxId}`;
    expect(users).toEqual({ twice: 2500, whole: 2500 });
  });
});

/** Submits in this process; `meanwhile` runs when the first thousand rows are written and the next are judged. */
async function submitWith(id: string, partial: boolean, meanwhile: () => Promise<unknown>): Promise<void> {
  await api.database.db.transaction((tx) =>
    requestJob(tx, tenantReach(api.tenantId), id, { job: 'submit', by: 'test', partial }),
  );
  const job = await takeJob(api.database, id);
  if (job === null) throw new Error('there is a job to take');
  let told = false;
  const run: JobRun = {
    job,
    store: { ring: api.ring, makeMac: makePseudoMac, tenantId: api.tenantId, pbxIds: null, actor: 'test' },
    async progress() {
      if (!told) await meanwhile();
      told = true;
    },
    due: () => undefined,
  };
  await runSubmit(api.database, run);
}

describe('what an import leans on is deleted while it is submitted', () => {
  it('leaves out the rows of a PBX that is gone, and takes the others', async () => {
    const stays = await api.addPbx({ name: 'Stays' });
    const goes = await api.addPbx({ name: 'Goes' });
    const rows = Array.from({ length: 2000 }, (_, n) => `${n},${nextMac()},${n < 1000 ? 'Stays' : 'Goes'}`);
    const id = await api.upload(`sip_user_id,mac,pbx\n${rows.join('\n')}\n`, stays);
    await submitWith(id, true, () => api.database.sql`delete from pbxs where id = ${goes}`);
    expect(await countUsers(stays)).toBe(1000);
    const { created, 'failed PBX_MISSING': late = 0, 'failed PBX_UNKNOWN': early = 0 } = await fatesOf(id);
    expect([created, late + early]).toEqual([1000, 1000]);
    expect((await api.settle(id)).body).toMatchObject({ state: 'done', createdCount: 1000, errorCount: 1000 });
  });

  it('keeps a PBX that is named until an all-or-nothing submit is through', async () => {
    const pbxId = await api.addPbx({ name: 'Held' });
    const rows = Array.from({ length: 2000 }, (_, n) => `${n},${nextMac()}`);
    const id = await api.upload(`sip_user_id,mac\n${rows.join('\n')}\n`, pbxId);
    let deleted: Promise<unknown> = Promise.resolve();
    await submitWith(id, false, async () => {
      deleted = api.database.sql`delete from pbxs where id = ${pbxId}`.execute();
    });
    expect((await api.settle(id)).body).toMatchObject({ state: 'done', createdCount: 2000 });
    await deleted;
    expect(await countUsers(pbxId)).toBe(0);
    expect((await api.call('GET', `/imports/${id}/result`)).text).toMatch(/^1,deleted since,/m);
  });

  it('leaves out the rows of a voice route that is gone', async () => {
    const pbxId = await api.addPbx();
    const route = (await api.call('POST', '/voice-routes', { name: 'West' })).body.id;
    const rows = Array.from({ length: 2000 }, (_, n) => `${n},${nextMac()},${n < 1000 ? '' : 'West'}`);
    const id = await api.upload(`sip_user_id,mac,voice_route\n${rows.join('\n')}\n`, pbxId);
    await submitWith(id, true, () => api.database.sql`delete from voice_routes where id = ${route}`);
    const {
      created,
      'failed VOICE_ROUTE_MISSING': late = 0,
      'failed VOICE_ROUTE_UNKNOWN': early = 0,
    } = await fatesOf(id);
    expect([created, late + early]).toEqual([1000, 1000]);
  });

  it('says so when the PBX of the upload is gone before the submit', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(`sip_user_id,mac\n1,${nextMac()}\n`, pbxId);
    await api.database.sql`delete from pbxs where id = ${pbxId}`;
    const refused = await api.settled(`/imports/${id}/submit`);
    expect(refused.body).toMatchObject({ state: 'ready', errorCount: 1 });
    expect(await fatesOf(id)).toEqual({ PBX_MISSING: 1 });
    const partial = await api.settled(`/imports/${id}/submit`, { partial: true });
    expect(partial.body).toMatchObject({ state: 'done', createdCount: 0, errorCount: 1 });
  });

  it('refuses a user that was deleted while its update was under way', async () => {
    const pbxId = await api.addPbx();
    const rows = Array.from({ length: 2000 }, (_, n) => n);
    const made = await api.upload(`sip_user_id,mac\n${rows.map((n) => `${n},${nextMac()}`).join('\n')}\n`, pbxId);
    await api.settled(`/imports/${made}/submit`);
    const id = await api.upload(`sip_user_id,name\n${rows.map((n) => `${n},New ${n}`).join('\n')}\n`, pbxId, {
      existing: 'update',
      createMissing: 'false',
    });
    await submitWith(
      id,
      true,
      () => api.database.sql`delete from users where pbx_id = ${pbxId} and sip_user_id::int >= 1500`,
    );
    const { updated, 'failed USER_GONE': late = 0, skipped: early = 0 } = await fatesOf(id);
    expect([updated, late + early]).toEqual([1500, 500]);
  });
});
