// Who has the whole installation: members with the role owner at the operator's tenant.
import { and, eq, isNull, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { keepPassword } from './credentials.ts';
import type { Db, Tx } from './database.ts';
import { installation, memberRoles, members, oneTimeLinks } from './schema.ts';

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

interface NewOwner {
  readonly email: string;
  readonly name: string;
  /** Of sign-in/password.ts. */
  readonly passwordHash: string;
}

/**
 * The operator's tenant gets its first owner; the admin token and the set-up link die. Of several who try at once exactly
 * one does. Null: there is an owner already, or a member with this address.
 */
export async function createFirstOwner(
  tx: Tx,
  tenantId: string,
  { email, name, passwordHash }: NewOwner,
): Promise<string | null> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('provender.first-owner'))`);
  if (await hasOwner(tx)) return null;
  const id = uuidv7();
  const rows = await tx
    .insert(members)
    .values({ id, tenantId, email, name, joinedAt: sql`now()` })
    .onConflictDoNothing()
    .returning({ id: members.id });
  if (rows.length === 0) return null;
  await tx.insert(memberRoles).values({ memberId: id, tenantId, role: 'owner' });
  await keepPassword(tx, id, passwordHash);
  await tx.update(installation).set({ adminTokenHash: null });
  await tx.delete(oneTimeLinks).where(and(eq(oneTimeLinks.purpose, 'setup'), isNull(oneTimeLinks.usedAt)));
  return id;
}
