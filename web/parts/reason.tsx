// Why something is as it is: a code in words, and what to do next. One look for it on every screen.
import { Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { entryWords } from '../words/entries.ts';
import { sayReason } from '../words/reasons.ts';

interface ReasonProps {
  readonly code: string | null;
  /** What was said of this very case; absent: what the code means. */
  readonly sentence?: string | null;
  /** What can be done in this very case; absent (not null): what the code advises. */
  readonly nextAction?: string | null;
}

export function Reason({ code, sentence, nextAction }: ReasonProps) {
  const words = code === null ? null : sayReason(code);
  const next = nextAction === undefined ? words?.nextAction : nextAction;
  const said = sentence ?? words?.meaning;
  return (
    <Stack gap={4}>
      {code !== null && (
        <Group gap="xs" align="baseline">
          <Text size="sm" fw={600}>
            {words?.title ?? code}
          </Text>
          {words && (
            <Text size="xs" c="dimmed" className="mono">
              {code}
            </Text>
          )}
        </Group>
      )}
      {said && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {said}
        </Text>
      )}
      {next && <NextAction text={next} />}
    </Stack>
  );
}

/** Beside a name in a row: a few words, the rest on hover and focus. */
export function ReasonBrief({ code, sentence, nextAction }: ReasonProps) {
  if (code === null) return null;
  const words = sayReason(code);
  const next = nextAction === undefined ? words?.nextAction : nextAction;
  return (
    <Tooltip label={[sentence ?? words?.meaning ?? code, next].filter(Boolean).join(' ')}>
      <Text span size="sm" truncate>
        {words?.title ?? code}
      </Text>
    </Tooltip>
  );
}

export function NextAction({ text }: { readonly text: string }) {
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <IconArrowRight size={16} aria-hidden style={{ flexShrink: 0, marginTop: 3 }} />
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        <Text span fw={600}>
          {`${entryWords.next}: `}
        </Text>
        {text}
      </Text>
    </Group>
  );
}
