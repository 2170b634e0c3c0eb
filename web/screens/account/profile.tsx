// Who one is: name, address, roles.
import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { call } from '../../api/client.ts';
import { meQuery, useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useDeed } from '../../parts/deed.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Section } from '../../parts/section.tsx';
import { Trouble } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { accountWords } from '../../words/account.ts';
import { commonWords } from '../../words/common.ts';
import { roleWords } from '../../words/roles.ts';

export function Profile() {
  const me = useMe();
  const tenants = useTenants();
  const form = useForm({ initialValues: { name: me.name } });
  const saving = useDeed();
  const save = ({ name }: { name: string }) =>
    saving.run(async () => {
      queryClient.setQueryData(meQuery.queryKey, await call('PATCH /me', { body: { name } }));
      form.resetDirty({ name });
      tell(commonWords.saved);
    }, form);
  return (
    <>
      <form onSubmit={form.onSubmit((values) => void save(values))}>
        <Stack maw={420} mb="xl">
          <TextInput label={accountWords.email} description={accountWords.emailWhy} value={me.email} readOnly />
          <TextInput
            label={accountWords.name}
            required
            maxLength={200}
            autoComplete="name"
            {...form.getInputProps('name')}
          />
          {saving.error !== null && <Trouble error={saving.error} />}
          <Group>
            <Button type="submit" loading={saving.isBusy} disabled={!form.isDirty() || form.values.name.trim() === ''}>
              {accountWords.save}
            </Button>
          </Group>
        </Stack>
      </form>
      <Section title={accountWords.roles} about={accountWords.rolesWhy}>
        <PlainTable
          label={accountWords.roles}
          heads={[accountWords.role, accountWords.at, accountWords.reach, accountWords.means]}
        >
          {me.grants.map(({ tenantId, role, pbxIds }) => (
            <Table.Tr key={tenantId}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{roleWords.names[role]}</Table.Td>
              <Table.Td>{tenants.nameOf(tenantId)}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                {pbxIds === null ? accountWords.allPbxs : accountWords.somePbxs(pbxIds.length)}
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {roleWords.summaries[role]}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </PlainTable>
      </Section>
    </>
  );
}
