// Handlers of single sign-on. A browser goes through the first two: what goes wrong there is said by the sign-in page.
import type { Request } from 'express';
import { createSignOn, type Issuer, type SignOn } from '../../sign-in/single-sign-on.ts';
import { type Account, readAccount } from '../../store/credentials.ts';
import type { Tx } from '../../store/database.ts';
import {
  addDomain,
  admit,
  clientSecretOf,
  createProvider,
  deleteDomain,
  deleteProvider,
  findEnabledProvider,
  listDomains,
  listProviders,
  readDomain,
  readProvider,
  type SsoProvider,
  type TenantDomain,
  updateProvider,
  verifyDomain,
} from '../../store/sso.ts';
import { createThrottles } from '../../store/throttles.ts';
import { type Access, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { DomainView, ProviderView, singleSignOnContract } from '../contract/single-sign-on.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { countAddress } from '../passwords.ts';
import { conflict, invalid, notFound } from '../problem.ts';
import { awaitProvider, takeErrand } from '../session.ts';
import { ownPath, publicAddress } from '../way-in.ts';
import type { PbxDeps } from './pbxs.ts';
import { bySignIn, enter } from './sign-in.ts';

export interface SsoDeps extends FrameDeps, Pick<PbxDeps, 'guard'> {
  /** TXT records of a name, each in its parts; throws when there are none. */
  readonly resolveTxt: (name: string) => Promise<string[][]>;
}

const CALLBACK = `${API_ROOT}/sign-in/callback`;

export function singleSignOnRoutes(deps: SsoDeps): Handlers<typeof singleSignOnContract> {
  const { database, ring, publicUrl } = deps;
  /** Sign-ins are rare: connections are not kept. */
  async function ask<T>(work: (signOn: SignOn) => Promise<T>): Promise<T> {
    const signOn = createSignOn({ guard: deps.guard });
    try {
      return await work(signOn);
    } finally {
      signOn.close();
    }
  }
  const throttles = createThrottles(database);
  const redirectUri = (request: Request) => `${publicAddress(request, publicUrl)}${CALLBACK}`;
  const issuerOf = (provider: SsoProvider): Issuer => ({ ...provider, clientSecret: clientSecretOf(ring, provider) });
  const goTo = (location: string) => ({ headers: { Location: location, 'Cache-Control': 'no-store' } });
  const giveUp = (code: string) => goTo(`/sign-in?problem=${code}`);

  const viewOf = (provider: SsoProvider, request: Request): ProviderView => {
    const { id, version, tenantId, name, issuer, clientId, newMemberRole, enabled } = provider;
    return {
      id,
      version,
      tenantId,
      name,
      issuer,
      clientId,
      hasClientSecret: provider.clientSecretSealed !== null,
      newMemberRole,
      enabled,
      redirectUri: redirectUri(request),
      createdAt: provider.createdAt.toISOString(),
      updatedAt: provider.updatedAt.toISOString(),
    };
  };
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This provider', (reach) => readProvider(database.db, reach, id));
  const missingDomain = (access: Access, id: string) =>
    whyMissing(access, 'This domain', (reach) => readDomain(database.db, reach, id));

  /** As for a PBX: said when it is typed, and asked again at each connection. */
  function checkIssuer(issuer: string): void {
    const url = new URL(issuer);
    const refused = deps.guard.checkUrl(url);
    if (refused !== null) throw invalid([{ pointer: '#/body/issuer', code: refused.code, detail: refused.message }]);
    if (url.protocol !== 'https:' && deps.guard.mode !== 'local') {
      throw invalid([{ pointer: '#/body/issuer', code: 'PLAIN_HTTP_REFUSED', detail: 'must begin with https://' }]);
    }
  }

  async function domainIn(tx: Tx, access: Access, id: string): Promise<TenantDomain> {
    const found = await readDomain(tx, access.reach, id);
    if (found === null) throw await missingDomain(access, id);
    return found;
  }

  return {
    async startSingleSignOn({ params, query, request, log }) {
      // Each asks the provider: nobody makes us knock there all the time.
      await countAddress(throttles, request);
      const provider = await findEnabledProvider(database.db, params.id);
      if (provider === null) throw notFound('This provider');
      const begun = await ask((signOn) => signOn.begin(issuerOf(provider), redirectUri(request)));
      if (!begun.ok) {
        log.warn({ provider: provider.id, reason: begun.reason }, 'a provider of single sign-on does not answer');
        return giveUp('sso-unreachable');
      }
      const { state, nonce, verifier, url } = begun;
      await awaitProvider(request, { providerId: provider.id, state, nonce, verifier, next: ownPath(query.next) });
      return goTo(url);
    },

    async finishSingleSignOn({ request, log, audit, transact }) {
      const errand = await takeErrand(request);
      if (errand === null) return giveUp('sso-expired');
      const provider = await findEnabledProvider(database.db, errand.providerId);
      if (provider === null) return giveUp('sso-expired');
      const cameTo = new URL(request.originalUrl, publicAddress(request, publicUrl));
      const finished = await ask((signOn) => signOn.finish(issuerOf(provider), cameTo, errand));
      if (!finished.ok) {
        log.warn({ provider: provider.id, reason: finished.reason }, 'a sign-in by a provider failed');
        return giveUp('sso-failed');
      }
      let account: Account | null = null;
      const answer = await transact(async (tx) => {
        const admission = await admit(tx, provider, finished.person);
        if (admission.kind === 'refused') return giveUp(admission.code);
        account = await readAccount(tx, admission.memberId);
        if (!account?.isActive) {
          account = null;
          return giveUp('sso-failed');
        }
        const after = { provider: provider.name, how: admission.how };
        await audit.write(tx, { ...bySignIn('session.begin', account), after });
        return goTo(errand.next);
      });
      if (account === null) return answer;
      const status = await enter(request, account, false);
      return status === 'signedIn'
        ? answer
        : goTo(`/sign-in?step=second-factor&next=${encodeURIComponent(errand.next)}`);
    },

    async listSsoProviders({ access, request }) {
      const found = await listProviders(database.db, access.reach);
      return { body: { items: found.map((provider) => viewOf(provider, request)) } };
    },

    async createSsoProvider({ body, access, request, audit, transact }) {
      const { tenantId: wanted, clientSecret, ...settings } = body;
      checkIssuer(settings.issuer);
      return transact(async (tx) => {
        const tenant = await chooseTenant(tx, access, wanted, { lock: true });
        const made = await createProvider(tx, ring, tenant.id, settings, clientSecret);
        if (made === null) throw nameTaken(settings.name);
        audit.note({ action: 'ssoProvider.create', tenantId: tenant.id });
        const Location = `${API_ROOT}/sso-providers/${made.id}`;
        return { body: viewOf(made, request), etag: etagOf(made), headers: { Location } };
      });
    },

    async getSsoProvider({ params, access, request }) {
      const provider = await readProvider(database.db, access.reach, params.id);
      if (provider === null) throw await missing(access, params.id);
      return { body: viewOf(provider, request), etag: etagOf(provider) };
    },

    async updateSsoProvider({ params, body, ifMatch, access, request, audit, transact }) {
      if (body.issuer !== undefined) checkIssuer(body.issuer);
      return transact(async (tx) => {
        const provider = await readProvider(tx, access.reach, params.id, true);
        if (provider === null) throw await missing(access, params.id);
        const before = viewOf(provider, request);
        requireMatch(ifMatch, provider, before);
        const { name = provider.name, issuer = provider.issuer, clientId = provider.clientId } = body;
        const { newMemberRole = provider.newMemberRole, enabled = provider.enabled } = body;
        const settings = { name, issuer, clientId, newMemberRole, enabled };
        const changed = await updateProvider(tx, ring, provider, settings, body.clientSecret);
        if (changed === null) throw nameTaken(name);
        audit.note({ action: 'ssoProvider.change', tenantId: provider.tenantId, before });
        return { body: viewOf(changed, request), etag: etagOf(changed) };
      });
    },

    async deleteSsoProvider({ params, ifMatch, access, request, audit, transact }) {
      return transact(async (tx) => {
        const provider = await readProvider(tx, access.reach, params.id, true);
        if (provider === null) throw await missing(access, params.id);
        const before = viewOf(provider, request);
        requireMatch(ifMatch, provider, before);
        audit.note({ action: 'ssoProvider.delete', tenantId: provider.tenantId, before });
        await deleteProvider(tx, provider.id);
        return {};
      });
    },

    async listDomains({ access }) {
      return { body: { items: (await listDomains(database.db, access.reach)).map(domainView) } };
    },

    async addDomain({ body, access, audit, transact }) {
      return transact(async (tx) => {
        const tenant = await chooseTenant(tx, access, body.tenantId, { lock: true });
        const added = await addDomain(tx, tenant.id, body.domain);
        if (added === null) throw conflict('domain-taken', `This tenant has ${body.domain} already.`);
        audit.note({ action: 'domain.create', tenantId: tenant.id, object: { name: body.domain } });
        return { body: domainView(added) };
      });
    },

    async verifyDomain({ params, access, audit, transact }) {
      const found = await readDomain(database.db, access.reach, params.id);
      if (found === null) throw await missingDomain(access, params.id);
      const { recordName, recordText } = domainView(found);
      const records = await deps.resolveTxt(recordName).catch(() => []);
      if (!records.some((parts) => parts.join('') === recordText)) {
        throw conflict(
          'domain-unverified',
          `There is no TXT record ${recordName} that holds ${recordText}. It may take a while until it is seen.`,
        );
      }
      return transact(async (tx) => {
        const verified = await verifyDomain(tx, await domainIn(tx, access, params.id));
        if (verified === null) throw await missingDomain(access, params.id);
        audit.note({ action: 'domain.verify', tenantId: found.tenantId, object: { name: found.domain } });
        return { body: domainView(verified) };
      });
    },

    async deleteDomain({ params, access, audit, transact }) {
      return transact(async (tx) => {
        const found = await domainIn(tx, access, params.id);
        audit.note({
          action: 'domain.delete',
          tenantId: found.tenantId,
          object: { name: found.domain },
          before: domainView(found),
        });
        await deleteDomain(tx, found.id);
        return {};
      });
    },
  };
}

function nameTaken(name: string) {
  return conflict('name-taken', `This tenant has a provider with the name ${name} already. Take another name.`, [
    { pointer: '#/body/name', detail: 'is taken', code: 'taken' },
  ]);
}

function domainView({ id, tenantId, domain, challenge, verifiedAt, createdAt }: TenantDomain): DomainView {
  return {
    id,
    tenantId,
    domain,
    verifiedAt: verifiedAt?.toISOString() ?? null,
    recordName: `_provender.${domain}`,
    recordText: `provender-verification=${challenge}`,
    createdAt: createdAt.toISOString(),
  };
}
