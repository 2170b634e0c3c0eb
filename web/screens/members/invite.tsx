// Inviting somebody: who, with which role where; then the link, once.
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { commonWords } from '../../words/common.ts';
import { memberWords } from '../../words/members.ts';
import { MemberLink } from './member-link.tsx';
import { RoleFields, type RoleValue } from './role-fields.tsx';

export function Invite({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [made, setMade] = useState<Answer<'POST /members'> | null>(null);
  function close(): void {
    setMade(null);
    onClose();
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made === null ? memberWords.inviteTitle : memberWords.invited(made.email)}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      // A stray click must not throw away what was typed, or a link that is shown once.
      closeOnClickOutside={false}
      size="lg"
    >
      {made === null ? (
        <InviteForm onDone={setMade} onCancel={close} />
      ) : (
        <Stack>
          <MemberLink link={made.invitation} />
          <Group justify="flex-end">
            <Button onClick={close}>{memberWords.done}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function InviteForm({
  onDone,
  onCancel,
}: {
  readonly onDone: (made: Answer<'POST /members'>) => void;
  readonly onCancel: () => void;
}) {
  const me = useMe();
  const inviting = useDeed();
  const home = me.grants.find(({ actions }) => actions.includes('member.create'))?.tenantId ?? me.tenantId;
  const roles: RoleValue[] = [{ tenantId: home, role: 'pbxAdmin', pbxIds: null }];
  const form = useForm({ initialValues: { name: '', email: '', roles } });
  const invite = (values: typeof form.values) =>
    inviting.run(async () => {
      // At home where the first role is.
      const tenantId = values.roles[0]?.tenantId;
      const made = await call('POST /members', { body: { ...values, ...(tenantId && { tenantId }) } });
      await queryClient.invalidateQueries({ queryKey: ['members'] });
      onDone(made);
    }, form);
  return (
    <form onSubmit={form.onSubmit((values) => void invite(values))}>
      <Stack>
        <TextInput label={memberWords.name} required maxLength={200} data-autofocus {...form.getInputProps('name')} />
        <TextInput
          label={memberWords.email}
          description={memberWords.emailWhy}
          type="email"
          required
          autoComplete="off"
          {...form.getInputProps('email')}
        />
        <RoleFields form={form} />
        <DialogFoot error={inviting.error} onCancel={onCancel} isBusy={inviting.isBusy} deed={memberWords.send} />
      </Stack>
    </form>
  );
}
