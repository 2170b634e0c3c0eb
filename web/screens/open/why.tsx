// Why a user is not provisioned, for somebody without an account: the owner of the PBX, who got a link.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Answer, call } from '../../api/client.ts';
import { Ago } from '../../parts/ago.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { NextAction, Reason } from '../../parts/reason.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { Dot, StatusChip } from '../../parts/status-chip.tsx';
import { Steps } from '../../parts/steps.tsx';
import { entryWords } from '../../words/entries.ts';
import { openWords } from '../../words/open.ts';
import { BadLink, isBadLink, NoLink } from './bad-link.tsx';
import { useLinkToken } from './link-token.ts';
import { OpenFrame } from './open-frame.tsx';
import classes from './why.module.css';

type Why = Answer<'POST /why'>;
const WIDTH = 820;

export function WhyScreen() {
  const token = useLinkToken();
  return token === null ? <NoLink /> : <WhyOf token={token} />;
}

function WhyOf({ token }: { readonly token: string }) {
  const why = useQuery({
    queryKey: ['why'],
    queryFn: () => call('POST /why', { body: { token } }),
    refetchOnWindowFocus: false,
  });
  if (isBadLink(why.error)) return <BadLink what={openWords.badWhyLink} />;
  if (!why.data) {
    return (
      <OpenFrame title={openWords.why} width={WIDTH}>
        {why.isError ? (
          <Trouble error={why.error} onRetry={() => void why.refetch()} />
        ) : (
          <Waiting lines={5} what={openWords.waitingFor} />
        )}
      </OpenFrame>
    );
  }
  const { userName, pbxName, tenantName, expiresAt } = why.data;
  return (
    <OpenFrame title={userName ?? openWords.whyNoName} about={openWords.whyOf(pbxName, tenantName)} width={WIDTH}>
      <Stack gap="lg">
        {why.isError && <Trouble error={why.error} />}
        <HowItStands why={why.data} />
        <WhatHappened timeline={why.data.timeline} />
        <Group justify="space-between">
          <Text size="xs" c="dimmed">
            {`${openWords.whyEnds} `}
            <Ago time={expiresAt} />
          </Text>
          <Button variant="default" size="xs" loading={why.isFetching} onClick={() => void why.refetch()}>
            {openWords.whyAgain}
          </Button>
        </Group>
      </Stack>
    </OpenFrame>
  );
}

function HowItStands({ why }: { readonly why: Why }) {
  const { status, statusAt, mac, did, reasonCode, reason, nextAction, nextTryAt } = why;
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {openWords.whyStatus}
      </Title>
      <Stack gap="xs">
        <StatusChip status={status} since={statusAt} />
        {reasonCode === null ? (
          status === 'provisioned' && <Text size="sm">{openWords.whyFine}</Text>
        ) : (
          <Reason code={reasonCode} sentence={reason} nextAction={nextAction} />
        )}
        {status !== 'off' && (
          <Text size="sm" c="dimmed">
            {nextTryAt === null ? openWords.whyNoTry : `${openWords.whyNextTry}: `}
            {nextTryAt !== null && <Ago time={nextTryAt} />}
          </Text>
        )}
        <Group gap="lg">
          {mac !== null && (
            <Group gap={6}>
              <Text size="sm" c="dimmed">
                {openWords.whyMac}
              </Text>
              <CopyText text={mac} label={openWords.whyMac} />
            </Group>
          )}
          {did !== null && (
            <Group gap={6}>
              <Text size="sm" c="dimmed">
                {openWords.whyNumber}
              </Text>
              <Text size="sm" className="mono">
                {did}
              </Text>
            </Group>
          )}
        </Group>
      </Stack>
    </section>
  );
}

function WhatHappened({ timeline }: { readonly timeline: Why['timeline'] }) {
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {openWords.whyTimeline}
      </Title>
      {timeline.length === 0 && (
        <Text size="sm" c="dimmed">
          {openWords.whyNothing}
        </Text>
      )}
      <ol className={classes.timeline}>
        {timeline.map(({ at, outcome, sentence, nextAction, steps }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries that are told to strangers have no ids.
          <li key={index}>
            <Group gap="sm">
              <Dot {...entryWords.outcomes[outcome]} meaning={undefined} />
              <Text size="xs" c="dimmed">
                <Ago time={at} />
              </Text>
            </Group>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {sentence}
            </Text>
            {nextAction !== null && <NextAction text={nextAction} />}
            {steps.length > 0 && (
              <details open={index === 0 && outcome !== 'ok'}>
                <summary className={classes.summary}>{openWords.whySteps}</summary>
                <Steps steps={steps} />
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
