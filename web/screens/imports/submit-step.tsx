// The fourth step: all or nothing, or only the good rows; then how far it came.
import { Alert, Button, Group, Modal, Paper, Radio, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { forgetImport, importQuery } from '../../live/import-progress.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble } from '../../parts/states.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { importWords } from '../../words/imports.ts';
import { type Import, JobProgress } from './import-state.tsx';

const words = importWords.submit;

export function SubmitStep({
  import: upload,
  mayNot,
  onBack,
  onCancelled,
}: {
  readonly import: Import;
  readonly mayNot: string | null;
  readonly onBack: () => void;
  readonly onCancelled: () => void;
}) {
  return upload.job === 'submit' ? (
    <Running import={upload} mayNot={mayNot} onCancelled={onCancelled} />
  ) : (
    <Ask import={upload} mayNot={mayNot} onBack={onBack} />
  );
}

function Ask({
  import: upload,
  mayNot,
  onBack,
}: {
  readonly import: Import;
  readonly mayNot: string | null;
  readonly onBack: () => void;
}) {
  const client = useQueryClient();
  const [how, setHow] = useState<'all' | 'partial'>('all');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const isChecked = upload.state === 'ready';
  const good = upload.createdCount + upload.updatedCount + upload.skippedCount;
  const hasErrors = upload.errorCount > 0;
  const why =
    mayNot ??
    (isChecked && hasErrors && how === 'all'
      ? words.allBlocked(upload.errorCount)
      : isChecked && upload.createdCount + upload.updatedCount === 0
        ? words.nothing
        : null);
  async function submit(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const answer = await call('POST /imports/{id}/submit', {
        params: { id: upload.id },
        body: { partial: how === 'partial' },
      });
      client.setQueryData(importQuery(upload.id).queryKey, answer);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Paper withBorder p="lg" maw={720}>
      <Stack>
        <Title order={2} size="h4">
          {words.title}
        </Title>
        <Text>
          {isChecked ? words.about(upload.createdCount, upload.updatedCount, upload.skippedCount) : words.notReady}
        </Text>
        {(hasErrors || !isChecked) && (
          <Radio.Group label={words.how} value={how} onChange={(value) => setHow(value as 'all' | 'partial')}>
            <Stack gap="xs" mt="xs">
              <Radio
                value="all"
                label={words.all}
                description={isChecked ? words.allBlocked(upload.errorCount) : words.allWhat}
              />
              <Radio value="partial" label={words.partial} description={words.partialWhat(good, upload.errorCount)} />
            </Stack>
          </Radio.Group>
        )}
        <Text size="sm" c="dimmed">
          {`${words.harvest} ${words.undo}`}
        </Text>
        {upload.failure !== null && (
          <Alert color="red" role="alert" title={importWords.check.failure} c="var(--mantine-color-text)">
            {upload.failure}
          </Alert>
        )}
        {error !== null && <Trouble error={error} />}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {importWords.columns.back}
          </Button>
          <MayButton why={why} loading={isBusy} onClick={() => void submit()}>
            {words.deed}
          </MayButton>
        </Group>
      </Stack>
    </Paper>
  );
}

function Running({
  import: upload,
  mayNot,
  onCancelled,
}: {
  readonly import: Import;
  readonly mayNot: string | null;
  readonly onCancelled: () => void;
}) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  async function cancel(): Promise<void> {
    setAsking(false);
    try {
      const answer = await call('POST /imports/{id}/cancel', { params: { id: upload.id } });
      client.setQueryData(importQuery(upload.id).queryKey, answer);
      forgetImport(upload.id);
      tell(words.cancelled);
      onCancelled();
    } catch (error) {
      // It may have come to its end meanwhile.
      forgetImport(upload.id);
      tellProblem(error);
    }
  }
  return (
    <Paper withBorder p="lg" maw={720}>
      <Stack>
        <Title order={2} size="h4">
          {words.title}
        </Title>
        <JobProgress import={upload} says={words.running(upload.progressCount, upload.rowCount)} />
        <Alert color="blue" c="var(--mantine-color-text)">
          {words.runningWhat}
        </Alert>
        <Group justify="flex-end">
          <MayButton variant="default" why={mayNot} onClick={() => setAsking(true)}>
            {words.cancel}
          </MayButton>
        </Group>
      </Stack>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={words.cancelTitle}
        closeButtonProps={{ 'aria-label': commonWords.close }}
        centered
      >
        <Stack>
          <Text size="sm">{upload.partial ? words.cancelPartial : words.cancelAll}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {words.cancelKeep}
            </Button>
            <Button color="red.8" onClick={() => void cancel()}>
              {words.cancel}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  );
}
