// The first step: whose users they are, the rules of the upload, the file.
import {
  Alert,
  Anchor,
  Button,
  Group,
  Paper,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconDownload, IconFileUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { read } from '../../api/query.ts';
import { useUploadLimits } from '../../api/upload-limits.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { TenantSelect } from '../../parts/tenants.tsx';
import { commonWords } from '../../words/common.ts';
import { importWords } from '../../words/imports.ts';
import { type CsvFault, DELIMITERS, type Delimiter, type HeadResult } from './csv-head.ts';
import { sampleFile, sampleTable, type UserType } from './sample.ts';

const words = importWords.choose;

export interface Rules {
  readonly tenantId: string;
  readonly pbxId: string | null;
  readonly voiceRouteId: string | null;
  readonly userType: UserType;
  readonly existing: 'error' | 'skip' | 'update';
  readonly createMissing: boolean;
  /** Why this person may not upload; null: they may. */
  readonly mayNot: string | null;
  change(change: Readonly<Partial<Record<SearchName, string | undefined>>>): void;
}

type SearchName = 'tenant' | 'pbx' | 'route' | 'type' | 'existing' | 'missing';

export interface ChosenFile {
  readonly file: File;
  readonly result: HeadResult;
}

export function ChooseFile({
  rules,
  chosen,
  isLost,
  onFile,
  onNext,
}: {
  readonly rules: Rules;
  readonly chosen: ChosenFile | null;
  /** The page was loaded anew after the file was chosen. */
  readonly isLost: boolean;
  readonly onFile: (file: File, delimiter?: Delimiter) => Promise<void>;
  readonly onNext: () => void;
}) {
  const mostBytes = useUploadLimits()?.bytes ?? Number.POSITIVE_INFINITY;
  const isTooLarge = (chosen?.file.size ?? 0) > mostBytes;
  const isReady = chosen?.result.ok === true && !isTooLarge;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <RulesForm rules={rules} />
        <Stack>
          <Title order={2} size="h4">
            {words.file}
          </Title>
          {isLost && <Alert color="yellow">{words.again}</Alert>}
          <FileDrop chosen={chosen} onFile={onFile} />
          {isTooLarge && chosen && (
            <Alert color="red" role="alert">
              {commonWords.tooLarge(chosen.file.size, mostBytes)}
            </Alert>
          )}
          <Sample type={rules.userType} namesPbx={rules.pbxId === null} />
        </Stack>
      </SimpleGrid>
      <Group justify="flex-end">
        <MayButton why={rules.mayNot ?? (isReady ? null : words.chooseFirst)} onClick={onNext}>
          {words.next}
        </MayButton>
      </Group>
    </Stack>
  );
}

function RulesForm({ rules }: { readonly rules: Rules }) {
  const ofTenant = { tenantId: rules.tenantId, limit: '500' };
  const pbxs = useQuery(read('GET /pbxs', { query: ofTenant }));
  const routes = useQuery(read('GET /voice-routes', { query: ofTenant }));
  const options = (list: readonly { readonly id: string; readonly name: string }[] | undefined) =>
    list?.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  return (
    <Stack>
      <Title order={2} size="h4">
        {words.rules}
      </Title>
      <TenantSelect
        label={words.tenant}
        description={words.tenantWhat}
        value={rules.tenantId}
        onChange={(tenant) => rules.change({ tenant: tenant ?? undefined, pbx: undefined, route: undefined })}
        allowDeselect={false}
      />
      <Select
        label={words.pbx}
        description={words.pbxWhat}
        placeholder={words.pbxNone}
        data={options(pbxs.data?.items)}
        value={rules.pbxId}
        onChange={(pbx) => rules.change({ pbx: pbx ?? undefined })}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': words.pbxNone }}
        comboboxProps={{ withinPortal: true }}
      />
      {pbxs.data?.items.length === 0 && (
        <Alert color="yellow">
          {`${words.pbxsMissing} `}
          <Anchor
            c="inherit"
            underline="always"
            renderRoot={(props) => <Link to="/pbxs/new" search={{ tenant: rules.tenantId }} {...props} />}
          >
            {words.addPbx}
          </Anchor>
        </Alert>
      )}
      <Select
        label={words.route}
        description={words.routeWhat}
        placeholder={words.routeNone}
        data={options(routes.data?.items)}
        value={rules.voiceRouteId}
        onChange={(route) => rules.change({ route: route ?? undefined })}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': words.routeNone }}
        comboboxProps={{ withinPortal: true }}
      />
      <Radio.Group
        label={words.type}
        description={words.typeWhat}
        value={rules.userType}
        onChange={(type) => rules.change({ type: type === 'pbx' ? undefined : type })}
      >
        <Group mt="xs">
          {Object.entries(words.types).map(([value, label]) => (
            <Radio key={value} value={value} label={label} />
          ))}
        </Group>
      </Radio.Group>
      <Radio.Group
        label={words.existing}
        value={rules.existing}
        onChange={(existing) => rules.change({ existing: existing === 'error' ? undefined : existing })}
      >
        <Stack gap="xs" mt="xs">
          {Object.entries(words.existings).map(([value, [label, what]]) => (
            <Radio key={value} value={value} label={label} description={what} />
          ))}
        </Stack>
      </Radio.Group>
      <Switch
        label={words.missing}
        description={words.missingWhat}
        checked={rules.createMissing}
        onChange={(event) => rules.change({ missing: event.currentTarget.checked ? undefined : 'false' })}
      />
    </Stack>
  );
}

