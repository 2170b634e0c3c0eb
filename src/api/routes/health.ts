// Handler of health: one small query tells whether the database answers.
import { readDueLoad } from '../../store/health.ts';
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
      const users = await readDueLoad(deps.database);
      const latencyMs = Math.round(performance.now() - before);
      if (!actor) return { body: { status: 'ok' } };
      return {
        body: {
          status: 'ok',
          details: {
            version: deps.version,
            startedAt: startedAt.toISOString(),
            database: { ok: true, latencyMs },
            users,
          },
        },
      };
    },
  };
}
