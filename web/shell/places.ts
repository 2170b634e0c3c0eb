// The places of the portal: what the navigation, the palette and the keys g … go to. One list for the three.
import {
  IconActivity,
  IconBuilding,
  IconFileUpload,
  IconHome,
  IconKey,
  IconListDetails,
  IconRoute,
  IconServer,
  IconSettings,
  IconUsers,
  IconUsersGroup,
  IconWebhook,
} from '@tabler/icons-react';
import type { Action } from '../../src/roles.ts';
import { shellWords } from '../words/shell.ts';

export interface Place {
  readonly path: string;
  readonly name: string;
  readonly Icon: typeof IconHome;
  /** Pressed after g. */
  readonly key: string;
  /** What is needed to see anything there. */
  readonly action: Action;
  readonly group: 'harvest' | 'people' | 'system';
}

export const PLACES: readonly Place[] = [
  { path: '/', name: shellWords.home, Icon: IconHome, key: 'h', action: 'activity.read', group: 'harvest' },
  { path: '/pbxs', name: shellWords.pbxs, Icon: IconServer, key: 'p', action: 'pbx.read', group: 'harvest' },
  { path: '/users', name: shellWords.users, Icon: IconUsers, key: 'u', action: 'user.read', group: 'harvest' },
  {
    path: '/imports',
    name: shellWords.imports,
    Icon: IconFileUpload,
    key: 'i',
    action: 'import.read',
    group: 'harvest',
  },
  {
    path: '/activity',
    name: shellWords.activity,
    Icon: IconActivity,
    key: 'a',
    action: 'activity.read',
    group: 'harvest',
  },
  {
    path: '/voice-routes',
    name: shellWords.voiceRoutes,
    Icon: IconRoute,
    key: 'v',
    action: 'voiceRoute.read',
    group: 'harvest',
  },
  {
    path: '/members',
    name: shellWords.members,
    Icon: IconUsersGroup,
    key: 'm',
    action: 'member.read',
    group: 'people',
  },
  { path: '/tenants', name: shellWords.tenants, Icon: IconBuilding, key: 't', action: 'tenant.read', group: 'people' },
  { path: '/api-keys', name: shellWords.apiKeys, Icon: IconKey, key: 'k', action: 'apiKey.read', group: 'people' },
  {
    path: '/webhooks',
    name: shellWords.webhooks,
    Icon: IconWebhook,
    key: 'w',
    action: 'webhook.read',
    group: 'system',
  },
  { path: '/audit', name: shellWords.audit, Icon: IconListDetails, key: 'l', action: 'audit.read', group: 'system' },
  {
    path: '/settings',
    name: shellWords.settings,
    Icon: IconSettings,
    key: 's',
    // From where PBXs are asked is for everybody; the rest says who may.
    action: 'pbx.read',
    group: 'system',
  },
];
