// The one admin token of a new installation: shown once when it is made, stored as SHA-256, dead as soon as there is an
// owner. Its form is that of all keys.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { OWNERS } from './owners.ts';
import { installation } from './schema.ts';

/** 24 random bytes; the prefix lets secret scanners find a leaked one. */
const FORM = /^pvk_[A-Za-z0-9_-]{32}$/;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function makeToken(): string {
  return `pvk_${randomBytes(24).toString('base64url')}`;
}

/** False: nobody need be asked about it. */
export function looksLikeToken(text: string): boolean {
  return FORM.test(text);
}

/**
 * Makes the token unless there is one, or an owner. Several processes may start at once: exactly one gets it.
 * The row of `installation` must exist (it is made with the key canary).
 * @returns the token if it was made by this call, to be shown once; otherwise null
 */
export async function ensureAdminToken(database: Database): Promise<string | null> {
  const token = makeToken();
  const rows = await database.db
    .update(installation)
    .set({ adminTokenHash: sha256(token) })
    .where(and(isNull(installation.adminTokenHash), sql`not exists (${OWNERS})`))
    .returning({ id: installation.id });
  return rows.length > 0 ? token : null;
}

/** Makes a new token; the old one is refused from now on. */
export async function resetAdminToken(database: Database): Promise<string> {
  const token = makeToken();
  const rows = await database.db
    .update(installation)
    .set({ adminTokenHash: sha256(token) })
    .where(sql`true`)
    .returning({ id: installation.id });
  if (rows.length === 0) throw new Error('The database holds no installation yet: start Provender once.');
  return token;
}

/** Compares hashes in constant time. False without asking the database when it does not look like a token. */
export async function isAdminToken(database: Database, token: string): Promise<boolean> {
  if (!looksLikeToken(token)) return false;
  const [row] = await database.db
    .select({ hash: installation.adminTokenHash })
    .from(installation)
    .where(and(eq(installation.id, 1), sql`not exists (${OWNERS})`));
  return row?.hash ? timingSafeEqual(Buffer.from(sha256(token)), Buffer.from(row.hash)) : false;
}
