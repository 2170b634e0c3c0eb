// From a verdict to what is stored of it: status, reason, when next, and the feed entry (or none, when nothing changed).
// Pure: clock and randomness come in.
import type { NewActivity } from '../store/activity.ts';
import type { ClaimedUser, SlicePbx, UserResult } from '../store/slices.ts';
import { awaitsPbx, cameFromPbx, nextActionOf, type ReasonCode, type RetryClass } from './outcome.ts';
import { ABSENCE_DAYS, nextResync, retryClassOf, retryDelay } from './retry.ts';
import type { Verdict } from './sync-user.ts';

export interface Settling {
  readonly pbx: SlicePbx;
  readonly nowMs: number;
  /** 0 <= random < 1. */
  readonly random: number;
  /** Of retry delays, default 1. */
  readonly retryScale?: number | undefined;
  /** A better judgement than the table's: a 401 of an unknown MAC is an absence. */
  readonly retryClass?: RetryClass;
  /** Part of an incident of the whole PBX that the feed has already: no entry for this user. */
  readonly quiet?: boolean;
}

export function settle(user: ClaimedUser, verdict: Verdict, settling: Settling): UserResult {
  return verdict.kind === 'failed' ? settleFailure(user, verdict, settling) : settleSuccess(user, verdict, settling);
}

function settleSuccess(
  user: ClaimedUser,
  verdict: Exclude<Verdict, { kind: 'failed' }>,
  { pbx, nowMs }: Settling,
): UserResult {
  const { harvest } = verdict;
  const version = (user.linesVersion ?? 0) + 1;
  const first = user.linesVersion === null;
  const recovered = user.status !== 'provisioned';
  const changed = verdict.kind === 'harvested';
  const did = harvest?.did ?? null;
  const didChanged = did !== null && did !== user.did;
  const sentence = changed
    ? first
      ? `Provisioned${did === null ? '' : ` with ${did}`}: line ${verdict.harvest.content.line} read from ${sourceOf(verdict.harvest.sourceUrl)}.`
      : `Provisioned anew: ${verdict.changes.join(', ')} changed${cameFromPbx(verdict.changes) ? ' at the PBX' : ''}.`
    : recovered
      ? 'Provisioned again: the PBX answers, and nothing changed.'
      : 'Checked: nothing changed at the PBX.';
  const worthTelling = changed || recovered || didChanged || user.syncRequestedBy !== null;
  return {
    user,
    status: 'provisioned',
    reasonCode: null,
    retryClass: null,
    reason: null,
    dueAtMs: nextResync(nowMs, pbx.resyncHours, spreadOf(user.mac)),
    attempt: 0,
    absentSinceMs: null,
    success: {
      answered: harvest?.answered ?? user.answered,
      etag: harvest === null ? user.etag : (harvest.validators?.etag ?? null),
      lastModified: harvest === null ? user.lastModified : (harvest.validators?.lastModified ?? null),
      contentTag: harvest?.contentTag ?? user.contentTag,
      aorTag: harvest?.aorTag ?? user.aorTag,
      mappingVersion: pbx.mappingVersion,
      connectionVersion: pbx.connectionVersion,
      did,
    },
    lines: changed
      ? {
          version,
          contentText: verdict.harvest.contentText,
          vendor: verdict.harvest.vendor,
          format: verdict.harvest.format,
          line: verdict.harvest.content.line,
          sourceUrl: verdict.harvest.sourceUrl,
          tlsFingerprint: verdict.harvest.tlsFingerprint,
          changes: verdict.changes,
        }
      : null,
    entry: worthTelling
      ? entryOf(user, pbx, {
          outcome: 'ok',
          status: 'provisioned',
          code: null,
          sentence,
          nextAction: null,
          event:
            changed && !first
              ? 'user.credentialsChanged'
              : changed || recovered || didChanged
                ? 'user.provisioned'
                : null,
          steps: verdict.steps,
          detail: {
            ...(changed && !first ? { changes: verdict.changes } : {}),
            ...(harvest !== null && harvest.warnings.length > 0 ? { warnings: harvest.warnings.slice(0, 20) } : {}),
            ...(harvest?.accepted ? { accepted: harvest.accepted } : {}),
          },
        })
      : null,
  };
}

function settleFailure(
  user: ClaimedUser,
  verdict: Extract<Verdict, { kind: 'failed' }>,
  settling: Settling,
): UserResult {
  const { pbx, nowMs, random } = settling;
  let code: ReasonCode = verdict.code;
  let message = verdict.message;
  let retryClass = settling.retryClass ?? retryClassOf(code);
  const absentSinceMs = retryClass === 'absence' ? (user.absentSinceMs ?? nowMs) : null;
  if (absentSinceMs !== null && nowMs - absentSinceMs >= ABSENCE_DAYS * 86_400_000) {
    code = 'ABSENT';
    message = `The PBX has not known the MAC ${user.mac} for ${ABSENCE_DAYS} days (${verdict.code}). It is not asked any more.`;
    retryClass = 'human';
  }
  const sameClass = user.reasonCode !== null && user.lastRetryClass === retryClass;
  const attempt = sameClass ? user.attempt + 1 : 1;
  const { retryAfterSeconds } = verdict;
  const delay = retryDelay({ code, retryClass, attempt, retryAfterSeconds, random, scale: settling.retryScale });
  const failing = { ...user, reasonCode: code, retryClass };
  const waits = awaitsPbx(failing);
  const status = waits ? 'waiting' : user.linesVersion === null ? 'failed' : 'stale';
  const told = user.status === status && user.reasonCode === code && user.syncRequestedBy === null;
  return {
    user,
    status,
    reasonCode: code,
    retryClass,
    reason: message,
    dueAtMs: delay === null ? null : nowMs + Math.round(delay * 1000),
    attempt,
    absentSinceMs,
    success: null,
    lines: null,
    entry:
      told || settling.quiet === true
        ? null
        : entryOf(user, pbx, {
            outcome: waits ? 'waiting' : 'failed',
            status,
            code,
            sentence: message,
            nextAction: nextActionOf(failing),
            event: waits ? null : 'user.failed',
            steps: verdict.steps,
            detail: { retryClass, ...(isAcceptable(code) ? { acceptable: true } : {}) },
          }),
  };
}

function isAcceptable(code: ReasonCode): boolean {
  return code === 'MAC_MISMATCH' || code === 'AOR_CONFLICT' || code === 'CREDENTIAL_PLACEHOLDER';
}

function entryOf(
  user: ClaimedUser,
  pbx: SlicePbx,
  rest: Pick<NewActivity, 'outcome' | 'status' | 'code' | 'sentence' | 'nextAction' | 'steps' | 'detail' | 'event'>,
): NewActivity {
  return {
    tenantId: user.tenantId,
    pbxId: pbx.id,
    pbxName: pbx.name,
    userId: user.id,
    userName: user.name,
    actor: user.syncRequestedBy ?? 'system',
    verb: 'sync',
    ...rest,
  };
}

/** The server, or the file of an archive (fetchers/archive.ts). */
function sourceOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host === '' ? decodeURIComponent(pathname.slice(1)) : host;
}

/** Users of one device stay together in the schedule: they share its file. */
function spreadOf(mac: string): number {
  let hash = 2166136261;
  for (let i = 0; i < mac.length; i += 1) hash = Math.imul(hash ^ mac.charCodeAt(i), 16777619);
  return hash >>> 0;
}
