// Every handler of the API, noun by noun. The type asks for exactly one per operation of the contract.
import type { contract } from './contract.ts';
import type { FrameDeps, Handlers } from './handlers.ts';
import { activityRoutes } from './routes/activity.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { configRoutes } from './routes/configs.ts';
import { credentialRoutes } from './routes/credentials.ts';
import { healthRoutes } from './routes/health.ts';
import { importJobRoutes } from './routes/import-jobs.ts';
import { importRoutes } from './routes/imports.ts';
import { installationRoutes } from './routes/installation.ts';
import { macRoutes } from './routes/macs.ts';
import { meRoutes } from './routes/me.ts';
import { memberRoutes } from './routes/members.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { overviewRoutes } from './routes/overview.ts';
import { pbxFilesRoutes } from './routes/pbx-files.ts';
import { type PbxDeps, pbxRoutes } from './routes/pbxs.ts';
import { pbxBulkRoutes } from './routes/pbxs-bulk.ts';
import { roleRoutes } from './routes/roles.ts';
import { setupRoutes } from './routes/setup.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { type SsoDeps, singleSignOnRoutes } from './routes/single-sign-on.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { userRoutes } from './routes/users.ts';
import { userBulkRoutes } from './routes/users-bulk.ts';
import { voiceRouteRoutes } from './routes/voice-routes.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { whyLinkRoutes } from './routes/why-links.ts';

/** What the API needs of the rest; made by the composition root. */
export interface ApiDeps extends FrameDeps, PbxDeps, SsoDeps {
  /** Version of the program. */
  readonly version: string;
  /** Proxies (CIDR) that are believed about who asks. */
  readonly trustProxy: readonly string[];
  /** From where PBXs are asked, where the operator said so. */
  readonly outboundAddresses: readonly string[];
  readonly activityRetentionDays: number;
}

export function routes(deps: ApiDeps): Handlers<typeof contract> {
  return {
    ...healthRoutes(deps),
    ...metricsRoutes(deps),
    ...signInRoutes(deps),
    ...singleSignOnRoutes(deps),
    ...meRoutes(deps),
    ...installationRoutes(deps),
    ...overviewRoutes(deps),
    ...pbxRoutes(deps),
    ...pbxBulkRoutes(deps),
    ...pbxFilesRoutes(deps),
    ...credentialRoutes(deps),
    ...userRoutes(deps),
    ...userBulkRoutes(deps),
    ...whyLinkRoutes(deps),
    ...importRoutes(deps),
    ...importJobRoutes(deps),
    ...voiceRouteRoutes(deps),
    ...macRoutes(deps),
    ...configRoutes(),
    ...activityRoutes(deps),
    ...tenantRoutes(deps),
    ...memberRoutes(deps),
    ...roleRoutes(),
    ...apiKeyRoutes(deps),
    ...webhookRoutes(deps),
    ...setupRoutes(deps),
    ...auditRoutes(deps),
  };
}
