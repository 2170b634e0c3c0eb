// The table of all lists: only the rows that are seen are in the page, 100,000 scroll. By keyboard: j and k or the arrows move,
// Enter opens, x selects; the head sorts. Knows nothing of what it shows.
import { Box, Button, Checkbox, Group, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import {
  type ColumnDef,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { commonWords } from '../words/common.ts';
import type { Rows } from './cursor-list.ts';
import classes from './data-table.module.css';
import { RowTabContext } from './row-tab.ts';
import { Trouble, Waiting } from './states.tsx';

const features = tableFeatures({ columnSizingFeature, columnVisibilityFeature });

export interface Column<Row extends object> {
  readonly id: string;
  readonly header: string;
  /** Least width in pixels; the room that is left is shared in these proportions. */
  readonly width: number;
  /** What the API sorts by; absent: it cannot. */
  readonly sort?: string;
  readonly cell: (row: Row) => ReactNode;
}

export interface Selection {
  readonly ids: ReadonlySet<string>;
  change(ids: ReadonlySet<string>): void;
}

interface DataTableProps<Row extends object> {
  /** What the rows are, for who does not see it: "Users". */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: Rows<Row>;
  readonly rowId: (row: Row) => string;
  /** How a row is called when it is selected or opened. */
  readonly rowName: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly hidden?: ReadonlySet<string>;
  readonly selection?: Selection;
  /** `name`, or `-name` for the other way round. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** Single keys on the row that has the focus, such as r for Sync. */
  readonly keys?: Readonly<Record<string, (row: Row) => void>>;
  /** Said below the table of the row that has the focus: why it is as it is. */
  readonly describe?: (row: Row) => string | null;
  /** Instead of rows when there are none. */
  readonly empty: ReactNode;
  /** Height of the scrolled region; by default what the window leaves. */
  readonly height?: number | string;
  /** Scrolls there; an object of its own for each time. */
  readonly goTo?: { readonly index: number } | null;
  /** Tells which rows are in sight, so that only they are kept fresh. */
  readonly onSeen?: (rows: readonly Row[]) => void;
}

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, rowName, onOpen, hidden, selection, sort, onSort, keys, empty, onSeen } = props;
  const region = useRef<HTMLDivElement>(null);
  const descriptionId = useId();
  const rowHeight = useRowHeight();

  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () => columns.map(({ id, width }) => ({ id, size: width })),
    [columns],
  );
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map(({ id }) => [id, !hidden?.has(id)])),
    [columns, hidden],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows.items as Row[],
    getRowId: rowId,
    state: { columnVisibility },
  });
  const seen = table.getVisibleLeafColumns();
  const width = seen.reduce((sum, column) => sum + column.getSize(), selection ? BOX_WIDTH : 0);
  const template = `${selection ? `${BOX_WIDTH}px ` : ''}${seen.map((column) => `minmax(${column.getSize()}px, ${column.getSize()}fr)`).join(' ')}`;

  const count = rows.items.length;
  // The row that can be reached with Tab, and whether it has the focus: then it stays in the page when it is scrolled away,
  // or the focus would be lost.
  const [current, setCurrent] = useState(0);
  const [hasFocus, setHasFocus] = useState(false);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => region.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollPaddingStart: HEAD_HEIGHT,
    getItemKey: (index) => rowId(rows.items[index] as Row),
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (hasFocus && current < count && !indexes.includes(current)) indexes.push(current);
      return indexes.sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it measures again because the height changed.
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const shown = virtual.getVirtualItems();
  const first = virtual.range?.startIndex ?? 0;
  const last = virtual.range?.endIndex ?? 0;

  const { hasMore, isLoadingMore, loadMore, question } = rows;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= count - 100) loadMore();
  });
  const { goTo } = props;
  useEffect(() => {
    if (goTo) virtual.scrollToIndex(goTo.index, { align: 'center' });
  }, [goTo, virtual]);
  useEffect(() => {
    onSeen?.(rows.items.slice(first, last + 1));
  }, [onSeen, rows.items, first, last]);

  // Other filters or another order: from the top again.
  const asked = useRef(question);
  useEffect(() => {
    if (asked.current === question) return;
    asked.current = question;
    setCurrent(0);
    region.current?.scrollTo({ top: 0 });
  }, [question]);

  const wanted = useRef<number | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    // The row may only come into being by scrolling: then this is tried again.
    const row = region.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  function moveTo(index: number): void {
    const at = Math.max(0, Math.min(count - 1, index));
    wanted.current = at;
    setCurrent(at);
    virtual.scrollToIndex(at, { align: 'auto' });
  }

  const anchor = useRef<number | null>(null);
  function toggle(index: number, isRange = false): void {
    // Rows of the filters of before are not among those that match now.
    if (!selection || rows.isOld) return;
    const next = new Set(selection.ids);
    const id = rowId(rows.items[index] as Row);
    if (isRange && anchor.current !== null) {
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      for (const row of rows.items.slice(from, to + 1)) next.add(rowId(row));
    } else if (!next.delete(id)) {
      next.add(id);
    }
    anchor.current = index;
    selection.change(next);
  }
  function onKey(event: KeyboardEvent, row: Row, index: number): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // On a button or link of the row Enter and the space bar are its own; letters go to the row.
    if (event.target !== event.currentTarget && (event.key.length > 1 || event.key === ' ')) return;
    const page = Math.max(1, Math.floor((region.current?.clientHeight ?? 400) / rowHeight) - 2);
    const act: Readonly<Record<string, () => void>> = {
      j: () => moveTo(index + 1),
      ArrowDown: () => moveTo(index + 1),
      k: () => moveTo(index - 1),
      ArrowUp: () => moveTo(index - 1),
      PageDown: () => moveTo(index + page),
      PageUp: () => moveTo(index - page),
      Home: () => moveTo(0),
      End: () => moveTo(count - 1),
      ...(onOpen && { Enter: () => onOpen(row) }),
      ...(selection && { x: () => toggle(index), X: () => toggle(index, true), ' ': () => toggle(index) }),
      ...Object.fromEntries(Object.entries(keys ?? {}).map(([key, deed]) => [key, () => deed(row)])),
    };
    const deed = act[event.key];
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  }

  if (rows.isLoading)
    return <Waiting what={`${commonWords.loading} ${label.toLowerCase()}`} lines={8} height={rowHeight - 12} />;
  if (count === 0) return rows.error ? <Trouble error={rows.error} onRetry={rows.again} /> : empty;
  const allSelected =
    selection !== undefined && selection.ids.size > 0 && rows.items.every((row) => selection.ids.has(rowId(row)));
  const described = hasFocus ? rows.items[current] : undefined;
  const description = described && props.describe?.(described);
  // What Tab reaches: the current row, or the first that is seen when that one is not.
  const reached = hasFocus || (current >= first && current <= last) ? Math.min(current, count - 1) : first;
  return (
    <Box>
      {rows.error !== null && (
        <Box mb="xs">
          <Trouble error={rows.error} onRetry={rows.again} />
        </Box>
      )}
      <div
        ref={region}
        className={classes.region}
        style={{ maxHeight: props.height ?? 'max(300px, calc(100dvh - 260px))' }}
        data-table
        data-scroll-restoration-id={`table-${label}`}
      >
        <div
          role="table"
          aria-label={label}
          aria-rowcount={hasMore && rows.about === null ? -1 : Math.max(rows.about ?? 0, count) + 1}
          aria-busy={rows.isOld === true}
          className={classes.table}
          style={{ minWidth: width }}
        >
          <div role="rowgroup" className={classes.head}>
            <div role="row" aria-rowindex={1} className={classes.row} style={{ gridTemplateColumns: template }}>
              {selection && (
                <div role="columnheader" className={classes.cell} data-pinned="box">
                  <Checkbox
                    size="sm"
                    aria-label={commonWords.selectAll}
                    disabled={rows.isOld === true}
                    checked={allSelected}
                    indeterminate={!allSelected && selection.ids.size > 0}
                    onChange={() => selection.change(allSelected ? new Set() : new Set(rows.items.map(rowId)))}
                  />
                </div>
              )}
              {seen.map(({ id }, place) => {
                const column = byId.get(id);
                return (
                  column && (
                    <Head
                      key={id}
                      column={column}
                      sort={sort}
                      onSort={onSort}
                      pinned={place === 0 ? (selection ? 'after' : 'first') : undefined}
                    />
                  )
                );
              })}
            </div>
          </div>
          <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
            {shown.map(({ index, start, key }) => {
              const row = rows.items[index] as Row;
              const id = rowId(row);
              return (
                <div
                  key={String(key)}
                  role="row"
                  aria-rowindex={index + 2}
                  data-index={index}
                  data-selected={selection?.ids.has(id) || undefined}
                  data-opens={onOpen !== undefined || undefined}
                  tabIndex={index === reached ? 0 : -1}
                  aria-describedby={description && index === current ? descriptionId : undefined}
                  className={classes.row}
                  style={{ gridTemplateColumns: template, height: rowHeight, transform: `translateY(${start}px)` }}
                  onKeyDown={(event) => onKey(event, row, index)}
                  onFocus={() => {
                    setCurrent(index);
                    setHasFocus(true);
                  }}
                  onBlur={() => setHasFocus(false)}
                  onClick={(event) => {
                    // Buttons, links and boxes in the row do their own.
                    if ((event.target as HTMLElement).closest('a, button, input, label')) return;
                    // What is shown over the page, such as a hint, bubbles here too.
                    if (!event.currentTarget.contains(event.target as Node)) return;
                    if (window.getSelection()?.isCollapsed === false) return;
                    onOpen?.(row);
                  }}
                >
                  {selection && (
                    <div role="cell" className={classes.cell} data-pinned="box">
                      <Checkbox
                        size="sm"
                        tabIndex={-1}
                        aria-label={commonWords.selectRow(rowName(row))}
                        checked={selection.ids.has(id)}
                        onChange={(event) => toggle(index, (event.nativeEvent as MouseEvent).shiftKey === true)}
                      />
                    </div>
                  )}
                  <RowTabContext value={index === reached ? 0 : -1}>
                    {seen.map((column, place) => (
                      <div
                        key={column.id}
                        role="cell"
                        className={classes.cell}
                        data-pinned={place === 0 ? (selection ? 'after' : 'first') : undefined}
                        onMouseEnter={sayWhatIsCut}
                      >
                        {byId.get(column.id)?.cell(row)}
                      </div>
                    ))}
                  </RowTabContext>
                </div>
              );
            })}
          </div>
        </div>
      </div>
      <Group justify="space-between" mt={6} gap="xs">
        <Text size="xs" id={descriptionId} lineClamp={2} className={classes.description}>
          {description}
        </Text>
        <Text size="xs" c="dimmed" role="status">
          {hasMore && rows.about === null ? commonWords.rowsAndMore(count) : commonWords.rowsAbout(count, rows.about)}
          {(rows.isLoadingMore || rows.isOld) && ` · ${commonWords.loadingMore} …`}
        </Text>
      </Group>
    </Box>
  );
}

