// Handlers of API keys.
import { z } from 'zod';
import { appendActivity } from '../../store/activity.ts';
import { type ApiKey, createApiKey, listApiKeys, readApiKey, revokeApiKey } from '../../store/api-keys.ts';
import { type Access, actionsOf, mayGive, roleOfKey, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import type { ApiKeyView, apiKeyContract } from '../contract/api-keys.ts';
import { API_ROOT } from '../contract/operation.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { checkPbxIds, givesTooMuch } from '../giving.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { invalid } from '../problem.ts';

const LIST = 'api-keys';
const listKey = z.tuple([z.uuid()]);

export function apiKeyRoutes(deps: FrameDeps): Handlers<typeof apiKeyContract> {
  const { database, ring } = deps;
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This API key', (reach) => readApiKey(database.db, reach, id));

  return {
    async createApiKey({ body, actor, access, transact }) {
      const { tenantId: wanted, expiresAt, scopes, pbxIds, cidrs, name } = body;
      if (expiresAt !== null && new Date(expiresAt) <= new Date()) {
        throw invalid([{ pointer: '#/body/expiresAt', detail: 'must lie ahead', code: 'invalid' }]);
      }
      if (scopes.includes('credentials:read') && cidrs.length === 0) {
        const detail = 'is needed for the scope credentials:read: a key to passwords is of use at known addresses only';
        throw invalid([{ pointer: '#/body/cidrs', detail, code: 'required' }]);
      }
      const answer = await transact(async (tx) => {
        const tenant = await chooseTenant(tx, access, wanted, { lock: true });
        const given = actionsOf(roleOfKey(tenant.kind), scopes);
        if (!mayGive(actor, given, { path: tenant.path, pbxId: null })) throw givesTooMuch('#/body/scopes');
        if (pbxIds !== null) await checkPbxIds(tx, tenant, pbxIds, '#/body/pbxIds');
        const { key, record } = await createApiKey(tx, {
          tenantId: tenant.id,
          name,
          scopes: [...new Set(scopes)],
          pbxIds,
          cidrs,
          expiresAt: expiresAt === null ? null : new Date(expiresAt),
          createdBy: actor.name,
        });
        await appendActivity(tx, [
          {
            tenantId: tenant.id,
            actor: actor.name,
            verb: 'api-key.create',
            outcome: 'info',
            sentence: `The API key ${name} (${record.prefix}…) was made.`,
            detail: { scopes: record.scopes },
          },
        ]);
        return { body: { ...viewOf(record), key }, headers: { Location: `${API_ROOT}/api-keys/${record.id}` } };
      });
      deps.feed.touch();
      return answer;
    },

    async listApiKeys({ query, access }) {
      const before = query.cursor === undefined ? undefined : readCursor(ring, LIST, query.cursor, listKey)[0];
      const { tenantId } = query;
      const found = await listApiKeys(database.db, access.reach, { limit: query.limit + 1, before, tenantId });
      const page = cutPage(ring, LIST, found, query.limit, (key) => [key.id]);
      return { body: { items: page.items.map(viewOf), nextCursor: page.nextCursor } };
    },

    async getApiKey({ params, access }) {
      const found = await readApiKey(database.db, access.reach, params.id);
      if (found === null) throw await missing(access, params.id);
      return { body: viewOf(found) };
    },

    async revokeApiKey({ params, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const before = await readApiKey(tx, access.reach, params.id);
        const revoked = await revokeApiKey(tx, access.reach, params.id);
        if (before === null || revoked === null) throw await missing(access, params.id);
        audit.note({ before: viewOf(before), tenantId: revoked.tenantId });
        if (before.revokedAt === null) {
          await appendActivity(tx, [
            {
              tenantId: revoked.tenantId,
              actor: actor.name,
              verb: 'api-key.revoke',
              outcome: 'info',
              sentence: `The API key ${revoked.name} (${revoked.prefix}…) was revoked.`,
            },
          ]);
        }
        return { body: viewOf(revoked) };
      });
      deps.feed.touch();
      return answer;
    },
  };
}

function viewOf(key: ApiKey): ApiKeyView {
  return {
    ...key,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    createdAt: key.createdAt.toISOString(),
  };
}
