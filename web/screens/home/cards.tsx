// The cards of the first page: what is in trouble, what ends, what waits, what runs. Each shows the worst and leads to the rest.
import { Anchor, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Ago } from '../../parts/ago.tsx';
import type { Rows } from '../../parts/cursor-list.ts';
import { EntryList } from '../../parts/entry-list.tsx';
import { NextAction, ReasonBrief } from '../../parts/reason.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { homeWords } from '../../words/home.ts';
import { Card } from './card.tsx';
import classes from './home.module.css';
import { type Overview, type Part, usePart } from './part.ts';

/** From so many seconds on the queue is late, not busy. */
const LATE_SECONDS = 300;

function Fine({ children }: { readonly children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}

function PbxCard({ part }: { readonly part: Part<Overview['pbxs']> }) {
  return (
    <Card
      title={homeWords.pbxs}
      part={part}
      more={({ inTrouble, total }) =>
        inTrouble > 0 && (
          <Link to="/pbxs" search={{ state: 'trouble' }} className={classes.link}>
            {homeWords.pbxsOf(inTrouble, total)}
          </Link>
        )
      }
    >
      {({ total, worst }) =>
        worst.length === 0 ? (
          <Fine>{homeWords.pbxsFine(total)}</Fine>
        ) : (
          <ul className={classes.rows}>
            {worst.map(({ id, name, why, code, nextAction, pausedUntil, failedUsers }) => (
              <li key={id}>
                <Group justify="space-between" gap="xs">
                  <Anchor size="sm" fw={600} renderRoot={(props) => <Link to="/pbxs/$id" params={{ id }} {...props} />}>
                    {name}
                  </Anchor>
                  <Group gap="sm">
                    {why !== 'users' && code !== null && <ReasonBrief code={code} nextAction={nextAction} />}
                    <Dot word={homeWords.whys[why]} dot={why === 'pause' ? '--dot-stale' : '--dot-failed'} />
                  </Group>
                </Group>
                <Text size="xs" c="dimmed">
                  {failedUsers > 0 && (
                    <Link to="/users" search={{ pbx: id, status: 'failed' }} className={classes.link}>
                      {homeWords.failedUsers(failedUsers)}
                    </Link>
                  )}
                  {pausedUntil !== null && ` ${homeWords.until} `}
                  {pausedUntil !== null && <Ago time={pausedUntil} />}
                </Text>
                {nextAction !== null && <NextAction text={nextAction} />}
              </li>
            ))}
          </ul>
        )
      }
    </Card>
  );
}

function QueueCard() {
  return (
    <Card title={homeWords.queue} part={usePart('queue')}>
      {(queue) =>
        queue === null ? (
          <Fine>{homeWords.notForYou}</Fine>
        ) : queue.due === 0 || queue.oldestSeconds === null ? (
          <Fine>{homeWords.queueFine}</Fine>
        ) : (
          <Stack gap={4}>
            <Text size="xl" fw={700} lh={1.2}>
              {homeWords.queueDue(queue.due)}
            </Text>
            <Text size="sm">{homeWords.queueOldest(queue.oldestSeconds)}</Text>
            {queue.oldestSeconds > LATE_SECONDS && <NextAction text={homeWords.queueLate} />}
          </Stack>
        )
      }
    </Card>
  );
}

function ImportCard() {
  return (
    <Card
      title={homeWords.imports}
      part={usePart('imports')}
      more={() => (
        <Link to="/imports" className={classes.link}>
          {homeWords.allImports}
        </Link>
      )}
    >
      {(imports) =>
        imports === null ? (
          <Fine>{homeWords.notForYou}</Fine>
        ) : imports.newest.length === 0 ? (
          <Fine>{homeWords.importsFine}</Fine>
        ) : (
          <ul className={classes.rows}>
            {imports.newest.map(({ id, fileName, job, progressCount, rowCount }) => (
              <li key={id}>
                <Group justify="space-between" gap="xs">
                  <Anchor size="sm" renderRoot={(props) => <Link to="/imports/$id" params={{ id }} {...props} />}>
                    {fileName ?? homeWords.importWithoutName}
                  </Anchor>
                  <Text size="xs" c="dimmed">
                    {[job && homeWords.jobs[job], homeWords.progress(progressCount, rowCount)]
                      .filter(Boolean)
                      .join(' · ')}
                  </Text>
                </Group>
                <Progress
                  value={rowCount === 0 ? 0 : (progressCount / rowCount) * 100}
                  size="sm"
                  mt={4}
                  aria-label={fileName ?? homeWords.importWithoutName}
                />
              </li>
            ))}
          </ul>
        )
      }
    </Card>
  );
}

function CertificateCard() {
  return (
    <Card title={homeWords.certificates} part={usePart('certificates')}>
      {({ total, soonest }) => (
        <>
          {soonest.length === 0 ? (
            <Fine>{homeWords.certificatesFine}</Fine>
          ) : (
            <ul className={classes.rows}>
              {soonest.map(({ pbxId, pbxName, kind, subject, fingerprint256, validTo, expired }) => (
                <li key={`${pbxId} ${fingerprint256}`}>
                  <Group justify="space-between" gap="xs">
                    <Anchor
                      size="sm"
                      renderRoot={(props) => (
                        <Link to="/pbxs/$id" params={{ id: pbxId }} search={{ tab: 'tls' }} {...props} />
                      )}
                    >
                      {`${pbxName} · ${homeWords.certificateKinds[kind]}`}
                    </Anchor>
                    <Group gap={6}>
                      <Dot
                        word={expired ? homeWords.ended : homeWords.ends}
                        dot={expired ? '--dot-failed' : '--dot-stale'}
                      />
                      <Text size="sm" span>
                        <Ago time={validTo} />
                      </Text>
                    </Group>
                  </Group>
                  <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    {subject}
                  </Text>
                </li>
              ))}
            </ul>
          )}
          {total > soonest.length && (
            <Text size="sm" c="dimmed">
              {homeWords.more(total - soonest.length)}
            </Text>
          )}
        </>
      )}
    </Card>
  );
}

function FailureCard() {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Card
      title={homeWords.failures}
      part={usePart('failures')}
      more={() => (
        <Link to="/activity" search={{ outcome: 'failed' }} className={classes.link}>
          {homeWords.allFailures}
        </Link>
      )}
    >
      {(failures) =>
        failures === null ? (
          <Fine>{homeWords.notForYou}</Fine>
        ) : (
          <EntryList
            label={homeWords.failures}
            rows={asRows(failures)}
            open={open}
            onOpen={setOpen}
            empty={<Fine>{homeWords.failuresFine}</Fine>}
          />
        )
      }
    </Card>
  );
}

/** All there is of a list. */
function asRows<Item>(items: readonly Item[]): Rows<Item> {
  const nothing = () => undefined;
  return {
    items,
    about: items.length,
    isLoading: false,
    error: null,
    hasMore: false,
    isLoadingMore: false,
    loadMore: nothing,
    again: nothing,
  };
}

/** @param pbxs read by the page, which asks whether there is any */
export function Cards({ pbxs }: { readonly pbxs: Part<Overview['pbxs']> }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <PbxCard part={pbxs} />
        <QueueCard />
        <ImportCard />
        <CertificateCard />
      </SimpleGrid>
      <FailureCard />
    </>
  );
}
