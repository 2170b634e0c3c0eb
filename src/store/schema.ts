// The tables. Columns named `*_sealed` hold ciphertext of store/sealed.ts, bound to tenant, table, row and column.
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { ROLES, type Scope } from '../roles.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** PostgreSQL's 64-bit transaction id, as text: it orders the feed (see activity). */
const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });

/** One row: what this installation is. */
export const installation = pgTable('installation', {
  id: integer('id').primaryKey().default(1),
  /** Sealed with the current key at first start: a wrong key is noticed before anything is written. */
  keyCanarySealed: text('key_canary_sealed').notNull(),
  /** SHA-256 (hex) of the admin token that was shown at first start. */
  adminTokenHash: text('admin_token_hash'),
  createdAt: at('created_at').notNull().defaultNow(),
});

export const tenants = pgTable(
  'tenants',
  {
    id: uuid('id').primaryKey(),
    parentId: uuid('parent_id'),
    kind: text('kind', { enum: ['operator', 'reseller', 'customer'] }).notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull().default(1),
    /** How many users it and those below may have together; null: as many as they like. Set from above. */
    userLimit: integer('user_limit'),
    /** The ids from the operator's tenant down to this one; a trigger writes it. A tenant never moves. */
    path: uuid('path').array().notNull().default(sql`'{}'`),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    foreignKey({ columns: [t.parentId], foreignColumns: [t.id] }),
    uniqueIndex('tenants_parent_name').on(t.parentId, sql`lower(${t.name})`),
    index('tenants_path').using('gin', t.path),
  ],
);

/** People who sign in. What they sign in with is kept apart. */
export const members = pgTable(
  'members',
  {
    id: uuid('id').primaryKey(),
    /** Home: where the member was invited. */
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    version: integer('version').notNull().default(1),
    email: text('email').notNull(),
    name: text('name').notNull(),
    /** When the invitation was taken up; null: not yet. */
    joinedAt: at('joined_at'),
    disabledAt: at('disabled_at'),
    lastSeenAt: at('last_seen_at'),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('members_email').on(sql`lower(${t.email})`), index('members_tenant').on(t.tenantId, t.id)],
);

/** What members made of the screens of the portal: a search with a name. */
export interface SavedView {
  readonly id: string;
  readonly screen: 'users' | 'pbxs' | 'activity' | 'audit' | 'imports';
  readonly name: string;
  /** The query string of the screen. */
  readonly search: string;
}

/** All of a member's at once, in the order that they are shown in. */
export const memberViews = pgTable('member_views', {
  memberId: uuid('member_id')
    .primaryKey()
    .references(() => members.id, { onDelete: 'cascade' }),
  version: integer('version').notNull().default(1),
  views: jsonb('views').$type<readonly SavedView[]>().notNull(),
  updatedAt: at('updated_at').notNull().defaultNow(),
});

export const memberRoles = pgTable(
  'member_roles',
  {
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    role: text('role', { enum: ROLES }).notNull(),
    /** Null: all PBXs of the tenant and below. */
    pbxIds: uuid('pbx_ids').array(),
  },
  (t) => [primaryKey({ columns: [t.memberId, t.tenantId] }), index('member_roles_tenant').on(t.tenantId)],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    name: text('name').notNull(),
    /** How the key begins, so that people recognise it. */
    prefix: text('prefix').notNull(),
    /** SHA-256 (hex): 24 random bytes need no slow hash. */
    keyHash: text('key_hash').notNull(),
    scopes: text('scopes').array().notNull().$type<Scope[]>(),
    /** Null: all PBXs of the tenant and below. */
    pbxIds: uuid('pbx_ids').array(),
    /** Addresses it may be used from; empty: from anywhere. */
    cidrs: text('cidrs').array().notNull().default(sql`'{}'`),
    expiresAt: at('expires_at'),
    /** Written once a minute at most. */
    lastUsedAt: at('last_used_at'),
    revokedAt: at('revoked_at'),
    createdBy: text('created_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('api_keys_hash').on(t.keyHash), index('api_keys_tenant').on(t.tenantId, t.id)],
);

/** Links that work once: to take up an invitation, to set a new password, to set up the installation. */
export const oneTimeLinks = pgTable(
  'one_time_links',
  {
    id: uuid('id').primaryKey(),
    purpose: text('purpose', { enum: ['invite', 'reset', 'setup'] }).notNull(),
    /** SHA-256 (hex). */
    tokenHash: text('token_hash').notNull(),
    memberId: uuid('member_id').references(() => members.id, { onDelete: 'cascade' }),
    /** The address that it was made for. */
    email: text('email'),
    createdAt: at('created_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    usedAt: at('used_at'),
  },
  (t) => [
    uniqueIndex('one_time_links_token').on(t.tokenHash),
    index('one_time_links_member').on(t.memberId, t.purpose),
  ],
);

/** A session as it is stored; times in milliseconds. */
export interface SessionRecord {
  readonly cookie: unknown;
  /** It was stored before: from then on it is changed, never made again (store/sessions.ts). */
  readonly kept?: true;
  /** Who is signed in. Absent while a second factor or a provider is waited for. */
  readonly memberId?: string;
  readonly signedInAt?: number;
  readonly freshUntil?: number;
  readonly remember?: boolean;
  readonly ip?: string;
  readonly userAgent?: string;
}

/** What a member signs in with. */
export const memberCredentials = pgTable('member_credentials', {
  memberId: uuid('member_id')
    .primaryKey()
    .references(() => members.id, { onDelete: 'cascade' }),
  /** PHC string of argon2id; null: signs in by single sign-on only. */
  passwordHash: text('password_hash'),
  passwordSetAt: at('password_set_at'),
  /** Base32. Counts when totpConfirmedAt is set: before, it is being enrolled. */
  totpSecretSealed: text('totp_secret_sealed'),
  totpConfirmedAt: at('totp_confirmed_at'),
  /** The time step of the last code that was taken: a code works once. */
  totpLastStep: bigint('totp_last_step', { mode: 'number' }),
  /** SHA-256 (hex) of those that are left: 80 random bits need no slow hash. */
  recoveryCodes: text('recovery_codes').array().notNull().default(sql`'{}'`),
});

/**
 * Of connect-pg-simple, which knows sid, sess and expire. The rest is worked out by the database, so that a member's
 * sessions can be listed and ended.
 */
export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 (base64url) of what the cookie holds. */
    sid: text('sid').primaryKey(),
    sess: json('sess').$type<SessionRecord>().notNull(),
    expire: at('expire').notNull(),
    /** As its owner names it. */
    id: uuid('id').notNull().defaultRandom(),
    memberId: uuid('member_id')
      .generatedAlwaysAs(sql`(sess ->> 'memberId')::uuid`)
      .references(() => members.id, { onDelete: 'cascade' }),
  },
  (t) => [index('sessions_expire').on(t.expire), index('sessions_member').on(t.memberId)],
);

