// What is checked before somebody is given anything: nobody gives more than they have, and PBXs are those of the tenant.
import type { Tx } from '../store/database.ts';
import { findPbxIdsBelow } from '../store/pbxs.ts';
import type { Tenant } from '../store/tenants.ts';
import { invalid, Problem } from './problem.ts';

export function givesTooMuch(pointer: string): Problem {
  const detail = 'goes beyond what you may do there yourself; nobody can give more than they have';
  return new Problem({
    status: 403,
    code: 'not-allowed',
    detail: `${pointer}: ${detail}.`,
    errors: [{ pointer, detail, code: 'beyond-own-rights' }],
  });
}

/** @throws Problem 422 when one of them does not hang on the tenant or below */
export async function checkPbxIds(tx: Tx, tenant: Tenant, pbxIds: readonly string[], pointer: string): Promise<void> {
  const found = new Set(await findPbxIdsBelow(tx, tenant.id, pbxIds));
  const unknown = pbxIds.findIndex((id) => !found.has(id));
  if (unknown < 0) return;
  const detail = 'There is no PBX with this id below the tenant.';
  throw invalid([{ pointer: `${pointer}/${unknown}`, detail, code: 'PBX_UNKNOWN' }]);
}
