// Handler of the installation: settings that those who work with it need to know.
import type { Guard } from '../../../fetchers/guard.ts';
import type { installationContract } from '../contract/installation.ts';
import { DEFAULT_UPLOAD_LIMITS, type FrameDeps, type Handlers } from '../handlers.ts';

interface InstallationDeps extends Pick<FrameDeps, 'publicUrl' | 'places' | 'uploadLimits'> {
  readonly version: string;
  readonly guard: Guard;
  readonly outboundAddresses: readonly string[];
  readonly activityRetentionDays: number;
}

export function installationRoutes(deps: InstallationDeps): Handlers<typeof installationContract> {
  return {
    async getInstallation({ access }) {
      const isOwner = access.reachOf('installation.change').tenants === 'all';
      return {
        body: {
          version: deps.version,
          publicUrl: deps.publicUrl?.origin ?? null,
          outboundMode: deps.guard.mode,
          outboundAddresses: [...deps.outboundAddresses],
          uploadLimits: deps.uploadLimits ?? DEFAULT_UPLOAD_LIMITS,
          activityRetentionDays: deps.activityRetentionDays,
          places: isOwner ? deps.places : null,
        },
      };
    },
  };
}