/** Of rate-limiter-flexible: columns and their order are what its statements expect. */
export const throttles = pgTable(
  'throttles',
  {
    key: varchar('key', { length: 255 }).primaryKey(),
    points: integer('points').notNull().default(0),
    /** Milliseconds since 1970. */
    expire: bigint('expire', { mode: 'number' }),
  },
  (t) => [index('throttles_expire').on(t.expire)],
);

/** Who signs the members of a tenant in, by OpenID Connect. */
export const ssoProviders = pgTable(
  'sso_providers',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    version: integer('version').notNull().default(1),
    name: text('name').notNull(),
    issuer: text('issuer').notNull(),
    clientId: text('client_id').notNull(),
    /** Null: a public client, which PKCE alone protects. */
    clientSecretSealed: text('client_secret_sealed'),
    /** What people become who sign in for the first time; null: only those who were invited get in. */
    newMemberRole: text('new_member_role', { enum: ROLES }),
    enabled: boolean('enabled').notNull().default(true),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('sso_providers_tenant_name').on(t.tenantId, sql`lower(${t.name})`)],
);

/** Mail domains that a tenant says are its own; once verified, of one tenant only. */
export const tenantDomains = pgTable(
  'tenant_domains',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    /** Lower case. */
    domain: text('domain').notNull(),
    /** What the TXT record must hold. */
    challenge: text('challenge').notNull(),
    verifiedAt: at('verified_at'),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('tenant_domains_own').on(t.tenantId, t.domain),
    uniqueIndex('tenant_domains_verified').on(t.domain).where(sql`${t.verifiedAt} is not null`),
  ],
);

/** Who a member is at a provider. */
export const memberIdentities = pgTable(
  'member_identities',
  {
    providerId: uuid('provider_id')
      .notNull()
      .references(() => ssoProviders.id, { onDelete: 'cascade' }),
    /** The provider's `sub`: never given to another person, as an address may be. */
    subject: text('subject').notNull(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.subject] }), index('member_identities_member').on(t.memberId)],
);

