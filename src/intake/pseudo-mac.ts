// Makes pseudo-MACs (ConnecttoTeams: UUID). Knows no database: who uses one sees to it that nobody else has it.
import { randomBytes } from 'node:crypto';
import type { Mac } from '../../vendors/mac.ts';

/** Six lower-case hex digits, first octet even (unicast). */
export type Oui = string;

/**
 * A random MAC: locally administered and unicast (the second hex digit is 2, 6, a or e), or below the vendor's OUI
 * when a PBX takes only MACs of phones that it knows.
 */
export function makePseudoMac(oui: Oui | null = null): Mac {
  const bytes = randomBytes(6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  const text = bytes.toString('hex');
  return (oui === null ? text : oui + text.slice(6)) as Mac;
}

export type OuiResult = { readonly ok: true; readonly oui: Oui } | { readonly ok: false; readonly message: string };

/** Reads an OUI in any spelling (`00:15:65`, `001565`). */
export function parseOui(text: string): OuiResult {
  const hex = text.replace(/[\s:.-]+/g, '').toLowerCase();
  if (!/^[0-9a-f]{6}$/.test(hex)) return { ok: false, message: 'An OUI is six hex digits, such as 001565.' };
  if ((Number.parseInt(hex.slice(0, 2), 16) & 1) === 1) {
    return { ok: false, message: `The OUI ${hex} is for groups (multicast): its first octet is odd.` };
  }
  return { ok: true, oui: hex };
}
