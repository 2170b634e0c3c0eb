// How a PBX fares: its users by status, its state and pace, its certificates, what happened last, and what can be done.
import { Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconFileUpload, IconUserPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { Fragment, lazy, Suspense, useMemo, useState } from 'react';
import { useMay } from '../../api/me.ts';
import { useEntries } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { EntryList } from '../../parts/entry-list.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Waiting } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import { provisioningWords } from '../../words/statuses.ts';
import classes from './overview-tab.module.css';
import { nextStepOf, runStateOf } from './pbx-state.ts';
import { NextStepLink, RunChip, StateWhy, TlsChip } from './run-chip.tsx';
import type { Pbx, SettingsTab } from './use-settings.ts';
import { UsersBar } from './users-bar.tsx';

const ZipFiles = lazy(() => import('./zip-files.tsx').then((m) => ({ default: m.ZipFiles })));

const words = pbxWords.overview;
const STATUSES = ['provisioned', 'fetching', 'waiting', 'stale', 'failed', 'off'] as const;
const ENTRIES = 8;

export function OverviewTab({ pbx, onTab }: { readonly pbx: Pbx; readonly onTab: (tab: SettingsTab) => void }) {
  return (
    <div className={classes.columns}>
      <Stack gap="md">
        <UsersCard pbx={pbx} />
        <StateCard pbx={pbx} />
        <CertificatesCard pbx={pbx} onTab={onTab} />
        <ActionsCard pbx={pbx} />
      </Stack>
      <Stack gap="xl">
        <LastEntries pbx={pbx} />
        <Suspense fallback={<Waiting lines={2} />}>
          <ZipFiles pbx={pbx} />
        </Suspense>
      </Stack>
    </div>
  );
}

function UsersCard({ pbx }: { readonly pbx: Pbx }) {
  return (
    <Card withBorder padding="md" component="section">
      <Title order={2} size="h5" mb="xs">
        {words.users}
      </Title>
      <UsersBar users={pbx.users} bare />
      <Group gap="md" mt="sm">
        {STATUSES.filter((status) => pbx.users[status] > 0).map((status) => (
          <Anchor
            key={status}
            size="sm"
            renderRoot={(props) => <Link to="/users" search={{ pbx: pbx.id, status }} {...props} />}
          >
            <Dot
              word={words.usersWith(provisioningWords[status].word, pbx.users[status])}
              dot={provisioningWords[status].dot}
            />
          </Anchor>
        ))}
      </Group>
    </Card>
  );
}

function StateCard({ pbx }: { readonly pbx: Pbx }) {
  const { pace, lastSuccessAt } = pbx.run;
  return (
    <Card withBorder padding="md" component="section">
      <Title order={2} size="h5" mb="xs">
        {words.state}
      </Title>
      <Facts
        facts={[
          [
            words.state,
            <Fragment key="state">
              <RunChip pbx={pbx} />
              {runStateOf(pbx).kind !== 'running' && <StateWhy pbx={pbx} />}
            </Fragment>,
          ],
          ...(nextStepOf(pbx) === null ? [] : [[words.next, <NextStepLink key="next" pbx={pbx} />] as const]),
          [words.lastSuccess, <Ago key="last" time={lastSuccessAt} />],
          [
            words.pace,
            pace?.latencyMs == null
              ? pbxWords.run.running(pace)
              : `${pbxWords.run.running(pace)}, ${pbxWords.run.latency(pace.latencyMs)}`,
          ],
          [
            words.address,
            pbx.provisioningUrl === null ? (
              words.noAddress
            ) : (
              <span key="address" className="mono">
                {pbx.provisioningUrl}
              </span>
            ),
          ],
          [words.tls, <TlsChip key="tls" pbx={pbx} />],
        ]}
      />
    </Card>
  );
}

function CertificatesCard({ pbx, onTab }: { readonly pbx: Pbx; readonly onTab: (tab: SettingsTab) => void }) {
  const { ca, client } = pbx.certificates;
  const all = [
    ...(client === null ? [] : [{ kind: pbxWords.tls.client, ...client }]),
    ...(ca ?? []).map((one) => ({ kind: pbxWords.tls.ca, ...one })),
  ];
  return (
    <Card withBorder padding="md" component="section">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {words.certificates}
        </Title>
        <Anchor component="button" type="button" size="sm" onClick={() => onTab('tls')}>
          {pbxWords.page.tabs.tls}
        </Anchor>
      </Group>
      {all.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.noCertificates}
        </Text>
      )}
      {all.map((one) => (
        <div key={one.fingerprint256} className={classes.certificate}>
          <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
            {`${one.kind}: ${one.subject}`}
          </Text>
          <Text size="sm" component="div" {...(one.expired && { c: 'var(--mantine-color-error)' })}>
            {one.expired ? words.endedAlready : words.ends} <Ago time={one.validTo} />
          </Text>
        </div>
      ))}
    </Card>
  );
}

function ActionsCard({ pbx }: { readonly pbx: Pbx }) {
  const navigate = useNavigate();
  const of = { tenantId: pbx.tenantId, pbxId: pbx.id };
  const mayUpload = useMay('import.change', of);
  const mayAdd = useMay('user.create', of);
  return (
    <Card withBorder padding="md" component="section">
      <Title order={2} size="h5" mb="xs">
        {words.actions}
      </Title>
      <Group gap="xs">
        <MayButton
          why={mayUpload.why}
          variant="default"
          leftSection={<IconFileUpload size={16} />}
          onClick={() => void navigate({ to: '/imports/new', search: { pbx: pbx.id } })}
        >
          {words.upload}
        </MayButton>
        <MayButton
          why={mayAdd.why}
          variant="default"
          leftSection={<IconUserPlus size={16} />}
          onClick={() => void navigate({ to: '/users/new', search: { pbx: pbx.id } })}
        >
          {words.addUser}
        </MayButton>
      </Group>
    </Card>
  );
}

function LastEntries({ pbx }: { readonly pbx: Pbx }) {
  const [open, setOpen] = useState<string | null>(null);
  const query = useMemo(() => ({ query: { pbxId: pbx.id } }), [pbx.id]);
  const rows = useCursorList('GET /activity', query);
  useEntries((entries) => {
    // While one is read nothing moves.
    if (open === null && (entries.length === 0 || entries.some(({ pbxId }) => pbxId === pbx.id))) rows.again();
  });
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {words.happened}
        </Title>
        <Button
          variant="subtle"
          size="compact-sm"
          renderRoot={(props) => <Link to="/activity" search={{ pbx: pbx.id }} {...props} />}
        >
          {words.allEntries}
        </Button>
      </Group>
      <EntryList
        label={words.happened}
        rows={rows}
        open={open}
        onOpen={setOpen}
        known={['pbx']}
        limit={ENTRIES}
        empty={
          <Text size="sm" c="dimmed">
            {words.nothingHappened}
          </Text>
        }
      />
    </section>
  );
}
