// The form of a PBX: what is sent, what saving does, what happens when somebody else saved first.
import { expect, test } from 'vitest';
import {
  changedFields,
  changesOf,
  consequenceOf,
  isOtherServer,
  mergeMeanwhile,
  NEW_PBX,
  type PbxValues,
  TAB_OF,
  valuesOf,
} from '../../web/screens/pbxs/pbx-values.ts';
import { aPbx } from './pbx-example.ts';

const base = valuesOf(aPbx({ username: 'prov', passwordSet: true, maxPerSecond: 5 }));
const withChange = (more: Partial<PbxValues>): PbxValues => ({ ...base, ...more });

test('only what changed is sent, what was emptied as null, numbers as numbers', () => {
  expect(changesOf(base, base)).toEqual({});
  expect(changesOf(base, withChange({ name: ' Head office ' }))).toEqual({});
  const now = withChange({
    name: 'Branch',
    country: 'CH',
    username: '',
    maxPerSecond: '',
    resyncHours: '12',
    persona: { ...base.persona, model: 'SIP-T46U' },
  });
  expect(changesOf(base, now)).toEqual({
    name: 'Branch',
    country: 'CH',
    username: null,
    maxPerSecond: null,
    resyncHours: 12,
    persona: { model: 'SIP-T46U' },
  });
});

test('a secret is sent byte for byte, or removed, or left alone', () => {
  expect(changesOf(base, withChange({ password: ' p=#; ' }))).toEqual({ password: ' p=#; ' });
  expect(changesOf(base, withChange({ password: null }))).toEqual({ password: null });
  expect(changedFields(base, withChange({ password: undefined }))).toEqual([]);
});

test('a field that must not be empty is sent as it is, for the server to refuse', () => {
  expect(changesOf(base, withChange({ name: '', didField: '' }))).toEqual({ name: '', didField: '' });
});

test.each<[Partial<PbxValues>, string | null]>([
  [{ name: 'Branch' }, null],
  [{ resyncHours: 12 }, null],
  [{ didField: 'none' }, 'due'],
  [{ persona: { ...base.persona, vendor: 'snom' } }, 'due'],
  [{ password: 'anew' }, 'due'],
  [{ provisioningUrl: '' }, 'no-address'],
  [{ autoProvision: false, didField: 'none' }, 'switched-off'],
])('says what saving %j does to the users', (more, consequence) => {
  expect(consequenceOf(base, withChange(more))).toBe(consequence);
});

test('switching on is said as such', () => {
  expect(consequenceOf(withChange({ autoProvision: false }), base)).toBe('switched-on');
});

test.each<[Partial<PbxValues>, boolean]>([
  [{ provisioningUrl: 'https://pbx.example.com/other/' }, false],
  [{ provisioningUrl: 'https://PBX.example.com:443/p/' }, false],
  [{ provisioningUrl: 'https://evil.example.com/p/' }, true],
  [{ provisioningUrl: 'http://pbx.example.com/p/{mac}.cfg' }, true],
  [{ provisioningUrl: '' }, false],
  [{ pinSha256: 'ab' }, true],
])('knows another server when it sees one: %j', (more, other) => {
  expect(isOtherServer(base, withChange(more))).toBe(other);
});

test('the same pin in another spelling is no other server', () => {
  const pinned = withChange({ pinSha256: 'AB:CD' });
  expect(isOtherServer(pinned, withChange({ pinSha256: 'abcd' }))).toBe(false);
});

test('what somebody else saved is taken over, what was typed stays, and both are told', () => {
  const mine = withChange({ name: 'Mine', country: 'US' });
  const theirs = withChange({ name: 'Theirs', resyncHours: 48, persona: { ...base.persona, model: 'T58' } });
  const { values, taken, both } = mergeMeanwhile(base, mine, theirs);
  expect(values).toMatchObject({ name: 'Mine', country: 'US', resyncHours: 48, persona: { model: 'T58' } });
  expect(taken).toEqual([
    { name: 'resyncHours', before: 24, now: 48 },
    { name: 'persona.model', before: '', now: 'T58' },
  ]);
  expect(both).toEqual([{ name: 'name', mine: 'Mine', theirs: 'Theirs' }]);
  // Sent on top of theirs: only what is mine.
  expect(changesOf(theirs, values)).toEqual({ name: 'Mine', country: 'US' });
});

test('both typed the same: nothing to tell', () => {
  const same = withChange({ country: 'US' });
  expect(mergeMeanwhile(base, same, same)).toEqual({ values: same, taken: [], both: [] });
});

test('every field of the form is in a tab', () => {
  const all = changedFields(NEW_PBX, {
    ...NEW_PBX,
    ...(Object.fromEntries(Object.keys(NEW_PBX).map((name) => [name, {}])) as unknown as PbxValues),
    persona: { vendor: {}, model: {}, phoneType: {}, firmwareVersion: {}, userAgent: {} } as never,
  });
  expect(all.toSorted()).toEqual(Object.keys(TAB_OF).toSorted());
});
