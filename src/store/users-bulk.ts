// One action on many users: asked to sync, switched on or off, erased, changed. In batches by id, each a transaction of
// its own, so that a hundred thousand users block nobody. Knows no HTTP.
import { type SQL, sql } from 'drizzle-orm';
import { appendActivity } from './activity.ts';
import type { Database, Db, Tx } from './database.ts';
import { initialState } from './new-users.ts';
import type { Reach } from './reach.ts';
import { markForSync } from './sync-requests.ts';
import { inTransaction } from './transaction.ts';
import { type LockedUser, lockUsers, type PlannedChange, readUsersUnlocked } from './user-changes.ts';
import { ENABLED, USERS_FROM, type UserFilter, userConditions, withinReach } from './users.ts';
import {
  type BulkChanges,
  type ChangeSkipCode,
  type ChangeTask,
  type ChangeTools,
  planTask,
  writePlans,
} from './users-bulk-changes.ts';

export type BulkTask = { readonly action: 'sync' | 'disable' | 'enable' | 'erase' } | ChangeTask;
export type BulkAction = BulkTask['action'];

/** Why a user was left alone. */
export type SkipCode =
  /** Not there (any more), or of another tenant. */
  | 'USER_UNKNOWN'
  /** Changed between the search and its turn. */
  | 'NO_LONGER_MATCHES'
  | 'ALREADY_ON'
  | 'ALREADY_OFF'
  | 'USER_OFF'
  | 'MAC_MISSING'
  | 'PBX_WITHOUT_ADDRESS'
  | ChangeSkipCode;

export type BulkSelection =
  | { readonly filter: UserFilter }
  | { readonly reach: Reach; readonly userIds: readonly string[] };

/** A user that is meant, and whose it is. */
export interface MeantUser {
  readonly id: string;
  readonly tenantId: string;
}

export interface BulkOrder {
  readonly task: BulkTask;
  readonly tools: ChangeTools;
  readonly selection: BulkSelection;
  /** From matchUsers. */
  readonly meant: readonly MeantUser[];
  /** As the feed names who did it. */
  readonly actor: string;
}

export interface BulkResult {
  readonly changed: number;
  readonly skipped: readonly { readonly code: SkipCode; readonly count: number; readonly userIds: readonly string[] }[];
  /** To be woken. */
  readonly pbxIds: readonly string[];
  /** What ended it early: the batches before are done, this one and those behind it are not. */
  readonly failure: { readonly error: unknown } | null;
}

const BATCH = 500;
const ID_PAGE = 10_000;
/** Of users that were skipped for one reason, so many are named. */
const NAMED = 20;

function reachOf(selection: BulkSelection): Reach {
  return 'filter' in selection ? selection.filter.reach : selection.reach;
}

function conditionOf(selection: BulkSelection): SQL {
  return 'filter' in selection ? userConditions(selection.filter) : withinReach(selection.reach);
}

/** Ids as one parameter: a statement takes at most 65,535. */
function among(ids: readonly string[]): SQL {
  return sql`u.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`;
}

/** The users that are meant, in the order of their ids. What is done later is done to none but these. */
export async function matchUsers(db: Db, selection: BulkSelection): Promise<MeantUser[]> {
  const meant: MeantUser[] = [];
  const given = 'userIds' in selection ? sql`and ${among(selection.userIds)}` : sql``;
  for (;;) {
    const last = meant.at(-1);
    const beyond = last === undefined ? sql`` : sql`and u.id > ${last.id}::uuid`;
    const page = await db.execute<{ id: string; tenantId: string }>(sql`
      select u.id, u.tenant_id as "tenantId" ${USERS_FROM} where ${conditionOf(selection)} ${given} ${beyond} order by u.id limit ${ID_PAGE}`);
    for (const { id, tenantId } of page) meant.push({ id, tenantId });
    if (page.length < ID_PAGE) return meant;
  }
}

interface Judged {
  readonly go: readonly string[];
  readonly pbxIds: readonly string[];
  readonly skip: readonly { readonly id: string; readonly code: SkipCode }[];
  /** Of `go`, where each has a change of its own. */
  readonly plans: readonly PlannedChange[];
}

