import { expect, it } from 'vitest';
import { changesOf, isHash } from '../../web/screens/audit/changes.ts';

it('shows what differs, field by field', () => {
  expect(
    changesOf(
      { name: 'HQ', persona: { vendor: 'yealink', model: 'T46' }, same: [1], gone: true },
      { name: 'Main', persona: { vendor: 'snom', model: 'T46' }, same: [1], fresh: null },
    ),
  ).toEqual([
    { field: 'name', before: 'HQ', after: 'Main' },
    { field: 'persona.vendor', before: 'yealink', after: 'snom' },
    { field: 'gone', before: true, after: undefined },
    { field: 'fresh', before: undefined, after: null },
  ]);
});

it('shows all of what was made, and of what was deleted', () => {
  expect(changesOf(null, { name: 'HQ' })).toEqual([{ field: 'name', before: undefined, after: 'HQ' }]);
  expect(changesOf({ name: 'HQ' }, null)).toEqual([{ field: 'name', before: 'HQ', after: undefined }]);
  expect(changesOf(null, null)).toEqual([]);
});

it('knows a keyed hash', () => {
  expect([isHash('hmac:k1.0a1b'), isHash('hmac'), isHash(null)]).toEqual([true, false, false]);
});
