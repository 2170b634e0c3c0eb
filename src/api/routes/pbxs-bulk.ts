// The handler of bulk actions on PBXs: the operations on one, one after the other.
import type { Action } from '../../roles.ts';
import { appendActivity } from '../../store/activity.ts';
import { isDatabaseGone } from '../../store/database.ts';
import { findPbxs, lockPbx, updatePbx } from '../../store/pbxs.ts';
import { inTransaction } from '../../store/transaction.ts';
import { QUEUE_PRIORITY } from '../../sync/queue.ts';
import { requestSync } from '../../sync/requests.ts';
import { requireAction } from '../access.ts';
import type { PbxBulkAction, pbxBulkContract } from '../contract/pbxs-bulk.ts';
import type { Call, FrameDeps, Handlers } from '../handlers.ts';
import { invalid } from '../problem.ts';
import { pbxEntry, viewOne } from './pbxs.ts';

type BulkCall = Call<(typeof pbxBulkContract)['bulkPbxs']>;
type Meant = Awaited<ReturnType<typeof findPbxs>>[number];

/** What became of one of them. */
type Done =
  | { readonly result: 'done'; readonly requested: number | null }
  | { readonly result: 'skipped' | 'failed'; readonly code: keyof typeof WHY_NOT };

const WHY_NOT = {
  PBX_UNKNOWN: 'There is no PBX with this id.',
  ALREADY_ON: 'It is switched on already.',
  ALREADY_OFF: 'It is switched off already.',
  internal: 'Something went wrong on our side. Nothing was changed on this PBX; do it again.',
} as const;

/** What the operation on one PBX takes. */
const NEEDS: Readonly<Record<PbxBulkAction, Action>> = { sync: 'pbx.sync', pause: 'pbx.change', resume: 'pbx.change' };

const MOST = 1000;

export function pbxBulkRoutes(deps: FrameDeps): Handlers<typeof pbxBulkContract> {
  const { database, ring, queue, feed } = deps;

  const sync = async (
    { id: pbxId, name, tenantId }: Meant,
    { body, access, actor, audit }: BulkCall,
  ): Promise<Done> => {
    const reach = access.reachOf(NEEDS[body.action]);
    const object = { id: pbxId, name };
    const { requested } = await requestSync(deps, {
      reach,
      of: { pbxId },
      by: actor.name,
      audit: { write: (tx, note) => audit.write(tx, { ...note, object, tenantId }) },
    });
    return { result: 'done', requested };
  };

  const switchTo = async (autoProvision: boolean, { id }: Meant, call: BulkCall): Promise<Done> => {
    const { body, access, actor, audit } = call;
    const done = await inTransaction(database, async (tx): Promise<Done> => {
      const pbx = await lockPbx(tx, access.reachOf(NEEDS[body.action]), id);
      if (pbx === null) return { result: 'skipped', code: 'PBX_UNKNOWN' };
      if (pbx.autoProvision === autoProvision) {
        return { result: 'skipped', code: autoProvision ? 'ALREADY_ON' : 'ALREADY_OFF' };
      }
      const before = await viewOne(tx, pbx);
      const { pbx: now } = await updatePbx(tx, ring, pbx, { autoProvision });
      const changed = ['autoProvision'];
      await appendActivity(tx, [pbxEntry(now, actor, 'pbx.update', 'Settings changed: autoProvision.', { changed })]);
      const after = await viewOne(tx, now);
      const object = { id: now.id, name: now.name };
      await audit.write(tx, { action: 'pbx.change', object, tenantId: now.tenantId, before, after });
      return { result: 'done', requested: null };
    });
    if (done.result === 'done') {
      // A queue that does not answer is no failure: the metronome finds due users within seconds.
      await queue
        .enqueue(id, QUEUE_PRIORITY.changed)
        .catch((error: unknown) => deps.log.warn({ err: error, pbxId: id }, 'the queue could not be woken'));
    }
    return done;
  };

  const doOne = async (pbx: Meant, call: BulkCall): Promise<Done> => {
    try {
      return call.body.action === 'sync'
        ? await sync(pbx, call)
        : await switchTo(call.body.action === 'resume', pbx, call);
    } catch (error) {
      if (isDatabaseGone(error)) throw error;
      call.log.error({ err: error, pbxId: pbx.id, action: call.body.action }, 'a bulk action failed on one PBX');
      return { result: 'failed', code: 'internal' };
    }
  };

  return {
    async bulkPbxs(call) {
      const { body, actor, access, audit } = call;
      // Whether the caller may do this at all; and to which.
      requireAction(actor, NEEDS[body.action]);
      const reach = access.reachOf(NEEDS[body.action]);
      const meant = await findPbxs(database.db, { reach, ids: body.pbxIds, ...body.filter }, MOST + 1);
      if (meant.length > MOST) {
        const detail = `More than ${MOST.toLocaleString('en')} PBXs match. Narrow the filter.`;
        throw invalid([{ pointer: '#/body/filter', detail, code: 'too-many' }]);
      }
      const known = new Set(meant.map(({ id }) => id));
      const unknown = [...new Set(body.pbxIds)].filter((id) => !known.has(id));
      const items = unknown.map((id) => viewOf({ id, name: null }, { result: 'skipped', code: 'PBX_UNKNOWN' }));
      for (const pbx of meant) items.push(viewOf(pbx, await doOne(pbx, call)));
      const changed = items.filter(({ result }) => result === 'done').length;
      // Of none changed there is an entry too: somebody tried.
      if (changed === 0) await audit.write(database.db, { action: NEEDS[body.action], after: { ...body, changed } });
      else feed.touch();
      return { body: { changed, items } };
    },
  };
}

function viewOf({ id, name }: { readonly id: string; readonly name: string | null }, done: Done) {
  const { result } = done;
  if (done.result === 'done') return { id, name, result, code: null, message: null, requested: done.requested };
  return { id, name, result, code: done.code, message: WHY_NOT[done.code], requested: null };
}
