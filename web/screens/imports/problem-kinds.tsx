// What is wrong with the rows, counted by kind, and what can be done about all of a kind at once.
import { Anchor, Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { importQuery } from '../../live/import-progress.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { importWords } from '../../words/imports.ts';
import type { ColumnName } from './columns.ts';
import type { Import } from './import-state.tsx';

const words = importWords.check;
const route = getRouteApi('/shell/imports/$id');

/** The most frequent ones; the others when they are asked for. */
const SHOWN = 6;

type Kind = Answer<'GET /imports/{id}/problems'>['items'][number];
type Mend = Kind['mends'][number];

export function ProblemKinds({ import: upload, cannot }: { readonly import: Import; readonly cannot: string | null }) {
  const kinds = useQuery(read('GET /imports/{id}/problems', { params: { id: upload.id } }));
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState<{ readonly kind: Kind; readonly mend: Mend } | null>(null);
  if (kinds.error && !kinds.data) return <Trouble error={kinds.error} onRetry={() => void kinds.refetch()} />;
  if (!kinds.data) return <Waiting lines={2} />;
  if (kinds.data.items.length === 0) {
    if (upload.state === 'draft' || upload.job !== null) return null;
    return (
      <Group gap="xs">
        <IconCircleCheck size={18} aria-hidden color="var(--dot-ok)" />
        <Text size="sm">{words.noProblems}</Text>
      </Group>
    );
  }
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {words.problems}
      </Title>
      <Stack gap="xs" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {kinds.data.items.slice(0, isOpen ? undefined : SHOWN).map((kind) => (
          <KindRow
            key={`${kind.severity} ${kind.column} ${kind.code}`}
            import={upload}
            kind={kind}
            cannot={cannot}
            onMend={(mend) => setAsked({ kind, mend })}
          />
        ))}
      </Stack>
      {kinds.data.items.length > SHOWN && (
        <Group>
          <Button size="compact-sm" variant="subtle" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
            {isOpen ? words.fewerKinds : words.allKinds(kinds.data.items.length)}
          </Button>
        </Group>
      )}
      {asked && <MendDialog import={upload} {...asked} onClose={() => setAsked(null)} />}
    </Stack>
  );
}

function KindRow({
  import: upload,
  kind,
  cannot,
  onMend,
}: {
  readonly import: Import;
  readonly kind: Kind;
  readonly cannot: string | null;
  readonly onMend: (mend: Mend) => void;
}) {
  const isError = kind.severity === 'error';
  const Icon = isError ? IconCircleX : IconAlertTriangle;
  const column = kind.column === null ? null : (importWords.columns.names[kind.column as ColumnName] ?? kind.column);
  return (
    <Paper component="li" withBorder p="sm" aria-label={`${isError ? words.error : words.warning} ${kind.code}`}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm" wrap="nowrap" align="flex-start" style={{ flex: '1 1 380px' }}>
          <Icon
            size={20}
            color={isError ? 'var(--mantine-color-error)' : 'var(--dot-stale)'}
            style={{ flexShrink: 0, marginTop: 2 }}
            aria-hidden
          />
          <div>
            <Text size="sm" fw={600}>
              {[isError ? words.error : words.warning, words.inRows(kind.rows), column].filter(Boolean).join(' · ')}
              <Text span size="xs" className="mono" c="dimmed" ml="xs">
                {kind.code}
              </Text>
            </Text>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {words.firstRow(kind.firstRow, kind.message)}
            </Text>
            <Text size="sm" c="dimmed">
              {kind.fix}
            </Text>
          </div>
        </Group>
        <Group gap="xs">
          <Anchor
            size="sm"
            renderRoot={(props) => (
              <Link
                from="/imports/$id"
                to="."
                search={{ step: 'check', code: kind.code, column: kind.column ?? undefined }}
                resetScroll={false}
                {...props}
              />
            )}
          >
            {words.show}
          </Anchor>
          {kind.code === 'AUTO_ASSIGN_OFF' && <ToPbx pbxId={upload.pbxId} />}
          {kind.mends.map((mend) => (
            <MayButton key={mend} size="xs" variant="default" why={cannot} onClick={() => onMend(mend)}>
              {words.mends[mend]}
            </MayButton>
          ))}
        </Group>
      </Group>
    </Paper>
  );
}

function ToPbx({ pbxId }: { readonly pbxId: string | null }) {
  return (
    <Button
      size="xs"
      variant="default"
      renderRoot={(props) =>
        pbxId === null ? <Link to="/pbxs" {...props} /> : <Link to="/pbxs/$id" params={{ id: pbxId }} {...props} />
      }
    >
      {words.autoAssignOff}
    </Button>
  );
}

function MendDialog({
  import: upload,
  kind,
  mend,
  onClose,
}: {
  readonly import: Import;
  readonly kind: Kind;
  readonly mend: Mend;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const [value, setValue] = useState('');
  async function deed(): Promise<void> {
    const answer = await call('POST /imports/{id}/mend', {
      params: { id: upload.id },
      body: {
        column: kind.column as ColumnName,
        code: kind.code,
        action: mend,
        ...(mend === 'set' && { value }),
      },
    });
    // All are checked again: the stream takes over from here.
    client.setQueryData(importQuery(upload.id).queryKey, answer.import);
    void navigate({ search: { step: 'check' }, replace: true, resetScroll: false });
    tell(words.mended(answer.mended, answer.left));
  }
  return (
    <Confirm opened onClose={onClose} title={words.mendTitle(mend, kind.rows)} deed={words.mendDeed} onConfirm={deed}>
      <Stack>
        <Text size="sm">{words.mendWhat[mend]}</Text>
        <Text size="sm" c="dimmed">
          {words.firstRow(kind.firstRow, kind.message)}
        </Text>
        {mend === 'set' && (
          <TextInput
            label={words.value}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            data-autofocus
          />
        )}
      </Stack>
    </Confirm>
  );
}
