// From bytes to text and its shape, or to what the bytes are when they are no configuration: an HTML page, a PHP error,
// ciphertext. Knows no phone: whose dialect a text is, the vendors say.
import { gunzipSync } from 'node:zlib';
import { lineBreakOf } from './lines.ts';

export type NotConfigReason =
  | 'BODY_EMPTY'
  | 'BODY_HTML'
  | 'BODY_ENCRYPTED'
  | 'BODY_NOT_CONFIG'
  | 'PARSE_DIALECT_UNKNOWN'
  | 'PARSE_SYNTAX';

export interface NotConfig {
  readonly kind: 'not-config';
  readonly reason: NotConfigReason;
  /** What it is and what to do, to be shown to the admin of the PBX. True of a file that no server was asked for too. */
  readonly message: string;
}

type Shape =
  | { readonly kind: 'key-value' }
  | { readonly kind: 'sections' }
  | { readonly kind: 'xml'; readonly root: string }
  /** `name: value` lines. */
  | { readonly kind: 'colon' }
  /** `SET name value` lines. */
  | { readonly kind: 'script' }
  /** Comments and blank lines only. */
  | { readonly kind: 'comments' }
  /** Text of another kind: a vendor's own mark decides. */
  | { readonly kind: 'unknown' };

export interface TextBody {
  readonly kind: 'text';
  readonly text: string;
  readonly shape: Shape;
  /** How it had to be decoded: `bom`, `utf-16`, `latin-1`, `gzip`, `control-characters`. */
  readonly warnings: readonly string[];
}

/** The most that a gzip body may hold: the limit of the fetcher for a decoded body. */
const MOST_BYTES = 2 * 1024 * 1024;

export function sniff(bytes: Uint8Array): TextBody | NotConfig {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return sniffGzip(bytes);
  return sniffPlain(bytes);
}

function sniffGzip(bytes: Uint8Array): TextBody | NotConfig {
  let inner: Uint8Array;
  try {
    inner = gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    return notConfig(
      'BODY_NOT_CONFIG',
      'The file is gzip data that is damaged or unpacks to more than 2 MiB: put the plain configuration on the server.',
    );
  }
  const body = sniffPlain(inner);
  if (body.kind === 'text') return { ...body, warnings: ['gzip', ...body.warnings] };
  return notConfig(
    body.reason === 'BODY_EMPTY' ? 'BODY_NOT_CONFIG' : body.reason,
    `The file is gzip data without a configuration in it. ${body.message}`,
  );
}

function sniffPlain(bytes: Uint8Array): TextBody | NotConfig {
  const decoded = decode(bytes);
  if (decoded.kind === 'not-config') return decoded;
  const { text, warnings } = decoded;
  if (text.trim() === '') {
    return notConfig(
      'BODY_EMPTY',
      bytes.length === 0
        ? 'The file is empty: its template for this phone may have failed.'
        : 'The file holds blanks only: its template for this phone may have failed.',
    );
  }
  const root = rootOf(text.trimStart());
  const error = findError(text, root);
  if (error !== null) return error;
  const answer = text.trim();
  if (answer.length <= 120 && !/[\n=]/.test(answer) && ANSWER.test(answer)) {
    return notConfig(
      'BODY_NOT_CONFIG',
      `There is no configuration, only "${answer}": check the login and whether the PBX knows this phone.`,
    );
  }
  return { kind: 'text', text, shape: shapeOf(text, root), warnings };
}

function notConfig(reason: NotConfigReason, message: string): NotConfig {
  return { kind: 'not-config', reason, message };
}

/** Short answers that are worth repeating to the admin; other text may hold a secret and is not quoted. */
const ANSWER = /denied|forbidden|not found|not allowed|unauthori[sz]ed|error|invalid|unknown|no such|log ?in|disabled/i;

// ---- bytes to text

type Decoded = { readonly kind: 'decoded'; readonly text: string; readonly warnings: string[] } | NotConfig;

