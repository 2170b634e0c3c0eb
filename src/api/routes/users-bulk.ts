// The handler of bulk actions on users.
import { makePseudoMac } from '../../intake/pseudo-mac.ts';
import type { Action } from '../../roles.ts';
import { isDatabaseGone } from '../../store/database.ts';
import { findPbx } from '../../store/pbxs.ts';
import {
  type BulkAction,
  type BulkSelection,
  type BulkTask,
  matchUsers,
  runBulk,
  type SkipCode,
} from '../../store/users-bulk.ts';
import { readVoiceRoute } from '../../store/voice-routes.ts';
import { QUEUE_PRIORITY } from '../../sync/queue.ts';
import { type Access, requireAction } from '../access.ts';
import type { userBulkContract } from '../contract/users-bulk.ts';
import type { Call, FrameDeps, Handlers } from '../handlers.ts';
import { invalid, Problem } from '../problem.ts';

export function userBulkRoutes(deps: FrameDeps): Handlers<typeof userBulkContract> {
  const { database } = deps;

  /** A queue that does not answer is no failure: the metronome finds due users within seconds. */
  const wake = (pbxId: string, priority: number) =>
    deps.queue
      .enqueue(pbxId, priority)
      .catch((error: unknown) => deps.log.warn({ err: error, pbxId }, 'the queue could not be woken'));

  const tools = { ring: deps.ring, makeMac: makePseudoMac };

  /** What the body asks for, with what it names looked up. */
  async function taskOf(access: Access, { action, pbxId, changes }: Body): Promise<BulkTask> {
    if (action === 'move' && pbxId !== undefined) {
      // They begin there like new users.
      const to = await findPbx(database.db, access.reachOf('user.create'), pbxId);
      if (to !== null) return { action, to: { id: to.id, tenantId: to.tenantId, name: to.name } };
      throw invalid([{ pointer: '#/body/pbxId', detail: 'There is no PBX with this id.', code: 'PBX_UNKNOWN' }]);
    }
    if (action === 'change' && changes !== undefined) {
      const { voiceRouteId } = changes;
      if (voiceRouteId && !(await readVoiceRoute(database.db, access.reachOf('user.change'), voiceRouteId))) {
        const detail = 'There is no voice route with this id.';
        throw invalid([{ pointer: '#/body/changes/voiceRouteId', detail, code: 'VOICE_ROUTE_UNKNOWN' }]);
      }
      return { action, changes };
    }
    if (action === 'move' || action === 'change') throw new Error('the contract lets nothing through without it');
    return { action };
  }

  return {
    async bulkUsers({ body, actor, access, audit, log }) {
      const { action, dryRun, confirm } = body;
      // Whether the caller may do this at all; and to whom.
      requireAction(actor, NEEDS[action]);
      const reach = access.reachOf(NEEDS[action]);
      const { status, reasonCode, userType, source, ...rest } = body.filter ?? {};
      const selection: BulkSelection =
        body.userIds === undefined
          ? {
              filter: {
                ...rest,
                reach,
                statuses: status,
                reasonCodes: reasonCode,
                userTypes: userType,
                sources: source,
              },
            }
          : { reach, userIds: body.userIds };
      if (action === 'erase' && !dryRun && confirm === undefined) {
        const detail = 'is required to erase: the number of users that match. A dryRun tells it.';
        throw invalid([{ pointer: '#/body/confirm', detail, code: 'required' }]);
      }
      const task = await taskOf(access, body);
      const meant = await matchUsers(database.db, selection);
      if (confirm !== undefined && confirm !== meant.length) throw miscounted(meant.length, confirm);
      // Before the many transactions of it.
      await audit.write(database.db, { action: `user.${action}`, after: { ...body, matched: meant.length } });
      const result = await runBulk(database, { task, tools, selection, meant, actor: actor.name }, dryRun);
      if (!dryRun && result.changed > 0) {
        deps.feed.touch();
        const priority = action === 'sync' ? QUEUE_PRIORITY.person : QUEUE_PRIORITY.changed;
        if (action !== 'erase') for (const pbxId of result.pbxIds) await wake(pbxId, priority);
      }
      if (result.failure !== null) {
        if (result.changed === 0) throw result.failure.error;
        log.error({ err: result.failure.error, action }, 'a bulk action stopped in the middle');
        throw stopped(action, meant.length, result.changed, isDatabaseGone(result.failure.error));
      }
      const skipped = result.skipped.map(({ code, count, userIds }) => ({
        code,
        message: SKIPPED[code],
        count,
        userIds: [...userIds],
      }));
      return { body: { dryRun, matched: meant.length, changed: result.changed, skipped } };
    },
  };
}

type Body = Call<(typeof userBulkContract)['bulkUsers']>['body'];

const NEEDS: Readonly<Record<BulkAction, Action>> = {
  sync: 'user.sync',
  disable: 'user.change',
  enable: 'user.change',
  erase: 'user.delete',
  move: 'user.change',
  assign: 'user.change',
  change: 'user.change',
};

const SKIPPED: Readonly<Record<SkipCode, string>> = {
  USER_UNKNOWN: 'There is no such user.',
  NO_LONGER_MATCHES: 'Changed or deleted while this ran, so that it is not meant any more.',
  ALREADY_ON: 'Is switched on already.',
  ALREADY_OFF: 'Is switched off already.',
  USER_OFF: 'Is switched off, so it is not fetched.',
  MAC_MISSING: 'Has no MAC, so it cannot be fetched.',
  PBX_WITHOUT_ADDRESS: 'Its PBX has no provisioning address.',
  MAC_THERE: 'Has a MAC already.',
  AUTO_ASSIGN_OFF: 'Auto Assign UUID is off at its PBX.',
  PSEUDO_MAC_SPACE: 'No free pseudo-MAC was found below the OUI of its PBX.',
  ALREADY_THERE: 'Is at this PBX already.',
  OTHER_TENANT: 'Is of another tenant than the PBX.',
  PBX_UNKNOWN: 'The PBX was deleted meanwhile.',
  OWN_PASSWORD:
    'Has a provisioning password of its own, given for the server of its PBX: it goes to no other one. Remove it first.',
  MAC_DUPLICATE: 'Somebody at the other PBX has its MAC.',
  SIP_USER_DUPLICATE: 'Somebody at the other PBX has its SIP user.',
  UNCHANGED: 'Is like that already.',
  VOICE_ROUTE_UNKNOWN: 'Its tenant does not have this voice route.',
  TEAMS_USER_MISSING: 'Would need a Teams user.',
  DID_LIST_MISSING: 'Would need a list of phone numbers.',
  DID_INDEX_MISSING: 'Would need a default number in its list.',
  VOICEMAIL_NOT_FALSE: 'Cannot use the voicemail of Teams.',
  USER_INVALID: 'Something that is stored of it is not accepted any more: change it by itself to see what.',
};

function miscounted(matched: number, confirm: number): Problem {
  return new Problem({
    status: 409,
    code: 'confirm-count',
    detail: `${matched} users match, not ${confirm}. Nothing was done. Look at them again, and confirm this number.`,
    extra: { matched },
  });
}

/** Not the usual answer to a lost database, which says that nothing was changed. */
function stopped(action: string, matched: number, changed: number, databaseGone: boolean): Problem {
  return new Problem({
    status: databaseGone ? 503 : 500,
    code: 'bulk-stopped',
    detail: `The action ${action} stopped in the middle: it was done to ${changed} of ${matched} users, and stays so. Send it again for the rest.`,
    extra: { matched, changed },
    ...(databaseGone && { headers: { 'Retry-After': '5' } }),
  });
}
