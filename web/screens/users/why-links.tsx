// Links that show somebody without an account why a user is as it is: made, shown once, listed, revoked.
import { Button, Group, Modal, Select, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { useDeed } from '../../parts/deed.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { userWords } from '../../words/users.ts';
import type { OneUser } from './user.tsx';

type WhyLink = Answer<'GET /users/{id}/why-links'>['items'][number];

const { link: words } = userWords.detail;

export function WhyLinks({ user, onClose }: { readonly user: OneUser; readonly onClose: () => void }) {
  const links = useQuery({ ...read('GET /users/{id}/why-links', { params: { id: user.id } }), staleTime: 0 });
  const [hours, setHours] = useState('72');
  const [made, setMade] = useState<string | null>(null);
  const deed = useDeed();
  const make = () =>
    deed.run(async () => {
      const { link } = await call('POST /users/{id}/why-links', {
        params: { id: user.id },
        body: { hours: Number(hours) },
      });
      setMade(link);
      await links.refetch();
    });
  const revoke = ({ id }: WhyLink) =>
    deed.run(async () => {
      await call('DELETE /why-links/{id}', { params: { id } });
      tell(words.revoked);
      await links.refetch();
    });
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.open}
      size="lg"
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <Stack>
        <Text size="sm">{words.what}</Text>
        {made === null ? (
          <Group align="flex-end">
            <Select
              label={words.hours}
              data={Object.entries(words.durations).map(([value, label]) => ({ value, label }))}
              value={hours}
              allowDeselect={false}
              onChange={(value) => setHours(value ?? '72')}
              data-autofocus
            />
            <Button loading={deed.isBusy} onClick={() => void make()}>
              {words.make}
            </Button>
          </Group>
        ) : (
          <ShownOnce label={words.label} text={made} what={words.once} />
        )}
        {deed.error !== null && <Trouble error={deed.error} />}
        {links.isLoading && <Waiting lines={2} />}
        {links.error !== null && <Trouble error={links.error} onRetry={() => void links.refetch()} />}
        {links.data && links.data.items.length > 0 && (
          <PlainTable label={words.list} heads={[words.by, words.made, words.ends, words.opened, words.deeds]}>
            {links.data.items.map((link) => (
              <Table.Tr key={link.id}>
                <Table.Td>{link.createdBy}</Table.Td>
                <Table.Td>
                  <Ago time={link.createdAt} />
                </Table.Td>
                <Table.Td>
                  <Ago time={link.expiresAt} />
                </Table.Td>
                <Table.Td>
                  <Ago time={link.lastOpenedAt} />
                </Table.Td>
                <Table.Td>
                  <Button size="compact-sm" variant="default" onClick={() => void revoke(link)}>
                    {words.revoke}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </PlainTable>
        )}
      </Stack>
    </Modal>
  );
}