function decode(bytes: Uint8Array): Decoded {
  if (hasBinaryMark(bytes)) return binary(bytes);
  if (startsWith(bytes, 'Salted__')) return encrypted('OpenSSL ("Salted__")');
  const first = bytes[0];
  const second = bytes[1];
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    const text = new TextDecoder(first === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
    return { kind: 'decoded', text, warnings: ['bom', 'utf-16'] };
  }
  const hasBom = first === 0xef && second === 0xbb && bytes[2] === 0xbf;
  const warnings = hasBom ? ['bom'] : [];
  const body = withoutNulTail(bytes);
  const classes = classesIn(body);
  // Nearly every file: no others have to be counted.
  if (classes === PLAIN) return { kind: 'decoded', text: decodeAscii(body), warnings };
  const utf8 = decodeUtf8(body);
  if (classes === HIGH && utf8 !== null) return { kind: 'decoded', text: utf8, warnings };
  const count = countUnusual(body);
  // Latin-1 has no invalid bytes, so the mix decides: text in a Western language has few letters above ASCII.
  const tooOdd =
    count.nul > 0 ||
    count.control * 20 > body.length ||
    (utf8 === null && (count.control > 0 || count.high * 3 > body.length));
  if (tooOdd) return binary(bytes);
  if (count.control > 0) warnings.push('control-characters');
  if (utf8 !== null) return { kind: 'decoded', text: utf8, warnings };
  // WHATWG's latin1 is windows-1252, which is what such files are written in.
  return { kind: 'decoded', text: new TextDecoder('latin1').decode(body), warnings: [...warnings, 'latin-1'] };
}

function decodeAscii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** Some tools decrypt a file and leave its padding. */
function withoutNulTail(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end === bytes.length || end === 0 ? bytes : bytes.subarray(0, end);
}

const PLAIN = 0;
const HIGH = 1;
const NUL = 2;
const CONTROL = 4;

/** The class of each byte. Control characters are those other than tab, LF, VT, FF, CR and DOS's end-of-file. */
const BYTE_CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return HIGH;
  if (byte === 0) return NUL;
  return byte < 0x20 && (byte < 9 || byte > 13) && byte !== 0x1a ? CONTROL : PLAIN;
});

/** The classes of all bytes together. */
function classesIn(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let classes = PLAIN;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word = words.getInt32(at, true);
    // Whether a byte of the four is below a blank or not ASCII: most are neither, and are not looked at one by one.
    if ((((word - 0x20202020) | word) & 0x80808080) !== 0) {
      classes |= classOf(word & 255) | classOf((word >> 8) & 255) | classOf((word >> 16) & 255) | classOf(word >>> 24);
    }
  }
  for (; at < bytes.length; at += 1) classes |= classOf(bytes[at] ?? 0);
  return classes;
}

function classOf(byte: number): number {
  return BYTE_CLASS[byte] ?? PLAIN;
}

function countUnusual(bytes: Uint8Array): { nul: number; control: number; high: number } {
  const count = { nul: 0, control: 0, high: 0 };
  for (const byte of bytes) {
    const kind = classOf(byte);
    if (kind === PLAIN) continue;
    if (kind === HIGH) count.high += 1;
    else if (kind === NUL) count.nul += 1;
    else count.control += 1;
  }
  return count;
}

function startsWith(bytes: Uint8Array, ascii: string): boolean {
  for (let at = 0; at < ascii.length; at += 1) {
    if (bytes[at] !== ascii.charCodeAt(at)) return false;
  }
  return true;
}

/** First bytes of files that are binary whatever their length. */
const BINARY_MARKS = ['\x89PNG', 'GIF8', 'PK\x03\x04', '%PDF', '\x7fELF', '\xff\xd8\xff', 'BZh', 'Rar!', '7z\xbc\xaf'];

function hasBinaryMark(bytes: Uint8Array): boolean {
  for (const mark of BINARY_MARKS) {
    if (startsWith(bytes, mark)) return true;
  }
  return false;
}

function binary(bytes: Uint8Array): NotConfig {
  // A block cipher without a header, as Yealink's AES-ECB files are: whole blocks, and nothing else to know it by.
  if (bytes.length % 16 === 0 && !hasBinaryMark(bytes)) {
    return encrypted('no text, and its length is that of whole cipher blocks');
  }
  return notConfig(
    'BODY_NOT_CONFIG',
    'The file is binary data, not a phone configuration: check that it is the right file, and the address that it comes from.',
  );
}

function encrypted(how: string): NotConfig {
  return notConfig(
    'BODY_ENCRYPTED',
    `The file is encrypted (${how}): give its key, or switch the encryption of provisioning files off on the PBX for this phone.`,
  );
}

// ---- text that is no configuration

/** PHP begins its messages on a line of their own, with or without markup. */
const PHP_ERROR =
  /^[ \t]*(?:PHP )?(?:<b>)?(?:Fatal error|Parse error|Recoverable fatal error|Warning|Notice|Deprecated)(?:<\/b>)?:[ \t]/m;
