// Words of the users: list, form, detail.
import type { Answer, ItemOf } from '../api/client.ts';
import { count } from './common.ts';

type User = ItemOf<'GET /users'>;

const USER_TYPES: Readonly<Record<User['userType'], string>> = {
  pbx: 'PBX user',
  trunk: 'Trunk user',
  callApp: 'Valet App user',
};

const SOURCES: Readonly<Record<User['source'], string>> = { manual: 'By hand', import: 'Upload', api: 'API' };

export const userWords = {
  title: 'Users',
  about: 'Everybody who is provisioned, with how that stands and whether they are registered.',
  add: 'Add user',
  upload: 'Upload users',
  exportAll: 'Export CSV',
  types: USER_TYPES,
  sources: SOURCES,
  columns: {
    name: 'Name',
    provisioning: 'Provisioning',
    registration: 'Registration',
    sipUser: 'SIP user',
    did: 'DID',
    mac: 'MAC',
    pbx: 'PBX',
    lastSync: 'Last sync',
    teams: 'Teams sign-in name',
    source: 'Source',
    tag: 'Tag',
    type: 'Type',
    created: 'Added',
  },
  filters: {
    text: 'Name, SIP user, tag, DID or MAC',
    status: 'Status',
    reason: 'Reason',
    pbx: 'PBX',
    tenant: 'Tenant',
    upload: 'Upload',
    enabled: 'Switched',
    enabledOn: 'On',
    enabledOff: 'Off',
    route: 'Voice route',
    type: 'Type',
    source: 'Source',
    more: 'More filters',
    fewer: 'Fewer filters',
  },
  noneMatch: 'No user matches',
  noneMatchWhat: 'Nobody is found with these filters.',
  none: 'No users yet',
  noneWhat: 'Add one, or upload a CSV of many: with their MACs, or with AUTO_ASSIGN for pseudo-MACs.',
  neverSynced: 'never',
  noMac: 'no MAC',
  pseudo: 'assigned',
  pseudoWhat: 'A pseudo-MAC, made here: enter it at the PBX as the MAC of the device.',
  noDid: 'no DID',
  select: {
    selected: (number: number) => `${count(number, 'user')} selected`,
    all: (about: number | null) =>
      about === null ? 'Select all that match' : `Select all that match (about ${about.toLocaleString('en')})`,
    allSelected: (matched: number | null) =>
      matched === null ? 'All that match are selected' : `All ${matched.toLocaleString('en')} that match are selected`,
    clear: 'Clear selection',
  },
  sync: 'Sync',
  switchOn: 'Switch on',
  switchOff: 'Switch off',
  move: 'Move',
  assign: 'Assign pseudo-MACs',
  change: 'Change',
  erase: 'Erase',
  more: 'More',
  syncAsked: (name: string) => `${name} is asked now.`,
  notAsked: (name: string) => `${name} is not asked: switched off, or without a MAC.`,
  bulk: {
    titles: {
      sync: 'Sync users',
      enable: 'Switch users on',
      disable: 'Switch users off',
      move: 'Move users to another PBX',
      assign: 'Assign pseudo-MACs',
      change: 'Change users',
      erase: 'Erase users',
    },
    what: {
      sync: 'Their files are fetched now, before those of others.',
      enable: 'Their own switch is set to on. They are asked at once.',
      disable: 'Their own switch is set to off: nothing is fetched any more. What is stored is kept.',
      move: 'They begin there like new users: asked at once, with the MAC that they have.',
      assign: 'Who has no MAC gets a pseudo-MAC, to be entered at the PBX.',
      change: 'Only what you choose here is changed; the rest stays as it is with each.',
      erase: 'They are deleted with their credentials. This cannot be undone; their timelines stay.',
    },
    counting: 'Counting',
    would: (action: string, changed: number, matched: number) =>
      changed === matched
        ? `${action}: ${count(changed, 'user')}.`
        : `${action}: ${count(changed, 'user')} of ${matched.toLocaleString('en')}.`,
    nobody: 'There is nobody to whom it would be done.',
    skips: (number: number) => `${count(number, 'user')} would be left as they are:`,
    skipped: (number: number, message: string) => `${number.toLocaleString('en')}: ${message}`,
    done: (action: string, changed: number, skipped: number) =>
      `${action}: ${count(changed, 'user')} done${skipped > 0 ? `, ${skipped.toLocaleString('en')} left as they are` : ''}.`,
    toPbx: 'To the PBX',
    choosePbx: 'Choose a PBX',
    sameTenant: 'Of the same tenant as the users.',
    leave: "Don't change",
    noTag: 'No tag',
    tag: 'User tag',
    newTag: 'New tag',
    setTo: 'Set to',
    route: 'Voice route',
    tenantsRoute: "The tenant's default",
    type: 'User type',
    voicemail: 'Teams voicemail',
    voicemailUnset: 'Not said',
    autoProvision: 'Auto provisioning',
    nothingChosen: 'Choose what to change.',
  },
  autoProvision: { inherit: 'As the PBX', on: 'On', off: 'Off' } satisfies Record<User['autoProvision'], string>,
  yes: 'Yes',
  no: 'No',
} as const;

/** What people call a user. */
export function nameOf(
  user: Pick<Answer<'GET /users/{id}'>, 'name' | 'teamsUserId' | 'sipUserId' | 'mac' | 'id'>,
): string {
  return user.name ?? user.teamsUserId ?? user.sipUserId ?? user.mac ?? user.id;
}

/** `00:00:5e:00:53:01`, as it is entered at most PBXs and read aloud. */
export const withColons = (mac: string): string => mac.match(/../g)?.join(':') ?? mac;
