import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendActivity, exportActivity, groupTrouble, type NewActivity } from '../../src/store/activity.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { followStream } from '../help/event-stream.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const pbxId = uuidv7();
async function append(...sentences: string[]) {
  await appendActivity(
    api.store.database.db,
    sentences.map((sentence) => entry({ sentence })),
  );
  api.deps.feed.touch();
}
function entry(more: Partial<NewActivity>): NewActivity {
  return { tenantId: api.store.tenantId, actor: 'system', verb: 'sync', outcome: 'ok', sentence: 'x', pbxId, ...more };
}

const openStream = (query = '', headers: Record<string, string> = {}) =>
  followStream<{ readonly sentence: string; readonly position: string }>(api, `/activity/stream${query}`, headers);

describe('a search', () => {
  const words = (reply: { json: { items: { sentence: string }[] } }) =>
    reply.json.items.map(({ sentence }) => sentence);

  it('finds a part of the sentence, the user or the PBX, in any case, and takes every character for itself', async () => {
    const found = uuidv7();
    const at = { pbxId: found };
    await appendActivity(api.store.database.db, [
      entry({ ...at, sentence: 'one', userName: 'Zoë Quux' }),
      entry({ ...at, sentence: 'two', pbxName: 'The Quux House' }),
      entry({ ...at, sentence: 'Three: 100% of quux_1' }),
      entry({ ...at, sentence: 'four' }),
    ]);
    expect(words(await api.call('GET', `/activity?pbxId=${found}&q=quux`)).sort()).toEqual([
      'Three: 100% of quux_1',
      'one',
      'two',
    ]);
    expect(words(await api.call('GET', `/activity?pbxId=${found}&q=${encodeURIComponent('00% of')}`))).toHaveLength(1);
    expect(words(await api.call('GET', `/activity?pbxId=${found}&q=${encodeURIComponent('x_1')}`))).toHaveLength(1);
    expect(words(await api.call('GET', `/activity?pbxId=${found}&q=${encodeURIComponent('f_ur')}`))).toEqual([]);
    expect((await api.call('GET', '/activity?q=')).status).toBe(422);
  });

  it('looks at so many entries and goes on from there', async () => {
    const { db, sql } = api.store.database;
    const found = uuidv7();
    await sql`
      insert into activity (id, at, tenant_id, pbx_id, actor, verb, outcome, sentence)
      select gen_random_uuid(), date_trunc('milliseconds', now()) - n * interval '1 second', ${api.store.tenantId}, ${found},
        'system', 'sync', 'ok', case n when 20001 then 'the needle' when 3 then 'a needle' else 'hay' end
      from generate_series(1, 20002) n`;
    const first = await api.call('GET', `/activity?pbxId=${found}&q=needle`);
    expect(words(first)).toEqual(['a needle']);
    const next = `&cursor=${encodeURIComponent(first.json.nextCursor)}`;
    const second = await api.call('GET', `/activity?pbxId=${found}&q=needle${next}`);
    expect(words(second)).toEqual(['the needle']);
    expect(second.json.nextCursor).toBeNull();
    await db.execute(`delete from activity where pbx_id = '${found}'`);
  });
});

