// A new secret for a webhook: asked first, then shown once.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { useDeed } from '../../parts/deed.ts';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { Trouble } from '../../parts/states.tsx';
import { commonWords } from '../../words/common.ts';
import { webhookWords } from '../../words/webhooks.ts';

export function NewSecret({
  opened,
  id,
  onClose,
}: {
  readonly opened: boolean;
  readonly id: string;
  readonly onClose: () => void;
}) {
  const [secret, setSecret] = useState<string | null>(null);
  const making = useDeed();
  function close(): void {
    setSecret(null);
    making.clear();
    onClose();
  }
  const make = () =>
    making.run(async () => {
      setSecret((await call('POST /webhooks/{id}/rotate-secret', { params: { id } })).secret);
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
    });
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={secret === null ? webhookWords.rotate : webhookWords.rotatedTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      closeOnClickOutside={secret === null}
      closeOnEscape={secret === null}
      size="lg"
    >
      <Stack>
        {secret === null ? (
          <Text size="sm">{webhookWords.rotateWhat}</Text>
        ) : (
          <ShownOnce label={webhookWords.secret} text={secret} what={webhookWords.secretWhat} />
        )}
        {making.error !== null && <Trouble error={making.error} />}
        <Group justify="flex-end">
          {secret === null ? (
            <>
              <Button variant="default" onClick={close}>
                {commonWords.cancel}
              </Button>
              <Button onClick={() => void make()} loading={making.isBusy}>
                {webhookWords.rotate}
              </Button>
            </>
          ) : (
            <Button onClick={close}>{webhookWords.done}</Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
