// Voice routes of the tenant: where calls of a user leave.
import { z } from 'zod';
import { id, idParams, newTenantId, operation, time, version } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters')
  .meta({ description: 'Unique without regard to case: files name routes by it.', example: 'US East' });
const description = z.string().max(1000).nullable();
const isDefault = z
  .boolean()
  .meta({ description: 'Of users who have none of their own. True takes it away from the route that was it.' });

const newVoiceRoute = z
  .strictObject({
    tenantId: newTenantId,
    name,
    description: description.default(null),
    isDefault: isDefault.default(false),
  })
  .meta({ id: 'NewVoiceRoute' });
const voiceRouteChanges = z.strictObject({ name, description, isDefault }).partial().meta({ id: 'VoiceRouteChanges' });

const voiceRoute = z
  .object({
    id,
    tenantId: id,
    version,
    name: z.string(),
    description: z.string().nullable(),
    isDefault: z.boolean(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'VoiceRoute' });

export type VoiceRouteView = z.input<typeof voiceRoute>;

export const voiceRouteContract = {
  createVoiceRoute: operation({
    method: 'post',
    path: '/voice-routes',
    action: 'voiceRoute.change',
    tag: 'voice-routes',
    summary: 'Add a voice route',
    body: newVoiceRoute,
    status: 201,
    response: voiceRoute,
  }),
  listVoiceRoutes: operation({
    method: 'get',
    path: '/voice-routes',
    action: 'voiceRoute.read',
    tag: 'voice-routes',
    summary: 'List voice routes by name',
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      ...tenantQuery,
      q: z.string().max(200).optional().meta({ description: 'Part of a name.' }),
    }),
    status: 200,
    response: pageOf(voiceRoute),
  }),
  getVoiceRoute: operation({
    method: 'get',
    path: '/voice-routes/{id}',
    action: 'voiceRoute.read',
    tag: 'voice-routes',
    summary: 'Read a voice route',
    params: idParams,
    status: 200,
    response: voiceRoute,
  }),
  updateVoiceRoute: operation({
    method: 'patch',
    path: '/voice-routes/{id}',
    action: 'voiceRoute.change',
    tag: 'voice-routes',
    summary: 'Rename a voice route, or make it the default',
    params: idParams,
    body: voiceRouteChanges,
    status: 200,
    response: voiceRoute,
  }),
  deleteVoiceRoute: operation({
    method: 'delete',
    path: '/voice-routes/{id}',
    action: 'voiceRoute.change',
    tag: 'voice-routes',
    summary: 'Delete a voice route',
    params: idParams,
    query: z.strictObject({
      reassignTo: z
        .union([id, z.literal('default')])
        .optional()
        .meta({
          description: 'What its users get instead: the id of a route, or `default`. Needed when it has users.',
        }),
    }),
    status: 204,
  }),
};
