// The text of a configuration file as it may be shown: every secret is dots, in whatever spelling it stands there, and
// the line of a value can be found. Where that is not certain no text is shown. Pure; knows no vendor but by its own rules.
import type { Entry } from '../../parsers/syntax.ts';
import { MASK } from '../../vendors/mask.ts';
import type { ParsedFile, ReadOptions } from '../../vendors/read.ts';
import { hasLogin, secretWord } from '../../vendors/secret-key.ts';
import { encodedForms } from '../log.ts';

const MOST_BYTES = 256 * 1024;
/** Secrets times characters that are searched: a file that is made to hold many of both holds up nobody. */
const MOST_SEARCHED = 200_000_000;
/** How often the text is searched for one secret, about. */
const SPELLINGS = 7;

interface KnownSecrets {
  /** SIP passwords, the login that was sent, keys: masked wherever they stand. */
  readonly certain: readonly string[];
  /** Values of keys that are called secrets: some of them are but switches. */
  readonly ofKeys: readonly string[];
}

export type RawText =
  | {
      readonly ok: true;
      readonly text: string;
      /** It was longer. */
      readonly cut: boolean;
      /** Where a key has this value, from 1; null: not there, or not certain. */
      readonly lineOf: (key: string, value: string) => number | null;
    }
  | { readonly ok: false; readonly reason: string };

const UNCERTAIN = 'The file is not shown: its secrets cannot be masked with certainty.';
const TOO_LARGE = 'The file is not shown: it is too large, or holds too many secrets, to mask them all.';

/** @param file as parseFile gave it @param options those it was parsed with */
export function showRawText(file: ParsedFile, name: string, options: ReadOptions, known: KnownSecrets): RawText {
  const raw = file.text.replace(/\r\n?/g, '\n');
  const parse = (text: string) =>
    file.format.parse(text, { name, mac: options.mac ?? null, model: options.model ?? null }).entries;
  const entries = parse(raw);
  const hidden = (entry: Entry) => entry.value !== '' && (file.vendor.isSecret(entry.key) || hasLogin(entry.value));
  const isTooMuch = (values: number) => values * SPELLINGS * raw.length > MOST_SEARCHED;
  const own = entries.filter(hidden).map(({ value }) => value);
  const ofKeys = new Set([...known.ofKeys, ...own].flatMap(withoutAddress));
  if (isTooMuch(ofKeys.size)) return { ok: false, reason: TOO_LARGE };
  const page = new Page(raw, entries, file.vendor.isSecret);
  const secrets = sortSecrets(known.certain, ofKeys, page);
  page.maskLogins();
  for (const secret of secrets.anywhere) page.maskValue(secret, 'anywhere');
  for (const secret of secrets.asWord) page.maskValue(secret, 'word');
  page.maskNamed();
  const look = () => secretsLeft(entries, parse(page.text()), { hidden, secrets, found: page.found });
  let left = look();
  if (left !== null && left.length > 0 && !isTooMuch(left.length)) {
    // Secrets whose key is put together of several places: wherever such a value stands alone it is masked.
    for (const value of left) page.maskValue(value, 'word');
    left = look();
  }
  if (left === null || left.length > 0) return { ok: false, reason: UNCERTAIN };
  const shown = cutText(page.text());
  const lastLine = shown.cut ? shown.text.split('\n').length : Number.POSITIVE_INFINITY;
  return {
    ok: true,
    ...shown,
    lineOf: (key, value) => {
      const line = entries.some((entry) => entry.key === key && entry.value === value) ? page.lineOf(key, value) : null;
      return line !== null && line <= lastLine ? line : null;
    },
  };
}

/** Whole lines, unless the first is longer than all that is shown. */
function cutText(text: string): { readonly text: string; readonly cut: boolean } {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_BYTES) return { text, cut: false };
  const end = bytes.lastIndexOf('\n', MOST_BYTES);
  // Half a character at the end reads as a replacement character.
  const cut = bytes.subarray(0, end > 0 ? end : MOST_BYTES).toString();
  return { text: cut.replace(/\ufffd$/, ''), cut: true };
}

// ---- which texts are secrets, and how they are looked for

interface Secrets {
  /** Masked as part of any other text too. */
  readonly anywhere: readonly string[];
  /** Short, or words that names of keys hold: masked where they stand alone and are no name. */
  readonly asWord: readonly string[];
}

