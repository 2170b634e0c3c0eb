// Changes of many users in bulk: moved to another PBX, given pseudo-MACs, changed in some fields. By the rules and with the
// statements of the change of one user; who is left alone is told by a code. Knows no HTTP and no batches.
import { sql } from 'drizzle-orm';
import type { PbxFacts } from '../intake/row.ts';
import { checkPatch, type UserPatch } from '../intake/user-patch.ts';
import { type ServerIdentity, whatMakesAnother } from '../sync/same-server.ts';
import type { Db, Tx } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { findKeyConflicts, readPbxFacts } from './new-users.ts';
import type { MakeMac } from './pseudo-macs.ts';
import { arrayOf } from './reach.ts';
import {
  keysOf,
  type LockedUser,
  type PlannedChange,
  planChange,
  targetOf,
  whyNotWritten,
  writeChanges,
} from './user-changes.ts';
import { holdVoiceRoute } from './voice-routes.ts';

/** Never a password: nobody wants the same one for all. */
export type BulkChanges = Pick<
  UserPatch,
  'voiceRouteId' | 'userType' | 'useTeamsVoicemail' | 'autoProvision' | 'userTag'
>;

export type ChangeTask =
  | { readonly action: 'assign' }
  | { readonly action: 'move'; readonly to: { readonly id: string; readonly tenantId: string; readonly name: string } }
  | { readonly action: 'change'; readonly changes: BulkChanges };

export type ChangeSkipCode =
  | 'MAC_THERE'
  | 'AUTO_ASSIGN_OFF'
  | 'PSEUDO_MAC_SPACE'
  | 'ALREADY_THERE'
  | 'OTHER_TENANT'
  | 'PBX_UNKNOWN'
  | 'OWN_PASSWORD'
  | 'MAC_DUPLICATE'
  | 'SIP_USER_DUPLICATE'
  | 'UNCHANGED'
  | 'VOICE_ROUTE_UNKNOWN'
  | 'TEAMS_USER_MISSING'
  | 'DID_LIST_MISSING'
  | 'DID_INDEX_MISSING'
  | 'VOICEMAIL_NOT_FALSE'
  | 'USER_INVALID';

export interface ChangeTools {
  readonly ring: KeyRing;
  readonly makeMac: MakeMac;
}

export interface Skipped {
  readonly id: string;
  readonly code: ChangeSkipCode;
}

export interface Planned {
  readonly plans: readonly PlannedChange[];
  readonly skip: readonly Skipped[];
}

/** A user is changed, or left alone for a reason. */
type Judgement = { readonly plan: PlannedChange } | { readonly skip: ChangeSkipCode };
type Judge = (user: LockedUser) => Judgement;

/** What is to be done to these users, as they and their PBXs are now. Writes nothing. */
export async function planTask(
  db: Db | Tx,
  { ring }: ChangeTools,
  task: ChangeTask,
  users: readonly LockedUser[],
): Promise<Planned> {
  const judge = await judgeOf(db, ring, task, users);
  const plans: PlannedChange[] = [];
  const skip: Skipped[] = [];
  for (const user of users) {
    const judged = judge(user);
    if ('plan' in judged) plans.push(judged.plan);
    else skip.push({ id: user.id, code: judged.skip });
  }
  return task.action === 'move' ? withoutConflicts(db, task.to.tenantId, { plans, skip }) : { plans, skip };
}

async function judgeOf(db: Db | Tx, ring: KeyRing, task: ChangeTask, users: readonly LockedUser[]): Promise<Judge> {
  const pbxs = await factsOf(db, users);
  const pbxOf = (user: LockedUser): PbxFacts => {
    const pbx = pbxs.get(user.pbxId);
    if (pbx === undefined) throw new Error('a user has no PBX');
    return pbx;
  };
  switch (task.action) {
    case 'assign':
      return (user) => {
        if (user.mac !== null) return { skip: 'MAC_THERE' };
        const pbx = pbxOf(user);
        if (!pbx.autoAssignMac) return { skip: 'AUTO_ASSIGN_OFF' };
        return { plan: planChange(ring, user, targetOf(user, { mac: { kind: 'assign' } }), pbx) };
      };
    case 'move':
      return judgeMove(db, ring, task.to, users);
    case 'change': {
      const withRoute = await tenantsOfRoute(db, task.changes.voiceRouteId ?? null, users);
      return (user) =>
        withRoute === 'all' || withRoute.has(user.tenantId)
          ? judgeChange(ring, task.changes, user, pbxOf(user))
          : { skip: 'VOICE_ROUTE_UNKNOWN' };
    }
  }
}

async function factsOf(db: Db | Tx, users: readonly LockedUser[]): Promise<ReadonlyMap<string, PbxFacts>> {
  const facts = new Map<string, PbxFacts>();
  for (const [tenantId, own] of byTenant(users, (user) => user.tenantId)) {
    const ids = [...new Set(own.map((user) => user.pbxId))];
    for (const pbx of await readPbxFacts(db, tenantId, ids)) facts.set(pbx.id, pbx);
  }
  return facts;
}

