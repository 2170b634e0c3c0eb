// Roles and what may not be done with them, in words.
import type { Action, Role } from '../../src/roles.ts';

const NAMES: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  resellerAdmin: 'Reseller admin',
  pbxAdmin: 'PBX admin',
  support: 'Support',
  viewer: 'Viewer',
};

const SUMMARIES: Readonly<Record<Role, string>> = {
  owner: 'Everything, and the installation itself.',
  resellerAdmin: 'Tenants, members, PBXs, users, uploads, keys and webhooks of a tenant and of all below it.',
  pbxAdmin: 'PBXs and their users: settings, uploads, Sync.',
  support: 'Reads and presses Sync. Sees no secrets and changes nothing.',
  viewer: 'Reads only.',
};

/** What an action is called when it may not be done. */
const DOINGS: Readonly<Record<Action, string>> = {
  'pbx.read': 'see PBXs',
  'pbx.create': 'add PBXs',
  'pbx.change': 'change PBXs',
  'pbx.delete': 'delete PBXs',
  'pbx.test': 'test connections',
  'pbx.sync': 'sync PBXs',
  'user.read': 'see users',
  'user.create': 'add users',
  'user.change': 'change users',
  'user.delete': 'delete users',
  'user.sync': 'sync users',
  'user.reveal': 'see passwords',
  'user.credentials': 'read credentials',
  'voiceRoute.read': 'see voice routes',
  'voiceRoute.change': 'change voice routes',
  'import.read': 'see uploads',
  'import.change': 'upload users',
  'mac.make': 'make pseudo-MACs',
  'activity.read': 'read the activity feed',
  'tenant.read': 'see tenants',
  'tenant.create': 'add tenants',
  'tenant.change': 'change tenants',
  'tenant.delete': 'delete tenants',
  'member.read': 'see members',
  'member.create': 'invite members',
  'member.change': 'change members',
  'member.delete': 'remove members',
  'apiKey.read': 'see API keys',
  'apiKey.create': 'make API keys',
  'apiKey.revoke': 'revoke API keys',
  'webhook.read': 'see webhooks',
  'webhook.change': 'change webhooks',
  'settings.read': 'see settings',
  'settings.change': 'change settings',
  'audit.read': 'read the audit',
  'installation.change': 'change the installation',
  self: 'do this',
};

export const roleWords = {
  names: NAMES,
  summaries: SUMMARIES,
  doings: DOINGS,
  missing: (action: Action): string => `You may not ${DOINGS[action]} (${action})`,
  mayNot: (action: Action, roles: readonly Role[]): string => {
    const names = [...new Set(roles)].map((role) => NAMES[role]).join(', ');
    return `As ${names || 'a member without a role'} you may not ${DOINGS[action]}. An owner or reseller admin can change your role.`;
  },
};
