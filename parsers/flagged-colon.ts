// `key: value` lines where a flag before the key says who may change it: `!` locks, `^` puts a value that the person at
// the phone changed back. Knows no phone.
// Keys compare without case. A value may stand in double quotes; outside them `#` or `//` behind a blank begins a comment.
import { ContentLines, hasCrlf, isBlank, isJunk, refuseLineValue } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

const HASH = 35;
const SLASH = 47;
const QUOTE = 34;

const FLAGS: Readonly<Record<string, Entry['access']>> = { '!': 'locked', '^': 'open' };

function beginsComment(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === HASH || (code === SLASH && text.charCodeAt(at + 1) === SLASH);
}

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (isBlank(text.charCodeAt(next))) next += 1;
  return next;
}

interface Value {
  readonly text: string;
  readonly hadComment: boolean;
}

/** What stands between quotes, when nothing but a comment follows the closing one; null: no quoted value. */
function readQuoted(raw: string): Value | null {
  if (raw.charCodeAt(0) !== QUOTE) return null;
  for (let close = raw.indexOf('"', 1); close !== -1; close = raw.indexOf('"', close + 1)) {
    const behind = skipBlanks(raw, close + 1);
    if (behind >= raw.length) return { text: raw.slice(1, close), hadComment: false };
    if (beginsComment(raw, behind)) return { text: raw.slice(1, close), hadComment: true };
  }
  return null;
}

function readValue(raw: string): Value {
  const quoted = readQuoted(raw);
  if (quoted !== null) return quoted;
  let end = 0;
  for (let at = 0; at < raw.length; at += 1) {
    if (isBlank(raw.charCodeAt(at))) continue;
    if (beginsComment(raw, at) && (at === 0 || isBlank(raw.charCodeAt(at - 1)))) {
      return { text: raw.slice(0, end), hadComment: true };
    }
    end = at + 1;
  }
  return { text: raw.slice(0, end), hadComment: false };
}

function readKey(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[ \t]+/g, ' ');
}

function parse(text: string): { document: Entry[]; notes: Note[] } {
  const document: Entry[] = [];
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  let misread = 0;
  const lines = new ContentLines(text);
  while (lines.next()) {
    const { content, line, trimmed } = lines;
    if (beginsComment(content, 0)) continue;
    const access = FLAGS[content.charAt(0)];
    const colon = content.indexOf(':');
    const key = readKey(content.slice(access === undefined ? 0 : 1, Math.max(colon, 0)));
    if (key === '') {
      notes.push({ code: 'line-not-understood', at: String(line) });
      misread += 1;
      if (isJunk(misread, document.length)) break;
      continue;
    }
    const value = readValue(content.slice(skipBlanks(content, colon + 1)));
    document.push({ key, value: value.text, ...(access !== undefined && { access }) });
    if (value.hadComment) notes.push({ code: 'inline-comment-stripped', at: key });
    else if (trimmed && value.text !== '') notes.push({ code: 'trailing-space-trimmed', at: key });
  }
  return { document, notes };
}

/** What has no flag the phone keeps as its user changed it. */
function flagOf(access: Entry['access']): string {
  return access === 'locked' ? '!' : access === 'open' ? '^' : '';
}

function print(document: Entry[]): string {
  let text = '';
  for (const { key, value, access } of document) text += `${flagOf(access)}${key}: ${value}\n`;
  return text;
}

function refuseKey(key: string): string | null {
  if (key === '' || key !== readKey(key)) return 'it is empty, has capitals or too many blanks';
  if (key.includes(':')) return 'it holds a ":"';
  if (beginsComment(key, 0) || FLAGS[key.charAt(0)] !== undefined) return 'it begins like a comment or a flag';
  return refuseLineValue(key);
}

/** That quotes protect a `#` on the phone nobody says for sure: such values are read, not written. */
function refuseValue(value: string): string | null {
  if (value.includes('"')) return 'it holds a double quote';
  if (/(?:^|[ \t])(?:#|\/\/)/.test(value)) return 'it holds a "#" or "//" where a comment would begin';
  return refuseLineValue(value);
}

export const flaggedColon: Syntax<Entry[]> = { parse, print, refuseKey, refuseValue };
