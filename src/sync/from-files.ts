// Provisions users of one PBX from files that a person handed over: the story of sync-user.ts, with an archive in place of
// the server. For PBXs that let nobody in. Keeps nothing of the archive but what a sync keeps.
import { setImmediate as others } from 'node:timers/promises';
import { ARCHIVE_ADDRESS, type Archive, createArchiveFetch, namedFiles } from '../../fetchers/archive.ts';
import type { Fetch } from '../../fetchers/fetcher.ts';
import { findMacInName, type Mac } from '../../vendors/mac.ts';
import { planFiles } from '../../vendors/persona.ts';
import type { Database } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import type { FileTally } from '../store/file-runs.ts';
import type { KeyRing } from '../store/key-ring.ts';
import type { HotTx } from '../store/prepared.ts';
import {
  type ClaimedUser,
  claimUsers,
  findUsersByMac,
  readContents,
  releaseClaims,
  type StartedSlice,
  startSlice,
  type UserResult,
  writeResults,
} from '../store/slices.ts';
import { rejectConflicts } from './conflicts.ts';
import { gatherConfig } from './gather.ts';
import { settle } from './settle.ts';
import { syncUser, type Verdict } from './sync-user.ts';

export interface FilesDeps {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly feed: Pick<FeedSignal, 'touch'>;
}

export interface FilesRequest {
  readonly pbxId: string;
  readonly archive: Archive;
  /** Who handed the files over. */
  readonly by: string;
  /** Users up to this one, in the order of ids, were done before. */
  readonly after: string | null;
  /** Ends it between two groups of users; what was written stays. */
  readonly signal: AbortSignal;
}

/** What is told while it goes on. What these throw ends it. */
export interface FilesProgress {
  matched(found: { readonly users: number; readonly off: number; readonly unknownMacs: readonly Mac[] }): Promise<void>;
  /** In the transaction that writes what came of a group, all users up to `doneUpTo` are done. */
  group(tx: HotTx, tally: FileTally, doneUpTo: string | null): Promise<void>;
}

/** Users in one transaction. Short, so that a slice of a worker which begins meanwhile costs little. */
const GROUP = 100;
/** Users that are read before others of this process get their turn. */
const AT_ONCE = 10;
/** A worker's slice takes the PBX over by beginning. Then what it took is done once more. */
const MOST_TRIES = 20;

/** @returns false: the PBX is gone */
export async function syncFromFiles(deps: FilesDeps, request: FilesRequest, progress: FilesProgress): Promise<boolean> {
  const { database, ring } = deps;
  const started = await startSlice(database, ring, request.pbxId, ARCHIVE_ADDRESS);
  if (started === null) return false;
  const found = await matchUsers(deps, request, started);
  await progress.matched({ ...found, users: found.matched.length });
  return new FilesRun(deps, request, progress, started).run(found.matched);
}

/** Users of one group, claimed and read. */
type Read = readonly { readonly user: ClaimedUser; readonly verdict: Verdict }[];

/** Groups of users, one after the other; the next one is read while PostgreSQL writes the last. */
class FilesRun {
  readonly #deps: FilesDeps;
  readonly #request: FilesRequest;
  readonly #progress: FilesProgress;
  readonly #fetch: Fetch;
  /** Claimed and not written. */
  readonly #claimed = new Set<string>();
  #slice: StartedSlice;

  constructor(deps: FilesDeps, request: FilesRequest, progress: FilesProgress, started: StartedSlice) {
    this.#deps = deps;
    this.#request = request;
    this.#progress = progress;
    this.#fetch = createArchiveFetch(request.archive);
    this.#slice = started;
  }

