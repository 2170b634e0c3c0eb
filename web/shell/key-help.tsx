// The keys, all on one page.
import { Group, Kbd, Modal, Stack, Text, Title } from '@mantine/core';
import { commonWords } from '../words/common.ts';
import { shellWords } from '../words/shell.ts';
import { PLACES } from './places.ts';

const { keyWords, keyGroups } = shellWords;

const KEYS: readonly (readonly [string, readonly (readonly [readonly string[], string])[]])[] = [
  [
    keyGroups.anywhere,
    [
      [['Ctrl', 'K'], keyWords.palette],
      [['?'], keyWords.help],
      ...PLACES.map(({ key, name }) => [['g', key], `${keyWords.go} ${name}`] as const),
    ],
  ],
  [
    keyGroups.list,
    [
      [['/'], keyWords.filter],
      [['j'], keyWords.next],
      [['k'], keyWords.previous],
      [['Home', 'End'], keyWords.ends],
    ],
  ],
  [
    keyGroups.row,
    [
      [['Enter'], keyWords.open],
      [['x'], keyWords.select],
      [['r'], keyWords.sync],
    ],
  ],
];

export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={shellWords.keys} closeButtonProps={{ 'aria-label': commonWords.close }}>
      <Stack>
        {KEYS.map(([group, keys]) => (
          <Stack key={group} gap={4}>
            <Title order={3} size="h6">
              {group}
            </Title>
            {keys.map(([press, what]) => (
              <Group key={what} justify="space-between" wrap="nowrap">
                <Text size="sm">{what}</Text>
                <Group gap={4} wrap="nowrap">
                  {press.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Group>
            ))}
          </Stack>
        ))}
      </Stack>
    </Modal>
  );
}
