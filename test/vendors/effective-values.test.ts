import fc from 'fast-check';
import { expect, test } from 'vitest';
import { effectiveValues } from '../../vendors/effective-values.ts';

const VENDOR = { nothing: ['%NULL%'], repeats: (key: string) => key === 'user' };

/** Few keys, so that they come again; alike in length and letters, so that they stand in one chain. */
const KEY = fc.oneof(
  fc.constantFrom('', 'a', 'user', 'sip.1.name', 'sip.2.name'),
  fc.integer({ min: 10, max: 60 }).map((number) => `x${number}-alike`),
);
const ENTRY = fc.record(
  { key: KEY, value: fc.constantFrom('', '1', '2', '%NULL%'), access: fc.constantFrom('open' as const) },
  { requiredKeys: ['key', 'value'] },
);

test('a key says the same, whether it is asked for alone or all are gathered before', () => {
  fc.assert(
    fc.property(fc.array(ENTRY, { maxLength: 200 }), KEY, (entries, unheard) => {
      const keys = [...new Set([unheard, ...entries.map(({ key }) => key)])];
      const alone = keys.map((key) => {
        const values = effectiveValues(VENDOR, entries);
        return [key, values.get(key), values.has(key), values.accessOf(key)];
      });
      const values = effectiveValues(VENDOR, entries);
      const gathered = keys.map((key) => {
        const value = values.all.get(key);
        return [key, value === '' ? undefined : value, values.all.has(key), values.accessOf(key)];
      });
      expect(alone).toEqual(gathered);
    }),
  );
});

test('the last value that says something counts, and what it hides is told', () => {
  const values = effectiveValues(VENDOR, [
    { key: 'label', value: '1' },
    { key: 'label', value: '2' },
    { key: 'label', value: '' },
    { key: 'name', value: 'x' },
    { key: 'name', value: '%NULL%' },
    { key: 'user', value: '1' },
    { key: 'user', value: '2' },
  ]);
  expect([values.get('label'), values.get('name'), values.get('user'), values.get('other')]).toEqual([
    '2',
    null,
    '2',
    undefined,
  ]);
  expect(values.warnings).toEqual(['duplicate-key:label', 'duplicate-key:name', 'empty-after-value:label']);
});
