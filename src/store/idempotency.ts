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
  /**
   * Keyed hash of query and body: a body may hold a password that a plain hash would betray. Empty: the body is still
   * coming.
   */
  readonly requestHash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Held while the request is done; `createdAt` tells it from a later holder of the same key. */
export interface Reservation extends KeyedRequest {
  readonly createdAt: Date;
}

export type ReserveResult =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  /** To the request with this hash. */
  | { readonly kind: 'answered'; readonly answer: StoredAnswer; readonly requestHash: string }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'in-progress' };

/** After this, whoever held the key is taken for dead; who lives renews it. */
const LOCK = sql.raw(`interval '15 seconds'`);
/** How often a reservation is to be renewed. */
export const RENEW_MS = 4_000;
const LIFE = sql.raw(`interval '24 hours'`);

function isKey(request: KeyedRequest) {
  return and(
    eq(idempotencyKeys.account, request.account),
    eq(idempotencyKeys.key, request.key),
    eq(idempotencyKeys.route, request.route),
  );
}

function isHeld(reservation: Reservation) {
  return and(isKey(reservation), eq(idempotencyKeys.createdAt, reservation.createdAt), isNull(idempotencyKeys.status));
}

/** The account is part of the row: nothing else says whose it is. */
function placeOf(request: KeyedRequest) {
  return {
    tenant: '',
    table: 'idempotency_keys',
    row: `${request.account}.${request.key}.${request.route}`,
    column: 'body',
  };
}

/** Commits at once, so that a second request sees it. */
export async function reserveKey(database: Database, ring: KeyRing, request: KeyedRequest): Promise<ReserveResult> {
  const lockedUntil = sql`now() + ${LOCK}`;
  // Milliseconds only: the value comes back through a JavaScript Date when it is compared.
  const createdAt = sql`date_trunc('milliseconds', clock_timestamp())`;
  const [reserved] = await database.db
    .insert(idempotencyKeys)
    .values({ ...request, lockedUntil, createdAt })
    .onConflictDoUpdate({
      target: [idempotencyKeys.account, idempotencyKeys.key, idempotencyKeys.route],
      set: {
        requestHash: request.requestHash,
        lockedUntil,
        createdAt,
        status: null,
        bodySealed: null,
        headers: null,
      },
      setWhere: sql`${idempotencyKeys.createdAt} < now() - ${LIFE} or (${idempotencyKeys.status} is null
        and ${idempotencyKeys.lockedUntil} < now() and ${idempotencyKeys.requestHash} = ${request.requestHash})`,
    })
    .returning({ createdAt: idempotencyKeys.createdAt });
  if (reserved) return { kind: 'reserved', reservation: { ...request, createdAt: reserved.createdAt } };

  const [row] = await database.db.select().from(idempotencyKeys).where(isKey(request));
  // No row: the other request failed a moment ago and freed the key.
  if (!row) return { kind: 'in-progress' };
  if (request.requestHash !== '' && row.requestHash !== '' && row.requestHash !== request.requestHash) {
    return { kind: 'other-request' };
  }
  if (row.status === null || row.bodySealed === null) return { kind: 'in-progress' };
  return {
    kind: 'answered',
    requestHash: row.requestHash,
    answer: {
      status: row.status,
      body: ring.unseal(row.bodySealed, placeOf(request)).reveal(),
      headers: row.headers ?? {},
    },
  };
}

/** Called again and again while the request is done. */
export async function renewReservation(database: Database, reservation: Reservation): Promise<void> {
  await database.db
    .update(idempotencyKeys)
    .set({ lockedUntil: sql`now() + ${LOCK}` })
    .where(isHeld(reservation));
}

/** False: the reservation was lost to a later request; what was done in the same transaction must not be kept. */
export async function keepAnswer(
  writer: Db | Tx,
  ring: KeyRing,
  reservation: Reservation,
  answer: StoredAnswer,
): Promise<boolean> {
  const rows = await writer
    .update(idempotencyKeys)
    .set({
      requestHash: reservation.requestHash,
      status: answer.status,
      bodySealed: ring.seal(answer.body, placeOf(reservation)),
      headers: answer.headers,
    })
    .where(isHeld(reservation))
    .returning({ key: idempotencyKeys.key });
  return rows.length > 0;
}

/** After a request that changed nothing: the key may be used again. */
export async function freeKey(database: Database, reservation: Reservation): Promise<void> {
  await database.db.delete(idempotencyKeys).where(isHeld(reservation));
}
