// Provisioning from a zip of configuration files, for a PBX that lets nobody in, and the report of what came of it.
import { Alert, List, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { useState } from 'react';
import { type Answer, upload } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { Trouble } from '../../parts/states.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import type { Pbx } from './use-settings.ts';

const words = pbxWords.overview;
type Report = Answer<'POST /pbxs/{id}/files'>;
const MOST_BYTES = 64 * 1024 * 1024;

export function ZipFiles({ pbx }: { readonly pbx: Pbx }) {
  const may = useMay('pbx.change', { tenantId: pbx.tenantId, pbxId: pbx.id });
  const [share, setShare] = useState<number | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [error, setError] = useState<unknown>(null);
  async function send(file: File | undefined): Promise<void> {
    if (!file) return;
    setShare(0);
    setError(null);
    setReport(null);
    try {
      const answer = await upload('POST /pbxs/{id}/files', {
        params: { id: pbx.id },
        query: { fileName: file.name },
        file,
        type: 'application/zip',
        onProgress: setShare,
      });
      setReport(answer);
      void queryClient.invalidateQueries({ queryKey: ['pbxs'] });
    } catch (problem) {
      setError(problem);
    } finally {
      setShare(null);
    }
  }
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
            maxSize={MOST_BYTES}
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
        {error !== null && <Trouble error={error} />}
        {report !== null && <ReportView report={report} />}
      </Stack>
    </section>
  );
}

function ReportView({ report }: { readonly report: Report }) {
  const rows = (Object.keys(words.filesReport) as (keyof typeof words.filesReport)[])
    .filter((name) => report[name] > 0 || name === 'users')
    .map((name) => [words.filesReport[name], report[name]] as const);
  return (
    <Alert
      title={words.filesDone}
      color={report.failed > 0 ? 'yellow' : 'green'}
      variant="light"
      role="status"
      c="var(--mantine-color-text)"
    >
      <Table withRowBorders={false} verticalSpacing={2} maw={360}>
        <Table.Tbody>
          {rows.map(([name, number]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>
                {name}
              </Table.Th>
              <Table.Td>{number.toLocaleString('en')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {report.unknownMacs.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="xs">
            {words.filesUnknown(report.unknownMacs.length)}
          </Text>
          <Text size="sm" className="mono">
            {report.unknownMacs.join(', ')}
          </Text>
        </>
      )}
      {report.failures.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="xs">
            {words.filesFailures}
          </Text>
          <List size="sm">
            {report.failures.map(({ userId, mac, message }) => (
              <List.Item key={userId}>
                <span className="mono">{mac}</span> {message}
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Alert>
  );
}
