// The handler of bulk actions on users.
import type { Action } from '../../roles.ts';
import { isDatabaseGone } from '../../store/database.ts';
import { type BulkAction, type BulkSelection, matchUsers, runBulk, type SkipCode } from '../../store/users-bulk.ts';
import { QUEUE_PRIORITY } from '../../sync/queue.ts';
import { requireAction } from '../access.ts';
import type { userBulkContract } from '../contract/users-bulk.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { invalid, Problem } from '../problem.ts';

export function userBulkRoutes(deps: FrameDeps): Handlers<typeof userBulkContract> {
  const { database } = deps;

  /** A queue that does not answer is no failure: the metronome finds due users within seconds. */
  const wake = (pbxId: string, priority: number) =>
    deps.queue
      .enqueue(pbxId, priority)
      .catch((error: unknown) => deps.log.warn({ err: error, pbxId }, 'the queue could not be woken'));

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
      const meant = await matchUsers(database.db, selection);
      if (confirm !== undefined && confirm !== meant.length) throw miscounted(meant.length, confirm);
      // Before the many transactions of it.
      await audit.write(database.db, { action: `user.${action}`, after: { ...body, matched: meant.length } });
      const result = await runBulk(database, { action, selection, meant, actor: actor.name }, dryRun);
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

const NEEDS: Readonly<Record<BulkAction, Action>> = {
  sync: 'user.sync',
  disable: 'user.change',
  enable: 'user.change',
  erase: 'user.delete',
};

const SKIPPED: Readonly<Record<SkipCode, string>> = {
  USER_UNKNOWN: 'There is no such user.',
  NO_LONGER_MATCHES: 'Changed or deleted while this ran, so that it is not meant any more.',
  ALREADY_ON: 'Is switched on already.',
  ALREADY_OFF: 'Is switched off already.',
  USER_OFF: 'Is switched off, so it is not fetched.',
  MAC_MISSING: 'Has no MAC, so it cannot be fetched.',
  PBX_WITHOUT_ADDRESS: 'Its PBX has no provisioning address.',
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
