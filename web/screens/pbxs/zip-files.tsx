// Provisioning from a zip of configuration files, for a PBX that lets nobody in: handing it over, how far it came, and what
// came of it. The work is the server's: it goes on when this page is left, and is found again when it is opened.
import { Alert, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type Answer, call, upload } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { useUploadLimits } from '../../api/upload-limits.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble } from '../../parts/states.tsx';
import { commonWords } from '../../words/common.ts';
import { pbxWords } from '../../words/pbxs.ts';
import type { Pbx } from './use-settings.ts';
import { ZipReport } from './zip-report.tsx';

const words = pbxWords.overview;
export type FileRun = Answer<'GET /pbxs/{id}/file-runs/{runId}'>;
const POLL_MS = 1000;

/** The runs of the PBX, newest first, looked at again while one is under way. */
function useRuns(pbxId: string) {
  const runs = useQuery({
    ...read('GET /pbxs/{id}/file-runs', { params: { id: pbxId } }),
    refetchInterval: ({ state }) => (state.data?.items.some((run) => !run.settled) ? POLL_MS : false),
  });
  const open = runs.data?.items.filter((run) => !run.settled) ?? [];
  const wasOpen = useRef(0);
  useEffect(() => {
    // Its users have other states now.
    if (open.length < wasOpen.current) void queryClient.invalidateQueries({ queryKey: ['pbxs'] });
    wasOpen.current = open.length;
  }, [open.length]);
  return { ...runs, open, last: runs.data?.items.find((run) => run.settled) ?? null };
}

export function ZipFiles({ pbx }: { readonly pbx: Pbx }) {
  const may = useMay('pbx.change', { tenantId: pbx.tenantId, pbxId: pbx.id });
  const runs = useRuns(pbx.id);
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const mostBytes = useUploadLimits()?.bytes ?? Number.POSITIVE_INFINITY;
  async function send(file: File | undefined): Promise<void> {
    if (!file) return;
    setError(null);
    const isTooLarge = file.size > mostBytes;
    setRefusal(isTooLarge ? commonWords.tooLarge(file.size, mostBytes) : null);
    if (isTooLarge) return;
    setShare(0);
    try {
      await upload('POST /pbxs/{id}/file-runs', {
        params: { id: pbx.id },
        query: { fileName: file.name },
        file,
        type: 'application/zip',
        onProgress: setShare,
      });
      await runs.refetch();
    } catch (problem) {
      setError(problem);
    } finally {
      setShare(null);
    }
  }
  // The oldest is the one that is worked on.
  const running = runs.open.at(-1);
  return (
    <section>
      <Title order={2} size="h5">
        {words.files}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {words.filesWhat}
      </Text>
      <Stack gap="sm">
        {may.why === null ? (
          <Dropzone
            onDrop={(files) => void send(files[0])}
            loading={share !== null}
            onReject={() => setRefusal(words.filesOneZip)}
            multiple={false}
            p="md"
            inputProps={{ 'aria-label': words.filesChoose }}
          >
            <Text size="sm" ta="center">
              {words.filesDrop}
            </Text>
          </Dropzone>
        ) : (
          <Text size="sm">{may.why}</Text>
        )}
        {share !== null && (
          <div role="status">
            <Text size="sm">{words.filesSending(share)}</Text>
            <Progress value={share * 100} aria-label={words.files} />
          </div>
        )}
        {refusal !== null && (
          <Alert color="red" role="alert" c="var(--mantine-color-text)">
            {refusal}
          </Alert>
        )}
        {error !== null && <Trouble error={error} />}
        {runs.error && <Trouble error={runs.error} onRetry={() => void runs.refetch()} />}
        {running && (
          <RunProgress
            run={running}
            behind={runs.open.length - 1}
            mayNot={may.why}
            onCancelled={() => void runs.refetch()}
          />
        )}
        {runs.last && !running && <ZipReport run={runs.last} />}
      </Stack>
    </section>
  );
}

interface RunProgressProps {
  readonly run: FileRun;
  /** Zips that come after it. */
  readonly behind: number;
  readonly mayNot: string | null;
  readonly onCancelled: () => void;
}

function RunProgress({ run, behind, mayNot, onCancelled }: RunProgressProps) {
  const [isAsking, setAsking] = useState(false);
  const { fileName, users } = run;
  const done = users === null ? 0 : users - run.left;
  const says = run.state === 'waiting' ? words.filesWaiting(fileName) : words.filesRunning(fileName, done, users);
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Text size="sm" role="status">
          {says}
        </Text>
        <MayButton size="xs" variant="default" why={mayNot} onClick={() => setAsking(true)}>
          {words.filesCancel}
        </MayButton>
      </Group>
      <Progress value={users ? (done / users) * 100 : 0} aria-label={words.files} striped animated />
      <Text size="sm" c="dimmed" mt={4}>
        {words.filesGoOn} {behind > 0 && words.filesBehind(behind)}
      </Text>
      <Confirm
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={words.filesCancelTitle}
        deed={words.filesCancelDeed}
        onConfirm={async () => {
          await call('POST /pbxs/{id}/file-runs/{runId}/cancel', { params: { id: run.pbxId, runId: run.id } });
          onCancelled();
        }}
      >
        <Text size="sm">{words.filesCancelText}</Text>
      </Confirm>
    </div>
  );
}
