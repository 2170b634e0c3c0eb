// Handler of the installation: settings that those who work with it need to know.
import type { Guard } from '../../../fetchers/guard.ts';
import type { installationContract } from '../contract/installation.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';

interface InstallationDeps extends Pick<FrameDeps, 'publicUrl'> {
  readonly version: string;
  readonly guard: Guard;
  readonly outboundAddresses: readonly string[];
}

export function installationRoutes(deps: InstallationDeps): Handlers<typeof installationContract> {
  return {
    async getInstallation() {
      return {
        body: {
          version: deps.version,
          publicUrl: deps.publicUrl?.origin ?? null,
          outboundMode: deps.guard.mode,
          outboundAddresses: [...deps.outboundAddresses],
        },
      };
    },
  };
}
