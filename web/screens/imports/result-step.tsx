// The last step: what was done, how the harvest of these users goes, and taking it back within a day.
import { Alert, Anchor, Button, Group, Paper, Progress, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconArrowBackUp, IconDownload, IconUsers } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call, pathOf } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { useEntries } from '../../live/feed.ts';
import { importQuery } from '../../live/import-progress.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Empty, Trouble } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { importWords } from '../../words/imports.ts';
import { provisioningWords } from '../../words/statuses.ts';
import { sayExactly } from '../../words/times.ts';
import { type Import, isOpen, JobProgress, Numbers } from './import-state.tsx';
import { RowGrid } from './row-grid.tsx';
import { type ImportRow, useAllRows, useFilteredRows } from './rows.ts';

const words = importWords.result;
const route = getRouteApi('/shell/imports/$id');

export function ResultStep({
  import: upload,
  mayNot,
  onGoOn,
}: {
  readonly import: Import;
  readonly mayNot: string | null;
  readonly onGoOn: () => void;
}) {
  const isUndone = upload.state === 'undone';
  return (
    <Stack>
      {upload.failure !== null && (
        <Alert color="red" role="alert" title={importWords.check.failure} c="var(--mantine-color-text)">
          {upload.failure}
        </Alert>
      )}
      {upload.job === 'undo' && (
        <JobProgress import={upload} says={words.undoing(upload.progressCount, upload.rowCount)} />
      )}
      <Group justify="space-between" align="flex-start">
        <Numbers
          numbers={[
            [upload.createdCount, words.created],
            [upload.updatedCount, words.updated],
            [upload.skippedCount, words.skipped],
            [upload.errorCount, words.failed, 'error'],
            ...(isUndone ? [[upload.undoneCount, words.undone] as const] : []),
          ]}
        />
        <Group>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            component="a"
            href={pathOf('GET /imports/{id}/result', { params: { id: upload.id } })}
            download
            title={words.downloadWhat}
          >
            {words.download}
          </Button>
          <Button
            leftSection={<IconUsers size={16} />}
            renderRoot={(props) => <Link to="/users" search={{ import: upload.id }} {...props} />}
          >
            {words.toUsers}
          </Button>
        </Group>
      </Group>
      {upload.submittedBy !== null && (
        <Text size="sm" c="dimmed">
          {words.by(upload.submittedBy)} {'· '}
          <Ago time={upload.submittedAt} />
        </Text>
      )}
      {isOpen(upload) && (
        <Alert color="yellow" c="var(--mantine-color-text)">
          <Group justify="space-between">
            {words.goOnWhat}
            <MayButton size="xs" variant="default" why={mayNot} onClick={onGoOn}>
              {words.goOn}
            </MayButton>
          </Group>
        </Alert>
      )}
      {isUndone ? <Undone import={upload} /> : <Harvest import={upload} />}
      <UndoPart import={upload} mayNot={mayNot} />
      <ResultRows import={upload} />
    </Stack>
  );
}

const STATUSES = ['provisioned', 'fetching', 'waiting', 'stale', 'failed', 'off'] as const;
const POLL_MS = 2_000;

function Harvest({ import: upload }: { readonly import: Import }) {
  const isUnderWay = (data: Answer<'GET /imports/{id}/harvest'> | undefined) =>
    data !== undefined && data.users.waiting + data.users.fetching > 0;
  const harvest = useQuery({
    ...read('GET /imports/{id}/harvest', { params: { id: upload.id } }),
    // While they come in quickly; later on the feed tells.
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? POLL_MS : false),
  });
  useEntries((entries) => {
    if (entries.length === 0 || entries.some((entry) => entry.userId !== null)) void harvest.refetch();
  });
  if (harvest.error && !harvest.data) return <Trouble error={harvest.error} onRetry={() => void harvest.refetch()} />;
  if (!harvest.data) return null;
  const { users, reasons } = harvest.data;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.harvest}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {words.harvest}
        </Title>
        {users.total === 0 ? (
          <Text size="sm">{words.harvestNone}</Text>
        ) : (
          <>
            <Progress.Root size="lg" aria-hidden>
              {STATUSES.map((status) => (
                <Progress.Section
                  key={status}
                  value={(users[status] / users.total) * 100}
                  color={`var(${provisioningWords[status].dot})`}
                  withAria={false}
                />
              ))}
            </Progress.Root>
            <Group gap="lg" role="status">
              {STATUSES.filter((status) => users[status] > 0).map((status) => (
                <Anchor
                  key={status}
                  c="var(--mantine-color-text)"
                  renderRoot={(props) => <Link to="/users" search={{ import: upload.id, status }} {...props} />}
                >
                  <Group gap={6} component="span">
                    <Dot {...provisioningWords[status]} />
                    <Text span fw={600} size="sm">
                      {users[status].toLocaleString('en')}
                    </Text>
                  </Group>
                </Anchor>
              ))}
            </Group>
            {users.provisioned === users.total && <Text size="sm">{words.harvestDone}</Text>}
            {reasons.length > 0 && (
              <Text size="sm" c="dimmed">
                {reasons.map(({ code, users: number }) => words.reason(code, number)).join(' · ')}
              </Text>
            )}
          </>
        )}
      </Stack>
    </Paper>
  );
}

