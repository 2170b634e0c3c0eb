// What a figure of the bench is: our work against the bare limit, measured in the same run on the same machine.

export interface Figure {
  readonly name: string;
  readonly ratio: number;
  readonly aim: number;
  /** Whether the aim is a floor (a share of the bare limit's speed) or a ceiling (growth, memory). */
  readonly better: 'higher' | 'lower';
  /** What the ratio was made of, for people. */
  readonly detail: string;
}

/** The speed that we reach of the bare limit's: 1 is the limit itself, 0.5 costs twice as much. */
export function shareOf(bare: number, ours: number): number {
  return bare / ours;
}

export function isMet({ ratio, aim, better }: Figure): boolean {
  return better === 'higher' ? ratio >= aim : ratio <= aim;
}

export function lineOf(figure: Figure): string {
  const { name, ratio, aim, detail } = figure;
  return `${name} ratio=${ratio.toFixed(2)} aim=${aim} ${isMet(figure) ? 'ok' : 'MISSED'}  (${detail})`;
}

/** CPU time that this process has used, seconds of user and system together. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
