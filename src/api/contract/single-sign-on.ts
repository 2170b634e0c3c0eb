// Single sign-on: its two steps, the providers of a tenant, and the mail domains that a tenant shows to be its own.
import { z } from 'zod';
import { id, idParams, operation, time, version } from './operation.ts';

const settings = z.strictObject({
  name: z.string().trim().min(1).max(100).meta({ description: 'As the sign-in page shows it.' }),
  issuer: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .meta({ example: 'https://login.example.com' }),
  clientId: z.string().trim().min(1).max(300),
  clientSecret: z
    .string()
    .min(1)
    .max(1000)
    .nullable()
    .default(null)
    .meta({ writeOnly: true, description: 'Null: a public client, which PKCE alone protects.' }),
  newMemberRole: z
    .enum(['pbxAdmin', 'support', 'viewer'])
    .nullable()
    .default(null)
    .meta({ description: 'What people become who come for the first time. Null: only who was invited gets in.' }),
  enabled: z.boolean().default(true),
});

const provider = z
  .object({
    id,
    version,
    tenantId: id,
    name: z.string(),
    issuer: z.string(),
    clientId: z.string(),
    hasClientSecret: z.boolean(),
    newMemberRole: z.string().nullable(),
    enabled: z.boolean(),
    redirectUri: z.string().meta({ description: 'To be entered at the provider.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'SsoProvider' });

export type ProviderView = z.input<typeof provider>;

const domain = z
  .object({
    id,
    tenantId: id,
    domain: z.string(),
    verifiedAt: time.nullable(),
    recordName: z.string().meta({ description: 'Where the TXT record is to stand.' }),
    recordText: z.string().meta({ description: 'What it is to hold.' }),
    createdAt: time,
  })
  .meta({ id: 'TenantDomain' });

export type DomainView = z.input<typeof domain>;

const tag = 'single sign-on';
const changes = settings.extend({
  clientSecret: settings.shape.clientSecret.unwrap(),
  newMemberRole: settings.shape.newMemberRole.unwrap(),
  enabled: z.boolean(),
});

export const singleSignOnContract = {
  startSingleSignOn: operation({
    method: 'get',
    path: '/sign-in/sso/{id}',
    tag: 'sign-in',
    summary: 'Go to a provider to sign in; for browsers',
    public: true,
    params: idParams,
    query: z.strictObject({ next: z.string().max(2000).optional() }),
    status: 302,
  }),
  finishSingleSignOn: operation({
    method: 'get',
    path: '/sign-in/callback',
    tag: 'sign-in',
    summary: 'Come back from a provider; for browsers',
    description: 'Goes to `next`, or to `/sign-in?problem=<code>`. Takes whatever a provider adds (RFC 6749, 4.1.2).',
    public: true,
    query: z.looseObject({ state: z.string().max(2000).optional() }),
    status: 302,
  }),
  listSsoProviders: operation({
    method: 'get',
    path: '/sso-providers',
    action: 'settings.read',
    tag,
    summary: 'List the providers that the caller may see',
    status: 200,
    response: z.object({ items: z.array(provider) }),
  }),
  createSsoProvider: operation({
    method: 'post',
    path: '/sso-providers',
    action: 'settings.change',
    tag,
    summary: 'Add a provider (OpenID Connect)',
    body: settings
      .extend({ tenantId: id.optional().meta({ description: "Absent: the caller's own." }) })
      .meta({ id: 'NewSsoProvider' }),
    status: 201,
    response: provider,
  }),
  getSsoProvider: operation({
    method: 'get',
    path: '/sso-providers/{id}',
    action: 'settings.read',
    tag,
    summary: 'Read a provider',
    params: idParams,
    status: 200,
    response: provider,
  }),
  updateSsoProvider: operation({
    method: 'patch',
    path: '/sso-providers/{id}',
    action: 'settings.change',
    tag,
    summary: 'Change a provider',
    description: 'With another issuer nobody is known there any more: each is found again by the verified address.',
    params: idParams,
    body: changes.partial().meta({ id: 'SsoProviderChanges' }),
    status: 200,
    response: provider,
  }),
  deleteSsoProvider: operation({
    method: 'delete',
    path: '/sso-providers/{id}',
    action: 'settings.change',
    tag,
    summary: 'Delete a provider',
    description: 'Its people stay members; without a password they need a new way in.',
    params: idParams,
    status: 204,
  }),
  listDomains: operation({
    method: 'get',
    path: '/domains',
    action: 'settings.read',
    tag,
    summary: 'List the mail domains of the tenants that the caller may see',
    status: 200,
    response: z.object({ items: z.array(domain) }),
  }),
  addDomain: operation({
    method: 'post',
    path: '/domains',
    action: 'settings.change',
    tag,
    summary: 'Name a mail domain of a tenant; it counts when it is verified',
    body: z.strictObject({
      tenantId: id.optional().meta({ description: "Absent: the caller's own." }),
      domain: z
        .string()
        .trim()
        .toLowerCase()
        .max(253)
        .regex(
          /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
          'must be a domain such as example.com',
        )
        .meta({ example: 'example.com' }),
    }),
    status: 201,
    response: domain,
  }),
  verifyDomain: operation({
    method: 'post',
    path: '/domains/{id}/verify',
    action: 'settings.change',
    tag,
    summary: 'Look for the TXT record; from then on the domain is of this tenant',
    params: idParams,
    status: 200,
    response: domain,
  }),
  deleteDomain: operation({
    method: 'delete',
    path: '/domains/{id}',
    action: 'settings.change',
    tag,
    summary: 'Give a mail domain up',
    params: idParams,
    ifMatch: false,
    status: 204,
  }),
};