interface Row {
  readonly id: string;
  readonly pbxId: string;
  readonly own: 'inherit' | 'on' | 'off';
  readonly enabled: boolean;
  readonly off: boolean;
  readonly hasMac: boolean;
  readonly hasAddress: boolean;
}

/** As far as it can be said of the user alone. */
function reasonToSkip(action: BulkAction, row: Row): SkipCode | null {
  switch (action) {
    case 'enable':
      return row.enabled ? 'ALREADY_ON' : null;
    case 'disable':
      // One that inherits is switched off of its own: it stays off when its PBX is switched on.
      return row.own === 'off' ? 'ALREADY_OFF' : null;
    case 'sync':
      if (row.off) return 'USER_OFF';
      if (!row.hasMac) return 'MAC_MISSING';
      return row.hasAddress ? null : 'PBX_WITHOUT_ADDRESS';
    case 'erase':
    case 'assign':
    case 'move':
    case 'change':
      return null;
  }
}

/** Null: the action is one and the same for all. */
function changeOf(task: BulkTask): ChangeTask | null {
  return 'to' in task || 'changes' in task || task.action === 'assign' ? task : null;
}

/** With the change of each, where each has its own; who cannot be changed so is skipped. */
async function withPlans(
  db: Db | Tx,
  { task, tools }: BulkOrder,
  judged: Judged,
  users: ReadonlyMap<string, LockedUser>,
): Promise<Judged> {
  const change = changeOf(task);
  if (change === null || judged.go.length === 0) return judged;
  const { plans, skip } = await planTask(db, tools, change, [...users.values()]);
  return planned(judged, plans, skip);
}

function planned(judged: Judged, plans: readonly PlannedChange[], skip: Judged['skip']): Judged {
  return {
    go: plans.map(({ user }) => user.id),
    pbxIds: [...new Set(plans.flatMap((plan) => (plan.due ? [plan.pbxId] : [])))],
    skip: [...judged.skip, ...skip],
    plans,
  };
}

/** Which users of a batch the action is for, as they are now; `lock` keeps them so until the transaction ends. */
async function judge(db: Db | Tx, order: BulkOrder, batch: readonly string[], lock: SQL): Promise<Judged> {
  const found = await db.execute<Record<string, unknown>>(sql`
    select u.id, u.pbx_id as "pbxId", u.auto_provision as own, ${ENABLED} as enabled, u.status = 'off' as off,
      u.mac is not null as "hasMac", p.provisioning_url is not null as "hasAddress"
    ${USERS_FROM} where ${conditionOf(order.selection)} and ${among(batch)} order by u.id ${lock}`);
  const rows = new Map((found as unknown as Row[]).map((row) => [row.id, row]));
  const go: string[] = [];
  const skip: { id: string; code: SkipCode }[] = [];
  const pbxIds = new Set<string>();
  for (const id of batch) {
    const row = rows.get(id);
    const code = row === undefined ? 'NO_LONGER_MATCHES' : reasonToSkip(order.task.action, row);
    if (code !== null) skip.push({ id, code });
    else {
      go.push(id);
      if (row !== undefined) pbxIds.add(row.pbxId);
    }
  }
  return { go, pbxIds: [...pbxIds], skip, plans: [] };
}

/** What would be done. Of two who would get the same MAC only the real run finds that one is too many. */
async function judgeOnly({ db }: Database, order: BulkOrder, batch: readonly string[]): Promise<Judged> {
  const judged = await judge(db, order, batch, sql``);
  if (changeOf(order.task) === null) return judged;
  return withPlans(db, order, judged, await readUsersUnlocked(db, judged.go));
}

/** @returns what was done in the end */
async function actOn(tx: Tx, order: BulkOrder, judged: Judged): Promise<Judged> {
  const ids = judged.go;
  if (ids.length === 0) return judged;
  switch (order.task.action) {
    case 'sync':
      await markForSync(tx, reachOf(order.selection), ids, order.actor, undefined);
      return judged;
    case 'disable':
      await switchOff(tx, ids);
      return judged;
    case 'enable':
      await switchOn(tx, ids);
      return judged;
    case 'erase':
      // Lines and their versions go with the user; the feed keeps its entries.
      await tx.execute(sql`delete from users u where ${among(ids)}`);
      return judged;
    case 'assign':
    case 'move':
    case 'change': {
      const meant = await withPlans(tx, order, judged, await lockUsers(tx, ids));
      const refused = await writePlans(tx, order.tools, meant.plans);
      const left = new Set(refused.map(({ id }) => id));
      const written = meant.plans.filter(({ user }) => !left.has(user.id));
      return planned(meant, written, refused);
    }
  }
}

