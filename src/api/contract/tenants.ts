// Tenants: operator > reseller > customer. PBXs hang on any of them.
import { z } from 'zod';
import { id, idParams, operation, time, version } from './operation.ts';
import { pageOf, pageQuery } from './page.ts';

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters')
  .meta({ description: 'Unique among the tenants of the same parent, without regard to case.', example: 'Acme' });

const userLimit = z.int().min(0).max(100_000_000).nullable().meta({
  description:
    'How many users it may have, those of the tenants below it counted; null: as many as it likes. Set from above: by who manages its parent.',
});

const newTenant = z
  .strictObject({
    name,
    kind: z
      .enum(['reseller', 'customer'])
      .meta({ description: 'A reseller hangs on the operator or on a reseller, a customer on any but a customer.' }),
    parentId: id.optional().meta({ description: "Absent: the caller's own." }),
    userLimit: userLimit.default(null),
  })
  .meta({ id: 'NewTenant' });

const tenant = z
  .object({
    id,
    version,
    parentId: id.nullable().meta({ description: 'Null: the operator, or not for the caller to see.' }),
    kind: z.enum(['operator', 'reseller', 'customer']),
    name: z.string(),
    userLimit,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Tenant' });

export type TenantView = z.input<typeof tenant>;

const tag = 'tenants';

export const tenantContract = {
  createTenant: operation({
    method: 'post',
    path: '/tenants',
    action: 'tenant.create',
    tag,
    summary: 'Add a reseller or a customer',
    body: newTenant,
    status: 201,
    response: tenant,
  }),
  listTenants: operation({
    method: 'get',
    path: '/tenants',
    action: 'tenant.read',
    tag,
    summary: 'List the tenants that the caller may see, by name',
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      q: z.string().max(200).optional().meta({ description: 'Part of a name.' }),
      parentId: id.optional().meta({ description: 'Only those directly below this one.' }),
    }),
    status: 200,
    response: pageOf(tenant),
  }),
  getTenant: operation({
    method: 'get',
    path: '/tenants/{id}',
    action: 'tenant.read',
    tag,
    summary: 'Read a tenant',
    params: idParams,
    status: 200,
    response: tenant,
  }),
  updateTenant: operation({
    method: 'patch',
    path: '/tenants/{id}',
    action: 'tenant.change',
    tag,
    summary: 'Rename a tenant, or set how many users it may have',
    description: 'A limit below what there is takes no user away, and lets none in.',
    params: idParams,
    body: z.strictObject({ name, userLimit }).partial().meta({ id: 'TenantChanges' }),
    status: 200,
    response: tenant,
  }),
  deleteTenant: operation({
    method: 'delete',
    path: '/tenants/{id}',
    action: 'tenant.delete',
    tag,
    summary: 'Delete a tenant on which nothing hangs any more',
    description: 'Its voice routes and revoked keys go with it; what the feed and the audit say of it stays.',
    params: idParams,
    status: 204,
  }),
};
