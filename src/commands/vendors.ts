// provender vendors: whose files this version reads and writes, and which field of them holds the number by default.
import { VENDORS } from '../../vendors/registry.ts';
import type { Vendor } from '../../vendors/vendor.ts';
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

function rowOf({ id, name, formats, models, didFields }: Vendor): VendorRow {
  return {
    id,
    name,
    formats: formats.map((format) => format.id),
    writes: formats.filter(({ writer }) => writer !== null).map((format) => format.id),
    models: models.length,
    didField: didFields[0],
  };
}

const HEAD = ['vendor', 'name', 'reads', 'writes', 'models', 'DID field by default'] as const;

function cells({ id, name, formats, writes, models, didField }: VendorRow): string[] {
  return [id, name, formats.join(', '), writes.join(', '), models === 0 ? '' : String(models), didField];
}

function markdown(rows: readonly VendorRow[]): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const table = rows.map((row) => {
    const [id = '', name = '', reads = '', writes = '', models = '', didField = ''] = cells(row);
    return line([`\`${id}\``, name, reads, writes, models, `\`${didField}\``]);
  });
  return [line(HEAD), line(HEAD.map(() => '---')), ...table].join('\n');
}

export async function vendors(given: Given, io: Io): Promise<ExitCode> {
  const rows = VENDORS.map(rowOf).sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const asText = () => textTable([[...HEAD], ...rows.map(cells)]).join('\n');
  const asTable = () => (flag(given, 'markdown') ? markdown(rows) : asText());
  io.stdout.write(`${flag(given, 'json') ? JSON.stringify(rows, null, 2) : asTable()}\n`);
  return 0;
}
