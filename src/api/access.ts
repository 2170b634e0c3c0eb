// Who may do what: one table of roles and one of scopes, and one function that reads them. Knows no requests and no SQL.
import type { Action, Grant, Role, Scope } from '../roles.ts';
import { joinReaches, NOTHING, type Reach } from '../store/reach.ts';
import type { Actor } from './handlers.ts';
import { notFound, Problem } from './problem.ts';

const VIEWER: readonly Action[] = [
  'pbx.read',
  'user.read',
  'voiceRoute.read',
  'import.read',
  'activity.read',
  'tenant.read',
];
const SUPPORT: readonly Action[] = [...VIEWER, 'pbx.sync', 'user.sync'];
const PBX_ADMIN: readonly Action[] = [
  ...SUPPORT,
  'pbx.create',
  'pbx.change',
  'pbx.delete',
  'pbx.test',
  'user.create',
  'user.change',
  'user.delete',
  'user.reveal',
  'user.credentials',
  'voiceRoute.change',
  'import.change',
  'mac.make',
];
const RESELLER_ADMIN: readonly Action[] = [
  ...PBX_ADMIN,
  'tenant.create',
  'tenant.change',
  'tenant.delete',
  'member.read',
  'member.create',
  'member.change',
  'member.delete',
  'apiKey.read',
  'apiKey.create',
  'apiKey.revoke',
  'webhook.read',
  'webhook.change',
  'settings.read',
  'settings.change',
  'audit.read',
];

/** What each role may do at its tenant and below. */
const ROLE_ACTIONS: Readonly<Record<Role, readonly Action[]>> = {
  owner: [...RESELLER_ADMIN, 'installation.change'],
  resellerAdmin: RESELLER_ADMIN,
  pbxAdmin: PBX_ADMIN,
  support: SUPPORT,
  viewer: VIEWER,
};

/** The scopes of a key of which any allows the action; none: no key may. */
const ACTION_SCOPES: Readonly<Record<Action, readonly Scope[]>> = {
  'pbx.read': ['pbxs:read'],
  'pbx.create': ['pbxs:write'],
  'pbx.change': ['pbxs:write'],
  'pbx.delete': ['pbxs:write'],
  'pbx.test': ['pbxs:write'],
  'pbx.sync': ['users:sync'],
  'user.read': ['users:read'],
  'user.create': ['users:write'],
  'user.change': ['users:write'],
  'user.delete': ['users:write'],
  'user.sync': ['users:sync'],
  'user.reveal': ['credentials:read'],
  'user.credentials': ['credentials:read'],
  'voiceRoute.read': ['pbxs:read', 'users:read', 'imports:write'],
  'voiceRoute.change': ['pbxs:write'],
  'import.read': ['users:read', 'imports:write'],
  'import.change': ['imports:write'],
  'mac.make': ['users:write'],
  'activity.read': ['activity:read'],
  'tenant.read': ['pbxs:read', 'admin'],
  'tenant.create': ['admin'],
  'tenant.change': ['admin'],
  'tenant.delete': ['admin'],
  'member.read': ['admin'],
  'member.create': ['admin'],
  'member.change': ['admin'],
  'member.delete': ['admin'],
  'apiKey.read': ['admin'],
  'apiKey.create': ['admin'],
  'apiKey.revoke': ['admin'],
  'webhook.read': ['admin'],
  'webhook.change': ['admin'],
  'settings.read': ['admin'],
  'settings.change': ['admin'],
  'audit.read': ['audit:read'],
  'installation.change': ['admin'],
  self: [],
};

/** Actions of people: no key does them, whatever it holds. */
const PEOPLE_ONLY: readonly Action[] = ['user.reveal', 'self'];
/** Actions of machines: who has them can give a key that does them. */
const KEYS_ONLY: readonly Action[] = ['user.credentials'];
/** What belongs to a tenant as a whole, and is shown to those who have a PBX of it. */
const SHOWN_AROUND_A_PBX: readonly Action[] = ['tenant.read', 'voiceRoute.read'];

/** Where something hangs. */
export interface Place {
  /** The ids from the operator's tenant down to the one that it belongs to. */
  readonly path: readonly string[];
  /** Null: it is the tenant's. */
  readonly pbxId: string | null;
}

/** Does a role, or a key with these scopes, hold the action at all? */
function holds(grant: Grant, scopes: readonly Scope[] | null, action: Action): boolean {
  if (!ROLE_ACTIONS[grant.role].includes(action)) return false;
  return scopes === null || ACTION_SCOPES[action].some((scope) => scopes.includes(scope));
}

