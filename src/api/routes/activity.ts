// Handlers of the feed: pages, and the live stream that never skips an entry.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  type ActivityEntry,
  type ActivityFilter,
  type ActivityGroup,
  currentFeedPosition,
  endOfSearch,
  estimateActivity,
  type FeedPosition,
  groupTrouble,
  listActivity,
  readActivityAfter,
} from '../../store/activity.ts';
import { type OpenIncident, readOpenIncidents } from '../../store/pbx-trouble.ts';
import type { Reach } from '../../store/reach.ts';
import type { ActivityGroupView, ActivityView, activityContract } from '../contract/activity.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Call, FrameDeps, Handlers } from '../handlers.ts';
import { badRequest } from '../problem.ts';

/** Entries read per query of a stream. */
const BATCH = 200;
/**
 * A stream also looks without being told: an entry is held back while an older transaction runs anywhere in the
 * database, and nobody tells when that ends.
 */
const LOOK_AGAIN_MS = 2_000;

const listKey = z.tuple([z.iso.datetime(), z.uuid()]);
const positionForm = /^(\d{1,20})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function activityRoutes(deps: FrameDeps): Handlers<typeof activityContract> {
  return {
    async listActivity({ query, access }) {
      const key = query.cursor === undefined ? undefined : readCursor(deps.ring, 'activity', query.cursor, listKey);
      const before = key && { at: new Date(key[0]), id: key[1] };
      const filter = filterOf(access.reach, query);
      const until = filter.q === undefined ? null : await endOfSearch(deps.database.db, filter, before);
      const entries = await listActivity(deps.database.db, filter, { limit: query.limit + 1, before, until });
      const page = cutPage(deps.ring, 'activity', entries, query.limit, ({ at, id }) => [at.toISOString(), id]);
      const further = until && writeCursor(deps.ring, 'activity', [until.at.toISOString(), until.id]);
      return {
        body: {
          items: page.items.map(viewOf),
          nextCursor: page.nextCursor ?? further,
          ...(query.count && { estimate: await estimateActivity(deps.database.db, filter) }),
        },
      };
    },

    async groupActivity({ query, access }) {
      const filter = {
        reach: access.reach,
        tenantId: query.tenantId,
        pbxId: query.pbxId,
        codes: query.code,
        outcomes: query.outcome ?? (['failed', 'waiting'] as const),
        from: query.from === undefined ? new Date(Date.now() - DAY_MS) : new Date(query.from),
        to: query.to === undefined ? undefined : new Date(query.to),
      };
      const { groups, total, reachesTo } = await groupTrouble(deps.database.db, filter, query.limit);
      const ofPbxs = groups.flatMap(({ pbxId }) => (pbxId === null ? [] : [pbxId]));
      const incidents = await readOpenIncidents(deps.database.db, [...new Set(ofPbxs)]);
      const items = groups.map((group) => viewOfGroup(group, incidents.get(group.pbxId ?? '')));
      return { body: { items, total, reachesTo: reachesTo?.toISOString() ?? null } };
    },

    async streamActivity({ query, request, access }) {
      const filter = filterOf(access.reach, query);
      const given = request.get('last-event-id');
      // Refused before the stream opens: afterwards there is no status to say it with.
      const start = given === undefined ? await currentFeedPosition(deps.database.db) : readPosition(given);
      return async (sink) => {
        if (given === undefined) sink.begin(writePosition(start));
        let position = start;
        let wake: () => void = () => undefined;
        let news = true;
        const stopListening = deps.feed.listen(() => {
          news = true;
          wake();
        });
        try {
          while (!sink.signal.aborted) {
            news = false;
            const entries = await readActivityAfter(deps.database.db, position, filter, BATCH);
            for (const entry of entries) {
              await sink.send({ id: writePosition(entry.position), event: 'activity', data: viewOf(entry) });
              position = entry.position;
            }
            if (entries.length === BATCH || news) continue;
            const told = new AbortController();
            wake = () => told.abort();
            await sleep(LOOK_AGAIN_MS, null, { signal: AbortSignal.any([told.signal, sink.signal]) }).catch(() => null);
          }
        } finally {
          stopListening();
        }
      };
    },
  };
}

const DAY_MS = 86_400_000;

function viewOfGroup(group: ActivityGroup, incident: OpenIncident | undefined): ActivityGroupView {
  const { firstAt, lastAt, ...shown } = group;
  return {
    ...shown,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
    open: incident !== undefined && group.code !== null && isOpen(group.code, incident),
  };
}

/** What stops all users of a PBX, and the codes of entries that led to it (sync/pbx-state.ts). */
function isOpen(code: string, { loginRefused, pauseCode }: OpenIncident): boolean {
  if (loginRefused && code === 'HTTP_401') return true;
  switch (pauseCode) {
    case null:
      return false;
    case 'HOST_CIRCUIT_OPEN':
      return /^(?:HOST_CIRCUIT_OPEN|HTTP_TIMEOUT|DNS_.*|TCP_.*|TLS_.*)$/.test(code);
    case 'HTTP_403':
      return code === 'HTTP_403' || code === 'HTTP_401';
    default:
      return code === pauseCode;
  }
}

type Filtered = Omit<Call<(typeof activityContract)['streamActivity']>['query'], never>;

function filterOf(reach: Reach, query: Filtered): ActivityFilter {
  return {
    reach,
    tenantId: query.tenantId,
    pbxId: query.pbxId,
    userId: query.userId,
    importId: query.importId,
    statuses: query.status,
    codes: query.code,
    outcomes: query.outcome,
    verbs: query.verb,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
    q: query.q,
  };
}

function writePosition(position: FeedPosition): string {
  return `${position.xid}-${position.id}`;
}

function readPosition(text: string): FeedPosition {
  const [, xid, id] = positionForm.exec(text) ?? [];
  if (xid === undefined || id === undefined || BigInt(xid) >= 2n ** 64n) {
    throw badRequest('bad-last-event-id', 'Last-Event-ID was not given by this stream. Leave it out to begin now.');
  }
  return { xid, id };
}

export function viewOf(entry: ActivityEntry): ActivityView {
  const { at, position, steps, ...rest } = entry;
  return { ...rest, at: at.toISOString(), position: writePosition(position), steps: [...steps] };
}
