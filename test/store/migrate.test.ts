import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MIGRATIONS_FOLDER } from '../../src/package-root.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { emptyDatabase } from '../help/database.ts';

const PROGRAM = join(import.meta.dirname, '../help/migrate-program.ts');

test('four processes race on an empty database: all succeed, everything is made once', async () => {
  const { url, close } = await emptyDatabase();
  const programs = [1, 2, 3, 4].map(() =>
    spawn(process.execPath, [PROGRAM, url], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const ends = await Promise.all(programs.map((program) => once(program, 'exit')));
  expect(ends).toEqual([0, 0, 0, 0].map((code) => [code, null]));
  const database = await openDatabase(url);
  const files = readdirSync(MIGRATIONS_FOLDER).filter((name) => name.endsWith('.sql'));
  expect(await database.sql`select count(*)::int as n from drizzle.__drizzle_migrations`).toEqual([
    { n: files.length },
  ]);
  expect(await database.sql`select kind, name from tenants`).toEqual([{ kind: 'operator', name: 'Default' }]);
  const locks = await database.sql`
    select 1 from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and d.datname = current_database()`;
  expect(locks).toHaveLength(0);
  await migrate(database);
  expect(await database.sql`select count(*)::int as n from tenants`).toEqual([{ n: 1 }]);
  await database.close();
  await close();
});

test('refuses a database that a newer version made, and changes nothing in it', async () => {
  const { url, close } = await emptyDatabase();
  const database = await openDatabase(url);
  const { sql } = database;
  await sql`create schema drizzle`;
  await sql`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of a later version', 1)`;
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'DATABASE_NEWER',
    message: expect.stringMatching(/newer Provender.*Nothing was changed.*Install the newer version/),
  });
  expect(await sql`select hash from drizzle.__drizzle_migrations`).toEqual([{ hash: 'of a later version' }]);
  expect(await sql`select 1 from pg_tables where schemaname = 'public'`).toHaveLength(0);
  await database.close();
  await close();
});
