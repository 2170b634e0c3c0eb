// Why is it so: everything that happened to a user, newest first, as it comes.
import { Button } from '@mantine/core';
import type { Entry } from '../../live/feed.ts';
import { useEntries } from '../../live/feed.ts';
import { useCursorList } from '../../parts/cursor-list.ts';
import { EntryList } from '../../parts/entry-list.tsx';
import { Empty } from '../../parts/states.tsx';
import { nameOf, userWords } from '../../words/users.ts';
import { useSyncUser } from './sync-user.ts';
import type { OneUser } from './user.tsx';
import { AcceptOnce, sayNextTry } from './user-standing.tsx';

const { detail: words } = userWords;
/** Of the address: everything is closed, also the newest. */
const CLOSED = 'none';

interface UserTimelineProps {
  readonly user: OneUser;
  /** Of the address. Undefined: the newest attempt. */
  readonly open: string | undefined;
  readonly onOpen: (id: string | undefined) => void;
}

export function UserTimeline({ user, open, onOpen }: UserTimelineProps) {
  const rows = useCursorList('GET /users/{id}/timeline', { params: { id: user.id } });
  useEntries((entries) => {
    if (entries.length === 0 || entries.some(({ userId }) => userId === user.id)) rows.again();
  });
  const newest = newestAttempt(rows.items);
  return (
    <EntryList
      label={words.timelineOf(nameOf(user))}
      rows={rows}
      open={open === CLOSED ? null : (open ?? newest?.id ?? null)}
      onOpen={(id) => onOpen(id ?? CLOSED)}
      known={['user', 'pbx']}
      actions={(entry) => entry.id === newest?.id && <AcceptOnce user={user} code={entry.code} />}
      empty={<NothingYet user={user} />}
    />
  );
}

/** What somebody looks for who asks "why?": the last try; changes of settings came after it and say nothing of it. */
export function newestAttempt(entries: readonly Entry[]): Entry | undefined {
  return entries.find(({ verb }) => verb === 'sync') ?? entries[0];
}

function NothingYet({ user }: { readonly user: OneUser }) {
  const { sync, isBusy } = useSyncUser(user);
  return (
    <Empty
      title={words.nothingYet}
      action={
        user.enabled.value &&
        user.mac !== null && (
          <Button variant="default" loading={isBusy} onClick={() => void sync()}>
            {userWords.sync}
          </Button>
        )
      }
    >
      {sayNextTry(user)}
    </Empty>
  );
}
