// How a PBX fares, out of what the API says of it: its state, what comes next, how its server is checked. Pure; the words for
// it are in words/pbxs.ts.
import type { PbxView } from '../../../src/api/contract/pbxs.ts';

export type RunState =
  | { readonly kind: 'off' }
  | { readonly kind: 'no-address' }
  | { readonly kind: 'login-refused' }
  | { readonly kind: 'paused'; readonly until: string; readonly code: string | null }
  | { readonly kind: 'probing' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'running' };

/** The first that holds: what stops everything goes before what slows it. */
export function runStateOf(pbx: PbxView, now = Date.now()): RunState {
  const { run } = pbx;
  if (!pbx.autoProvision && pbx.users.total === pbx.users.off) return { kind: 'off' };
  if (pbx.provisioningUrl === null) return { kind: 'no-address' };
  if (run.login === 'refused') return { kind: 'login-refused' };
  if (run.pausedUntil !== null && new Date(run.pausedUntil).getTime() > now) {
    return { kind: 'paused', until: run.pausedUntil, code: run.pauseCode };
  }
  if (pbx.users.total === 0) return { kind: 'idle' };
  return { kind: run.login === 'probing' && pbx.users.provisioned === 0 ? 'probing' : 'running' };
}

/** What a person should do; null: nothing. */
export type NextStep =
  | 'enter-address'
  | 'switch-on'
  | 'mend-login'
  | 'mend-way'
  | 'check-macs'
  | 'renew-certificate'
  | 'add-users'
  | 'look-at-failed'
  | 'look-at-stale'
  | 'hand-over';

const DAY_MS = 86_400_000;
/** Certificates are spoken of from here on; the feed does the same. */
const SOON_DAYS = 30;

export function nextStepOf(pbx: PbxView, now = Date.now()): NextStep | null {
  const state = runStateOf(pbx, now);
  if (pbx.provisioningUrl === null) return 'enter-address';
  if (state.kind === 'login-refused') return 'mend-login';
  if (state.kind === 'paused') return state.code === 'HTTP_403' ? 'check-macs' : 'mend-way';
  if (endingCertificates(pbx, now).length > 0) return 'renew-certificate';
  if (pbx.users.total === 0) return 'add-users';
  if (state.kind === 'off') return 'switch-on';
  if (pbx.users.failed > 0) return 'look-at-failed';
  if (pbx.users.stale > 0) return 'look-at-stale';
  return pbx.users.waiting > 0 && pbx.autoAssignMac ? 'hand-over' : null;
}

/** Of those stored here; the server's own is known to the feed only. */
export function endingCertificates(pbx: PbxView, now = Date.now()) {
  const { ca, client } = pbx.certificates;
  const all = [
    ...(client ? [{ ...client, kind: 'client' as const }] : []),
    ...(ca ?? []).map((one) => ({ ...one, kind: 'ca' as const })),
  ];
  return all.filter(({ validTo }) => new Date(validTo).getTime() < now + SOON_DAYS * DAY_MS);
}

export type TlsKind = 'none' | 'plain' | 'legacy' | 'pinned' | 'own-ca' | 'checked';

/** How the server proves who it is; the weakest thing about it first. */
export function tlsOf(pbx: PbxView): TlsKind {
  if (pbx.provisioningUrl === null) return 'none';
  if (/^http:/i.test(pbx.provisioningUrl)) return 'plain';
  if (pbx.legacyTls) return 'legacy';
  if (pbx.pinSha256 !== null) return 'pinned';
  return pbx.certificates.ca === null ? 'checked' : 'own-ca';
}
