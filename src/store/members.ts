// Members and their roles. What they sign in with is in credentials.ts. Knows no HTTP and not what a role allows.
import { asc, eq, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Grant } from '../roles.ts';
import type { Db, Tx } from './database.ts';
import { lockOwners } from './owners.ts';
import { type Reach, reachesTenant } from './reach.ts';
import { memberCredentials, memberRoles, members, tenants } from './schema.ts';

/** A role with the way from the operator's tenant to the one that it is at. */
export interface HeldRole extends Grant {
  readonly path: readonly string[];
}

export type Member = typeof members.$inferSelect & {
  /** All of them, wherever they are. */
  readonly roles: readonly HeldRole[];
  /** It is on: a code is asked for at each sign-in. */
  readonly secondFactor: boolean;
};

/** Whose home is within reach, or who has a role there. */
function withinReach(reach: Reach): SQL {
  const elsewhere = sql`${members.id} in (
    select r.member_id from member_roles r where ${reachesTenant(reach, sql`r.tenant_id`)})`;
  return sql`(${reachesTenant(reach, members.tenantId)} or ${elsewhere})`;
}

async function withRoles(db: Db | Tx, rows: readonly (typeof members.$inferSelect)[]): Promise<Member[]> {
  if (rows.length === 0) return [];
  const ids = `{${rows.map((row) => row.id).join(',')}}`;
  const held = await db
    .select({
      memberId: memberRoles.memberId,
      tenantId: memberRoles.tenantId,
      role: memberRoles.role,
      pbxIds: memberRoles.pbxIds,
      path: tenants.path,
    })
    .from(memberRoles)
    .innerJoin(tenants, eq(tenants.id, memberRoles.tenantId))
    .where(sql`${memberRoles.memberId} = any(${ids}::uuid[])`)
    .orderBy(asc(memberRoles.tenantId));
  const withFactor = await db
    .select({ memberId: memberCredentials.memberId })
    .from(memberCredentials)
    .where(
      sql`${memberCredentials.memberId} = any(${ids}::uuid[]) and ${memberCredentials.totpConfirmedAt} is not null`,
    );
  return rows.map((row) => ({
    ...row,
    secondFactor: withFactor.some(({ memberId }) => memberId === row.id),
    roles: held.filter(({ memberId }) => memberId === row.id).map(({ memberId: _, ...role }) => role),
  }));
}

/** In the order of their invitation. */
export async function listMembers(
  db: Db | Tx,
  reach: Reach,
  page: {
    readonly limit: number;
    readonly after?: string | undefined;
    readonly q?: string | undefined;
    /** At home there, or with a role there. */
    readonly tenantId?: string | undefined;
  },
): Promise<Member[]> {
  const where: SQL[] = [withinReach(reach)];
  if (page.after !== undefined) where.push(sql`${members.id} > ${page.after}::uuid`);
  if (page.q !== undefined) {
    const like = `%${page.q.replace(/[\\%_]/g, '\\$&')}%`;
    where.push(sql`(${members.email} ilike ${like} or ${members.name} ilike ${like})`);
  }
  if (page.tenantId !== undefined) {
    where.push(sql`(${members.tenantId} = ${page.tenantId} or ${members.id} in (
      select r.member_id from member_roles r where r.tenant_id = ${page.tenantId}))`);
  }
  const rows = await db
    .select()
    .from(members)
    .where(sql.join(where, sql` and `))
    .orderBy(asc(members.id))
    .limit(page.limit);
  return withRoles(db, rows);
}

/** Null: there is none with this id within reach. */
export async function readMember(db: Db | Tx, reach: Reach, id: string): Promise<Member | null> {
  const rows = await db
    .select()
    .from(members)
    .where(sql`${members.id} = ${id} and ${withinReach(reach)}`);
  const [member] = await withRoles(db, rows);
  return member ?? null;
}

/** The same, with its roles kept as they are until the transaction ends. */
export async function lockMember(tx: Tx, reach: Reach, id: string): Promise<Member | null> {
  const rows = await tx
    .select()
    .from(members)
    .where(sql`${members.id} = ${id} and ${withinReach(reach)}`)
    .for('update');
  const [member] = await withRoles(tx, rows);
  return member ?? null;
}

/** @returns null when the address has an account already: the transaction goes on */
export async function createMember(
  tx: Tx,
  { roles, ...member }: { tenantId: string; email: string; name: string; roles: readonly Grant[] },
): Promise<Member | null> {
  const [row] = await tx
    .insert(members)
    .values({ id: uuidv7(), ...member })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) return null;
  await writeRoles(tx, row.id, roles);
  const [made] = await withRoles(tx, [row]);
  return made ?? null;
}

async function writeRoles(tx: Tx, memberId: string, roles: readonly Grant[]): Promise<void> {
  if (roles.length === 0) return;
  await tx.insert(memberRoles).values(
    roles.map(({ tenantId, role, pbxIds }) => ({
      memberId,
      tenantId,
      role,
      pbxIds: pbxIds === null ? null : [...pbxIds],
    })),
  );
}

export interface MemberChanges {
  readonly name: string;
  readonly disabled: boolean;
  readonly roles: readonly Grant[];
}

/** @param member of lockMember @returns null when nobody would be left who owns the installation */
export async function updateMember(tx: Tx, member: Member, changes: MemberChanges): Promise<Member | null> {
  const owners = await lockOwners(tx);
  const { name, disabled, roles } = changes;
  const staysOwner = !disabled && roles.some(({ role }) => role === 'owner');
  if (!staysOwner && owners.length === 1 && owners[0] === member.id) return null;
  await tx.delete(memberRoles).where(eq(memberRoles.memberId, member.id));
  await writeRoles(tx, member.id, roles);
  const [row] = await tx
    .update(members)
    .set({
      name,
      disabledAt: disabled ? sql`coalesce(${members.disabledAt}, now())` : null,
      version: sql`${members.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(eq(members.id, member.id))
    .returning();
  if (row === undefined) throw new Error('a member that is locked is gone');
  const [changed] = await withRoles(tx, [row]);
  return changed ?? null;
}

/** By themselves. */
export async function renameMember(tx: Tx, id: string, name: string): Promise<void> {
  await tx
    .update(members)
    .set({ name, version: sql`${members.version} + 1`, updatedAt: sql`now()` })
    .where(eq(members.id, id));
}

/** With what it signs in with, and its sessions. False: nobody would be left who owns the installation. */
export async function deleteMember(tx: Tx, member: Member): Promise<boolean> {
  const owners = await lockOwners(tx);
  if (owners.length === 1 && owners[0] === member.id) return false;
  await tx.delete(members).where(eq(members.id, member.id));
  return true;
}

/** Anybody with an account at all, joined or not. */
export async function hasMembers(db: Db | Tx): Promise<boolean> {
  return (await db.execute(sql`select 1 from members limit 1`)).length > 0;
}
