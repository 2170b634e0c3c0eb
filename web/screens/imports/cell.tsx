// A cell of the grid: what it says, what is wrong with it, and the field that mends it.
import { Autocomplete, Badge, Group, Text, TextInput, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight, IconCircleX } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';
import { importWords } from '../../words/imports.ts';
import classes from './cell.module.css';
import type { ColumnName } from './columns.ts';
import type { ImportRow } from './rows.ts';

const words = importWords.row;

export interface CellAt {
  readonly number: number;
  readonly column: ColumnName;
}

interface CellProps {
  readonly row: ImportRow;
  readonly column: ColumnName;
  readonly isSecret: boolean;
  readonly choices: readonly string[] | undefined;
  readonly isEditing: boolean;
  readonly isSaving: boolean;
  /** Null: it may not be edited. */
  readonly onEdit: (() => void) | null;
  readonly onLeave: () => void;
  readonly onSave: (value: string, then: 'stay' | 'next') => void;
}

export function Cell(props: CellProps) {
  return props.isEditing ? <CellField {...props} /> : <CellText {...props} />;
}

function CellText({ row, column, isSecret, onEdit }: CellProps) {
  const errors = row.errors.filter((problem) => problem.column === column);
  const warnings = row.warnings.filter((problem) => problem.column === column);
  const problems = [...errors, ...warnings];
  const text = row.cells[column] ?? '';
  const why = problems.map(({ message, fix }) => `${message} ${fix}`).join(' ');
  const Icon = errors.length > 0 ? IconCircleX : IconAlertTriangle;
  const button = (
    <UnstyledButton
      className={classes.cell}
      data-cell={`${row.number}.${column}`}
      data-severity={errors.length > 0 ? 'error' : warnings.length > 0 ? 'warning' : undefined}
      // By Tab one comes to what is wrong; the arrows reach the others.
      tabIndex={problems.length > 0 ? 0 : -1}
      aria-disabled={onEdit === null}
      onClick={() => onEdit?.()}
      onKeyDown={moveByArrows}
    >
      {problems.length > 0 && <Icon size={16} className={classes.icon} aria-hidden />}
      <VisuallyHidden>
        {words.cell(importWords.columns.names[column], row.number, text === '' && !isSecret)}
      </VisuallyHidden>
      <Said row={row} column={column} text={text} isSecret={isSecret} />
      {why !== '' && <VisuallyHidden>{`: ${why}`}</VisuallyHidden>}
    </UnstyledButton>
  );
  return why === '' ? button : <Tooltip label={why}>{button}</Tooltip>;
}

function Said({
  row,
  column,
  text,
  isSecret,
}: {
  readonly row: ImportRow;
  readonly column: ColumnName;
  readonly text: string;
  readonly isSecret: boolean;
}) {
  const change = row.changes.find(({ field }) => field === column);
  if (isSecret || change?.secret) {
    return (
      <Text span size="sm" c="dimmed">
        {words.hidden}
      </Text>
    );
  }
  if (change) {
    return (
      <Group gap={4} wrap="nowrap" component="span">
        <Text span size="sm" c="dimmed" td="line-through">
          {change.before ?? words.empty}
        </Text>
        <IconArrowRight size={14} aria-hidden />
        <Text span size="sm" fw={600}>
          {change.after ?? words.empty}
        </Text>
      </Group>
    );
  }
  if (column === 'mac_address' && row.mac !== null) {
    return (
      <>
        <span className="mono">{row.mac}</span>
        {row.macAssigned && <Chip text={words.assigned} />}
      </>
    );
  }
  if (column === 'mac_address' && /^auto[\s_-]*assign$/i.test(text)) {
    return (
      <>
        <span className="mono">{text}</span>
        {row.outcome === null && row.errors.length === 0 && <Chip text={words.willBeMade} />}
      </>
    );
  }
  return (
    <span className={column === 'mac_address' ? `mono ${classes.text}` : classes.text} title={text}>
      {text}
    </span>
  );
}

function Chip({ text }: { readonly text: string }) {
  return (
    <Badge variant="default" size="sm" radius="sm" tt="none" fw={500}>
      {text}
    </Badge>
  );
}

function CellField({ row, column, isSecret, choices, isSaving, onLeave, onSave }: CellProps) {
  const [value, setValue] = useState(row.cells[column] ?? '');
  const field = {
    size: 'xs',
    autoFocus: true,
    value,
    disabled: isSaving,
    'aria-label': words.edit(importWords.columns.names[column], row.number),
    onFocus: (event: { currentTarget: HTMLInputElement }) => event.currentTarget.select(),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') onLeave();
      else if (event.key === 'Enter') onSave(value, 'stay');
      else if (event.key === 'Tab' && !event.shiftKey) onSave(value, 'next');
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    ...(isSecret && { placeholder: words.secretEdit }),
  } as const;
  if (choices) {
    return (
      <Autocomplete
        {...field}
        data={[...choices]}
        onChange={setValue}
        onOptionSubmit={(chosen) => onSave(chosen, 'stay')}
        comboboxProps={{ withinPortal: true, width: 220, position: 'bottom-start' }}
      />
    );
  }
  return <TextInput {...field} onChange={(event) => setValue(event.currentTarget.value)} />;
}

function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  const cells = [...(event.currentTarget.closest('[role=row]')?.querySelectorAll<HTMLElement>('[data-cell]') ?? [])];
  const next = cells[cells.indexOf(event.currentTarget) + (event.key === 'ArrowRight' ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