const BOX_WIDTH = 44;
const HEAD_HEIGHT = 40;

/** A text that does not fit its cell is shown whole under the pointer; by keyboard and touch the row opens. */
function sayWhatIsCut({ currentTarget }: { readonly currentTarget: HTMLElement }): void {
  const parts = [currentTarget, ...currentTarget.querySelectorAll<HTMLElement>('*')];
  const isCut = parts.some((part) => part.scrollWidth > part.clientWidth && part.clientWidth > 0);
  currentTarget.title = isCut ? currentTarget.innerText.replaceAll(/\s*\n\s*/g, ' · ') : '';
}

function Head<Row extends object>({
  column,
  sort,
  onSort,
  pinned,
}: {
  readonly column: Column<Row>;
  readonly sort: string | undefined;
  readonly pinned: string | undefined;
  readonly onSort: ((sort: string) => void) | undefined;
}) {
  const by = column.sort;
  if (by === undefined || !onSort) {
    return (
      <div role="columnheader" className={classes.cell} data-pinned={pinned}>
        <Text size="sm" fw={600} truncate>
          {column.header}
        </Text>
      </div>
    );
  }
  const order = sort === by ? 'ascending' : sort === `-${by}` ? 'descending' : 'none';
  const Icon = order === 'ascending' ? IconArrowUp : order === 'descending' ? IconArrowDown : IconArrowsSort;
  return (
    <div role="columnheader" aria-sort={order} className={classes.cell} data-pinned={pinned}>
      <UnstyledButton className={classes.sort} onClick={() => onSort(order === 'ascending' ? `-${by}` : by)}>
        <VisuallyHidden>{commonWords.sortBy('')}</VisuallyHidden>
        {column.header}
        <Icon size={14} aria-hidden />
      </UnstyledButton>
    </div>
  );
}

