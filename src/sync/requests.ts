// What the Sync button does: the users are due at once, before all others, and what was stopped tries once more.
import type { Database } from '../store/database.ts';
import type { Reach } from '../store/reach.ts';
import { requestSyncOfPbx, requestSyncOfUsers, type SyncAudit } from '../store/sync-requests.ts';
import type { AcceptableDoubt } from './outcome.ts';
import { QUEUE_PRIORITY, type SliceQueue } from './queue.ts';

export interface SyncRequest {
  readonly reach: Reach;
  /** Users to be asked; or all of a PBX. */
  readonly of: { readonly userIds: readonly string[] } | { readonly pbxId: string };
  /** Who pressed it: the feed entry of the attempt names them. */
  readonly by: string;
  /** A doubt that this person accepts for the next attempt. */
  readonly accept?: AcceptableDoubt | undefined;
  /** Of a request that somebody made: its entry in the audit, in the same transaction. */
  readonly audit?: SyncAudit;
}

/** @returns how many users are due now; those that are off or have no MAC are not. */
export async function requestSync(
  deps: { readonly database: Database; readonly queue: Pick<SliceQueue, 'enqueue'> },
  request: SyncRequest,
): Promise<{ readonly requested: number }> {
  const { requested, pbxIds } =
    'pbxId' in request.of
      ? await requestSyncOfPbx(deps.database, request.reach, request.of.pbxId, request.by, request.audit)
      : await requestSyncOfUsers(
          deps.database,
          request.reach,
          request.of.userIds,
          request.by,
          request.accept,
          request.audit,
        );
  for (const pbxId of pbxIds) await deps.queue.enqueue(pbxId, QUEUE_PRIORITY.person);
  return { requested };
}
