// Handler of health: a ping of the database for everybody, how far behind we are for those with a credential.
import { pingDatabase, readDueLoad } from '../../store/health.ts';
import type { healthContract } from '../contract/health.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';

export interface HealthDeps extends FrameDeps {
  readonly version: string;
}

export function healthRoutes(deps: HealthDeps): Handlers<typeof healthContract> {
  const startedAt = new Date();
  return {
    async getHealth({ actor }) {
      const before = performance.now();
      await pingDatabase(deps.database);
      const latencyMs = Math.round(performance.now() - before);
      if (!actor) return { body: { status: 'ok' } };
      const seesAll = actor.grants.some((grant) => grant.tenantId === deps.tenantId && grant.pbxIds === null);
      const users = seesAll ? await readDueLoad(deps.database) : undefined;
      return {
        body: {
          status: 'ok',
          details: {
            version: deps.version,
            startedAt: startedAt.toISOString(),
            database: { ok: true, latencyMs },
            ...(users && { users }),
          },
        },
      };
    },
  };
}
