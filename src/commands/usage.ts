// The usage texts, made from the table of commands.
import type { Command } from './command.ts';
import { COMMANDS } from './list.ts';

export function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    'Provender harvests SIP credentials from the provisioning servers of PBXs.',
    '',
    'Usage: provender COMMAND [options]',
    '',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'To see it work: provender start --demo',
    'provender COMMAND --help tells more. provender --version tells which version this is.',
    'Exit codes: 0 all well, 1 something failed (one line each on stderr), 2 wrong usage.',
    '',
  ].join('\n');
}

export function usageOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, spec]) => ({
    left: `--${name}${spec.value === undefined ? '' : ` ${spec.value}`}`,
    text: spec.text,
  }));
  const width = Math.max(...options.map((option) => option.left.length));
  const summary = `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`;
  return [
    `Usage: provender ${command.name} ${command.synopsis}`.trimEnd(),
    '',
    summary,
    ...(command.notes ?? []),
    '',
    ...options.map((option) => `  ${option.left.padEnd(width)}  ${option.text}`),
    '',
  ].join('\n');
}