/** Settings of a PBX: what its admin decides. What happens to it is in pbxRuns. */
export const pbxs = pgTable(
  'pbxs',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    name: text('name').notNull(),
    /** Counts changes of the settings; the ETag. */
    version: integer('version').notNull().default(1),
    autoProvision: boolean('auto_provision').notNull().default(false),
    autoAssignMac: boolean('auto_assign_mac').notNull().default(false),
    /** Six lower-case hex digits; null: pseudo-MACs are locally administered. */
    pseudoMacOui: text('pseudo_mac_oui'),
    provisioningUrl: text('provisioning_url'),
    /** `none`, a role (label, displayName, userName, authName) or a key of the file. */
    didField: text('did_field').notNull().default('account.1.label'),
    /** ISO 3166 code that completes national numbers. */
    country: text('country'),
    /** `first`, a line number, or `user:<user name>`. */
    lineRule: text('line_rule').notNull().default('first'),
    username: text('username'),
    passwordSealed: text('password_sealed'),
    passwordSetAt: at('password_set_at'),
    caPem: text('ca_pem'),
    clientCertPem: text('client_cert_pem'),
    clientKeySealed: text('client_key_sealed'),
    pinSha256: text('pin_sha256'),
    expectedName: text('expected_name'),
    legacyTls: boolean('legacy_tls').notNull().default(false),
    /** A login may be sent over plain http. */
    allowPlainHttp: boolean('allow_plain_http').notNull().default(false),
    /** Origins beside the PBX's own from which includes may be fetched. */
    allowedOrigins: text('allowed_origins').array().notNull().default(sql`'{}'`),
    personaVendor: text('persona_vendor').notNull().default('yealink'),
    personaModel: text('persona_model'),
    personaPhoneType: text('persona_phone_type'),
    personaFirmwareVersion: text('persona_firmware_version'),
    personaUserAgent: text('persona_user_agent'),
    /** What test-connection found out where the persona is `auto`. */
    personaFound: text('persona_found'),
    /** Key of encrypted configuration files. */
    fileKeySealed: text('file_key_sealed'),
    resyncHours: integer('resync_hours').notNull().default(24),
    maxConcurrent: integer('max_concurrent').notNull().default(32),
    /** Null: as many as the PBX bears. */
    maxPerSecond: integer('max_per_second'),
    /** Grows when DID field, line rule, country or persona change: stored tags and validators count no more. */
    mappingVersion: integer('mapping_version').notNull().default(1),
    /** Grows when address, login or TLS settings change: connections and remembered files count no more. */
    connectionVersion: integer('connection_version').notNull().default(1),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('pbxs_tenant_name').on(t.tenantId, sql`lower(${t.name})`)],
);

/** How the login of a PBX fares. A refusal belongs to a login, not to the PBX. */
export interface LoginState {
  /** connectionVersion this was learned with. */
  readonly connectionVersion: number;
  /**
   * probing: changed, not yet answered: one user goes first. open: not refused so far. good: a file came with it.
   * refused: 401 for two different MACs and no file; nobody asks with it until it is changed or Sync is pressed.
   */
  readonly state: 'probing' | 'open' | 'good' | 'refused';
  /** MACs that were answered 401 with credentials sent since the last change or success; at most two are kept. */
  readonly refusedMacs: readonly string[];
}

/** What a PBX bore: where the next slice begins. */
export interface LearnedPace {
  readonly concurrent: number;
  readonly perSecond: number;
  readonly latencyMs: number | null;
}

/** What happens to a PBX: written by slices only, so that no fetch changes a settings version. */
export const pbxRuns = pgTable('pbx_runs', {
  pbxId: uuid('pbx_id')
    .primaryKey()
    .references(() => pbxs.id, { onDelete: 'cascade' }),
  /** Fencing token: each starting slice adds one, each write of a result asks for its own. */
  sliceEpoch: bigint('slice_epoch', { mode: 'number' }).notNull().default(0),
  sliceStartedAt: at('slice_started_at'),
  /** No fetch before this time (Retry-After, too many refusals). */
  pausedUntil: at('paused_until'),
  pauseCode: text('pause_code'),
  /** MACs in a row that were refused (403, or 401 while others get in) without any success between. */
  refusedInARow: integer('refused_in_a_row').notNull().default(0),
  /** Fetches in a row that did not reach the server (DNS, TCP, TLS, time-outs). */
  unreachableInARow: integer('unreachable_in_a_row').notNull().default(0),
  login: jsonb('login').$type<LoginState>(),
  pace: jsonb('pace').$type<LearnedPace>(),
  lastSuccessAt: at('last_success_at'),
  /** The certificate that the server showed last, of the handshake of a file that came: whoever asks is warned before it ends. */
  serverCertFingerprint: text('server_cert_fingerprint'),
  serverCertSubject: text('server_cert_subject'),
  serverCertValidTo: at('server_cert_valid_to'),
});

/** Which warnings of a certificate were given: each once per certificate and number of days, whatever machine looks. */
export const certificateNotices = pgTable(
  'certificate_notices',
  {
    pbxId: uuid('pbx_id')
      .notNull()
      .references(() => pbxs.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['server', 'client', 'ca'] }).notNull(),
    fingerprint: text('fingerprint').notNull(),
    /** Days that were left at most: 30, 7, 1, or 0 when it had expired. */
    days: smallint('days').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.pbxId, t.kind, t.fingerprint, t.days] })],
);

/** Where calls of a user leave: chosen per upload, per row or per user. One of a tenant is the default. */
export const voiceRoutes = pgTable(
  'voice_routes',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    version: integer('version').notNull().default(1),
    name: text('name').notNull(),
    description: text('description'),
    isDefault: boolean('is_default').notNull().default(false),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('voice_routes_tenant_name').on(t.tenantId, sql`lower(${t.name})`),
    uniqueIndex('voice_routes_default').on(t.tenantId).where(sql`${t.isDefault}`),
  ],
);

