// Test connection: a drawer over the settings. Chooses for whom to ask, runs the tests, and offers what a result is good for:
// the DID field, the pin, the persona go into the form below, to be saved.
import { Alert, Button, Drawer, Group, Select, Stack, Tabs, TagsInput, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../../api/query.ts';
import { Dot } from '../../parts/status-chip.tsx';
import { commonWords } from '../../words/common.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { readMac } from './address.ts';
import { SaveBar } from './save-bar.tsx';
import { TestRunView } from './test-run.tsx';
import type { Settings, SettingsTab } from './use-settings.ts';
import { type TestRun, type TestTarget, useTest } from './use-test.ts';

const words = pbxWords.test;
const MOST_MACS = 5;

interface TestConnectionProps {
  readonly opened: boolean;
  readonly settings: Settings;
  /** Chosen when it opens. */
  readonly userId: string | undefined;
  readonly onClose: () => void;
  readonly onTab: (tab: SettingsTab | 'owner') => void;
}

export function TestConnection({ opened, settings, userId, onClose, onTab }: TestConnectionProps) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={words.title}
      position="right"
      size="min(1240px, 100%)"
      closeButtonProps={{ 'aria-label': commonWords.close }}
      keepMounted={false}
    >
      <TestPanel settings={settings} userId={userId} onTab={onTab} />
    </Drawer>
  );
}

function TestPanel({ settings, userId, onTab }: Pick<TestConnectionProps, 'settings' | 'userId' | 'onTab'>) {
  const { base } = settings;
  const { runs, isRunning, start, stop } = useTest(base.id);
  if (base.provisioningUrl === null) {
    return (
      <Stack align="flex-start">
        <Text size="sm">{words.noUrl}</Text>
        <Button onClick={() => onTab('source')}>{words.toSource}</Button>
      </Stack>
    );
  }
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {words.about}
      </Text>
      {settings.changed.length > 0 && (
        <Alert color="yellow" variant="light" c="var(--mantine-color-text)">
          {words.notSaved}
        </Alert>
      )}
      <Targets
        pbxId={base.id}
        userId={userId}
        isRunning={isRunning}
        isAgain={runs.length > 0}
        onStart={(targets) => void start(targets)}
        onStop={stop}
      />
      {runs.length === 1 && runs[0] && <TestRunView run={runs[0]} settings={settings} onTab={onTab} />}
      {runs.length > 1 && <Runs runs={runs} settings={settings} onTab={onTab} />}
      <SaveBar settings={settings} />
    </Stack>
  );
}

/** Whom to ask for. */
function Targets({
  pbxId,
  userId,
  isRunning,
  isAgain,
  onStart,
  onStop,
}: {
  readonly pbxId: string;
  readonly userId: string | undefined;
  readonly isRunning: boolean;
  readonly isAgain: boolean;
  readonly onStart: (targets: readonly TestTarget[]) => void;
  readonly onStop: () => void;
}) {
  const [macs, setMacs] = useState<string[]>([]);
  const [user, setUser] = useState<string | null>(userId ?? null);
  const [search, setSearch] = useState('');
  const [typed] = useDebouncedValue(search, 250);
  const bad = macs.find((text) => readMac(text) === null);
  const chosen = useQuery({
    ...read('GET /users/{id}', { params: { id: userId ?? '' } }),
    enabled: userId !== undefined,
  });
  const users = useQuery({
    ...read('GET /users', { query: { pbxId, limit: '20', sort: 'name', ...(typed !== '' && { q: typed }) } }),
    placeholderData: keepPreviousData,
  });
  const names = new Map(
    [...(chosen.data ? [chosen.data] : []), ...(users.data?.items ?? [])].map((one) => [one.id, nameOf(one)]),
  );
  function begin(): void {
    if (bad !== undefined) return;
    if (macs.length > 0) onStart(macs.map((mac) => ({ mac, name: mac })));
    else if (user !== null) onStart([{ userId: user, name: names.get(user) ?? user }]);
    else onStart([{ name: words.anyUser }]);
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}
    >
      <Group align="flex-start" gap="md">
        <TagsInput
          label={words.macs}
          description={words.macsWhat}
          placeholder={macs.length === 0 ? words.macsPlaceholder : ''}
          value={macs}
          onChange={setMacs}
          maxTags={MOST_MACS}
          acceptValueOnBlur
          splitChars={[',', ' ', ';']}
          error={bad === undefined ? undefined : words.badMac(bad)}
          flex="1 1 320px"
          data-autofocus
        />
        <Select
          label={words.user}
          description={' '}
          placeholder={words.userPlaceholder}
          data={[...names].map(([value, label]) => ({ value, label }))}
          value={user}
          onChange={setUser}
          searchable
          searchValue={search}
          onSearchChange={setSearch}
          filter={({ options }) => options}
          nothingFoundMessage={words.noUsers}
          clearable
          clearButtonProps={{ 'aria-label': `${pbxWords.secret.remove}: ${words.user}` }}
          disabled={macs.length > 0}
          flex="1 1 260px"
        />
      </Group>
      <Group mt="sm" gap="xs">
        <Button type="submit" disabled={isRunning || bad !== undefined} loading={isRunning}>
          {isAgain ? words.again : words.start}
        </Button>
        {isRunning && (
          <Button variant="default" onClick={onStop}>
            {words.stop}
          </Button>
        )}
      </Group>
    </form>
  );
}

function nameOf(user: { name: string | null; sipUserId: string | null; mac: string | null }): string {
  return [user.name ?? user.sipUserId, user.mac].filter(Boolean).join(', ');
}

/** Several MACs: one result at a time, the others by their state. */
function Runs({
  runs,
  settings,
  onTab,
}: {
  readonly runs: readonly TestRun[];
  readonly settings: Settings;
  readonly onTab: TestConnectionProps['onTab'];
}) {
  const [shown, setShown] = useState('0');
  return (
    <Tabs value={shown} onChange={(value) => setShown(value ?? '0')} keepMounted={false}>
      <Tabs.List aria-label={words.runs} mb="md">
        {runs.map((run, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same MAC may be asked for twice.
          <Tabs.Tab key={index} value={String(index)}>
            <span className="mono">{run.target.name}</span>
            <RunDot run={run} />
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {runs.map((run, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <Tabs.Panel key={index} value={String(index)}>
          <TestRunView run={run} settings={settings} onTab={onTab} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function RunDot({ run }: { readonly run: TestRun }) {
  if (run.state === 'waiting') return <Dot word={words.waiting} dot="--dot-off" />;
  if (run.state === 'running') return <Dot word={words.running} dot="--dot-fetching" />;
  if (run.state === 'stopped') return <Dot word={words.stopped} dot="--dot-off" />;
  return run.result?.ok ? <Dot word={words.passed} dot="--dot-ok" /> : <Dot word={words.failed} dot="--dot-failed" />;
}
