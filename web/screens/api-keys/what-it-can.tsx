// What a key can do, in words: out of its scopes, as the server decides by them.
import { List, Paper, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Scope } from '../../../src/roles.ts';
import { read } from '../../api/query.ts';
import { apiKeyWords } from '../../words/api-keys.ts';
import { roleWords } from '../../words/roles.ts';

export function WhatItCan({
  scopes,
  tenant,
  pbxs,
  order,
}: {
  readonly scopes: readonly Scope[];
  readonly tenant: string;
  /** How many it is for; 0: all of the tenant. */
  readonly pbxs: number;
  /** Of the heading, below what stands around it. */
  readonly order: 2 | 3;
}) {
  const rights = useQuery({ ...read('GET /roles'), staleTime: Number.POSITIVE_INFINITY });
  const actions = [
    ...new Set(rights.data?.scopes.filter(({ scope }) => scopes.includes(scope)).flatMap((one) => one.actions)),
  ];
  return (
    <Paper withBorder p="sm">
      <Title order={order} size="h6" mb={4}>
        {apiKeyWords.can}
      </Title>
      {actions.length === 0 ? (
        <Text size="sm" c="dimmed">
          {apiKeyWords.canNothing}
        </Text>
      ) : (
        <>
          <Text size="sm" mb={4}>
            {apiKeyWords.where(tenant, pbxs)}
          </Text>
          <List size="sm" style={{ columns: '220px 2' }}>
            {actions.map((action) => (
              <List.Item key={action}>{roleWords.doings[action]}</List.Item>
            ))}
          </List>
        </>
      )}
    </Paper>
  );
}
