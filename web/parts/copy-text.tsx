// A text to be taken along: shown in type of equal widths, with a button that copies it.
import { ActionIcon, CopyButton, Group, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { commonWords } from '../words/common.ts';
import { useRowTab } from './row-tab.ts';

/** @param label what is copied, for who does not see it: "MAC" */
export function CopyText({
  text,
  label,
  shown = text,
}: {
  readonly text: string;
  readonly label: string;
  readonly shown?: string;
}) {
  const tabIndex = useRowTab();
  return (
    <Group gap={4} wrap="nowrap" component="span">
      <span className="mono">{shown}</span>
      <CopyButton value={text} timeout={2000}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? commonWords.copied : `${commonWords.copy} ${label}`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={copy}
              tabIndex={tabIndex}
              aria-label={`${commonWords.copy} ${label}`}
            >
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
