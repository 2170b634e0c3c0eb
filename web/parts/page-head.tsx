// The head of a screen: its name (also the title of the window), what it is about, its actions.
import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';

interface PageHeadProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  /** The way here: [name, path]. */
  readonly trail?: readonly (readonly [string, string])[];
}

export function PageHead({ title, about, actions, trail }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Provender`;
  }, [title]);
  return (
    <Stack gap={4} mb="md">
      {trail && (
        <Breadcrumbs fz="sm">
          {trail.map(([name, path]) => (
            <Anchor key={path} size="sm" renderRoot={(props) => <Link to={path} {...props} />}>
              {name}
            </Anchor>
          ))}
          <span aria-hidden />
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Title order={1} size="h2" tabIndex={-1} data-page-title style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {about && (
        <Text c="dimmed" size="sm" maw={820} component="div">
          {about}
        </Text>
      )}
    </Stack>
  );
}