/** In pixels, as style.css has it for the chosen density. */
const readRowHeight = (): number =>
  Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row-height'), 10) || 52;

function useRowHeight(): number {
  const [height, setHeight] = useState(readRowHeight);
  useEffect(() => {
    const observer = new MutationObserver(() => setHeight(readRowHeight()));
    observer.observe(document.documentElement, { attributeFilter: ['data-density'] });
    return () => observer.disconnect();
  }, []);
  return height;
}

/** What stands below a table while rows are selected: how many, "all that match", and what can be done to them. */
export function SelectionBar({
  selected,
  about,
  allMatching,
  onAllMatching,
  onClear,
  words,
  children,
}: {
  readonly selected: number;
  readonly about: number | null;
  readonly allMatching: boolean;
  readonly onAllMatching?: () => void;
  readonly onClear: () => void;
  readonly words: {
    selected(count: number): string;
    all(about: number | null): string;
    allSelected(about: number | null): string;
    clear: string;
  };
  readonly children: ReactNode;
}) {
  return (
    <Group className={classes.bar} gap="sm" role="group">
      <Text size="sm" fw={600} role="status">
        {allMatching ? words.allSelected(about) : words.selected(selected)}
      </Text>
      {!allMatching && onAllMatching && (about === null || about > selected) && (
        <Button size="compact-sm" variant="subtle" onClick={onAllMatching}>
          {words.all(about)}
        </Button>
      )}
      {children}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear} c="var(--mantine-color-text)">
        {words.clear}
      </Button>
    </Group>
  );
}
