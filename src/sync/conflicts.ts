// Doubts that only the store can see: two devices with one SIP account, two users with one DID. One slice at a time
// writes for a PBX, so looking before writing is enough.
import type { Database } from '../store/database.ts';
import { type ClaimedUser, findHolders, type Holder, type SlicePbx } from '../store/slices.ts';
import type { Harvest, Verdict } from './sync-user.ts';

interface Judged {
  readonly user: ClaimedUser;
  readonly verdict: Verdict;
}

/** Turns harvests that collide with what others hold into failures; the first one that came keeps what it has. */
export async function rejectConflicts<T extends Judged>(
  database: Database,
  pbx: SlicePbx,
  finished: readonly T[],
): Promise<T[]> {
  const fresh = finished.flatMap(({ user, verdict }) =>
    verdict.kind !== 'failed' && verdict.harvest !== null && isNew(user, verdict.harvest) ? [verdict.harvest] : [],
  );
  const holders = await findHolders(
    database,
    pbx,
    fresh.flatMap((harvest) => harvest.aorTags),
    fresh.flatMap((harvest) => (harvest.did === null ? [] : [harvest.did])),
  );
  const taken: Holder[] = [...holders];
  return finished.map((item) => {
    const { user, verdict } = item;
    if (verdict.kind === 'failed' || verdict.harvest === null) return item;
    const { harvest } = verdict;
    const conflict = isNew(user, harvest) ? findConflict(user, harvest, taken) : null;
    if (conflict !== null) {
      const steps = [...verdict.steps, { step: 'store', ok: false, text: conflict.message }];
      return { ...item, verdict: { kind: 'failed', ...conflict, answered: true, steps } };
    }
    taken.push({ ...user, aorTag: harvest.aorTag, did: harvest.did, samePbx: true });
    return item;
  });
}

function isNew(user: ClaimedUser, harvest: Harvest): boolean {
  return !harvest.aorTags.includes(user.aorTag ?? '') || (harvest.did !== null && user.did !== harvest.did);
}

function findConflict(
  user: ClaimedUser,
  harvest: Harvest,
  taken: readonly Holder[],
): { readonly code: 'AOR_CONFLICT' | 'DID_CONFLICT'; readonly message: string } | null {
  const line = harvest.content.lines.find((candidate) => candidate.line === harvest.content.line);
  const account = taken.find(
    (other) =>
      other.samePbx && harvest.aorTags.includes(other.aorTag ?? '') && other.mac !== user.mac && other.id !== user.id,
  );
  if (account !== undefined && harvest.accepted !== 'AOR_CONFLICT') {
    return {
      code: 'AOR_CONFLICT',
      message: `The file gives the SIP account ${line?.userName ?? ''}, which ${account.name} (MAC ${account.mac ?? 'none'}) has already.`,
    };
  }
  const number =
    harvest.did === null ? undefined : taken.find((other) => other.did === harvest.did && other.id !== user.id);
  if (number !== undefined) {
    return { code: 'DID_CONFLICT', message: `The number ${harvest.did} belongs to ${number.name} already.` };
  }
  return null;
}
