// Tenants: until members exist everything belongs to the operator's, which the migration makes.
import { isNull } from 'drizzle-orm';
import type { Database } from './database.ts';
import { tenants } from './schema.ts';

export async function operatorTenantId(database: Database): Promise<string> {
  const [row] = await database.db.select({ id: tenants.id }).from(tenants).where(isNull(tenants.parentId)).limit(1);
  if (row === undefined) throw new Error('The database holds no operator tenant: it was not migrated.');
  return row.id;
}
