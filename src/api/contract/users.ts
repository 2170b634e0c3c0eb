// Users of PBXs: what is provisioned, how that stands, and why. The provisioning password is write-only.
import { z } from 'zod';
import { activityEntry } from './activity.ts';
import { lineFields, maskedPassword } from './line.ts';
import { id, idParams, operation, time, version } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';
import { fieldError } from './problem.ts';

/** Checked in depth by the same code as the rows of an upload; here only against flooding. */
const text = z.string().max(1000);

const settings = {
  name: text.nullable(),
  teamsUserId: text.nullable().meta({ description: 'Microsoft 365 sign-in name.', example: 'ann@acme.example' }),
  sipUserId: text.nullable().meta({ description: 'SIP user at the PBX, with or without `@domain`.', example: '101' }),
  userTag: text.nullable(),
  mac: text.nullable().meta({
    description:
      'A MAC in any spelling, or `AUTO_ASSIGN` for a pseudo-MAC (a user who has a MAC keeps it). Null removes it.',
    example: 'AUTO_ASSIGN',
  }),
  autoProvision: z
    .enum(['inherit', 'on', 'off'])
    .meta({ description: "`inherit`: the PBX's switch decides. `off` disables the user and keeps what is stored." }),
  provUsername: text.nullable().meta({ description: "Own login at the provisioning server, instead of the PBX's." }),
  provPassword: text
    .nullable()
    .meta({ format: 'password', writeOnly: true, description: 'Never shown; null removes it.' }),
  did: text.nullable().meta({
    description: 'Phone number typed by hand: the harvest never overwrites it. Null: take it from the file.',
    example: '+12025550142',
  }),
  lineRule: text.nullable().meta({
    description: "`first`, a line number, or `user:` with the line's user name; null: as the PBX says.",
  }),
};

export const USER_TYPES = ['pbx', 'trunk', 'callApp'] as const;
export const USER_SOURCES = ['manual', 'import', 'api'] as const;

export const userType = z
  .enum(USER_TYPES)
  .meta({ description: '`callApp`: a Valet App user, who needs a Teams user. `trunk` needs didList.' });

const own = {
  userType,
  voiceRouteId: id.nullable().meta({ description: "Null: the tenant's default voice route." }),
  useTeamsVoicemail: z.boolean().nullable(),
  sipAuthId: text.nullable().meta({ description: 'SIP authentication name, typed by hand.' }),
  sipPassword: text
    .nullable()
    .meta({ format: 'password', writeOnly: true, description: 'SIP password, typed by hand; never shown.' }),
  portalLoginName: text.nullable(),
  portalLoginPassword: text.nullable().meta({ format: 'password', writeOnly: true, description: 'Never shown.' }),
  didList: z.array(text).max(100).nullable().meta({ description: 'Full numbers; shown as E.164.' }),
  defaultDidIndex: z.int().min(0).max(99).nullable().meta({ description: 'Which of didList is the default, from 0.' }),
};

const newUser = z
  .strictObject({ pbxId: id, ...z.strictObject({ ...settings, ...own }).partial().shape })
  .meta({ id: 'NewUser' });
const userChanges = z
  .strictObject({ ...settings, ...own })
  .partial()
  .meta({ id: 'UserChanges' });

export const USER_STATUSES = ['off', 'waiting', 'fetching', 'provisioned', 'stale', 'failed'] as const;

const REGISTRATION_STATUSES = ['off', 'pending', 'registered', 'expired', 'rejected'] as const;

const registration = z
  .object({
    status: z.enum(REGISTRATION_STATUSES),
    at: time.nullable().meta({ description: 'Since when; null: there was never another.' }),
    reason: z.string().nullable().meta({ description: 'In a sentence.' }),
  })
  .meta({
    id: 'Registration',
    description:
      'Whether the user is registered at the PBX: apart from whether credentials are there. `off` for all users where the installation registers nobody, and `reason` says so.',
  });

export type RegistrationView = z.input<typeof registration>;

