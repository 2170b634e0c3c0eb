// Handlers of the feed: pages, groups, and the live stream.
import { z } from 'zod';
import {
  type ActivityEntry,
  type ActivityFilter,
  type ActivityGroup,
  endOfSearch,
  estimateActivity,
  exportActivity,
  groupTrouble,
  listActivity,
  readActivityAfter,
} from '../../store/activity.ts';
import { type OpenIncident, readOpenIncidents } from '../../store/pbx-trouble.ts';
import type { Reach } from '../../store/reach.ts';
import { activityCsv } from '../activity-text.ts';
import type { ActivityGroupView, ActivityView, activityContract } from '../contract/activity.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Call, FrameDeps, Handlers } from '../handlers.ts';
import { streamRows, writePosition } from '../stream-rows.ts';

const listKey = z.tuple([z.iso.datetime(), z.uuid()]);

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

    async exportActivity({ query, access }) {
      return {
        text: activityCsv(exportActivity(deps.database.db, filterOf(access.reach, query))),
        headers: { 'Content-Disposition': 'attachment; filename="activity.csv"' },
      };
    },

    async streamActivity({ query, request, access }) {
      const filter = filterOf(access.reach, query);
      return streamRows(deps.database.db, request, {
        event: 'activity',
        read: (position, limit) => readActivityAfter(deps.database.db, position, filter, limit),
        positionOf: (entry) => entry.position,
        viewOf,
        listen: (onNews) => deps.feed.listen(onNews),
      });
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

export function viewOf(entry: ActivityEntry): ActivityView {
  const { at, position, steps, ...rest } = entry;
  return { ...rest, at: at.toISOString(), position: writePosition(position), steps: [...steps] };
}
