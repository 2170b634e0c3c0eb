// What came of a zip of configuration files: the numbers, the MACs that nobody has, and what failed and why.
import { Alert, Anchor, List, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Ago } from '../../parts/ago.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import type { FileRun } from './zip-files.tsx';

const words = pbxWords.overview;

function titleOf({ state }: FileRun): string {
  if (state === 'cancelled') return words.filesCancelled;
  return state === 'failed' ? words.filesFailed : words.filesDone;
}

export function ZipReport({ run }: { readonly run: FileRun }) {
  const rows = (Object.keys(words.filesReport) as (keyof typeof words.filesReport)[])
    .map((name) => [name, run[name] ?? 0] as const)
    .filter(([name, number]) => number > 0 || name === 'users');
  const isGood = run.state === 'done' && run.failed + run.left === 0;
  return (
    <Alert
      title={titleOf(run)}
      color={isGood ? 'green' : 'yellow'}
      variant="light"
      role="status"
      c="var(--mantine-color-text)"
    >
      <Text size="sm" mb="xs">
        {words.filesBy(run.fileName, run.createdBy)}
        <Ago time={run.endedAt} />
      </Text>
      {run.failure !== null && <Text size="sm">{run.failure}</Text>}
      <Table withRowBorders={false} verticalSpacing={2} maw={360}>
        <Table.Tbody>
          {rows.map(([name, number]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>
                {words.filesReport[name]}
              </Table.Th>
              <Table.Td>{number.toLocaleString('en')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {run.unknownCount > 0 && (
        <>
          <Text size="sm" fw={600} mt="xs">
            {words.filesUnknown(run.unknownCount)}
          </Text>
          {run.unknownCount > run.unknownMacs.length && (
            <Text size="sm">{words.filesFirst(run.unknownMacs.length)}</Text>
          )}
          <Text size="sm" className="mono">
            {run.unknownMacs.join(', ')}
          </Text>
        </>
      )}
      {run.failures.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="xs">
            {words.filesFailures}
          </Text>
          {run.failed > run.failures.length && <Text size="sm">{words.filesFirst(run.failures.length)}</Text>}
          <List size="sm">
            {run.failures.map(({ userId, mac, message }) => (
              <List.Item key={userId}>
                <Anchor
                  size="sm"
                  className="mono"
                  renderRoot={(props) => <Link to="/users/$id" params={{ id: userId }} {...props} />}
                >
                  {mac}
                </Anchor>{' '}
                {message}
              </List.Item>
            ))}
          </List>
          <Anchor
            size="sm"
            renderRoot={(props) => <Link to="/users" search={{ pbx: run.pbxId, status: 'failed' }} {...props} />}
          >
            {words.filesAllFailed}
          </Anchor>
        </>
      )}
    </Alert>
  );
}
