// Where data and key lie on the machine, and that both are to be kept twice: for the first owner, and in the settings.
import { Stack, Text } from '@mantine/core';
import type { Answer } from '../api/client.ts';
import { placeWords } from '../words/places.ts';
import { CopyText } from './copy-text.tsx';
import { Facts } from './facts.tsx';

export type Places = Answer<'POST /setup/read'>;

export function Keep({ places: { dataDirectory, keyFile } }: { readonly places: Places }) {
  return (
    <Stack gap="xs">
      <Facts
        facts={[
          [
            placeWords.data,
            dataDirectory === null ? (
              placeWords.ownDatabase
            ) : (
              <CopyText key="data" text={dataDirectory} label={placeWords.data} />
            ),
          ],
          [
            placeWords.key,
            keyFile === null ? placeWords.ownKey : <CopyText key="key" text={keyFile} label={placeWords.key} />,
          ],
        ]}
      />
      <Text size="sm">{keyFile === null ? placeWords.backUp : placeWords.backUpKey}</Text>
    </Stack>
  );
}