describe('groups', () => {
  const groups = async (query: string, headers?: Record<string, string>) =>
    (await api.call('GET', `/activity/groups?${query}`, undefined, headers)).json;

  it('show repeats as one, the newest first, with its sentence', async () => {
    const [pbx, other, ann, bob] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
    const tenantId = await addTenant(api.store, 'Grouped');
    const failed = { tenantId, pbxId: pbx, pbxName: 'Acme', outcome: 'failed' as const, code: 'TCP_TIMEOUT' };
    const { db } = api.store.database;
    const append = async (...entries: NewActivity[]) => {
      await appendActivity(db, entries);
      // Times are answered in milliseconds: the first and the last of a group are to differ.
      await sleep(2);
    };
    await append(entry({ ...failed, userId: ann, sentence: 'first', nextAction: 'old' }));
    await append(entry({ ...failed, userId: bob, sentence: 'second' }));
    await append(entry({ ...failed, userId: ann, sentence: 'third', nextAction: 'do this' }));
    await append(entry({ ...failed, code: 'HTTP_404', outcome: 'waiting', userId: bob, sentence: 'waits' }));
    await append(
      entry({ ...failed, pbxId: other, pbxName: 'Beta', sentence: 'of the other' }),
      entry({ ...failed, pbxId: other, outcome: 'ok', sentence: 'no trouble' }),
    );
    const seen = await groups(`tenantId=${tenantId}`);
    expect(seen).toMatchObject({
      total: 3,
      reachesTo: null,
      items: [
        { pbxId: other, pbxName: 'Beta', code: 'TCP_TIMEOUT', count: 1, users: 0, sentence: 'of the other' },
        { pbxId: pbx, code: 'HTTP_404', outcome: 'waiting', count: 1, users: 1, sentence: 'waits', open: false },
        { pbxId: pbx, pbxName: 'Acme', count: 3, users: 2, sentence: 'third', nextAction: 'do this', open: false },
      ],
    });
    expect(Date.parse(seen.items[2].firstAt)).toBeLessThan(Date.parse(seen.items[2].lastAt));
    expect(await groups(`tenantId=${tenantId}&limit=1`)).toMatchObject({ total: 3, items: [{ pbxId: other }] });
    expect((await groups(`pbxId=${pbx}&outcome=waiting`)).items).toHaveLength(1);
    expect((await groups(`tenantId=${tenantId}&code=TCP_TIMEOUT`)).items).toHaveLength(2);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await groups(`tenantId=${tenantId}&from=${later}`)).items).toEqual([]);
    expect((await api.call('GET', '/activity/groups?outcome=ok')).status).toBe(422);
    const stranger = await addKey(api.store, await addTenant(api.store, 'Stranger'));
    expect(await groups('', stranger)).toEqual({ items: [], total: 0, reachesTo: null });
  });

  it('say whether the PBX is still stopped for it', async () => {
    const { db, sql } = api.store.database;
    const made = async (name: string, run: object) => {
      const body = { name, username: 'u', provisioningUrl: 'https://pbx.example.com/' };
      const { id } = (await api.call('POST', '/pbxs', body)).json;
      await sql`update pbx_runs set ${sql(run as Record<string, string>)} where pbx_id = ${id}`;
      return id as string;
    };
    const soon = new Date(Date.now() + 60_000).toISOString();
    const away = await made('Away', { paused_until: soon, pause_code: 'HOST_CIRCUIT_OPEN' });
    const wrong = await made('Wrong', { login: sql.json({ connectionVersion: 1, state: 'refused', refusedMacs: [] }) });
    await appendActivity(db, [
      entry({ pbxId: away, outcome: 'failed', code: 'TCP_REFUSED' }),
      entry({ pbxId: away, outcome: 'failed', code: 'DID_EMPTY' }),
      entry({ pbxId: wrong, outcome: 'failed', code: 'HTTP_401' }),
      entry({ pbxId: wrong, outcome: 'failed', code: 'TCP_REFUSED' }),
    ]);
    const open = async (id: string) =>
      (await groups(`pbxId=${id}`)).items.flatMap((one: { open: boolean; code: string }) =>
        one.open ? [one.code] : [],
      );
    expect(await open(away)).toEqual(['TCP_REFUSED']);
    expect(await open(wrong)).toEqual(['HTTP_401']);
  });

  it('say how far they reach where there are more entries than are looked at', async () => {
    const { db } = api.store.database;
    const pbx = uuidv7();
    for (const n of [1, 2, 3])
      await appendActivity(db, [entry({ pbxId: pbx, outcome: 'failed', sentence: `entry ${n}` })]);
    const reach = tenantReach(api.store.tenantId);
    const cut = await groupTrouble(db, { reach, pbxId: pbx, outcomes: ['failed'] }, 10, 2);
    expect(cut.groups).toMatchObject([{ count: 2, sentence: 'entry 3' }]);
    expect(cut.reachesTo).toEqual(cut.groups[0]?.firstAt);
  });
});

