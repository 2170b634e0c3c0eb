// Asks before a page is left on which something is typed and not saved.
import { Button, Group, Modal, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { commonWords } from '../words/common.ts';

interface Address {
  readonly pathname: string;
  readonly search: object;
}

export function AskBeforeLeaving({
  isTyped,
  names = [],
  isDone = () => false,
  stays,
}: {
  readonly isTyped: boolean;
  /** What it is, where that can be said. */
  readonly names?: readonly string[];
  /** It was saved, or is gone: asked at the very moment, before the page is drawn anew. */
  readonly isDone?: () => boolean;
  /** The form is there at the next address too. */
  readonly stays: (next: Address, current: Address) => boolean;
}) {
  const blocker = useBlocker({
    shouldBlockFn: ({ next, current }) => isTyped && !isDone() && !stays(next, current),
    enableBeforeUnload: isTyped,
    withResolver: true,
  });
  return (
    <Modal
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title={commonWords.leaveTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <Text size="sm" mb="md">
        {commonWords.leaveText(names)}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          {commonWords.leave}
        </Button>
        <Button onClick={() => blocker.reset?.()} data-autofocus>
          {commonWords.stay}
        </Button>
      </Group>
    </Modal>
  );
}
