// How a user stands on both axes, why, what to do, and when it goes on by itself.
import { Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useMay } from '../../api/me.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Reason } from '../../parts/reason.tsx';
import { RegistrationChip, StatusChip } from '../../parts/status-chip.tsx';
import { sayReason } from '../../words/reasons.ts';
import { registrationWords } from '../../words/statuses.ts';
import { sayTime } from '../../words/times.ts';
import { userWords } from '../../words/users.ts';
import { type Doubt, doubtOf, useSyncUser } from './sync-user.ts';
import type { OneUser } from './user.tsx';

const { detail: words } = userWords;

export function UserStanding({ user }: { readonly user: OneUser }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" mb="lg">
      <Paper withBorder p="md" component="section" aria-label={userWords.columns.provisioning}>
        <Stack gap="xs">
          <Group gap="md" align="baseline">
            <Title order={2} size="h6">
              {userWords.columns.provisioning}
            </Title>
            <StatusChip status={user.status} since={user.statusAt} />
          </Group>
          {user.reasonCode !== null && (
            <Reason code={user.reasonCode} sentence={user.reason} nextAction={user.nextAction} />
          )}
          <NextTry user={user} />
          <AcceptOnce user={user} code={user.reasonCode} />
        </Stack>
      </Paper>
      <RegistrationCard user={user} />
    </SimpleGrid>
  );
}

function NextTry({ user }: { readonly user: OneUser }) {
  return (
    <Text size="sm" c="dimmed" component="div">
      {sayNextTry(user)}
      {user.lastCheckedAt !== null && (
        <>
          {` ${words.lastSync} `}
          <Ago time={user.lastCheckedAt} />
          {'.'}
        </>
      )}
    </Text>
  );
}

export function sayNextTry(
  user: Pick<OneUser, 'enabled' | 'mac' | 'nextTryAt' | 'attempt' | 'usersBefore' | 'status'>,
  now = Date.now(),
): string {
  if (!user.enabled.value) return words.isOff(user.enabled.decidedBy);
  if (user.mac === null) return words.hasNoMac;
  if (user.status === 'fetching') return words.isFetching;
  if (user.nextTryAt === null) return words.noTry;
  if (new Date(user.nextTryAt).getTime() <= now) return words.dueNow(user.usersBefore);
  return user.status === 'provisioned'
    ? words.nextCheck(sayTime(user.nextTryAt, now))
    : words.nextTry(sayTime(user.nextTryAt, now), user.attempt + 1);
}

/** For what is doubtful: a person may know better. */
export function AcceptOnce({ user, code }: { readonly user: OneUser; readonly code: string | null }) {
  const [asked, setAsked] = useState<Doubt | null>(null);
  const may = useMay('user.sync', user);
  const { sync } = useSyncUser(user);
  const doubt = doubtOf(code);
  if (doubt === null) return null;
  return (
    <>
      <Group>
        <MayButton size="xs" variant="default" why={may.why} onClick={() => setAsked(doubt)}>
          {words.acceptOnce}
        </MayButton>
      </Group>
      <Confirm
        opened={asked !== null}
        onClose={() => setAsked(null)}
        title={words.acceptTitle}
        deed={words.acceptOnce}
        onConfirm={() => sync(doubt)}
      >
        <Stack gap="xs">
          <Text size="sm">{sayReason(doubt)?.meaning}</Text>
          <Text size="sm">{words.acceptWhat}</Text>
        </Stack>
      </Confirm>
    </>
  );
}

function RegistrationCard({ user: { registration } }: { readonly user: OneUser }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={userWords.columns.registration}>
      <Stack gap="xs">
        <Group gap="md" align="baseline">
          <Title order={2} size="h6">
            {userWords.columns.registration}
          </Title>
          <RegistrationChip status={registration.status} />
          {registration.at !== null && (
            <Text size="xs" c="dimmed" component="span">
              <Ago time={registration.at} />
            </Text>
          )}
        </Group>
        <Text size="sm">{registration.reason ?? registrationWords[registration.status].meaning}</Text>
      </Stack>
    </Paper>
  );
}
