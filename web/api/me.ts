// Who is signed in, and what they may do. The server decides; this decides only what is greyed out, and why.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { Action } from '../../src/roles.ts';
import { roleWords } from '../words/roles.ts';
import type { Answer } from './client.ts';
import { queryClient, read } from './query.ts';
import { tenantsQuery } from './tenants.ts';

export type Me = Answer<'GET /me'>;

export const meQuery = read('GET /me');

let isOut = false;

/** The session ended, or never was: nothing of it is kept. */
export function forgetMe(): void {
  queryClient.clear();
  isOut = true;
}

/** The sign-in need not ask then. */
export const isKnownToBeOut = (): boolean => isOut;

/** Somebody has signed in; of whoever was here before nothing is kept. */
export function welcome(): void {
  queryClient.clear();
  isOut = false;
}

/** Only below the shell, which has read it. */
export function useMe(): Me {
  return useSuspenseQuery({ ...meQuery, staleTime: 60_000 }).data;
}

/** May it be done anywhere? Says what to show at all, such as "Add PBX". */
function mayAnywhere(me: Me, action: Action): boolean {
  return me.grants.some((grant) => grant.actions.includes(action));
}

/**
 * Whether something may be done, and if not, why not.
 * @param of what it would be done to: its tenant and, where it belongs to one, its PBX. Absent: anything at all
 */
export function useMay(action: Action, of?: { readonly tenantId: string; readonly pbxId?: string | null }) {
  const me = useMe();
  // With one role at one place, everything that can be seen hangs on it. With several the one that reaches down to the
  // object counts: its line of tenants is needed.
  const several = me.grants.length > 1 && of !== undefined;
  const line = useQuery({ ...tenantsQuery, enabled: several });
  const parentOf = new Map(line.data?.map((tenant) => [tenant.id, tenant.parentId]));
  const reaches = (tenantId: string): boolean => {
    if (!several) return true;
    for (let at: string | null | undefined = of.tenantId; at; at = parentOf.get(at)) if (at === tenantId) return true;
    return false;
  };
  const allowed = of
    ? me.grants.some(
        (grant) =>
          grant.actions.includes(action) &&
          reaches(grant.tenantId) &&
          (grant.pbxIds === null || (of.pbxId != null && grant.pbxIds.includes(of.pbxId))),
      )
    : mayAnywhere(me, action);
  return {
    allowed,
    why: allowed
      ? null
      : roleWords.mayNot(
          action,
          me.grants.map((grant) => grant.role),
        ),
  };
}