/** `callApp` is shown as "Valet App user". */
export const USER_TYPES = ['pbx', 'trunk', 'callApp'] as const;

export const PROVISIONING_STATUSES = ['off', 'waiting', 'provisioned', 'stale', 'failed'] as const;

/** A PBX user: what we provision. `fetching` is not stored: it is a live claim (claim_epoch). */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    pbxId: uuid('pbx_id')
      .notNull()
      .references(() => pbxs.id, { onDelete: 'cascade' }),
    version: integer('version').notNull().default(1),
    name: text('name'),
    teamsUserId: text('teams_user_id'),
    sipUserId: text('sip_user_id'),
    userTag: text('user_tag'),
    userType: text('user_type', { enum: USER_TYPES }).notNull().default('pbx'),
    voiceRouteId: uuid('voice_route_id').references(() => voiceRoutes.id, { onDelete: 'set null' }),
    useTeamsVoicemail: boolean('use_teams_voicemail'),
    /** SIP login typed by hand, for users whose config is not harvested. */
    sipAuthId: text('sip_auth_id'),
    sipPasswordSealed: text('sip_password_sealed'),
    portalLoginName: text('portal_login_name'),
    portalLoginPasswordSealed: text('portal_login_password_sealed'),
    /** Trunk users: their DIDs in E.164, and which of them (from 0) is the default. */
    didList: text('did_list').array(),
    defaultDidIndex: integer('default_did_index'),
    source: text('source', { enum: ['manual', 'import', 'api'] }).notNull(),
    importId: uuid('import_id'),
    /** Twelve lower-case hex digits. */
    mac: text('mac'),
    /** True: a pseudo-MAC that we made. */
    macAssigned: boolean('mac_assigned').notNull().default(false),
    /** Overrides the PBX's line rule. */
    lineRule: text('line_rule'),
    autoProvision: text('auto_provision', { enum: ['inherit', 'on', 'off'] })
      .notNull()
      .default('inherit'),
    provUsername: text('prov_username'),
    provPasswordSealed: text('prov_password_sealed'),
    /** Grows when the user's own login changes. */
    loginVersion: integer('login_version').notNull().default(1),
    /** E.164. Typed by hand (didSource manual: never overwritten) or harvested. */
    did: text('did'),
    didSource: text('did_source', { enum: ['manual', 'harvest'] }),

    status: text('status', { enum: PROVISIONING_STATUSES }).notNull(),
    reasonCode: text('reason_code'),
    reason: text('reason'),
    statusAt: at('status_at').notNull().defaultNow(),

    /** Null: not to be fetched. */
    dueAt: at('due_at'),
    /** Higher goes first: 0 schedule, 5 new or changed, 10 a person pressed Sync. */
    priority: smallint('priority').notNull().default(0),
    /** Tries of one retry class in a row since the last success or Sync. */
    attempt: integer('attempt').notNull().default(0),
    /** The class of the last failure (src/sync/outcome.ts). */
    retryClass: text('retry_class'),
    absentSince: at('absent_since'),
    /** The slice (pbx_runs.slice_epoch) that is fetching this user now. */
    claimEpoch: bigint('claim_epoch', { mode: 'number' }),
    claimedAt: at('claimed_at'),
    syncRequestedAt: at('sync_requested_at'),
    /** Who asked for that Sync; the feed entry of the attempt names them. */
    syncRequestedBy: text('sync_requested_by'),
    /** A doubt that a person accepted for the next attempt. */
    acceptOnce: text('accept_once'),
    lastCheckedAt: at('last_checked_at'),
    lastSuccessAt: at('last_success_at'),

    /** Which candidate file answered, per slot of the persona's plan; asked first from then on. */
    answered: smallint('answered').array(),
    etag: text('etag'),
    lastModified: text('last_modified'),
    /** HMAC over the merged lines, settings and DID fields; `<key id>.<hex>`. */
    contentTag: text('content_tag'),
    /** HMAC over user name and registrar: finds two MACs of a PBX that give the same account. */
    aorTag: text('aor_tag'),
    mappingVersion: integer('mapping_version'),
    connectionVersion: integer('connection_version'),
    /** The number of the version in force in harvested_lines. */
    linesVersion: integer('lines_version'),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('users_due').on(t.pbxId, t.priority.desc(), t.dueAt).where(sql`${t.dueAt} is not null`),
    uniqueIndex('users_assigned_mac').on(t.mac).where(sql`${t.macAssigned}`),
    uniqueIndex('users_typed_mac')
      .on(t.pbxId, t.mac, sql`coalesce(${t.lineRule}, '')`)
      .where(sql`${t.mac} is not null`),
    index('users_mac').on(t.mac),
    uniqueIndex('users_teams_user_id')
      .on(t.tenantId, sql`lower(${t.teamsUserId})`)
      .where(sql`${t.teamsUserId} is not null`),
    uniqueIndex('users_sip_user_id').on(t.pbxId, sql`lower(${t.sipUserId})`).where(sql`${t.sipUserId} is not null`),
    index('users_pbx').on(t.pbxId, t.id),
    index('users_tenant').on(t.tenantId, t.id),
    index('users_tenant_status').on(t.tenantId, t.status, t.id),
    index('users_voice_route').on(t.voiceRouteId).where(sql`${t.voiceRouteId} is not null`),
    index('users_import').on(t.importId).where(sql`${t.importId} is not null`),
    index('users_aor').on(t.pbxId, t.aorTag).where(sql`${t.aorTag} is not null`),
    index('users_did').on(t.tenantId, t.did).where(sql`${t.did} is not null`),
    /** Which PBXs are in trouble, without a look at all users. */
    /** The order of lists by name: what people call a user (store/users.ts), in the words of its query. */
    index('users_name').on(
      sql`lower(coalesce(${t.name}, ${t.teamsUserId}, ${t.sipUserId}, ${t.mac}, ${t.id}::text))`,
      t.id,
    ),
    index('users_failed').on(t.pbxId).where(sql`${t.status} = 'failed'`),
    check('users_mac_form', sql`${t.mac} ~ '^[0-9a-f]{12}$'`),
  ],
);

