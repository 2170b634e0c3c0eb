// Statements of the hot path, prepared once per connection. drizzle's own execute() has each parsed and described anew.
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type postgres from 'postgres';

/** Of writeResults and what is done alongside. */
export type HotTx = postgres.TransactionSql;

const dialect = new PgDialect();

/** Only for texts of a fixed form: each other text (an `in` list of another length) would stay prepared beside it. */
export async function runPrepared<T>(client: postgres.Sql | postgres.TransactionSql, query: SQL): Promise<T[]> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  // drizzle's SQL holds values that PostgreSQL takes; its type for them is wider.
  const rows = await client.unsafe(text, params as postgres.ParameterOrJSON<never>[], { prepare: true });
  return [...rows] as T[];
}
