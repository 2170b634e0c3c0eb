// What this installation is: addresses, which PBXs it may ask, and from where it does.
import { Code, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { read } from '../../api/query.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Keep } from '../../parts/places.tsx';
import { Section } from '../../parts/section.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { settingsWords } from '../../words/settings.ts';

export function Installation() {
  const installation = useQuery(read('GET /installation'));
  if (!installation.data) {
    return installation.error ? (
      <Trouble error={installation.error} onRetry={() => void installation.refetch()} />
    ) : (
      <Waiting lines={4} />
    );
  }
  const { version, publicUrl, outboundMode, outboundAddresses, activityRetentionDays, places } = installation.data;
  return (
    <>
      <Section
        title={settingsWords.tabs.installation}
        about={`${settingsWords.installationWhy} ${settingsWords.running}`}
      >
        <Facts
          facts={[
            [settingsWords.version, version],
            [
              settingsWords.publicUrl,
              publicUrl === null ? (
                settingsWords.publicUrlUnset
              ) : (
                <CopyText key="url" text={publicUrl} label={settingsWords.publicUrl} />
              ),
            ],
            [settingsWords.outbound, settingsWords.outboundModes[outboundMode]],
            [
              settingsWords.outboundAddresses,
              outboundAddresses.length === 0 ? (
                settingsWords.outboundAddressesUnset
              ) : (
                <div key="addresses">
                  <List size="sm" listStyleType="none">
                    {outboundAddresses.map((address) => (
                      <List.Item key={address}>
                        <CopyText text={address} label={address} />
                      </List.Item>
                    ))}
                  </List>
                  <Text size="xs" c="dimmed">
                    {settingsWords.outboundAddressesWhy}
                  </Text>
                </div>
              ),
            ],
            [settingsWords.retention, settingsWords.retentionDays(activityRetentionDays)],
          ]}
        />
      </Section>
      <Section title={settingsWords.backUp} about={settingsWords.backUpWhy}>
        {places === null ? (
          <Text size="sm" c="dimmed">
            {settingsWords.ownersOnly}
          </Text>
        ) : (
          <Keep places={places} />
        )}
        <Text size="sm">{settingsWords.rotation}</Text>
        <Code block>{settingsWords.rotate}</Code>
      </Section>
    </>
  );
}
