// Tenants and API keys for tests, made as the store makes them.
import { SCOPES, type Scope } from '../../src/roles.ts';
import { createApiKey } from '../../src/store/api-keys.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { createTenant, readTenant } from '../../src/store/tenants.ts';
import type { TestDatabase } from './database.ts';

type Store = Pick<TestDatabase, 'database' | 'tenantId'>;

/** Below the operator unless `parentId` says otherwise. @returns its id */
export async function addTenant(
  { database, tenantId }: Store,
  name: string,
  { kind = 'customer', parentId = tenantId }: { kind?: 'reseller' | 'customer'; parentId?: string } = {},
): Promise<string> {
  const made = await database.db.transaction(async (tx) => {
    const parent = await readTenant(tx, tenantReach(parentId), parentId);
    return parent && createTenant(tx, parent, kind, name);
  });
  if (!made) throw new Error(`the tenant ${name} was not made`);
  return made.id;
}

interface KeyOptions {
  readonly name?: string;
  readonly scopes?: readonly Scope[];
  readonly pbxIds?: readonly string[] | null;
  readonly cidrs?: readonly string[];
  readonly expiresAt?: Date | null;
}

/** With all scopes unless it is told otherwise. @returns the header that shows it */
export async function addKey(
  { database }: Pick<TestDatabase, 'database'>,
  tenantId: string,
  options: KeyOptions = {},
): Promise<{ authorization: string }> {
  const { key } = await createApiKey(database.db, {
    tenantId,
    name: 'test key',
    scopes: SCOPES,
    pbxIds: null,
    cidrs: [],
    expiresAt: null,
    createdBy: 'test',
    ...options,
  });
  return { authorization: `Bearer ${key}` };
}
