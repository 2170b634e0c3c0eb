// What Provender is, and under which licences.
import { Anchor, Group, Table, Text } from '@mantine/core';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Section } from '../../parts/section.tsx';
import { settingsWords } from '../../words/settings.ts';

export function About() {
  return (
    <>
      <Section title={settingsWords.tabs.about} about={settingsWords.aboutWhat}>
        <Text size="sm">{`${settingsWords.licence}: MIT`}</Text>
        <Group gap="md">
          <Anchor size="sm" href="/api/docs">
            {settingsWords.reference}
          </Anchor>
          <Anchor size="sm" href="/api/v1/openapi.json">
            {settingsWords.openapi}
          </Anchor>
        </Group>
      </Section>
      <Section title={settingsWords.licences} about={settingsWords.licencesWhy}>
        <PlainTable label={settingsWords.licences} heads={[settingsWords.package, settingsWords.licence]} minWidth={0}>
          {settingsWords.packages.map(([name, licence]) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>{licence}</Table.Td>
            </Table.Tr>
          ))}
        </PlainTable>
      </Section>
    </>
  );
}
