// Comparing the audit with its seals: asked, then the verdict.
import { Alert, Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { useDeed } from '../../parts/deed.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { auditWords } from '../../words/audit.ts';
import { commonWords } from '../../words/common.ts';

type Verdict = Answer<'POST /audit/verify'>;

export function Verify({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const verifying = useDeed();
  function close(): void {
    setVerdict(null);
    verifying.clear();
    onClose();
  }
  const verify = () =>
    verifying.run(async () => {
      setVerdict(await call('POST /audit/verify'));
      await queryClient.invalidateQueries({ queryKey: ['audit'] });
    });
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={auditWords.verifyTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      size="lg"
    >
      <Stack>
        <Text size="sm">{auditWords.verifyWhat}</Text>
        {verifying.isBusy && <Waiting lines={1} what={auditWords.verifying} />}
        {verifying.error !== null && <Trouble error={verifying.error} />}
        {verdict !== null && <Said verdict={verdict} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {commonWords.close}
          </Button>
          {verdict === null && (
            <Button onClick={() => void verify()} loading={verifying.isBusy}>
              {auditWords.verify}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Said({ verdict: { ok, rows, days, lastDay, lastHash, flaws } }: { readonly verdict: Verdict }) {
  return (
    <Stack gap="sm" role="status">
      <Alert
        color={ok ? 'pine' : 'red'}
        variant="light"
        icon={ok ? <IconCircleCheck /> : <IconAlertTriangle />}
        c="var(--mantine-color-text)"
      >
        {!ok ? auditWords.bad(flaws.length) : lastDay === null ? auditWords.noSeal : auditWords.good(rows, days)}
      </Alert>
      {lastDay !== null && lastHash !== null && (
        <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
          {`${auditWords.lastHash(lastDay)}: `}
          <CopyText text={lastHash} label={auditWords.lastHash(lastDay)} shown={`${lastHash.slice(0, 16)}…`} />
          <Text size="xs" c="dimmed">
            {auditWords.lastHashWhy}
          </Text>
        </Text>
      )}
      {flaws.length > 0 && (
        <PlainTable label={auditWords.flaws} heads={[auditWords.day, auditWords.flaw, auditWords.id]}>
          {flaws.map(({ day, code, id }) => (
            <Table.Tr key={`${day} ${code} ${id}`}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{day}</Table.Td>
              <Table.Td>{auditWords.flawWords[code]}</Table.Td>
              <Table.Td className="mono">{id ?? ''}</Table.Td>
            </Table.Tr>
          ))}
        </PlainTable>
      )}
    </Stack>
  );
}
