// Handlers of users.
import { z } from 'zod';
import { maskLine } from '../../../vendors/mask.ts';
import type { Column } from '../../intake/columns.ts';
import type { RowProblem } from '../../intake/csv.ts';
import { BOM, writeCsv } from '../../intake/csv-out.ts';
import { makePseudoMac } from '../../intake/pseudo-mac.ts';
import { cellsOfUser, EXPORTED_COLUMNS, type ExportedUser } from '../../intake/user-cells.ts';
import { estimateActivity, listActivity } from '../../store/activity.ts';
import type { Reach } from '../../store/reach.ts';
import {
  type ChangeResult,
  countBefore,
  createUser,
  deleteUser,
  estimateUsers,
  type HarvestedVersion,
  listUsers,
  lockUser,
  readHarvestedVersions,
  readUser,
  type UserFilter,
  type UserRecord,
  type UserSort,
  type UserTools,
  updateUser,
} from '../../store/users.ts';
import { exportUsers } from '../../store/users-export.ts';
import { isReasonCode, nextActionOf } from '../../sync/outcome.ts';
import { QUEUE_PRIORITY } from '../../sync/queue.ts';
import { requestSync } from '../../sync/requests.ts';
import { type Access, whyMissing } from '../access.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { FieldError } from '../contract/problem.ts';
import type { HarvestedVersionView, UserView, userContract } from '../contract/users.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { Actor, FrameDeps, Handlers } from '../handlers.ts';
import { limitPassed } from '../limit-passed.ts';
import { conflict, invalid } from '../problem.ts';
import { registrationOf } from '../registration.ts';
import { viewOf as viewOfActivity } from './activity.ts';

const listKey = z.tuple([z.string(), z.uuid()]);
const timelineKey = z.tuple([z.iso.datetime(), z.uuid()]);

