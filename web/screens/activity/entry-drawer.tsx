// One entry, beside the list: all that is known of it, and what can be done. j and k go on to the next one, r is Sync.
import { ActionIcon, Anchor, Button, Drawer, Group, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import type { Entry } from '../../live/feed.ts';
import { EntryDetail } from '../../parts/entry-detail.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Empty, Trouble, Waiting } from '../../parts/states.tsx';
import { activityWords } from '../../words/activity.ts';
import { commonWords } from '../../words/common.ts';
import { entryWords } from '../../words/entries.ts';
import { acceptableOf, syncUsersOf } from './entry-sync.ts';

interface EntryDrawerProps {
  readonly id: string;
  /** Absent: not among those that were read. */
  readonly entry: Entry | undefined;
  /** By how many lines; absent: there is none. */
  readonly onStep: (by: 1 | -1) => void;
  readonly onClose: () => void;
}

export function EntryDrawer({ id, entry: known, onStep, onClose }: EntryDrawerProps) {
  const found = useQuery({
    queryKey: ['entry', id],
    queryFn: () => findEntry(id),
    enabled: known === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const entry = known ?? found.data ?? undefined;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={entry ? entryWords.sayVerb(entry.verb) : activityWords.title}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === 'j') onStep(1);
        else if (event.key === 'k') onStep(-1);
        else if (event.key === 'r' && entry) void syncUsersOf([entry]);
      }}
    >
      {entry ? (
        <EntryDetail entry={entry} actions={<EntryActions entry={entry} onStep={known ? onStep : undefined} />} />
      ) : found.isError ? (
        <Trouble error={found.error} onRetry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Waiting lines={6} />
      ) : (
        <Empty title={activityWords.entryGone}>{activityWords.entryGoneWhat}</Empty>
      )}
    </Drawer>
  );
}

function EntryActions({
  entry,
  onStep,
}: {
  readonly entry: Entry;
  readonly onStep: ((by: 1 | -1) => void) | undefined;
}) {
  const { why } = useMay('user.sync', entry);
  const doubt = acceptableOf(entry);
  const only = (search: Record<string, string>, words: string) => (
    <Anchor size="sm" renderRoot={(props) => <Link to="/activity" search={search} {...props} />}>
      {words}
    </Anchor>
  );
  return (
    <Group gap="xs">
      {entry.userId !== null && (
        <MayButton size="xs" variant="default" why={why} onClick={() => void syncUsersOf([entry])}>
          {activityWords.syncUser}
        </MayButton>
      )}
      {doubt !== null && (
        <MayButton size="xs" variant="default" why={why} onClick={() => void syncUsersOf([entry], doubt)}>
          {activityWords.acceptOnce}
        </MayButton>
      )}
      {onStep && (
        <Button.Group>
          <Tooltip label={activityWords.previous}>
            <ActionIcon variant="default" aria-label={activityWords.previous} onClick={() => onStep(-1)}>
              <IconChevronUp size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={activityWords.next}>
            <ActionIcon variant="default" aria-label={activityWords.next} onClick={() => onStep(1)}>
              <IconChevronDown size={16} />
            </ActionIcon>
          </Tooltip>
        </Button.Group>
      )}
      {entry.userId !== null && only({ user: entry.userId }, activityWords.onlyUser)}
      {entry.pbxId !== null && only({ pbx: entry.pbxId }, activityWords.onlyPbx)}
      {entry.code !== null && only({ code: entry.code }, activityWords.onlyCode)}
    </Group>
  );
}

/** How far the clock of the database may be from the one that made the id. */
const AROUND_MS = 60_000;

/** The first 48 bits of an id are its moment (RFC 9562, 5.7): so a link finds what lies far down the list. */
async function findEntry(id: string): Promise<Entry | null> {
  const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  if (!Number.isSafeInteger(time)) return null;
  const from = new Date(time - AROUND_MS).toISOString();
  const to = new Date(time + AROUND_MS).toISOString();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readAround>> = await readAround(from, to, cursor);
    const entry = page.items.find((item) => item.id === id);
    if (entry) return entry;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return null;
}

const readAround = (from: string, to: string, cursor: string | null) =>
  call('GET /activity', { query: { from, to, limit: '500', ...(cursor !== null && { cursor }) } });
