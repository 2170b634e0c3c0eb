// What members saved of the screens of the portal. Knows no HTTP and no screens.
import { eq, sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';
import { members, memberViews, type SavedView } from './schema.ts';

export interface SavedViews {
  /** 0: nothing was saved yet. */
  readonly version: number;
  readonly views: readonly SavedView[];
}

export async function readViews(db: Db | Tx, memberId: string): Promise<SavedViews> {
  const [row] = await db
    .select({ version: memberViews.version, views: memberViews.views })
    .from(memberViews)
    .where(eq(memberViews.memberId, memberId));
  return row ?? { version: 0, views: [] };
}

/** The same, for a change: by the member, since of those who saved nothing there is no other row. */
export async function lockViews(tx: Tx, memberId: string): Promise<SavedViews> {
  await tx.select({ id: members.id }).from(members).where(eq(members.id, memberId)).for('no key update');
  return readViews(tx, memberId);
}

/** After lockViews. @returns what is stored now */
export async function writeViews(tx: Tx, memberId: string, views: readonly SavedView[]): Promise<SavedViews> {
  const [row] = await tx
    .insert(memberViews)
    .values({ memberId, views })
    .onConflictDoUpdate({
      target: memberViews.memberId,
      set: { views, version: sql`${memberViews.version} + 1`, updatedAt: sql`now()` },
    })
    .returning({ version: memberViews.version, views: memberViews.views });
  if (row === undefined) throw new Error('an insert gave no row');
  return row;
}
