// Deleting a voice route: its users get another one, or the default.
import { Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { read } from '../../api/query.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { tell } from '../../parts/toast.ts';
import { voiceRouteWords as words } from '../../words/voice-routes.ts';
import type { VoiceRoute } from './voice-routes.tsx';

const DEFAULT = 'default';

export function DeleteRoute({
  route,
  onClose,
  onDone,
}: {
  readonly route: VoiceRoute;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}) {
  const others = useQuery(read('GET /voice-routes', { query: { tenantId: route.tenantId, limit: '500' } }));
  const [target, setTarget] = useState<string>(DEFAULT);
  const options = others.data?.items.filter(({ id }) => id !== route.id) ?? [];
  return (
    <Confirm
      opened
      onClose={onClose}
      title={words.deleteTitle(route.name)}
      deed={words.deleteDeed}
      danger
      typed={route.name}
      onConfirm={async () => {
        try {
          await call('DELETE /voice-routes/{id}', {
            params: { id: route.id },
            query: { reassignTo: target },
            ifMatch: route,
          });
        } catch (error) {
          // Somebody changed it: the next try is of what it is now.
          if (isProblem(error) && error.status === 412) await onDone();
          throw error;
        }
        tell(words.removed(route.name));
        await onDone();
      }}
    >
      <Stack>
        <Text size="sm">{words.deleteWhat}</Text>
        <Select
          label={words.reassign}
          data={[
            { value: DEFAULT, label: words.reassignDefault },
            ...options.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={target}
          onChange={(value) => value && setTarget(value)}
          allowDeselect={false}
          comboboxProps={{ withinPortal: true }}
        />
      </Stack>
    </Confirm>
  );
}
