// Links to the "why?" page of one user. Stored as SHA-256: nobody can see a link again. Knows no HTTP.
import { createHash, randomBytes } from 'node:crypto';
import { and, desc, eq, gt, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from './database.ts';
import { type Reach, reachesPbx } from './reach.ts';
import { tenants, users, whyLinks } from './schema.ts';

/** More than anybody sends around: against programs that run wild. Two requests at once may pass it by one. */
export const LINKS_PER_USER = 20;

export interface WhyLink {
  readonly id: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastOpenedAt: Date | null;
}

const COLUMNS = {
  id: whyLinks.id,
  createdBy: whyLinks.createdBy,
  createdAt: whyLinks.createdAt,
  expiresAt: whyLinks.expiresAt,
  lastOpenedAt: whyLinks.lastOpenedAt,
};

const isGood = gt(whyLinks.expiresAt, sql`now()`);

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @returns the token too, which nobody can see again; null: the user has as many links as may be */
export async function createWhyLink(
  tx: Tx,
  user: { readonly id: string; readonly tenantId: string },
  { createdBy, hours }: { readonly createdBy: string; readonly hours: number },
): Promise<(WhyLink & { readonly token: string }) | null> {
  if ((await tx.$count(whyLinks, and(eq(whyLinks.userId, user.id), isGood))) >= LINKS_PER_USER) return null;
  const token = randomBytes(32).toString('base64url');
  const [row] = await tx
    .insert(whyLinks)
    .values({
      id: uuidv7(),
      tenantId: user.tenantId,
      userId: user.id,
      tokenHash: sha256(token),
      createdBy,
      expiresAt: sql`now() + make_interval(hours => ${hours})`,
    })
    .returning(COLUMNS);
  if (row === undefined) throw new Error('an insert gave no row');
  return { ...row, token };
}

/** Those that are good, newest first. */
export function listWhyLinks(db: Db | Tx, userId: string): Promise<WhyLink[]> {
  return db
    .select(COLUMNS)
    .from(whyLinks)
    .where(and(eq(whyLinks.userId, userId), isGood))
    .orderBy(desc(whyLinks.id));
}

/** Null: there is none of a user within reach. */
export async function deleteWhyLink(
  tx: Tx,
  reach: Reach,
  id: string,
): Promise<(WhyLink & { readonly userId: string; readonly tenantId: string }) | null> {
  const [row] = await tx
    .delete(whyLinks)
    .where(
      and(
        eq(whyLinks.id, id),
        sql`${whyLinks.userId} in (
          select u.id from users u where ${reachesPbx(reach, sql`u.tenant_id`, sql`u.pbx_id`)})`,
      ),
    )
    .returning({ ...COLUMNS, userId: whyLinks.userId, tenantId: whyLinks.tenantId });
  return row ?? null;
}

export interface OpenedLink {
  readonly userId: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly expiresAt: Date;
}

/** Notes that it was opened. Null: there is no such link, it ended or was revoked, or its user is gone. */
export async function openWhyLink(db: Db | Tx, token: string): Promise<OpenedLink | null> {
  const [row] = await db
    .update(whyLinks)
    .set({ lastOpenedAt: sql`now()` })
    .from(users)
    .innerJoin(tenants, eq(tenants.id, users.tenantId))
    .where(and(eq(whyLinks.tokenHash, sha256(token)), isGood, eq(users.id, whyLinks.userId)))
    .returning({
      userId: users.id,
      tenantId: users.tenantId,
      tenantName: tenants.name,
      expiresAt: whyLinks.expiresAt,
    });
  return row ?? null;
}

export async function dropOldWhyLinks(db: Db | Tx): Promise<void> {
  await db.delete(whyLinks).where(sql`${whyLinks.expiresAt} < now()`);
}
