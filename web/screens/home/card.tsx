// A card of the first page: waits, fails and is read again by itself. What was read before stays.
import { Group, Skeleton, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Trouble } from '../../parts/states.tsx';
import classes from './home.module.css';
import type { Part } from './part.ts';

export function Card<Value>({
  title,
  part: { value, error, again },
  more,
  children,
}: {
  readonly title: string;
  readonly part: Part<Value>;
  /** The way to the rest. */
  readonly more?: (value: Value) => ReactNode;
  readonly children: (value: Value) => ReactNode;
}) {
  const isWaiting = value === undefined && error === null;
  return (
    <section className={classes.card} aria-label={title} aria-busy={isWaiting}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {title}
        </Title>
        {value !== undefined && more?.(value)}
      </Group>
      <Stack gap="sm">
        {error !== null && <Trouble error={error} onRetry={again} />}
        {isWaiting && (
          <>
            <Skeleton height={20} />
            <Skeleton height={20} width="60%" />
          </>
        )}
        {value !== undefined && <div>{children(value)}</div>}
      </Stack>
    </section>
  );
}
