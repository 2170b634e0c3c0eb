// Who has the whole installation: members with the role owner at the operator's tenant.
import { sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';

/** Owners that took up their invitation and are not disabled, as a query. */
export const OWNERS = sql`
  select r.member_id from member_roles r join members m on m.id = r.member_id join tenants t on t.id = r.tenant_id
  where r.role = 'owner' and t.parent_id is null and m.joined_at is not null and m.disabled_at is null`;

export async function hasOwner(db: Db | Tx): Promise<boolean> {
  return (await db.execute(sql`${OWNERS} limit 1`)).length > 0;
}

/** Locked until the transaction ends, so that no two of them go at once. */
export async function lockOwners(tx: Tx): Promise<string[]> {
  const rows = await tx.execute<{ member_id: string }>(sql`${OWNERS} order by r.member_id for update of r`);
  return rows.map((row) => row.member_id);
}
