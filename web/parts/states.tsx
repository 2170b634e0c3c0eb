// What stands where nothing can be shown yet: the wait, the trouble, the empty place. Each says what to do next.
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { commonWords } from '../words/common.ts';
import { sayProblem } from '../words/problems.ts';

/** A trouble with cause, next step, code and request id. */
export function Trouble({
  error,
  onRetry,
  title,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly title?: string;
}) {
  const said = sayProblem(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle />}
      title={title ?? said.title}
      role="alert"
      c="var(--mantine-color-text)"
    >
      <Stack gap="xs">
        <Text size="sm">{said.detail}</Text>
        {said.code !== null && (
          <Text size="xs" className="mono">
            {said.code}
            {said.requestId !== null && ` · ${commonWords.requestId} ${said.requestId}`}
          </Text>
        )}
        {onRetry && (
          <Group>
            <Button size="xs" variant="default" onClick={onRetry}>
              {commonWords.retry}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

/** One main action, and where to read more. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="sm" py={48} px="md" ta="center">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" maw="min(520px, 100%)" component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** Keeps the layout; says in words what is waited for once it takes longer than a second. */
export function Waiting({
  what = commonWords.loading,
  lines = 8,
  height = 20,
}: {
  readonly what?: string;
  readonly lines?: number;
  readonly height?: number;
}) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 1000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Stack gap="sm" aria-busy="true">
      <Text size="sm" c="dimmed" role="status" mih={20}>
        {isLong ? `${what} …` : ''}
      </Text>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike.
        <Skeleton key={line} height={height} width={line % 3 === 2 ? '60%' : '100%'} />
      ))}
    </Stack>
  );
}
