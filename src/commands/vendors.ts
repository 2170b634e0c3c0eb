// provender vendors: whose files this version reads and writes, and which field of them holds the number by default.
import { VENDORS } from '../../vendors/registry.ts';
import { unwritten } from '../../vendors/unwritten.ts';
import type { Format, Vendor } from '../../vendors/vendor.ts';
import { WARNINGS } from '../../vendors/warning-text.ts';
import { type ExitCode, flag, type Given, type Io } from './command.ts';
import { textTable } from './text-table.ts';

interface VendorRow {
  readonly id: string;
  readonly name: string;
  readonly formats: readonly string[];
  /** The formats of those that can be written too. */
  readonly writes: readonly string[];
  readonly models: number;
  readonly didField: string;
}

function writableOf({ formats }: Vendor): Format[] {
  return formats.filter(({ writer }) => writer !== null);
}

function rowOf(vendor: Vendor): VendorRow {
  const { id, name, formats, models, didFields } = vendor;
  return {
    id,
    name,
    formats: formats.map((format) => format.id),
    writes: writableOf(vendor).map((format) => format.id),
    models: models.length,
    didField: didFields[0],
  };
}

const HEAD = ['vendor', 'name', 'reads', 'writes', 'models', 'DID field by default'] as const;

function cells({ id, name, formats, writes, models, didField }: VendorRow): string[] {
  return [id, name, formats.join(', '), writes.join(', '), models === 0 ? '' : String(models), didField];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const NOT_WRITTEN = `## What is not written

A setting that a format has no place for is left out and named, with the warning \`not-written:<setting>\`. For the settings in
the second column no public source that we know of names a key: the maker may have one. The third says why there can be none.`;

const ABOUT_WARNINGS = `## Warnings

Codes of what was odd in a file that was read, or could not be said in one that was written. Behind a colon stands the key, the
setting, the number of the line or the name of the file.`;

/** The whole of docs/vendors.md from its table on. */
function markdown(all: readonly Vendor[]): string {
  const vendorRows = all.map((vendor) => {
    const [id = '', name = '', reads = '', writes = '', models = '', didField = ''] = cells(rowOf(vendor));
    return [`\`${id}\``, name, reads, writes, models, `\`${didField}\``];
  });
  const gaps = all.flatMap(writableOf).map((format) => {
    const { unknown, reasons } = unwritten(format);
    const said = new Map<string, string[]>();
    for (const [field, reason] of reasons) said.set(reason, [...(said.get(reason) ?? []), field]);
    const why = Array.from(said, ([reason, fields]) => `${fields.join(', ')}: ${reason}`);
    return [`\`${format.id}\``, unknown.join(', '), why.join('; ')];
  });
  const warnings = Object.entries(WARNINGS).map(([code, text]) => [`\`${code}\``, text]);
  return [
    table(HEAD, vendorRows),
    NOT_WRITTEN,
    table(['format', 'no source names a key for', 'there is none for'], gaps),
    ABOUT_WARNINGS,
    table(['warning', 'what it means'], warnings),
  ].join('\n\n');
}

export async function vendors(given: Given, io: Io): Promise<ExitCode> {
  const all = VENDORS.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const rows = all.map(rowOf);
  const asText = () => textTable([[...HEAD], ...rows.map(cells)]).join('\n');
  const asTable = () => (flag(given, 'markdown') ? markdown(all) : asText());
  io.stdout.write(`${flag(given, 'json') ? JSON.stringify(rows, null, 2) : asTable()}\n`);
  return 0;
}
