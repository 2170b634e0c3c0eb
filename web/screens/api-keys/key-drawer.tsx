// One key: what is known of it, what it can do, and the button that ends it.
import { Drawer, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { apiKeyWords } from '../../words/api-keys.ts';
import { commonWords } from '../../words/common.ts';
import { type ApiKey, KeyState } from './key-state.tsx';
import { WhatItCan } from './what-it-can.tsx';

export function KeyDrawer({ id, onClose }: { readonly id: string | null; readonly onClose: () => void }) {
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={apiKeyWords.detail}
      closeButtonProps={{ 'aria-label': commonWords.close }}
    >
      {id !== null && <Loaded id={id} />}
    </Drawer>
  );
}

function Loaded({ id }: { readonly id: string }) {
  const key = useQuery(read('GET /api-keys/{id}', { params: { id } }));
  if (key.data) return <Key apiKey={key.data} />;
  return key.error ? <Trouble error={key.error} onRetry={() => void key.refetch()} /> : <Waiting lines={6} />;
}

function Key({ apiKey }: { readonly apiKey: ApiKey }) {
  const { nameOf } = useTenants();
  const { why } = useMay('apiKey.revoke');
  const [isRevoking, setRevoking] = useState(false);
  const { name, cidrs, pbxIds } = apiKey;
  async function revoke(): Promise<void> {
    await call('POST /api-keys/{id}/revoke', { params: { id: apiKey.id } });
    tell(apiKeyWords.revokedNow(name));
    await queryClient.invalidateQueries({ queryKey: ['api-keys'] });
  }
  return (
    <Stack>
      <Facts
        facts={[
          [apiKeyWords.name, name],
          [apiKeyWords.state, <KeyState key="state" apiKey={apiKey} />],
          [apiKeyWords.begins, <span key="prefix" className="mono">{`${apiKey.prefix}…`}</span>],
          [apiKeyWords.tenant, nameOf(apiKey.tenantId)],
          [apiKeyWords.scopes, apiKey.scopes.join(', ')],
          [apiKeyWords.addresses, cidrs.length === 0 ? apiKeyWords.anywhere : cidrs.join(', ')],
          [apiKeyWords.expires, <Ago key="expires" time={apiKey.expiresAt} never={apiKeyWords.never} />],
          [apiKeyWords.used, <Ago key="used" time={apiKey.lastUsedAt} never={apiKeyWords.unused} />],
          [apiKeyWords.made, <Ago key="made" time={apiKey.createdAt} />],
          [apiKeyWords.madeBy, apiKey.createdBy],
        ]}
      />
      <WhatItCan scopes={apiKey.scopes} tenant={nameOf(apiKey.tenantId)} pbxs={pbxIds?.length ?? 0} order={3} />
      {apiKey.revokedAt === null && (
        <Group justify="flex-end">
          <MayButton why={why} color="red.8" onClick={() => setRevoking(true)}>
            {apiKeyWords.revoke}
          </MayButton>
        </Group>
      )}
      <Confirm
        opened={isRevoking}
        onClose={() => setRevoking(false)}
        title={apiKeyWords.revokeTitle(name)}
        deed={apiKeyWords.revoke}
        typed={name}
        danger
        onConfirm={revoke}
      >
        {apiKeyWords.revokeWhat}
      </Confirm>
    </Stack>
  );
}
