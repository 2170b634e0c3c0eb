import { describe, expect, test } from 'vitest';
import {
  type Answer,
  freshLogin,
  mostAtOnce,
  observe,
  type PbxState,
  readUnauthorized,
} from '../../src/sync/pbx-state.ts';

const FRESH: PbxState = {
  login: freshLogin(1),
  refusedInARow: 0,
  unreachableInARow: 0,
  pausedUntil: null,
  pauseCode: null,
};

function told(answers: readonly Answer[], from: PbxState = FRESH, ownLogin = false) {
  let state = from;
  const events: string[] = [];
  for (const answer of answers) {
    const step = observe(state, answer, ownLogin, 1_000_000);
    state = step.state;
    events.push(...step.events.map((event) => event.kind));
  }
  return { state, events };
}

const no = (mac: string): Answer => ({ kind: 'unauthorized', mac });

describe('a refusal belongs to a login', () => {
  test('after a change one probe goes first; any answer from behind the login opens the way', () => {
    expect(mostAtOnce(FRESH)).toBe(1);
    expect(mostAtOnce(told([{ kind: 'other' }]).state)).toBe(Number.POSITIVE_INFINITY);
    expect(told([{ kind: 'file' }]).state.login.state).toBe('good');
  });

  test('401 for two different MACs and no file since the change stops the login, once', () => {
    expect(told([no('a'), no('a'), no('a')]).events).toEqual([]);
    const stopped = told([no('a'), no('b'), no('c')]);
    expect(stopped.events).toEqual(['login-refused']);
    expect(stopped.state.login.state).toBe('refused');
  });

  test("a user's own login says nothing about the PBX's", () => {
    expect(told([no('a'), no('b')], FRESH, true).state).toEqual(FRESH);
    expect(readUnauthorized(told([{ kind: 'file' }]).state, true)).toBe('login');
  });

  test('401 while others get in means that the MAC is unknown', () => {
    const { state } = told([{ kind: 'file' }]);
    expect(readUnauthorized(state, false)).toBe('unknown-mac');
    expect(readUnauthorized(FRESH, false)).toBe('login');
  });
});

describe('a PBX that refuses or cannot be reached', () => {
  test('five refusals in a row slow it to one probe every five minutes; a file ends that', () => {
    const four: Answer[] = Array(4).fill({ kind: 'forbidden' });
    expect(told(four).state.pausedUntil).toBeNull();
    const slowed = told([...four, { kind: 'forbidden' }, { kind: 'forbidden' }]);
    expect(slowed.events).toEqual(['slowed']);
    expect(slowed.state).toMatchObject({ pausedUntil: 1_300_000, pauseCode: 'HTTP_403' });
    expect(mostAtOnce({ ...slowed.state, login: { ...FRESH.login, state: 'good' } })).toBe(1);
    const well = told([{ kind: 'file' }], slowed.state);
    expect(well.events).toEqual(['recovered']);
    expect(well.state).toMatchObject({ pausedUntil: null, refusedInARow: 0 });
  });

  test('404 is no refusal: a hundred unknown MACs slow nothing', () => {
    expect(told(Array(100).fill({ kind: 'other' })).state.pausedUntil).toBeNull();
  });

  test('five unreachable fetches in a row pause it, longer each time, and one answer ends it', () => {
    const gone: Answer = { kind: 'unreachable', code: 'TCP_REFUSED' };
    const open = told(Array(5).fill(gone));
    expect(open.events).toEqual(['circuit-open']);
    expect(open.state).toMatchObject({ pausedUntil: 1_015_000, pauseCode: 'HOST_CIRCUIT_OPEN' });
    expect(told(Array(6).fill(gone)).state.pausedUntil).toBe(1_030_000);
    expect(told(Array(60).fill(gone)).state.pausedUntil).toBe(1_900_000);
    const well = told([{ kind: 'other' }], open.state);
    expect(well.events).toEqual(['recovered']);
    expect(well.state).toMatchObject({ pausedUntil: null, unreachableInARow: 0 });
  });

  test('probes that find what they found before open nothing, and keep open what is open', () => {
    const expired: Answer = { kind: 'unreachable', code: 'TLS_EXPIRED' };
    const again: Answer = { ...expired, again: true };
    const three = told([expired, expired, expired, ...Array(30).fill(again)]);
    expect(three.events).toEqual([]);
    expect(three.state).toMatchObject({ unreachableInARow: 3, pausedUntil: null });
    expect(told([...Array(5).fill(expired), again]).state.pausedUntil).toBe(1_030_000);
  });

  test('Retry-After pauses the whole PBX and is never shortened', () => {
    const { state } = told([
      { kind: 'busy', code: 'HTTP_429', retryAfterSeconds: 60 },
      { kind: 'busy', code: 'HTTP_429', retryAfterSeconds: 5 },
    ]);
    expect(state).toMatchObject({ pausedUntil: 1_060_000, pauseCode: 'HTTP_429' });
  });

  test('Retry-After outlasts a shorter pause for refusals or for not being reached', () => {
    const busy: Answer = { kind: 'busy', code: 'HTTP_5XX', retryAfterSeconds: 3600 };
    const asked = { pausedUntil: 4_600_000, pauseCode: 'HTTP_5XX' };
    const gone = told([busy, ...Array(5).fill({ kind: 'unreachable', code: 'TCP_REFUSED' })]);
    expect(gone.events).toEqual(['circuit-open']);
    expect(gone.state).toMatchObject(asked);
    expect(told([busy, ...Array(5).fill({ kind: 'forbidden' })]).state).toMatchObject(asked);
    const short: Answer = { kind: 'busy', code: 'HTTP_5XX', retryAfterSeconds: 5 };
    const shorter = told([short, ...Array(5).fill({ kind: 'forbidden' })]);
    expect(shorter.state).toMatchObject({ pausedUntil: 1_300_000, pauseCode: 'HTTP_403' });
  });
});

describe('what counts in a row', () => {
  const cut: Answer = { kind: 'unreachable', code: 'TCP_RESET' };
  const file: Answer = { kind: 'file' };

  test('one good answer between failures begins the count anew, also where nothing was paused', () => {
    expect(told([cut, cut, file]).state.unreachableInARow).toBe(0);
    expect(told([cut, { kind: 'busy', code: 'HTTP_429', retryAfterSeconds: null }]).state.unreachableInARow).toBe(0);
    expect(told(Array.from({ length: 40 }, () => [cut, cut, cut, cut, file]).flat()).events).toEqual([]);
    const refused: Answer = { kind: 'forbidden' };
    expect(told([refused, refused, file]).state.refusedInARow).toBe(0);
    expect(told(Array.from({ length: 40 }, () => [refused, file]).flat()).events).toEqual([]);
  });
});
