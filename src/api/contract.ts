// The whole API: every operation of every noun. A new noun is one line here and one in routes.ts.
import { activityContract } from './contract/activity.ts';
import { apiKeyContract } from './contract/api-keys.ts';
import { auditContract } from './contract/audit.ts';
import { configContract } from './contract/configs.ts';
import { credentialContract } from './contract/credentials.ts';
import { healthContract } from './contract/health.ts';
import { importJobContract } from './contract/import-jobs.ts';
import { importContract } from './contract/imports.ts';
import { installationContract } from './contract/installation.ts';
import { macContract } from './contract/macs.ts';
import { meContract } from './contract/me.ts';
import { memberContract } from './contract/members.ts';
import { metricsContract } from './contract/metrics.ts';
import { overviewContract } from './contract/overview.ts';
import { pbxFilesContract } from './contract/pbx-files.ts';
import { pbxContract } from './contract/pbxs.ts';
import { pbxBulkContract } from './contract/pbxs-bulk.ts';
import { roleContract } from './contract/roles.ts';
import { setupContract } from './contract/setup.ts';
import { signInContract } from './contract/sign-in.ts';
import { singleSignOnContract } from './contract/single-sign-on.ts';
import { tenantContract } from './contract/tenants.ts';
import { userContract } from './contract/users.ts';
import { userBulkContract } from './contract/users-bulk.ts';
import { voiceRouteContract } from './contract/voice-routes.ts';
import { webhookContract } from './contract/webhooks.ts';
import { whyLinkContract } from './contract/why-links.ts';

export const contract = {
  ...healthContract,
  ...metricsContract,
  ...signInContract,
  ...singleSignOnContract,
  ...meContract,
  ...installationContract,
  ...overviewContract,
  ...pbxContract,
  ...pbxBulkContract,
  ...pbxFilesContract,
  ...credentialContract,
  ...userContract,
  ...userBulkContract,
  ...whyLinkContract,
  ...importContract,
  ...importJobContract,
  ...voiceRouteContract,
  ...macContract,
  ...configContract,
  ...activityContract,
  ...tenantContract,
  ...memberContract,
  ...roleContract,
  ...apiKeyContract,
  ...webhookContract,
  ...setupContract,
  ...auditContract,
};
