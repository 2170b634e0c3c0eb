// Tenants: a tree, operator > reseller > customer. PBXs hang on any of them. Knows no HTTP.
import { and, asc, eq, ilike, isNull, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Database, Db, Tx } from './database.ts';
import { type Reach, reachesTenant, touchesTenant } from './reach.ts';
import {
  apiKeys,
  imports,
  memberRoles,
  members,
  pbxs,
  ssoProviders,
  tenantDomains,
  tenants,
  voiceRoutes,
} from './schema.ts';

export type Tenant = typeof tenants.$inferSelect;

/** The migration makes it. */
export async function operatorTenantId(database: Database): Promise<string> {
  const [row] = await database.db.select({ id: tenants.id }).from(tenants).where(isNull(tenants.parentId)).limit(1);
  if (row === undefined) throw new Error('The database holds no operator tenant: it was not migrated.');
  return row.id;
}

/** Null: there is none with this id within reach. @param hold nobody deletes it until the transaction ends */
export async function readTenant(db: Db | Tx, reach: Reach, id: string, { hold = false } = {}): Promise<Tenant | null> {
  const query = db
    .select()
    .from(tenants)
    .where(and(eq(tenants.id, id), touchesTenant(reach, tenants.id)));
  const [row] = await (hold ? query.for('key share') : query);
  return row ?? null;
}

/** For a change: with all that hangs on it within reach. */
export async function lockTenant(tx: Tx, reach: Reach, id: string): Promise<Tenant | null> {
  const [row] = await tx
    .select()
    .from(tenants)
    .where(and(eq(tenants.id, id), reachesTenant(reach, tenants.id)))
    .for('update');
  return row ?? null;
}

const KEY = sql<string>`lower(${tenants.name})`;

/** By name. */
export async function listTenants(
  db: Db | Tx,
  reach: Reach,
  page: {
    readonly limit: number;
    readonly q?: string | undefined;
    readonly parentId?: string | undefined;
    /** Name in lower case, and id, of the last one of the page before. */
    readonly after?: { readonly key: string; readonly id: string } | undefined;
  },
): Promise<(Tenant & { readonly sortKey: string })[]> {
  const where: (SQL | undefined)[] = [touchesTenant(reach, tenants.id)];
  if (page.q !== undefined) where.push(ilike(tenants.name, `%${page.q.replace(/[\\%_]/g, '\\$&')}%`));
  if (page.parentId !== undefined) where.push(eq(tenants.parentId, page.parentId));
  if (page.after !== undefined) where.push(sql`(${KEY}, ${tenants.id}) > (${page.after.key}, ${page.after.id})`);
  const rows = await db
    .select({ tenant: tenants, sortKey: KEY })
    .from(tenants)
    .where(and(...where))
    .orderBy(asc(KEY), asc(tenants.id))
    .limit(page.limit);
  return rows.map(({ tenant, sortKey }) => ({ ...tenant, sortKey }));
}

/** @returns null when the parent has one of this name already: the transaction goes on */
export async function createTenant(
  tx: Tx,
  parent: Tenant,
  kind: 'reseller' | 'customer',
  name: string,
  userLimit: number | null = null,
): Promise<Tenant | null> {
  const [row] = await tx
    .insert(tenants)
    .values({ id: uuidv7(), parentId: parent.id, kind, name, userLimit })
    .onConflictDoNothing()
    .returning();
  return row ?? null;
}

/** @param tenant locked @returns null when a sister has this name */
export async function updateTenant(
  tx: Tx,
  tenant: Tenant,
  { name, userLimit }: Pick<Tenant, 'name' | 'userLimit'>,
): Promise<Tenant | null> {
  const sister = tenant.parentId === null ? isNull(tenants.parentId) : eq(tenants.parentId, tenant.parentId);
  const taken = await tx
    .select({ id: tenants.id })
    .from(tenants)
    .where(and(sister, sql`${KEY} = lower(${name}) and ${tenants.id} <> ${tenant.id}`));
  if (taken.length > 0) return null;
  const [row] = await tx
    .update(tenants)
    .set({ name, userLimit, version: sql`${tenants.version} + 1`, updatedAt: sql`now()` })
    .where(eq(tenants.id, tenant.id))
    .returning();
  if (row === undefined) throw new Error('a tenant that is locked is gone');
  return row;
}

/** What hangs on a tenant, as people call it; empty: it may be deleted. The locked row keeps new things away. */
export async function findDependants(tx: Tx, id: string): Promise<string[]> {
  const has = async (name: string, from: SQL): Promise<string[]> =>
    (await tx.execute(sql`select 1 from ${from} limit 1`)).length > 0 ? [name] : [];
  return [
    ...(await has('tenants', sql`${tenants} where ${tenants.parentId} = ${id}`)),
    ...(await has('PBXs', sql`${pbxs} where ${pbxs.tenantId} = ${id}`)),
    ...(await has('members', sql`${members} where ${members.tenantId} = ${id}`)),
    ...(await has('members with a role there', sql`${memberRoles} where ${memberRoles.tenantId} = ${id}`)),
    ...(await has(
      'API keys that are not revoked',
      sql`${apiKeys} where ${apiKeys.tenantId} = ${id} and ${apiKeys.revokedAt} is null`,
    )),
  ];
}

/** With its voice routes, uploads that made nothing, and keys that are revoked. Its part of the feed stays. */
export async function deleteTenant(tx: Tx, id: string): Promise<void> {
  await tx.delete(imports).where(eq(imports.tenantId, id));
  await tx.delete(voiceRoutes).where(eq(voiceRoutes.tenantId, id));
  await tx.delete(apiKeys).where(eq(apiKeys.tenantId, id));
  await tx.delete(ssoProviders).where(eq(ssoProviders.tenantId, id));
  await tx.delete(tenantDomains).where(eq(tenantDomains.tenantId, id));
  await tx.delete(tenants).where(eq(tenants.id, id));
}
