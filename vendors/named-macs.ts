// The MACs that a file names as its device's: in its first comments, in a mac key, in file names that it includes.
import { type Mac, parseMac } from './mac.ts';
import type { EffectiveValues } from './vendor.ts';

/** How many lines at the start of a file are looked at for a comment with a MAC. */
const COMMENT_LINES = 10;
const LONGEST_COMMENT = 1000;

/**
 * 12 hex digits, with one separator or none. Not inside a longer run of hex (hashes), not the last group of a UUID, not
 * behind `y` (y000000000046.cfg is a Yealink model file).
 */
const MAC_TEXT =
  /(?<![0-9a-fy]|[0-9a-f]{4}[-:.])(?:mac[ :=_-]*)?(?:[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![0-9a-f]|[:-][0-9a-f]{2})/gi;

function macsIn(text: string, digitsCount: boolean): Mac[] {
  const macs: Mac[] = [];
  const searched = text.slice(0, LONGEST_COMMENT);
  MAC_TEXT.lastIndex = 0;
  for (let found = MAC_TEXT.exec(searched); found !== null; found = MAC_TEXT.exec(searched)) {
    const [spelled] = found;
    const isMarked = /^mac/i.test(spelled);
    const bare = isMarked ? spelled.replace(/^mac[ :=_-]*/i, '') : spelled;
    // 12 decimal digits without more are a time stamp or a telephone number rather than a MAC.
    if (!digitsCount && !isMarked && /^\d{12}$/.test(bare)) continue;
    const parsed = parseMac(bare);
    if (parsed.ok) macs.push(parsed.mac);
  }
  return macs;
}

export function macsInComments(text: string): Mac[] {
  const macs: Mac[] = [];
  let start = 0;
  for (let line = 0; line < COMMENT_LINES && start < text.length; line += 1) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    const content = text.slice(start, Math.min(end, start + LONGEST_COMMENT)).trim();
    if (/^(?:#|;|<!--|\/\/)/.test(content)) macs.push(...macsIn(content, false));
    start = end + 1;
  }
  return macs;
}

const MAC_KEY = /(?:^|[._])mac(?:_?addr(?:ess)?)?$/i;

export function macsInValues(values: EffectiveValues): Mac[] {
  const macs: Mac[] = [];
  for (const { key, value } of values.entries) {
    if (value.length < 12 || value.length > 40 || !MAC_KEY.test(key)) continue;
    const parsed = parseMac(values.get(key) ?? '');
    if (parsed.ok) macs.push(parsed.mac);
  }
  return macs;
}

export function macsInNames(names: Iterable<string>): Mac[] {
  return Array.from(names, (name) => macsIn(name, true)).flat();
}
