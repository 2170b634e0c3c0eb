// The signature of a delivery: HMAC-SHA-256 over the time and the body, so that neither can be exchanged. Pure.
import { createHmac, randomBytes } from 'node:crypto';
import type { Secret } from '../../fetchers/secret.ts';

/** `whsec_` and 32 random bytes: secret scanners find it by its beginning. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`;
}

/**
 * The header `Provender-Signature`: `t=<seconds>,v1=<hex>`, the HMAC over `<seconds>.<body>` with the secret as text.
 * A receiver refuses times that are more than five minutes away, so that nobody repeats what he overheard.
 */
export function signatureOf(secret: Secret, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
