// The vendors we know. One test walks them all: a new one needs a line here and fixtures.
import type { VendorId } from './model.ts';
import type { Vendor } from './vendor.ts';
import { yealink } from './yealink.ts';

export const VENDORS: readonly Vendor[] = [yealink];

export function vendorById(id: VendorId): Vendor {
  const vendor = VENDORS.find((candidate) => candidate.id === id);
  if (vendor === undefined) throw new Error(`vendor ${id} is missing in the registry`);
  return vendor;
}