/** Shorter ones are in every second line by accident: they are masked where their key says what they are. */
const SHORTEST = 4;
const SHORT = 6;
/** What keys that are called secrets hold when they hold none. */
const SWITCH = /^(?:true|false|yes|no|on|off|enabled?|disabled?|none|null|auto|default|\d{1,5})$/i;

function sortSecrets(certain: readonly string[], ofKeys: ReadonlySet<string>, page: Page): Secrets {
  const anywhere = new Set<string>();
  const asWord = new Set<string>();
  const sort = (secret: string) => {
    if (secret.length < SHORTEST) return;
    (secret.length < SHORT || page.isPartOfNames(secret) ? asWord : anywhere).add(secret);
  };
  certain.forEach(sort);
  for (const value of ofKeys) if (!SWITCH.test(value)) sort(value);
  const longestFirst = (set: Set<string>) => [...set].sort((a, b) => b.length - a.length);
  return { anywhere: longestFirst(anywhere), asWord: longestFirst(asWord) };
}

/** Of an address with a login only the login is secret. */
function withoutAddress(value: string): string[] {
  if (!hasLogin(value)) return [value];
  const login = /:\/\/([^/]*)@/.exec(value)?.[1] ?? '';
  const password = login.slice(login.indexOf(':') + 1);
  return [login, password, ...decoded(password)];
}

function decoded(text: string): string[] {
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}

// ---- spellings

/** A text with its escapes taken off, and where each character of it stood. */
interface Layer {
  readonly text: string;
  readonly below: Layer | null;
  /** Of each escape: where it stands here, and what it was below. In order. */
  readonly escapes: readonly {
    readonly at: number;
    readonly length: number;
    readonly from: number;
    readonly to: number;
  }[];
}

function withoutEscapes(below: Layer, pattern: RegExp, read: (found: RegExpExecArray) => string): Layer {
  const escapes: { at: number; length: number; from: number; to: number }[] = [];
  let text = '';
  let taken = 0;
  for (const found of below.text.matchAll(pattern)) {
    const meant = read(found);
    if (meant === found[0]) continue;
    text += below.text.slice(taken, found.index);
    taken = found.index + found[0].length;
    escapes.push({ at: text.length, length: meant.length, from: found.index, to: taken });
    text += meant;
  }
  return { text: text + below.text.slice(taken), below, escapes };
}

/** The same range in the raw text; an escape counts as a whole. */
function toRaw(layer: Layer, start: number, end: number): [number, number] {
  if (layer.below === null) return [start, end];
  const place = (index: number, behind: boolean): number => {
    let low = 0;
    let high = layer.escapes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((layer.escapes[middle]?.at ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    const found = layer.escapes[low - 1];
    if (found === undefined) return behind ? index + 1 : index;
    if (index < found.at + found.length) return behind ? found.to : found.from;
    const plain = found.to + index - (found.at + found.length);
    return behind ? plain + 1 : plain;
  };
  return toRaw(layer.below, place(start, false), place(end - 1, true));
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };
const ENTITY = /&(?:(amp|lt|gt|quot|apos|nbsp)|#0{0,20}(\d{1,7})|#[xX]0{0,20}([0-9a-fA-F]{1,6}));?/g;
const PERCENT = /(?:%[0-9A-Fa-f]{2})+/g;
const BACKSLASH = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^\sA-Za-z0-9]))/g;
const DOUBLED = /""|''/g;

function characterOf(code: number, otherwise: string): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}

function withoutEntities(below: Layer): Layer {
  return withoutEscapes(below, ENTITY, ([all, name, decimal, hex]) =>
    name !== undefined
      ? (NAMED[name] ?? all)
      : characterOf(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal), all),
  );
}

function layersOf(raw: string): Layer[] {
  const base: Layer = { text: raw, below: null, escapes: [] };
  const once = withoutEntities(base);
  const twice = withoutEntities(once);
  const percent = withoutEscapes(twice, PERCENT, ([all]) => decoded(all)[0] ?? all);
  const backslash = withoutEscapes(once, BACKSLASH, ([all, long, short, plain]) =>
    plain !== undefined ? plain : characterOf(Number.parseInt(long ?? short ?? '', 16), all),
  );
  const doubled = withoutEscapes(base, DOUBLED, ([all]) => all.slice(1));
  return [base, ...[once, twice, percent, backslash, doubled].filter(({ escapes }) => escapes.length > 0)];
}

