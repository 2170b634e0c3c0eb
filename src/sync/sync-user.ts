// The story of one user's sync, top to bottom: fetch, parse, choose the line, find the DID, compare with what is stored.
// Ends in a verdict; storing it (with the conflicts that only the store sees) and reporting it is the slice's.
import type { Fetch, Login, Validators } from '../../fetchers/fetcher.ts';
import { Secret } from '../../fetchers/secret.ts';
import type { Mac } from '../../vendors/mac.ts';
import type { Line } from '../../vendors/model.ts';
import type { Reading } from '../../vendors/read.ts';
import type { KeyRing } from '../store/key-ring.ts';
import { accountTags, contentTags } from '../store/lines-tags.ts';
import type { ActivityStep } from '../store/schema.ts';
import type { ClaimedUser, SlicePbx } from '../store/slices.ts';
import { extractDid, findDidText } from './did.ts';
import type { Gathered, GatherFailure, GatherRequest, GatherResult } from './gather.ts';
import { judgeReading } from './judge.ts';
import { type AcceptableDoubt, compareContent, type HarvestedContent, type ReasonCode } from './outcome.ts';

/** Longest that one user's sync may take, all its files together. */
export const SYNC_SECONDS = 20;

export interface SyncTools {
  readonly fetch: Fetch;
  readonly ring: KeyRing;
  /** The version in force of a user's lines; null when none can be read. */
  readonly previous: (user: ClaimedUser) => Promise<HarvestedContent | null>;
  /** gatherConfig, or one that shares the file of a phone between its users. */
  readonly gather: (request: GatherRequest) => Promise<GatherResult>;
  /** Ends when the program is asked to stop. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export interface Harvest {
  readonly content: HarvestedContent;
  /** The content as JSON: what is tagged and sealed. */
  readonly contentText: string;
  /** With the key in force; what is stored may have been tagged with another one (contentTags, aorTags: under every key). */
  readonly contentTag: string;
  readonly contentTags: readonly string[];
  readonly aorTag: string;
  readonly aorTags: readonly string[];
  readonly did: string | null;
  readonly answered: readonly number[];
  readonly validators: Validators | null;
  readonly vendor: string;
  readonly format: string;
  readonly sourceUrl: string;
  readonly tlsFingerprint: string | null;
  readonly warnings: readonly string[];
  readonly accepted: AcceptableDoubt | null;
}

export type Verdict =
  | { readonly kind: 'unchanged'; readonly harvest: Harvest | null; readonly steps: readonly ActivityStep[] }
  | {
      readonly kind: 'harvested';
      readonly harvest: Harvest;
      /** Names of what changed; empty at the first harvest. */
      readonly changes: readonly string[];
      readonly steps: readonly ActivityStep[];
    }
  | {
      readonly kind: 'failed';
      readonly code: ReasonCode;
      readonly message: string;
      readonly status?: number | undefined;
      readonly retryAfterSeconds?: number | undefined;
      /** The file came, and something in it is wrong. */
      readonly answered: boolean;
      readonly steps: readonly ActivityStep[];
    };

/** What of a user and PBX makes stored tags and validators count. */
function isSameMapping(user: ClaimedUser, pbx: SlicePbx): boolean {
  return user.mappingVersion === pbx.mappingVersion && user.connectionVersion === pbx.connectionVersion;
}

/** One attempt for one user. Never throws for what a server can do or a file can hold. */
export async function syncUser(user: ClaimedUser, pbx: SlicePbx, tools: SyncTools): Promise<Verdict> {
  const steps = new Steps(tools.now);
  const isKnown = isSameMapping(user, pbx) && user.linesVersion !== null && user.status === 'provisioned';
  // Some servers give new content an old ETag: a person who presses Sync wants the file, not the server's word for it.
  const remembers = isKnown && user.syncRequestedBy === null;

  const gathered = await withinTime(tools.signal, (signal) =>
    tools.gather({
      fetch: tools.fetch,
      template: pbx.provisioningUrl,
      persona: pbx.persona,
      fileKey: pbx.fileKey,
      mac: user.mac as Mac,
      login: loginOf(user, pbx, tools.ring),
      allowedOrigins: pbx.allowedOrigins,
      answered: user.connectionVersion === pbx.connectionVersion ? user.answered : null,
      validators: remembers ? { etag: user.etag, lastModified: user.lastModified } : undefined,
      signal,
    }),
  );
  if (gathered.kind === 'failure') return failedFetch(gathered, tools, steps);
  if (gathered.kind === 'not-modified') {
    steps.ok('fetch', 'The server says that the file has not changed (304).');
    return { kind: 'unchanged', harvest: null, steps: steps.all };
  }
  steps.ok(
    'fetch',
    `${gathered.url} answered (${gathered.requests} ${gathered.requests === 1 ? 'file' : 'files'} asked).`,
  );

  const { reading } = gathered;
  steps.ok('parse', `${reading.format}: ${reading.lines.length} ${reading.lines.length === 1 ? 'line' : 'lines'}.`);

  const judged = judgeReading(reading, user.mac, user.lineRule ?? pbx.lineRule, user.acceptOnce);
  if (!judged.ok) return steps.failed('choose', judged.code, judged.message);
  const { line } = judged;
  steps.ok('choose', `Line ${line.line}, user ${line.userName} at ${line.registrar?.host}.`);

  const number = findDid(user, pbx, line, reading);
  if (number.kind === 'failed') return steps.failed('did', number.code, number.message);
  if (number.did !== null) steps.ok('did', `${number.did} from ${number.field}.`);

  const harvest = harvestOf(gathered, line, number, tools.ring, user);
  if (harvest.contentTags.includes(user.contentTag ?? '') && isSameMapping(user, pbx)) {
    steps.ok('compare', 'Nothing changed.');
    return { kind: 'unchanged', harvest, steps: steps.all };
  }
  const before = user.linesVersion === null ? null : await tools.previous(user);
  const changes = before === null ? [] : compareContent(before, harvest.content);
  if (before !== null && changes.length === 0) {
    steps.ok('compare', 'Nothing changed.');
    return { kind: 'unchanged', harvest, steps: steps.all };
  }
  steps.ok('compare', before === null ? 'First harvest.' : `Changed: ${changes.join(', ')}.`);
  return { kind: 'harvested', harvest, changes, steps: steps.all };
}