  /** @returns false: the PBX is gone */
  async run(matched: readonly Matched[]): Promise<boolean> {
    const groups: (readonly Matched[])[] = [];
    for (let at = 0; at < matched.length; at += GROUP) groups.push(matched.slice(at, at + GROUP));
    let ahead: Promise<Read> | null = null;
    try {
      for (const [number, group] of groups.entries()) {
        let read: Read = await (ahead ?? this.#read(group));
        ahead = this.#read(groups[number + 1] ?? []);
        // Who awaits it is told; when this group's writing fails first, nobody does.
        ahead.catch(() => undefined);
        let left = await this.#write(group, read, false);
        for (let tries = 2; left.length > 0; tries += 1) {
          // A slice of a worker has begun: what was read ahead is void too.
          await ahead?.catch(() => undefined);
          ahead = null;
          if (!(await this.#begin())) return false;
          read = await this.#read(left);
          left = await this.#write(left, read, tries === MOST_TRIES);
        }
      }
      return true;
    } finally {
      await ahead?.catch(() => undefined);
      const { pbx, epoch } = this.#slice;
      await releaseClaims(this.#deps.database, pbx.id, epoch, [...this.#claimed]);
    }
  }

  async #begin(): Promise<boolean> {
    const { database, ring } = this.#deps;
    const started = await startSlice(database, ring, this.#request.pbxId, ARCHIVE_ADDRESS);
    if (started === null) return false;
    this.#slice = started;
    this.#claimed.clear();
    return true;
  }

  async #read(group: readonly Matched[]): Promise<Read> {
    const { database, ring } = this.#deps;
    const { pbx, epoch } = this.#slice;
    const { signal } = this.#request;
    signal.throwIfAborted();
    const templates = new Map(group.map((user) => [user.id, user.template]));
    const claimed = await claimUsers(database, pbx.id, epoch, [...templates.keys()]);
    for (const user of claimed) this.#claimed.add(user.id);
    const known = claimed.filter((user) => user.linesVersion !== null);
    const stored = known.length === 0 ? new Map() : await readContents(database, ring, known);
    const read: Read[number][] = [];
    for (let at = 0; at < claimed.length; at += AT_ONCE) {
      const some = claimed.slice(at, at + AT_ONCE).map(async (user) => ({
        user,
        verdict: await syncUser(
          user,
          { ...pbx, provisioningUrl: templates.get(user.id) ?? ARCHIVE_ADDRESS },
          {
            fetch: this.#fetch,
            ring,
            previous: async () => stored.get(user.id) ?? null,
            // Which of the server's names answered says nothing of the archive's.
            gather: (asked) => gatherConfig({ ...asked, answered: null, validators: undefined, allowedOrigins: ['*'] }),
            signal,
            now: Date.now,
          },
        ),
      }));
      read.push(...(await Promise.all(some)));
      await others();
    }
    return read;
  }

  /**
   * @param last who cannot be written is passed over
   * @returns users that are to be read again: somebody changed them, or took the PBX over
   */
  async #write(group: readonly Matched[], read: Read, last: boolean): Promise<readonly Matched[]> {
    const { database, ring, feed } = this.#deps;
    const { pbx, epoch, ownAddress } = this.#slice;
    this.#request.signal.throwIfAborted();
    const judged = await rejectConflicts(database, pbx, read);
    const results = judged.map(({ user, verdict }) =>
      fromFiles(settle(user, verdict, { pbx, nowMs: Date.now(), random: Math.random() }), this.#request, ownAddress),
    );
    const leftOf = (written: ReadonlySet<string>) => group.filter((user) => !written.has(user.id));
    const written = await writeResults(database, ring, pbx.id, epoch, results, async (tx, ids) => {
      const left = leftOf(ids).length;
      const tally = { ...tallyOf(results.filter(({ user }) => ids.has(user.id))), passedOver: last ? left : 0 };
      await this.#progress.group(tx, tally, left === 0 || last ? (group.at(-1)?.id ?? null) : null);
    });
    for (const id of written) this.#claimed.delete(id);
    if (results.some((result) => result.entry !== null)) feed.touch();
    return last ? [] : leftOf(written);
  }
}

function tallyOf(written: readonly UserResult[]): Omit<FileTally, 'passedOver'> {
  const failures = written.flatMap(({ user, reasonCode, reason }) =>
    reasonCode === null ? [] : [{ userId: user.id, mac: user.mac, code: reasonCode, message: reason ?? '' }],
  );
  const unchanged = written.filter(({ success, lines }) => success !== null && lines === null).length;
  return {
    provisioned: written.length - failures.length - unchanged,
    unchanged,
    failed: failures.length,
    failures,
  };
}

interface Matched {
  readonly id: string;
  /** Address form under which the archive has the user's file. */
  readonly template: string;
}

/** Users that the archive has a file for, by the names that the persona would ask for; in the order of ids. */
async function matchUsers(
  deps: FilesDeps,
  { pbxId, archive, after }: FilesRequest,
  { pbx: { persona }, ownAddress }: StartedSlice,
): Promise<{ readonly matched: readonly Matched[]; readonly unknownMacs: readonly Mac[]; readonly off: number }> {
  const names = new Set(namedFiles(archive).map(({ path }) => fileName(path)));
  const macs = [...new Set([...names].flatMap((name) => findMacInName(name) ?? []))];
  const users = await findUsersByMac(deps.database, pbxId, macs);
  const templates = [...namePattern(ownAddress), ARCHIVE_ADDRESS];
  const templateOf = (mac: string) =>
    templates.find((template) =>
      planFiles(template, persona, mac as Mac).some((slot) =>
        slot.candidates.some((url) => isOfMac(fileName(url), mac) && names.has(fileName(url))),
      ),
    );
  const matched: Matched[] = [];
  let off = 0;
  for (const [number, user] of users.entries()) {
    if (number % GROUP === 0) await others();
    const template = templateOf(user.mac);
    if (template === undefined) continue;
    if (user.off) off += 1;
    else if (after === null || user.id > after) matched.push({ id: user.id, template });
  }
  const known = new Set(users.map((user) => user.mac));
  return { matched, unknownMacs: macs.filter((mac) => !known.has(mac)), off };
}

/** The file name of the PBX's own address, where that has the MAC in it: `.../phones/cfg-{mac}.txt`. */
function namePattern(ownAddress: string | null): string[] {
  const name = fileName(ownAddress?.split(/[?#]/, 1)[0] ?? '', false);
  return /\{mac\}|\$ma/i.test(name) ? [ARCHIVE_ADDRESS + name] : [];
}

function fileName(path: string, folded = true): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return folded ? name.toLowerCase() : name;
}

function isOfMac(name: string, mac: string): boolean {
  return name.includes(mac);
}

/** What a sync leaves behind, as it is true of files: no server answered, and without an address none will be asked. */
function fromFiles(result: UserResult, { archive, by }: FilesRequest, ownAddress: string | null): UserResult {
  const { entry, success, user, reason } = result;
  const named = (text: string) => (text.includes(archive.name) ? text : `${archive.name}: ${text}`);
  // Advice for a server that answered strangely is none for a file.
  const isOfFile = /^(?:HTTP|BODY|PARSE|INCLUDE)_/.test(result.reasonCode ?? '');
  return {
    ...result,
    reason: reason === null ? null : named(reason),
    dueAtMs: ownAddress === null ? null : result.dueAtMs,
    success: success === null ? null : { ...success, answered: user.answered, etag: null, lastModified: null },
    entry:
      entry === null
        ? null
        : {
            ...entry,
            actor: by,
            sentence: result.reasonCode === null ? entry.sentence : named(entry.sentence),
            nextAction: isOfFile ? 'Export the file of this device again and upload it.' : (entry.nextAction ?? null),
            detail: { ...entry.detail, files: archive.name },
          },
  };
}
