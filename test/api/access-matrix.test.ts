// Every operation of the contract x everybody of a role or a scope x objects of the own tenant, a sister, the parent and a
// child. What is to come out stands here in a table of its own, apart from the one that the program decides by.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/api/contract/operation.ts';
import { contract } from '../../src/api/contract.ts';
import type { Action, Role, Scope } from '../../src/roles.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { POSITIONS, type Position, plantTree, type Somebody, type Tree } from '../help/tree.ts';

const ALL: readonly Role[] = ['owner', 'resellerAdmin', 'pbxAdmin', 'support', 'viewer'];
const SYNC: readonly Role[] = ['owner', 'resellerAdmin', 'pbxAdmin', 'support'];
const ADMINS: readonly Role[] = ['owner', 'resellerAdmin', 'pbxAdmin'];
const MANAGERS: readonly Role[] = ['owner', 'resellerAdmin'];

/** Who does it at all: roles of members, scopes of keys. */
const EXPECTED: Readonly<Record<Action, readonly [readonly Role[], readonly Scope[]]>> = {
  'pbx.read': [ALL, ['pbxs:read']],
  'pbx.create': [ADMINS, ['pbxs:write']],
  'pbx.change': [ADMINS, ['pbxs:write']],
  'pbx.delete': [ADMINS, ['pbxs:write']],
  'pbx.test': [ADMINS, ['pbxs:write']],
  'pbx.sync': [SYNC, ['users:sync']],
  'user.read': [ALL, ['users:read']],
  'user.create': [ADMINS, ['users:write']],
  'user.change': [ADMINS, ['users:write']],
  'user.delete': [ADMINS, ['users:write']],
  'user.sync': [SYNC, ['users:sync']],
  'user.reveal': [ADMINS, []],
  'user.credentials': [[], ['credentials:read']],
  'voiceRoute.read': [ALL, ['pbxs:read', 'users:read', 'imports:write']],
  'voiceRoute.change': [ADMINS, ['pbxs:write']],
  'import.read': [ALL, ['users:read', 'imports:write']],
  'import.change': [ADMINS, ['imports:write']],
  'mac.make': [ADMINS, ['users:write']],
  'activity.read': [ALL, ['activity:read']],
  'tenant.read': [ALL, ['pbxs:read', 'admin']],
  'tenant.create': [MANAGERS, ['admin']],
  'tenant.change': [MANAGERS, ['admin']],
  'tenant.delete': [MANAGERS, ['admin']],
  'member.read': [MANAGERS, ['admin']],
  'member.create': [MANAGERS, ['admin']],
  'member.change': [MANAGERS, ['admin']],
  'member.delete': [MANAGERS, ['admin']],
  'apiKey.read': [MANAGERS, ['admin']],
  'apiKey.create': [MANAGERS, ['admin']],
  'apiKey.revoke': [MANAGERS, ['admin']],
  'webhook.read': [MANAGERS, ['admin']],
  'webhook.change': [MANAGERS, ['admin']],
  'settings.read': [MANAGERS, ['admin']],
  'settings.change': [MANAGERS, ['admin']],
  'audit.read': [MANAGERS, ['audit:read']],
  'installation.change': [['owner'], []],
  self: [ALL, []],
};

/** Shown of the tenant of a PBX to those who have only that PBX. */
const AROUND_A_PBX: readonly Action[] = ['tenant.read', 'voiceRoute.read'];
/** Seen by them and not for them to do. */
const NOT_WITH_ONE_PBX: readonly Action[] = ['voiceRoute.change'];

/** What hangs on a PBX. */
const ON_A_PBX = ['pbxs', 'users', 'why-links'];

const MISSING = '01a1fd94-06ea-74e4-b19b-0dd520170800';

let api: TestApi;
let tree: Tree;
beforeAll(async () => {
  api = await startTestApi({ doesImports: false });
  tree = await plantTree(api);
}, 120_000);
afterAll(() => api.close());

let number = 0;
const unique = (word: string) => `${word} ${++number}`;
const idOf = async (path: string, body: object) => {
  const made = await api.call('POST', path, body);
  if (made.status !== 201) throw new Error(`${path} was answered ${made.status}: ${made.text}`);
  return made.json.id as string;
};