const user = z
  .object({
    id,
    tenantId: id,
    version,
    pbxId: id,
    pbxName: z.string(),
    name: z.string().nullable(),
    teamsUserId: z.string().nullable(),
    sipUserId: z.string().nullable(),
    userTag: z.string().nullable(),
    source: z.enum(USER_SOURCES),
    importId: id.nullable(),
    mac: z.string().nullable().meta({ description: 'Twelve lower-case hex digits.', example: '00005e005301' }),
    macAssigned: z.boolean().meta({ description: 'True: a pseudo-MAC made here, to be entered at the PBX.' }),
    lineRule: z.string().nullable(),
    autoProvision: z.enum(['inherit', 'on', 'off']),
    enabled: z.object({ value: z.boolean(), decidedBy: z.enum(['pbx', 'user']) }),
    provUsername: z.string().nullable(),
    provPasswordSet: z.boolean(),
    userType: own.userType,
    voiceRouteId: own.voiceRouteId,
    useTeamsVoicemail: own.useTeamsVoicemail,
    sipAuthId: z.string().nullable(),
    sipPasswordSet: z.boolean(),
    portalLoginName: z.string().nullable(),
    portalLoginPasswordSet: z.boolean(),
    didList: z.array(z.string()).nullable(),
    defaultDidIndex: z.int().nullable(),
    did: z.string().nullable().meta({ description: 'E.164.', example: '+12025550142' }),
    didSource: z.enum(['manual', 'harvest']).nullable(),
    status: z.enum(USER_STATUSES),
    statusAt: time,
    reasonCode: z.string().nullable().meta({ example: 'HTTP_404' }),
    reason: z.string().nullable().meta({ description: 'The reason in a sentence.' }),
    nextAction: z.string().nullable().meta({ description: 'What a person can do.' }),
    registration,
    nextTryAt: time.nullable().meta({ description: 'Null: not asked by itself.' }),
    attempt: z.int().meta({ description: 'Tries of this kind in a row.' }),
    lastCheckedAt: time.nullable(),
    lastSuccessAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'User' });

export type UserView = z.input<typeof user>;

const changedUser = user
  .extend({ warnings: z.array(fieldError).meta({ description: 'Accepted all the same, but worth a look.' }) })
  .meta({ id: 'ChangedUser' });

const oneUser = user
  .extend({
    usersBefore: z.int().nullable().meta({
      description:
        'While it waits for its turn: how many users of its PBX go before it (10,000: or more). Null: it does not.',
    }),
  })
  .meta({ id: 'OneUser' });

const line = z.object({ ...lineFields, password: maskedPassword }).meta({ id: 'HarvestedLine' });

const harvestedVersion = z
  .object({
    version: z.int(),
    at: time,
    vendor: z.string(),
    format: z.string(),
    sourceUrl: z.string().meta({ description: 'Without login and query.' }),
    tlsFingerprint: z.string().nullable(),
    changes: z.array(z.string()).meta({ description: 'What differs from the version before, by name.' }),
    line: z.int().meta({ description: 'The line that was chosen.' }),
    didField: z.string().nullable(),
    didText: z.string().nullable(),
    lines: z.array(line),
    settings: z.array(z.object({ line: z.int(), name: z.string(), value: z.unknown(), key: z.string() })),
  })
  .meta({ id: 'HarvestedVersion' });

export type HarvestedVersionView = z.input<typeof harvestedVersion>;

const accept = z
  .enum(['MAC_MISMATCH', 'AOR_CONFLICT', 'CREDENTIAL_PLACEHOLDER'])
  .optional()
  .meta({ description: 'A doubt that is accepted for the next attempt, once.' });
const requested = z.object({
  requested: z.int().meta({ description: 'Users that are asked now; those that are off or have no MAC are not.' }),
});

/** RFC 3339 with any offset. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** One value or several, separated by commas. */
const oneOrMore = z
  .string()
  .min(1)
  .max(500)
  .transform((value) => value.split(',').map((part) => part.trim()));

