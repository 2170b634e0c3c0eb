// What the owner of the PBX has to do, as a text to be sent, and the sheet of the pseudo-MACs that are to be entered there.
import { Alert, Button, Checkbox, CopyButton, Group, Select, Stack, Table, Text, Title } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathOf, type Query } from '../../api/client.ts';
import { keyOf, read } from '../../api/query.ts';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import type { PersonaChoice } from './address.ts';
import { readCsv } from './csv-preview.ts';
import classes from './owner-tab.module.css';
import { writeOwnerText } from './owner-text.ts';
import type { Pbx } from './use-settings.ts';

const words = pbxWords.owner;
type Format = NonNullable<NonNullable<Query<'GET /pbxs/{id}/hand-over'>>['format']>;
const FORMATS = Object.entries(words.formats).map(([value, label]) => ({ value: value as Format, label }));
const SHOWN = 10;

export function OwnerTab({ pbx }: { readonly pbx: Pbx }) {
  const installation = useQuery(read('GET /installation'));
  const pending = useSheet(pbx.id, 'plain', true);
  const addresses = installation.data?.outboundAddresses ?? [];
  const macs = pending.data?.slice(1).map(([mac = '']) => mac) ?? [];
  const persona = (
    pbx.persona.vendor === 'auto' ? (pbx.persona.found ?? 'generic') : pbx.persona.vendor
  ) as PersonaChoice;
  const text = writeOwnerText(pbx, addresses, macs, pbxWords.vendors[persona], words.lines);
  return (
    <div className={classes.halves}>
      <section>
        <Title order={2} size="h4">
          {words.text}
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          {words.about}
        </Text>
        {installation.error && <Trouble error={installation.error} onRetry={() => void installation.refetch()} />}
        {installation.data && addresses.length === 0 && (
          <Alert icon={<IconInfoCircle />} color="yellow" variant="light" mb="sm" c="var(--mantine-color-text)">
            {words.noAddresses}
          </Alert>
        )}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard. */}
        <section className={classes.text} tabIndex={0} aria-label={words.text}>
          {text}
        </section>
        <CopyButton value={text} timeout={2000}>
          {({ copied, copy }) => (
            <Button onClick={copy} leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}>
              {copied ? words.copied : words.copy}
            </Button>
          )}
        </CopyButton>
      </section>
      <Sheet pbx={pbx} />
    </div>
  );
}

function Sheet({ pbx }: { readonly pbx: Pbx }) {
  const [format, setFormat] = useState<Format>('plain');
  const [isPending, setPending] = useState(true);
  const sheet = useSheet(pbx.id, format, isPending);
  const [head = [], ...rows] = sheet.data ?? [];
  // Columns that are empty in all rows say nothing here; the file has them.
  const filled = head.flatMap((name, index) => (rows.some((row) => row[index]) ? [[name, index] as const] : []));
  const href = pathOf('GET /pbxs/{id}/hand-over', {
    params: { id: pbx.id },
    query: { format, ...(isPending && { pending: 'true' }) },
  });
  return (
    <section>
      <Title order={2} size="h4">
        {words.sheet}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {words.sheetWhat}
      </Text>
      <Stack gap="sm">
        <Select
          label={words.format}
          data={FORMATS}
          value={format}
          onChange={(value) => setFormat((value ?? 'plain') as Format)}
          allowDeselect={false}
          maw={360}
        />
        <Checkbox
          label={words.pendingOnly}
          checked={isPending}
          onChange={(event) => setPending(event.currentTarget.checked)}
        />
        {sheet.isPending && <Waiting lines={3} />}
        {sheet.error && <Trouble error={sheet.error} onRetry={() => void sheet.refetch()} />}
        {sheet.data && (
          <Text size="sm" role="status">
            {isPending ? words.preview(rows.length) : words.previewAll(rows.length)}
          </Text>
        )}
        {rows.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard.
          <section className={classes.scroll} tabIndex={0} aria-label={words.sheet}>
            <Table verticalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  {filled.map(([name]) => (
                    <Table.Th key={name}>{name}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.slice(0, SHOWN).map((row) => (
                  <Table.Tr key={row.join('|')}>
                    {filled.map(([name, index]) => (
                      <Table.Td key={name} className={classes.cell}>
                        {row[index]}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
        )}
        {rows.length > SHOWN && <Text size="sm">{words.more(rows.length - SHOWN)}</Text>}
        {rows.length > 0 && (
          <Group>
            <Button component="a" href={href} download variant="default" leftSection={<IconDownload size={16} />}>
              {words.download}
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}

function useSheet(pbxId: string, format: Format, isPending: boolean) {
  const parts = { params: { id: pbxId }, query: { format, ...(isPending && { pending: 'true' as const }) } };
  return useQuery({
    queryKey: keyOf('GET /pbxs/{id}/hand-over', parts),
    queryFn: async ({ signal }) => {
      const response = await ask(pathOf('GET /pbxs/{id}/hand-over', parts), { signal });
      return readCsv(await response.text());
    },
  });
}
