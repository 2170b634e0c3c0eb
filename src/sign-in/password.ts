// Passwords of members: which are taken, how they are kept, whether one is right. Knows no account and no database.
// Parameters and lengths as OWASP's password storage and NIST SP 800-63B have them; no rules of composition.
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../fetchers/secret.ts';
import { isCommonPassword } from './common-passwords.ts';

const LEAST = 12;
const MOST = 256;

interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** About 40 ms of one core. */
const COST: Cost = { memory: 19 * 1024, passes: 2, parallelism: 1 };
const SALT = 16;
const TAG = 32;

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

export interface PasswordProblem {
  readonly code: 'password-short' | 'password-long' | 'password-common';
  readonly detail: string;
}

/** The same password typed on another keyboard has the same bytes. */
function normalised(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Why this password is not taken; null: it is.
 * @param own words that an attacker tries first for this account, such as its e-mail address
 */
export function passwordProblem(password: Secret, own: readonly string[] = []): PasswordProblem | null {
  const text = normalised(password.reveal());
  const length = [...text].length;
  if (length < LEAST) {
    return { code: 'password-short', detail: `must have at least ${LEAST} characters; a few words will do` };
  }
  if (length > MOST) return { code: 'password-long', detail: `must have at most ${MOST} characters` };
  if (isCommonPassword(text, own)) {
    return { code: 'password-common', detail: 'is one of those that are tried first; take a few unrelated words' };
  }
  return null;
}

async function tagOf(password: Secret, nonce: Uint8Array, cost: Cost): Promise<Buffer> {
  const message = Buffer.from(normalised(password.reveal()));
  try {
    return await derive('argon2id', { message, nonce, tagLength: TAG, ...cost });
  } finally {
    message.fill(0);
  }
}

/** PHC writes base64 without padding. */
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** As a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(SALT);
  const tag = await tagOf(password, salt, COST);
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(salt)}$${base64(tag)}`;
}

interface Kept {
  readonly cost: Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

function readHash(phc: string): Kept {
  const [, m, t, p, salt = '', tag = ''] =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc) ?? [];
  if (m === undefined) throw new Error('A stored password hash is no PHC string of argon2id.');
  return {
    cost: { memory: Number(m), passes: Number(t), parallelism: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/** What an account that does not exist is compared with: it takes as long, and no password fits. */
const NOBODY: Kept = { cost: COST, salt: randomBytes(SALT), tag: randomBytes(TAG) };

export interface Verified {
  readonly ok: boolean;
  /** The hash was made with other parameters than we use now: keep a new one. */
  readonly outdated: boolean;
}

/** @param phc null: there is no such account, or it has no password; takes as long as a wrong password */
export async function verifyPassword(password: Secret, phc: string | null): Promise<Verified> {
  const kept = phc === null ? NOBODY : readHash(phc);
  const tag = await tagOf(password, kept.salt, kept.cost);
  const same = tag.length === kept.tag.length && timingSafeEqual(tag, kept.tag);
  const { memory, passes, parallelism } = kept.cost;
  const outdated = memory !== COST.memory || passes !== COST.passes || parallelism !== COST.parallelism;
  return { ok: same && phc !== null, outdated };
}