describe('the feed', () => {
  it('is listed newest first, page by page, without skipping entries of one moment', async () => {
    await append('a', 'b', 'c');
    await append('d', 'e');
    const walked: string[] = [];
    let cursor = '';
    do {
      const page = await api.call('GET', `/activity?pbxId=${pbxId}&limit=2${cursor}`);
      walked.push(...page.json.items.map((item: { sentence: string }) => item.sentence));
      cursor = page.json.nextCursor ? `&cursor=${page.json.nextCursor}` : '';
    } while (cursor);
    expect(walked).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  it('is filtered by status, code, outcome, verb, PBX, user, import and time', async () => {
    const ids = { pbxId: uuidv7(), userId: uuidv7(), importId: uuidv7() };
    const all = [
      entry({ ...ids, status: 'failed', code: 'HTTP_404', outcome: 'failed', sentence: 'one' }),
      entry({ ...ids, status: 'provisioned', sentence: 'two' }),
      entry({ ...ids, verb: 'pbx.update', outcome: 'info', sentence: 'three', userId: null }),
    ];
    await appendActivity(api.store.database.db, all);
    const found = async (query: string) => {
      const reply = await api.call('GET', `/activity?pbxId=${ids.pbxId}${query}`);
      expect(reply.status).toBe(200);
      return reply.json.items.map((item: { sentence: string }) => item.sentence).sort();
    };
    expect(await found('')).toEqual(['one', 'three', 'two']);
    expect(await found('&status=failed')).toEqual(['one']);
    expect(await found('&status=failed,provisioned')).toEqual(['one', 'two']);
    expect(await found('&code=HTTP_404')).toEqual(['one']);
    expect(await found('&outcome=info,failed')).toEqual(['one', 'three']);
    expect(await found('&verb=pbx.update')).toEqual(['three']);
    expect(await found(`&userId=${ids.userId}`)).toEqual(['one', 'two']);
    expect(await found(`&importId=${ids.importId}`)).toEqual(['one', 'three', 'two']);
    expect(await found('&from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z')).toEqual([]);
    expect(await found("&code=' or 1=1 --")).toEqual([]);
    expect((await api.call('GET', '/activity?from=yesterday')).json.errors[0].pointer).toBe('#/query/from');
  });
});

describe('the export', () => {
  const exported = async (query: string) => {
    const reply = await api.call('GET', `/activity/export.csv${query}`);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    return reply.text.trim().split('\r\n');
  };

  it('has all that match, more than a page, newest first, and lets no cell begin a formula', async () => {
    const of = uuidv7();
    const many = Array.from({ length: 1_205 }, (_, n) => entry({ pbxId: of, sentence: `line ${n}`, code: 'HTTP_404' }));
    await appendActivity(api.store.database.db, many);
    await appendActivity(api.store.database.db, [
      entry({ pbxId: of, sentence: 'He said "no", twice', userName: '=1+1', actor: "'-x" }),
    ]);
    const lines = await exported(`?pbxId=${of}`);
    expect(lines).toHaveLength(1 + 1_206);
    expect(lines[0]).toMatch(/^\uFEFF?at,outcome,code,verb,sentence,next_action,pbx,user,actor,id,tenant_id/);
    expect(lines.some((line) => line.includes('"He said ""no"", twice"') && line.includes(",'=1+1,''-x,"))).toBe(true);
    const times = lines.slice(1).map((line) => line.split(',', 1)[0] ?? '');
    expect(times).toEqual(times.toSorted().toReversed());
    expect(await exported(`?pbxId=${of}&code=HTTP_404&q=line 120`)).toHaveLength(1 + 6);
    expect(await exported(`?pbxId=${of}&q=not there`)).toHaveLength(1);
  });

  it('is of those whose feed one may read', async () => {
    const key = await addKey(api.store, await addTenant(api.store, 'Export elsewhere'));
    const { text } = await api.call('GET', '/activity/export.csv', undefined, key);
    expect(text.trim().split('\r\n')).toHaveLength(1);
    const none = await addKey(api.store, api.store.tenantId, { scopes: ['users:read'] });
    expect((await api.call('GET', '/activity/export.csv', undefined, none)).status).toBe(403);
  });

  it('ends at its bound', async () => {
    let rows = 0;
    const reach = tenantReach(api.store.tenantId);
    for await (const page of exportActivity(api.store.database.db, { reach }, 1_100)) rows += page.length;
    expect(rows).toBe(1_100);
  });
});

describe('the live feed', () => {
  it('gives what happens from now on, with the headers that keep proxies from holding it back', async () => {
    const stream = await openStream();
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.response.headers.get('cache-control')).toContain('no-transform');
    await append('live 1', 'live 2');
    await append('live 3');
    const frames = await stream.frames(3);
    expect(frames.map(({ data }) => data.sentence)).toEqual(['live 1', 'live 2', 'live 3']);
    expect(frames.map(({ event }) => event)).toEqual(['activity', 'activity', 'activity']);
    expect(frames.every(({ id, data }) => id === data.position && /^\d+-[0-9a-f-]{36}$/.test(id))).toBe(true);
    stream.close();
  });

  it('goes on after Last-Event-ID, each entry once, however many came meanwhile', async () => {
    const first = await openStream();
    await append('seen');
    const [seen] = await first.frames(1);
    first.close();
    const missed = Array.from({ length: 450 }, (_, i) => `missed ${String(i).padStart(3, '0')}`);
    for (let i = 0; i < missed.length; i += 90) await append(...missed.slice(i, i + 90));
    const second = await openStream('', { 'last-event-id': seen?.id ?? '' });
    await append('then live');
    const frames = await second.frames(451);
    expect(frames.map(({ data }) => data.sentence)).toEqual([...missed, 'then live']);
    second.close();
  });

  it('loses nothing for a client that is cut off before the first entry', async () => {
    const first = await openStream();
    const id = await first.lastId();
    first.close();
    await append('while nobody listened');
    const second = await openStream('', { 'last-event-id': id });
    expect((await second.frames(1)).map(({ data }) => data.sentence)).toEqual(['while nobody listened']);
    second.close();
  });

  it('does not lose an entry whose transaction commits after a later one', async () => {
    const stream = await openStream();
    const { db } = api.store.database;
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = db.transaction(async (tx) => {
      await appendActivity(tx, [entry({ sentence: 'slow' })]);
      begun();
      await held;
    });
    await written;
    await append('quick');
    commit();
    await slow;
    // Nobody touches the signal after the slow commit: the stream looks again by itself.
    expect((await stream.frames(2)).map(({ data }) => data.sentence)).toEqual(['slow', 'quick']);
    stream.close();
  });

  it('is filtered as the list is', async () => {
    const stream = await openStream('?code=HTTP_404,HTTP_401&outcome=failed');
    await appendActivity(api.store.database.db, [
      entry({ sentence: 'no' }),
      entry({ sentence: 'yes', code: 'HTTP_404', outcome: 'failed' }),
      entry({ sentence: 'no', code: 'HTTP_404', outcome: 'waiting' }),
      entry({ sentence: 'yes too', code: 'HTTP_401', outcome: 'failed' }),
    ]);
    api.deps.feed.touch();
    expect((await stream.frames(2)).map(({ data }) => data.sentence)).toEqual(['yes', 'yes too']);
    stream.close();
  });

  it('refuses a Last-Event-ID that it did not give, and an eleventh stream', async () => {
    for (const id of ['x', '5', `5-${'0'.repeat(36)}`, `99999999999999999999-${uuidv7()}`]) {
      const reply = await api.call('GET', '/activity/stream', undefined, { 'last-event-id': id });
      expect(reply.json).toMatchObject({ status: 400, code: 'bad-last-event-id' });
    }
    const open = await Promise.all(Array.from({ length: 10 }, () => openStream()));
    expect(open.map(({ response }) => response.status)).toEqual(Array(10).fill(200));
    const eleventh = await api.call('GET', '/activity/stream');
    expect(eleventh.json).toMatchObject({ status: 429, code: 'too-many-streams' });
    expect(eleventh.headers.get('retry-after')).toBe('15');
    for (const stream of open) stream.close();
  });

  it('ends when the server stops, so that stopping waits for nobody', async () => {
    const other = await startTestApi();
    const response = await fetch(`${other.url}/api/v1/activity/stream`, {
      headers: { authorization: `Bearer ${other.token}` },
    });
    expect(response.status).toBe(200);
    await other.close();
    await expect(response.text()).resolves.toContain('retry: 3000');
  });

  it('A22 needs the credential', async () => {
    const none = { authorization: '' };
    expect((await api.call('GET', '/activity/stream', undefined, none)).status).toBe(401);
    const headers = { 'x-api-key': api.token };
    expect((await fetch(`${api.url}/api/v1/activity`, { headers })).status).toBe(200);
  });
});
