// What the PBX gave for a user, version by version: lines, settings, which line was chosen, what changed.
import { Badge, Code, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Section } from '../../parts/section.tsx';
import { Empty, Trouble, Waiting } from '../../parts/states.tsx';
import { commonWords } from '../../words/common.ts';
import { sayExactly } from '../../words/times.ts';
import { userWords } from '../../words/users.ts';
import type { OneUser } from './user.tsx';
import { useHarvested } from './user-overview.tsx';
import { sayNextTry } from './user-standing.tsx';
import { diffVersions, sayValue, type Version } from './version-diff.ts';

const { config: words, columns: heads } = userWords;

export function UserConfig({ user }: { readonly user: OneUser }) {
  const { versions } = useHarvested(user.id);
  const [chosen, setChosen] = useState<string | null>(null);
  if (versions.isLoading) return <Waiting lines={6} />;
  if (!versions.data) return <Trouble error={versions.error} onRetry={() => void versions.refetch()} />;
  const all = versions.data.items;
  const at = Math.max(
    0,
    all.findIndex(({ version }) => String(version) === chosen),
  );
  const version = all[at];
  if (version === undefined) return <Empty title={words.none}>{sayNextTry(user)}</Empty>;
  const before = all[at + 1];
  return (
    <>
      <Section title={words.versions} about={words.versionsWhat}>
        <Group align="flex-end" gap="md">
          <Select
            label={words.version}
            data={all.map((each) => ({
              value: String(each.version),
              label: words.versionAt(each.version, sayExactly(each.at)),
            }))}
            value={String(version.version)}
            allowDeselect={false}
            onChange={setChosen}
            w={{ base: '100%', xs: 360 }}
          />
        </Group>
        <Facts facts={factsOf(version)} />
      </Section>
      <Section title={words.changes} about={before ? words.changesSince(before.version) : undefined}>
        {before ? <Changes before={before} after={version} /> : <Text size="sm">{words.first}</Text>}
      </Section>
      <Section title={words.lines}>
        <Lines version={version} />
      </Section>
      <Section title={words.settings} about={words.settingsWhat}>
        <Settings version={version} />
      </Section>
    </>
  );
}

function factsOf(version: Version) {
  return [
    [words.vendor, `${version.vendor} (${version.format})`],
    [words.source, <CopyText key="url" text={version.sourceUrl} label={words.source} />],
    ...(version.tlsFingerprint === null
      ? []
      : [[words.fingerprint, <CopyText key="tls" text={version.tlsFingerprint} label={words.fingerprint} />] as const]),
    [words.didField, version.didField ?? commonWords.none],
    [words.didText, version.didText ?? commonWords.none],
  ] as const;
}

function Changes({ before, after }: { readonly before: Version; readonly after: Version }) {
  const differences = diffVersions(before, after);
  // A password is dots in both: that it changed is said by name only.
  const hidden = after.changes.filter((name) => /password|ha1|secret/i.test(name));
  if (differences.length === 0 && after.changes.length === 0) return <Text size="sm">{words.same}</Text>;
  return (
    <Stack gap="xs">
      {after.changes.length > 0 && <Text size="sm">{words.changedNames(after.changes.join(', '))}</Text>}
      {hidden.length > 0 && (
        <Text size="sm" c="dimmed">
          {words.secretChanged}
        </Text>
      )}
      {differences.length > 0 && (
        <PlainTable label={words.changes} heads={[words.what, words.before, words.after]}>
          {differences.map(({ what, before: old, after: now }) => (
            <Table.Tr key={what}>
              <Table.Td>{what}</Table.Td>
              <Table.Td>{old === null ? words.notThere : <del>{old}</del>}</Table.Td>
              <Table.Td>{now === null ? words.notThere : <ins>{now}</ins>}</Table.Td>
            </Table.Tr>
          ))}
        </PlainTable>
      )}
    </Stack>
  );
}

function Lines({ version }: { readonly version: Version }) {
  return (
    <PlainTable
      label={words.lines}
      minWidth={860}
      heads={[words.line, heads.sipUser, words.authName, words.password, words.server, words.displayName, words.label]}
    >
      {version.lines.map((line) => (
        <Table.Tr key={line.line}>
          <Table.Td>
            <Group gap="xs" wrap="nowrap">
              {line.line}
              {line.line === version.line && (
                <Badge variant="outline" color="gray" c="var(--mantine-color-text)" tt="none">
                  {words.chosen}
                </Badge>
              )}
              {line.enabled === false && (
                <Text span size="xs" c="dimmed">
                  {words.lineOff}
                </Text>
              )}
            </Group>
          </Table.Td>
          <Table.Td>{line.userName}</Table.Td>
          <Table.Td>{line.authName}</Table.Td>
          <Table.Td>{line.password}</Table.Td>
          <Table.Td>{sayValue(line.registrar)}</Table.Td>
          <Table.Td>{line.displayName}</Table.Td>
          <Table.Td>{line.label}</Table.Td>
        </Table.Tr>
      ))}
    </PlainTable>
  );
}

function Settings({ version }: { readonly version: Version }) {
  if (version.settings.length === 0) return <Text size="sm">{words.noSettings}</Text>;
  return (
    <PlainTable label={words.settings} heads={[words.name, words.line, words.value, words.key]}>
      {version.settings.map(({ line, name, value, key }) => (
        <Table.Tr key={`${line} ${name} ${key}`}>
          <Table.Td>{name}</Table.Td>
          <Table.Td>{line === 0 ? words.wholePhone : line}</Table.Td>
          <Table.Td style={{ overflowWrap: 'anywhere' }}>{sayValue(value)}</Table.Td>
          <Table.Td>
            <Code>{key}</Code>
          </Table.Td>
        </Table.Tr>
      ))}
    </PlainTable>
  );
}
