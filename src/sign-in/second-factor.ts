// The second factor: codes that change every 30 seconds (RFC 6238), and recovery codes for who lost the device. Pure but
// for randomness; what was used already is known by store/credentials.ts.
import { createHash, randomBytes } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';
import { Secret } from '../../fetchers/secret.ts';

const STEP_SECONDS = 30;
const RECOVERY_CODES = 10;

/** What authenticator programs take: SHA-1, six digits, 30 seconds are the only ones that all of them know. */
export function makeTotp(email: string): { readonly secret: Secret; readonly url: string } {
  const secret = generateSecret();
  return { secret: new Secret(secret), url: generateURI({ issuer: 'Provender', label: email, secret }) };
}

/** The time step that a code is of, one step early or late at most; null: of none. */
export function totpStepOf(secret: Secret, code: string, now: Date): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({ secret: secret.reveal(), token: code, epoch, epochTolerance: STEP_SECONDS });
  return result.valid ? Math.floor(epoch / STEP_SECONDS) + result.delta : null;
}

/** Without those that are read for others. */
const ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789';

/** 16 characters of 5 bits each: `7h2k-...`. Shown once. */
export function makeRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = Array.from(randomBytes(16), (byte) => ALPHABET[byte & 31]).join('');
    return text.replace(/(.{4})(?=.)/g, '$1-');
  });
}

/** As it is stored; however somebody typed it. */
export function hashRecoveryCode(code: string): string {
  return createHash('sha256')
    .update(code.toLowerCase().replace(/[^a-z0-9]/g, ''))
    .digest('hex');
}
