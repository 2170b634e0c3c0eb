// From lines and settings to the text of a vendor's file: the way back of read.ts. Decides nothing about file names.
import type { VendorId } from './model.ts';
import { vendorById } from './registry.ts';
import { type ToWrite, writeLines } from './translate.ts';

export type WriteResult =
  | { readonly ok: true; readonly text: string /** What the format has no place for. */; readonly warnings: string[] }
  | { readonly ok: false; readonly message: string };

/**
 * Writes a configuration. What the format cannot carry is refused with `cannot write <field> as <vendor>: <reason>`;
 * reading the text gives the same lines and settings, except for what the warnings name.
 */
export function writeConfig(vendorId: VendorId, config: ToWrite): WriteResult {
  const vendor = vendorById(vendorId);
  const result = writeLines(vendor, config);
  if (!result.ok) return result;
  return { ok: true, text: vendor.writer.print(result.entries), warnings: result.warnings };
}
