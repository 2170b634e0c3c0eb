// The second step: what each column of the file means, with its first cells under it.
import { Alert, Button, Group, Progress, Select, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconHelpCircle } from '@tabler/icons-react';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble } from '../../parts/states.tsx';
import { importWords } from '../../words/imports.ts';
import {
  type ColumnName,
  columnNamed,
  type Guess,
  isPassedOver,
  type Known,
  type Mapping,
  repeatedColumns,
} from './columns.ts';
import type { CsvHead } from './csv-head.ts';

const words = importWords.columns;

/** How far the file left; null: it is not being sent. */
export type Sending = { readonly share: number } | null;

export function MapColumns({
  known,
  head,
  guess,
  mayNot,
  sending,
  error,
  onChange,
  onGuessAgain,
  onBack,
  onCallOff,
  onSend,
}: {
  readonly known: Known;
  readonly head: CsvHead;
  readonly guess: Guess & { readonly isRemembered: boolean };
  readonly mayNot: string | null;
  readonly sending: Sending;
  readonly error: unknown;
  readonly onChange: (mapping: Mapping) => void;
  readonly onGuessAgain: () => void;
  readonly onBack: () => void;
  readonly onCallOff: () => void;
  readonly onSend: () => void;
}) {
  const { mapping } = guess;
  const repeated = repeatedColumns(mapping);
  const wrong =
    repeated.length > 0
      ? words.twice(repeated.map((column) => words.names[column]))
      : mapping.every((column) => column === null)
        ? words.none
        : null;
  const unknown = head.header.filter(
    (name, place) => mapping[place] === null && columnNamed(known, name) === null && !isPassedOver(known, name),
  );
  return (
    <Stack>
      <Text size="sm">{words.about}</Text>
      {guess.isRemembered && (
        <Alert color="blue" c="var(--mantine-color-text)">
          <Group justify="space-between">
            {words.remembered}
            <Button size="compact-sm" variant="default" onClick={onGuessAgain}>
              {words.guessAgain}
            </Button>
          </Group>
        </Alert>
      )}
      {unknown.length > 0 && (
        <Alert color="yellow" icon={<IconHelpCircle />} c="var(--mantine-color-text)">
          {words.unknown(unknown.map((name) => name || words.noName))}
        </Alert>
      )}
      <Title order={2} size="h4">
        {words.preview(head.rows.length)}
      </Title>
      <MappedRows known={known} head={head} guess={guess} onChange={onChange} />
      {wrong !== null && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle />} c="var(--mantine-color-text)">
          {wrong}
        </Alert>
      )}
      {error !== null && <Trouble error={error} />}
      {sending && (
        <Stack gap={4}>
          <Progress value={sending.share * 100} aria-label={words.sending} />
          <Text size="sm" role="status">
            {sending.share < 1 ? `${words.sending}: ${words.sent(sending.share)}` : words.reading}
          </Text>
        </Stack>
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={onBack} disabled={sending !== null}>
          {words.back}
        </Button>
        <Group>
          {sending && (
            <Button variant="default" onClick={onCallOff}>
              {words.callOff}
            </Button>
          )}
          <MayButton why={mayNot ?? wrong} loading={sending !== null} onClick={onSend}>
            {words.send}
          </MayButton>
        </Group>
      </Group>
    </Stack>
  );
}

function MappedRows({
  known,
  head,
  guess,
  onChange,
}: {
  readonly known: Known;
  readonly head: CsvHead;
  readonly guess: Guess;
  readonly onChange: (mapping: Mapping) => void;
}) {
  const secret = new Set<ColumnName>(known.items.filter((column) => column.secret).map(({ name }) => name));
  const options = known.items.map(({ name }) => ({ value: name as string, label: words.names[name] }));
  const { mapping } = guess;
  const isHidden = (place: number) => secret.has(mapping[place] as ColumnName);
  return (
    <Table.ScrollContainer
      minWidth={head.header.length * 190}
      scrollAreaProps={{
        viewportProps: { tabIndex: 0, role: 'region', 'aria-label': words.preview(head.rows.length) },
      }}
    >
      <Table withTableBorder fz="sm" striped>
        <Table.Thead>
          <Table.Tr>
            {head.header.map((name, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the columns of a file are told by their place.
              <Table.Th key={place} miw={180} style={{ verticalAlign: 'top' }}>
                <Text size="sm" fw={600} mb={4}>
                  {name || words.noName}
                </Text>
                <Select
                  size="xs"
                  aria-label={words.meaningOf(name || words.noName)}
                  placeholder={isPassedOver(known, name) ? words.passedOver : words.leftOut}
                  data={options}
                  value={mapping[place] ?? null}
                  onChange={(column) =>
                    onChange(mapping.map((each, at) => (at === place ? (column as ColumnName | null) : each)))
                  }
                  searchable
                  clearable
                  clearButtonProps={{ 'aria-label': words.leftOut }}
                  comboboxProps={{ withinPortal: true, width: 260, position: 'bottom-start' }}
                />
                {guess.unsure.has(place) && mapping[place] !== null && (
                  <Group gap={4} wrap="nowrap" mt={4}>
                    <IconHelpCircle size={14} aria-hidden />
                    <Text size="xs">{words.unsure}</Text>
                  </Group>
                )}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {head.rows.map((cells, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows may be alike.
            <Table.Tr key={row}>
              {head.header.map((_, place) => (
                <Table.Td
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                  key={place}
                  {...((mapping[place] ?? null) === null && { c: 'dimmed' })}
                  style={{ overflowWrap: 'anywhere' }}
                >
                  {isHidden(place) && cells[place] ? words.hidden : cells[place]}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
