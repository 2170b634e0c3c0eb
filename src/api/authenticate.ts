// Who asks: the credential is checked before anything else of a request is looked at.
// A session, an API key, or until there is an owner the admin token.
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';
import { SCOPES } from '../roles.ts';
import { isAdminToken } from '../store/admin-token.ts';
import { findValidKey, type ValidKey } from '../store/api-keys.ts';
import { readSignedInMember } from '../store/credentials.ts';
import { roleOfKey } from './access.ts';
import type { Actor, FrameDeps } from './handlers.ts';
import { Problem } from './problem.ts';
import { signedInBy } from './session.ts';

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

async function memberOf(database: FrameDeps['database'], request: Request): Promise<Actor | null> {
  const signedIn = signedInBy(request);
  if (signedIn === null) return null;
  const member = await readSignedInMember(database, request.sessionID, signedIn.memberId);
  if (member === null) return null;
  const { id, tenantId, email, grants } = member;
  const { freshUntil } = signedIn;
  return { account: `member:${id}`, name: email, kind: 'member', id, tenantId, grants, scopes: null, freshUntil };
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
  if (token === null) return memberOf(database, request);
  const key = await findValidKey(database, token);
  if (key !== null) {
    if (!isAllowedFrom(request.ip ?? '', key.cidrs)) throw addressRefused();
    return actorOfKey(key);
  }
  return (await isAdminToken(database, token)) ? adminOf(tenantId) : null;
}

function actorOfKey({ id, name, tenantId, tenantKind, pbxIds, scopes }: ValidKey): Actor {
  const grants = [{ tenantId, role: roleOfKey(tenantKind), pbxIds }];
  return { account: `key:${id}`, name, kind: 'key', id, tenantId, grants, scopes, freshUntil: null };
}

function isAllowedFrom(ip: string, cidrs: readonly string[]): boolean {
  if (cidrs.length === 0) return true;
  if (!ipaddr.isValid(ip)) return false;
  // A socket for both families gives `::ffff:192.0.2.1`.
  const address = ipaddr.process(ip);
  return cidrs.some((cidr) => {
    const [range, bits] = cidr.includes('/') ? ipaddr.parseCIDR(cidr) : [ipaddr.parse(cidr), null];
    return range.kind() === address.kind() && address.match(range, bits ?? (range.kind() === 'ipv4' ? 32 : 128));
  });
}

function addressRefused(): Problem {
  return new Problem({
    status: 403,
    code: 'address-refused',
    detail: 'This API key may not be used from your address. Its ranges are set where it was made.',
  });
}

/** One answer for a missing and a wrong credential. */
export function unauthenticated(): Problem {
  return new Problem({
    status: 401,
    code: 'unauthenticated',
    detail: 'Sign in, or send a valid token: `Authorization: Bearer pvk_...` or `X-Api-Key: pvk_...`.',
    headers: { 'WWW-Authenticate': 'Bearer realm="provender"' },
  });
}
