// Handlers of tenants.
import { z } from 'zod';
import { appendActivity } from '../../store/activity.ts';
import type { Tx } from '../../store/database.ts';
import {
  createTenant,
  deleteTenant,
  findDependants,
  listTenants,
  lockTenant,
  readTenant,
  type Tenant,
  updateTenant,
} from '../../store/tenants.ts';
import { type Access, decide, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { TenantView, tenantContract } from '../contract/tenants.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { Actor, ChangeCall, FrameDeps, Handlers } from '../handlers.ts';
import { conflict, invalid, Problem } from '../problem.ts';

const LIST = 'tenants';
const listKey = z.tuple([z.string(), z.uuid()]);

export function tenantRoutes(deps: FrameDeps): Handlers<typeof tenantContract> {
  const { database, ring } = deps;
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This tenant', (reach) => readTenant(database.db, reach, id));
  const locked = async (tx: Tx, id: string, { access, ifMatch, audit }: ChangeCall): Promise<Tenant> => {
    const tenant = await lockTenant(tx, access.reach, id);
    if (tenant === null) throw await missing(access, id);
    requireMatch(ifMatch, tenant, viewOf(tenant, access));
    audit.note({ before: viewOf(tenant, access), tenantId: tenant.id });
    return tenant;
  };
  const report = (tx: Tx, tenantId: string, actor: Actor, verb: string, sentence: string) =>
    appendActivity(tx, [{ tenantId, actor: actor.name, verb: `tenant.${verb}`, outcome: 'info', sentence }]);

  return {
    async createTenant({ body, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const parent = await chooseTenant(tx, access, body.parentId, { pointer: '#/body/parentId', lock: true });
        if (parent.kind === 'customer') {
          const detail = 'is a customer: nothing hangs on it but its PBXs';
          throw invalid([{ pointer: '#/body/parentId', detail, code: 'TENANT_KIND' }]);
        }
        const tenant = (await createTenant(tx, parent, body.kind, body.name, body.userLimit)) ?? nameTaken(body.name);
        await report(tx, parent.id, actor, 'create', `The ${tenant.kind} ${tenant.name} was added.`);
        audit.note({ tenantId: parent.id });
        return { ...shown(tenant, access), headers: { Location: `${API_ROOT}/tenants/${tenant.id}` } };
      });
      deps.feed.touch();
      return answer;
    },

    async listTenants({ query, access }) {
      const cursor = query.cursor === undefined ? undefined : readCursor(ring, LIST, query.cursor, listKey);
      const after = cursor && { key: cursor[0], id: cursor[1] };
      const { q, parentId } = query;
      const found = await listTenants(database.db, access.reach, { limit: query.limit + 1, q, parentId, after });
      const page = cutPage(ring, LIST, found, query.limit, (tenant) => [tenant.sortKey, tenant.id]);
      return { body: { items: page.items.map((tenant) => viewOf(tenant, access)), nextCursor: page.nextCursor } };
    },

    async getTenant({ params, access }) {
      const tenant = await readTenant(database.db, access.reach, params.id);
      if (tenant === null) throw await missing(access, params.id);
      return shown(tenant, access);
    },

    async updateTenant({ params, body, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const tenant = await locked(tx, params.id, { access, ifMatch, audit });
        const { name = tenant.name, userLimit = tenant.userLimit } = body;
        if (userLimit !== tenant.userLimit) refuseFromBelow(actor, tenant);
        const changed = (await updateTenant(tx, tenant, { name, userLimit })) ?? nameTaken(name);
        await report(tx, tenant.id, actor, 'update', describeChange(tenant, changed));
        return shown(changed, access);
      });
      deps.feed.touch();
      return answer;
    },

    async deleteTenant({ params, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const tenant = await locked(tx, params.id, { access, ifMatch, audit });
        if (tenant.parentId === null) throw conflict('tenant-operator', "The operator's tenant cannot be deleted.");
        const dependants = await findDependants(tx, tenant.id);
        if (dependants.length > 0) {
          throw conflict('tenant-in-use', `This tenant has ${dependants.join(', ')}. Delete these first.`);
        }
        audit.note({ tenantId: tenant.parentId });
        await deleteTenant(tx, tenant.id);
        await report(tx, tenant.parentId, actor, 'delete', `The ${tenant.kind} ${tenant.name} was deleted.`);
        return {};
      });
      deps.feed.touch();
      return answer;
    },
  };
}

function describeChange(before: Tenant, { name, userLimit }: Tenant): string {
  const said = [
    ...(name === before.name ? [] : [`is called ${name} now`]),
    ...(userLimit === before.userLimit ? [] : [`may have ${userLimit ?? 'any number of'} users now`]),
  ];
  return `The ${before.kind} ${before.name} ${said.length === 0 ? 'stays as it is' : said.join(' and ')}.`;
}

/** A limit that one could set oneself would be none. */
function refuseFromBelow(actor: Actor, { path }: Tenant): void {
  if (decide(actor, 'tenant.change', { path: path.slice(0, -1), pbxId: null })) return;
  const pointer = '#/body/userLimit';
  const detail = 'is set by whoever manages the tenant above this one';
  throw new Problem({
    status: 403,
    code: 'not-allowed',
    detail: `${pointer}: ${detail}.`,
    errors: [{ pointer, detail, code: 'from-above' }],
  });
}

function nameTaken(name: string): never {
  throw conflict('name-taken', `There is a tenant with the name ${name} there already. Take another name.`, [
    { pointer: '#/body/name', detail: 'is taken', code: 'taken' },
  ]);
}

function shown(tenant: Tenant, access: Access) {
  return { body: viewOf(tenant, access), etag: etagOf(tenant) };
}

/** Who is above one's own tenant is not for everybody to see. */
function viewOf(tenant: Tenant, { actor }: Access): TenantView {
  const { id, version, parentId, kind, name, userLimit, path } = tenant;
  const seesParent = decide(actor, 'tenant.read', { path: path.slice(0, -1), pbxId: null });
  return {
    id,
    version,
    parentId: seesParent ? parentId : null,
    kind,
    name,
    userLimit,
    createdAt: tenant.createdAt.toISOString(),
    updatedAt: tenant.updatedAt.toISOString(),
  };
}
