// Providers of single sign-on, the mail domains that tenants own, and who is who at a provider.
import { randomBytes } from 'node:crypto';
import { and, asc, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Secret } from '../../fetchers/secret.ts';
import { joinMember } from './credentials.ts';
import type { Db, Tx } from './database.ts';
import type { KeyRing, Place } from './key-ring.ts';
import { type Reach, reachesTenant } from './reach.ts';
import { memberIdentities, memberRoles, members, ssoProviders, tenantDomains, tenants } from './schema.ts';

export type SsoProvider = typeof ssoProviders.$inferSelect;
export type TenantDomain = typeof tenantDomains.$inferSelect;

function secretPlace(tenantId: string, id: string): Place {
  return { tenant: tenantId, table: 'sso_providers', row: id, column: 'client_secret' };
}

export function clientSecretOf(ring: KeyRing, { id, tenantId, clientSecretSealed }: SsoProvider): Secret | null {
  return clientSecretSealed === null ? null : ring.unseal(clientSecretSealed, secretPlace(tenantId, id));
}

export interface ProviderSettings {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly newMemberRole: SsoProvider['newMemberRole'];
  readonly enabled: boolean;
}

/** @param secret undefined: as it is @returns null when the tenant has one of this name */
export async function createProvider(
  tx: Tx,
  ring: KeyRing,
  tenantId: string,
  settings: ProviderSettings,
  secret: string | null,
): Promise<SsoProvider | null> {
  const id = uuidv7();
  const clientSecretSealed = secret === null ? null : ring.seal(secret, secretPlace(tenantId, id));
  const [row] = await tx
    .insert(ssoProviders)
    .values({ id, tenantId, ...settings, clientSecretSealed })
    .onConflictDoNothing()
    .returning();
  return row ?? null;
}

export async function listProviders(db: Db | Tx, reach: Reach): Promise<SsoProvider[]> {
  return db
    .select()
    .from(ssoProviders)
    .where(reachesTenant(reach, ssoProviders.tenantId))
    .orderBy(asc(sql`lower(${ssoProviders.name})`), asc(ssoProviders.id));
}

export async function readProvider(db: Db | Tx, reach: Reach, id: string, lock = false): Promise<SsoProvider | null> {
  const query = db
    .select()
    .from(ssoProviders)
    .where(and(eq(ssoProviders.id, id), reachesTenant(reach, ssoProviders.tenantId)));
  const [row] = await (lock ? query.for('update') : query);
  return row ?? null;
}

