// Provisions users of one PBX from files that a person handed over: the story of sync-user.ts, with an archive in place of
// the server. For PBXs that let nobody in. Keeps nothing of the archive but what a sync keeps.
import { ARCHIVE_ADDRESS, type Archive, createArchiveFetch, namedFiles } from '../../fetchers/archive.ts';
import type { Fetch } from '../../fetchers/fetcher.ts';
import { findMacInName, type Mac } from '../../vendors/mac.ts';
import { type Persona, planFiles } from '../../vendors/persona.ts';
import { appendActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import type { KeyRing } from '../store/key-ring.ts';
import {
  claimUsers,
  findUsersByMac,
  readContents,
  releaseClaims,
  type SlicePbx,
  startSlice,
  type UserResult,
  writeResults,
} from '../store/slices.ts';
import { rejectConflicts } from './conflicts.ts';
import { gatherConfig } from './gather.ts';
import { settle } from './settle.ts';
import { syncUser } from './sync-user.ts';

export interface FilesDeps {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly feed: FeedSignal;
}

export interface FilesRequest {
  readonly pbxId: string;
  /** The address of the PBX; null: it is never asked. */
  readonly provisioningUrl: string | null;
  readonly archive: Archive;
  /** Who handed the files over. */
  readonly by: string;
  /** Ends it between two groups of users; what was written stays. */
  readonly signal: AbortSignal;
}

export interface FilesReport {
  /** Users with a file in the archive that are switched on. */
  readonly users: number;
  /** New, or changed. */
  readonly provisioned: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Users with a file that are switched off: left alone. */
  readonly off: number;
  /** Not come to: the work was ended, or others kept changing the same users. */
  readonly left: number;
  /** MACs in names of files that no user of the PBX has. */
  readonly unknownMacs: readonly Mac[];
  readonly failures: readonly {
    readonly userId: string;
    readonly mac: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Users in one transaction. Short, so that a slice of a worker which begins meanwhile costs little. */
const GROUP = 100;
/** A worker's slice takes the PBX over by beginning. Then the group is done once more. */
const MOST_TRIES = 20;

/** Null: the PBX is gone. */
export async function syncFromFiles(deps: FilesDeps, request: FilesRequest): Promise<FilesReport | null> {
  const { pbxId, signal } = request;
  const fetch = createArchiveFetch(request.archive);
  const started = await startSlice(deps.database, deps.ring, pbxId, ARCHIVE_ADDRESS);
  if (started === null) return null;
  const { matched, unknownMacs, off } = await matchUsers(deps, request, started.pbx.persona);

  const results: UserResult[] = [];
  let unchanged = 0;
  let epoch = started.epoch;
  let { pbx } = started;
  for (let at = 0; at < matched.length && !signal.aborted; at += GROUP) {
    let group = matched.slice(at, at + GROUP);
    for (let tries = 0; tries < MOST_TRIES && group.length > 0; tries += 1) {
      if (tries > 0) {
        const again = await startSlice(deps.database, deps.ring, pbxId, ARCHIVE_ADDRESS);
        if (again === null) return null;
        ({ epoch, pbx } = again);
      }
      const done = await syncGroup(deps, request, fetch, pbx, epoch, group);
      results.push(...done.written);
      unchanged += done.unchanged;
      const settled = new Set(done.written.map((result) => result.user.id));
      group = group.filter((user) => !settled.has(user.id));
    }
    await releaseClaims(
      deps.database,
      pbx.id,
      epoch,
      group.map((user) => user.id),
    );
  }

  const failures = results.flatMap(({ user, reasonCode, reason }) =>
    reasonCode === null ? [] : [{ userId: user.id, mac: user.mac, code: reasonCode, message: reason ?? '' }],
  );
  const report: FilesReport = {
    users: matched.length,
    provisioned: results.length - failures.length - unchanged,
    unchanged,
    failed: failures.length,
    off,
    left: matched.length - results.length,
    unknownMacs,
    failures,
  };
  await appendActivity(deps.database.db, [summary(pbx, request, report)]);
  deps.feed.touch();
  return report;
}

interface Matched {
  readonly id: string;
  /** Address form under which the archive has the user's file. */
  readonly template: string;
}

/** Users that the archive has a file for, by the names that the persona would ask for. */
async function matchUsers(
  deps: FilesDeps,
  { pbxId, provisioningUrl, archive }: FilesRequest,
  persona: Persona,
): Promise<{ readonly matched: readonly Matched[]; readonly unknownMacs: readonly Mac[]; readonly off: number }> {
  const names = new Set(namedFiles(archive).map(({ path }) => fileName(path)));
  const macs = [...new Set([...names].flatMap((name) => findMacInName(name) ?? []))];
  const users = await findUsersByMac(deps.database, pbxId, macs);
  const templates = [...namePattern(provisioningUrl), ARCHIVE_ADDRESS];
  const templateOf = (mac: string) =>
    templates.find((template) =>
      planFiles(template, persona, mac as Mac).some((slot) =>
        slot.candidates.some((url) => isOfMac(fileName(url), mac) && names.has(fileName(url))),
      ),
    );
  const known = new Set(users.map((user) => user.mac));
  const withFile = users.flatMap(({ id, mac, off }) => {
    const template = templateOf(mac);
    return template === undefined ? [] : [{ id, off, template }];
  });
  return {
    matched: withFile.filter((user) => !user.off),
    unknownMacs: macs.filter((mac) => !known.has(mac)),
    off: withFile.filter((user) => user.off).length,
  };
}

/** The file name of the PBX's own address, where that has the MAC in it: `.../phones/cfg-{mac}.txt`. */
function namePattern(provisioningUrl: string | null): string[] {
  const name = fileName(provisioningUrl?.split(/[?#]/, 1)[0] ?? '', false);
  return /\{mac\}|\$ma/i.test(name) ? [ARCHIVE_ADDRESS + name] : [];
}

function fileName(path: string, folded = true): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return folded ? name.toLowerCase() : name;
}

function isOfMac(name: string, mac: string): boolean {
  return name.includes(mac);
}

async function syncGroup(
  deps: FilesDeps,
  request: FilesRequest,
  fetch: Fetch,
  pbx: SlicePbx,
  epoch: number,
  group: readonly Matched[],
): Promise<{ readonly written: readonly UserResult[]; readonly unchanged: number }> {
  const { database, ring } = deps;
  const claimed = await claimUsers(
    database,
    pbx.id,
    epoch,
    group.map((user) => user.id),
  );
  const stored = await readContents(
    database,
    ring,
    claimed.filter((user) => user.linesVersion !== null),
  );
  const templateOf = new Map(group.map((user) => [user.id, user.template]));
  const finished = await Promise.all(
    claimed.map(async (user) => ({
      user,
      verdict: await syncUser(
        user,
        { ...pbx, provisioningUrl: templateOf.get(user.id) ?? ARCHIVE_ADDRESS },
        {
          fetch,
          ring,
          previous: async () => stored.get(user.id) ?? null,
          // Which of the server's names answered says nothing of the archive's.
          gather: (asked) => gatherConfig({ ...asked, answered: null, validators: undefined, allowedOrigins: ['*'] }),
          signal: request.signal,
          now: Date.now,
        },
      ),
    })),
  );
  const judged = await rejectConflicts(database, pbx, finished);
  const results = judged.map(({ user, verdict }) =>
    fromFiles(
      settle(user, verdict, {
        pbx,
        nowMs: Date.now(),
        random: Math.random(),
      }),
      request,
    ),
  );
  const ids = await writeResults(database, ring, pbx.id, epoch, results);
  if (results.some((result) => result.entry !== null)) deps.feed.touch();
  const written = results.filter(({ user }) => ids.has(user.id));
  const unchanged = written.filter(({ success, lines }) => success !== null && lines === null);
  return { written, unchanged: unchanged.length };
}

/** What a sync leaves behind, as it is true of files: no server answered, and without an address none will be asked. */
function fromFiles(result: UserResult, { archive, by, provisioningUrl }: FilesRequest): UserResult {
  const { entry, success, user, reason } = result;
  const named = (text: string) => (text.includes(archive.name) ? text : `${archive.name}: ${text}`);
  // Advice for a server that answered strangely is none for a file.
  const isOfFile = /^(?:HTTP|BODY|PARSE|INCLUDE)_/.test(result.reasonCode ?? '');
  return {
    ...result,
    reason: reason === null ? null : named(reason),
    dueAtMs: provisioningUrl === null ? null : result.dueAtMs,
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

function summary(pbx: SlicePbx, { archive, by }: FilesRequest, report: FilesReport) {
  const { provisioned, unchanged, failed, off, left, unknownMacs } = report;
  const rest = [
    ...(off > 0 ? [`${off} switched off`] : []),
    ...(left > 0 ? [`${left} not come to`] : []),
    ...(unknownMacs.length > 0 ? [`${unknownMacs.length} MACs that no user has`] : []),
  ];
  return {
    tenantId: pbx.tenantId,
    pbxId: pbx.id,
    pbxName: pbx.name,
    actor: by,
    verb: 'pbx.files',
    outcome: failed + left > 0 ? ('failed' as const) : ('ok' as const),
    sentence: `Files of ${archive.name}: ${[`${provisioned} users provisioned`, `${unchanged} unchanged`, `${failed} failed`, ...rest].join(', ')}.`,
    detail: { files: archive.name, provisioned, unchanged, failed, off, left, unknownMacs: unknownMacs.slice(0, 20) },
  };
}
