// Handlers of voice routes.
import { z } from 'zod';
import { appendActivity } from '../../store/activity.ts';
import type { Tx } from '../../store/database.ts';
import {
  countUsersOfRoute,
  createVoiceRoute,
  deleteVoiceRoute,
  holdVoiceRoute,
  listVoiceRoutes,
  lockVoiceRoute,
  readVoiceRoute,
  updateVoiceRoute,
  type VoiceRoute,
} from '../../store/voice-routes.ts';
import { type Access, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { VoiceRouteView, voiceRouteContract } from '../contract/voice-routes.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { Actor, ChangeCall, FrameDeps, Handlers } from '../handlers.ts';
import { conflict, invalid } from '../problem.ts';

const LIST = 'voice-routes';
const listKey = z.tuple([z.string(), z.uuid()]);

export function voiceRouteRoutes(deps: FrameDeps): Handlers<typeof voiceRouteContract> {
  const { database, ring } = deps;
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This voice route', (reach) => readVoiceRoute(database.db, reach, id));
  const locked = async (tx: Tx, id: string, { access, ifMatch, audit }: ChangeCall): Promise<VoiceRoute> => {
    const route = await lockVoiceRoute(tx, access.reach, id);
    if (route === null) throw await missing(access, id);
    requireMatch(ifMatch, route, viewOf(route));
    audit.note({ before: viewOf(route) });
    return route;
  };
  const report = (tx: Tx, { tenantId }: VoiceRoute, actor: Actor, verb: string, sentence: string) =>
    appendActivity(tx, [{ tenantId, actor: actor.name, verb: `voice-route.${verb}`, outcome: 'info', sentence }]);

  return {
    async createVoiceRoute({ body: { tenantId: wanted, ...body }, actor, access, transact }) {
      const answer = await transact(async (tx) => {
        const tenant = await chooseTenant(tx, access, wanted);
        const route = (await createVoiceRoute(tx, tenant.id, body)) ?? nameTaken(body.name);
        await report(tx, route, actor, 'create', `Voice route ${route.name} was added${asDefault(route)}.`);
        return { ...shown(route), headers: { Location: `${API_ROOT}/voice-routes/${route.id}` } };
      });
      deps.feed.touch();
      return answer;
    },

    async listVoiceRoutes({ query, access }) {
      const cursor = query.cursor === undefined ? undefined : readCursor(ring, LIST, query.cursor, listKey);
      const after = cursor && { key: cursor[0], id: cursor[1] };
      const found = await listVoiceRoutes(database.db, access.reach, {
        limit: query.limit + 1,
        tenantId: query.tenantId,
        q: query.q,
        after,
      });
      const page = cutPage(ring, LIST, found, query.limit, (route) => [route.sortKey, route.id]);
      return { body: { items: page.items.map(viewOf), nextCursor: page.nextCursor } };
    },

    async getVoiceRoute({ params, access }) {
      const route = await readVoiceRoute(database.db, access.reach, params.id);
      if (route === null) throw await missing(access, params.id);
      return shown(route);
    },

    async updateVoiceRoute({ params, body, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const route = await locked(tx, params.id, { access, ifMatch, audit });
        const { name = route.name, description = route.description, isDefault = route.isDefault } = body;
        const settings = { name, description, isDefault };
        const changed = (await updateVoiceRoute(tx, route, settings)) ?? nameTaken(name);
        const becomes = changed.isDefault && !route.isDefault ? asDefault(changed) : '';
        await report(tx, changed, actor, 'update', `Voice route ${changed.name} was changed${becomes}.`);
        return shown(changed);
      });
      deps.feed.touch();
      return answer;
    },

    async deleteVoiceRoute({ params, query, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const route = await locked(tx, params.id, { access, ifMatch, audit });
        const to = query.reassignTo ?? null;
        const target = to === 'default' ? null : to;
        if (target === route.id || !(await holdVoiceRoute(tx, route.tenantId, target))) {
          const detail = 'There is no other voice route with this id.';
          throw invalid([{ pointer: '#/query/reassignTo', detail, code: 'VOICE_ROUTE_UNKNOWN' }]);
        }
        const users = await countUsersOfRoute(tx, route.id);
        if (users > 0 && to === null) {
          throw conflict(
            'voice-route-in-use',
            `${users} ${users === 1 ? 'user has' : 'users have'} this voice route. Say with reassignTo which one they get instead, or default.`,
          );
        }
        await deleteVoiceRoute(tx, route, target);
        await report(tx, route, actor, 'delete', `Voice route ${route.name} was deleted; ${users} users had it.`);
        return {};
      });
      deps.feed.touch();
      return answer;
    },
  };
}

function nameTaken(name: string): never {
  throw conflict('voice-route-conflict', `There is a voice route with the name ${name} already. Take another name.`, [
    { pointer: '#/body/name', detail: 'is taken', code: 'taken' },
  ]);
}

function asDefault(route: VoiceRoute): string {
  return route.isDefault ? '; it is the default now' : '';
}

function shown(route: VoiceRoute) {
  return { body: viewOf(route), etag: etagOf(route) };
}

function viewOf(route: VoiceRoute): VoiceRouteView {
  const { id, tenantId, version, name, description, isDefault } = route;
  return {
    id,
    tenantId,
    version,
    name,
    description,
    isDefault,
    createdAt: route.createdAt.toISOString(),
    updatedAt: route.updatedAt.toISOString(),
  };
}