/** @param provider locked @param secret undefined: as it is */
export async function updateProvider(
  tx: Tx,
  ring: KeyRing,
  provider: SsoProvider,
  settings: ProviderSettings,
  secret: string | null | undefined,
): Promise<SsoProvider | null> {
  const { id, tenantId } = provider;
  const taken = await tx
    .select({ id: ssoProviders.id })
    .from(ssoProviders)
    .where(
      and(
        eq(ssoProviders.tenantId, tenantId),
        sql`lower(${ssoProviders.name}) = lower(${settings.name}) and ${ssoProviders.id} <> ${id}`,
      ),
    );
  if (taken.length > 0) return null;
  // Another issuer knows other people by the same names.
  if (settings.issuer !== provider.issuer) await tx.delete(memberIdentities).where(eq(memberIdentities.providerId, id));
  const sealed = typeof secret === 'string' ? ring.seal(secret, secretPlace(tenantId, id)) : secret;
  const [row] = await tx
    .update(ssoProviders)
    .set({
      ...settings,
      ...(sealed !== undefined && { clientSecretSealed: sealed }),
      version: sql`${ssoProviders.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(eq(ssoProviders.id, id))
    .returning();
  return row ?? null;
}

export async function deleteProvider(tx: Tx, id: string): Promise<void> {
  await tx.delete(ssoProviders).where(eq(ssoProviders.id, id));
}

/** For somebody who has not signed in: any provider that is on. */
export async function findEnabledProvider(db: Db, id: string): Promise<SsoProvider | null> {
  const [row] = await db
    .select()
    .from(ssoProviders)
    .where(and(eq(ssoProviders.id, id), ssoProviders.enabled));
  return row ?? null;
}

/** The operator's, and those at or above the tenant that owns the domain. */
export async function providersFor(
  db: Db,
  operatorTenantId: string,
  domain: string | undefined,
): Promise<{ id: string; name: string }[]> {
  const owner =
    domain === undefined
      ? sql`false`
      : sql`exists (select from ${tenantDomains} join ${tenants} on ${tenants.id} = ${tenantDomains.tenantId}
          where ${tenantDomains.domain} = ${domain} and ${tenantDomains.verifiedAt} is not null
            and ${ssoProviders.tenantId} = any(${tenants.path}))`;
  return db
    .select({ id: ssoProviders.id, name: ssoProviders.name })
    .from(ssoProviders)
    .where(and(ssoProviders.enabled, sql`(${ssoProviders.tenantId} = ${operatorTenantId} or ${owner})`))
    .orderBy(asc(sql`lower(${ssoProviders.name})`));
}

/** @returns null when the tenant has it already */
export async function addDomain(tx: Tx, tenantId: string, domain: string): Promise<TenantDomain | null> {
  const challenge = randomBytes(20).toString('hex');
  const [row] = await tx
    .insert(tenantDomains)
    .values({ id: uuidv7(), tenantId, domain, challenge })
    .onConflictDoNothing()
    .returning();
  return row ?? null;
}

export async function listDomains(db: Db | Tx, reach: Reach): Promise<TenantDomain[]> {
  return db
    .select()
    .from(tenantDomains)
    .where(reachesTenant(reach, tenantDomains.tenantId))
    .orderBy(asc(tenantDomains.domain), asc(tenantDomains.id));
}

export async function readDomain(db: Db | Tx, reach: Reach, id: string): Promise<TenantDomain | null> {
  const [row] = await db
    .select()
    .from(tenantDomains)
    .where(and(eq(tenantDomains.id, id), reachesTenant(reach, tenantDomains.tenantId)));
  return row ?? null;
}

/** Whoever shows the record owns the domain: an earlier owner, whose record is gone, has it no more. */
export async function verifyDomain(tx: Tx, { id, domain }: TenantDomain): Promise<TenantDomain | null> {
  await tx
    .update(tenantDomains)
    .set({ verifiedAt: null })
    .where(and(eq(tenantDomains.domain, domain), isNotNull(tenantDomains.verifiedAt)));
  const [row] = await tx
    .update(tenantDomains)
    .set({ verifiedAt: sql`now()` })
    .where(eq(tenantDomains.id, id))
    .returning();
  return row ?? null;
}

export async function deleteDomain(tx: Tx, id: string): Promise<void> {
  await tx.delete(tenantDomains).where(eq(tenantDomains.id, id));
}

/** Who signs in as what; or why nobody does. */
export type Admission =
  | { readonly kind: 'member'; readonly memberId: string; readonly how: 'known' | 'linked' | 'made' }
  | {
      readonly kind: 'refused';
      readonly code: 'sso-unverified' | 'sso-domain' | 'sso-other-tenant' | 'sso-not-invited';
    };

/**
 * Finds or makes the member. An address counts only when the provider verified it, and only within the tenant that owns
 * its domain: otherwise a provider that anybody set up could name anybody.
 */
export async function admit(
  tx: Tx,
  provider: SsoProvider,
  person: { readonly subject: string; readonly verifiedEmail: string | null; readonly name: string | null },
): Promise<Admission> {
  const [known] = await tx
    .select({ memberId: memberIdentities.memberId })
    .from(memberIdentities)
    .where(and(eq(memberIdentities.providerId, provider.id), eq(memberIdentities.subject, person.subject)));
  if (known) return { kind: 'member', memberId: known.memberId, how: 'known' };

  const { verifiedEmail: email } = person;
  if (email === null) return { kind: 'refused', code: 'sso-unverified' };
  const owner = await tenantOf(tx, provider, email.slice(email.lastIndexOf('@') + 1));
  if (owner === null) return { kind: 'refused', code: 'sso-domain' };
  const [member] = await tx
    .select({ id: members.id, tenantId: members.tenantId })
    .from(members)
    .where(eq(sql`lower(${members.email})`, email));
  if (member) {
    if (member.tenantId !== owner) return { kind: 'refused', code: 'sso-other-tenant' };
    await joinMember(tx, member.id, null);
    await link(tx, provider.id, person.subject, member.id);
    return { kind: 'member', memberId: member.id, how: 'linked' };
  }
  if (provider.newMemberRole === null) return { kind: 'refused', code: 'sso-not-invited' };
  const memberId = uuidv7();
  const name = person.name ?? email.slice(0, email.lastIndexOf('@'));
  await tx.insert(members).values({ id: memberId, tenantId: owner, email, name, joinedAt: sql`now()` });
  await tx.insert(memberRoles).values({ memberId, tenantId: owner, role: provider.newMemberRole });
  await link(tx, provider.id, person.subject, memberId);
  return { kind: 'member', memberId, how: 'made' };
}

async function link(tx: Tx, providerId: string, subject: string, memberId: string): Promise<void> {
  await tx.insert(memberIdentities).values({ providerId, subject, memberId });
}

/** The tenant that owns the domain, if the provider stands at or above it. */
async function tenantOf(tx: Tx, provider: SsoProvider, domain: string): Promise<string | null> {
  const above: SQL = sql`${provider.tenantId}::uuid = any(${tenants.path})`;
  const [row] = await tx
    .select({ id: tenants.id })
    .from(tenantDomains)
    .innerJoin(tenants, eq(tenants.id, tenantDomains.tenantId))
    .where(and(eq(tenantDomains.domain, domain), isNotNull(tenantDomains.verifiedAt), above));
  return row?.id ?? null;
}
