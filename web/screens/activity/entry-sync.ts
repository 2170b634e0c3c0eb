// Sync from the feed: of the user of an entry, or of all users of a group.
import { call } from '../../api/client.ts';
import type { Entry } from '../../live/feed.ts';
import { tell, tellProblem } from '../../parts/toast.ts';
import { activityWords } from '../../words/activity.ts';

/** As many as the API takes at once. */
const MOST = 1_000;

const ACCEPTABLE = ['MAC_MISMATCH', 'AOR_CONFLICT', 'CREDENTIAL_PLACEHOLDER'] as const;
type Doubt = (typeof ACCEPTABLE)[number];

/** The doubt that a person may accept for one attempt; null: there is none. */
export const acceptableOf = ({ code, userId }: Entry): Doubt | null =>
  (userId !== null && ACCEPTABLE.find((doubt) => doubt === code)) || null;

/** Says how many are asked, or what went wrong. */
export async function syncUsersOf(entries: readonly Entry[], accept?: Doubt): Promise<void> {
  const userIds = [...new Set(entries.flatMap(({ userId }) => userId ?? []))].slice(0, MOST);
  if (userIds.length === 0) {
    tell(activityWords.noUser);
    return;
  }
  try {
    const body = { userIds, ...(accept !== undefined && { accept }) };
    tell(activityWords.synced((await call('POST /users/sync', { body })).requested));
  } catch (error) {
    tellProblem(error);
  }
}
