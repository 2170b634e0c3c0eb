// The frame of the pages that need nobody to be signed in: the logo and one calm card.
import { Card, Center, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { PageHead } from '../../parts/page-head.tsx';
import { openWords } from '../../words/open.ts';

interface OpenFrameProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly width?: number;
  readonly children?: ReactNode;
}

export function OpenFrame({ title, about, width = 440, children }: OpenFrameProps) {
  return (
    <Center component="main" mih="100dvh" px="sm" py="xl">
      <Stack w="100%" maw={width} gap="lg">
        <Group gap="xs" justify="center">
          <img src="/favicon.svg" alt="" width={32} height={32} />
          <Text fw={700} size="xl">
            {openWords.product}
          </Text>
        </Group>
        <Card withBorder padding="lg" radius="lg">
          <PageHead title={title} about={about} />
          {children}
        </Card>
      </Stack>
    </Center>
  );
}