/** Links to the "why?" page of one user, for somebody who has no account. */
export const whyLinks = pgTable(
  'why_links',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** SHA-256 (hex). */
    tokenHash: text('token_hash').notNull(),
    /** As the audit names them. */
    createdBy: text('created_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    lastOpenedAt: at('last_opened_at'),
  },
  (t) => [
    uniqueIndex('why_links_token').on(t.tokenHash),
    index('why_links_user').on(t.userId, t.id),
    index('why_links_expires').on(t.expiresAt),
  ],
);

/** Every harvested version of a user's lines; the last ten are kept. */
export const harvestedLines = pgTable(
  'harvested_lines',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    tenantId: uuid('tenant_id').notNull(),
    at: at('at').notNull().defaultNow(),
    /** JSON of HarvestedContent (src/sync/outcome.ts): lines with passwords, settings, DID fields. Sealed as row `<user id>.<version>`. */
    contentSealed: text('content_sealed').notNull(),
    vendor: text('vendor').notNull(),
    format: text('format').notNull(),
    /** The line that was chosen. */
    line: integer('line').notNull(),
    /** Address without login and query. */
    sourceUrl: text('source_url').notNull(),
    tlsFingerprint: text('tls_fingerprint'),
    /** Names of what differs from the version before, such as `password`; never values. */
    changes: text('changes').array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.version] })],
);

export interface ActivityStep {
  readonly step: string;
  readonly ok: boolean;
  readonly ms?: number;
  readonly text: string;
}

/**
 * The feed. Partitioned by month (at). Streams read in the order (xid, id) and only below the oldest
 * running transaction, so that an entry that commits late is not skipped.
 */
export const activity = pgTable(
  'activity',
  {
    id: uuid('id').notNull(),
    at: at('at').notNull().defaultNow(),
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
    tenantId: uuid('tenant_id').notNull(),
    pbxId: uuid('pbx_id'),
    pbxName: text('pbx_name'),
    userId: uuid('user_id'),
    userName: text('user_name'),
    importId: uuid('import_id'),
    /** `system`, `admin-token`, ... */
    actor: text('actor').notNull(),
    /** What was done, such as `sync`, `pbx.update`, `login.stop`. */
    verb: text('verb').notNull(),
    outcome: text('outcome', { enum: ['ok', 'waiting', 'failed', 'info'] }).notNull(),
    /** The user's status after it, where it concerns one. */
    status: text('status'),
    code: text('code'),
    sentence: text('sentence').notNull(),
    nextAction: text('next_action'),
    steps: jsonb('steps').$type<readonly ActivityStep[]>().notNull().default([]),
    detail: jsonb('detail').$type<Readonly<Record<string, unknown>>>().notNull().default({}),
  },
  (t) => [
    primaryKey({ columns: [t.at, t.id] }),
    index('activity_stream').on(t.xid, t.id),
    index('activity_tenant').on(t.tenantId, t.at, t.id),
    index('activity_pbx').on(t.pbxId, t.at, t.id),
    index('activity_user').on(t.userId, t.at, t.id),
    /** What went wrong: the last of it, and how often. It holds all that is grouped, so that the entries are not read. */
    index('activity_trouble')
      .on(t.at, t.id, t.tenantId, t.pbxId, t.outcome, t.code, t.userId)
      .where(sql`${t.outcome} in ('failed', 'waiting')`),
  ],
);

