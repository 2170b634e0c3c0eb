// Entries as CSV, as all CSV that we write: a cell that a spreadsheet would take for a formula gets a leading '. Pure.
import type { Entry } from '../../live/feed.ts';

const COLUMNS = [
  ['at', ({ at }) => at],
  ['outcome', ({ outcome }) => outcome],
  ['code', ({ code }) => code],
  ['verb', ({ verb }) => verb],
  ['sentence', ({ sentence }) => sentence],
  ['next_action', ({ nextAction }) => nextAction],
  ['pbx', ({ pbxName }) => pbxName],
  ['user', ({ userName }) => userName],
  ['actor', ({ actor }) => actor],
  ['id', ({ id }) => id],
  ['tenant_id', ({ tenantId }) => tenantId],
  ['pbx_id', ({ pbxId }) => pbxId],
  ['user_id', ({ userId }) => userId],
  ['import_id', ({ importId }) => importId],
] as const satisfies readonly (readonly [string, (entry: Entry) => string | null])[];

export function toCsv(entries: readonly Entry[]): string {
  const rows = [COLUMNS.map(([name]) => name), ...entries.map((entry) => COLUMNS.map(([, read]) => cell(read(entry))))];
  return `${rows.map((row) => row.join(',')).join('\r\n')}\r\n`;
}

function cell(value: string | null): string {
  const text = value ?? '';
  const harmless = /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