export function userRoutes(deps: FrameDeps): Handlers<typeof userContract> {
  const { database } = deps;
  const toolsFor = (actor: Actor): UserTools => ({ ring: deps.ring, makeMac: makePseudoMac, actor: actor.name });
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This user', (reach) => readUser(database.db, reach, id));
  const mustRead = async (access: Access, id: string): Promise<UserRecord> => {
    const user = await readUser(database.db, access.reach, id);
    if (user === null) throw await missing(access, id);
    return user;
  };

  /** After the commit. A queue that does not answer is no failure: the metronome finds due users within seconds. */
  const wake = async (pbxId: string) => {
    deps.feed.touch();
    await deps.queue
      .enqueue(pbxId, QUEUE_PRIORITY.changed)
      .catch((error: unknown) => deps.log.warn({ err: error, pbxId }, 'the queue could not be woken'));
  };

  return {
    async createUser({ body, actor, access, transact }) {
      const answer = await transact(async (tx) => {
        const { pbxId, ...fields } = body;
        const input = {
          name: fields.name ?? '',
          teams_user_id: fields.teamsUserId ?? '',
          sip_user_id: fields.sipUserId ?? '',
          user_tag: fields.userTag ?? '',
          mac_address: fields.mac ?? '',
          auto_provision: fields.autoProvision ?? '',
          prov_username: fields.provUsername ?? '',
          prov_password: fields.provPassword ?? '',
          phone_number: fields.did ?? '',
          line_rule: fields.lineRule ?? '',
          user_type: fields.userType ?? '',
          voiceRouteId: fields.voiceRouteId,
          use_teams_voicemail: fields.useTeamsVoicemail?.toString() ?? '',
          sip_auth_id: fields.sipAuthId ?? '',
          password: fields.sipPassword ?? '',
          portal_login_name: fields.portalLoginName ?? '',
          portal_login_password: fields.portalLoginPassword ?? '',
          did_list: fields.didList?.join(',') ?? '',
          default_did_index_number: fields.defaultDidIndex?.toString() ?? '',
        };
        const made = await createUser(tx, toolsFor(actor), access.reach, pbxId, input, 'api').catch(limitPassed);
        return changed(made, `${API_ROOT}/users/`);
      });
      await wake(body.pbxId);
      return answer;
    },

    async listUsers({ query, access }) {
      const filter = filterOf(access.reach, query);
      const descending = query.sort.startsWith('-');
      const sort = query.sort.replace(/^-/, '') as UserSort;
      const list = `users:${query.sort}`;
      const after = query.cursor === undefined ? undefined : readCursor(deps.ring, list, query.cursor, listKey);
      const found = await listUsers(database.db, filter, {
        sort,
        descending,
        limit: query.limit + 1,
        after: after && { key: after[0], id: after[1] },
      });
      const page = cutPage(deps.ring, list, found, query.limit, (user) => [user.sortKey, user.id]);
      return {
        body: {
          items: page.items.map(viewOf),
          nextCursor: page.nextCursor,
          ...(query.count && { estimate: await estimateUsers(database.db, filter) }),
        },
      };
    },

    async exportUsers({ query, access }) {
      return {
        text: csvOf(exportUsers(database.db, filterOf(access.reach, query))),
        headers: { 'Content-Disposition': 'attachment; filename="users.csv"' },
      };
    },

    async getUser({ params, access }) {
      const user = await mustRead(access, params.id);
      const usersBefore = await countBefore(database.db, user);
      return { body: { ...viewOf(user), usersBefore }, etag: etagOf(user) };
    },

    async updateUser({ params, body, ifMatch, actor, access, audit, transact }) {
      let pbxId: string | null = null;
      const answer = await transact(async (tx) => {
        const locked = await lockUser(tx, access.reach, params.id);
        if (locked === null) throw await missing(access, params.id);
        requireMatch(ifMatch, locked.user, viewOf(locked.user));
        audit.note({ before: viewOf(locked.user), tenantId: locked.user.tenantId });
        pbxId = locked.pbx.id;
        return changed(await updateUser(tx, toolsFor(actor), access.reach, locked, body));
      });
      if (pbxId !== null) await wake(pbxId);
      return answer;
    },

    async deleteUser({ params, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const locked = await lockUser(tx, access.reach, params.id);
        if (locked === null) throw await missing(access, params.id);
        requireMatch(ifMatch, locked.user, viewOf(locked.user));
        audit.note({ before: viewOf(locked.user), tenantId: locked.user.tenantId });
        await deleteUser(tx, actor.name, locked.user);
        return {};
      });
      deps.feed.touch();
      return answer;
    },

    async syncUser({ params, body, actor, access, audit }) {
      await mustRead(access, params.id);
      const of = { userIds: [params.id] };
      return {
        body: await requestSync(deps, { reach: access.reach, of, by: actor.name, accept: body?.accept, audit }),
      };
    },

    async syncUsers({ body, actor, access, audit }) {
      const of = { userIds: body.userIds };
      return { body: await requestSync(deps, { reach: access.reach, of, by: actor.name, accept: body.accept, audit }) };
    },

    async listUserTimeline({ params, query, access }) {
      const list = `timeline:${params.id}`;
      const before = query.cursor === undefined ? undefined : readCursor(deps.ring, list, query.cursor, timelineKey);
      const filter = { reach: access.reach, userId: params.id };
      const entries = await listActivity(database.db, filter, {
        limit: query.limit + 1,
        before: before && { at: new Date(before[0]), id: before[1] },
      });
      if (entries.length === 0 && (await readUser(database.db, access.reach, params.id)) === null) {
        throw await missing(access, params.id);
      }
      const page = cutPage(deps.ring, list, entries, query.limit, ({ at, id }) => [at.toISOString(), id]);
      return {
        body: {
          items: page.items.map(viewOfActivity),
          nextCursor: page.nextCursor,
          ...(query.count && { estimate: await estimateActivity(database.db, filter) }),
        },
      };
    },

    async listUserLines({ params, access }) {
      const user = await mustRead(access, params.id);
      const versions = await readHarvestedVersions(database, deps.ring, user);
      return { body: { items: versions.map(viewOfVersion) } };
    },
  };
}

