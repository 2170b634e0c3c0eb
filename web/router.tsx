// Every address of the portal. Screens are loaded when they are opened; what a screen keeps in its address is named here.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { Waiting } from './parts/states.tsx';
import { Broken, NotFound } from './shell/lost.tsx';

/** Keeps these names of the query and nothing else; empty ones are left out. */
function keeps<const Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { [N in Name]?: string | undefined } => {
    const kept: { [N in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') kept[name] = value;
    }
    return kept;
  };
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

/** Needs nobody to be signed in. */
const open = createRoute({ getParentRoute: () => root, id: 'open', component: Outlet });
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: lazyRouteComponent(() => import('./shell/shell.tsx'), 'Shell'),
});

const openRoutes = [
  createRoute({
    getParentRoute: () => open,
    path: '/setup',
    component: lazyRouteComponent(() => import('./screens/open/setup.tsx'), 'SetupScreen'),
  }),
  createRoute({
    getParentRoute: () => open,
    path: '/sign-in',
    validateSearch: keeps('next', 'problem', 'step'),
    component: lazyRouteComponent(() => import('./screens/open/sign-in.tsx'), 'SignInScreen'),
  }),
  createRoute({
    getParentRoute: () => open,
    path: '/reset',
    component: lazyRouteComponent(() => import('./screens/open/reset.tsx'), 'ResetScreen'),
  }),
  createRoute({
    getParentRoute: () => open,
    path: '/invite',
    component: lazyRouteComponent(() => import('./screens/open/invite.tsx'), 'InviteScreen'),
  }),
  createRoute({
    getParentRoute: () => open,
    path: '/why',
    component: lazyRouteComponent(() => import('./screens/open/why.tsx'), 'WhyScreen'),
  }),
];

const shellRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/',
    component: lazyRouteComponent(() => import('./screens/home/home.tsx'), 'HomeScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/pbxs',
    validateSearch: keeps('q', 'tenant', 'state', 'sort', 'view'),
    component: lazyRouteComponent(() => import('./screens/pbxs/pbx-list.tsx'), 'PbxListScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/pbxs/new',
    validateSearch: keeps('tenant'),
    component: lazyRouteComponent(() => import('./screens/pbxs/new-pbx.tsx'), 'NewPbxScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/pbxs/$id',
    validateSearch: keeps('tab', 'test', 'user'),
    component: lazyRouteComponent(() => import('./screens/pbxs/pbx.tsx'), 'PbxScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/users',
    validateSearch: keeps(
      'q',
      'status',
      'reason',
      'tenant',
      'pbx',
      'import',
      'enabled',
      'route',
      'type',
      'source',
      'sort',
      'view',
    ),
    component: lazyRouteComponent(() => import('./screens/users/user-list.tsx'), 'UserListScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/users/new',
    validateSearch: keeps('pbx'),
    component: lazyRouteComponent(() => import('./screens/users/new-user.tsx'), 'NewUserScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/users/$id',
    validateSearch: keeps('tab', 'entry'),
    component: lazyRouteComponent(() => import('./screens/users/user.tsx'), 'UserScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/imports',
    validateSearch: keeps('tenant', 'state'),
    component: lazyRouteComponent(() => import('./screens/imports/import-list.tsx'), 'ImportListScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/imports/new',
    validateSearch: keeps('pbx', 'tenant', 'route', 'type', 'existing', 'missing', 'step'),
    component: lazyRouteComponent(() => import('./screens/imports/new-import.tsx'), 'NewImportScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/imports/$id',
    validateSearch: keeps('step', 'problems', 'code', 'column', 'outcome'),
    component: lazyRouteComponent(() => import('./screens/imports/import.tsx'), 'ImportScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/voice-routes',
    validateSearch: keeps('q', 'tenant'),
    component: lazyRouteComponent(() => import('./screens/voice-routes/voice-routes.tsx'), 'VoiceRoutesScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/activity',
    validateSearch: keeps(
      'q',
      'outcome',
      'code',
      'verb',
      'tenant',
      'pbx',
      'user',
      'import',
      'from',
      'to',
      'group',
      'entry',
      'view',
    ),
    component: lazyRouteComponent(() => import('./screens/activity/activity.tsx'), 'ActivityScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/members',
    validateSearch: keeps('q', 'tenant', 'tab', 'entry'),
    component: lazyRouteComponent(() => import('./screens/members/members.tsx'), 'MembersScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/tenants',
    validateSearch: keeps('q'),
    component: lazyRouteComponent(() => import('./screens/tenants/tenants.tsx'), 'TenantsScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/api-keys',
    validateSearch: keeps('tenant', 'entry'),
    component: lazyRouteComponent(() => import('./screens/api-keys/api-keys.tsx'), 'ApiKeysScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/webhooks',
    validateSearch: keeps('tenant'),
    component: lazyRouteComponent(() => import('./screens/webhooks/webhooks.tsx'), 'WebhooksScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/webhooks/$id',
    validateSearch: keeps('state', 'entry'),
    component: lazyRouteComponent(() => import('./screens/webhooks/webhook.tsx'), 'WebhookScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/audit',
    validateSearch: keeps('tenant', 'actor', 'action', 'object', 'from', 'to', 'entry', 'view'),
    component: lazyRouteComponent(() => import('./screens/audit/audit.tsx'), 'AuditScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/settings',
    validateSearch: keeps('tab', 'tenant'),
    component: lazyRouteComponent(() => import('./screens/settings/settings.tsx'), 'SettingsScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/account',
    validateSearch: keeps('tab'),
    component: lazyRouteComponent(() => import('./screens/account/account.tsx'), 'AccountScreen'),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren([open.addChildren(openRoutes), shell.addChildren(shellRoutes)]),
  defaultPreload: 'intent',
  defaultPendingComponent: Waiting,
  defaultPendingMs: 200,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
  // Plain text both ways: the default writes JSON, and 101 would come back as a number.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(search)) {
      if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
    }
    return query.size === 0 ? '' : `?${query}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
