// Which columns of a list are shown: chosen by each person, kept by their browser.
import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconColumns } from '@tabler/icons-react';
import { useMemo } from 'react';
import { commonWords } from '../words/common.ts';

interface ColumnsOfScreen {
  readonly hidden: ReadonlySet<string>;
  change(hidden: ReadonlySet<string>): void;
}

/** @param screen under which it is kept */
export function useHiddenColumns(screen: string, byDefault: readonly string[] = []): ColumnsOfScreen {
  const [kept, keep] = useLocalStorage<readonly string[]>({
    key: `hidden columns of ${screen}`,
    defaultValue: byDefault,
    getInitialValueInEffect: false,
  });
  return useMemo(() => ({ hidden: new Set(kept), change: (hidden) => keep([...hidden]) }), [kept, keep]);
}

/** The first column says what a row is: it is always there. */
export function ColumnsMenu({
  columns,
  shown,
}: {
  readonly columns: readonly { readonly id: string; readonly header: string }[];
  readonly shown: ColumnsOfScreen;
}) {
  return (
    <Popover position="bottom-end" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button variant="default" size="sm" leftSection={<IconColumns size={16} aria-hidden />}>
          {commonWords.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={commonWords.columns}>
        <Checkbox.Group
          label={commonWords.columnsShown}
          value={columns.map(({ id }) => id).filter((id) => !shown.hidden.has(id))}
          onChange={(ids) =>
            shown.change(new Set(columns.map(({ id }) => id).filter((id, place) => place > 0 && !ids.includes(id))))
          }
        >
          <Stack gap={8} mt="xs">
            {columns.slice(1).map(({ id, header }) => (
              <Checkbox key={id} value={id} label={header} size="sm" />
            ))}
          </Stack>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
