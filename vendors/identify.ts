// Which phone asks: by its User-Agent, the path it asks for, and the maker's part of its MAC. Every clue counts, none
// alone is believed: a User-Agent can be set, a MAC made up. Reads tables only.
import { type Mac, parseMac } from './mac.ts';
import type { VendorId } from './model.ts';
import { VENDORS } from './registry.ts';
import type { Vendor } from './vendor.ts';

export interface PhoneRequest {
  readonly userAgent?: string | null;
  /** Decoded, with or without the leading slash, with or without a query. */
  readonly path?: string | null;
}

export interface Identification {
  readonly vendor: VendorId;
  /** As the phone itself says it. */
  readonly model: string | null;
  readonly version: string | null;
  readonly mac: Mac | null;
  /** The sum of the clues: 60 User-Agent, 25 maker's part of the MAC, 15 path. */
  readonly score: number;
  readonly clues: readonly ('user-agent' | 'oui' | 'path')[];
}

const USER_AGENT = 60;
const OUI = 25;
const PATH = 15;
/** Longer ones are no phone's. */
const LONGEST = 500;

/** The makers that it may be, the likeliest first; empty when nothing speaks for anybody. */
export function identify(request: PhoneRequest): Identification[] {
  const userAgent = (request.userAgent ?? '').slice(0, LONGEST);
  const [path = '', query = ''] = (request.path ?? '').slice(0, LONGEST).replace(/^\/+/, '').split('?', 2);
  const macOfQuery = macIn(/(?:^|&)mac=([^&]*)/i.exec(query)?.[1]);
  const found = VENDORS.map((vendor) => judge(vendor, userAgent, path, macOfQuery)).filter(({ score }) => score > 0);
  return found.sort((a, b) => b.score - a.score);
}

function judge(vendor: Vendor, userAgent: string, path: string, macOfQuery: Mac | null): Identification {
  const { userAgents, paths } = vendor.identity;
  const said = groupsOf(userAgents, userAgent);
  const asked = groupsOf(paths, path);
  const mac = macIn(said?.mac) ?? macOfQuery ?? macIn(asked?.mac) ?? macIn(said?.serial);
  const isMakers = mac !== null && vendor.identity.ouis.includes(mostExact(mac) ?? '');
  const clues: Identification['clues'][number][] = [];
  if (said !== null) clues.push('user-agent');
  if (isMakers) clues.push('oui');
  if (asked !== null) clues.push('path');
  return {
    vendor: vendor.id,
    model: said?.model ?? asked?.model ?? modelByCode(vendor, asked?.code),
    version: said?.version ?? null,
    mac,
    score: (said === null ? 0 : USER_AGENT) + (isMakers ? OUI : 0) + (asked === null ? 0 : PATH),
    clues,
  };
}

function groupsOf(patterns: readonly RegExp[], text: string): Readonly<Record<string, string | undefined>> | null {
  if (text === '') return null;
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return match.groups ?? {};
  }
  return null;
}

function macIn(text: string | undefined): Mac | null {
  if (text === undefined || text === '') return null;
  const parsed = parseMac(text);
  return parsed.ok ? parsed.mac : null;
}

/** Some makers share a prefix and divide what is behind it: the longest that fits counts. */
function mostExact(mac: Mac): string | null {
  let best: string | null = null;
  for (const { identity } of VENDORS) {
    for (const oui of identity.ouis) {
      if (mac.startsWith(oui) && oui.length > (best?.length ?? 0)) best = oui;
    }
  }
  return best;
}

function modelByCode(vendor: Vendor, code: string | undefined): string | null {
  if (code === undefined) return null;
  const wanted = code.toLowerCase();
  return vendor.models.find((model) => model.code?.toLowerCase() === wanted)?.id ?? null;
}
