// What each role may do: a table of all actions, as the server decides by it.
import { Table, Text, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconMinus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { read } from '../../api/query.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { memberWords } from '../../words/members.ts';
import { roleWords } from '../../words/roles.ts';

export function RoleTable() {
  const rights = useQuery({ ...read('GET /roles'), staleTime: Number.POSITIVE_INFINITY });
  if (rights.isPending) return <Waiting />;
  if (rights.error) return <Trouble error={rights.error} onRetry={() => void rights.refetch()} />;
  const { roles } = rights.data;
  // In the order of the widest role; what only keys do stands in none of them twice.
  const actions = [...new Set(roles.flatMap((role) => role.actions))];
  const groups = [...new Set(actions.map(groupOf))];
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm" maw={720}>
        {memberWords.rolesAbout}
      </Text>
      <PlainTable
        label={memberWords.tabs.roles}
        heads={[memberWords.what, ...roles.map(({ role }) => roleWords.names[role])]}
        minWidth={700}
      >
        {groups.map((group) => (
          <Fragment key={group}>
            <Table.Tr bg="var(--stripe)">
              <Table.Th scope="colgroup" colSpan={roles.length + 1}>
                {memberWords.groups[group] ?? group}
              </Table.Th>
            </Table.Tr>
            {actions
              .filter((action) => groupOf(action) === group)
              .map((action) => (
                <Table.Tr key={action}>
                  <Table.Th scope="row" fw={400}>
                    {roleWords.doings[action].replace(/^./, (letter) => letter.toUpperCase())}
                  </Table.Th>
                  {roles.map((role) => (
                    <Table.Td key={role.role}>
                      {role.actions.includes(action) ? (
                        <>
                          <IconCheck size={16} color="var(--dot-ok)" aria-hidden />
                          <VisuallyHidden>{memberWords.yes}</VisuallyHidden>
                        </>
                      ) : (
                        <>
                          <IconMinus size={16} color="var(--mantine-color-dimmed)" aria-hidden />
                          <VisuallyHidden>{memberWords.no}</VisuallyHidden>
                        </>
                      )}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
          </Fragment>
        ))}
      </PlainTable>
    </>
  );
}

const groupOf = (action: string): string => action.split('.', 1)[0] ?? action;
