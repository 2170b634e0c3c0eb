// What other processes cost: CPU and peak memory as Linux's /proc tells them. Null elsewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100;
/** Where utime, stime, cutime and cstime stand behind the name in /proc/<pid>/stat. */
const TIMES = 11;

function statOf(pid: number | string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return [];
  }
}

function seconds(fields: readonly string[], count: number): number {
  return fields.slice(TIMES, TIMES + count).reduce((sum, field) => sum + Number(field), 0) / TICKS;
}

/** CPU seconds of one process, without its children. */
export function cpuOf(pid: number): number | null {
  return existsSync('/proc/self/stat') ? seconds(statOf(pid), 2) : null;
}

/** CPU seconds of PostgreSQL: the postmaster, its living children and those that ended. */
export function postgresCpu(postmaster: number): number | null {
  if (!existsSync('/proc/self/stat')) return null;
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)[1] === String(postmaster));
  return seconds(statOf(postmaster), 4) + children.reduce((sum, pid) => sum + seconds(statOf(pid), 2), 0);
}

/** Most memory that a process had at once, MiB. */
export function peakMiB(pid: number): number | null {
  try {
    const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    return null;
  }
}
