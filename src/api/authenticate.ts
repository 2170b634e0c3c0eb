// Who asks: the credential is checked before anything else of a request is looked at.
// Until members exist there is one account, that of the admin token.
import type { Request } from 'express';
import { SCOPES } from '../roles.ts';
import { isAdminToken } from '../store/admin-token.ts';
import type { Actor, FrameDeps } from './handlers.ts';
import { Problem } from './problem.ts';

/** The holder of the admin token may do everything that a key can. */
function adminOf(tenantId: string): Actor {
  return {
    account: 'admin-token',
    name: 'admin-token',
    kind: 'key',
    id: 'admin-token',
    tenantId,
    grants: [{ tenantId, role: 'owner', pbxIds: null }],
    scopes: SCOPES,
    freshUntil: null,
  };
}

function credentialOf(request: Request): string | null {
  const header = request.get('authorization');
  if (header !== undefined) return /^bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
  return request.get('x-api-key')?.trim() ?? null;
}

/** Null: no credential, or not a valid one. Asks the database only about what looks like a token. */
export async function actorOf(
  { database, tenantId }: Pick<FrameDeps, 'database' | 'tenantId'>,
  request: Request,
): Promise<Actor | null> {
  const token = credentialOf(request);
  return token !== null && (await isAdminToken(database, token)) ? adminOf(tenantId) : null;
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
