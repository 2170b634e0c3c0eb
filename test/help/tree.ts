// A tree of tenants with one of everything on each, and somebody of every role and scope: for tests of who may do what.
import { type Role, SCOPES, type Scope } from '../../src/roles.ts';
import { addKey, addTenant } from './access.ts';
import type { TestApi } from './api.ts';
import { addMember, openBrowser } from './browser.ts';

/** Seen from the one in the middle: the operator above, a sister, itself, a customer below. */
export const POSITIONS = ['parent', 'sibling', 'own', 'child'] as const;
export type Position = (typeof POSITIONS)[number];

export interface Somebody {
  readonly name: string;
  /** Of keys: what their tenant's manager could do, cut down to the scopes. */
  readonly role: Role;
  readonly scopes: readonly Scope[] | null;
  /** At the operator's tenant; all others are at the one in the middle. */
  readonly atTop: boolean;
  /** Only for one PBX of the tenant in the middle. */
  readonly onePbx: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Tree {
  readonly tenants: Readonly<Record<Position, string>>;
  /** The PBX of each; those who have one PBX have the one of `own`. */
  readonly pbxs: Readonly<Record<Position, string>>;
  readonly people: readonly Somebody[];
}

export async function plantTree(api: TestApi): Promise<Tree> {
  const { store } = api;
  const own = await addTenant(store, 'Middle', { kind: 'reseller' });
  const sibling = await addTenant(store, 'Sister', { kind: 'reseller' });
  const child = await addTenant(store, 'Below', { parentId: own });
  const tenants = { parent: store.tenantId, sibling, own, child };
  const pbxs: Partial<Record<Position, string>> = {};
  for (const position of POSITIONS) {
    const body = { tenantId: tenants[position], name: `PBX of ${position}` };
    pbxs[position] = (await api.call('POST', '/pbxs', body)).json.id;
  }
  const people: Somebody[] = [];
  const member = async (name: string, role: Role, { atTop = false, onePbx = false } = {}) => {
    const email = `${name.replaceAll(' ', '-')}@example.com`;
    const id = await addMember(api, email, role, atTop ? tenants.parent : own);
    if (onePbx) await store.database.sql`update member_roles set pbx_ids = ${[pbxs.own ?? '']} where member_id = ${id}`;
    const browser = openBrowser(api);
    await browser.signIn(email);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    people.push({ name, role, scopes: null, atTop, onePbx, headers: { cookie, 'sec-fetch-site': 'same-origin' } });
  };
  await member('owner', 'owner', { atTop: true });
  await member('reseller admin', 'resellerAdmin');
  await member('pbx admin', 'pbxAdmin');
  await member('pbx admin of one pbx', 'pbxAdmin', { onePbx: true });
  await member('support', 'support');
  await member('viewer', 'viewer');
  for (const scope of SCOPES) {
    const headers = await addKey(store, own, { name: scope, scopes: [scope] });
    const rest = { role: 'resellerAdmin' as const, scopes: [scope], atTop: false, onePbx: false };
    people.push({ name: `key of ${scope}`, headers, ...rest });
  }
  return { tenants, pbxs: pbxs as Record<Position, string>, people };
}
