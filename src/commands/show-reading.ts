// What we read from a phone's configuration, for a terminal and as JSON. Passwords are dots unless asked for.
import { maskLine } from '../../vendors/mask.ts';
import type { Line } from '../../vendors/model.ts';
import type { Reading } from '../../vendors/read.ts';
import { explained } from '../../vendors/warning-text.ts';
import { textTable, visible } from './text-table.ts';

/** The members of `provender parse --json` and `fetch --json` that say what was read: a public contract. */
export interface ReadingJson {
  readonly vendor: string;
  readonly format: string;
  readonly lines: readonly Line[];
  readonly fields: Readonly<Record<string, string>>;
  readonly includes: readonly string[];
  readonly warnings: readonly string[];
}

export function readingJson(reading: Reading, showSecrets: boolean): ReadingJson {
  return {
    vendor: reading.vendor,
    format: reading.format,
    lines: showSecrets ? reading.lines : reading.lines.map(maskLine),
    fields: reading.fields,
    includes: reading.includes,
    warnings: reading.warnings,
  };
}

function address(place: { host: string | null; port: number | null; transport?: string | null } | null): string {
  if (place === null || place.host === null) return '';
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  const port = place.port === null ? '' : `:${place.port}`;
  const transport = place.transport === null || place.transport === undefined ? '' : ` ${place.transport}`;
  return visible(`${host}${port}${transport}`);
}

function enabledWord(enabled: boolean | null): string {
  if (enabled === null) return 'not set';
  return enabled ? 'on' : 'off';
}

/** A heading and a table of the lines; a few more lines of text where there is more to say. */
export function readingText(
  heading: string,
  reading: Omit<Reading, 'field' | 'fields' | 'phone' | 'keyOf' | 'secrets'>,
  showSecrets: boolean,
): string[] {
  const shown = showSecrets ? reading.lines : reading.lines.map(maskLine);
  const text = (value: string | null) => visible(value ?? '');
  const columns: readonly (readonly [string, (line: Line) => string])[] = [
    ['line', (line) => String(line.line)],
    ['state', (line) => enabledWord(line.enabled)],
    ['user', (line) => text(line.userName)],
    ['auth', (line) => text(line.authName)],
    ['password', (line) => text(line.password)],
    ['server', (line) => address(line.registrar)],
    ['label', (line) => text(line.label)],
    ['name', (line) => text(line.displayName)],
    ['proxy', (line) => address(line.outboundProxy)],
    ['backup', (line) => address(line.backup)],
    ['expires', (line) => (line.expiresSeconds === null ? '' : `${line.expiresSeconds} s`)],
  ];
  // A column that no line fills only makes the table wider than the terminal.
  const filled = columns.filter(([, cell]) => shown.some((line) => cell(line) !== ''));
  return [
    `${visible(heading)}: ${reading.vendor} (${reading.format})`,
    ...(shown.length === 0
      ? ['  no lines']
      : textTable([filled.map(([name]) => name), ...shown.map((line) => filled.map(([, cell]) => cell(line)))], '  ')),
    ...reading.includes.map((include) => `  includes ${visible(include)}`),
    ...reading.warnings.map((warning) => `  warning: ${visible(explained(warning))}`),
  ];
}