export const imports = pgTable(
  'imports',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    version: integer('version').notNull().default(1),
    /** For rows that name none. */
    pbxId: uuid('pbx_id').references(() => pbxs.id, { onDelete: 'set null' }),
    /** The PBXs that its rows may name: those of whoever made it. Null: all of the tenant. */
    pbxIds: uuid('pbx_ids').array(),
    /** For rows that name none. */
    voiceRouteId: uuid('voice_route_id').references(() => voiceRoutes.id, { onDelete: 'set null' }),
    userType: text('user_type', { enum: USER_TYPES }).notNull().default('pbx'),
    /** What happens to a row whose user exists: an error, left alone, or the user takes the values of the row. */
    existing: text('existing', { enum: ['error', 'skip', 'update'] })
      .notNull()
      .default('error'),
    /** False: rows whose user does not exist are left alone (update only). */
    createMissing: boolean('create_missing').notNull().default(true),
    fileName: text('file_name'),
    encoding: text('encoding').notNull().default('utf-8'),
    delimiter: text('delimiter').notNull().default(','),
    /** `uploading`: the file is still coming, and nobody sees the import. */
    state: text('state', {
      enum: ['uploading', 'draft', 'checking', 'ready', 'submitting', 'done', 'cancelled', 'undone'],
    }).notNull(),
    header: text('header').array().notNull(),
    /** Canonical column per header cell; null: unknown, ignored. */
    columns: jsonb('columns').$type<readonly (string | null)[]>().notNull(),
    rowCount: integer('row_count').notNull(),
    /** Fingerprint of what its rows were judged with as they came. Null: they were not, or were mended since. */
    judgedWith: text('judged_with'),
    errorCount: integer('error_count').notNull().default(0),
    warningCount: integer('warning_count').notNull().default(0),
    /** Rows that the running check or submit is through with. */
    progressCount: integer('progress_count').notNull().default(0),
    /** What would be (checked) or was (done) made of the rows. */
    createdCount: integer('created_count').notNull().default(0),
    updatedCount: integer('updated_count').notNull().default(0),
    skippedCount: integer('skipped_count').notNull().default(0),
    undoneCount: integer('undone_count').notNull().default(0),
    /** Submit the good rows only (by 1,000), or all or nothing. */
    partial: boolean('partial').notNull().default(false),
    /** Fencing token: each job that begins to work on the import adds one; each of its writes asks for its own. */
    jobEpoch: integer('job_epoch').notNull().default(0),
    /** The job that is to run or runs; null: none. */
    job: text('job', { enum: ['check', 'submit', 'undo'] }),
    /** Who asked for it. */
    jobBy: text('job_by'),
    /** Why the last job ended without its end, for people. */
    failure: text('failure'),
    createdBy: text('created_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
    /** Who submitted it: the feed entry and changed users name them. */
    submittedBy: text('submitted_by'),
    submittedAt: at('submitted_at'),
    undoneAt: at('undone_at'),
  },
  (t) => [
    index('imports_job').on(t.job).where(sql`${t.job} is not null`),
    index('imports_tenant').on(t.tenantId, t.id),
  ],
);