function byTenant<T>(items: readonly T[], tenantOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(items, tenantOf);
}

async function judgeMove(
  db: Db | Tx,
  ring: KeyRing,
  to: { readonly id: string; readonly tenantId: string },
  users: readonly LockedUser[],
): Promise<Judge> {
  const [pbx] = await readPbxFacts(db, to.tenantId, [to.id]);
  const servers = await readServers(db, [...new Set([to.id, ...users.map((user) => user.pbxId)])]);
  const server = servers.get(to.id);
  return (user) => {
    if (user.pbxId === to.id) return { skip: 'ALREADY_THERE' };
    if (user.tenantId !== to.tenantId) return { skip: 'OTHER_TENANT' };
    const before = servers.get(user.pbxId);
    if (pbx === undefined || server === undefined || before === undefined) return { skip: 'PBX_UNKNOWN' };
    // It was given for one server. Where the other PBX has no address yet, giving it one asks for the password again.
    if (user.provPasswordSealed !== null && whatMakesAnother(before, server) !== null) return { skip: 'OWN_PASSWORD' };
    return { plan: planChange(ring, user, targetOf(user, {}), pbx) };
  };
}

async function readServers(db: Db | Tx, pbxIds: readonly string[]): Promise<ReadonlyMap<string, ServerIdentity>> {
  const rows = await db.execute<ServerIdentity & { id: string } & Record<string, unknown>>(sql`
    select id, provisioning_url as "provisioningUrl", pin_sha256 as "pinSha256", ca_pem as "caPem"
    from pbxs where id = any(${arrayOf(pbxIds)})`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Without those whose MAC or SIP user somebody at the other PBX has. */
async function withoutConflicts(db: Db | Tx, tenantId: string, { plans, skip }: Planned): Promise<Planned> {
  const conflicts = await findKeyConflicts(db, { tenantId, pbxIds: null }, plans.map(keysOf));
  const taken = plans.flatMap((plan, n): Skipped[] => {
    const code = conflicts[n]?.errors[0]?.code;
    return code === undefined ? [] : [{ id: plan.user.id, code: skipCodeOf(code) }];
  });
  return { plans: plans.filter((_, n) => (conflicts[n]?.errors.length ?? 0) === 0), skip: [...skip, ...taken] };
}

/** The tenants that have the route; it is held. */
async function tenantsOfRoute(
  db: Db | Tx,
  voiceRouteId: string | null,
  users: readonly LockedUser[],
): Promise<ReadonlySet<string> | 'all'> {
  if (voiceRouteId === null) return 'all';
  const having = new Set<string>();
  for (const tenantId of byTenant(users, (user) => user.tenantId).keys()) {
    if (await holdVoiceRoute(db, tenantId, voiceRouteId)) having.add(tenantId);
  }
  return having;
}

function judgeChange(ring: KeyRing, changes: BulkChanges, user: LockedUser, pbx: PbxFacts): Judgement {
  const stored = {
    ...user,
    provPasswordSet: user.provPasswordSealed !== null,
    portalLoginPasswordSet: user.portalLoginPasswordSealed !== null,
  };
  const { draft, errors } = checkPatch(stored, changes, pbx);
  if (draft === null) return { skip: skipCodeOf(errors[0]?.code ?? '') };
  // Only what was asked for, and the voicemail, which follows the type.
  const values = {
    voiceRouteId: draft.voiceRouteId,
    userType: draft.userType,
    useTeamsVoicemail: draft.useTeamsVoicemail,
    autoProvision: draft.autoProvision,
    userTag: draft.userTag,
  };
  const fields = Object.keys(values) as (keyof typeof values)[];
  if (fields.every((field) => values[field] === user[field])) return { skip: 'UNCHANGED' };
  return { plan: planChange(ring, user, targetOf(user, values), pbx) };
}

const TOLD: readonly ChangeSkipCode[] = [
  'PSEUDO_MAC_SPACE',
  'MAC_DUPLICATE',
  'SIP_USER_DUPLICATE',
  'TEAMS_USER_MISSING',
  'DID_LIST_MISSING',
  'DID_INDEX_MISSING',
  'VOICEMAIL_NOT_FALSE',
];

/** The code of a problem, where many users may have it. */
function skipCodeOf(code: string): ChangeSkipCode {
  return TOLD.find((told) => told === code) ?? 'USER_INVALID';
}

/** Writes plans whose users are locked. @returns those that another user's names or MACs forbid after all */
export async function writePlans(
  tx: Tx,
  { makeMac }: ChangeTools,
  plans: readonly PlannedChange[],
): Promise<readonly Skipped[]> {
  const skip: Skipped[] = [];
  for (const [tenantId, own] of byTenant(plans, ({ user }) => user.tenantId)) {
    const view = { tenantId, pbxIds: null };
    const versions = await writeChanges(tx, { ...view, makeMac }, own);
    for (const [n, plan] of own.entries()) {
      if (versions[n] !== null) continue;
      const [problem] = await whyNotWritten(tx, view, plan);
      skip.push({ id: plan.user.id, code: skipCodeOf(problem?.code ?? '') });
    }
  }
  return skip;
}
