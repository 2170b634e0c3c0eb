// A table for lists that are short by nature: all rows are in the page. For long ones: data-table.tsx.
import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface PlainTableProps {
  readonly label: string;
  readonly heads: readonly string[];
  readonly children: ReactNode;
  /** Least width in pixels, below which it scrolls sideways. */
  readonly minWidth?: number;
}

/** @param props.children `Table.Tr`s of Mantine */
export function PlainTable({ label, heads, children, minWidth = 560 }: PlainTableProps) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard.
      tabIndex={0}
      style={{
        overflowX: 'auto',
        // What is read out only stands outside of the flow, and would widen the page.
        position: 'relative',
        border: '1px solid var(--mantine-color-default-border)',
        borderRadius: 'var(--mantine-radius-md)',
      }}
    >
      <Table miw={minWidth} verticalSpacing="xs" aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head} scope="col" style={{ whiteSpace: 'nowrap' }}>
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </section>
  );
}
