// One user: how it stands and why, what was harvested, what happened, and what can be done about it.
import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconLink, IconPencil, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { isProblem } from '../../api/problem.ts';
import { queryClient, read } from '../../api/query.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { dropFromLists } from '../../parts/cursor-list.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { NotFound } from '../../shell/lost.tsx';
import { nameOf, userWords } from '../../words/users.ts';
import { EditUser } from './edit-user.tsx';
import { useSyncUser } from './sync-user.ts';
import { UserConfig } from './user-config.tsx';
import { UserOverrides } from './user-overrides.tsx';
import { UserOverview } from './user-overview.tsx';
import { UserStanding } from './user-standing.tsx';
import { UserTimeline } from './user-timeline.tsx';
import { WhyLinks } from './why-links.tsx';

export type OneUser = Answer<'GET /users/{id}'>;

const { detail: words } = userWords;

export function UserScreen() {
  const { id = '' } = useParams({ strict: false });
  const user = useQuery(read('GET /users/{id}', { params: { id } }));
  if (isProblem(user.error) && user.error.status === 404 && !user.data) return <NotFound />;
  if (!user.data) {
    return (
      <>
        <PageHead title={userWords.one} trail={[[userWords.title, '/users']]} />
        {user.error ? <Trouble error={user.error} onRetry={() => void user.refetch()} /> : <Waiting lines={6} />}
      </>
    );
  }
  return (
    <>
      {user.error !== null && <Trouble error={user.error} onRetry={() => void user.refetch()} />}
      <User user={user.data} />
    </>
  );
}

function User({ user }: { readonly user: OneUser }) {
  const { tab, entry }: { tab?: string | undefined; entry?: string | undefined } = useSearch({ strict: false });
  const navigate = useNavigate();
  const go = (search: { tab?: string | undefined; entry?: string | undefined }) =>
    void navigate({ to: '/users/$id', params: { id: user.id }, search, replace: true, resetScroll: false });
  const isEditing = tab === 'edit';
  return (
    <>
      <PageHead
        title={nameOf(user)}
        trail={[[userWords.title, '/users']]}
        about={[user.name !== null && user.teamsUserId, userWords.types[user.userType]].filter(Boolean).join(' · ')}
        actions={!isEditing && <UserActions user={user} onEdit={() => go({ tab: 'edit' })} />}
      />
      {isEditing ? (
        <EditUser user={user} onClose={() => go({})} />
      ) : (
        <>
          <UserStanding user={user} />
          <PageTabs
            label={words.tabs}
            open={tab}
            onOpen={(id) => go({ tab: id })}
            tabs={[
              { id: 'overview', name: words.overview, content: () => <UserOverview user={user} /> },
              {
                id: 'timeline',
                name: words.timeline,
                content: () => (
                  <UserTimeline user={user} open={entry} onOpen={(id) => go({ tab: 'timeline', entry: id })} />
                ),
              },
              { id: 'config', name: words.config, content: () => <UserConfig user={user} /> },
              { id: 'overrides', name: words.overrides, content: () => <UserOverrides user={user} /> },
            ]}
          />
        </>
      )}
    </>
  );
}

function UserActions({ user, onEdit }: { readonly user: OneUser; readonly onEdit: () => void }) {
  const [dialog, setDialog] = useState<'delete' | 'link' | null>(null);
  const navigate = useNavigate();
  const maySync = useMay('user.sync', user);
  const mayChange = useMay('user.change', user);
  const mayDelete = useMay('user.delete', user);
  const { sync, isBusy } = useSyncUser(user);
  async function remove(): Promise<void> {
    await call('DELETE /users/{id}', { params: { id: user.id }, ifMatch: user });
    dropFromLists(queryClient, [user.id]);
    tell(words.deleted(nameOf(user)));
    await navigate({ to: '/users' });
    queryClient.removeQueries({ queryKey: ['users', 'GET /users/{id}', { params: { id: user.id } }] });
  }
  return (
    <>
      <MayButton
        why={maySync.why}
        leftSection={<IconRefresh size={16} aria-hidden />}
        loading={isBusy}
        onClick={() => void sync()}
      >
        {userWords.sync}
      </MayButton>
      <MayButton
        variant="default"
        why={mayChange.why}
        leftSection={<IconPencil size={16} aria-hidden />}
        onClick={onEdit}
      >
        {words.edit}
      </MayButton>
      <Menu position="bottom-end" width={300}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            {userWords.more}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconLink size={16} aria-hidden />} onClick={() => setDialog('link')}>
            {words.link.open}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconTrash size={16} aria-hidden />}
            {...(mayDelete.allowed
              ? { onClick: () => setDialog('delete'), c: 'var(--mantine-color-error)' }
              : { 'aria-disabled': true, 'data-disabled': true, closeMenuOnClick: false })}
          >
            {words.delete}
            {mayDelete.why !== null && <span>{`: ${mayDelete.why}`}</span>}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'link' && <WhyLinks user={user} onClose={() => setDialog(null)} />}
      <Confirm
        opened={dialog === 'delete'}
        onClose={() => setDialog(null)}
        title={words.deleteTitle(nameOf(user))}
        deed={words.delete}
        typed={nameOf(user)}
        danger
        onConfirm={remove}
      >
        {words.deleteWhat}
      </Confirm>
    </>
  );
}
