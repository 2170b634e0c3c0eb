// Deleting a PBX, with its name typed and with its users.
import { Button, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { tell } from '../../parts/toast.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { Section } from './section.tsx';
import type { Pbx } from './use-settings.ts';

const words = pbxWords.danger;

export function DangerTab({ pbx, onDeleted }: { readonly pbx: Pbx; readonly onDeleted: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const navigate = useNavigate();
  const may = useMay('pbx.delete', { tenantId: pbx.tenantId, pbxId: pbx.id });
  const users = pbx.users.total;
  async function remove(): Promise<void> {
    await call('DELETE /pbxs/{id}', {
      params: { id: pbx.id },
      query: users > 0 ? { users: 'delete' } : {},
      ifMatch: pbx,
    });
    onDeleted();
    tell(words.deleted(pbx.name));
    await navigate({ to: '/pbxs' });
    queryClient.removeQueries({ queryKey: ['pbxs', 'GET /pbxs/{id}'] });
    void queryClient.invalidateQueries({ queryKey: ['pbxs'] });
  }
  return (
    <Section title={words.heading} about={words.what(users)}>
      <Text size="sm">{words.instead}</Text>
      <div>
        {may.why === null ? (
          <Button color="red.8" onClick={() => setAsking(true)}>
            {users > 0 ? words.deleteWithUsers(users) : words.delete}
          </Button>
        ) : (
          <MayButton why={may.why} color="red.8">
            {users > 0 ? words.deleteWithUsers(users) : words.delete}
          </MayButton>
        )}
      </div>
      <Confirm
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={words.title(pbx.name)}
        deed={users > 0 ? words.deleteWithUsers(users) : words.delete}
        typed={pbx.name}
        danger
        onConfirm={remove}
      >
        {words.confirm(users)}
      </Confirm>
    </Section>
  );
}
