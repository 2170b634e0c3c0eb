// The vendors we know. Two tests walk them all: a new one needs a line here and fixtures.

import { twoN } from './2n.ts';
import { acrobits } from './acrobits.ts';
import { akuvox } from './akuvox.ts';
import { alcatel } from './alcatel.ts';
import { ale } from './ale.ts';
import { algo } from './algo.ts';
import { atcom } from './atcom.ts';
import { audiocodes } from './audiocodes.ts';
import { avaya } from './avaya.ts';
import { ciscoSep } from './cisco-sep.ts';
import { ciscoSpa } from './cisco-spa.ts';
import { digium } from './digium.ts';
import { escene } from './escene.ts';
import { fanvil } from './fanvil/fanvil.ts';
import { flyingvoice } from './flyingvoice.ts';
import { gigaset } from './gigaset.ts';
import { grandstream } from './grandstream/grandstream.ts';
import { htek } from './htek.ts';
import { jitsi } from './jitsi.ts';
import { linphone } from './linphone.ts';
import { mitel } from './mitel.ts';
import type { VendorId } from './model.ts';
import { obihai } from './obihai.ts';
import { panasonic } from './panasonic.ts';
import { patton } from './patton.ts';
import { polycom } from './polycom.ts';
import { sipnetic } from './sipnetic.ts';
import { snom } from './snom.ts';
import { swissvoice } from './swissvoice.ts';
import { technicolor } from './technicolor.ts';
import type { ModelFamily, Vendor } from './vendor.ts';
import { vtech } from './vtech.ts';
import { yealink } from './yealink.ts';
import { yeastar } from './yeastar.ts';
import { zenitel } from './zenitel.ts';
import { zoiper } from './zoiper.ts';

export const VENDORS: readonly Vendor[] = [
  yealink,
  polycom,
  ciscoSep,
  ciscoSpa,
  snom,
  panasonic,
  vtech,
  akuvox,
  alcatel,
  ale,
  algo,
  atcom,
  audiocodes,
  avaya,
  digium,
  escene,
  fanvil,
  flyingvoice,
  grandstream,
  htek,
  jitsi,
  mitel,
  obihai,
  patton,
  swissvoice,
  technicolor,
  twoN,
  yeastar,
  zenitel,
  gigaset,
  linphone,
  acrobits,
  zoiper,
  sipnetic,
];

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
