// One member: name, roles, whether it may sign in, a new link, and its removal.
import { Divider, Drawer, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useMay, useMe } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { ChangedMeanwhile, currentOf } from '../../parts/changed-meanwhile.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { useDeed } from '../../parts/deed.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { memberWords } from '../../words/members.ts';
import { roleWords } from '../../words/roles.ts';
import { MemberLink } from './member-link.tsx';
import type { Member } from './member-list.tsx';
import { RoleFields } from './role-fields.tsx';

const again = () => queryClient.invalidateQueries({ queryKey: ['members'] });

export function MemberDrawer({ id, onClose }: { readonly id: string | null; readonly onClose: () => void }) {
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={memberWords.edit}
      closeButtonProps={{ 'aria-label': commonWords.close }}
    >
      {id !== null && <Loaded key={id} id={id} onClose={onClose} />}
    </Drawer>
  );
}

function Loaded({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const member = useQuery(read('GET /members/{id}', { params: { id } }));
  if (member.data) return <MemberForm member={member.data} onClose={onClose} />;
  return member.error ? <Trouble error={member.error} onRetry={() => void member.refetch()} /> : <Waiting lines={5} />;
}

const valuesOf = ({ name, status, roles }: Member) => ({
  name,
  disabled: status === 'disabled',
  roles: roles.map((role) => ({ ...role, pbxIds: role.pbxIds && [...role.pbxIds] })),
});

function MemberForm({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const me = useMe();
  const may = useMay('member.change');
  const mayDelete = useMay('member.delete');
  // What the form began with: a newer one that is read meanwhile does not touch what is typed.
  const [base, setBase] = useState(member);
  const [link, setLink] = useState<Answer<'POST /members/{id}/link'> | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const form = useForm({ initialValues: valuesOf(member) });
  const saving = useDeed();
  const linking = useDeed();
  const current = currentOf<Member>(saving.error);
  const isSelf = me.id === member.id;

  const save = (upon: Member) =>
    saving.run(async () => {
      const { name, disabled, roles } = form.values;
      const saved = await call('PATCH /members/{id}', {
        params: { id: member.id },
        body: { name, disabled, roles },
        ifMatch: upon,
      });
      take(saved);
      tell(commonWords.saved);
      await again();
    }, form);
  function take(what: Member): void {
    setBase(what);
    form.setInitialValues(valuesOf(what));
    form.reset();
    saving.clear();
  }
  const makeLink = () =>
    linking.run(async () => setLink(await call('POST /members/{id}/link', { params: { id: member.id } })));
  async function remove(): Promise<void> {
    await call('DELETE /members/{id}', { params: { id: member.id }, ifMatch: base });
    tell(memberWords.removed(member.email));
    onClose();
    // Of the member itself there is nothing to be read any more.
    await queryClient.invalidateQueries({ queryKey: ['members', 'GET /members'] });
  }
  return (
    <Stack>
      <Group justify="space-between">
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {member.email}
        </Text>
        <Dot {...memberWords.statuses[member.status]} />
      </Group>
      {isSelf && (
        <Text size="sm" c="dimmed">
          {memberWords.self}
        </Text>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save(base);
        }}
      >
        <Stack>
          {current !== null && (
            <ChangedMeanwhile
              current={current}
              fields={[
                { label: memberWords.name, of: ({ name }) => name, mine: form.values.name },
                { label: memberWords.disabled, of: ({ status }) => status === 'disabled', mine: form.values.disabled },
                {
                  label: memberWords.roles,
                  of: ({ roles }) => roles.map(({ role }) => roleWords.names[role]),
                  mine: form.values.roles.map(({ role }) => roleWords.names[role]),
                },
              ]}
              onTake={() => take(current)}
              onOverwrite={() => void save(current)}
            />
          )}
          <TextInput label={memberWords.name} required maxLength={200} {...form.getInputProps('name')} />
          <RoleFields form={form} />
          {!isSelf && (
            <Switch
              label={memberWords.disabled}
              description={memberWords.disabledWhy}
              {...form.getInputProps('disabled', { type: 'checkbox' })}
            />
          )}
          {saving.error !== null && current === null && <Trouble error={saving.error} />}
          <Group justify="flex-end">
            <MayButton type="submit" why={may.why} loading={saving.isBusy} disabled={!form.isDirty()}>
              {memberWords.save}
            </MayButton>
          </Group>
        </Stack>
      </form>
      {!isSelf && (
        <>
          <Divider />
          {link !== null && <MemberLink link={link} />}
          {linking.error !== null && <Trouble error={linking.error} />}
          <Group justify="space-between">
            <MayButton
              variant="default"
              why={may.why}
              loading={linking.isBusy}
              disabled={member.status === 'disabled'}
              onClick={() => void makeLink()}
            >
              {memberWords.newLink[member.status]}
            </MayButton>
            <MayButton variant="default" why={mayDelete.why} onClick={() => setRemoving(true)}>
              {memberWords.remove}
            </MayButton>
          </Group>
          <Text size="xs" c="dimmed">
            {memberWords.newLinkWhy}
          </Text>
        </>
      )}
      <Confirm
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={memberWords.removeTitle(member.email)}
        deed={memberWords.remove}
        typed={member.email}
        danger
        onConfirm={remove}
      >
        {memberWords.removeWhat}
      </Confirm>
    </Stack>
  );
}
