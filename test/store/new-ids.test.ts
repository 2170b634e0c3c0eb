import { validate, version } from 'uuid';
import { expect, test } from 'vitest';
import { newIds } from '../../src/store/new-ids.ts';

test('ids of a batch are UUIDs of the moment, in order, and none of them twice', () => {
  const now = Date.UTC(2026, 10, 21);
  const ids = newIds(5000, now);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
  const more = [...ids, ...newIds(5000, now)];
  expect(new Set(more).size).toBe(10_000);
  // What is random is: no two of a batch share their ends.
  expect(new Set(more.map((id) => id.slice(-11))).size).toBe(10_000);
  expect(Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16)).toBe(now);
  expect(newIds(0)).toEqual([]);
});
