// API keys: shown once when they are made, stored as SHA-256. A key belongs to a tenant, not to who made it. Knows no HTTP.
import { and, desc, eq, getTableColumns, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Scope } from '../roles.ts';
import { looksLikeToken, makeToken, sha256 } from './admin-token.ts';
import type { Database, Db, Tx } from './database.ts';
import { type Reach, reachesTenant } from './reach.ts';
import { apiKeys, tenants } from './schema.ts';

/** `pvk_` and 6 characters: enough to tell keys apart, useless for guessing the other 26. */
const PREFIX_LENGTH = 10;

const { keyHash: _, ...COLUMNS } = getTableColumns(apiKeys);
export type ApiKey = Omit<typeof apiKeys.$inferSelect, 'keyHash'>;

export interface NewApiKey {
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly pbxIds: readonly string[] | null;
  readonly cidrs: readonly string[];
  readonly expiresAt: Date | null;
  readonly createdBy: string;
}

/** @returns the key in clear, which nobody can see again */
export async function createApiKey(
  db: Db | Tx,
  { scopes, pbxIds, cidrs, ...rest }: NewApiKey,
): Promise<{ readonly key: string; readonly record: ApiKey }> {
  const key = makeToken();
  const [record] = await db
    .insert(apiKeys)
    .values({
      ...rest,
      id: uuidv7(),
      prefix: key.slice(0, PREFIX_LENGTH),
      keyHash: sha256(key),
      scopes: [...scopes],
      pbxIds: pbxIds === null ? null : [...pbxIds],
      cidrs: [...cidrs],
    })
    .returning(COLUMNS);
  if (record === undefined) throw new Error('an insert returned no row');
  return { key, record };
}

export interface ValidKey extends ApiKey {
  readonly tenantKind: (typeof tenants.$inferSelect)['kind'];
}

/** Null: no such key, expired, or revoked. Asks the database only about what looks like a key. */
export async function findValidKey({ db }: Database, key: string): Promise<ValidKey | null> {
  if (!looksLikeToken(key)) return null;
  const [row] = await db
    .select({
      ...COLUMNS,
      tenantKind: tenants.kind,
      isUsedLately: sql<boolean>`coalesce(${apiKeys.lastUsedAt} > now() - interval '1 minute', false)`,
    })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    // By an index over hashes: how long it takes says nothing of the key.
    .where(
      and(
        eq(apiKeys.keyHash, sha256(key)),
        isNull(apiKeys.revokedAt),
        sql`(${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())`,
      ),
    );
  if (row === undefined) return null;
  const { isUsedLately, ...found } = row;
  if (!isUsedLately) await db.update(apiKeys).set({ lastUsedAt: sql`now()` }).where(eq(apiKeys.id, found.id));
  return found;
}

function isKey(reach: Reach, id: string): SQL | undefined {
  return and(eq(apiKeys.id, id), reachesTenant(reach, apiKeys.tenantId));
}

/** Newest first. */
export async function listApiKeys(
  db: Db | Tx,
  reach: Reach,
  page: { readonly limit: number; readonly before?: string | undefined; readonly tenantId?: string | undefined },
): Promise<ApiKey[]> {
  const where: SQL[] = [reachesTenant(reach, apiKeys.tenantId)];
  if (page.tenantId !== undefined) where.push(eq(apiKeys.tenantId, page.tenantId));
  if (page.before !== undefined) where.push(lt(apiKeys.id, page.before));
  return db
    .select(COLUMNS)
    .from(apiKeys)
    .where(and(...where))
    .orderBy(desc(apiKeys.id))
    .limit(page.limit);
}

/** Null: there is none with this id within reach. */
export async function readApiKey(db: Db | Tx, reach: Reach, id: string): Promise<ApiKey | null> {
  const [row] = await db.select(COLUMNS).from(apiKeys).where(isKey(reach, id));
  return row ?? null;
}

/** Stays listed, and is refused from now on; one that is revoked already stays as it is. */
export async function revokeApiKey(tx: Tx, reach: Reach, id: string): Promise<ApiKey | null> {
  const [row] = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(isKey(reach, id))
    .returning(COLUMNS);
  return row ?? null;
}
