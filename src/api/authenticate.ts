// Who asks: the credential is checked before anything else of a request is looked at.
// Until members exist there is one account, that of the admin token.
import type { Request } from 'express';
import { isAdminToken } from '../store/admin-token.ts';
import type { Database } from '../store/database.ts';
import type { Actor } from './handlers.ts';
import { Problem } from './problem.ts';

const ADMIN: Actor = { account: 'admin-token', name: 'admin-token' };

function credentialOf(request: Request): string | null {
  const header = request.get('authorization');
  if (header !== undefined) return /^bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
  return request.get('x-api-key')?.trim() ?? null;
}

/** Null: no credential, or not a valid one. Asks the database only about what looks like a token. */
export async function actorOf(database: Database, request: Request): Promise<Actor | null> {
  const token = credentialOf(request);
  return token !== null && (await isAdminToken(database, token)) ? ADMIN : null;
}

/** One answer for a missing and a wrong credential. */
export function unauthenticated(): Problem {
  return new Problem({
    status: 401,
    code: 'unauthenticated',
    detail: 'Send a valid token: `Authorization: Bearer pvk_...` or `X-Api-Key: pvk_...`.',
    headers: { 'WWW-Authenticate': 'Bearer realm="provender"' },
  });
}