function UndoPart({ import: upload, mayNot }: { readonly import: Import; readonly mayNot: string | null }) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  if (upload.undoUntil === null || upload.job !== null) return null;
  const isOver = Date.parse(upload.undoUntil) < Date.now();
  return (
    <Group justify="space-between">
      <Text size="sm">
        {isOver ? (
          words.undoOver
        ) : (
          <>
            {`${words.undoUntil} ${sayExactly(upload.undoUntil)} (`}
            <Ago time={upload.undoUntil} />
            {')'}
          </>
        )}
      </Text>
      <MayButton
        variant="default"
        leftSection={<IconArrowBackUp size={16} />}
        why={mayNot ?? (isOver ? words.undoOver : null)}
        onClick={() => setAsking(true)}
      >
        {words.undo}
      </MayButton>
      <Confirm
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={words.undoTitle}
        deed={words.undo}
        danger
        onConfirm={async () => {
          const answer = await call('POST /imports/{id}/undo', { params: { id: upload.id } });
          client.setQueryData(importQuery(upload.id).queryKey, answer);
        }}
      >
        {`${words.undoWhat(upload.createdCount, upload.updatedCount)} ${words.undoKept}`}
      </Confirm>
    </Group>
  );
}

function Undone({ import: upload }: { readonly import: Import }) {
  const kept = useQuery(
    read('GET /imports/{id}/rows', { params: { id: upload.id }, query: { outcome: 'kept', limit: '20' } }),
  );
  const all = upload.createdCount + upload.updatedCount;
  return (
    <Alert color="blue" role="status" c="var(--mantine-color-text)" title={words.undoneAlready}>
      <Stack gap="xs">
        <Text size="sm">{words.undoneWhat(upload.undoneCount, Math.max(0, all - upload.undoneCount))}</Text>
        {kept.data?.items.map((row) => (
          <Text key={row.number} size="sm">
            {importWords.check.firstRow(row.number, `${nameOf(row)}: ${row.outcomeReason ?? ''}`)}
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}

function nameOf({ cells }: ImportRow): string {
  return cells.name ?? cells.teams_user_id ?? cells.sip_user_id ?? cells.mac_address ?? '';
}

const OUTCOMES = ['created', 'updated', 'skipped', 'failed', 'undone', 'kept'] as const;

function ResultRows({ import: upload }: { readonly import: Import }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const outcome = OUTCOMES.find((each) => each === search.outcome) ?? null;
  const all = useAllRows(upload.id, upload.rowCount, outcome === null);
  const filtered = useFilteredRows(upload.id, outcome === null ? null : { outcome });
  const offered = OUTCOMES.filter((each) => COUNTS[each](upload) > 0 || each === outcome);
  const show = (value: string) =>
    void navigate({
      search: { step: 'result', outcome: value === 'all' ? undefined : value },
      replace: true,
      resetScroll: false,
    });
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {words.rows}
      </Title>
      <Group>
        <SegmentedControl
          size="xs"
          aria-label={words.filter}
          value={outcome ?? 'all'}
          onChange={show}
          data={[
            { value: 'all', label: words.all },
            ...offered.map((value) => ({ value, label: importWords.row.outcomes[value] })),
          ]}
        />
      </Group>
      <RowGrid
        import={upload}
        rows={outcome === null ? all.rows : filtered.rows}
        secrets={NO_SECRETS}
        choices={{}}
        mayEdit={false}
        isResult
        {...(outcome === null && { onSeen: all.onSeen })}
        empty={
          <Empty title={importWords.check.noneLeft} action={<Button onClick={() => show('all')}>{words.all}</Button>} />
        }
      />
    </Stack>
  );
}

const NO_SECRETS: ReadonlySet<string> = new Set();

/** Which filters have anything to show. */
const COUNTS: Readonly<Record<(typeof OUTCOMES)[number], (upload: Import) => number>> = {
  created: (upload) => (upload.state === 'undone' ? 0 : upload.createdCount),
  updated: (upload) => (upload.state === 'undone' ? 0 : upload.updatedCount),
  skipped: (upload) => upload.skippedCount,
  failed: (upload) => upload.errorCount,
  undone: (upload) => upload.undoneCount,
  kept: (upload) =>
    upload.state === 'undone' ? Math.max(0, upload.createdCount + upload.updatedCount - upload.undoneCount) : 0,
};
