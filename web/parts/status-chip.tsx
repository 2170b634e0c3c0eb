// A status: coloured dot and word, and if wanted its age. The colour never stands alone.
import { Group, Text, Tooltip } from '@mantine/core';
import { type ProvisioningStatus, provisioningWords, registrationWords } from '../words/statuses.ts';
import { Ago } from './ago.tsx';

interface DotProps {
  readonly word: string;
  /** A custom property of style.css, such as `--dot-ok`. */
  readonly dot: string;
  readonly meaning?: string | undefined;
  readonly since?: string | null | undefined;
}

export function Dot({ word, dot, meaning, since }: DotProps) {
  const chip = (
    <Group gap={6} wrap="nowrap" component="span" w="fit-content">
      <span aria-hidden style={{ width: 10, height: 10, borderRadius: 10, background: `var(${dot})`, flexShrink: 0 }} />
      <Text span size="sm" fw={500} style={{ whiteSpace: 'nowrap' }}>
        {word}
      </Text>
      {since && (
        <Text span size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          <Ago time={since} />
        </Text>
      )}
    </Group>
  );
  return meaning ? <Tooltip label={meaning}>{chip}</Tooltip> : chip;
}

export function StatusChip({ status, since }: { readonly status: ProvisioningStatus; readonly since?: string | null }) {
  return <Dot {...provisioningWords[status]} since={since} />;
}

export function RegistrationChip({
  status,
  reason,
}: {
  readonly status: keyof typeof registrationWords;
  readonly reason?: string | null;
}) {
  const words = registrationWords[status];
  return <Dot {...words} meaning={reason ?? words.meaning} />;
}
