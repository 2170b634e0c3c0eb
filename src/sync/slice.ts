// One PBX, a slice of its due users, paced: claims them, syncs them, writes the results in groups. Knows no queue.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetch, TlsIdentity } from '../../fetchers/fetcher.ts';
import { cancelled } from '../../fetchers/http.ts';
import { appendActivity, type NewActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import type { KeyRing } from '../store/key-ring.ts';
import {
  type ClaimedUser,
  claimDueUsers,
  explainWaiting,
  readContents,
  releaseClaims,
  resumeUnreachable,
  type SlicePbx,
  saveSlice,
  startSlice,
  stopUsersOfLogin,
  writeResults,
} from '../store/slices.ts';
import { rejectConflicts } from './conflicts.ts';
import { type GatherRequest, type GatherResult, gatherConfig } from './gather.ts';
import { type HarvestedContent, nextActionFor, type RetryClass } from './outcome.ts';
import { Pace } from './pace.ts';
import {
  type Answer,
  mostAtOnce,
  observe,
  type PbxEvent,
  type PbxState,
  readUnauthorized,
  UNREACHABLE_IN_A_ROW,
} from './pbx-state.ts';
import { isProbed, retryClassOf } from './retry.ts';
import { settle } from './settle.ts';
import { syncUser, type Verdict } from './sync-user.ts';

/** After this a slice goes behind the others, if others wait. */
export const SLICE_MS = 2000;
/** A slice that nobody waits for goes on at most this long: settings are read at its start. */
const LONGEST_SLICE_MS = 30_000;

/** Results that are written together, and how long the first of them waits for the others. */
const GROUP = 32;
const GROUP_MS = 30;
/** Likewise for reading what is stored of users whose file changed. */
const GATHER_MS = 10;

/** Fetches in flight of one worker, over all its slices. */
export interface Gate {
  tryEnter(): boolean;
  leave(): void;
}

export interface SliceTools {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly feed: FeedSignal;
  readonly gate: Gate;
  /** The connections of this PBX: one warm pool per PBX and connection version. */
  readonly fetchFor: (pbx: SlicePbx) => Fetch;
  /** True while no other PBX waits for this worker. */
  readonly mayStay: () => boolean;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
  /** Retry delays are multiplied by it, default 1. */
  readonly retryScale?: number | undefined;
}

interface Finished {
  readonly user: ClaimedUser;
  readonly verdict: Verdict;
  readonly retryClass: RetryClass | undefined;
  readonly quiet: boolean;
}

/** Works on the due users of one PBX. Returns when its time is up or nobody is due; what it began is written. */
export async function runSlice(pbxId: string, tools: SliceTools): Promise<void> {
  const started = await startSlice(tools.database, tools.ring, pbxId);
  if (started === null) return;
  if (started.state.pausedUntil !== null && started.state.pausedUntil > tools.now()) return;
  await new Slice(
    started.epoch,
    started.pbx,
    started.state,
    new Pace(started.pace, started.pbx, tools.now()),
    tools,
  ).run();
}

class Slice {
  readonly #epoch: number;
  readonly #pbx: SlicePbx;
  readonly #pace: Pace;
  readonly #tools: SliceTools;
  readonly #fetch: Fetch;
  readonly #startedAt: number;
  #state: PbxState;
  #ready: ClaimedUser[] = [];
  #finished: Finished[] = [];
  #finishedSince = 0;
  #askedToPauseUntil = 0;
  /** That the PBX showed last. */
  #certificate: TlsIdentity | null = null;
  #inFlight = 0;
  /** Requests of users in flight that wait for their turn. */
  #turns = 0;
  #claiming = false;
  #writing = false;
  /** A claim came back with fewer users than asked for: nobody else is due. */
  #drained = false;
  #anySuccess = false;
  #broken: unknown = null;
  #wake: (() => void) | null = null;
  #wanted: { users: ClaimedUser[]; contents: Promise<ReadonlyMap<string, HarvestedContent>> } | null = null;
  /** Files of phones that several users share: fetched once per slice. */
  readonly #shared = new Map<string, Promise<GatherResult>>();

  constructor(epoch: number, pbx: SlicePbx, state: PbxState, pace: Pace, tools: SliceTools) {
    this.#epoch = epoch;
    this.#pbx = pbx;
    this.#state = state;
    this.#pace = pace;
    this.#tools = tools;
    this.#fetch = this.#heedingPauses(tools.fetchFor(pbx));
    this.#startedAt = tools.now();
  }

  async run(): Promise<void> {
    for (;;) {
      this.#startReady();
      this.#claimMore();
      this.#writeFinished();
      if (this.#isDone()) break;
      await this.#news();
    }
    if (this.#broken === null) {
      await saveSlice(this.#tools.database, this.#pbx.id, this.#epoch, {
        state: this.#state,
        pace: this.#pace.learned(),
        anySuccess: this.#anySuccess,
        certificate: this.#certificate,
      });
    }
    await releaseClaims(
      this.#tools.database,
      this.#pbx.id,
      this.#epoch,
      this.#ready.map((user) => user.id),
    );
    if (this.#broken !== null) throw this.#broken;
  }

  #isDone(): boolean {
    if (this.#inFlight > 0 || this.#claiming || this.#writing || this.#finished.length > 0) return false;
    return this.#isOver() || (this.#drained && this.#ready.length === 0);
  }

  /** Nothing new is begun any more. */
  #isOver(): boolean {
    if (this.#broken !== null || this.#tools.signal.aborted) return true;
    const now = this.#tools.now();
    if (Math.max(this.#state.pausedUntil ?? 0, this.#askedToPauseUntil) > now) return true;
    const age = now - this.#startedAt;
    return age >= LONGEST_SLICE_MS || (age >= SLICE_MS && !this.#tools.mayStay());
  }

  #mayRun(): number {
    return Math.min(this.#pace.concurrent, mostAtOnce(this.#state));
  }

  #startReady(): void {
    while (!this.#isOver() && this.#inFlight < this.#mayRun() && this.#pace.waitMs(this.#tools.now()) === 0) {
      if (this.#turns > 0) return;
      const user = this.#ready[0];
      if (user === undefined) return;
      if (this.#state.login.state === 'refused' && user.provUsername === null) {
        this.#giveBack(this.#ready.splice(0));
        return;
      }
      if (!this.#tools.gate.tryEnter()) {
        // The worker is full: another slice's end does not wake this one.
        setTimeout(() => this.#tell(), 5);
        return;
      }
      this.#ready.shift();
      this.#pace.started();
      this.#inFlight += 1;
      void this.#sync(user).finally(() => {
        this.#inFlight -= 1;
        this.#tools.gate.leave();
        this.#tell();
      });
    }
  }

  async #sync(user: ClaimedUser): Promise<void> {
    const tools = this.#tools;
    let latencyMs = 0;
    let waitedMs = 0;
    const fetch =
      this.#pbx.maxPerSecond === null
        ? this.#fetch
        : this.#fetchInTurn((ms) => {
            waitedMs += ms;
          });
    const gather = user.sharesFile ? (request: GatherRequest) => this.#gatherShared(request) : gatherConfig;
    try {
      const verdict = await syncUser(user, this.#pbx, {
        fetch,
        ring: tools.ring,
        previous: (claimed) => this.#previous(claimed),
        gather: async (request) => {
          const begun = tools.now();
          const gathered = await gather(request);
          latencyMs = (tools.now() - begun - waitedMs) / Math.max(1, gathered.requests);
          return gathered;
        },
        signal: tools.signal,
        now: tools.now,
      });
      this.#judge(user, verdict, latencyMs);
    } catch (error) {
      this.#break(error);
    }
  }

  /**
   * A pause that the server asks for counts from the moment its answer is here: what is under way for other users sends
   * no further request (one more name, an include, the same once more). They are given back, and asked after it.
   */
  #heedingPauses(fetch: Fetch): Fetch {
    const mayAsk = () => this.#askedToPauseUntil <= this.#tools.now();
    return async (request) => {
      if (!mayAsk()) return cancelled(request.url);
      const result = await fetch({ ...request, mayRepeat: mayAsk });
      if (result.kind !== 'failure' && result.tls !== null && isAtHome(request.url, result.url, request.foreign)) {
        this.#certificate = result.tls;
      }
      const busy = result.kind === 'failure' && (result.code === 'HTTP_429' || result.code === 'HTTP_5XX');
      if (busy && result.retryAfterSeconds !== undefined) {
        const until = this.#tools.now() + result.retryAfterSeconds * 1000;
        this.#askedToPauseUntil = Math.max(this.#askedToPauseUntil, until);
      }
      return result;
    };
  }

  /**
   * For one user of a PBX with a limit a second, which counts requests: its first one was let go when the user was begun,
   * further ones (another name, includes) wait, and nobody new is begun before them.
   */
  #fetchInTurn(onWaited: (ms: number) => void): Fetch {
    let first = true;
    return async (request) => {
      if (!first) {
        const since = this.#tools.now();
        this.#turns += 1;
        try {
          for (;;) {
            const wait = this.#pace.waitMs(this.#tools.now());
            if (wait === 0 || request.signal?.aborted === true) break;
            await sleep(wait);
          }
          this.#pace.started();
        } finally {
          this.#turns -= 1;
          onWaited(this.#tools.now() - since);
        }
      }
      first = false;
      return this.#fetch(request);
    };
  }

  /** What is stored of a user whose file changed; asked for together with others that need theirs at the same time. */
  #previous(user: ClaimedUser): Promise<HarvestedContent | null> {
    const { database, ring } = this.#tools;
    this.#wanted ??= { users: [], contents: sleep(GATHER_MS).then(() => this.#readWanted(database, ring)) };
    this.#wanted.users.push(user);
    return this.#wanted.contents.then((contents) => contents.get(user.id) ?? null);
  }

  #readWanted(database: Database, ring: KeyRing): Promise<ReadonlyMap<string, HarvestedContent>> {
    const users = this.#wanted?.users ?? [];
    this.#wanted = null;
    return readContents(database, ring, users);
  }

  /** Several users of one multi-line phone: the first one's fetch serves all that came with the same login. */
  #gatherShared(request: GatherRequest): Promise<GatherResult> {
    // Validators are one user's own: another one's 304 says nothing.
    const { validators: _, ...plain } = request;
    const key = `${request.mac} ${request.login === this.#pbx.login ? '' : request.login?.username}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const gathering = gatherConfig(plain);
    this.#shared.set(key, gathering);
    return gathering;
  }

  /** What this answer says of the PBX, and how this user's failure is to be read. */
  #judge(user: ClaimedUser, verdict: Verdict, latencyMs: number): void {
    if (verdict.kind === 'failed' && verdict.code === 'CANCELLED') {
      this.#giveBack([user]);
      return;
    }
    const ownLogin = user.provUsername !== null;
    const answer = answerOf(user, verdict);
    if (answer.kind === 'busy' || (verdict.kind === 'failed' && verdict.code === 'HTTP_TIMEOUT')) this.#pace.troubled();
    else if (answer.kind !== 'unreachable') this.#pace.answered(latencyMs);

    let retryClass: RetryClass | undefined;
    if (verdict.kind === 'failed' && verdict.code === 'HTTP_401') {
      const unknownMac = readUnauthorized(this.#state, ownLogin) === 'unknown-mac';
      // The first of two refusals decides nothing: its user is asked again once the login is known to be good.
      retryClass = unknownMac ? 'absence' : ownLogin ? 'human' : 'transient';
    }
    const { state, events } = observe(this.#state, answer, ownLogin, this.#tools.now());
    this.#state = state;
    if (verdict.kind !== 'failed') this.#anySuccess = true;
    const quiet = state.unreachableInARow > UNREACHABLE_IN_A_ROW && answer.kind === 'unreachable';
    if (events.some((event) => event.kind === 'login-refused')) retryClass = 'human';
    if (this.#finished.length === 0) this.#finishedSince = this.#tools.now();
    this.#finished.push({ user, verdict, retryClass, quiet });
    for (const event of events) this.#later(this.#report(event, verdict));
  }

  #giveBack(users: readonly ClaimedUser[]): void {
    this.#later(
      releaseClaims(
        this.#tools.database,
        this.#pbx.id,
        this.#epoch,
        users.map((user) => user.id),
      ),
    );
  }

  /** What concerns the PBX as a whole becomes one feed entry, not one per user. */
  async #report(event: PbxEvent, verdict: Verdict): Promise<void> {
    const { database } = this.#tools;
    const cause = verdict.kind === 'failed' ? verdict.message : '';
    const entry = (
      rest: Pick<NewActivity, 'verb' | 'outcome' | 'code' | 'sentence' | 'nextAction' | 'event'>,
    ): NewActivity => ({
      tenantId: this.#pbx.tenantId,
      pbxId: this.#pbx.id,
      pbxName: this.#pbx.name,
      actor: 'system',
      ...rest,
    });
    switch (event.kind) {
      case 'login-refused': {
        const what = this.#pbx.login === null ? 'asks for a login, and none is set' : 'refuses the login that is set';
        const sentence = `The PBX ${what}. Nobody is asked with it any more.`;
        // Results of users that were refused meanwhile first: written later, they would make them due again.
        while (this.#finished.length > 0 || this.#writing) await sleep(GROUP_MS);
        await stopUsersOfLogin(database, this.#pbx.id, this.#epoch, sentence);
        await appendActivity(database.db, [
          entry({
            verb: 'login.stop',
            event: 'pbx.blocked',
            outcome: 'failed',
            code: 'HTTP_401',
            sentence,
            nextAction: 'Correct user name and password in the settings of the PBX, or press Sync to try once more.',
          }),
        ]);
        break;
      }
      case 'slowed':
        await appendActivity(database.db, [
          entry({
            verb: 'pbx.slow',
            event: 'pbx.blocked',
            outcome: 'failed',
            code: 'HTTP_403',
            sentence: `The PBX refused several devices in a row. It is asked only every 5 minutes now. ${cause}`,
            nextAction: 'Check that the PBX lets this system in and knows these devices; press Sync to go on at once.',
          }),
        ]);
        break;
      case 'circuit-open': {
        const sentence = `The PBX cannot be reached; the other users wait until it can. ${cause}`;
        await explainWaiting(database, this.#pbx.id, 'HOST_CIRCUIT_OPEN', sentence);
        await appendActivity(database.db, [
          entry({
            verb: 'pbx.unreachable',
            event: 'pbx.blocked',
            outcome: 'failed',
            code: 'HOST_CIRCUIT_OPEN',
            sentence,
            nextAction: nextActionFor(event.code),
          }),
        ]);
        break;
      }
      case 'recovered':
        if (event.from === 'circuit-open') await resumeUnreachable(database, this.#pbx.id);
        await appendActivity(database.db, [
          entry({
            verb: 'pbx.recovered',
            event: 'pbx.recovered',
            outcome: 'ok',
            code: null,
            sentence: 'The PBX answers again; its users are asked at the usual pace.',
            nextAction: null,
          }),
        ]);
        break;
    }
    this.#tools.feed.touch();
  }

  #claimMore(): void {
    const wanted = this.#mayRun();
    if (this.#claiming || this.#drained || this.#isOver() || this.#ready.length > wanted / 2) return;
    this.#claiming = true;
    const { database } = this.#tools;
    const ownLoginOnly = this.#state.login.state === 'refused';
    claimDueUsers(database, this.#pbx.id, this.#epoch, wanted, ownLoginOnly)
      .then((users) => {
        this.#ready.push(...users);
        if (users.length < wanted) this.#drained = true;
      })
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#claiming = false;
        this.#tell();
      });
  }

  /**
   * Writes what finished, a group in one transaction. A result waits a moment for others to come with it while more are
   * in flight: a transaction costs nearly the same for thirty results as for one.
   */
  #writeFinished(): void {
    if (this.#broken !== null) this.#finished = [];
    if (this.#writing || this.#finished.length === 0) return;
    const waited = this.#tools.now() - this.#finishedSince;
    if (this.#inFlight > 0 && this.#finished.length < GROUP && waited < GROUP_MS) return;
    this.#writing = true;
    const finished = this.#finished.splice(0);
    this.#store(finished)
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#writing = false;
        this.#tell();
      });
  }

  async #store(finished: readonly Finished[]): Promise<void> {
    const { database, ring, now, random, retryScale } = this.#tools;
    const judged = await rejectConflicts(database, this.#pbx, finished);
    const results = judged.map(({ user, verdict, retryClass, quiet }) =>
      settle(user, verdict, {
        pbx: this.#pbx,
        nowMs: now(),
        random: random(),
        retryScale,
        quiet,
        ...(retryClass === undefined ? {} : { retryClass }),
      }),
    );
    await writeResults(database, ring, this.#pbx.id, this.#epoch, results);
    if (results.some((result) => result.entry !== null)) this.#tools.feed.touch();
  }

  /** Work on the side that the slice must not end before. */
  #later(work: Promise<void>): void {
    this.#inFlight += 1;
    work
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#inFlight -= 1;
        this.#tell();
      });
  }

  /** The database failed: nothing more is begun; unfinished users are still due. */
  #break(error: unknown): void {
    this.#broken ??= error;
  }

  #tell(): void {
    this.#wake?.();
  }

  /** Until something finished, or the pace allows the next start, or the time is up. */
  #news(): Promise<void> {
    const now = this.#tools.now();
    const untilEnd = Math.max(10, this.#startedAt + SLICE_MS - now);
    const untilStart = this.#ready.length > 0 && !this.#isOver() ? Math.max(1, this.#pace.waitMs(now)) : untilEnd;
    const untilWrite = this.#finished.length > 0 && !this.#writing ? GROUP_MS : untilEnd;
    const wait = Math.min(untilStart, untilWrite);
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.min(wait, 1000));
      const slice = this;
      function done(): void {
        clearTimeout(timer);
        slice.#wake = null;
        resolve();
      }
      this.#wake = done;
    });
  }
}

/** Neither an include from elsewhere nor the end of a redirect: those have certificates of their own. */
function isAtHome(asked: string, answered: string, foreign: boolean | undefined): boolean {
  return foreign !== true && (asked === answered || new URL(asked).origin === new URL(answered).origin);
}

function answerOf(user: ClaimedUser, verdict: Verdict): Answer {
  if (verdict.kind !== 'failed') return { kind: 'file' };
  switch (verdict.code) {
    case 'HTTP_401':
      return { kind: 'unauthorized', mac: user.mac };
    case 'HTTP_403':
      return { kind: 'forbidden' };
    case 'HTTP_429':
    case 'HTTP_5XX':
      return { kind: 'busy', code: verdict.code, retryAfterSeconds: verdict.retryAfterSeconds ?? null };
    case 'HTTP_404':
    case 'HTTP_4XX':
    case 'REDIRECT_REFUSED':
    case 'INCLUDE_LIMIT':
    case 'BODY_TOO_LARGE':
      return { kind: 'other' };
    default:
      if (verdict.answered) return { kind: retryClassOf(verdict.code) === 'doubt' ? 'file' : 'other' };
      return {
        kind: 'unreachable',
        code: verdict.code,
        again: isProbed(verdict.code) && user.reasonCode === verdict.code && user.syncRequestedBy === null,
      };
  }
}
