// The roles of a member in a form: at which tenant, which role, and for whom it is not all, which PBXs.
import { ActionIcon, Alert, Button, Group, Paper, Select, Stack, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconTrash } from '@tabler/icons-react';
import type { Role } from '../../../src/roles.ts';
import { PbxMultiSelect } from '../../parts/pbx-multi-select.tsx';
import { TenantSelect, useTenants } from '../../parts/tenants.tsx';
import { memberWords } from '../../words/members.ts';
import { roleWords } from '../../words/roles.ts';

export interface RoleValue {
  readonly tenantId: string;
  readonly role: Role;
  readonly pbxIds: string[] | null;
}

const ROLE_NAMES = Object.keys(roleWords.names) as Role[];
const WITH_PBXS: readonly Role[] = ['pbxAdmin', 'support', 'viewer'];

export function RoleFields<T extends { roles: RoleValue[] }>({ form: given }: { readonly form: UseFormReturnType<T> }) {
  // Its own part of the form is all that it touches.
  const form = given as unknown as UseFormReturnType<{ roles: RoleValue[] }>;
  const { placed, nameOf } = useTenants();
  const { roles } = form.values;
  return (
    <Stack gap="sm" component="fieldset" bd={0} p={0} m={0}>
      <Text component="legend" size="sm" fw={500} p={0}>
        {memberWords.roles}
      </Text>
      <Text size="xs" c="dimmed">
        {memberWords.roleWhy}
      </Text>
      {roles.map((value, index) => {
        const isOperator = placed.find(({ id }) => id === value.tenantId)?.kind === 'operator';
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a role has no name of its own while it is being chosen.
          <Paper key={index} withBorder p="sm">
            <Stack gap="xs">
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <TenantSelect
                  label={memberWords.tenant}
                  required
                  allowDeselect={false}
                  style={{ flex: 1 }}
                  {...form.getInputProps(`roles.${index}.tenantId`)}
                />
                {roles.length > 1 && (
                  <ActionIcon
                    variant="default"
                    size="input-sm"
                    aria-label={memberWords.removeRole(nameOf(value.tenantId))}
                    onClick={() => form.removeListItem('roles', index)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                )}
              </Group>
              <Select
                label={memberWords.role}
                description={roleWords.summaries[value.role]}
                required
                allowDeselect={false}
                data={ROLE_NAMES.filter((role) => role !== 'owner' || isOperator || value.role === 'owner').map(
                  (role) => ({
                    value: role,
                    label: roleWords.names[role],
                  }),
                )}
                comboboxProps={{ withinPortal: true }}
                {...form.getInputProps(`roles.${index}.role`)}
                onChange={(role) => {
                  if (role === null) return;
                  form.setFieldValue(`roles.${index}.role`, role as Role);
                  if (!WITH_PBXS.includes(role as Role)) form.setFieldValue(`roles.${index}.pbxIds`, null);
                }}
              />
              {WITH_PBXS.includes(value.role) && (
                <PbxMultiSelect
                  label={memberWords.pbxs}
                  description={memberWords.pbxsWhy}
                  value={value.pbxIds ?? []}
                  onChange={(ids) => form.setFieldValue(`roles.${index}.pbxIds`, ids.length === 0 ? null : ids)}
                  error={form.errors[`roles.${index}.pbxIds`]}
                />
              )}
            </Stack>
          </Paper>
        );
      })}
      {form.errors.roles && (
        <Alert color="red" variant="light" role="alert" c="var(--mantine-color-text)">
          {form.errors.roles}
        </Alert>
      )}
      <Group>
        <Button
          size="xs"
          variant="default"
          onClick={() => form.insertListItem('roles', { tenantId: '', role: 'viewer', pbxIds: null })}
        >
          {memberWords.addRole}
        </Button>
      </Group>
    </Stack>
  );
}
