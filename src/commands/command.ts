// What a command of the command line is: its words for people, its options, and a function that runs it.
import type { Readable, Writable } from 'node:stream';

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** How the value is named in the usage text, such as `FILE`. */
  readonly value?: string;
  readonly text: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What the command line gave. Options that were not given are absent. */
export interface Given {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** 0 all well, 1 something failed (and was said on stderr), 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

export type RunCommand = (given: Given, io: Io) => Promise<ExitCode>;

export interface Command {
  readonly name: string;
  /** What stands after the name in the usage line. */
  readonly synopsis: string;
  readonly summary: string;
  /** Further sentences for `provender NAME --help`, one per entry. */
  readonly notes?: readonly string[];
  readonly options: OptionSpecs;
  /** How many arguments beside options it takes. */
  readonly positionals: 'none' | 'some';
  /** Loaded only when asked for: `parse` shall answer at once, without waking the database drivers. */
  readonly load: () => Promise<RunCommand>;
}

/** The user asked for something that cannot be; main prints the sentence with a hint at --help and exits with 2. */
export class UsageError extends Error {}

/** Something that we expect went wrong; main prints the one sentence and exits with 1. */
export class CommandFailure extends Error {}

export function textOption(given: Given, name: string): string | undefined {
  const value = given.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(given: Given, name: string): boolean {
  return given.options[name] === true;
}

/** A whole number within limits, or a usage error that names the option. */
export function numberOption(given: Given, name: string, limits: { min: number; max: number }): number | undefined {
  const text = textOption(given, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < limits.min || value > limits.max) {
    throw new UsageError(`--${name} must be a whole number from ${limits.min} to ${limits.max}, not "${text}".`);
  }
  return value;
}
