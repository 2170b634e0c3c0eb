// The frame around all screens for somebody who is signed in: navigation, head, bars that say when the line is down.
import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  NavLink,
  ScrollArea,
  SegmentedControl,
  Stack,
  Text,
  Tooltip,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { IconKeyboard, IconSearch, IconUserCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { call, whenSignedOut } from '../api/client.ts';
import { forgetMe, meQuery, useMe } from '../api/me.ts';
import { isProblem } from '../api/problem.ts';
import { queryClient } from '../api/query.ts';
import { feed, LineContext } from '../live/feed.ts';
import { Trouble, Waiting } from '../parts/states.tsx';
import { tellProblem } from '../parts/toast.ts';
import { roleWords } from '../words/roles.ts';
import { shellWords } from '../words/shell.ts';
import { Bars } from './bars.tsx';
import { useKeys } from './keys.ts';
import { PLACES } from './places.ts';
import classes from './shell.module.css';

const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const KeyHelp = lazy(() => import('./key-help.tsx').then((module) => ({ default: module.KeyHelp })));

/**
 * Reads who is signed in before it shows anything; nobody: off to the sign-in, and back here afterwards. A session that ends
 * while a page is open is told by a bar: what was typed there is not lost.
 */
export function Shell() {
  const me = useQuery({ ...meQuery, retry: false });
  const location = useLocation();
  const navigate = useNavigate();
  const signedOut = me.data === undefined && isProblem(me.error) && me.error.status === 401;
  // Once: the address changes under us while we are on the way.
  const isLeaving = useRef(false);
  useEffect(() => {
    if (!signedOut || isLeaving.current) return;
    isLeaving.current = true;
    forgetMe();
    void navigate({
      to: '/sign-in',
      search: { next: location.href === '/' ? undefined : location.href },
      replace: true,
    });
  }, [signedOut, navigate, location.href]);
  if (me.data) return <Frame />;
  if (signedOut || me.isPending) return <Waiting lines={0} />;
  return (
    <main className={classes.alone}>
      <Trouble error={me.error} onRetry={() => void me.refetch()} />
    </main>
  );
}

function Frame() {
  const me = useMe();
  const [isOpen, navigation] = useDisclosure(false);
  const [dialog, setDialog] = useState<'palette' | 'keys' | null>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  useDensity();
  useKeys({ onPalette: () => setDialog('palette'), onHelp: () => setDialog('keys') });
  useNoticeSignedOut();
  useEffect(() => feed.hold(), []);
  const line = useSyncExternalStore(
    (tell) => feed.onLine(tell),
    () => feed.line,
  );
  useFocusOnNewPage(path);
  return (
    <LineContext value={line}>
      <a href="#content" className="skip">
        {shellWords.skip}
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
        padding={{ base: 'sm', sm: 'md', lg: 'lg' }}
      >
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap">
              <Burger
                opened={isOpen}
                onClick={navigation.toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={isOpen ? shellWords.closeMenu : shellWords.openMenu}
              />
              <Link to="/" className={classes.brand}>
                <img src="/favicon.svg" alt="" width={26} height={26} />
                <span>{'Provender'}</span>
              </Link>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <Button
                variant="default"
                size="xs"
                leftSection={<IconSearch size={14} />}
                rightSection={<Kbd size="xs">{'Ctrl K'}</Kbd>}
                onClick={() => setDialog('palette')}
                visibleFrom="xs"
              >
                {shellWords.search}
              </Button>
              <ActionIcon
                variant="default"
                size="lg"
                onClick={() => setDialog('palette')}
                hiddenFrom="xs"
                aria-label={shellWords.search}
              >
                <IconSearch size={16} />
              </ActionIcon>
              <Tooltip label={shellWords.keys}>
                <ActionIcon
                  variant="default"
                  size="lg"
                  onClick={() => setDialog('keys')}
                  aria-label={shellWords.keys}
                  visibleFrom="sm"
                >
                  <IconKeyboard size={18} />
                </ActionIcon>
              </Tooltip>
              <AccountMenu />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label={shellWords.navigation}>
          <ScrollArea type="auto">
            {(['harvest', 'people', 'system'] as const).map((group) => (
              <Stack key={group} gap={2} mb="md">
                <Text size="xs" c="dimmed" fw={600} px="sm" tt="uppercase">
                  {shellWords[group]}
                </Text>
                {PLACES.filter((place) => place.group === group).map(({ path: to, name, Icon, action }) => {
                  const active = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
                  const may = me.grants.some((grant) => grant.actions.includes(action));
                  if (!may) {
                    const why = roleWords.mayNot(
                      action,
                      me.grants.map((grant) => grant.role),
                    );
                    return (
                      <Tooltip key={to} label={why} position="right">
                        <NavLink
                          component="button"
                          type="button"
                          label={name}
                          leftSection={<Icon size={18} />}
                          aria-disabled
                          data-disabled
                        />
                      </Tooltip>
                    );
                  }
                  return (
                    <NavLink
                      key={to}
                      label={name}
                      leftSection={<Icon size={18} />}
                      active={active}
                      {...(active && { 'aria-current': 'page' as const })}
                      renderRoot={(props) => <Link to={to} {...props} />}
                      onClick={navigation.close}
                    />
                  );
                })}
              </Stack>
            ))}
          </ScrollArea>
        </AppShell.Navbar>
        <AppShell.Main id="content" className={classes.main}>
          <Bars />
          <Outlet />
        </AppShell.Main>
      </AppShell>
      <Suspense>
        {dialog === 'palette' && <Palette onClose={() => setDialog(null)} />}
        {dialog === 'keys' && <KeyHelp onClose={() => setDialog(null)} />}
      </Suspense>
    </LineContext>
  );
}

function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [density, setDensity] = useLocalStorage<'comfortable' | 'compact'>({
    key: 'density',
    defaultValue: 'comfortable',
  });
  async function leave(): Promise<void> {
    try {
      await call('POST /sign-out');
      forgetMe();
      await navigate({ to: '/sign-in' });
    } catch (error) {
      tellProblem(error);
    }
  }
  return (
    <Menu position="bottom-end" width={260} closeOnItemClick>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={`${shellWords.menu}: ${me.email}`}>
          <IconUserCircle size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="var(--mantine-color-text)">
          <Text size="sm" fw={600} truncate>
            {me.name}
          </Text>
          <Text size="xs" truncate c="dimmed">
            {me.email}
          </Text>
          <Text size="xs" c="dimmed">
            {[...new Set(me.grants.map((grant) => roleWords.names[grant.role]))].join(', ')}
          </Text>
        </Menu.Label>
        <Menu.Item onClick={() => void navigate({ to: '/account' })}>{shellWords.account}</Menu.Item>
        <Menu.Item component="a" href="/api/docs">
          {shellWords.apiReference}
        </Menu.Item>
        <Menu.Divider />
        <Setting
          label={shellWords.theme}
          value={colorScheme}
          onChange={setColorScheme}
          choices={[
            { value: 'light', label: shellWords.themeLight },
            { value: 'dark', label: shellWords.themeDark },
            { value: 'auto', label: shellWords.themeAuto },
          ]}
        />
        <Setting
          label={shellWords.density}
          value={density}
          onChange={setDensity}
          choices={[
            { value: 'comfortable', label: shellWords.densityComfortable },
            { value: 'compact', label: shellWords.densityCompact },
          ]}
        />
        <Menu.Divider />
        <Menu.Item onClick={() => void leave()}>{shellWords.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Setting<Value extends string>({
  label,
  value,
  onChange,
  choices,
}: {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly choices: { readonly value: Value; readonly label: string }[];
}) {
  return (
    <div className={classes.setting}>
      <Text size="xs">{label}</Text>
      <SegmentedControl size="xs" fullWidth aria-label={label} value={value} onChange={onChange} data={choices} />
    </div>
  );
}

function useDensity(): void {
  const [density] = useLocalStorage({ key: 'density', defaultValue: 'comfortable' });
  useEffect(() => {
    document.documentElement.dataset.density = density;
  }, [density]);
}

/** Any answer "signed out" makes it be asked again who is signed in: the bars show it. */
function useNoticeSignedOut(): void {
  useEffect(() => whenSignedOut(() => void queryClient.refetchQueries(meQuery)), []);
}

/** Who listens instead of looking hears where they are after each step. */
function useFocusOnNewPage(path: string): void {
  const isReady = useRouterState({ select: (state) => state.status === 'idle' });
  const told = useRef<string | null>(null);
  useEffect(() => {
    // A filter that changes, or an entry that opens, is no new page: the focus stays in its dialog.
    if (!isReady || told.current === path) return;
    told.current = path;
    const active = document.activeElement;
    if (active && active !== document.body && active.closest('main')) return;
    document.querySelector<HTMLElement>('[data-page-title]')?.focus({ preventScroll: true });
  }, [path, isReady]);
}
