// Entries of the feed one below the other, each opened where it stands: the timeline of a user, the last of a PBX. For lists of
// some hundred; the feed itself is a table.
import { Button, Center, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useId } from 'react';
import type { Entry } from '../live/feed.ts';
import { commonWords } from '../words/common.ts';
import { entryWords } from '../words/entries.ts';
import { Ago } from './ago.tsx';
import type { Rows } from './cursor-list.ts';
import { EntryDetail, type Known } from './entry-detail.tsx';
import classes from './entry-list.module.css';
import { Trouble, Waiting } from './states.tsx';
import { Dot } from './status-chip.tsx';

interface EntryListProps {
  /** What they are, for who does not see it: "Timeline of Ann". */
  readonly label: string;
  /** Of `useCursorList('GET /activity', ...)`, or of a timeline. */
  readonly rows: Rows<Entry>;
  /** Id of the one that is open. */
  readonly open: string | null;
  readonly onOpen: (id: string | null) => void;
  readonly known?: readonly Known[];
  /** Only so many, and no button for more. */
  readonly limit?: number;
  /** Buttons in the opened entry. */
  readonly actions?: (entry: Entry) => ReactNode;
  /** Instead of entries when there are none. */
  readonly empty: ReactNode;
}

export function EntryList({ label, rows, open, onOpen, known = [], limit, actions, empty }: EntryListProps) {
  const id = useId();
  if (rows.isLoading) return <Waiting what={`${commonWords.loading} ${label.toLowerCase()}`} lines={4} />;
  if (rows.items.length === 0) return rows.error ? <Trouble error={rows.error} onRetry={rows.again} /> : empty;
  return (
    <>
      {rows.error !== null && <Trouble error={rows.error} onRetry={rows.again} />}
      <ol className={classes.list} aria-label={label} onKeyDown={moveByKey}>
        {rows.items.slice(0, limit).map((entry) => {
          const isOpen = entry.id === open;
          const about = [
            !known.includes('user') && entry.userName,
            !known.includes('pbx') && entry.pbxName,
            entry.actor !== 'system' && entry.actor,
          ].filter(Boolean);
          return (
            <li key={entry.id}>
              <UnstyledButton
                className={classes.head}
                aria-expanded={isOpen}
                aria-controls={`${id}-${entry.id}`}
                onClick={() => onOpen(isOpen ? null : entry.id)}
              >
                <IconChevronRight size={14} className={classes.chevron} aria-hidden />
                <span className={classes.outcome}>
                  <Dot word={entryWords.outcomes[entry.outcome].word} dot={entryWords.outcomes[entry.outcome].dot} />
                </span>
                <span className={classes.time}>
                  <Ago time={entry.at} />
                </span>
                <span className={classes.sentence}>{entry.sentence}</span>
                {about.length > 0 && <span className={classes.about}>{about.join(' · ')}</span>}
              </UnstyledButton>
              <div id={`${id}-${entry.id}`} hidden={!isOpen} className={classes.detail}>
                {isOpen && <EntryDetail entry={entry} known={known} {...(actions && { actions: actions(entry) })} />}
              </div>
            </li>
          );
        })}
      </ol>
      {rows.hasMore && limit === undefined && (
        <Center mt="sm">
          <Button variant="default" size="xs" loading={rows.isLoadingMore} onClick={rows.loadMore}>
            {entryWords.more}
          </Button>
        </Center>
      )}
    </>
  );
}

/** j and k go from one to the next, as in tables. */
function moveByKey(event: KeyboardEvent<HTMLOListElement>): void {
  const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
  if (step === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const heads = [...event.currentTarget.querySelectorAll<HTMLElement>('button[aria-expanded]')];
  const at = heads.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  heads[at + step]?.focus();
}