/**
 * Its signal ends with the program or with the time of one sync. AbortSignal.any and AbortSignal.timeout would live on for
 * the whole of that time after each sync, hundreds a second.
 */
async function withinTime<T>(program: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const clock = setTimeout(abort, SYNC_SECONDS * 1000);
  program.addEventListener('abort', abort);
  if (program.aborted) abort();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(clock);
    program.removeEventListener('abort', abort);
  }
}

class Steps {
  readonly all: ActivityStep[] = [];
  readonly #now: () => number;
  #since: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  ok(step: string, text: string): void {
    this.#add(step, true, text);
  }

  failed(step: string, code: ReasonCode, message: string): Verdict {
    this.#add(step, false, message);
    return { kind: 'failed', code, message, answered: true, steps: this.all };
  }

  #add(step: string, ok: boolean, text: string): void {
    const now = this.#now();
    this.all.push({ step, ok, ms: Math.round(now - this.#since), text });
    this.#since = now;
  }
}

function failedFetch(failure: GatherFailure, tools: SyncTools, steps: Steps): Verdict {
  // An abort that is not the program's own end is the deadline of this sync.
  const timedOut = failure.code === 'CANCELLED' && !tools.signal.aborted;
  const code = timedOut ? 'HTTP_TIMEOUT' : failure.code;
  const message = timedOut
    ? `The files of this device did not arrive within ${SYNC_SECONDS} seconds.`
    : failure.message;
  steps.failed(failure.notConfig ? 'parse' : 'fetch', code, message);
  return {
    kind: 'failed',
    code,
    message,
    status: failure.status,
    retryAfterSeconds: failure.retryAfterSeconds,
    answered: failure.notConfig,
    steps: steps.all,
  };
}

/** The user's own login overrides the PBX's. */
function loginOf(user: ClaimedUser, pbx: SlicePbx, ring: KeyRing): Login | null {
  if (user.provUsername === null) return pbx.login;
  const password =
    user.provPasswordSealed === null
      ? new Secret('')
      : ring.unseal(user.provPasswordSealed, {
          tenant: user.tenantId,
          table: 'users',
          row: user.id,
          column: 'prov_password',
        });
  return { username: user.provUsername, password };
}

type FoundDid =
  | { readonly kind: 'found'; readonly did: string | null; readonly field: string | null; readonly text: string | null }
  | { readonly kind: 'failed'; readonly code: 'DID_EMPTY' | 'DID_INVALID'; readonly message: string };

function findDid(user: ClaimedUser, pbx: SlicePbx, line: Line, reading: Reading): FoundDid {
  // Entered by hand: never overwritten, so the file need not hold one.
  const none = { kind: 'found', did: null, field: null, text: null } as const;
  if (user.didSource === 'manual') return none;
  const field = findDidText(pbx.didField, line, reading);
  if (field.kind === 'none') return none;
  if (field.kind === 'missing') return { kind: 'failed', code: field.code, message: field.message };
  const number = extractDid(field.text, pbx.country);
  if (!number.ok) return { kind: 'failed', code: number.code, message: `${field.source}: ${number.message}` };
  return { kind: 'found', did: number.did, field: field.source, text: field.text };
}

function harvestOf(
  gathered: Gathered,
  line: Line,
  number: Extract<FoundDid, { kind: 'found' }>,
  ring: KeyRing,
  user: ClaimedUser,
): Harvest {
  const { reading } = gathered;
  const content: HarvestedContent = {
    lines: reading.lines,
    settings: reading.settings,
    line: line.line,
    didField: number.field,
    didText: number.text,
  };
  const contentText = JSON.stringify(content);
  const contents = contentTags(ring, contentText);
  const accounts = accountTags(ring, line);
  return {
    content,
    contentTag: contents[0] ?? '',
    contentTags: contents,
    contentText,
    aorTag: accounts[0] ?? '',
    aorTags: accounts,
    did: number.did,
    answered: gathered.answered,
    validators: gathered.validators,
    vendor: reading.vendor,
    format: reading.format,
    sourceUrl: gathered.url,
    tlsFingerprint: gathered.tls?.fingerprint256 ?? null,
    // Gathered when looked at, which nobody does of a file that says what it said before.
    get warnings() {
      return reading.warnings;
    },
    accepted: user.acceptOnce,
  };
}
