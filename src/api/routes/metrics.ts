// Handler of metrics.
import { readMetrics } from '../../store/metrics.ts';
import { certificatesOf } from '../../sync/certificates.ts';
import type { metricsContract } from '../contract/metrics.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';

export function metricsRoutes({ database }: FrameDeps): Handlers<typeof metricsContract> {
  return {
    async getMetrics({ access }) {
      const { users, due, deliveries, certificates } = await readMetrics(database, access.reach);
      return {
        text: [
          ...family('provender_users', 'gauge', 'Users by provisioning status.', users, ({ status, n }) => [
            { status },
            n,
          ]),
          ...family('provender_users_due', 'gauge', 'Users that are due to be asked now.', [due], (n) => [{}, n]),
          ...family(
            'provender_certificate_expires_timestamp_seconds',
            'gauge',
            'When a certificate ends that a PBX depends on.',
            certificates.flatMap((pbx) => certificatesOf(pbx).map((ending) => ({ pbx, ending }))),
            ({ pbx, ending }) => [
              { pbx: pbx.pbxId, name: pbx.pbxName, kind: ending.kind, fingerprint: ending.fingerprint },
              ending.validTo.getTime() / 1000,
            ],
          ),
          ...family(
            'provender_webhook_deliveries',
            'gauge',
            'Deliveries of webhooks by state.',
            deliveries,
            ({ state, n }) => [{ state }, n],
          ),
          '',
        ].join('\n'),
      };
    },
  };
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function family<T>(
  name: string,
  type: 'gauge',
  help: string,
  rows: readonly T[],
  sample: (row: T) => Sample,
): string[] {
  const lines = rows.map((row) => {
    const [labels, value] = sample(row);
    const text = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`);
    return `${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

/** Names are what people typed: no line break and no quote ends a label. */
function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