// ---- the text, and what of it is masked

const WORD = /[A-Za-z0-9]/;
const NAME = /[\w.\-[\]%@$]/;
/** Names of XML: of elements, and of attributes. */
const XML_NAMES = /<[/?]?([\w:.-]+)|\s([\w:.-]+)\s*=\s*["']/g;
/** Comments, the beginnings of tags, attributes with what stands in their quotes. */
const XML_PARTS = /<!--[\s\S]*?(?:-->|$)|<([\w:.[\]-]+)|\s([\w:.[\]-]+)\s*=\s*("[^"<\n]*|'[^'<\n]*)/g;
const TOKENS = /[A-Za-z_$%][\w$%@.-]*(?:\[[^\]\s]{0,20}\])?/g;
/** Names are looked at no further than this: in a text without any break that would be its whole length, again and again. */
const LONGEST_NAME = 200;
/** Attributes beside a name that hold what is named. */
const VALUES = /\s(?:value|val|v|data|text|default)\s*=\s*("[^"<\n]*|'[^'<\n]*)/gi;

class Page {
  readonly #raw: string;
  readonly #layers: readonly Layer[];
  readonly #masked: Uint8Array;
  /** Secrets that stood in the text, in some spelling: they stand there no more. */
  readonly found = new Set<string>();
  readonly #isSecret: (name: string) => boolean;
  readonly #keys: ReadonlySet<string>;
  /** Last parts of keys, such as `label` of `account.1.label`. */
  readonly #tails: ReadonlySet<string>;
  /** Values of keys that are no secrets. */
  readonly #openValues: ReadonlySet<string>;
  readonly #names: string;
  readonly #isXml: boolean;
  #lines: readonly string[] | null = null;
  #lastClose = -1;

