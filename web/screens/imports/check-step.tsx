// The third step: what a submit would do, what is wrong by kind, and every row to be looked at and mended.
import { Alert, Button, Group, NumberInput, SegmentedControl, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { call, pathOf } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { forgetImport, importQuery } from '../../live/import-progress.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { Empty } from '../../parts/states.tsx';
import { tellProblem } from '../../parts/toast.ts';
import { importWords } from '../../words/imports.ts';
import type { ColumnName } from './columns.ts';
import { type Import, isOpen, JobProgress, Numbers } from './import-state.tsx';
import { ProblemKinds } from './problem-kinds.tsx';
import { RowGrid } from './row-grid.tsx';
import { useAllRows, useFilteredRows } from './rows.ts';

const words = importWords.check;
const route = getRouteApi('/shell/imports/$id');

interface StepProps {
  readonly import: Import;
  readonly mayNot: string | null;
}

export function CheckStep({ import: upload, mayNot, onNext }: StepProps & { readonly onNext: () => void }) {
  const client = useQueryClient();
  const doubt = useRecheck(upload);
  const cannot = mayNot ?? (upload.job !== null ? words.jobRuns : isOpen(upload) ? null : words.cannotMend);
  async function ask(deed: 'POST /imports/{id}/validate' | 'POST /imports/{id}/cancel'): Promise<void> {
    try {
      client.setQueryData(importQuery(upload.id).queryKey, await call(deed, { params: { id: upload.id } }));
      if (deed === 'POST /imports/{id}/cancel') forgetImport(upload.id);
    } catch (error) {
      tellProblem(error);
    }
  }
  // Of a submit that was cancelled before it did anything nothing is known any more.
  const isChecked = upload.state === 'ready' || upload.submittedAt !== null;
  return (
    <Stack>
      {upload.failure !== null && (
        <Alert color="red" role="alert" title={words.failure} c="var(--mantine-color-text)">
          {upload.failure}
        </Alert>
      )}
      {doubt !== null && (
        <Alert color="yellow" role="status" c="var(--mantine-color-text)">
          {words.recheck(doubt, upload.errorCount)}
        </Alert>
      )}
      {upload.notices.map(({ code, detail }) => (
        <Alert key={code} color="yellow" c="var(--mantine-color-text)">
          {detail}
        </Alert>
      ))}
      {upload.job === 'check' ? (
        <Group justify="space-between" align="flex-start">
          <JobProgress import={upload} says={words.running(upload.progressCount, upload.rowCount)} />
          <MayButton variant="default" why={mayNot} onClick={() => void ask('POST /imports/{id}/cancel')}>
            {words.stop}
          </MayButton>
        </Group>
      ) : (
        <Group justify="space-between" align="flex-start">
          {isChecked ? (
            <Numbers
              numbers={[
                [upload.createdCount, words.create],
                [upload.updatedCount, words.update],
                [upload.skippedCount, words.skip],
                [upload.errorCount, words.errors, 'error'],
                [upload.warningCount, words.warnings, 'warning'],
              ]}
            />
          ) : (
            <div>
              <Text fw={600}>{words.notYet}</Text>
              <Text size="sm" c="dimmed">
                {words.notYetWhat}
              </Text>
            </div>
          )}
          <Group>
            <MayButton
              variant={isChecked ? 'default' : 'filled'}
              why={cannot}
              onClick={() => void ask('POST /imports/{id}/validate')}
            >
              {isChecked ? words.again : words.check}
            </MayButton>
            {isChecked && (
              <MayButton why={cannot} onClick={onNext} variant={upload.errorCount > 0 ? 'default' : 'filled'}>
                {upload.errorCount > 0 ? words.nextWithErrors : words.next}
              </MayButton>
            )}
          </Group>
        </Group>
      )}
      <ProblemKinds import={upload} cannot={cannot} />
      <CheckedRows import={upload} cannot={cannot} mayNot={mayNot} />
    </Stack>
  );
}

/** How many rows with errors there were when a submit was asked for, if the check before it found others. */
function useRecheck({ job, state, errorCount }: Import): number | null {
  const before = useRef(errorCount);
  const [doubt, setDoubt] = useState<number | null>(null);
  const wasSubmitting = useRef(false);
  useEffect(() => {
    if (job === 'submit') wasSubmitting.current = true;
    else if (job === null) {
      if (wasSubmitting.current && state === 'ready' && errorCount !== before.current) setDoubt(before.current);
      wasSubmitting.current = false;
      before.current = errorCount;
    } else setDoubt(null);
  }, [job, state, errorCount]);
  return doubt;
}

type Filter = 'all' | 'any' | 'errors' | 'warnings';

function CheckedRows({ import: upload, cannot, mayNot }: StepProps & { readonly cannot: string | null }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { code } = search;
  const problems =
    search.problems === 'any' || search.problems === 'errors' || search.problems === 'warnings'
      ? search.problems
      : null;
  const isFiltered = problems !== null || code !== undefined;
  const all = useAllRows(upload.id, upload.rowCount, !isFiltered);
  const filtered = useFilteredRows(
    upload.id,
    isFiltered
      ? {
          ...(problems && { problems }),
          ...(code && { code }),
          ...(search.column && { column: search.column as ColumnName }),
        }
      : null,
  );
  const known = useQuery({ ...read('GET /imports/columns'), staleTime: Number.POSITIVE_INFINITY });
  const secrets = useMemo(
    () => new Set<string>(known.data?.items.filter((column) => column.secret).map(({ name }) => name)),
    [known.data],
  );
  const choices = useChoices(upload);
  const [goTo, setGoTo] = useState<{ readonly index: number } | null>(null);
  const show = (filter: Filter) =>
    void navigate({
      search: (old) => ({ step: old.step, problems: filter === 'all' ? undefined : filter }),
      replace: true,
      resetScroll: false,
    });
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {words.rows}
      </Title>
      <Group justify="space-between">
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label={words.filter}
            value={code === undefined ? (problems ?? 'all') : ''}
            onChange={(value) => show(value as Filter)}
            data={Object.entries(words.filters).map(([value, label]) => ({ value, label }))}
          />
          {code !== undefined && (
            <Button size="compact-sm" variant="default" onClick={() => show('all')}>
              {`${words.showing(code)} · ${words.showAll}`}
            </Button>
          )}
        </Group>
        <Group gap="sm">
          {!isFiltered && (
            <NumberInput
              size="xs"
              w={130}
              aria-label={words.goTo}
              placeholder={words.goTo}
              min={1}
              max={upload.rowCount}
              hideControls
              data-filter
              onChange={(value) => {
                if (typeof value === 'number' && value >= 1) setGoTo({ index: Math.min(value, upload.rowCount) - 1 });
              }}
            />
          )}
          <ErrorsLink import={upload} mayNot={mayNot} />
        </Group>
      </Group>
      <RowGrid
        import={upload}
        rows={isFiltered ? filtered.rows : all.rows}
        secrets={secrets}
        choices={choices}
        mayEdit={cannot === null}
        onSeen={isFiltered ? nothing : all.onSeen}
        onPatched={filtered.patch}
        goTo={isFiltered ? null : goTo}
        empty={
          <Empty title={words.noneLeft} action={<Button onClick={() => show('all')}>{words.showAll}</Button>}>
            {words.noneLeftWhat}
          </Empty>
        }
      />
      <Text size="xs" c="dimmed">
        {words.keys}
      </Text>
    </Stack>
  );
}

