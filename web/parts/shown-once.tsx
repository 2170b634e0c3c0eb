// A secret that is shown this once: in full, with a button that copies it, and a word that it does not come again.
import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { commonWords } from '../words/common.ts';
import { onceWords } from '../words/once.ts';

interface ShownOnceProps {
  /** What it is, such as "API key". */
  readonly label: string;
  readonly text: string;
  /** What to do with it. */
  readonly what?: string;
  /** Name of the file; absent: it is copied only. */
  readonly file?: string;
}

export function ShownOnce({ label, text, what, file }: ShownOnceProps) {
  return (
    <Alert color="yellow" variant="light" title={onceWords.title(label)} c="var(--mantine-color-text)">
      <Stack gap="xs">
        <Text size="sm">{what ?? onceWords.what}</Text>
        <Code block tabIndex={0} aria-label={label} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {text}
        </Code>
        <Group gap="xs">
          <CopyButton value={text} timeout={2000}>
            {({ copied, copy }) => (
              <Button
                size="xs"
                variant="default"
                leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                onClick={copy}
              >
                {copied ? commonWords.copied : onceWords.copy(label)}
              </Button>
            )}
          </CopyButton>
          {file !== undefined && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} />}
              onClick={() => saveAs(file, `${text}\n`)}
            >
              {onceWords.download}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
