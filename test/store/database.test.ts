// The test database itself, and what callers of the pool may rely on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tenants } from '../../src/store/schema.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

test('a new database has one operator tenant', async () => {
  const rows = await t.database.db.select().from(tenants);
  expect(rows).toMatchObject([{ id: t.tenantId, kind: 'operator', name: 'Default', parentId: null }]);
  expect(rows[0]?.createdAt).toBeInstanceOf(Date);
});
