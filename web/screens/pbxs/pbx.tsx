// One PBX: how it fares, its settings tab by tab, what its owner is told. One form goes across all tabs, so that nothing that was
// typed is lost by looking elsewhere.
import { Alert, Group, Tabs, VisuallyHidden } from '@mantine/core';
import { IconLock, IconPlugConnected, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef } from 'react';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { isProblem } from '../../api/problem.ts';
import { queryClient, read } from '../../api/query.ts';
import { AskBeforeLeaving } from '../../parts/ask-before-leaving.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { NotFound } from '../../shell/lost.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import { hostOf } from './address.ts';
import { DangerTab } from './danger-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';
import classes from './pbx.module.css';
import { RunChip } from './run-chip.tsx';
import { SaveBar, saveAndTell } from './save-bar.tsx';
import { type Pbx, type Settings, type SettingsTab, useSettings } from './use-settings.ts';

// What not everybody who opens a PBX looks at comes when it is opened.
const SettingsTabFields = lazy(() => import('./settings-tab.tsx').then((m) => ({ default: m.SettingsTabFields })));
const OwnerTab = lazy(() => import('./owner-tab.tsx').then((m) => ({ default: m.OwnerTab })));
const TestConnection = lazy(() => import('./test-connection.tsx').then((m) => ({ default: m.TestConnection })));

const words = pbxWords.page;
const route = getRouteApi('/shell/pbxs/$id');

const TABS = ['overview', 'general', 'source', 'login', 'tls', 'mapping', 'schedule', 'owner', 'danger'] as const;
type Tab = (typeof TABS)[number];

const isSettingsTab = (tab: Tab): tab is SettingsTab => tab !== 'overview' && tab !== 'owner' && tab !== 'danger';

export function PbxScreen() {
  const { id } = route.useParams();
  const pbx = useQuery(read('GET /pbxs/{id}', { params: { id } }));
  if (isProblem(pbx.error) && pbx.error.status === 404) return <NotFound />;
  if (pbx.data) return <OnePbx key={id} pbx={pbx.data} />;
  if (pbx.error) {
    return (
      <>
        <PageHead title={words.loading} trail={[[pbxWords.list.title, '/pbxs']]} />
        <Trouble error={pbx.error} onRetry={() => void pbx.refetch()} />
      </>
    );
  }
  return (
    <>
      <PageHead title={pbxWords.list.columns.name} trail={[[pbxWords.list.title, '/pbxs']]} />
      <Waiting what={words.loading} />
    </>
  );
}

function OnePbx({ pbx }: { readonly pbx: Pbx }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const of = { tenantId: pbx.tenantId, pbxId: pbx.id };
  const mayChange = useMay('pbx.change', of);
  const mayTest = useMay('pbx.test', of);
  const maySync = useMay('pbx.sync', of);
  const tab = TABS.find((one) => one === search.tab) ?? 'overview';
  const go = (more: typeof search) =>
    void navigate({ to: '/pbxs/$id', params: { id: pbx.id }, search: { ...search, ...more }, replace: true });
  const goTab = (to: Tab) => go({ tab: to === 'overview' ? undefined : to });
  const settings = useSettings(pbx, goTab);
  const isGone = useRef(false);
  const openTest = () => go({ test: 'open' });
  const saveAndTest = async () => {
    if (await saveAndTell(settings)) openTest();
  };
  const isTesting = search.test === 'open';
  // Once opened it stays: it gives the focus back when it closes.
  const wasTesting = useRef(false);
  wasTesting.current ||= isTesting;
  const readOnly = mayChange.why !== null;

  return (
    <>
      <PageHead
        title={pbx.name}
        trail={[[pbxWords.list.title, '/pbxs']]}
        about={
          <Group gap="md">
            <span className="mono">{hostOf(pbx.provisioningUrl) ?? pbxWords.tlsKinds.none.word}</span>
            <RunChip pbx={pbx} />
          </Group>
        }
        actions={
          <>
            <MayButton
              why={maySync.why}
              variant="default"
              leftSection={<IconRefresh size={16} />}
              onClick={() => void sync(pbx)}
            >
              {words.sync}
            </MayButton>
            <MayButton
              why={mayTest.why}
              variant={tab === 'source' ? 'filled' : 'default'}
              leftSection={<IconPlugConnected size={16} />}
              onClick={openTest}
            >
              {words.test}
            </MayButton>
          </>
        }
      />
      <Tabs value={tab} onChange={(to) => goTab((to ?? 'overview') as Tab)} keepMounted={false}>
        <Tabs.List aria-label={words.tabsLabel} mb="lg">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name} {...(name === 'danger' && { color: 'red' })}>
              {words.tabs[name]}
              <TabMark settings={settings} tab={name} />
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {isSettingsTab(tab) && readOnly && (
          <Alert icon={<IconLock />} variant="light" color="gray" mb="md" maw={720} c="var(--mantine-color-text)">
            {`${pbxWords.save.readOnly} ${mayChange.why}`}
          </Alert>
        )}
        {TABS.map((name) => (
          <Tabs.Panel key={name} value={name}>
            <Suspense fallback={<Waiting what={words.loading} lines={4} />}>
              {name === 'overview' && <OverviewTab pbx={pbx} onTab={goTab} />}
              {isSettingsTab(name) && <SettingsTabFields tab={name} settings={settings} pbx={pbx} />}
              {name === 'owner' && <OwnerTab pbx={pbx} />}
              {name === 'danger' && <DangerTab pbx={pbx} onDeleted={() => (isGone.current = true)} />}
            </Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
      {!isTesting && (
        <SaveBar
          settings={settings}
          onSaveAndTest={tab === 'source' && mayTest.why === null ? () => void saveAndTest() : undefined}
        />
      )}
      {mayTest.why === null && (
        <Suspense>
          {wasTesting.current && (
            <TestConnection
              opened={isTesting}
              settings={settings}
              userId={search.user}
              onClose={() => go({ test: undefined, user: undefined })}
              onTab={(to) => go({ test: undefined, user: undefined, tab: to })}
            />
          )}
        </Suspense>
      )}
      <AskBeforeLeaving
        isTyped={settings.changed.length > 0}
        names={settings.changed.map((name) => pbxWords.fields[name])}
        isDone={() => isGone.current}
        // Tabs and the drawer keep the form.
        stays={(next, current) => next.pathname === current.pathname}
      />
    </>
  );
}

async function sync(pbx: Pbx): Promise<void> {
  try {
    const { requested } = await call('POST /pbxs/{id}/sync', { params: { id: pbx.id } });
    tell(pbxWords.list.syncRequested(pbx.name, requested));
    void queryClient.invalidateQueries({ queryKey: ['pbxs', 'GET /pbxs/{id}'] });
  } catch (error) {
    tellProblem(error);
  }
}

/** A dot at the tabs where something is changed or wrong. */
function TabMark({ settings, tab }: { readonly settings: Settings; readonly tab: Tab }) {
  if (!isSettingsTab(tab)) return null;
  const isBad = settings.badTabs.has(tab);
  if (!isBad && !settings.changedTabs.has(tab)) return null;
  return (
    <>
      <span className={classes.mark} data-bad={isBad || undefined} aria-hidden />
      <VisuallyHidden>{` (${isBad ? words.tabHasError : words.tabHasChange})`}</VisuallyHidden>
    </>
  );
}