/** Looked for first: nearly no configuration has them, and a text is searched quickest for what begins with a rare letter. */
const PHP_WORDS = ['Fatal error', 'Parse error', 'Recoverable', 'Warning', 'Notice', 'Deprecated'];
const XDEBUG_WORD = 'xdebug-error';
const XDEBUG_ERROR = "<table class='xdebug-error";
const HTML_LATER = /^[ \t]*<(?:!doctype[ \t]+html|html|head|body)\b/im;
const HTML_ROOTS = new Set(
  'html head body title meta script style div span p br b i h1 h2 h3 center form table font hr a img pre link noscript'.split(
    ' ',
  ),
);

function findError(text: string, root: string | null): NotConfig | null {
  const start = text.trimStart();
  if (start.slice(0, 400).includes('#!key_ciphertext')) return encrypted('Yealink RSA mode, "#!key_ciphertext"');
  const isPhp = PHP_WORDS.some((word) => text.includes(word)) && PHP_ERROR.test(text);
  if (isPhp || (text.includes(XDEBUG_WORD) && text.includes(XDEBUG_ERROR))) {
    return notConfig(
      'BODY_NOT_CONFIG',
      'The provisioning script of the PBX failed: the file holds a PHP error message. Ask the admin of the PBX to look into the log of its web server.',
    );
  }
  // Old Snom files are text inside <html><pre>: a dialect, not a page.
  if (/^<html>\s*<pre>/i.test(start)) return null;
  if (root !== null && HTML_ROOTS.has(root.toLowerCase())) {
    return notConfig(
      'BODY_HTML',
      'The file is an HTML page, not a phone configuration: often a login page or an error page. Check the address that it comes from, and the login there.',
    );
  }
  if (root === null && text.includes('<') && HTML_LATER.test(text)) {
    return notConfig(
      'BODY_HTML',
      'The file begins as text and goes on as an HTML page: its template for this phone may have failed half-way.',
    );
  }
  if (/^(?:\{\s*["}]|\[\s*(?:[{"]|\]\s*$))/.test(start)) {
    return notConfig(
      'BODY_NOT_CONFIG',
      'The file is JSON, not a phone configuration: the address that it comes from may be that of an API, or it is an error message.',
    );
  }
  return null;
}

// ---- shape

/** Name of the first element when the text is markup; comments, processing instructions and a doctype may stand before. */
function rootOf(start: string): string | null {
  let at = 0;
  while (start[at] === '<') {
    const name = /^<([A-Za-z_][\w.:-]*)[\s/>]/.exec(start.slice(at, at + 200))?.[1];
    // A Yealink boot file may name a file as <path>.
    if (name !== undefined) return /\.(?:cfg|boot)$|^https?:$/i.test(name) ? null : name;
    const close = start.startsWith('<!--', at) ? '-->' : start.startsWith('<?', at) ? '?>' : '>';
    if (close === '>' && !start.startsWith('<!', at)) return null;
    if (/^<!doctype[ \t]+html\b/i.test(start.slice(at, at + 40))) return 'html';
    const end = start.indexOf(close, at + 2);
    if (end === -1) return null;
    at = end + close.length;
    while (at < start.length && start.charCodeAt(at) <= 32) at += 1;
  }
  return null;
}

const HASH = 35;
const SEMICOLON = 59;

/** How many lines tell the shape; a hostile file is not read further. */
const LINES_TO_LOOK_AT = 200;

function shapeOf(text: string, root: string | null): Shape {
  if (root !== null && root.toLowerCase() !== 'html') return { kind: 'xml', root };
  const lineBreak = lineBreakOf(text);
  let lines = 0;
  let next = 0;
  for (let start = 0; start < text.length && lines <= LINES_TO_LOOK_AT; start = next) {
    const end = text.indexOf(lineBreak, start);
    next = end === -1 ? text.length : end + 1;
    let at = start;
    while (at < next && text.charCodeAt(at) <= 32) at += 1;
    const first = text.charCodeAt(at);
    if (at >= next || first === HASH || first === SEMICOLON) continue;
    const line = text.slice(at, Math.min(next, at + 500)).trimEnd();
    lines += 1;
    if (/^\[[^\]]+\]$/.test(line)) return { kind: 'sections' };
    if (/^(?:\[[^\]]*\])?include:/.test(line) || /^<[^<>]+\.cfg[^<>]*>$/.test(line)) return { kind: 'key-value' };
    if (/^(?:SET|GET|IF|GOTO)\s/i.test(line)) return { kind: 'script' };
    const mark = /[=:]/.exec(line)?.[0];
    if (mark === '=' && /^[\w.?-]+[ \t]*=/.test(line)) return { kind: 'key-value' };
    if (mark === ':' && line.indexOf(':') > 0) return { kind: 'colon' };
  }
  return { kind: lines === 0 ? 'comments' : 'unknown' };
}
