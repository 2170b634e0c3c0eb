// How many users a tenant may have, those below it counted: looked at before users are made, and once more with the
// limits held, so that nobody who makes some at the same time gets past them. Knows no HTTP.
import { sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';
import { arrayOf, type Reach } from './reach.ts';

/** A limit that would be passed. */
export interface PassedLimit {
  readonly adding: number;
  /** Null: it is of a tenant above, which is not for everybody to see. */
  readonly tenant: { readonly name: string; readonly limit: number; readonly users: number } | null;
}

export class UserLimitPassed extends Error {
  readonly passed: PassedLimit;

  constructor(passed: PassedLimit) {
    super('more users than a tenant may have');
    this.passed = passed;
  }
}

/**
 * Whether so many more would be too many, as it is now. Whoever then makes them asks holdUserLimits too.
 * @param reach of whom it is told: of what lies beyond it no numbers are given
 */
export async function findPassedLimit(
  db: Db | Tx,
  reach: Reach,
  tenantId: string,
  adding: number,
): Promise<PassedLimit | null> {
  if (adding === 0) return null;
  for (const limit of await readLimits(db, tenantId)) {
    const users = await countUsersBelow(db, limit.id);
    if (users + adding > limit.limit) return told(reach, limit, users, adding);
  }
  return null;
}

/** Whether there is a limit at all. */
export async function hasUserLimit(db: Db | Tx, tenantId: string): Promise<boolean> {
  return (await readLimits(db, tenantId)).length > 0;
}

/**
 * At the end of a transaction that made users: holds the limits until its commit, so that of several who make users at the
 * same time each counts those of the ones before.
 * @param made in this transaction
 * @throws UserLimitPassed to roll back
 */
export async function holdUserLimits(tx: Tx, reach: Reach, tenantId: string, made: number): Promise<void> {
  if (made === 0) return;
  for (const limit of await readLimits(tx, tenantId, 'hold')) {
    // A statement of its own, after the lock: it sees what was committed while that was waited for.
    const users = await countUsersBelow(tx, limit.id);
    if (users > limit.limit) throw new UserLimitPassed(told(reach, limit, users - made, made));
  }
}

interface Limit extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly limit: number;
}

/** Of the tenant and those above it that have one, always in the same order. */
function readLimits(db: Db | Tx, tenantId: string, hold?: 'hold'): PromiseLike<readonly Limit[]> {
  return db.execute<Limit>(sql`
    select id, name, user_limit as limit from tenants
    where user_limit is not null and id = any((select path from tenants where id = ${tenantId})::uuid[])
    order by id ${hold === undefined ? sql`` : sql`for no key update`}`);
}

async function countUsersBelow(db: Db | Tx, tenantId: string): Promise<number> {
  const [row] = await db.execute<{ users: number }>(sql`
    select count(*)::int as users from users
    where tenant_id in (select id from tenants where path @> ${arrayOf([tenantId])})`);
  return row?.users ?? 0;
}

function told(reach: Reach, { id, name, limit }: Limit, users: number, adding: number): PassedLimit {
  const isSeen = reach.tenants === 'all' || reach.tenants.includes(id);
  return { adding, tenant: isSeen ? { name, limit, users } : null };
}

/** What is wrong, and the next step. */
export function describeLimit({ adding, tenant }: PassedLimit): string {
  const more = adding === 1 ? '1 user' : `${adding.toLocaleString('en')} users`;
  if (tenant === null) {
    return `A limit of users that is set above this tenant does not let ${more} more in. Ask whoever manages the tenant above.`;
  }
  const [limit, users] = [tenant.limit, tenant.users].map((count) => count.toLocaleString('en'));
  return `${tenant.name} may have ${limit} users, those below it counted, and has ${users}: ${more} more are too many. Delete users that are not needed, or have the limit raised by whoever manages the tenant above.`;
}
