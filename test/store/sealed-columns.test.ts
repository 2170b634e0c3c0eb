// The list of sealed columns against the schema: one that is not in it would be left on a key that is thrown away.
import { getTableColumns, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import * as schema from '../../src/store/schema.ts';
import { SEALED_COLUMNS } from '../../src/store/sealed-columns.ts';

const TABLES: PgTable[] = Object.values<unknown>(schema).flatMap((value) => (is(value, PgTable) ? [value] : []));

test('S4: names every sealed column of every table, with the key of the table', () => {
  const found = TABLES.flatMap((table) => {
    const { name, primaryKeys } = getTableConfig(table);
    const columns = Object.values(getTableColumns(table));
    const single = columns.filter((column) => column.primary);
    const key = primaryKeys[0]?.columns ?? single;
    return columns
      .filter((column) => column.name.endsWith('_sealed'))
      .map((column) => ({
        table: name,
        column: column.name.replace(/_sealed$/, ''),
        key: key.map((part) => [part.name, columns.find(({ name: own }) => own === part.name)?.getSQLType()]),
      }));
  });
  const byName = (a: { table: string; column: string }, b: typeof a) =>
    `${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1;
  expect(found.length).toBeGreaterThan(10);
  expect(SEALED_COLUMNS.map(({ table, column, key }) => ({ table, column, key })).sort(byName)).toEqual(
    found.sort(byName),
  );
});
