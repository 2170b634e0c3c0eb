// How one begins: add a PBX, test it, upload its users.
import { Button, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay } from '../../api/me.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { homeWords } from '../../words/home.ts';
import classes from './home.module.css';

/** @param hasPbx the first step is done */
export function ThreeSteps({ hasPbx }: { readonly hasPbx: boolean }) {
  const create = useMay('pbx.create');
  const upload = useMay('import.change');
  const { pbx, test, users } = homeWords.steps;
  const variant = hasPbx ? 'default' : 'filled';
  return (
    <section className={classes.card} aria-labelledby="three-steps">
      <Title order={2} size="h4" mb="md" id="three-steps">
        {homeWords.start}
      </Title>
      <SimpleGrid component="ol" cols={{ base: 1, md: 3 }} className={classes.steps}>
        <Step number={1} words={pbx} isDone={hasPbx}>
          {create.allowed ? (
            <Button variant={variant} renderRoot={(props) => <Link to="/pbxs/new" {...props} />}>
              {homeWords.addPbx}
            </Button>
          ) : (
            <MayButton why={create.why}>{homeWords.addPbx}</MayButton>
          )}
        </Step>
        <Step number={2} words={test}>
          {hasPbx && (
            <Button variant="filled" renderRoot={(props) => <Link to="/pbxs" {...props} />}>
              {homeWords.toPbxs}
            </Button>
          )}
        </Step>
        <Step number={3} words={users}>
          {hasPbx &&
            (upload.allowed ? (
              <Button variant="default" renderRoot={(props) => <Link to="/imports/new" {...props} />}>
                {homeWords.upload}
              </Button>
            ) : (
              <MayButton why={upload.why}>{homeWords.upload}</MayButton>
            ))}
        </Step>
      </SimpleGrid>
    </section>
  );
}

function Step({
  number,
  words: [title, what],
  isDone = false,
  children,
}: {
  readonly number: number;
  readonly words: readonly [string, string];
  readonly isDone?: boolean;
  readonly children?: ReactNode;
}) {
  return (
    <li>
      <Group align="flex-start" wrap="nowrap" gap="sm">
        <span className={classes.number} data-done={isDone || undefined}>
          {isDone ? <IconCheck size={16} role="img" aria-label={homeWords.done} /> : number}
        </span>
        <Stack gap={6} align="flex-start">
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            {what}
          </Text>
          {children}
        </Stack>
      </Group>
    </li>
  );
}