export interface RowProblem {
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** One field that an update changes; the values of secrets are left out. */
export interface FieldChange {
  readonly field: string;
  readonly before?: string | null;
  readonly after?: string | null;
  readonly secret?: true;
}

export const importRows = pgTable(
  'import_rows',
  {
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** From 1; the header is not counted. */
    number: integer('number').notNull(),
    /** Line of the file where the row ends, from 1. */
    line: integer('line'),
    /** Some cell was mended since the upload. */
    edited: boolean('edited').notNull().default(false),
    /**
     * JSON array of the raw cells. Sealed as row `<import id>.<number>`. Null: `shown` and the secrets below say all that
     * is in the row.
     */
    rawSealed: text('raw_sealed'),
    /** The id of the user that this row is to make. */
    newUserId: uuid('new_user_id'),
    /** Secrets of the row, byte for byte. Sealed to the places that they have with that user: table users, row new_user_id. */
    provPasswordSealed: text('prov_password_sealed'),
    sipPasswordSealed: text('sip_password_sealed'),
    portalLoginPasswordSealed: text('portal_login_password_sealed'),
    /** Canonical columns that are no secret, blanks at their ends cut. */
    shown: jsonb('shown').$type<Readonly<Record<string, string>>>().notNull(),
    errors: jsonb('errors').$type<readonly RowProblem[]>().notNull().default([]),
    warnings: jsonb('warnings').$type<readonly RowProblem[]>().notNull().default([]),
    /**
     * The user to be created, by the names of its columns, as it was judged with imports.judgedWith; without secrets.
     * Stands above `shown`: what that says alike below the same name is left out.
     */
    draft: jsonb('draft').$type<Readonly<Record<string, unknown>>>(),
    /** What the last check found is to be done; null: not checked, or errors. */
    action: text('action', { enum: ['create', 'update', 'skip'] }),
    /** What an update changes. */
    changes: jsonb('changes').$type<readonly FieldChange[]>().notNull().default([]),
    /** What was done. `kept`: an undo left the user alone, outcomeReason says why. */
    outcome: text('outcome', { enum: ['created', 'updated', 'skipped', 'failed', 'undone', 'kept'] }),
    outcomeReason: text('outcome_reason'),
    /** The user that exists (action update or skip) or was made. */
    userId: uuid('user_id'),
    /** users.version after our write: an undo leaves a user alone that was touched since. */
    userVersion: integer('user_version'),
    /** JSON of the user's columns before an update. Sealed as row `<import id>.<number>`. */
    beforeSealed: text('before_sealed'),
  },
  (t) => [
    primaryKey({ columns: [t.importId, t.number] }),
    index('import_rows_user').on(t.userId).where(sql`${t.userId} is not null`),
  ],
);

export interface FileFailure {
  readonly userId: string;
  readonly mac: string;
  readonly code: string;
  readonly message: string;
}

/** Zips of configuration files that were handed over, one run through the users of a PBX each. */
export const fileRuns = pgTable(
  'file_runs',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    pbxId: uuid('pbx_id')
      .notNull()
      .references(() => pbxs.id, { onDelete: 'cascade' }),
    fileName: text('file_name').notNull(),
    /** Bytes of the zip, whose parts are kept until the run ends. */
    size: integer('size').notNull(),
    /** `uploading`: parts are still coming, and nobody sees the run. */
    state: text('state', { enum: ['uploading', 'waiting', 'running', 'done', 'cancelled', 'failed'] }).notNull(),
    /** Fencing token, as of imports. */
    epoch: integer('epoch').notNull().default(0),
    /** Users with a file; null: nobody has looked yet. */
    users: integer('users'),
    provisioned: integer('provisioned').notNull().default(0),
    unchanged: integer('unchanged').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    /** Others kept changing them. */
    passedOver: integer('passed_over').notNull().default(0),
    off: integer('off').notNull().default(0),
    unknownCount: integer('unknown_count').notNull().default(0),
    /** The first ones, as of failures. */
    unknownMacs: text('unknown_macs').array().notNull().default([]),
    failures: jsonb('failures').$type<readonly FileFailure[]>().notNull().default([]),
    /** The last user that it is through with, in the order of ids: who goes on begins behind. */
    doneUpTo: uuid('done_up_to'),
    /** Why it ended without its end, for people. */
    failure: text('failure'),
    createdBy: text('created_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
  },
  (t) => [
    index('file_runs_open').on(t.pbxId).where(sql`${t.state} in ('waiting', 'running')`),
    index('file_runs_pbx').on(t.pbxId, t.id),
  ],
);

export const fileRunParts = pgTable(
  'file_run_parts',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => fileRuns.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** Base64 of bytes of the zip. Sealed as row `<run id>.<number>`. */
    contentSealed: text('content_sealed').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.number] })],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    account: text('account').notNull(),
    key: text('key').notNull(),
    route: text('route').notNull(),
    requestHash: text('request_hash').notNull(),
    status: integer('status'),
    /** Sealed as row `<account>.<key>.<route>`: an answer may hold what only its asker may see. */
    bodySealed: text('body_sealed'),
    headers: jsonb('headers').$type<Readonly<Record<string, string>>>(),
    lockedUntil: at('locked_until').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.account, t.key, t.route] }), index('idempotency_keys_created').on(t.createdAt)],
);

/** Who did what to what: appended in the transaction of the change, never changed (a trigger refuses). No foreign keys: it outlives all. */
export const audit = pgTable(
  'audit',
  {
    id: uuid('id').primaryKey(),
    at: at('at').notNull().defaultNow(),
    /** Orders the live stream, as in activity. 0: was there before there was one. */
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
    /** Whose object it is; null: of the installation. */
    tenantId: uuid('tenant_id'),
    /** `member:<id>`, `key:<id>`, `cli`, `system`, `public` (nobody signed in). */
    actor: text('actor').notNull(),
    actorName: text('actor_name').notNull(),
    /** A person for whom a key or a program acted. */
    onBehalfOf: text('on_behalf_of'),
    /** As the API names it: `pbx.change`, `user.reveal`. */
    action: text('action').notNull(),
    objectType: text('object_type').notNull(),
    objectId: text('object_id'),
    objectName: text('object_name'),
    /** What differs, before and after; secrets as keyed hashes `hmac:<key id>.<hex>`. */
    before: jsonb('before').$type<AuditValues>(),
    after: jsonb('after').$type<AuditValues>(),
    requestId: text('request_id'),
    ip: text('ip'),
  },
  (t) => [
    index('audit_at').on(t.at, t.id),
    index('audit_stream').on(t.xid, t.id),
    index('audit_tenant').on(t.tenantId, t.at, t.id),
    index('audit_object').on(t.objectType, t.objectId, t.at),
    index('audit_actor').on(t.actor, t.action, t.at),
  ],
);

export type AuditValues = Readonly<Record<string, unknown>>;

/** The seal of a closed day (UTC) of the audit: a hash over its rows and the day before. */
export const auditDays = pgTable('audit_days', {
  day: date('day', { mode: 'string' }).primaryKey(),
  rowCount: integer('row_count').notNull(),
  /** `<id> <sha-256>` per row, a line each, in the order of ids: it names the row that was altered or deleted. */
  manifest: text('manifest').notNull(),
  /** SHA-256 (hex) over the hash of the day before, the day and the manifest. */
  hash: text('hash').notNull(),
  /** The same hash, sealed as row `<day>`: nobody without the key can write another one. */
  hashSealed: text('hash_sealed').notNull(),
  sealedAt: at('sealed_at').notNull().defaultNow(),
});