/** Something of each noun, by the first part of its address. */
const MAKE: Readonly<Record<string, (position: Position) => Promise<string>>> = {
  pbxs: async (position) => tree.pbxs[position],
  users: (position) => idOf('/users', { pbxId: tree.pbxs[position], name: unique('user') }),
  imports: async (position) => {
    const csv = 'name,mac_address\nAnn,none\n';
    const made = await api.call('POST', `/imports?pbx=${tree.pbxs[position]}`, csv, { 'content-type': 'text/csv' });
    return made.json.id;
  },
  'voice-routes': (position) => idOf('/voice-routes', { tenantId: tree.tenants[position], name: unique('route') }),
  tenants: async (position) => tree.tenants[position],
  members: (position) => {
    const tenantId = tree.tenants[position];
    const roles = [{ tenantId, role: 'viewer' }];
    return idOf('/members', { tenantId, email: `m${++number}@example.com`, name: 'Ann', roles });
  },
  'api-keys': (position) =>
    idOf('/api-keys', { tenantId: tree.tenants[position], name: unique('key'), scopes: ['users:read'] }),
  webhooks: (position) =>
    idOf('/webhooks', {
      tenantId: tree.tenants[position],
      url: 'https://hooks.example.com/provender',
      events: ['import.finished'],
    }),
  'sso-providers': (position) =>
    idOf('/sso-providers', {
      tenantId: tree.tenants[position],
      name: unique('provider'),
      issuer: 'https://login.example.com',
      clientId: 'provender',
      clientSecret: 'hush',
    }),
  'why-links': async (position) => idOf(`/users/${await objectOf('users', position, false)}/why-links`, {}),
  audit: async (position) => {
    const route = await objectOf('voice-routes', position, true);
    return (await api.call('GET', `/audit?objectId=${route}`)).json.items[0].id;
  },
  domains: (position) => idOf('/domains', { tenantId: tree.tenants[position], domain: `d${++number}.example.com` }),
};

const made = new Map<string, Promise<string>>();
function objectOf(noun: string, position: Position, fresh: boolean): Promise<string> {
  const make = MAKE[noun];
  if (make === undefined) throw new Error(`there is no example of ${noun} here: add one to MAKE`);
  if (fresh) return make(position);
  const key = `${noun} ${position}`;
  const found = made.get(key) ?? make(position);
  made.set(key, found);
  return found;
}

/** Bodies that are right as far as the look for the object; `{}` for the others. */
const BODIES: Readonly<Record<string, object>> = {
  mendImportRow: { cells: { name: 'Bea' } },
  revealUser: { reason: 'to see who may' },
  mendImport: { column: 'mac_address', code: 'MAC_INVALID', action: 'clear' },
};

/** Takes whoever may do all that the member may: a key of scope admin alone does not read PBXs. */
const OVER_A_MEMBER = ['makeMemberLink'];

/** Delete at once: each is asked of an object of its own. */
const FRESH = ['deleteDomain', 'revokeWhyLink'];
/** About a part of the object that is not there: found or not, it is 404. */
const PARTS = ['getWebhookDelivery', 'resendWebhookDelivery', 'getFileRun', 'cancelFileRun'];

interface Seen {
  readonly status: number;
  readonly code: string | undefined;
  /** Without what differs from request to request. */
  readonly body: string;
  readonly text: string;
}

async function ask(who: Somebody, operation: Operation, path: string, body?: unknown): Promise<Seen> {
  const raw = typeof body === 'string';
  const stop = new AbortController();
  const response = await fetch(`${api.url}/api/v1${path}`, {
    method: operation.method.toUpperCase(),
    signal: stop.signal,
    headers: {
      ...who.headers,
      ...(body !== undefined && { 'content-type': operation.upload?.[0] ?? 'application/json' }),
      // What is found and may be changed is answered 412: nothing is.
      ...(operation.method !== 'get' && { 'if-match': '"nobody-0"' }),
    },
    ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
  });
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = streams ? '' : await response.text();
  stop.abort();
  const isJson = /^application\/(?:problem\+)?json(?:;|$)/.test(response.headers.get('content-type') ?? '');
  const json = isJson ? JSON.parse(text || '{}') : {};
  const { requestId: _, instance: __, ...rest } = json;
  return { status: response.status, code: json.code, body: JSON.stringify(rest), text };
}

