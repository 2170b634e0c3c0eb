// What the feed makes of its entries before anything is drawn: filters, repeats, incidents, CSV.
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../web/live/feed.ts';
import { isFiltered, matches, queryOf } from '../../web/screens/activity/filter.ts';
import { toRows } from '../../web/screens/activity/groups.ts';
import { openIncidents } from '../../web/screens/activity/incidents.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let number = 0;

/** @param ago minutes before noon */
function entry(ago: number, more: Partial<Entry> = {}): Entry {
  number += 1;
  return {
    id: `01a1fd94-0000-7000-8000-${String(number).padStart(12, '0')}`,
    at: new Date(NOON - ago * 60_000).toISOString(),
    position: '1-0',
    tenantId: 'tenant',
    pbxId: 'hq',
    pbxName: 'HQ',
    userId: `user ${number}`,
    userName: 'Ann',
    importId: null,
    actor: 'system',
    verb: 'sync',
    outcome: 'failed',
    status: 'failed',
    code: 'HTTP_404',
    sentence: 'The server has no file.',
    nextAction: null,
    steps: [],
    detail: {},
    ...more,
  };
}

const shape = (entries: readonly Entry[], open: readonly string[] = []) =>
  toRows(entries, new Set(open)).map((row) =>
    row.kind === 'group'
      ? `${row.group.entries.length} of ${row.group.users} users`
      : `${row.isPart ? '- ' : ''}${row.entry.code}`,
  );

describe('repeats', () => {
  it('are one line, where the newest of them stands', () => {
    const other = entry(2, { code: 'HTTP_401' });
    expect(shape([entry(1), other, entry(3), entry(4)])).toEqual(['3 of 3 users', 'HTTP_401']);
  });

  it('count each user once', () => {
    expect(shape([1, 2, 3, 4].map((ago) => entry(ago, { userId: 'ann' })))).toEqual(['4 of 1 users']);
  });

  it('are told one by one when they are two', () => {
    expect(shape([entry(1), entry(2, { code: 'HTTP_401' }), entry(3)])).toEqual(['HTTP_404', 'HTTP_401', 'HTTP_404']);
  });

  it('of another PBX, outcome or hour are another story', () => {
    const alike = [entry(1), entry(2), entry(3)];
    expect(shape([...alike, entry(4, { pbxId: 'branch' })])).toEqual(['3 of 3 users', 'HTTP_404']);
    expect(shape([...alike, entry(4, { outcome: 'waiting' })])).toEqual(['3 of 3 users', 'HTTP_404']);
    expect(shape([...alike, entry(90), entry(91), entry(92)])).toEqual(['3 of 3 users', '3 of 3 users']);
  });

  it('of people are told one by one', () => {
    const changed = { actor: 'ann@acme.example', code: null, outcome: 'info', verb: 'user.update' } as const;
    expect(shape([entry(1, changed), entry(2, changed), entry(3, changed)])).toHaveLength(3);
  });

  it('are shown below their line once it is opened, also when more came meanwhile', () => {
    const first = [entry(1), entry(2), entry(3)];
    const open = [first[0]?.id ?? ''];
    const parts = ['- HTTP_404', '- HTTP_404', '- HTTP_404'];
    expect(shape(first, open)).toEqual(['3 of 3 users', ...parts]);
    expect(shape([entry(0), ...first], open)).toEqual(['4 of 4 users', '- HTTP_404', ...parts]);
  });
});

describe('the address', () => {
  it('says what is asked for; an hour is counted from now', () => {
    expect(queryOf({ from: '1h', outcome: 'failed,waiting', pbx: 'hq', group: 'no', entry: 'x' }, NOON)).toEqual({
      from: '2026-03-01T11:00:00.000Z',
      outcome: 'failed,waiting',
      pbxId: 'hq',
    });
  });

  it('filters nothing by what is no moment', () => {
    expect(queryOf({ from: 'yesterday', to: '' }, NOON)).toEqual({});
  });

  it('is no filter where it says how things are shown', () => {
    expect(isFiltered({ group: 'no', entry: 'x' })).toBe(false);
    expect(isFiltered({ code: 'HTTP_404' })).toBe(true);
  });

  it.each([
    [{ outcome: 'failed,waiting' }, true],
    [{ outcome: 'ok' }, false],
    [{ code: 'HTTP_404,HTTP_401' }, true],
    [{ code: 'HTTP_401' }, false],
    [{ pbxId: 'branch' }, false],
    [{ importId: 'x' }, false],
    [{ from: '2026-03-01T11:59:00.000Z' }, true],
    [{ from: '2026-03-01T12:00:00.000Z' }, false],
    [{ to: '2026-03-01T11:59:00.000Z' }, false],
    [{ q: 'NO FILE' }, true],
    [{ q: 'hq' }, true],
    [{ q: 'nothing of it' }, false],
  ])('takes what comes live as the server would: %j', (query, expected) => {
    expect(matches(query, entry(1))).toBe(expected);
  });
});

describe('incidents', () => {
  const users = { total: 9, off: 0, waiting: 4, fetching: 0, provisioned: 2, stale: 1, failed: 2 };
  const run = {
    state: 'ok',
    pausedUntil: null,
    pauseCode: null,
    login: 'good',
    refusedInARow: 0,
    pace: null,
    lastSuccessAt: null,
  } as const;
  const pbx = (id: string, more: object = {}) => ({
    id,
    name: id,
    tenantId: 'tenant',
    users,
    run: { ...run, ...more },
  });

  it('are PBXs that are not asked, what nobody asks by itself first', () => {
    const pausedUntil = new Date(NOON + 60_000).toISOString();
    const told = [entry(5, { pbxId: 'away', verb: 'pbx.unreachable', code: 'HOST_CIRCUIT_OPEN' })];
    const found = openIncidents(
      [pbx('fine'), pbx('away', { pausedUntil }), pbx('shut', { login: 'refused' })],
      told,
      NOON,
    );
    expect(found).toMatchObject([
      { pbxId: 'shut', kind: 'login', code: 'HTTP_401', waiting: 7, since: null, nextProbe: null },
      { pbxId: 'away', kind: 'pause', code: 'HOST_CIRCUIT_OPEN', since: told[0]?.at, nextProbe: pausedUntil },
    ]);
  });

  it('end when the pause is over', () => {
    expect(openIncidents([pbx('back', { pausedUntil: new Date(NOON - 1).toISOString() })], [], NOON)).toEqual([]);
  });
});
