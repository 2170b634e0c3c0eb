// MAC addresses, real and pseudo: one spelling inside, any spelling at the door. Knows no phone and no vendor's OUI.

declare const macBrand: unique symbol;

/** 12 lower-case hex digits, not all zero, not all f, not multicast. */
export type Mac = string & { readonly [macBrand]: true };

type MacCode = 'MAC_EMPTY' | 'MAC_INVALID' | 'MAC_MULTICAST';
export type MacResult =
  | { readonly ok: true; readonly mac: Mac }
  | { readonly ok: false; readonly code: MacCode; readonly message: string };

export type MacStyle = 'plain' | 'colon' | 'upper';

/** The separators that people and Excel put between digits: colon, hyphen, dot, blank, underscore, and typographic dashes. */
const SEPARATORS = /[\s:._\-\u00ad\u2010-\u2015]/g;
/** Text that can be a MAC in some spelling; longer than any spelling is not worth looking at. */
const LONGEST = 40;

/** Reads a MAC in any usual spelling. On failure: a code and what to do. */
export function parseMac(text: string): MacResult {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, code: 'MAC_EMPTY', message: 'There is no MAC address.' };
  const digits = trimmed.length > LONGEST ? '' : trimmed.replace(SEPARATORS, '').toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(digits)) {
    return {
      ok: false,
      code: 'MAC_INVALID',
      message: `"${trimmed.slice(0, LONGEST)}" is not a MAC address: give 12 hexadecimal digits, as in 00:00:5e:00:53:01.`,
    };
  }
  if (digits === '000000000000' || digits === 'ffffffffffff') {
    return { ok: false, code: 'MAC_INVALID', message: `${digits} is a placeholder: give the MAC of a device.` };
  }
  if ((Number.parseInt(digits.slice(0, 2), 16) & 1) === 1) {
    return {
      ok: false,
      code: 'MAC_MULTICAST',
      message: `${digits} is a multicast address and no device has it: look for a mistyped second digit.`,
    };
  }
  return { ok: true, mac: digits as Mac };
}

/** `plain` 00005e005301, `colon` 00:00:5e:00:53:01, `upper` 00005E005301. */
export function formatMac(mac: Mac, style: MacStyle): string {
  switch (style) {
    case 'plain':
      return mac;
    case 'upper':
      return mac.toUpperCase();
    case 'colon':
      return mac.replace(/..(?!$)/g, '$&:');
  }
}

/** True for pseudo-MACs and for others that no manufacturer registered. */
export function isLocallyAdministered(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) === 2;
}

/** The MAC in the name of a phone's file (`00005e005301.cfg`, `cfg00005E005301.xml`, `snomD785-00005E005301.htm`). */
export function findMacInName(fileName: string): Mac | null {
  // Other hex digits before or behind make it a longer number; Cisco's `spa` ends in one.
  const digits = /(?:^|spa|[^0-9a-f])([0-9a-f]{12})(?![0-9a-f])/i.exec(fileName)?.[1];
  if (digits === undefined) return null;
  const parsed = parseMac(digits);
  return parsed.ok ? parsed.mac : null;
}