function holds(who: Somebody, action: Action): boolean {
  const [roles, scopes] = EXPECTED[action];
  return who.scopes === null ? roles.includes(who.role) : scopes.some((scope) => who.scopes?.includes(scope));
}

type Outcome = 'done' | 'not-allowed' | 'not-found';

function expected(who: Somebody, action: Action, noun: string, position: Position): Outcome {
  if (!holds(who, action)) return 'not-allowed';
  if (who.atTop) return 'done';
  if (!who.onePbx) return position === 'own' || position === 'child' ? 'done' : 'not-found';
  if (position !== 'own') return 'not-found';
  if (NOT_WITH_ONE_PBX.includes(action)) return 'not-allowed';
  return ON_A_PBX.includes(noun) || AROUND_A_PBX.includes(action) ? 'done' : 'not-found';
}

function outcomeOf({ status, code }: Seen): Outcome | string {
  if (status === 403 && code === 'not-allowed') return 'not-allowed';
  if (status === 404) return 'not-found';
  return status < 500 && ![401, 403, 429].includes(status) ? 'done' : `${status} ${code}`;
}

const OPERATIONS = Object.entries<Operation>(contract).filter(([, { action }]) => action !== undefined);
const actionOf = ({ action }: Operation) => action as Action;

describe('A1, A3: what is about one object', { timeout: 120_000 }, () => {
  const some = OPERATIONS.filter(([, { path, action }]) => path.includes('{id}') && action !== 'self');

  it.each(some)('%s', async (name, operation) => {
    const noun = operation.path.split('/')[1] ?? '';
    const action = actionOf(operation);
    const pathTo = (id: string) =>
      operation.path
        .replace('{id}', id)
        .replace('{number}', '1')
        .replaceAll(/\{\w+\}/g, MISSING);
    const body = operation.upload ? 'no zip' : operation.body ? (BODIES[name] ?? {}) : undefined;
    const found: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const who of tree.people) {
      const missing = await ask(who, operation, pathTo(MISSING), body);
      found[`${who.name}, missing`] = outcomeOf(missing);
      wanted[`${who.name}, missing`] = holds(who, action) ? 'not-found' : 'not-allowed';
      for (const position of POSITIONS) {
        const key = `${who.name}, ${position}`;
        const within = expected(who, action, noun, position);
        const isOver = who.scopes === null || !OVER_A_MEMBER.includes(name);
        const wants = within === 'done' && !isOver ? 'not-allowed' : within;
        const seen = await ask(who, operation, pathTo(await objectOf(noun, position, FRESH.includes(name))), body);
        found[key] = outcomeOf(seen);
        wanted[key] = wants === 'done' && PARTS.includes(name) ? 'not-found' : wants;
        // Not to be told from what does not exist, by nothing of the answer.
        if (wants === 'not-found') expect([key, seen.body]).toEqual([key, missing.body]);
      }
    }
    expect(found).toEqual(wanted);
  });
});

describe('A1: lists', { timeout: 120_000 }, () => {
  const lists = OPERATIONS.filter(
    ([, { path, action, method, produces }]) =>
      method === 'get' && !path.includes('{') && action !== 'self' && produces !== 'text/event-stream',
  );

  it.each(lists)('%s shows nothing that is not theirs', async (_name, operation) => {
    const noun = operation.path.split('/')[1] ?? '';
    const theirs = (position: Position) => [tree.tenants[position], tree.pbxs[position], `PBX of ${position}`];
    for (const position of POSITIONS) if (MAKE[noun]) await objectOf(noun, position, false);
    for (const who of tree.people) {
      const seen = await ask(who, operation, operation.path);
      expect([who.name, outcomeOf(seen)]).toEqual([who.name, holds(who, actionOf(operation)) ? 'done' : 'not-allowed']);
      const foreign = who.atTop
        ? []
        : who.onePbx
          ? (['parent', 'sibling', 'child'] as const)
          : (['parent', 'sibling'] as const);
      for (const position of foreign) {
        for (const text of theirs(position))
          expect([who.name, position, seen.text.includes(text)]).toEqual([who.name, position, false]);
      }
    }
  });
});

