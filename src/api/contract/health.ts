// Health: whether the program can work now. Public, for load balancers; details only with a credential.
import { z } from 'zod';
import { operation, time } from './operation.ts';

const health = z
  .object({
    status: z.enum(['ok']),
    details: z
      .object({
        version: z.string(),
        startedAt: time,
        database: z.object({ ok: z.boolean(), latencyMs: z.number() }),
        users: z
          .object({ due: z.int(), overdueSeconds: z.int().meta({ description: 'How long the oldest waits.' }) })
          .optional()
          .meta({ description: 'Of the whole installation: only for those who see all of it.' }),
      })
      .optional()
      .meta({ description: 'Only with a valid credential.' }),
  })
  .meta({ id: 'Health' });

export const healthContract = {
  getHealth: operation({
    method: 'get',
    path: '/health',
    tag: 'health',
    summary: 'Say whether the program can work now',
    description: '200 while the database answers, otherwise 503 with Retry-After.',
    public: true,
    status: 200,
    response: health,
  }),
};