  constructor(raw: string, entries: readonly Entry[], isSecret: (name: string) => boolean) {
    this.#raw = raw;
    this.#layers = layersOf(raw);
    this.#masked = new Uint8Array(raw.length);
    this.#isSecret = (name) => isSecret(name) || secretWord(name);
    this.#keys = new Set(entries.map(({ key }) => key.toLowerCase()));
    this.#openValues = new Set(entries.flatMap(({ key, value }) => (isSecret(key) ? [] : [value])));
    this.#tails = new Set([...this.#keys].map(tailOf));
    this.#isXml = /^\s*<(?:\?xml|!--|[A-Za-z_])/.test(raw);
    const names = new Set(this.#keys);
    if (this.#isXml)
      for (const [, element, attribute] of raw.matchAll(XML_NAMES))
        names.add((element ?? attribute ?? '').toLowerCase());
    this.#names = [...names].join('\n');
  }

  /** Letters only: what else is in a name by accident is no word. */
  isPartOfNames(secret: string): boolean {
    return /^[A-Za-z_-]+$/.test(secret) && this.#names.includes(secret.toLowerCase());
  }

  #mask(start: number, end: number): void {
    this.#masked.fill(1, start, end);
  }

  /** `http://user:password@host`, wherever it stands. */
  maskLogins(): void {
    for (const layer of this.#layers) {
      for (const { index, 0: all, 1: scheme } of layer.text.matchAll(/(:\/\/)[^\s/?#"'<>]*(?=@)/g)) {
        const [start, end] = toRaw(layer, index + (scheme?.length ?? 0), index + all.length);
        if (end > start) this.#mask(start, end);
      }
    }
  }

  /** In every spelling. `word`: where it stands alone, and is no name. */
  maskValue(secret: string, how: 'anywhere' | 'word'): void {
    for (const layer of this.#layers) if (this.#maskIn(layer, secret, how)) this.found.add(secret);
    const base = this.#layers[0];
    if (base === undefined || secret.length < SHORTEST) return;
    for (const form of encodedForms(secret)) if (form.length >= SHORT) this.#maskIn(base, form, 'anywhere');
  }

  #maskIn(layer: Layer, secret: string, how: 'anywhere' | 'word'): boolean {
    const { text } = layer;
    const mayBeName = how === 'word' && this.isPartOfNames(secret);
    let isThere = false;
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
      if (how === 'word' && (WORD.test(text[at - 1] ?? '') || WORD.test(text[at + secret.length] ?? ''))) continue;
      const [start, end] = toRaw(layer, at, at + secret.length);
      if (mayBeName && this.#isName(start, end)) continue;
      this.#mask(start, end);
      isThere = true;
    }
    return isThere;
  }

  /** Whether this is a piece of the name of a key, not of a value. */
  #isName(start: number, end: number): boolean {
    const raw = this.#raw;
    let from = start;
    let to = end;
    while (from > start - LONGEST_NAME && NAME.test(raw[from - 1] ?? '')) from -= 1;
    while (to < end + LONGEST_NAME && NAME.test(raw[to] ?? '')) to += 1;
    if (this.#isXml) {
      const before = raw.slice(Math.max(0, from - 2), from);
      if (/<[/?]?$/.test(before) || /^\s*=\s*["']/.test(raw.slice(to, to + 20))) return true;
    }
    const token = raw.slice(from, to).toLowerCase();
    if (token.length > end - start && this.#keys.has(token)) return true;
    const begins = /(?:^|\n)[ \t]*(?:set[ \t]+)?$/i.test(raw.slice(Math.max(0, from - 40), from));
    return begins && (this.#keys.has(token) || this.#tails.has(token)) && /^[ \t]*[=: \t]/.test(raw.slice(to, to + 20));
  }

  /** What stands behind a name that is called a secret, whether the syntax took it up or not. */
  maskNamed(): void {
    if (this.#isXml) this.#maskNamedInXml();
    else this.#maskNamedInLines();
  }

  #maskNamedInLines(): void {
    for (const { start, text } of linesWithStart(this.#raw)) {
      const separator = text.search(/[=:]/);
      const head = text.slice(0, Math.max(separator, 0)).trim();
      const name = this.#keys.has(head.toLowerCase()) ? head : (/^\s*(?:set\s+)?([^\s=:]+)/i.exec(text)?.[1] ?? '');
      const key = name.toLowerCase();
      if (this.#keys.has(key) && this.#isSecret(name)) {
        this.#maskBehind(start, text, text.indexOf(name) + name.length);
        continue;
      }
      // What the syntax took up as no secret is none, or is masked for what it is.
      const rest = text.slice(text.indexOf(name) + name.length).trim();
      const value = rest
        .replace(/^[=:]?[ \t]*["']?/, '')
        .replace(/["']$/, '')
        .trimEnd();
      if (this.#isSecret(name) || !this.#openValues.has(value)) this.#maskBehindSecretWord(start, text);
    }
  }

  #maskBehindSecretWord(start: number, text: string): void {
    for (const { index, 0: token } of text.matchAll(TOKENS)) {
      if (!this.#isSecret(token)) continue;
      this.#maskBehind(start, text, index + token.length);
      return;
    }
  }

  /** The marks of the syntax stay: separators, flags, quotes around all of it. */
  #maskBehind(start: number, text: string, behind: number): void {
    const marks = /^[ \t!$&?^*]*[=:]?[ \t]*["']?/.exec(text.slice(behind))?.[0].length ?? 0;
    const rest = text.slice(behind + marks);
    const value = rest
      .trimEnd()
      .replace(/-->$/, '')
      .trimEnd()
      .replace(/["';]$/, '');
    if (value !== '') this.#mask(start + behind + marks, start + behind + marks + value.length);
  }

  #maskNamedInXml(): void {
    const raw = this.#raw;
    for (const { index, 0: all, 1: element, 2: attribute, 3: quoted } of raw.matchAll(XML_PARTS)) {
      const value = quoted?.slice(1);
      if (all.startsWith('<!--')) {
        for (const { start, text } of linesWithStart(all)) this.#maskBehindSecretWord(index + start, text);
      } else if (element !== undefined) {
        if (this.#isSecret(element)) this.#maskContent(index + all.length);
      } else if (attribute !== undefined && value !== undefined) {
        if (this.#isSecret(attribute)) this.#mask(index + all.length - value.length, index + all.length);
        else if (this.#isSecret(value)) this.#maskContent(index + all.length);
      }
    }
  }

  /** The values in the rest of a tag, and the text behind it. */
  #maskContent(from: number): void {
    const raw = this.#raw;
    // Of one tag it is done once: what comes later in it was masked with what came before.
    if (from <= this.#lastClose) return;
    const close = raw.indexOf('>', from);
    this.#lastClose = close === -1 ? raw.length : close;
    if (close === -1) return;
    for (const { index, 0: all, 1: quoted } of raw.slice(from, close).matchAll(VALUES)) {
      this.#mask(from + index + all.length - (quoted?.length ?? 1) + 1, from + index + all.length);
    }
    if (raw[close - 1] === '/') return;
    const isCdata = raw.startsWith('<![CDATA[', close + 1);
    const start = close + 1 + (isCdata ? '<![CDATA['.length : 0);
    const end = raw.indexOf(isCdata ? ']]>' : '<', start);
    const text = raw.slice(start, end === -1 ? raw.length : end);
    if (text.trim() !== '') this.#mask(start + text.search(/\S/), start + text.trimEnd().length);
  }

  /** Line breaks stay: the numbers of lines are those of the file. */
  text(): string {
    let text = '';
    let at = 0;
    while (at < this.#raw.length) {
      const masked = this.#masked[at] === 1;
      let end = this.#masked.indexOf(masked ? 0 : 1, at);
      if (end === -1) end = this.#raw.length;
      const part = this.#raw.slice(at, end);
      text += masked ? MASK + '\n'.repeat(part.split('\n').length - 1) : part;
      at = end;
    }
    return text;
  }

  /** Where the key has the value: the line that begins with it, else the only one that names both. */
  lineOf(key: string, value: string): number | null {
    this.#lines ??= this.#raw.split('\n').map((line) => withoutEntities({ text: line, below: null, escapes: [] }).text);
    const tail = tailOf(key);
    const whole: number[] = [];
    const named: number[] = [];
    for (const [index, text] of this.#lines.entries()) {
      if (!text.includes(value)) continue;
      const begin = text.trimStart();
      if (begin.startsWith(key) && /^[\s=:!$&?^*]/.test(begin.slice(key.length))) whole.push(index + 1);
      else if (text.toLowerCase().includes(tail)) named.push(index + 1);
    }
    // The last one wins, where a key is repeated.
    if (whole.length > 0) return whole.at(-1) ?? null;
    return named.length === 1 ? (named[0] ?? null) : null;
  }
}

function tailOf(key: string): string {
  return (/[^.:/|\s]+$/.exec(key.replace(/\[\d+\]$/, ''))?.[0] ?? key).toLowerCase();
}

function* linesWithStart(text: string): Generator<{ readonly start: number; readonly text: string }> {
  let start = 0;
  for (const line of text.split('\n')) {
    yield { start, text: line };
    start += line.length + 1;
  }
}

// ---- what must hold of the masked text

/** Values of secret keys that are still there, or may be; null: some secret stands where it was not looked for. */
type Left = readonly string[] | null;

/**
 * What the syntax makes of the masked text: no secret among the values, nothing but dots in every value of a secret key.
 * A secret that it does not take up any more must have been found, since then it is gone in every spelling.
 */
function secretsLeft(
  before: readonly Entry[],
  after: readonly Entry[],
  { hidden, secrets, found }: { hidden: (entry: Entry) => boolean; secrets: Secrets; found: ReadonlySet<string> },
): Left {
  const left = new Set<string>();
  const kept = new Set<string>();
  const secretKeys = new Set<string>();
  for (const entry of after) {
    kept.add(entry.key);
    if (hidden(entry)) {
      if (isMasked(entry.value)) continue;
      left.add(entry.value);
      secretKeys.add(entry.key);
    } else if (
      secrets.anywhere.some((secret) => entry.value.includes(secret)) ||
      secrets.asWord.some((secret) => hasWord(entry.value, secret))
    ) {
      return null;
    }
  }
  for (const { key, value } of before.filter(hidden)) {
    const isGone = !kept.has(key) && !withoutAddress(value).every((secret) => found.has(secret));
    if (isGone || secretKeys.has(key)) left.add(value);
  }
  return [...left];
}

/** Nothing but dots; of an address with a login, nothing of the login. */
function isMasked(shown: string): boolean {
  if (hasLogin(shown)) return shown.slice(shown.indexOf('://') + 3).startsWith(`${MASK}@`);
  return !/[\p{L}\p{N}]/u.test(shown.replaceAll(MASK, ''));
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!WORD.test(text[at - 1] ?? '') && !WORD.test(text[at + word.length] ?? '')) return true;
  }
  return false;
}
