// The rows of an import in a grid: what is wrong with a cell stands on it, and cells are mended where they are.
import { Group, Text, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconRefreshAlert } from '@tabler/icons-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { call } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { importQuery } from '../../live/import-progress.ts';
import type { Rows } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Dot, StatusChip } from '../../parts/status-chip.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { importWords } from '../../words/imports.ts';
import { type ProvisioningStatus, provisioningWords } from '../../words/statuses.ts';
import { Cell, type CellAt } from './cell.tsx';
import type { ColumnName } from './columns.ts';
import type { Import } from './import-state.tsx';
import { type GridRow, type ImportRow, patchPages } from './rows.ts';

const words = importWords.row;

export function RowGrid({
  import: upload,
  rows,
  secrets,
  choices,
  mayEdit,
  onSeen,
  onPatched,
  empty,
  goTo,
  isResult = false,
}: {
  readonly import: Import;
  readonly rows: Rows<GridRow>;
  readonly secrets: ReadonlySet<string>;
  /** What a column may hold, where that is a closed list. */
  readonly choices: Readonly<Partial<Record<ColumnName, readonly string[]>>>;
  readonly mayEdit: boolean;
  readonly onSeen?: (rows: readonly GridRow[]) => void;
  readonly onPatched?: (rows: readonly ImportRow[]) => void;
  readonly empty: ReactNode;
  /** Scrolls there; an object of its own for each time. */
  readonly goTo?: { readonly index: number } | null;
  /** What became of the rows, instead of what would. */
  readonly isResult?: boolean;
}) {
  const { editing, setEditing, save, isSaving } = useEditing(upload.id, rows.items, onPatched);
  const [jump, setJump] = useState<{ readonly index: number } | null>(null);
  const changed = useChangedVerdicts(rows.items, !isResult && upload.job === null && upload.state === 'ready');
  const place = editing === null ? -1 : rows.items.findIndex((each) => each.number === editing.number);
  const wasAt = useRef<number | null>(null);
  useEffect(() => {
    if (place === -1 || wasAt.current === place) return;
    wasAt.current = place;
    setJump({ index: place });
  }, [place]);

  const columns = useMemo((): Column<GridRow>[] => {
    const ofFile = upload.columns.flatMap(({ column }) => (column === null ? [] : [column as ColumnName]));
    return [
      { id: 'number', header: words.number, width: 84, cell: ({ number }) => number.toLocaleString('en') },
      {
        id: 'verdict',
        header: isResult ? words.became : words.fate,
        width: 150,
        cell: ({ row }) =>
          row && (isResult ? <Became row={row} /> : <Verdict row={row} isChanged={changed.has(row.number)} />),
      },
      ...(isResult ? [statusColumn] : []),
      ...ofFile.map(
        (column): Column<GridRow> => ({
          id: column,
          header: importWords.columns.names[column],
          width: WIDTHS[column] ?? 170,
          cell: ({ row }) =>
            row && (
              <Cell
                row={row}
                column={column}
                isSecret={secrets.has(column)}
                choices={choices[column]}
                isEditing={editing?.number === row.number && editing.column === column}
                isSaving={isSaving}
                onEdit={mayEdit && row.outcome === null ? () => setEditing({ number: row.number, column }) : null}
                onLeave={() => setEditing(null)}
                onSave={(value, then) => void save(row, column, value, then)}
              />
            ),
        }),
      ),
    ];
  }, [upload.columns, isResult, changed, secrets, choices, editing, isSaving, mayEdit, setEditing, save]);

  return (
    <DataTable
      label={importWords.check.rows}
      columns={columns}
      rows={rows}
      rowId={(row) => String(row.number)}
      rowName={(row) => `${words.number} ${row.number}`}
      empty={empty}
      height="max(320px, calc(100dvh - 340px))"
      goTo={jump ?? goTo ?? null}
      {...(onSeen && { onSeen })}
      keys={{
        Enter: ({ row }) => {
          const column =
            row && (problemColumns(row)[0] ?? (upload.columns.find((each) => each.column)?.column as ColumnName));
          if (row && column && mayEdit && row.outcome === null) setEditing({ number: row.number, column });
        },
      }}
    />
  );
}

const WIDTHS: Readonly<Partial<Record<ColumnName, number>>> = {
  teams_user_id: 220,
  mac_address: 210,
  sip_user_id: 150,
  user_type: 120,
  line_rule: 100,
  use_teams_voicemail: 120,
};

const statusColumn: Column<GridRow> = {
  id: 'status',
  header: words.status,
  width: 130,
  cell: ({ row }) =>
    row?.status != null && row.status in provisioningWords && <StatusChip status={row.status as ProvisioningStatus} />,
};

/** Columns of the row that something is wrong with, errors first. */
export function problemColumns(row: ImportRow): ColumnName[] {
  const named = [...row.errors, ...row.warnings].flatMap(({ column }) =>
    column === null ? [] : [column as ColumnName],
  );
  return [...new Set(named)];
}

