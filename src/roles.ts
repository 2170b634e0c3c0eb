// The words of who may do what: roles, scopes of API keys, actions. What a role or a scope allows is in api/access.ts.

/** Of members. Owner: of the whole installation, at the operator's tenant only. */
export const ROLES = ['owner', 'resellerAdmin', 'pbxAdmin', 'support', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Of API keys: a key does what its scopes name and no more. `admin`: tenants, members, keys, webhooks, settings. */
export const SCOPES = [
  'pbxs:read',
  'pbxs:write',
  'users:read',
  'users:write',
  'users:sync',
  'imports:write',
  'activity:read',
  'credentials:read',
  'audit:read',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** All that an operation of the API can ask for: a closed list. */
export const ACTIONS = [
  'pbx.read',
  'pbx.create',
  'pbx.change',
  'pbx.delete',
  'pbx.test',
  'pbx.sync',
  'user.read',
  'user.create',
  'user.change',
  'user.delete',
  'user.sync',
  /** A password shown to a person. */
  'user.reveal',
  /** Passwords for the customer's own machines: API keys only. */
  'user.credentials',
  'voiceRoute.read',
  'voiceRoute.change',
  'import.read',
  'import.change',
  'mac.make',
  'activity.read',
  'tenant.read',
  'tenant.create',
  'tenant.change',
  'tenant.delete',
  'member.read',
  'member.create',
  'member.change',
  'member.delete',
  'apiKey.read',
  'apiKey.create',
  'apiKey.revoke',
  'webhook.read',
  'webhook.change',
  /** Single sign-on, verified domains and the like of a tenant. */
  'settings.read',
  'settings.change',
  'audit.read',
  /** What concerns the whole installation: legacy TLS, outbound policy. The operator's owners only. */
  'installation.change',
  /** One's own account: sessions, password, second factor. Members only. */
  'self',
] as const;
export type Action = (typeof ACTIONS)[number];

/** A role at a tenant: for everything that hangs on it and below. */
export interface Grant {
  readonly tenantId: string;
  readonly role: Role;
  /** Null: all PBXs below the tenant. */
  readonly pbxIds: readonly string[] | null;
}