/** A change of the key that seals. One at a time is open; killed, it goes on where it was. */
export const keyRotations = pgTable(
  'key_rotations',
  {
    id: uuid('id').primaryKey(),
    oldKeyId: text('old_key_id').notNull(),
    newKeyId: text('new_key_id').notNull(),
    /** announced: processes learn the new key. sealing: they seal with it, and what is sealed is sealed anew. done: the old one is retired. */
    phase: text('phase', { enum: ['announced', 'sealing', 'done'] })
      .notNull()
      .default('announced'),
    startedAt: at('started_at').notNull().defaultNow(),
    sealingAt: at('sealing_at'),
    doneAt: at('done_at'),
  },
  (t) => [uniqueIndex('key_rotations_open').on(sql`(1)`).where(sql`${t.phase} <> 'done'`)],
);

/** Every running process that holds keys: a rotation waits for them, and hands them the new key. */
export const keyHolders = pgTable('key_holders', {
  id: uuid('id').primaryKey(),
  /** Program, host and process id, for people. */
  name: text('name').notNull(),
  /** X25519, base64 of its DER: only this process can open what is handed over to it. */
  publicKey: text('public_key').notNull(),
  /** HMAC over id and public key: nobody without the key is handed the new one. */
  proof: text('proof').notNull(),
  keyIds: text('key_ids').array().notNull(),
  sealsWith: text('seals_with').notNull(),
  /** The new key, encrypted to publicKey. */
  handedOver: text('handed_over'),
  /** False: it could not write the new key to its own key file. */
  kept: boolean('kept').notNull().default(true),
  seenAt: at('seen_at').notNull().defaultNow(),
});

/** Where events of a tenant, and of those below it, are sent. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    version: integer('version').notNull().default(1),
    description: text('description'),
    url: text('url').notNull(),
    events: text('events').array().notNull(),
    enabled: boolean('enabled').notNull().default(true),
    secretSealed: text('secret_sealed').notNull(),
    /** Tries in a row that failed since the last one that did not, and since when. */
    failuresInARow: integer('failures_in_a_row').notNull().default(0),
    failingSince: at('failing_since'),
    /** No delivery is tried before this time. */
    pausedUntil: at('paused_until'),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [index('webhooks_tenant').on(t.tenantId, t.id)],
);

/** What is to be sent, or was: written in the transaction of what it tells (store/activity.ts). */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    /** Of the event, which is the feed entry's: whoever gets it twice knows it by this. */
    id: uuid('id').notNull(),
    /** Of the newest change, which a trigger writes: orders the live stream, as in activity. 0: before there was one. */
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
    event: text('event').notNull(),
    /** The body, byte for byte as it is signed and sent. */
    payload: text('payload').notNull(),
    /** `dead`: given up after three days; sent again on request. */
    state: text('state', { enum: ['pending', 'delivered', 'dead'] })
      .notNull()
      .default('pending'),
    attempt: integer('attempt').notNull().default(0),
    /** When it is tried next. One that is being tried: when another worker may take it for abandoned. */
    dueAt: at('due_at').notNull().defaultNow(),
    createdAt: at('created_at').notNull().defaultNow(),
    /** From here the three days count: resending begins them anew. */
    startedAt: at('started_at').notNull().defaultNow(),
    lastAttemptAt: at('last_attempt_at'),
    endedAt: at('ended_at'),
    /** Of the last try: status, milliseconds, why it failed, and the beginning of the answer (1 KB). */
    responseStatus: integer('response_status'),
    responseMs: integer('response_ms'),
    error: text('error'),
    answer: text('answer'),
  },
  (t) => [
    primaryKey({ columns: [t.webhookId, t.id] }),
    index('webhook_deliveries_stream').on(t.webhookId, t.xid, t.id),
    index('webhook_deliveries_due').on(t.webhookId, t.dueAt).where(sql`${t.state} = 'pending'`),
    index('webhook_deliveries_ended').on(t.endedAt).where(sql`${t.endedAt} is not null`),
  ],
);

/** E-mails that are to be sent to the admins of a PBX: one per incident, written in the transaction of what it tells. */
export const mailNotices = pgTable(
  'mail_notices',
  {
    /** Of the feed entry. */
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id').notNull(),
    pbxId: uuid('pbx_id'),
    importId: uuid('import_id'),
    event: text('event').notNull(),
    pbxName: text('pbx_name'),
    sentence: text('sentence').notNull(),
    nextAction: text('next_action'),
    attempt: integer('attempt').notNull().default(0),
    dueAt: at('due_at').notNull().defaultNow(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index('mail_notices_due').on(t.dueAt)],
);