function covers(grant: Grant, action: Action, place: Place): boolean {
  if (!place.path.includes(grant.tenantId)) return false;
  if (grant.pbxIds === null) return true;
  if (place.pbxId !== null) return grant.pbxIds.includes(place.pbxId);
  return SHOWN_AROUND_A_PBX.includes(action);
}

/** Is it for people or for machines, and is the caller one? */
export function isOfItsKind(actor: Actor, action: Action): boolean {
  return actor.kind === 'key' ? !PEOPLE_ONLY.includes(action) : !KEYS_ONLY.includes(action);
}

/** The grants by which somebody may do something; somewhere. */
function grantsFor(actor: Actor, action: Action): readonly Grant[] {
  return actor.grants.filter((grant) => holds(grant, actor.scopes, action));
}

/** The one decision: may this one do this, there? */
export function decide(actor: Actor, action: Action, place: Place): boolean {
  return isOfItsKind(actor, action) && grantsFor(actor, action).some((grant) => covers(grant, action, place));
}

/** May the holder give these actions away, there? Only who has them all; so nobody gives more than they have. */
export function mayGive(actor: Actor, actions: readonly Action[], place: Place): boolean {
  return actions.every((action) => grantsFor(actor, action).some((grant) => covers(grant, action, place)));
}

/** A key does what its scopes say, as far as who manages its tenant could. */
export function roleOfKey(kind: 'operator' | 'reseller' | 'customer'): Role {
  return kind === 'operator' ? 'owner' : 'resellerAdmin';
}

/** All that a role does, or a key with these scopes. */
export function actionsOf(role: Role, scopes: readonly Scope[] | null): Action[] {
  return ROLE_ACTIONS[role].filter(
    (action) =>
      scopes === null ||
      (!PEOPLE_ONLY.includes(action) && ACTION_SCOPES[action].some((scope) => scopes.includes(scope))),
  );
}

/** All that a key with this scope may do, where its tenant's managers could. */
export function actionsOfScope(scope: Scope): Action[] {
  return actionsOf('owner', [scope]);
}

/** The reading that shows what an action is about; null: it is about nothing that is stored. */
function readingOf(action: Action): Action | null {
  const reading = `${action.split('.', 1)[0]}.read` as Action;
  return reading in ACTION_SCOPES ? reading : null;
}

/** What the caller of an operation may do, as far as the tree reaches. */
export interface Access {
  readonly actor: Actor;
  readonly action: Action;
  /** All that the operation may be done to: a part of every query. */
  readonly reach: Reach;
  reachOf(action: Action): Reach;
}

/** @throws Problem 403 when the caller may not do this to anything */
export function openAccess(actor: Actor, action: Action, coverage: ReadonlyMap<Grant, Reach>): Access {
  const reachOf = (wanted: Action) =>
    isOfItsKind(actor, wanted)
      ? joinReaches(grantsFor(actor, wanted).map((grant) => coverage.get(grant) ?? NOTHING))
      : NOTHING;
  requireAction(actor, action);
  return { actor, action, reach: reachOf(action), reachOf };
}

/** @throws Problem 403 when the caller may not do this to anything */
export function requireAction(actor: Actor, action: Action): void {
  if (action === 'self' ? actor.kind === 'key' : grantsFor(actor, action).length === 0 || !isOfItsKind(actor, action)) {
    throw notAllowed(actor, action);
  }
}

/**
 * Why there is no object to work with: what the caller may see and not change is not allowed; what is somebody else's
 * does not exist.
 * @param find looks for it again, within another reach
 */
export async function whyMissing(
  access: Access,
  what: string,
  find: (reach: Reach) => Promise<unknown>,
): Promise<Problem> {
  const reading = readingOf(access.action);
  if (reading === null || reading === access.action) return notFound(what);
  return (await find(access.reachOf(reading))) === null ? notFound(what) : notAllowed(access.actor, access.action);
}

export function notAllowed(actor: Actor, action: Action): Problem {
  return new Problem({ status: 403, code: 'not-allowed', detail: whyNot(actor, action), extra: { action } });
}

function whyNot(actor: Actor, action: Action): string {
  if (actor.kind === 'key') {
    if (PEOPLE_ONLY.includes(action)) return 'This is for people who have signed in, not for API keys.';
    const scopes = ACTION_SCOPES[action].map((scope) => `\`${scope}\``).join(' or ');
    return `This API key may not do this here. It takes a key with the scope ${scopes}, at this tenant.`;
  }
  if (KEYS_ONLY.includes(action)) return 'This is for API keys. Make one with the scope `credentials:read`.';
  const roles = (Object.keys(ROLE_ACTIONS) as Role[]).filter((role) => ROLE_ACTIONS[role].includes(action));
  return `Your role does not allow this here. It takes the role ${roles.join(' or ')}; who manages the members of this tenant can give it.`;
}