/** What all lists of users can be narrowed by, as a query says it. */
export function filterOf(
  reach: Reach,
  query: {
    readonly tenantId?: string | undefined;
    readonly q?: string | undefined;
    readonly status?: readonly string[] | undefined;
    readonly reasonCode?: readonly string[] | undefined;
    readonly pbxId?: string | undefined;
    readonly importId?: string | undefined;
    readonly voiceRouteId?: string | undefined;
    readonly userType?: UserFilter['userTypes'];
    readonly source?: readonly string[] | undefined;
    readonly enabled?: 'true' | 'false' | undefined;
    readonly absentSince?: Date | undefined;
  },
): UserFilter {
  return {
    reach,
    tenantId: query.tenantId,
    q: query.q,
    statuses: query.status,
    reasonCodes: query.reasonCode,
    pbxId: query.pbxId,
    importId: query.importId,
    voiceRouteId: query.voiceRouteId,
    userTypes: query.userType,
    sources: query.source,
    enabled: query.enabled === undefined ? undefined : query.enabled === 'true',
    absentSince: query.absentSince,
  };
}

async function* csvOf(pages: AsyncIterable<readonly ExportedUser[]>): AsyncGenerator<string> {
  yield BOM + writeCsv([EXPORTED_COLUMNS]);
  for await (const users of pages) yield writeCsv(users.map(cellsOfUser));
}

/** Where a problem of a user is in the body of a request. */
const FIELDS: Readonly<Partial<Record<Column, string>>> = {
  name: 'name',
  teams_user_id: 'teamsUserId',
  sip_user_id: 'sipUserId',
  user_tag: 'userTag',
  mac_address: 'mac',
  auto_provision: 'autoProvision',
  prov_username: 'provUsername',
  prov_password: 'provPassword',
  phone_number: 'did',
  line_rule: 'lineRule',
  user_type: 'userType',
  voice_route: 'voiceRouteId',
  use_teams_voicemail: 'useTeamsVoicemail',
  sip_auth_id: 'sipAuthId',
  password: 'sipPassword',
  portal_login_name: 'portalLoginName',
  portal_login_password: 'portalLoginPassword',
  did_list: 'didList',
  default_did_index_number: 'defaultDidIndex',
};

function fieldErrorOf({ column, code, message, fix }: RowProblem): FieldError {
  const field = FIELDS[column as Column];
  return { pointer: field === undefined ? '#/body' : `#/body/${field}`, detail: `${message} ${fix}`, code };
}

/** @param location the path before the id of what was made */
function changed(result: ChangeResult, location?: string) {
  if (!result.ok) throw refusal(result);
  const { user, warnings } = result;
  return {
    body: { ...viewOf(user), warnings: warnings.map(fieldErrorOf) },
    etag: etagOf(user),
    ...(location !== undefined && { headers: { Location: location + user.id } }),
  };
}

function refusal(result: ChangeResult & { ok: false }): Error {
  switch (result.kind) {
    case 'no-pbx':
      return invalid([{ pointer: '#/body/pbxId', detail: 'There is no PBX with this id.', code: 'PBX_UNKNOWN' }]);
    case 'invalid':
      return invalid(result.problems.map(fieldErrorOf));
    case 'taken': {
      const errors = result.problems.map(fieldErrorOf);
      return conflict('user-conflict', errors.map((error) => error.detail).join(' '), errors);
    }
  }
}

function viewOf(user: UserRecord): UserView {
  const { enabled, linesVersion: _version, retryClass: _class, ...shown } = user;
  const { reasonCode } = user;
  const iso = (date: Date | null) => (date === null ? null : date.toISOString());
  return {
    ...shown,
    didList: user.didList === null ? null : [...user.didList],
    enabled: { value: enabled, decidedBy: user.autoProvision === 'inherit' ? 'pbx' : 'user' },
    statusAt: user.statusAt.toISOString(),
    nextAction: reasonCode !== null && isReasonCode(reasonCode) ? nextActionOf({ ...user, reasonCode }) : null,
    registration: registrationOf(),
    nextTryAt: iso(user.nextTryAt),
    lastCheckedAt: iso(user.lastCheckedAt),
    lastSuccessAt: iso(user.lastSuccessAt),
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}

function viewOfVersion({ content, at, changes, ...version }: HarvestedVersion): HarvestedVersionView {
  return {
    ...version,
    at: at.toISOString(),
    changes: [...changes],
    line: content.line,
    didField: content.didField,
    didText: content.didText,
    lines: content.lines.map(maskLine),
    settings: content.settings.map((setting) => ({ ...setting })),
  };
}