function FileDrop({
  chosen,
  onFile,
}: {
  readonly chosen: ChosenFile | null;
  readonly onFile: (file: File, delimiter?: Delimiter) => Promise<void>;
}) {
  const limits = useUploadLimits();
  const [trouble, setTrouble] = useState<string | null>(null);
  async function take(file: File | undefined, delimiter?: Delimiter): Promise<void> {
    if (!file) return;
    setTrouble(null);
    try {
      await onFile(file, delimiter);
    } catch (error) {
      // Moved away meanwhile, or not to be read.
      setTrouble(words.unreadable(error instanceof Error ? error.message : String(error)));
    }
  }
  const fault = chosen && !chosen.result.ok ? sayFault(chosen.result.fault) : null;
  return (
    <Stack gap="sm">
      <Dropzone
        onDrop={(files) => void take(files[0])}
        onReject={() => setTrouble(words.wrongKind)}
        multiple={false}
        inputProps={{ 'aria-label': words.chooseFile }}
        aria-label={words.drop}
      >
        <Group justify="center" gap="sm" mih={110} wrap="nowrap">
          <IconFileUpload size={36} aria-hidden stroke={1.4} />
          <div>
            <Text fw={600}>{chosen ? chosen.file.name : words.drop}</Text>
            <Text size="sm" c="dimmed">
              {chosen ? words.otherFile : limits && words.dropWhat(commonWords.sizes(limits.bytes), limits.rows)}
            </Text>
          </div>
        </Group>
      </Dropzone>
      {(trouble ?? fault) !== null && (
        <Alert color="red" role="alert" c="var(--mantine-color-text)">
          {trouble ?? fault}
        </Alert>
      )}
      {chosen?.result.ok && (
        <Paper withBorder p="sm">
          <Group gap="xl" align="flex-end">
            <Fact name={words.encoding} value={chosen.result.head.encoding.toUpperCase()} />
            <Fact name={words.size} value={commonWords.sizes(chosen.file.size)} />
            <Select
              label={words.delimiter}
              size="xs"
              w={140}
              data={DELIMITERS.map((value) => ({ value, label: words.delimiters[value] }))}
              value={chosen.result.head.delimiter}
              onChange={(value) => value && void take(chosen.file, value as Delimiter)}
              allowDeselect={false}
              comboboxProps={{ withinPortal: true }}
            />
          </Group>
        </Paper>
      )}
    </Stack>
  );
}

function sayFault(fault: CsvFault): string {
  return fault.kind === 'binary' ? words.binary(fault.at) : words.faults[fault.kind];
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" fw={600}>
        {value}
      </Text>
    </div>
  );
}

/** A table to look at, and the same as a file. */
export function Sample({ type, namesPbx }: { readonly type: UserType; readonly namesPbx: boolean }) {
  const pbx = namesPbx ? 'HQ' : null;
  const [header = [], ...rows] = sampleTable(type, pbx);
  function download(): void {
    const address = URL.createObjectURL(new Blob([sampleFile(type, pbx)], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = words.fileName(type);
    link.click();
    URL.revokeObjectURL(address);
  }
  return (
    <Paper withBorder p="sm" ta="left" c="var(--mantine-color-text)">
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={3} size="h6">
            {words.sample}
          </Title>
          <Text size="xs" c="dimmed">
            {words.sampleWhat(words.types[type])}
          </Text>
        </div>
        <Button size="xs" variant="default" leftSection={<IconDownload size={14} />} onClick={download}>
          {words.sampleDownload}
        </Button>
      </Group>
      <Table.ScrollContainer
        minWidth={400}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': words.sample } }}
      >
        <Table fz="xs">
          <Table.Thead>
            <Table.Tr>
              {header.map((name) => (
                <Table.Th key={name} className="mono">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((cells) => (
              <Table.Tr key={cells.join()}>
                {cells.map((cell, place) => (
                  <Table.Td key={header[place]} className="mono" style={{ whiteSpace: 'nowrap' }}>
                    {cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}