describe('A1: making something', { timeout: 120_000 }, () => {
  /** At a tenant, or at its PBX. */
  const NEW: Readonly<Record<string, (tenantId: string, pbxId: string) => [path: string, body: unknown]>> = {
    createPbx: (tenantId) => ['/pbxs', { tenantId, name: unique('PBX') }],
    createUser: (_, pbxId) => ['/users', { pbxId, name: unique('user') }],
    createImport: (tenantId, pbxId) => [
      `/imports?${new URLSearchParams({ tenantId, pbx: pbxId })}`,
      'name,mac_address\nAnn,none\n',
    ],
    createVoiceRoute: (tenantId) => ['/voice-routes', { tenantId, name: unique('route') }],
    createTenant: (parentId) => ['/tenants', { parentId, kind: 'customer', name: unique('tenant') }],
    createMember: (tenantId) => [
      '/members',
      { tenantId, email: `n${++number}@example.com`, name: 'Bob', roles: [{ tenantId, role: 'viewer' }] },
    ],
    createApiKey: (tenantId) => ['/api-keys', { tenantId, name: unique('key'), scopes: ['pbxs:read'] }],
    createWebhook: (tenantId) => [
      '/webhooks',
      { tenantId, url: 'https://hooks.example.com/', events: ['import.finished'] },
    ],
    createSsoProvider: (tenantId) => [
      '/sso-providers',
      {
        tenantId,
        name: unique('provider'),
        issuer: 'https://login.example.com',
        clientId: 'provender',
        clientSecret: 'hush',
      },
    ],
    addDomain: (tenantId) => ['/domains', { tenantId, domain: `n${++number}.example.com` }],
  };

  /** Posts about no object, or about those that the body names: they have tests of their own. */
  const OTHERS = [
    'checkMacs',
    'makeMacs',
    'syncUsers',
    'bulkUsers',
    'parseConfig',
    'renderConfig',
    'convertConfig',
    'verifyAudit',
    'bulkPbxs',
  ];
  const news = OPERATIONS.filter(
    ([, { path, method, action }]) => method === 'post' && !path.includes('{') && action !== 'self',
  );

  it('has an example of every operation', () => {
    expect(news.map(([name]) => name).sort()).toEqual([...Object.keys(NEW), ...OTHERS].sort());
  });

  it.each(news.filter(([name]) => name in NEW))('%s', async (name, operation) => {
    const make = NEW[name];
    if (make === undefined) throw new Error('filtered');
    const found: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const who of tree.people) {
      const [path, body] = make(MISSING, MISSING);
      const missing = await ask(who, operation, path, body);
      for (const position of POSITIONS) {
        const [at, what] = make(tree.tenants[position], tree.pbxs[position]);
        const seen = await ask(who, operation, at, what);
        const key = `${who.name}, ${position}`;
        const wants = wantsNew(who, name, actionOf(operation), position);
        found[key] = seen.status === 422 && seen.body === missing.body ? 'not-found' : outcomeOf(seen);
        wanted[key] = wants;
      }
    }
    expect(found).toEqual(wanted);
  });

  function wantsNew(who: Somebody, name: string, action: Action, position: Position): Outcome {
    if (!holds(who, action)) return 'not-allowed';
    // Nobody gives what they do not have: a key of scope admin reads no PBXs and no feed.
    if (who.scopes !== null && (name === 'createMember' || name === 'createApiKey')) {
      return position === 'own' || position === 'child' ? 'not-allowed' : 'not-found';
    }
    if (who.onePbx && position === 'own') {
      return name === 'createUser' || name === 'createImport' ? 'done' : 'not-allowed';
    }
    return expected(who, action, who.onePbx ? 'pbxs' : '', position);
  }
});

describe('A3: what is about oneself', () => {
  const own = OPERATIONS.filter(([, { action }]) => action === 'self');

  it.each(own)('%s is for no key', async (_name, operation) => {
    for (const who of tree.people.filter(({ scopes }) => scopes !== null)) {
      const body = operation.body ? {} : undefined;
      const seen = await ask(who, operation, operation.path.replaceAll(/\{\w+\}/g, MISSING), body);
      expect([who.name, seen.status, seen.code]).toEqual([who.name, 403, 'not-allowed']);
    }
  });
});
