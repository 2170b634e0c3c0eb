// Passwords at the door of the API: tries are counted before they are looked at, and every refusal looks the same.
import type { Request } from 'express';
import { Secret } from '../../fetchers/secret.ts';
import { hashPassword, passwordProblem, verifyPassword } from '../sign-in/password.ts';
import { type Account, rehashPassword } from '../store/credentials.ts';
import type { Database } from '../store/database.ts';
import type { ThrottleKind, Throttles } from '../store/throttles.ts';
import { invalid, Problem } from './problem.ts';
import { networkOf } from './way-in.ts';

/** @throws Problem 429 */
export async function countTry(throttles: Throttles, kind: ThrottleKind, key: string): Promise<void> {
  const attempt = await throttles.attempt(kind, key);
  if (attempt.ok) return;
  const seconds = attempt.retryAfterSeconds;
  throw new Problem({
    status: 429,
    code: 'too-many-tries',
    detail: `Too many tries. The next one is possible in ${seconds === 1 ? '1 second' : `${seconds} seconds`}.`,
    headers: { 'Retry-After': String(seconds), RateLimit: `"${kind}";r=0;t=${seconds}` },
    extra: { retryAfter: seconds },
  });
}

export function countAddress(throttles: Throttles, request: Request): Promise<void> {
  return countTry(throttles, 'address', networkOf(request.ip ?? ''));
}

export function signInFailed(): Problem {
  return new Problem({ status: 401, code: 'sign-in-failed', detail: 'Address, password or code is wrong.' });
}

/**
 * @param account null: there is none; takes as long
 * @param typed the address as it was given: unknown ones are counted too
 * @throws Problem 401, 429
 */
export async function checkPassword(
  database: Database,
  throttles: Throttles,
  account: Account | null,
  typed: string,
  password: string,
): Promise<Account> {
  const key = typed.toLowerCase();
  await countTry(throttles, 'account', key);
  const given = new Secret(password);
  const hash = account?.isActive ? account.passwordHash : null;
  const { ok, outdated } = await verifyPassword(given, hash);
  if (!ok || account === null || hash === null) throw signInFailed();
  await throttles.forgive('account', key);
  if (outdated) await rehashPassword(database.db, account.memberId, hash, await hashPassword(given));
  return account;
}

/** @throws Problem 422 */
export function hashNewPassword(password: string, pointer: string, own: readonly string[]): Promise<string> {
  const given = new Secret(password);
  const problem = passwordProblem(given, own);
  if (problem !== null) throw invalid([{ pointer, ...problem }]);
  return hashPassword(given);
}
