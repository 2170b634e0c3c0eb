// PBXs that are not asked as they should be, each one open incident with what is known of it. Pure.
import type { ItemOf } from '../../api/client.ts';
import type { Entry } from '../../live/feed.ts';

type Pbx = Pick<ItemOf<'GET /pbxs'>, 'id' | 'name' | 'tenantId' | 'run' | 'users'>;

export interface Incident {
  readonly pbxId: string;
  readonly tenantId: string;
  readonly name: string;
  readonly kind: 'login' | 'pause';
  readonly code: string;
  readonly waiting: number;
  /** Null: the entry that told of it is not among those that were read. */
  readonly since: string | null;
  readonly sentence: string | null;
  readonly nextAction: string | null;
  /** Null: nobody asks by itself. */
  readonly nextProbe: string | null;
}

/** Entries that open an incident. */
export const INCIDENT_VERBS = ['login.stop', 'pbx.unreachable', 'pbx.slow'];

/**
 * @param told entries of INCIDENT_VERBS, newest first
 * @returns worst first: what nobody asks at all, then what holds up most users
 */
export function openIncidents(pbxs: readonly Pbx[], told: readonly Entry[], now: number): Incident[] {
  return pbxs
    .flatMap((pbx): Incident[] => {
      const { login, pausedUntil, pauseCode } = pbx.run;
      const isPaused = pausedUntil !== null && Date.parse(pausedUntil) > now;
      if (login !== 'refused' && !isPaused) return [];
      const kind = login === 'refused' ? 'login' : 'pause';
      const entry = told.find(({ pbxId, verb }) => pbxId === pbx.id && (verb === 'login.stop') === (kind === 'login'));
      return [
        {
          pbxId: pbx.id,
          tenantId: pbx.tenantId,
          name: pbx.name,
          kind,
          code: entry?.code ?? (kind === 'login' ? 'HTTP_401' : (pauseCode ?? 'HOST_CIRCUIT_OPEN')),
          waiting: pbx.users.waiting + pbx.users.stale + pbx.users.failed,
          since: entry?.at ?? null,
          sentence: entry?.sentence ?? null,
          nextAction: entry?.nextAction ?? null,
          nextProbe: kind === 'login' ? null : pausedUntil,
        },
      ];
    })
    .sort((a, b) => Number(b.kind === 'login') - Number(a.kind === 'login') || b.waiting - a.waiting);
}
