// The state of an upload as dot and word; a bar for a job that runs.
import { Group, Progress, Stack, Text } from '@mantine/core';
import type { Answer } from '../../api/client.ts';
import { Dot } from '../../parts/status-chip.tsx';
import { importWords } from '../../words/imports.ts';

export type Import = Answer<'GET /imports/{id}'>;

/** Rows are left to be mended, checked, submitted, and nothing runs. */
export function isOpen({ state, job }: Import): boolean {
  return job === null && (state === 'draft' || state === 'ready' || state === 'cancelled');
}

export function ImportState({ import: upload }: { readonly import: Import }) {
  return <Dot {...(upload.job === 'undo' ? importWords.undoing : importWords.states[upload.state])} />;
}

/** @param says what runs and how far it is, in words */
export function JobProgress({ import: upload, says }: { readonly import: Import; readonly says: string }) {
  const share = upload.rowCount === 0 ? 0 : (upload.progressCount / upload.rowCount) * 100;
  return (
    <Stack gap={4} miw={140}>
      <Progress value={share} aria-label={says} striped animated />
      <Group justify="space-between">
        <Text size="sm" role="status">
          {says}
        </Text>
      </Group>
    </Stack>
  );
}

/** Some numbers side by side. */
export function Numbers({
  numbers,
}: {
  readonly numbers: readonly (readonly [number: number, what: string, tone?: 'error' | 'warning'])[];
}) {
  return (
    <Group gap="xl">
      {numbers.map(([number, what, tone]) => (
        <div key={what}>
          <Text
            fz={26}
            fw={700}
            lh={1.2}
            {...(number > 0 && tone === 'error' && { c: 'var(--mantine-color-error)' })}
            style={{ fontVariantNumeric: 'tabular-nums' }}
          >
            {number.toLocaleString('en')}
          </Text>
          <Text size="sm" c="dimmed">
            {what}
          </Text>
        </div>
      ))}
    </Group>
  );
}
