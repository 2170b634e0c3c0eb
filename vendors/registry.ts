// The vendors we know. Two tests walk them all: a new one needs a line here and fixtures.
import type { VendorId } from './model.ts';
import { panasonic } from './panasonic.ts';
import { polycom } from './polycom.ts';
import { snom } from './snom.ts';
import type { ModelFamily, Vendor } from './vendor.ts';
import { vtech } from './vtech.ts';
import { yealink } from './yealink.ts';

export const VENDORS: readonly Vendor[] = [yealink, polycom, snom, panasonic, vtech];

export function vendorById(id: VendorId): Vendor {
  const vendor = VENDORS.find((candidate) => candidate.id === id);
  if (vendor === undefined) throw new Error(`vendor ${id} is missing in the registry`);
  return vendor;
}

/** The family that a model's name belongs to, in any of its spellings, without regard to case. */
export function findModel(vendor: Vendor, name: string): ModelFamily | null {
  const wanted = name.toLowerCase();
  const found = vendor.models.find(({ id, names = [] }) =>
    [id, ...names].some((spelling) => spelling.toLowerCase() === wanted),
  );
  return found ?? null;
}
