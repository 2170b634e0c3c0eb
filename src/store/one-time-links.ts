// Links that work once: invitations, new passwords, the set-up of an installation. Stored as SHA-256.
import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from './database.ts';
import { oneTimeLinks } from './schema.ts';

type LinkPurpose = (typeof oneTimeLinks.$inferSelect)['purpose'];

interface NewLink {
  readonly purpose: LinkPurpose;
  /** Null: of nobody yet. */
  readonly memberId: string | null;
  /** The address that it is made for. */
  readonly email: string | null;
  readonly hours: number;
}

export interface TakenLink {
  readonly memberId: string | null;
  readonly email: string | null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function ownerIs(memberId: string | null): SQL {
  return memberId === null ? isNull(oneTimeLinks.memberId) : eq(oneTimeLinks.memberId, memberId);
}

/** Of one purpose a member has one link: earlier ones die. @returns the token, which nobody can see again */
export async function createLink(tx: Tx, { purpose, memberId, email, hours }: NewLink): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await tx.delete(oneTimeLinks).where(and(eq(oneTimeLinks.purpose, purpose), ownerIs(memberId)));
  await tx.insert(oneTimeLinks).values({
    id: uuidv7(),
    purpose,
    tokenHash: sha256(token),
    memberId,
    email,
    expiresAt: sql`now() + make_interval(secs => ${hours * 3600})`,
  });
  return token;
}

function isGood(purpose: LinkPurpose, token: string): SQL | undefined {
  return and(
    eq(oneTimeLinks.tokenHash, sha256(token)),
    eq(oneTimeLinks.purpose, purpose),
    isNull(oneTimeLinks.usedAt),
    gt(oneTimeLinks.expiresAt, sql`now()`),
  );
}

/** Looks at a link without taking it up. Null: no such link, used, or too old. */
export async function findLink(db: Db | Tx, purpose: LinkPurpose, token: string): Promise<TakenLink | null> {
  const [row] = await db
    .select({ memberId: oneTimeLinks.memberId, email: oneTimeLinks.email })
    .from(oneTimeLinks)
    .where(isGood(purpose, token));
  return row ?? null;
}

/** Takes the link up: of several who try at once exactly one gets it. Null: no such link, used, or too old. */
export async function takeLink(tx: Tx, purpose: LinkPurpose, token: string): Promise<TakenLink | null> {
  const [row] = await tx
    .update(oneTimeLinks)
    .set({ usedAt: sql`now()` })
    .where(isGood(purpose, token))
    .returning({ memberId: oneTimeLinks.memberId, email: oneTimeLinks.email });
  return row ?? null;
}
