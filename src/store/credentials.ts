// What members sign in with: passwords, second factors, recovery codes. Hashes and sealed values only.
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { Grant } from '../roles.ts';
import type { Database, Db, Tx } from './database.ts';
import type { Place } from './key-ring.ts';
import { memberCredentials, memberRoles, members, sessions } from './schema.ts';
import { keyOfSession } from './sessions.ts';

export interface Account {
  readonly memberId: string;
  /** Home. */
  readonly tenantId: string;
  readonly email: string;
  readonly name: string;
  /** Took up the invitation, and is not disabled. */
  readonly isActive: boolean;
  readonly passwordHash: string | null;
  readonly hasSecondFactor: boolean;
  readonly recoveryCodesLeft: number;
}

const account = {
  memberId: members.id,
  tenantId: members.tenantId,
  email: members.email,
  name: members.name,
  isActive: sql<boolean>`${members.joinedAt} is not null and ${members.disabledAt} is null`,
  passwordHash: memberCredentials.passwordHash,
  hasSecondFactor: sql<boolean>`${memberCredentials.totpConfirmedAt} is not null`,
  recoveryCodesLeft: sql<number>`coalesce(cardinality(${memberCredentials.recoveryCodes}), 0)`,
};

function accounts(db: Db | Tx) {
  return db.select(account).from(members).leftJoin(memberCredentials, eq(memberCredentials.memberId, members.id));
}

export async function findAccount(db: Db | Tx, email: string): Promise<Account | null> {
  const [row] = await accounts(db).where(eq(sql`lower(${members.email})`, email.toLowerCase()));
  return row ?? null;
}

export async function readAccount(db: Db | Tx, memberId: string): Promise<Account | null> {
  const [row] = await accounts(db).where(eq(members.id, memberId));
  return row ?? null;
}

/** @param hash of sign-in/password.ts */
export async function keepPassword(tx: Db | Tx, memberId: string, hash: string): Promise<void> {
  const set = { passwordHash: hash, passwordSetAt: sql`now()` };
  await tx
    .insert(memberCredentials)
    .values({ memberId, ...set })
    .onConflictDoUpdate({ target: memberCredentials.memberId, set });
}

/** The same password under newer parameters; nothing when it was changed meanwhile. */
export async function rehashPassword(db: Db, memberId: string, before: string, hash: string): Promise<void> {
  await db
    .update(memberCredentials)
    .set({ passwordHash: hash })
    .where(and(eq(memberCredentials.memberId, memberId), eq(memberCredentials.passwordHash, before)));
}

/** Where a member's TOTP secret is sealed to. */
export function totpPlace(tenantId: string, memberId: string): Place {
  return { tenant: tenantId, table: 'member_credentials', row: memberId, column: 'totp_secret' };
}

/** Keeps a secret that is to be confirmed; one that was not confirmed is forgotten. False: there is a second factor. */
export async function enrolTotp(tx: Tx, memberId: string, sealed: string): Promise<boolean> {
  const set = { totpSecretSealed: sealed, totpLastStep: null };
  const rows = await tx
    .insert(memberCredentials)
    .values({ memberId, ...set })
    .onConflictDoUpdate({
      target: memberCredentials.memberId,
      set,
      setWhere: isNull(memberCredentials.totpConfirmedAt),
    })
    .returning({ memberId: memberCredentials.memberId });
  return rows.length > 0;
}

/** Null: nothing is enrolled. */
export async function readTotp(db: Db | Tx, memberId: string): Promise<{ sealed: string; confirmed: boolean } | null> {
  const [row] = await db
    .select({ sealed: memberCredentials.totpSecretSealed, at: memberCredentials.totpConfirmedAt })
    .from(memberCredentials)
    .where(eq(memberCredentials.memberId, memberId));
  return row?.sealed ? { sealed: row.sealed, confirmed: row.at !== null } : null;
}

