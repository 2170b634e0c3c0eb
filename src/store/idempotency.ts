// Idempotency keys: who asked what, whether it is being done, and the answer to give again. Knows no HTTP.
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database, Db, Tx } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { idempotencyKeys } from './schema.ts';

export interface KeyedRequest {
  readonly account: string;
  readonly key: string;
  /** Method and path. */
  readonly route: string;
  /** Keyed hash of query and body: a body may hold a password that a plain hash would betray. */
  readonly requestHash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Held while the request is done; `lockedUntil` tells it from a later holder of the same key. */
export interface Reservation extends KeyedRequest {
  readonly lockedUntil: Date;
}

export type ReserveResult =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'in-progress' };

/** Longer than any request lasts: after it, whoever held the key is taken for dead. */
const LOCK = sql.raw(`interval '2 minutes'`);
const LIFE = sql.raw(`interval '24 hours'`);

function isKey(request: KeyedRequest) {
  return and(
    eq(idempotencyKeys.account, request.account),
    eq(idempotencyKeys.key, request.key),
    eq(idempotencyKeys.route, request.route),
  );
}

function placeOf(tenantId: string, request: KeyedRequest) {
  return {
    tenant: tenantId,
    table: 'idempotency_keys',
    row: `${request.account}.${request.key}.${request.route}`,
    column: 'body',
  };
}

/** Commits at once, so that a second request sees it. */
export async function reserveKey(
  database: Database,
  ring: KeyRing,
  tenantId: string,
  request: KeyedRequest,
): Promise<ReserveResult> {
  // Milliseconds only: the value comes back through a JavaScript Date when it is compared.
  const lockedUntil = sql`date_trunc('milliseconds', now() + ${LOCK})`;
  const [reserved] = await database.db
    .insert(idempotencyKeys)
    .values({ ...request, lockedUntil })
    .onConflictDoUpdate({
      target: [idempotencyKeys.account, idempotencyKeys.key, idempotencyKeys.route],
      set: {
        requestHash: request.requestHash,
        lockedUntil,
        createdAt: sql`now()`,
        status: null,
        bodySealed: null,
        headers: null,
      },
      setWhere: sql`${idempotencyKeys.createdAt} < now() - ${LIFE} or (${idempotencyKeys.status} is null
        and ${idempotencyKeys.lockedUntil} < now() and ${idempotencyKeys.requestHash} = ${request.requestHash})`,
    })
    .returning({ lockedUntil: idempotencyKeys.lockedUntil });
  if (reserved) return { kind: 'reserved', reservation: { ...request, lockedUntil: reserved.lockedUntil } };

  const [row] = await database.db.select().from(idempotencyKeys).where(isKey(request));
  // No row: the other request failed a moment ago and freed the key.
  if (!row) return { kind: 'in-progress' };
  if (row.requestHash !== request.requestHash) return { kind: 'other-request' };
  if (row.status === null || row.bodySealed === null) return { kind: 'in-progress' };
  return {
    kind: 'answered',
    answer: {
      status: row.status,
      body: ring.unseal(row.bodySealed, placeOf(tenantId, request)).reveal(),
      headers: row.headers ?? {},
    },
  };
}

/** False: the reservation was lost to a later request; what was done in the same transaction must not be kept. */
export async function keepAnswer(
  writer: Db | Tx,
  ring: KeyRing,
  tenantId: string,
  reservation: Reservation,
  answer: StoredAnswer,
): Promise<boolean> {
  const rows = await writer
    .update(idempotencyKeys)
    .set({
      status: answer.status,
      bodySealed: ring.seal(answer.body, placeOf(tenantId, reservation)),
      headers: answer.headers,
    })
    .where(
      and(isKey(reservation), eq(idempotencyKeys.lockedUntil, reservation.lockedUntil), isNull(idempotencyKeys.status)),
    )
    .returning({ key: idempotencyKeys.key });
  return rows.length > 0;
}

/** After a request that changed nothing: the key may be used again. */
export async function freeKey(database: Database, reservation: Reservation): Promise<void> {
  await database.db
    .delete(idempotencyKeys)
    .where(
      and(isKey(reservation), eq(idempotencyKeys.lockedUntil, reservation.lockedUntil), isNull(idempotencyKeys.status)),
    );
}
