// From lines and settings to a vendor's files: the way back of read.ts.
import type { Mac } from './mac.ts';
import type { VendorId } from './model.ts';
import { findModel, vendorById } from './registry.ts';
import { type ToWrite, writeEntries } from './translate.ts';
import type { Format, Writer, WrittenFile } from './vendor.ts';

export interface WriteOptions {
  /** Without it the names of the files hold `{mac}`. */
  readonly mac?: Mac;
  /** As `--model` names it; null or absent: any. */
  readonly model?: string | null;
  /** One of the vendor's formats that can be written; absent: its first. */
  readonly format?: string;
  /** Counts up with each change; without it the version of a file says what is in it. */
  readonly revision?: number;
}

export type WriteResult =
  | {
      readonly ok: true;
      /** The phone's own file first. */
      readonly files: readonly [WrittenFile, ...WrittenFile[]];
      /** What the format has no place for. */
      readonly warnings: string[];
    }
  | { readonly ok: false; readonly message: string };

type WritableFormat = Format & { readonly writer: Writer };

/**
 * Writes a configuration. What the format cannot carry is refused with `cannot write <field> as <vendor>: <reason>`;
 * reading the files gives the same lines and settings, except for what the warnings name.
 */
export function writeConfig(vendorId: VendorId, config: ToWrite, options: WriteOptions = {}): WriteResult {
  const vendor = vendorById(vendorId);
  const refuse = (field: string, reason: string): WriteResult => ({
    ok: false,
    message: `cannot write ${field} as ${vendorId}: ${reason}`,
  });
  const writable = vendor.formats.filter((format): format is WritableFormat => format.writer !== null);
  const format = options.format === undefined ? writable[0] : writable.find(({ id }) => id === options.format);
  if (format === undefined) {
    return writable.length === 0
      ? refuse('anything', `files of ${vendor.name} are read, not written yet`)
      : refuse('format', `there is no ${options.format} to write; there is ${writable.map(({ id }) => id).join(', ')}`);
  }
  const model = options.model ? findModel(vendor, options.model) : null;
  if (options.model && model === null) {
    const known = vendor.models.map(({ id }) => id).join(', ');
    return refuse('model', `${options.model} is not known; known ones: ${known === '' ? 'none' : known}`);
  }
  const result = writeEntries(vendor, format, config, model);
  if (!result.ok) return result;
  const files = format.writer.print(result.entries, { mac: options.mac ?? null, model, revision: options.revision });
  return { ok: true, files, warnings: result.warnings };
}