function Verdict({ row, isChanged }: { readonly row: ImportRow; readonly isChanged: boolean }) {
  const whole = row.errors.filter(({ column }) => column === null);
  const kind = row.errors.length > 0 ? 'error' : (row.action ?? 'unchecked');
  const Icon = kind === 'error' ? IconCircleX : IconCircleCheck;
  const why = [
    ...whole.map(({ message, fix }) => `${message} ${fix}`),
    ...(row.outcomeReason === null ? [] : [words.reasons[row.outcomeReason] ?? row.outcomeReason]),
  ].join(' ');
  const text = (
    <Group gap={4} wrap="nowrap" component="span" {...(why !== '' && { tabIndex: 0 })}>
      <Icon
        size={16}
        aria-hidden
        color={
          kind === 'error' ? 'var(--mantine-color-error)' : kind === 'unchecked' ? 'var(--dot-off)' : 'var(--dot-ok)'
        }
      />
      <span>{words.verdict[kind]}</span>
      {whole.length > 0 && <IconAlertTriangle size={14} aria-hidden />}
      {row.edited && (
        <Text span size="xs" c="dimmed">
          {words.edited}
        </Text>
      )}
      {isChanged && (
        <Tooltip label={words.changedSince}>
          <IconRefreshAlert size={16} role="img" aria-label={words.changedSince} color="var(--dot-stale)" />
        </Tooltip>
      )}
    </Group>
  );
  return why === '' ? text : <Tooltip label={why}>{text}</Tooltip>;
}

const OUTCOME_DOTS = {
  created: '--dot-ok',
  updated: '--dot-ok',
  skipped: '--dot-off',
  failed: '--dot-failed',
  undone: '--dot-off',
  kept: '--dot-stale',
} as const;

function Became({ row }: { readonly row: ImportRow }) {
  if (row.outcome === null) return <Verdict row={row} isChanged={false} />;
  const why = row.outcomeReason === null ? undefined : (words.reasons[row.outcomeReason] ?? row.outcomeReason);
  return <Dot word={words.outcomes[row.outcome]} dot={OUTCOME_DOTS[row.outcome]} meaning={why} />;
}

type Then = 'stay' | 'next';

/** One cell is edited at a time; what is saved comes back checked, with the rows that share a key with it. */
function useEditing(id: string, items: readonly GridRow[], onPatched?: (rows: readonly ImportRow[]) => void) {
  const [editing, setEditing] = useState<CellAt | null>(null);
  const [isSaving, setSaving] = useState(false);
  async function save(row: ImportRow, column: ColumnName, value: string, then: Then): Promise<void> {
    let mended = row;
    if (value !== (row.cells[column] ?? '')) {
      setSaving(true);
      try {
        const { others, ...answer } = await call('PATCH /imports/{id}/rows/{number}', {
          params: { id, number: String(row.number) },
          body: { cells: { [column]: value === '' ? null : value } },
        });
        mended = answer;
        patchPages(id, [answer, ...others]);
        onPatched?.([answer, ...others]);
        void queryClient.invalidateQueries({ queryKey: importQuery(id).queryKey });
        void queryClient.invalidateQueries({ queryKey: ['imports', 'GET /imports/{id}/problems'] });
      } catch (error) {
        // What was typed stays in the cell.
        tellProblem(error);
        return;
      } finally {
        setSaving(false);
      }
    }
    if (then === 'stay') {
      setEditing(null);
      focusCell(row.number, column);
      return;
    }
    const next = await nextProblem(id, items, mended, column);
    setEditing(next);
    if (next === null) {
      tell(words.noMoreProblems);
      focusCell(row.number, column);
    }
  }
  function leave(at: CellAt | null): void {
    if (at === null && editing !== null) focusCell(editing.number, editing.column);
    setEditing(at);
  }
  return { editing, setEditing: leave, save, isSaving };
}

/** In this row behind the column, or else in the rows behind it. */
async function nextProblem(
  id: string,
  items: readonly GridRow[],
  row: ImportRow,
  column: ColumnName,
): Promise<CellAt | null> {
  const here = problemColumns(row).filter((each) => each !== column);
  if (here[0] !== undefined) return { number: row.number, column: here[0] };
  const seen = items.findIndex(({ number }) => number === row.number);
  for (const { row: other } of items.slice(seen + 1)) {
    if (other === null) break;
    const [first] = problemColumns(other);
    if (first !== undefined) return { number: other.number, column: first };
  }
  const behind = await call('GET /imports/{id}/rows', {
    params: { id },
    query: { problems: 'any', from: String(row.number + 1), limit: '20' },
  }).catch(() => null);
  for (const other of behind?.items ?? []) {
    const [first] = problemColumns(other);
    if (first !== undefined) return { number: other.number, column: first };
  }
  return null;
}

/** The field goes away with the focus in it; the cell comes in its place. */
function focusCell(number: number, column: string): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-cell="${number}.${column}"]`)?.focus({ preventScroll: true }),
  );
}

/** Rows whose errors are others than when they were seen last, without having been edited here. */
function useChangedVerdicts(items: readonly GridRow[], isChecked: boolean): ReadonlySet<number> {
  const known = useRef(new Map<number, string>());
  const [changed, setChanged] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    if (!isChecked) return;
    const found = new Set<number>();
    for (const { row } of items) {
      if (row === null) continue;
      const signature = row.errors.map(({ column, code }) => `${column} ${code}`).join();
      const cells = JSON.stringify(row.cells);
      const before = known.current.get(row.number);
      known.current.set(row.number, `${cells}\n${signature}`);
      const isSame = before === undefined || before === `${cells}\n${signature}`;
      if (!isSame && before.startsWith(`${cells}\n`)) found.add(row.number);
    }
    if (found.size > 0) setChanged((old) => new Set([...old, ...found]));
  }, [items, isChecked]);
  return changed;
}