export const USER_SORTS = [
  'createdAt',
  'name',
  'teamsUserId',
  'mac',
  'did',
  'pbx',
  'status',
  'statusAt',
  'lastCheckedAt',
] as const;
/** What all lists of users can be narrowed by. */
export const filters = {
  q: z.string().max(200).optional().meta({ description: 'Part of a name, SIP user, tag, DID or MAC.' }),
  status: oneOrMore
    .pipe(z.array(z.enum(USER_STATUSES)))
    .optional()
    .meta({ override: { type: 'string' }, description: 'One status, or several separated by commas.' }),
  reasonCode: oneOrMore.optional().meta({
    override: { type: 'string' },
    description: 'One code, or several separated by commas. `ABSENT`: the PBX has not known the MAC for a week.',
  }),
  ...tenantQuery,
  pbxId: id.optional(),
  importId: id.optional(),
  voiceRouteId: id.optional().meta({ description: 'Only users with this route of their own.' }),
  userType: oneOrMore
    .pipe(z.array(z.enum(USER_TYPES)))
    .optional()
    .meta({ override: { type: 'string' }, description: 'One type, or several separated by commas.' }),
  source: oneOrMore
    .pipe(z.array(z.enum(USER_SOURCES)))
    .optional()
    .meta({ override: { type: 'string' }, description: 'How they came: one, or several separated by commas.' }),
  enabled: z.enum(['true', 'false']).optional(),
  absentSince: moment.optional().meta({
    override: { type: 'string', format: 'date-time' },
    description: 'Only users that their PBX does not know (404 or 403), since this time or longer.',
  }),
};
const sorts = USER_SORTS.flatMap((name) => [name, `-${name}`] as const);

export const userContract = {
  createUser: operation({
    method: 'post',
    path: '/users',
    action: 'user.create',
    tag: 'users',
    summary: 'Create a user',
    description:
      'With Auto Assign UUID on at the PBX, a user without a MAC gets a pseudo-MAC in the same step, and in the answer.',
    body: newUser,
    status: 201,
    response: changedUser,
  }),
  listUsers: operation({
    method: 'get',
    path: '/users',
    action: 'user.read',
    tag: 'users',
    summary: 'List users',
    query: z.strictObject({
      ...pageQuery,
      ...filters,
      sort: z.enum(sorts).default('createdAt').meta({ description: 'With `-` before it: the other way round.' }),
    }),
    status: 200,
    response: pageOf(user),
  }),
  exportUsers: operation({
    method: 'get',
    path: '/users/export',
    action: 'user.read',
    tag: 'users',
    summary: 'All users that match, as CSV in the columns of an upload',
    description:
      "Made to be edited and uploaded again with `existing=update`: cells that were not touched change nothing. In the order of creation, UTF-8 with byte order mark; secrets are left out. Cells that a spreadsheet would run have a `'` before them, which an upload takes off.",
    query: z.strictObject(filters),
    status: 200,
    produces: 'text/csv',
  }),
  getUser: operation({
    method: 'get',
    path: '/users/{id}',
    action: 'user.read',
    tag: 'users',
    summary: 'Read a user',
    params: idParams,
    status: 200,
    response: oneUser,
  }),
  updateUser: operation({
    method: 'patch',
    path: '/users/{id}',
    action: 'user.change',
    tag: 'users',
    summary: 'Change, enable or disable a user',
    description: 'What decides which file is fetched, with which login, makes the user due now.',
    params: idParams,
    body: userChanges,
    status: 200,
    response: changedUser,
  }),
  deleteUser: operation({
    method: 'delete',
    path: '/users/{id}',
    action: 'user.delete',
    tag: 'users',
    summary: 'Delete a user with its credentials; its timeline stays',
    params: idParams,
    status: 204,
  }),
  syncUser: operation({
    method: 'post',
    path: '/users/{id}/sync',
    action: 'user.sync',
    tag: 'users',
    summary: 'Fetch this user now',
    params: idParams,
    body: z.strictObject({ accept }).optional(),
    status: 202,
    response: requested,
  }),
  syncUsers: operation({
    method: 'post',
    path: '/users/sync',
    action: 'user.sync',
    tag: 'users',
    summary: 'Fetch these users now',
    body: z.strictObject({ userIds: z.array(id).min(1).max(1000), accept }),
    status: 202,
    response: requested,
  }),
  listUserTimeline: operation({
    method: 'get',
    path: '/users/{id}/timeline',
    action: 'user.read',
    tag: 'users',
    summary: 'What happened to a user, newest first; also after it was deleted',
    params: idParams,
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(activityEntry),
  }),
  listUserLines: operation({
    method: 'get',
    path: '/users/{id}/lines',
    action: 'user.read',
    tag: 'users',
    summary: 'The harvested versions of a user, newest first; passwords are masked',
    params: idParams,
    status: 200,
    response: z.object({ items: z.array(harvestedVersion) }),
  }),
};
