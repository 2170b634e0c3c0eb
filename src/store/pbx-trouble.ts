// Which PBXs need somebody: the one place that says what trouble is, for the list and for the overview. Knows no HTTP.
import { eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';
import { type Reach, reachesPbx } from './reach.ts';
import { pbxRuns, pbxs } from './schema.ts';

/** trouble: see TROUBLE. off: its switch is off, and no trouble. */
export type PbxStanding = 'ok' | 'trouble' | 'off';

/** Over pbxs and pbx_runs. A login that was changed since is not refused: it has yet to be tried. */
const LOGIN_REFUSED = sql`(${pbxs.username} is not null and ${pbxRuns.login} ->> 'state' = 'refused'
  and (${pbxRuns.login} ->> 'connectionVersion')::int = ${pbxs.connectionVersion})`;
const PAUSED = sql`(${pbxRuns.pausedUntil} > now())`;

/** Users that failed, by PBX: from an index that holds no others. */
const FAILED_USERS = sql`(select pbx_id, count(*)::int as n from users where status = 'failed' group by pbx_id)`;

const TROUBLE = sql`((${pbxs.autoProvision} and (coalesce(${LOGIN_REFUSED}, false) or coalesce(${PAUSED}, false)))
  or exists (select 1 from users u where u.pbx_id = ${pbxs.id} and u.status = 'failed'))`;

/** Over pbxs and pbx_runs. */
export const isInTrouble = sql<boolean>`${TROUBLE}`;

/** A condition over pbxs and pbx_runs. */
export function standsAs(state: PbxStanding): SQL {
  switch (state) {
    case 'trouble':
      return TROUBLE;
    case 'off':
      return sql`(not ${pbxs.autoProvision} and not ${TROUBLE})`;
    case 'ok':
      return sql`(${pbxs.autoProvision} and not ${TROUBLE})`;
  }
}

/** What of a PBX is wrong now, for all of its users. */
export interface OpenIncident {
  readonly loginRefused: boolean;
  /** Null: it is not paused. */
  readonly pauseCode: string | null;
}

export async function readOpenIncidents(
  db: Db | Tx,
  pbxIds: readonly string[],
): Promise<ReadonlyMap<string, OpenIncident>> {
  if (pbxIds.length === 0) return new Map();
  const rows = await db
    .select({
      id: pbxs.id,
      loginRefused: sql<boolean>`coalesce(${LOGIN_REFUSED}, false)`,
      pauseCode: sql<string | null>`case when ${PAUSED} then ${pbxRuns.pauseCode} end`,
    })
    .from(pbxs)
    .innerJoin(pbxRuns, eq(pbxRuns.pbxId, pbxs.id))
    .where(inArray(pbxs.id, [...pbxIds]));
  return new Map(rows.map(({ id, ...incident }) => [id, incident]));
}

export interface PbxInTrouble {
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  /** Nobody asks with the PBX's own login until it is changed or Sync is pressed. */
  readonly loginRefused: boolean;
  /** Null: it is not paused. */
  readonly pauseCode: string | null;
  readonly pausedUntil: Date | null;
  readonly failedUsers: number;
}

interface PbxTrouble {
  readonly total: number;
  readonly on: number;
  readonly inTrouble: number;
  /** What stops all users of a PBX first, then by the number of users that failed. */
  readonly worst: readonly PbxInTrouble[];
}

/**
 * @param tenantId only of this tenant
 * @param most of the worst
 */
export async function readPbxTrouble(
  db: Db | Tx,
  reach: Reach,
  { tenantId, most }: { readonly tenantId?: string | undefined; readonly most: number },
): Promise<PbxTrouble> {
  const seen = sql`${pbxs} left join ${pbxRuns} on ${pbxRuns.pbxId} = ${pbxs.id}
    where ${reachesPbx(reach, pbxs.tenantId, pbxs.id)}
      ${tenantId === undefined ? sql`` : sql`and ${pbxs.tenantId} = ${tenantId}`}`;
  const [counts] = await db.execute<{ total: number; on: number; inTrouble: number }>(sql`
    select count(*)::int as total, count(*) filter (where ${pbxs.autoProvision})::int as "on",
      count(*) filter (where ${TROUBLE})::int as "inTrouble"
    from ${seen}`);
  if (counts === undefined) throw new Error('a count gave no row');
  if (counts.inTrouble === 0) return { ...counts, worst: [] };
  const worst = await db.execute<Record<string, unknown>>(sql`
    select t.*, coalesce(f.n, 0) as "failedUsers" from (
      select ${pbxs.id} as id, ${pbxs.name} as name, ${pbxs.tenantId} as "tenantId",
        ${pbxs.autoProvision} and coalesce(${LOGIN_REFUSED}, false) as "loginRefused",
        case when ${pbxs.autoProvision} and ${PAUSED} then ${pbxRuns.pauseCode} end as "pauseCode",
        case when ${pbxs.autoProvision} and ${PAUSED} then ${pbxRuns.pausedUntil} end as "pausedUntil"
      from ${seen} and ${TROUBLE}
    ) t left join ${FAILED_USERS} f on f.pbx_id = t.id
    order by "loginRefused" desc, ("pausedUntil" is not null) desc, "failedUsers" desc, lower(name), id limit ${most}`);
  return { ...counts, worst: worst as unknown as readonly PbxInTrouble[] };
}
