// What a figure of the bench is: our work against the bare limit, measured in the same run on the same machine.

export interface Figure {
  readonly name: string;
  /** Ours divided by the bare limit's: 1 is the limit itself. */
  readonly ratio: number;
  /** The ratio that we mean to stay at or below. */
  readonly aim: number;
  /** What the ratio was made of, for people. */
  readonly detail: string;
}

export function lineOf({ name, ratio, aim, detail }: Figure): string {
  return `${name} ratio=${ratio.toFixed(2)} aim=${aim} ${ratio <= aim ? 'ok' : 'MISSED'}  (${detail})`;
}

/** CPU time that this process has used, seconds of user and system together. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
