// The tenants that one sees: asked for once, whoever wants to know.
import { queryOptions } from '@tanstack/react-query';
import { call, type ItemOf } from './client.ts';
import { keyOf } from './query.ts';

export type Tenant = ItemOf<'GET /tenants'>;

/** All of them: even of the largest operator they are some thousands. */
export const tenantsQuery = queryOptions({
  queryKey: keyOf('GET /tenants', { all: true }),
  queryFn: async ({ signal }) => {
    const items: Tenant[] = [];
    let cursor: string | undefined;
    do {
      const page = await call('GET /tenants', { query: { limit: '500', ...(cursor && { cursor }) }, signal });
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    return items;
  },
  staleTime: 60_000,
});
