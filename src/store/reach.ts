// How far somebody's grants go in the tree of tenants, and that as a condition of a query. The tree is asked once per
// request and its answer goes into each statement as values: with values the planner knows how many rows they stand for.
// Knows no roles.
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { Grant } from '../roles.ts';
import type { Db, Tx } from './database.ts';

/** What somebody may see or do something to. */
export interface Reach {
  /** Tenants with all that hangs on them. */
  readonly tenants: 'all' | readonly string[];
  /** Further PBXs, one by one. */
  readonly pbxs: readonly { readonly id: string; readonly tenantId: string }[];
}

export const NOTHING: Reach = { tenants: [], pbxs: [] };

/** For work that belongs to one tenant: the job of an import. */
export function tenantReach(tenantId: string): Reach {
  return { tenants: [tenantId], pbxs: [] };
}

/** What each grant covers, as the tree is now. */
export async function readCoverage(
  db: Db | Tx,
  operatorTenantId: string,
  grants: readonly Grant[],
): Promise<ReadonlyMap<Grant, Reach>> {
  const coverage = new Map<Grant, Reach>();
  for (const grant of grants) coverage.set(grant, await readGrant(db, operatorTenantId, grant));
  return coverage;
}

async function readGrant(db: Db | Tx, operatorTenantId: string, grant: Grant): Promise<Reach> {
  const { tenantId, pbxIds } = grant;
  if (pbxIds !== null) {
    const rows = await db.execute<{ id: string; tenantId: string }>(sql`
      select p.id, p.tenant_id as "tenantId" from pbxs p join tenants t on t.id = p.tenant_id
      where p.id = any(${arrayOf(pbxIds)}) and t.path @> ${arrayOf([tenantId])}`);
    return { tenants: [], pbxs: [...rows] };
  }
  if (tenantId === operatorTenantId) return { tenants: 'all', pbxs: [] };
  const rows = await db.execute<{ id: string }>(sql`select id from tenants where path @> ${arrayOf([tenantId])}`);
  return { tenants: rows.map((row) => row.id), pbxs: [] };
}

export function joinReaches(reaches: readonly Reach[]): Reach {
  if (reaches.some(({ tenants }) => tenants === 'all')) return { tenants: 'all', pbxs: [] };
  const tenants = new Set(reaches.flatMap((reach) => reach.tenants));
  const pbxs = reaches.flatMap((reach) => reach.pbxs.filter((pbx) => !tenants.has(pbx.tenantId)));
  return { tenants: [...tenants], pbxs };
}

/** Condition for what belongs to a tenant as a whole: voice routes, members, the tenants themselves. */
export function reachesTenant(reach: Reach, tenant: SQLWrapper): SQL {
  return reach.tenants === 'all' ? sql`true` : isAmong(tenant, reach.tenants);
}

/** The same, and what belongs to the tenants of single PBXs: what one needs to see to work with such a PBX. */
export function touchesTenant(reach: Reach, tenant: SQLWrapper): SQL {
  if (reach.tenants === 'all') return sql`true`;
  return isAmong(tenant, [...new Set([...reach.tenants, ...reach.pbxs.map((pbx) => pbx.tenantId)])]);
}

/** Condition for what hangs on a PBX. What has no PBX is its tenant's. */
export function reachesPbx(reach: Reach, tenant: SQLWrapper, pbx: SQLWrapper): SQL {
  const whole = reachesTenant(reach, tenant);
  if (reach.pbxs.length === 0) return whole;
  const single = isAmong(
    pbx,
    reach.pbxs.map(({ id }) => id),
  );
  return reach.tenants.length === 0 ? single : sql`(${whole} or ${single})`;
}

/** The PBXs of a tenant that are reached; null: all. */
export function pbxsWithin(reach: Reach, tenantId: string): readonly string[] | null {
  if (reach.tenants === 'all' || reach.tenants.includes(tenantId)) return null;
  return reach.pbxs.filter((pbx) => pbx.tenantId === tenantId).map(({ id }) => id);
}

function isAmong(column: SQLWrapper, ids: readonly string[]): SQL {
  if (ids.length === 0) return sql`false`;
  return ids.length === 1 ? sql`${column} = ${ids[0]}::uuid` : sql`${column} = any(${arrayOf(ids)})`;
}

/** As one parameter, however many. */
export function arrayOf(ids: readonly string[]): SQL {
  return sql`${`{${ids.join(',')}}`}::uuid[]`;
}
