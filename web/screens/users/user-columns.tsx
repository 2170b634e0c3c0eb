// The columns of the user list.
import { Anchor, Group, Text, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ItemOf } from '../../api/client.ts';
import { Ago } from '../../parts/ago.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { useRowTab } from '../../parts/row-tab.ts';
import { RegistrationChip, StatusChip } from '../../parts/status-chip.tsx';
import { sayReason } from '../../words/reasons.ts';
import { nameOf, userWords, withColons } from '../../words/users.ts';
import classes from './users.module.css';

export type User = ItemOf<'GET /users'>;

const { columns: heads } = userWords;

/** The statuses stand early: they are what one looks for. */
export const USER_COLUMNS: readonly Column<User>[] = [
  { id: 'name', header: heads.name, width: 170, sort: 'name', cell: (user) => <NameCell user={user} /> },
  {
    id: 'provisioning',
    header: heads.provisioning,
    width: 230,
    sort: 'status',
    cell: (user) => <ProvisioningCell user={user} />,
  },
  {
    id: 'registration',
    header: heads.registration,
    width: 120,
    cell: ({ registration }) => <RegistrationChip status={registration.status} reason={registration.reason} />,
  },
  { id: 'sipUser', header: heads.sipUser, width: 100, cell: (user) => <span>{user.sipUserId}</span> },
  {
    id: 'did',
    header: heads.did,
    width: 130,
    sort: 'did',
    cell: (user) => <span>{user.did}</span>,
  },
  { id: 'mac', header: heads.mac, width: 230, sort: 'mac', cell: (user) => <MacCell user={user} /> },
  { id: 'pbx', header: heads.pbx, width: 130, sort: 'pbx', cell: (user) => <PbxCell user={user} /> },
  {
    id: 'lastSync',
    header: heads.lastSync,
    width: 120,
    sort: 'lastCheckedAt',
    cell: (user) => <Ago time={user.lastCheckedAt} never={userWords.neverSynced} />,
  },
  {
    id: 'teams',
    header: heads.teams,
    width: 210,
    sort: 'teamsUserId',
    cell: (user) => <span>{user.teamsUserId}</span>,
  },
  { id: 'source', header: heads.source, width: 90, cell: (user) => <span>{userWords.sources[user.source]}</span> },
  { id: 'tag', header: heads.tag, width: 110, cell: (user) => <span>{user.userTag}</span> },
  { id: 'type', header: heads.type, width: 120, cell: (user) => <span>{userWords.types[user.userType]}</span> },
  {
    id: 'created',
    header: heads.created,
    width: 120,
    sort: 'createdAt',
    cell: (user) => <Ago time={user.createdAt} />,
  },
];

export const HIDDEN_AT_FIRST: readonly string[] = ['type', 'created'];

function NameCell({ user }: { readonly user: User }) {
  const tabIndex = useRowTab();
  return (
    <Anchor
      size="sm"
      c="var(--mantine-color-text)"
      fw={500}
      renderRoot={(props) => <Link to="/users/$id" params={{ id: user.id }} tabIndex={tabIndex} {...props} />}
    >
      {nameOf(user)}
    </Anchor>
  );
}

function ProvisioningCell({ user }: { readonly user: User }) {
  return (
    <div className={classes.axis}>
      <StatusChip status={user.status} since={user.statusAt} />
      {user.reasonCode !== null && (
        <Text span size="xs" c="dimmed" className={classes.reason}>
          {sayReason(user.reasonCode)?.title ?? user.reasonCode}
        </Text>
      )}
    </div>
  );
}

function MacCell({ user }: { readonly user: User }) {
  if (user.mac === null) {
    return (
      <Text span size="sm" c="dimmed">
        {userWords.noMac}
      </Text>
    );
  }
  return (
    <Group gap={2} wrap="nowrap">
      <CopyText text={user.mac} shown={withColons(user.mac)} label={heads.mac} />
      {user.macAssigned && (
        <Tooltip label={userWords.pseudoWhat}>
          <Text span size="xs" c="dimmed">
            {userWords.pseudo}
          </Text>
        </Tooltip>
      )}
    </Group>
  );
}

function PbxCell({ user }: { readonly user: User }) {
  const tabIndex = useRowTab();
  return (
    <Anchor
      size="sm"
      c="var(--mantine-color-text)"
      renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: user.pbxId }} tabIndex={tabIndex} {...props} />}
    >
      {user.pbxName}
    </Anchor>
  );
}