/** What is stored stays. A claim ends, so that a running fetch does not switch the user on. */
async function switchOff(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update users u set auto_provision = 'off', status = 'off', reason_code = null, reason = null,
      status_at = case when status = 'off' then status_at else now() end, due_at = null, priority = 0, attempt = 0,
      retry_class = null, absent_since = null, claim_epoch = null, claimed_at = null, sync_requested_at = null,
      sync_requested_by = null, accept_once = null, version = version + 1, updated_at = now()
    where ${among(ids)}`);
}

/** As a new user begins: due now, or waiting for a MAC. */
async function switchOn(tx: Tx, ids: readonly string[]): Promise<void> {
  const due = initialState(true, 'known');
  const waits = initialState(true, null);
  await tx.execute(sql`
    update users u set auto_provision = 'on', status = ${due.status},
      reason_code = case when mac is null then ${waits.reasonCode} else ${due.reasonCode} end,
      reason = case when mac is null then ${waits.reason} end, status_at = now(),
      due_at = case when mac is not null then now() end, priority = case when mac is null then 0 else 5 end,
      attempt = 0, retry_class = null, absent_since = null, claim_epoch = null, claimed_at = null,
      version = version + 1, updated_at = now()
    where ${among(ids)}`);
}

/** Locks the PBXs first, as every change of users does: their switch stays as it was read. */
function runBatch(database: Database, order: BulkOrder, batch: readonly string[]): Promise<Judged> {
  return inTransaction(database, async (tx) => {
    await lockPbxsOf(tx, batch, order.task);
    return actOn(tx, order, await judge(tx, order, batch, sql`for update of u`));
  });
}

/** Held as lockPbxFacts holds them. */
async function lockPbxsOf(tx: Tx, userIds: readonly string[], task: BulkTask): Promise<void> {
  const goal = task.action === 'move' ? sql`or id = ${task.to.id}` : sql``;
  await tx.execute(sql`
    select 1 from pbxs where id in (select u.pbx_id from users u where ${among(userIds)}) ${goal} order by id for share`);
}

/** Users skipped, by reason. */
class Skips {
  readonly byCode = new Map<SkipCode, { count: number; userIds: string[] }>();

  add(code: SkipCode, id: string): void {
    const entry = this.byCode.get(code) ?? { count: 0, userIds: [] };
    this.byCode.set(code, entry);
    entry.count += 1;
    if (entry.userIds.length < NAMED) entry.userIds.push(id);
  }

  list(): BulkResult['skipped'] {
    return [...this.byCode].map(([code, entry]) => ({ code, ...entry }));
  }
}

/**
 * Does it, or says what it would do (`dryRun`, from the users as they are now).
 *
 * Every batch of 500 is done as a whole or not at all. A batch that fails ends the run: `failure` says why, `changed` how
 * far it came, and the same order again does the rest. One feed entry per tenant says at the end what was done, also after a
 * failure; of a process that is killed in the middle the feed says nothing.
 */
export async function runBulk(database: Database, order: BulkOrder, dryRun: boolean): Promise<BulkResult> {
  const skips = new Skips();
  const tallies = new Tallies(order.meant);
  const pbxIds = new Set<string>();
  let changed = 0;
  let failure: BulkResult['failure'] = null;
  if ('userIds' in order.selection) {
    const known = new Set(order.meant.map(({ id }) => id));
    for (const id of new Set(order.selection.userIds)) if (!known.has(id)) skips.add('USER_UNKNOWN', id);
  }
  try {
    for (let start = 0; start < order.meant.length; start += BATCH) {
      const batch = order.meant.slice(start, start + BATCH).map(({ id }) => id);
      const judged = dryRun ? await judgeOnly(database, order, batch) : await runBatch(database, order, batch);
      changed += judged.go.length;
      for (const { id, code } of judged.skip) skips.add(code, id);
      for (const id of judged.pbxIds) pbxIds.add(id);
      tallies.add(judged);
    }
  } catch (error) {
    failure = { error };
  }
  if (!dryRun && changed > 0) {
    await report(database, order, tallies, failure !== null).catch((error: unknown) => {
      failure ??= { error };
    });
  }
  return { changed, skipped: skips.list(), pbxIds: [...pbxIds], failure };
}

/** What was done to the users of one tenant. */
interface Tally {
  meant: number;
  changed: number;
  readonly skipped: Map<SkipCode, number>;
}

/** Each tenant is told of its own users only. */
class Tallies {
  readonly byTenant = new Map<string, Tally>();
  readonly #tenants: ReadonlyMap<string, string>;

  constructor(meant: readonly MeantUser[]) {
    this.#tenants = new Map(meant.map(({ id, tenantId }) => [id, tenantId]));
    for (const { tenantId } of meant) {
      const tally = this.byTenant.get(tenantId) ?? { meant: 0, changed: 0, skipped: new Map() };
      tally.meant += 1;
      this.byTenant.set(tenantId, tally);
    }
  }

  #of(userId: string): Tally | undefined {
    return this.byTenant.get(this.#tenants.get(userId) ?? '');
  }

  add({ go, skip }: Judged): void {
    for (const id of go) {
      const tally = this.#of(id);
      if (tally) tally.changed += 1;
    }
    for (const { id, code } of skip) {
      const skipped = this.#of(id)?.skipped;
      skipped?.set(code, (skipped.get(code) ?? 0) + 1);
    }
  }
}

async function report(database: Database, order: BulkOrder, tallies: Tallies, failed: boolean): Promise<void> {
  const { selection, task } = order;
  const filter = 'filter' in selection ? selection.filter : null;
  const [pbx] =
    filter?.pbxId === undefined
      ? []
      : await database.db.execute<{ name: string }>(sql`select name from pbxs where id = ${filter.pbxId}`);
  const told = [...tallies.byTenant].filter(([, tally]) => tally.changed > 0);
  await appendActivity(
    database.db,
    told.map(([tenantId, { meant, changed, skipped }]) => ({
      tenantId,
      pbxId: filter?.pbxId ?? null,
      pbxName: pbx?.name ?? null,
      importId: filter?.importId ?? null,
      actor: order.actor,
      verb: `users.${task.action}`,
      outcome: failed ? 'failed' : 'info',
      sentence: sentenceOf(task, meant, changed, failed),
      detail: {
        matched: meant,
        changed,
        skipped: Object.fromEntries(skipped),
        ...(filter !== null && { filter: { ...filter, reach: undefined, tenantId: undefined } }),
      },
    })),
  );
}

/** What was done, of one user and of many. */
function doneOf(task: BulkTask): readonly [one: string, many: string] {
  switch (task.action) {
    case 'sync':
      return ['is to be fetched now', 'are to be fetched now'];
    case 'disable':
      return ['was switched off; what is stored is kept', 'were switched off; what is stored is kept'];
    case 'enable':
      return ['was switched on', 'were switched on'];
    case 'erase':
      return ['was deleted, with its credentials', 'were deleted, with their credentials'];
    case 'assign':
      return ['was given a pseudo-MAC', 'were given pseudo-MACs'];
    case 'move':
      return [`was moved to ${task.to.name}`, `were moved to ${task.to.name}`];
    case 'change': {
      const what = Object.keys(task.changes).map((field) => FIELD_NAMES[field as keyof BulkChanges]);
      return [`was changed: ${what.join(', ')}`, `were changed: ${what.join(', ')}`];
    }
  }
}

const FIELD_NAMES: Readonly<Record<keyof BulkChanges, string>> = {
  voiceRouteId: 'voice route',
  userType: 'user type',
  useTeamsVoicemail: 'voicemail',
  autoProvision: 'automatic provisioning',
  userTag: 'tag',
};

function sentenceOf(task: BulkTask, meant: number, changed: number, failed: boolean): string {
  const [one, many] = doneOf(task);
  const done = changed === 1 ? `1 user ${one}` : `${changed.toLocaleString('en')} users ${many}`;
  const of = meant.toLocaleString('en');
  if (failed) return `${done}; then it failed, of ${of} that were meant. Do it again for the rest.`;
  return meant === changed ? `${done}.` : `${done} (of ${of} that were meant).`;
}
