// The tabs of a screen. Which one is open stands in the address.
import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';

export interface PageTab {
  readonly id: string;
  readonly name: string;
  readonly content: () => ReactNode;
}

/** @param props.open of the address; what is not there opens the first */
export function PageTabs({
  label,
  tabs,
  open,
  onOpen,
}: {
  readonly label: string;
  readonly tabs: readonly PageTab[];
  readonly open: string | undefined;
  readonly onOpen: (id: string) => void;
}) {
  const current = tabs.find(({ id }) => id === open) ?? tabs[0];
  return (
    <Tabs value={current?.id ?? null} onChange={(id) => id !== null && onOpen(id)} keepMounted={false}>
      <Tabs.List aria-label={label}>
        {tabs.map(({ id, name }) => (
          <Tabs.Tab key={id} value={id}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ id, content }) => (
        <Tabs.Panel key={id} value={id} pt="lg">
          {content()}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
