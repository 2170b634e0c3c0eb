// provender vendors: whose files this version reads, and which field of them holds the number by default.
import { VENDORS } from '../../vendors/registry.ts';
import { type ExitCode, flag, type Given, type Io } from './command.ts';
import { textTable } from './text-table.ts';

export async function vendors(given: Given, io: Io): Promise<ExitCode> {
  const all = VENDORS.map(({ id, name, formats, didFields }) => ({
    id,
    name,
    formats: formats.map((format) => format.id),
    didField: didFields[0],
  }));
  const text = flag(given, 'json')
    ? JSON.stringify(all, null, 2)
    : textTable([
        ['vendor', 'name', 'formats', 'DID field by default'],
        ...all.map((vendor) => [vendor.id, vendor.name, vendor.formats.join(', '), vendor.didField]),
      ]).join('\n');
  io.stdout.write(`${text}\n`);
  return 0;
}