/** Of several who show the same code at once exactly one gets true. */
export async function takeTotpStep(db: Db | Tx, memberId: string, step: number): Promise<boolean> {
  const rows = await db
    .update(memberCredentials)
    .set({ totpLastStep: step })
    .where(
      and(
        eq(memberCredentials.memberId, memberId),
        or(isNull(memberCredentials.totpLastStep), lt(memberCredentials.totpLastStep, step)),
      ),
    )
    .returning({ memberId: memberCredentials.memberId });
  return rows.length > 0;
}

/** @param codeHashes of the recovery codes that go with it */
export async function confirmTotp(tx: Tx, memberId: string, codeHashes: readonly string[]): Promise<boolean> {
  const rows = await tx
    .update(memberCredentials)
    .set({ totpConfirmedAt: sql`now()`, recoveryCodes: [...codeHashes] })
    .where(and(eq(memberCredentials.memberId, memberId), isNull(memberCredentials.totpConfirmedAt)))
    .returning({ memberId: memberCredentials.memberId });
  return rows.length > 0;
}

export async function dropTotp(tx: Tx, memberId: string): Promise<void> {
  await tx
    .update(memberCredentials)
    .set({ totpSecretSealed: null, totpConfirmedAt: null, totpLastStep: null, recoveryCodes: [] })
    .where(eq(memberCredentials.memberId, memberId));
}

export async function replaceRecoveryCodes(tx: Tx, memberId: string, codeHashes: readonly string[]): Promise<void> {
  await tx
    .update(memberCredentials)
    .set({ recoveryCodes: [...codeHashes] })
    .where(eq(memberCredentials.memberId, memberId));
}

/** Of several who show the same code at once exactly one gets true. */
export async function takeRecoveryCode(db: Db | Tx, memberId: string, codeHash: string): Promise<boolean> {
  const rows = await db
    .update(memberCredentials)
    .set({ recoveryCodes: sql`array_remove(${memberCredentials.recoveryCodes}, ${codeHash})` })
    .where(and(eq(memberCredentials.memberId, memberId), sql`${codeHash} = any(${memberCredentials.recoveryCodes})`))
    .returning({ memberId: memberCredentials.memberId });
  return rows.length > 0;
}

/** The invitation was taken up; keeps the name that the member gives. */
export async function joinMember(tx: Tx, memberId: string, name: string | null): Promise<void> {
  await tx
    .update(members)
    .set({ joinedAt: sql`coalesce(${members.joinedAt}, now())`, ...(name !== null && { name }) })
    .where(eq(members.id, memberId));
}

export interface SignedInMember {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly grants: readonly Grant[];
}

/** Null: the session was ended, or its member may not sign in any more. */
export async function readSignedInMember(
  { db }: Database,
  sid: string,
  memberId: string,
): Promise<SignedInMember | null> {
  const rows = await db
    .select({
      id: members.id,
      tenantId: members.tenantId,
      email: members.email,
      isSeenLately: sql<boolean>`coalesce(${members.lastSeenAt} > now() - interval '1 minute', false)`,
      grantTenantId: memberRoles.tenantId,
      role: memberRoles.role,
      pbxIds: memberRoles.pbxIds,
    })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .leftJoin(memberRoles, eq(memberRoles.memberId, members.id))
    .where(
      and(
        eq(sessions.sid, keyOfSession(sid)),
        eq(members.id, memberId),
        sql`${sessions.expire} > now()`,
        sql`${members.joinedAt} is not null and ${members.disabledAt} is null`,
      ),
    );
  const [first] = rows;
  if (first === undefined) return null;
  if (!first.isSeenLately) {
    await db.update(members).set({ lastSeenAt: sql`now()` }).where(eq(members.id, memberId));
  }
  const grants = rows.flatMap(({ grantTenantId, role, pbxIds }) =>
    grantTenantId === null || role === null ? [] : [{ tenantId: grantTenantId, role, pbxIds }],
  );
  return { id: first.id, tenantId: first.tenantId, email: first.email, grants };
}
