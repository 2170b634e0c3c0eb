// Somebody else saved first (412): what is there now beside what was typed, and the choice between the two. Nothing is lost.
import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconArrowsDiff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { isProblem } from '../api/problem.ts';
import { changedWords } from '../words/changed.ts';
import { commonWords } from '../words/common.ts';
import { PlainTable } from './plain-table.tsx';

interface Versioned {
  readonly id: string;
  readonly version: number;
}

export interface ChangedField<T> {
  readonly label: string;
  readonly of: (object: T) => unknown;
  /** Of the form. */
  readonly mine: unknown;
  readonly say?: (value: unknown) => ReactNode;
}

/** The object as it is now; null: it is no such problem. */
export function currentOf<T extends Versioned>(error: unknown): T | null {
  return isProblem(error) && error.status === 412 && error.current ? (error.current as T) : null;
}

export function ChangedMeanwhile<T extends Versioned>({
  current,
  fields,
  onOverwrite,
  onTake,
}: {
  readonly current: T;
  readonly fields: readonly ChangedField<T>[];
  /** Saves what was typed, upon what is there now. */
  readonly onOverwrite: () => void;
  /** Puts into the form what is there now. */
  readonly onTake: () => void;
}) {
  const differing = fields.filter(({ of, mine }) => JSON.stringify(of(current)) !== JSON.stringify(mine));
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconArrowsDiff />}
      title={commonWords.changedMeanwhile}
      role="alert"
      c="var(--mantine-color-text)"
    >
      <Stack gap="xs">
        <Text size="sm">{changedWords.what}</Text>
        {differing.length > 0 && (
          <PlainTable
            label={changedWords.differences}
            heads={[changedWords.field, changedWords.now, changedWords.yours]}
            minWidth={0}
          >
            {differing.map(({ label, of, mine, say = sayValue }) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{say(of(current))}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{say(mine)}</Table.Td>
              </Table.Tr>
            ))}
          </PlainTable>
        )}
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={onTake}>
            {changedWords.take}
          </Button>
          <Button size="xs" variant="default" onClick={onOverwrite}>
            {changedWords.overwrite}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function sayValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return commonWords.none;
  if (typeof value === 'boolean') return value ? commonWords.yes : commonWords.no;
  if (Array.isArray(value)) return value.length === 0 ? commonWords.none : value.map(sayValue).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
