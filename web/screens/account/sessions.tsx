// Where one is signed in, and how to end it.
import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { queryClient, read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Section } from '../../parts/section.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { accountWords } from '../../words/account.ts';
import { browserName } from './browser-name.ts';

type Session = ItemOf<'GET /me/sessions'>;

/** Nothing tells of a sign-in elsewhere. */
const LOOK_MS = 30_000;

const again = () => queryClient.invalidateQueries({ queryKey: ['me', 'GET /me/sessions'] });

export function Sessions() {
  const sessions = useQuery({ ...read('GET /me/sessions'), refetchInterval: LOOK_MS });
  const [isEnding, setEnding] = useState(false);
  const items = sessions.data?.items ?? [];
  async function end({ id }: Session): Promise<void> {
    try {
      await call('DELETE /me/sessions/{id}', { params: { id } });
      tell(accountWords.ended);
    } catch (error) {
      tellProblem(error);
    }
    await again();
  }
  async function endOthers(): Promise<void> {
    const { ended } = await call('POST /me/sessions/end-others');
    tell(accountWords.endedOthers(ended));
    await again();
  }
  return (
    <Section
      title={accountWords.sessions}
      about={items.length === 1 ? accountWords.onlyThis : accountWords.sessionsWhy}
      actions={
        items.length > 1 && (
          <Button variant="default" onClick={() => setEnding(true)}>
            {accountWords.endOthers}
          </Button>
        )
      }
    >
      {sessions.error !== null && <Trouble error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.isPending ? (
        <Waiting lines={3} height={32} />
      ) : (
        items.length > 0 && (
          <PlainTable
            label={accountWords.sessions}
            heads={[
              accountWords.device,
              accountWords.address,
              accountWords.signedIn,
              accountWords.seen,
              accountWords.action,
            ]}
          >
            {items.map((session) => (
              <SessionRow key={session.id} session={session} onEnd={() => void end(session)} />
            ))}
          </PlainTable>
        )
      )}
      <Confirm
        opened={isEnding}
        onClose={() => setEnding(false)}
        title={accountWords.endOthersTitle}
        deed={accountWords.endOthers}
        onConfirm={endOthers}
      >
        {accountWords.endOthersWhat}
      </Confirm>
    </Section>
  );
}

function SessionRow({ session, onEnd }: { readonly session: Session; readonly onEnd: () => void }) {
  const device = browserName(session.userAgent) ?? accountWords.unknownBrowser;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Text size="sm" title={session.userAgent ?? ''} maw={320} style={{ overflowWrap: 'anywhere' }}>
            {device}
          </Text>
          {session.current && (
            <Badge variant="default" tt="none">
              {accountWords.thisOne}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td className="mono">{session.ip ?? ''}</Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Ago time={session.signedInAt} />
        {session.remember && ` · ${accountWords.remembered}`}
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Ago time={session.lastSeenAt} />
      </Table.Td>
      <Table.Td>
        {!session.current && (
          <Button size="compact-sm" variant="default" onClick={onEnd} aria-label={accountWords.endOf(device)}>
            {accountWords.end}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
