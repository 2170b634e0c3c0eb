// Which tenant something new belongs to: the one that is named, or else the caller's own.
import type { Db, Tx } from '../store/database.ts';
import { pbxsWithin } from '../store/reach.ts';
import { readTenant, type Tenant } from '../store/tenants.ts';
import { type Access, notAllowed } from './access.ts';
import { invalid } from './problem.ts';

interface Choice {
  /** Where the request names it. */
  readonly pointer?: string;
  /** Keeps it from being deleted until the transaction ends. */
  readonly lock?: boolean;
  /** It is enough to be allowed it for some PBXs of the tenant. */
  readonly somePbx?: boolean;
}

/** @throws Problem 422 when there is no such tenant, or not for the caller; 403 when it may be seen, but not this */
export async function chooseTenant(
  db: Db | Tx,
  access: Access,
  wanted: string | undefined,
  { pointer = '#/body/tenantId', somePbx = false, lock = false }: Choice = {},
): Promise<Tenant> {
  const { actor, reach } = access;
  const id = wanted ?? actor.tenantId;
  const tenant = await readTenant(db, reach, id, { hold: lock });
  if (tenant !== null && (somePbx || pbxsWithin(reach, tenant.id) === null)) return tenant;
  const seen = tenant ?? (await readTenant(db, access.reachOf('tenant.read'), id));
  if (seen !== null) throw notAllowed(actor, access.action);
  throw invalid([{ pointer, detail: 'There is no tenant with this id.', code: 'TENANT_UNKNOWN' }]);
}
