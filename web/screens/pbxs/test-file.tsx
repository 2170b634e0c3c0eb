// The file that a test fetched, in two panes: as it came, with secrets as dots, and as it is read.
import { Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Dot } from '../../parts/status-chip.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import { RawText } from './raw-text.tsx';
import classes from './test-file.module.css';
import type { Settings } from './use-settings.ts';
import type { TestResult } from './use-test.ts';

const words = pbxWords.test;
type Config = NonNullable<TestResult['config']>;
type TestLine = Config['lines'][number];

export function TestFile({ result, settings }: { readonly result: TestResult; readonly settings: Settings }) {
  const { config } = result;
  if (config === null) return null;
  const marked = result.didCandidates.find(({ field }) => field === settings.form.values.didField)?.rawLine ?? null;
  return (
    <section>
      <Group gap="sm" align="baseline" mb="xs">
        <Title order={3} size="h5">
          {words.file}
        </Title>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {config.format}
          {(result.rawUrl ?? result.url) !== null && ` · ${words.url} ${result.rawUrl ?? result.url}`}
        </Text>
      </Group>
      <div className={classes.panes}>
        <div className={classes.pane}>
          <Title order={4} size="h6">
            {words.raw}
          </Title>
          <Text size="xs" c="dimmed" mb={6}>
            {words.rawWhat}
            {result.rawCut && ` ${words.cut}`}
          </Text>
          {result.raw === null ? (
            <Text size="sm">{result.rawReason ?? words.noRaw}</Text>
          ) : (
            <RawText text={result.raw} marked={marked} markedWhy={marked === null ? null : words.didLine(marked)} />
          )}
        </div>
        <div className={classes.pane}>
          <Title order={4} size="h6">
            {words.parsed}
          </Title>
          <Stack gap="md" mt={6}>
            {config.lines.map((line) => (
              <LineTable key={line.line} line={line} />
            ))}
            <Did result={result} />
            <Candidates result={result} settings={settings} />
            <Facts config={config} warnings={result.warningTexts} />
          </Stack>
        </div>
      </div>
    </section>
  );
}

function LineTable({ line }: { readonly line: TestLine }) {
  const host = (one: { host: string | null; port: number | null; transport?: string | null | undefined } | null) =>
    one?.host == null
      ? null
      : [`${one.host}${one.port === null ? '' : `:${one.port}`}`, one.transport].filter(Boolean).join(' ');
  const say = words.lineFields;
  const rows: readonly (readonly [string, string | null])[] = [
    [say.userName, line.userName],
    [say.authName, line.authName],
    [say.port, line.port ?? null],
    // A file with a hash needs no password.
    ...(line.ha1 === undefined ? [[say.password, line.password] as const] : [[say.ha1, line.ha1] as const]),
    [say.displayName, line.displayName],
    [say.label, line.label],
    [say.registrar, host(line.registrar)],
    [say.outboundProxy, host(line.outboundProxy)],
    [say.backup, host(line.backup)],
    [say.backupOutboundProxy, host(line.backupOutboundProxy ?? null)],
    [say.expiresSeconds, line.expiresSeconds === null ? null : words.seconds(line.expiresSeconds)],
  ];
  const needed = new Set<string>([say.userName, say.password, say.registrar]);
  return (
    <div>
      <Group gap="xs" mb={2}>
        <Text size="sm" fw={600}>
          {words.line(line.line)}
        </Text>
        {line.chosen && <Dot word={words.chosen} dot="--dot-ok" />}
        {line.enabled === false && <Dot word={words.switchedOff} dot="--dot-off" />}
      </Group>
      <Table withRowBorders={false} verticalSpacing={2} layout="auto" className={classes.facts}>
        <Table.Tbody>
          {rows
            .filter(([name, value]) => value !== null || needed.has(name))
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td>{value ?? words.missing}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Did({ result: { did } }: { readonly result: TestResult }) {
  if (did === null) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {words.did}
      </Text>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {did.did === null ? (did.message ?? words.noNumber) : words.didIs(did.did, did.field ?? '')}
      </Text>
    </div>
  );
}

function Candidates({ result, settings }: { readonly result: TestResult; readonly settings: Settings }) {
  if (result.didCandidates.length === 0) return null;
  const inUse = settings.form.values.didField;
  return (
    <div>
      <Text size="sm" fw={600} id="did-candidates">
        {words.candidates}
      </Text>
      <Table.ScrollContainer minWidth={420} type="native">
        <Table verticalSpacing={4} aria-labelledby="did-candidates">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.candidateField}</Table.Th>
              <Table.Th>{words.candidateValue}</Table.Th>
              <Table.Th>{words.candidateDid}</Table.Th>
              <Table.Th>{words.did}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {result.didCandidates.map(({ field, value, did, message }) => (
              <Table.Tr key={field}>
                <Table.Td className="mono">{field}</Table.Td>
                <Table.Td>{value}</Table.Td>
                <Table.Td title={message ?? undefined}>{did ?? words.noNumber}</Table.Td>
                <Table.Td>
                  {field === inUse ? (
                    <Text span size="xs">
                      {words.inUse}
                    </Text>
                  ) : (
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() => settings.set('didField', field)}
                      aria-label={words.fieldForDid(field)}
                    >
                      {words.useField}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}

/** What else the file says: keys, MACs, includes, warnings. */
function Facts({ config, warnings }: { readonly config: Config; readonly warnings: readonly string[] }) {
  const [isOpen, setOpen] = useState(false);
  const keys = Object.entries(config.fields);
  const read = new Set(config.settings.map(({ key }) => key));
  return (
    <Stack gap="xs">
      {warnings.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            {words.warnings}
          </Text>
          {warnings.map((warning) => (
            <Text key={warning} size="sm">
              {warning}
            </Text>
          ))}
        </div>
      )}
      {config.macs.length > 0 && <Text size="sm">{`${words.macsInFile}: ${config.macs.join(', ')}`}</Text>}
      {config.includes.length > 0 && <Text size="sm">{`${words.includes}: ${config.includes.join(', ')}`}</Text>}
      {keys.length > 0 && (
        <div>
          <Button size="compact-sm" variant="default" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
            {`${isOpen ? words.hideKeys : words.showKeys} ${words.keys(keys.length)}`}
          </Button>
          {isOpen && (
            <div className={classes.keys}>
              <Table verticalSpacing={2} className={classes.facts}>
                <Table.Tbody>
                  {keys.map(([key, value]) => (
                    <Table.Tr key={key} data-read={read.has(key) || undefined}>
                      <Table.Th scope="row" className="mono">
                        {key}
                      </Table.Th>
                      <Table.Td className="mono">{value}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </div>
      )}
    </Stack>
  );
}
