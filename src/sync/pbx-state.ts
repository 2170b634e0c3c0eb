// What the answers of one PBX say about the PBX as a whole: its login, its refusals, whether it can be reached.
// Pure: state in, state and events out. A refusal belongs to a login, not to the PBX.
import type { LoginState } from '../store/schema.ts';
import type { ReasonCode } from './outcome.ts';

/** MACs in a row that are refused without any success before we ask only now and then. */
export const REFUSALS_IN_A_ROW = 5;
export const SLOW_PROBE_SECONDS = 5 * 60;
/** Fetches in a row that do not reach the server before the others wait for one probe. */
export const UNREACHABLE_IN_A_ROW = 5;
const CIRCUIT_FIRST_SECONDS = 15;
const CIRCUIT_MOST_SECONDS = 15 * 60;

export interface PbxState {
  readonly login: LoginState;
  readonly refusedInARow: number;
  readonly unreachableInARow: number;
  readonly pausedUntil: number | null;
  readonly pauseCode: ReasonCode | null;
}

/** What the fetch of one user said, as far as it concerns the PBX. */
export type Answer =
  | { readonly kind: 'file' }
  /** 404 and everything else that came back from behind the login. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unauthorized'; readonly mac: string }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'busy'; readonly code: ReasonCode; readonly retryAfterSeconds: number | null }
  /** `again`: a probe that found what it found before, which says nothing new. */
  | { readonly kind: 'unreachable'; readonly code: ReasonCode; readonly again?: boolean };

export type PbxEvent =
  /** The login stops: nobody asks with it until it is changed or Sync is pressed. */
  | { readonly kind: 'login-refused' }
  /** Asked only every five minutes from now on. */
  | { readonly kind: 'slowed' }
  | { readonly kind: 'circuit-open'; readonly code: ReasonCode; readonly until: number }
  | { readonly kind: 'recovered'; readonly from: 'slowed' | 'circuit-open' };

/** How a 401 is to be read for this user. */
export type Unauthorized = 'login' | 'unknown-mac';

export function freshLogin(connectionVersion: number): LoginState {
  return { connectionVersion, state: 'probing', refusedMacs: [] };
}

/** Users that may be asked at once, whatever the pace says. */
export function mostAtOnce(state: PbxState): number {
  const probing =
    state.login.state === 'probing' ||
    state.refusedInARow >= REFUSALS_IN_A_ROW ||
    state.unreachableInARow >= UNREACHABLE_IN_A_ROW;
  return probing ? 1 : Number.POSITIVE_INFINITY;
}

/** While others get in with the same login, 401 means that this MAC is not known (FusionPBX answers so). */
export function readUnauthorized(state: PbxState, ownLogin: boolean): Unauthorized {
  return !ownLogin && state.login.state === 'good' ? 'unknown-mac' : 'login';
}

/**
 * @param ownLogin the user came with a login of their own: says nothing about the PBX's login
 * @param nowMs milliseconds since the epoch
 */
export function observe(
  state: PbxState,
  answer: Answer,
  ownLogin: boolean,
  nowMs: number,
): { readonly state: PbxState; readonly events: readonly PbxEvent[] } {
  const events: PbxEvent[] = [];
  let next = state;
  if (answer.kind !== 'unreachable' && next.unreachableInARow > 0) {
    if (next.unreachableInARow >= UNREACHABLE_IN_A_ROW) events.push({ kind: 'recovered', from: 'circuit-open' });
    next = { ...next, unreachableInARow: 0, ...unpaused(next, 'HOST_CIRCUIT_OPEN') };
  }
  switch (answer.kind) {
    case 'file':
      if (next.refusedInARow >= REFUSALS_IN_A_ROW) events.push({ kind: 'recovered', from: 'slowed' });
      next = { ...next, refusedInARow: 0, ...unpaused(next, 'HTTP_403') };
      if (!ownLogin && next.login.state !== 'good') {
        next = { ...next, login: { ...next.login, state: 'good', refusedMacs: [] } };
      }
      break;
    case 'other':
      next = opened(next, ownLogin);
      break;
    case 'busy':
      next = opened(next, ownLogin);
      if (answer.retryAfterSeconds !== null && answer.retryAfterSeconds > 0) {
        next = paused(next, nowMs + answer.retryAfterSeconds * 1000, answer.code);
      }
      break;
    case 'unauthorized':
      if (ownLogin || next.login.state === 'refused') break;
      if (next.login.state === 'good') {
        next = refused(next, events, nowMs);
        break;
      }
      {
        const refusedMacs = [...new Set([...next.login.refusedMacs, answer.mac])].slice(0, 2);
        const stopped = refusedMacs.length === 2;
        next = { ...next, login: { ...next.login, refusedMacs, state: stopped ? 'refused' : next.login.state } };
        if (stopped) events.push({ kind: 'login-refused' });
      }
      break;
    case 'forbidden':
      next = refused(next, events, nowMs);
      break;
    case 'unreachable': {
      if (answer.again === true && next.unreachableInARow < UNREACHABLE_IN_A_ROW) break;
      const count = next.unreachableInARow + 1;
      next = { ...next, unreachableInARow: count };
      if (count >= UNREACHABLE_IN_A_ROW) {
        const doubled = CIRCUIT_FIRST_SECONDS * 2 ** Math.min(10, count - UNREACHABLE_IN_A_ROW);
        const until = nowMs + Math.min(CIRCUIT_MOST_SECONDS, doubled) * 1000;
        next = paused(next, until, 'HOST_CIRCUIT_OPEN');
        if (count === UNREACHABLE_IN_A_ROW) events.push({ kind: 'circuit-open', code: answer.code, until });
      }
      break;
    }
  }
  return { state: next, events };
}

function opened(state: PbxState, ownLogin: boolean): PbxState {
  if (ownLogin || state.login.state !== 'probing') return state;
  return { ...state, login: { ...state.login, state: 'open' } };
}

function refused(state: PbxState, events: PbxEvent[], nowMs: number): PbxState {
  const refusedInARow = state.refusedInARow + 1;
  if (refusedInARow < REFUSALS_IN_A_ROW) return { ...state, refusedInARow };
  if (refusedInARow === REFUSALS_IN_A_ROW) events.push({ kind: 'slowed' });
  return paused({ ...state, refusedInARow }, nowMs + SLOW_PROBE_SECONDS * 1000, 'HTTP_403');
}

/** Of two pauses the one that ends later holds: what a server asked for with Retry-After is never shortened. */
function paused(state: PbxState, until: number, code: ReasonCode): PbxState {
  return state.pausedUntil !== null && state.pausedUntil > until
    ? state
    : { ...state, pausedUntil: until, pauseCode: code };
}

/** These two and no more: the caller spreads them over what it has just changed. */
function unpaused(state: PbxState, code: ReasonCode): Pick<PbxState, 'pausedUntil' | 'pauseCode'> {
  const { pausedUntil, pauseCode } = state;
  return pauseCode === code ? { pausedUntil: null, pauseCode: null } : { pausedUntil, pauseCode };
}
