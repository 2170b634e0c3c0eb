// Keys for programs. A key belongs to a tenant and can do what its scopes name, there and below.
import { z } from 'zod';
import { SCOPES } from '../../roles.ts';
import { id, idParams, newTenantId, operation, time } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

const scopes = z.array(z.enum(SCOPES)).meta({
  description:
    '`users:sync` presses Sync; `imports:write` uploads users; `credentials:read` reads SIP passwords and needs `cidrs`; `admin` manages tenants, members, keys, webhooks and settings.',
});
const cidrs = z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'must be an address or a CIDR range'));

const newApiKey = z
  .strictObject({
    tenantId: newTenantId,
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters')
      .meta({ description: 'As the feed and the audit name it.', example: 'SBC of Acme' }),
    scopes: scopes.min(1),
    pbxIds: z
      .array(id)
      .min(1)
      .max(1000)
      .nullable()
      .default(null)
      .meta({ description: 'Only for these PBXs; null: for all of the tenant and below.' }),
    cidrs: cidrs
      .max(100)
      .default([])
      .meta({
        description: 'Addresses from which it may be used; empty: from anywhere.',
        example: ['192.0.2.0/24'],
      }),
    expiresAt: time.nullable().default(null),
  })
  .meta({ id: 'NewApiKey' });

const apiKey = z
  .object({
    id,
    tenantId: id,
    name: z.string(),
    prefix: z.string().meta({ description: 'How it begins.', example: 'pvk_a1B2c3' }),
    scopes,
    pbxIds: z.array(id).nullable(),
    cidrs: z.array(z.string()),
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable().meta({ description: 'To the minute.' }),
    revokedAt: time.nullable(),
    createdBy: z.string(),
    createdAt: time,
  })
  .meta({ id: 'ApiKey' });

export type ApiKeyView = z.input<typeof apiKey>;

const tag = 'api-keys';

export const apiKeyContract = {
  createApiKey: operation({
    method: 'post',
    path: '/api-keys',
    action: 'apiKey.create',
    tag,
    summary: 'Make an API key',
    description:
      'The answer holds the key; it is stored as a hash and never shown again. Nobody can give a key more than they may do themselves.',
    body: newApiKey,
    status: 201,
    response: apiKey
      .extend({ key: z.string().meta({ description: 'Shown this once.' }) })
      .meta({ id: 'CreatedApiKey' }),
  }),
  listApiKeys: operation({
    method: 'get',
    path: '/api-keys',
    action: 'apiKey.read',
    tag,
    summary: 'List API keys, newest first',
    query: z.strictObject({ cursor: pageQuery.cursor, limit: pageQuery.limit, ...tenantQuery }),
    status: 200,
    response: pageOf(apiKey),
  }),
  getApiKey: operation({
    method: 'get',
    path: '/api-keys/{id}',
    action: 'apiKey.read',
    tag,
    summary: 'Read an API key, but for the key itself',
    params: idParams,
    status: 200,
    response: apiKey,
  }),
  revokeApiKey: operation({
    method: 'post',
    path: '/api-keys/{id}/revoke',
    action: 'apiKey.revoke',
    tag,
    summary: 'Revoke an API key; it is refused from now on',
    params: idParams,
    status: 200,
    response: apiKey,
  }),
};
