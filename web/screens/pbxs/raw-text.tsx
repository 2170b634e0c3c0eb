// A long text by lines: only those in sight are in the page. With search, and one line that is marked.
import { ActionIcon, Group, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { pbxWords } from '../../words/pbxs.ts';
import classes from './raw-text.module.css';

const words = pbxWords.test;
const LINE_HEIGHT = 20;

interface RawTextProps {
  readonly text: string;
  /** From 1. */
  readonly marked: number | null;
  readonly markedWhy: string | null;
}

export function RawText({ text, marked, markedWhy }: RawTextProps) {
  const lines = useMemo(() => text.split('\n'), [text]);
  const region = useRef<HTMLDivElement>(null);
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(() => findLines(lines, search), [lines, search]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => region.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  useEffect(() => {
    if (marked !== null) virtual.scrollToIndex(marked - 1, { align: 'center' });
  }, [marked, virtual]);
  function goTo(index: number): void {
    if (found.length === 0) return;
    const next = (index + found.length) % found.length;
    setAt(next);
    virtual.scrollToIndex(found[next] ?? 0, { align: 'center' });
  }
  function onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    goTo(event.shiftKey ? at - 1 : at + 1);
  }
  const current = found[at];
  return (
    <div>
      <Group gap={6} mb={6} wrap="nowrap">
        <TextInput
          size="xs"
          aria-label={words.search}
          placeholder={words.search}
          value={search}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            setSearch(typed);
            setAt(0);
            const [first] = findLines(lines, typed);
            if (first !== undefined) virtual.scrollToIndex(first, { align: 'center' });
          }}
          onKeyDown={onKey}
          flex={1}
        />
        <Text size="xs" role="status" miw={64}>
          {search === '' ? '' : words.found(at + 1, found.length)}
        </Text>
        <ActionIcon
          variant="default"
          size="md"
          aria-label={words.previous}
          disabled={found.length === 0}
          onClick={() => goTo(at - 1)}
        >
          <IconChevronUp size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          size="md"
          aria-label={words.next}
          disabled={found.length === 0}
          onClick={() => goTo(at + 1)}
        >
          <IconChevronDown size={16} />
        </ActionIcon>
      </Group>
      {markedWhy !== null && (
        <Text size="xs" mb={4}>
          {markedWhy}
        </Text>
      )}
      <section
        ref={region}
        className={classes.region}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard.
        tabIndex={0}
        aria-label={words.raw}
      >
        <div className={classes.lines} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => (
            <div
              key={index}
              className={classes.line}
              data-marked={index + 1 === marked || undefined}
              data-found={index === current || undefined}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span className={classes.number} aria-hidden>
                {index + 1}
              </span>
              <span className={classes.text}>{lines[index]}</span>
            </div>
          ))}
        </div>
      </section>
    </div>
  );
}

function findLines(lines: readonly string[], search: string): number[] {
  const wanted = search.toLowerCase();
  if (wanted === '') return [];
  return lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []));
}
