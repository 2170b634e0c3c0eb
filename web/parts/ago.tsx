// A moment as "3 min ago", exactly on hover and focus. All of them tick together, twice a minute.
import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { commonWords } from '../words/common.ts';
import { sayAgo, sayExactly } from '../words/times.ts';

let now = Date.now();
const waiting = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(tell: () => void): () => void {
  waiting.add(tell);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of waiting) each();
  }, 30_000);
  return () => {
    waiting.delete(tell);
    if (waiting.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

export function Ago({ time, never = commonWords.never }: { readonly time: string | null; readonly never?: string }) {
  useSyncExternalStore(subscribe, () => now);
  if (time === null) return <span>{never}</span>;
  return (
    <Tooltip label={sayExactly(time)}>
      <time dateTime={time}>{sayAgo(time)}</time>
    </Tooltip>
  );
}
