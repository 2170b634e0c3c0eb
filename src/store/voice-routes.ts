// Voice routes: where calls of a user leave. One of a tenant may be the default. Knows no HTTP.
import { and, asc, eq, ilike, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { VoiceRouteFacts } from '../intake/check-rows.ts';
import type { Db, Tx } from './database.ts';
import { type Reach, reachesTenant, touchesTenant } from './reach.ts';
import { imports, users, voiceRoutes } from './schema.ts';

export type VoiceRoute = typeof voiceRoutes.$inferSelect;

export interface VoiceRouteSettings {
  readonly name: string;
  readonly description: string | null;
  readonly isDefault: boolean;
}

export interface VoiceRoutePage {
  /** Of this tenant only. */
  readonly tenantId?: string | undefined;
  readonly limit: number;
  readonly q?: string | undefined;
  /** Name in lower case, and id, of the last one of the page before. */
  readonly after?: { readonly key: string; readonly id: string } | undefined;
}

const KEY = sql<string>`lower(${voiceRoutes.name})`;

/** By name. */
export async function listVoiceRoutes(
  db: Db | Tx,
  reach: Reach,
  page: VoiceRoutePage,
): Promise<(VoiceRoute & { readonly sortKey: string })[]> {
  const where: (SQL | undefined)[] = [touchesTenant(reach, voiceRoutes.tenantId)];
  if (page.tenantId !== undefined) where.push(eq(voiceRoutes.tenantId, page.tenantId));
  if (page.q !== undefined) where.push(ilike(voiceRoutes.name, `%${page.q.replace(/[\\%_]/g, '\\$&')}%`));
  if (page.after !== undefined) where.push(sql`(${KEY}, ${voiceRoutes.id}) > (${page.after.key}, ${page.after.id})`);
  const rows = await db
    .select({ route: voiceRoutes, sortKey: KEY })
    .from(voiceRoutes)
    .where(and(...where))
    .orderBy(asc(KEY), asc(voiceRoutes.id))
    .limit(page.limit);
  return rows.map(({ route, sortKey }) => ({ ...route, sortKey }));
}

/** Null: there is none with this id within reach. */
export async function readVoiceRoute(db: Db | Tx, reach: Reach, id: string): Promise<VoiceRoute | null> {
  const [row] = await db
    .select()
    .from(voiceRoutes)
    .where(and(eq(voiceRoutes.id, id), touchesTenant(reach, voiceRoutes.tenantId)));
  return row ?? null;
}

/** For a change: with the tenant as a whole within reach. */
export async function lockVoiceRoute(tx: Tx, reach: Reach, id: string): Promise<VoiceRoute | null> {
  const [row] = await tx
    .select()
    .from(voiceRoutes)
    .where(and(eq(voiceRoutes.id, id), reachesTenant(reach, voiceRoutes.tenantId)))
    .for('update');
  return row ?? null;
}

function isRoute(tenantId: string, id: string): SQL | undefined {
  return and(eq(voiceRoutes.id, id), eq(voiceRoutes.tenantId, tenantId));
}

/** As far as rows of an upload may name them. */
export async function readRouteFacts(db: Db | Tx, tenantId: string): Promise<VoiceRouteFacts[]> {
  return db
    .select({ id: voiceRoutes.id, name: voiceRoutes.name })
    .from(voiceRoutes)
    .where(eq(voiceRoutes.tenantId, tenantId));
}

/** Holds a route until the transaction ends, so that nobody deletes it; null is always there. False: it does not exist. */
export async function holdVoiceRoute(tx: Db | Tx, tenantId: string, id: string | null): Promise<boolean> {
  if (id === null) return true;
  const rows = await tx.select({ id: voiceRoutes.id }).from(voiceRoutes).where(isRoute(tenantId, id)).for('key share');
  return rows.length > 0;
}

/** Those who make or move the default take turns: the second one takes it away from the first. */
async function takeDefault(tx: Tx, tenantId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('provender.voice-route-default'), hashtext(${tenantId}))`);
  await tx
    .update(voiceRoutes)
    .set({ isDefault: false, version: sql`${voiceRoutes.version} + 1`, updatedAt: sql`now()` })
    .where(and(eq(voiceRoutes.tenantId, tenantId), voiceRoutes.isDefault));
}

/** @returns null when the name is taken: the transaction goes on */
export async function createVoiceRoute(
  tx: Tx,
  tenantId: string,
  settings: VoiceRouteSettings,
): Promise<VoiceRoute | null> {
  if (settings.isDefault) await takeDefault(tx, tenantId);
  const [row] = await tx
    .insert(voiceRoutes)
    .values({ id: uuidv7(), tenantId, ...settings })
    .onConflictDoNothing()
    .returning();
  return row ?? null;
}

/** @param route locked @returns null when the name is taken: the transaction goes on */
export async function updateVoiceRoute(
  tx: Tx,
  route: VoiceRoute,
  settings: VoiceRouteSettings,
): Promise<VoiceRoute | null> {
  if (settings.isDefault && !route.isDefault) await takeDefault(tx, route.tenantId);
  // Compared by lower() as the index does: a change of case alone is no other name.
  const taken = await tx
    .select({ id: voiceRoutes.id })
    .from(voiceRoutes)
    .where(
      and(
        eq(voiceRoutes.tenantId, route.tenantId),
        sql`${KEY} = lower(${settings.name}) and ${voiceRoutes.id} <> ${route.id}`,
      ),
    );
  if (taken.length > 0) return null;
  const [row] = await tx
    .update(voiceRoutes)
    .set({ ...settings, version: sql`${voiceRoutes.version} + 1`, updatedAt: sql`now()` })
    .where(eq(voiceRoutes.id, route.id))
    .returning();
  if (row === undefined) throw new Error('a voice route that is locked is gone');
  return row;
}

/** How many users have the route. */
export async function countUsersOfRoute(db: Db | Tx, id: string): Promise<number> {
  return db.$count(users, eq(users.voiceRouteId, id));
}

/** @param to users and uploads get this one instead; null: the default one */
export async function deleteVoiceRoute(tx: Tx, route: VoiceRoute, to: string | null): Promise<void> {
  if (to !== null) {
    const moved = { voiceRouteId: to, version: sql`version + 1`, updatedAt: sql`now()` };
    await tx.update(users).set(moved).where(eq(users.voiceRouteId, route.id));
    await tx.update(imports).set({ voiceRouteId: to }).where(eq(imports.voiceRouteId, route.id));
  }
  await tx.delete(voiceRoutes).where(eq(voiceRoutes.id, route.id));
}
