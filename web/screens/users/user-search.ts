// The filters of the user list as its address has them, and the same as the API wants them. Knows no components.
import type { Body, Query } from '../../api/client.ts';

export interface UserSearch {
  readonly q?: string | undefined;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly tenant?: string | undefined;
  readonly pbx?: string | undefined;
  readonly import?: string | undefined;
  readonly enabled?: string | undefined;
  readonly route?: string | undefined;
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly sort?: string | undefined;
}

type ListQuery = NonNullable<Query<'GET /users'>>;
type BulkFilter = NonNullable<Body<'POST /users/bulk'>['filter']>;

/** For lists and exports. What the address says wrongly is refused by the API, in words. */
export function queryOf(search: UserSearch) {
  const { q, status, reason, tenant, pbx, route, type, source, enabled } = search;
  return {
    ...(q && { q }),
    ...(status && { status: status as never }),
    ...(reason && { reasonCode: reason }),
    ...(tenant && { tenantId: tenant }),
    ...(pbx && { pbxId: pbx }),
    ...(search.import && { importId: search.import }),
    ...(route && { voiceRouteId: route }),
    ...(type && { userType: type as never }),
    ...(source && { source: source as never }),
    ...(enabled && { enabled: enabled as 'true' | 'false' }),
  } satisfies ListQuery;
}

/** The same users, for POST /users/bulk. */
export function bulkFilterOf(search: UserSearch): BulkFilter {
  const { q, status, reason, tenant, pbx, route, type, source, enabled } = search;
  return {
    ...(q && { q }),
    ...(status && { status: status.split(',') as NonNullable<BulkFilter['status']> }),
    ...(reason && { reasonCode: reason.split(',') }),
    ...(tenant && { tenantId: tenant }),
    ...(pbx && { pbxId: pbx }),
    ...(search.import && { importId: search.import }),
    ...(route && { voiceRouteId: route }),
    ...(type && { userType: type.split(',') as NonNullable<BulkFilter['userType']> }),
    ...(source && { source: source.split(',') as NonNullable<BulkFilter['source']> }),
    ...(enabled && { enabled: enabled === 'true' }),
  };
}

/** Does anything narrow the list? */
export function isFiltered({ sort: _sort, ...search }: UserSearch): boolean {
  return Object.values(search).some((value) => value !== undefined && value !== '');
}