const nothing = () => undefined;

function ErrorsLink({ import: upload, mayNot }: StepProps) {
  if (upload.errorCount === 0) return null;
  const icon = <IconDownload size={14} />;
  if (mayNot !== null) {
    return (
      <MayButton size="xs" variant="default" leftSection={icon} why={mayNot}>
        {words.downloadErrors}
      </MayButton>
    );
  }
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={icon}
      component="a"
      href={pathOf('GET /imports/{id}/errors.csv', { params: { id: upload.id } })}
      download
    >
      {words.downloadErrors}
      <VisuallyHidden>{words.downloadErrorsWhat}</VisuallyHidden>
    </Button>
  );
}

/** Names that the tenant has. */
function useChoices({ tenantId }: Import): Readonly<Partial<Record<ColumnName, readonly string[]>>> {
  const ofTenant = { tenantId, limit: '500' };
  const pbxs = useQuery(read('GET /pbxs', { query: ofTenant }));
  const routes = useQuery(read('GET /voice-routes', { query: ofTenant }));
  return useMemo(
    () => ({
      pbx: pbxs.data?.items.map(({ name }) => name) ?? [],
      voice_route: routes.data?.items.map(({ name }) => name) ?? [],
      user_type: ['pbx', 'trunk', 'callApp'],
      auto_provision: ['on', 'off', 'inherit'],
      use_teams_voicemail: ['TRUE', 'FALSE'],
    }),
    [pbxs.data, routes.data],
  );
}
