// Moments in words: how long ago or how soon, and exactly, in the zone of whoever looks.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 min. ago`, `in 2 hr.`, `< 1 min. ago`, `just now` */
export function sayAgo(time: string | Date, now = Date.now()): string {
  const seconds = Math.round((new Date(time).getTime() - now) / 1000);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  if (seconds > 5) return relative.format(seconds, 'second');
  return seconds < -20 ? '< 1 min. ago' : 'just now';
}

/** With the zone's offset from UTC: `1 Mar 2026, 10:30:00 (UTC+1)` */
export function sayExactly(time: string | Date): string {
  const date = new Date(time);
  const minutes = -date.getTimezoneOffset();
  const zone = minutes === 0 ? 'UTC' : `UTC${minutes > 0 ? '+' : '-'}${Math.abs(minutes) / 60}`;
  return `${exact.format(date)} (${zone})`;
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** `at 14:03:20` within a day, else `on 1 Mar 2026, 14:03` */
export function sayTime(time: string | Date, now = Date.now()): string {
  const date = new Date(time);
  return Math.abs(date.getTime() - now) < 86_400_000 ? `at ${clock.format(date)}` : `on ${dayAndClock.format(date)}`;
}

/** `10:30:05` */
export function sayClock(time: string | Date): string {
  return clock.format(new Date(time));
}

/** `3 s`, `4 min`, `2 h`, `3 days` */
export function sayDuration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
