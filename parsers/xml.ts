// XML as phones' files have it: elements, attributes, text. Knows no phone.
// Most servers fill templates as text, so raw `&` and `<`, quotes within quotes, repeated attributes, several roots and
// text behind them are what real files hold. All of that is read, with a note. A doctype is skipped: there are no
// entities but the five names and numbers, so nothing expands. One pass, no recursion, time linear in the text.
import { refuseLineValue } from './lines.ts';
import type { Note } from './syntax.ts';

export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
}

export interface XmlElement {
  readonly name: string;
  /** Repeats kept, in order. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** Own text, entities decoded; blanks at both ends dropped except in CDATA. */
  readonly text: string;
}

export interface XmlDocument {
  readonly roots: readonly XmlElement[];
}

// ---- looking into a document

/** The last that is not empty; empty when all are; undefined when there is none. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  let found: string | undefined;
  for (const attribute of element.attributes) {
    if (attribute.name === name && (attribute.value !== '' || found === undefined)) found = attribute.value;
  }
  return found;
}

/** Every element, in document order. */
export function eachElement(roots: readonly XmlElement[], visit: (element: XmlElement) => void): void {
  const open: { readonly of: readonly XmlElement[]; next: number }[] = [{ of: roots, next: 0 }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const element = level.of[level.next];
    level.next += 1;
    if (element === undefined) {
      open.pop();
      continue;
    }
    visit(element);
    if (element.children.length > 0) open.push({ of: element.children, next: 0 });
  }
}

/** All elements below this one, in document order. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  const open: { readonly of: readonly XmlElement[]; next: number }[] = [{ of: element.children, next: 0 }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const child = level.of[level.next];
    level.next += 1;
    if (child === undefined) {
      open.pop();
      continue;
    }
    yield child;
    if (child.children.length > 0) open.push({ of: child.children, next: 0 });
  }
}

// ---- writing values

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function reference(character: string): string {
  return ESCAPES[character] ?? `&#${character.charCodeAt(0)};`;
}

/** Escaped for the text of an element. */
export function xmlText(value: string): string {
  return value.replace(/[&<>]/g, reference);
}

/** Escaped for an attribute in double quotes, where a reader takes a bare tab or line break for a blank. */
export function xmlAttribute(value: string): string {
  return value.replace(/[&<>"\t\r\n]/g, reference);
}

/** Why neither text nor attribute carries this value; null when they do. */
export function refuseXmlValue(value: string): string | null {
  if (/[\ufffe\uffff]/.test(value)) return 'it holds a character that XML does not have';
  return refuseLineValue(value);
}

// ---- reading

export function parseXml(text: string): { document: XmlDocument; notes: Note[] } {
  const reader = new Reader(text);
  reader.read();
  return { document: { roots: reader.roots }, notes: reader.notes() };
}

const NONE: readonly never[] = Object.freeze([]);

/** An element while it is read. */
class OpenElement implements XmlElement {
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  children: readonly XmlElement[] = NONE;
  text = '';
  /** Blanks that count only if text follows. */
  blanks = '';
  /** Whether text has begun: from then on blanks count. */
  hasText = false;
  /** Where its content begins. */
  readonly start: number;
  /** A child that looks more like a piece of text: never closed, or `<b/>`; or a closing tag of nothing. */
  oddities = 0;
  /** Children with both tags or with attributes: certainly elements. */
  elements = 0;

  constructor(name: string, attributes: readonly XmlAttribute[], start: number) {
    this.name = name;
    this.attributes = attributes;
    this.start = start;
  }

  addChild(child: XmlElement): void {
    if (this.children === NONE) this.children = [child];
    else (this.children as XmlElement[]).push(child);
  }

  addText(decoded: string): void {
    this.text += this.blanks + decoded;
    this.blanks = '';
    this.hasText = true;
  }
}

/** Finds the same thing again and again, further and further on, without looking at any part of the text twice. */
class Finder {
  readonly #find: (from: number) => number;
  #at = -1;
  #from = 0;

  constructor(find: (from: number) => number) {
    this.#find = find;
  }

  /** The first place at or behind `from`, or the length of the text. */
  next(from: number, end: number): number {
    if (from < this.#from || this.#at < from) {
      const found = this.#find(from);
      this.#at = found === -1 ? end : found;
      this.#from = from;
    }
    return this.#at;
  }
}

const UNQUOTED = /[^\s<>"'/]+/y;

const NAME_START = 1;
const NAME_PART = 2;
const ATTRIBUTE_PART = 4;
/** Of a name that stands behind a closing quote. */
const PLAIN_PART = 8;

/** What each ASCII character can be part of. Tables, since names are most of a file. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return (
    (/[A-Za-z_:]/.test(character) ? NAME_START : 0) |
    (/[\w.:-]/.test(character) ? NAME_PART | PLAIN_PART : 0) |
    (/[^\s=<>"'/]/.test(character) ? ATTRIBUTE_PART : 0)
  );
});

function isOfClass(code: number, kind: number): boolean {
  if (code < 128) return ((CLASSES[code] ?? 0) & kind) !== 0;
  if (Number.isNaN(code) || kind === PLAIN_PART) return false;
  if (kind === ATTRIBUTE_PART) return !/\s/.test(String.fromCharCode(code));
  return code >= (kind === NAME_START ? 0xc0 : 0xb7);
}

/** Of what is looked at behind a closing quote. */
const LONGEST_ATTRIBUTE_NAME = 200;
const MOST_BLANKS = 8;

const FEW_ATTRIBUTES = 12;

/** A value with more quotes in it than this is not looked at further. */
const MOST_QUOTES_IN_VALUE = 10;

/** A piece of a password that looks like a tag is no longer than this. */
const LONGEST_TEXT_WITH_TAGS = 300;

/** Real files are a few levels deep: so many are looked through, the rest is counted by name. */
const DEPTH_LOOKED_AT = 32;

class Reader {
  readonly roots: XmlElement[] = [];
  readonly #text: string;
  readonly #open: OpenElement[] = [];
  /** How many elements of each name are open, of those deeper than DEPTH_LOOKED_AT. */
  readonly #deepNames = new Map<string, number>();
  readonly #codes = new Set<Note['code']>();
  readonly #repeated = new Set<string>();
  readonly #mended = new Set<string>();
  readonly #piEnd: Finder;
  #at = 0;
  /** What #readMarkup found, from a `<` to #at: fields and no object, as files have many tags. */
  #found: 'nothing' | 'tag' | 'closing tag' | 'text' = 'nothing';
  #foundName = '';
  #foundAttributes: readonly XmlAttribute[] = NONE;
  /** `<name/>`. */
  #foundClosed = false;
  #foundText = '';
  /** Of an attribute that was looked at ahead: where its name begins and ends. */
  #seenName = -1;
  #seenNameEnd = -1;

  constructor(text: string) {
    this.#text = text;
    this.#piEnd = new Finder((from) => text.indexOf('?>', from));
  }

  notes(): Note[] {
    return [
      ...Array.from(this.#codes, (code) => ({ code })),
      ...Array.from(this.#repeated, (at) => ({ code: 'duplicate-attribute' as const, at })),
      ...Array.from(this.#mended, (at) => ({ code: 'markup-in-text' as const, at })),
    ];
  }

  read(): void {
    const text = this.#text;
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1;
    /** Where the text that is not taken up yet begins; a raw `<` belongs to it. */
    let start = this.#at;
    for (let at = text.indexOf('<', start); at !== -1; at = text.indexOf('<', this.#at)) {
      this.#at = at;
      const before = this.#open.at(-1);
      if (!this.#readMarkup()) {
        this.#mendedIn(before);
        this.#at = at + 1;
        continue;
      }
      this.#addText(before, start, at);
      start = this.#at;
      this.#takeMarkup(at, start);
    }
    this.#addText(this.#open.at(-1), start, text.length);
    this.#closeCut();
  }

  /** Reads what begins at this `<` to its end; false: it is no markup but a raw `<`. */
  #readMarkup(): boolean {
    const text = this.#text;
    const at = this.#at;
    const next = text.charCodeAt(at + 1);
    if (next === SLASH) {
      const name = this.#name(at + 2);
      const end = name === null ? -1 : this.#skipBlanks(at + 2 + name.length);
      if (name === null || text.charCodeAt(end) !== GREATER) return false;
      this.#found = 'closing tag';
      this.#foundName = name;
      this.#at = end + 1;
      return true;
    }
    if (next === EXCLAMATION) return this.#readDeclaration();
    if (next !== QUESTION) return this.#readTag();
    const end = this.#piEnd.next(at + 2, text.length);
    if (this.#open.length > 0 && (end === text.length || this.#isTextWithin(at, end))) return false;
    return this.#skipTo(end === text.length ? -1 : end + 2);
  }

  /** Within an element `<?` could be part of a password: not where it has its lines to itself, as a part taken out has. */
  #isTextWithin(start: number, end: number): boolean {
    const text = this.#text;
    if (text.slice(start, Math.min(end, start + 1000)).indexOf('<', 1) === -1) return false;
    let before = start;
    while (isFewBlank(text.charCodeAt(before - 1))) before -= 1;
    let behind = this.#skipFew(end + 2);
    if (text.charCodeAt(behind) === CR) behind += 1;
    const alone = text.charCodeAt(before - 1) === LF && text.charCodeAt(behind) === LF;
    return !(alone && /^<\?[A-Za-z]\w{0,30}\s/.test(text.slice(start, start + 40)));
  }

  /** Does what the markup from `at` to `end` says, once the text before it is taken up. */
  #takeMarkup(at: number, end: number): void {
    switch (this.#found) {
      case 'tag':
        if (this.#isMistypedEnd(at, end)) {
          this.#codes.add('not-well-formed');
          this.#close(this.#foundName, at);
        } else this.#start(this.#foundName, this.#foundAttributes, this.#foundClosed, end);
        return;
      case 'closing tag':
        this.#close(this.#foundName, at, end);
        return;
      case 'text':
        this.#open.at(-1)?.addText(this.#foundText);
        return;
      case 'nothing':
    }
  }

  #isMistypedEnd(at: number, end: number): boolean {
    return (
      !this.#foundClosed &&
      this.#foundAttributes.length === 0 &&
      this.#open.at(-1)?.name === this.#foundName &&
      this.#endsItsLine(at, end)
    );
  }

  #readDeclaration(): boolean {
    const text = this.#text;
    const at = this.#at;
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at + 4);
      return this.#skipTo(end === -1 ? -1 : end + 3);
    }
    if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at + 9);
      this.#at = end === -1 ? text.length : end + 3;
      if (end === -1) this.#codes.add('not-well-formed');
      this.#found = 'text';
      this.#foundText = text.slice(at + 9, end === -1 ? text.length : end);
      return true;
    }
    if (this.#open.length > 0) return false;
    return this.#skipTo(this.#endOfDoctype(at));
  }

  /** Behind the `>` of a doctype, whose own declarations stand in brackets. */
  #endOfDoctype(start: number): number {
    const text = this.#text;
    const end = text.indexOf('>', start);
    if (end === -1) return -1;
    const bracket = text.slice(start, end).indexOf('[');
    if (bracket === -1) return end + 1;
    for (let at = text.indexOf(']', start + bracket); at !== -1; at = text.indexOf(']', at + 1)) {
      const behind = this.#skipBlanks(at + 1);
      if (text[behind] === '>') return behind + 1;
    }
    return -1;
  }

  /** -1: it has no end, so that nothing comes after it. */
  #skipTo(end: number): true {
    if (end === -1) this.#codes.add('not-well-formed');
    this.#at = end === -1 ? this.#text.length : end;
    this.#found = 'nothing';
    return true;
  }

  #readTag(): boolean {
    const text = this.#text;
    const name = this.#name(this.#at + 1);
    if (name === null) return false;
    const first = this.#at + 1 + name.length;
    const code = text.charCodeAt(first);
    if (code === GREATER) this.#foundTag(NONE, false, first + 1);
    else if ((!isBlank(code) && code !== SLASH) || !this.#readAttributes(first)) return false;
    if (this.#foundAttributes.length > 1) this.#noteRepeated(this.#foundAttributes);
    this.#foundName = name;
    return true;
  }

  #foundTag(attributes: readonly XmlAttribute[], closed: boolean, end: number): true {
    this.#found = 'tag';
    this.#foundAttributes = attributes;
    this.#foundClosed = closed;
    this.#at = end;
    return true;
  }

  /**
   * False: this is no tag, since a `<` or the end comes before any attribute in quotes. Behind one, a `<` within a line
   * is a piece of a value; at the start of a line the `>` was forgotten.
   */
  #readAttributes(first: number): boolean {
    const text = this.#text;
    const attributes: XmlAttribute[] = [];
    const damaged: Note['code'][] = [];
    let hasQuoted = false;
    let at = first;
    for (;;) {
      at = this.#skipBlanks(at);
      const code = text.charCodeAt(at);
      if (code === GREATER || (code === SLASH && text.charCodeAt(at + 1) === GREATER)) {
        for (const note of damaged) this.#codes.add(note);
        const closed = code === SLASH;
        return this.#foundTag(attributes.length === 0 ? NONE : attributes, closed, at + (closed ? 2 : 1));
      }
      if (at >= text.length || (code === LESS && (!hasQuoted || this.#beginsLine(at)))) {
        if (!hasQuoted) return false;
        this.#codes.add('not-well-formed');
        return this.#foundTag(attributes, false, at);
      }
      const name = this.#attributeName(at);
      const equals = name === null ? at : this.#skipBlanks(at + name.length);
      if (name === null || text.charCodeAt(equals) !== EQUALS) {
        // Junk between attributes: a stray quote or word.
        if (attributes.length === 0) return false;
        damaged.push('not-well-formed');
        at = name === null ? at + 1 : at + name.length;
        continue;
      }
      const value = this.#readValue(this.#skipBlanks(equals + 1), damaged);
      hasQuoted ||= value.text !== null && value.quoted;
      if (value.text !== null) attributes.push({ name, value: this.#decode(value.text) });
      at = value.end;
    }
  }

  #readValue(start: number, damaged: Note['code'][]): Value {
    const text = this.#text;
    const code = text.charCodeAt(start);
    if (code !== QUOTE && code !== APOSTROPHE) {
      damaged.push('not-well-formed');
      const bare = this.#match(UNQUOTED, start);
      return { text: bare, quoted: false, end: start + (bare?.length ?? 0) };
    }
    const from = start + 1;
    const quote = code === QUOTE ? '"' : "'";
    const first = text.indexOf(quote, from);
    // Cut within a value: what is there of it cannot be trusted.
    if (first === -1) {
      damaged.push('not-well-formed');
      return { text: null, quoted: true, end: text.length };
    }
    let end = first;
    // Mostly the first quote is the end, and nothing else has to be looked at.
    if (this.#endsValue(first) !== 'yes') {
      end = this.#endOfDamagedValue(quote, first);
      damaged.push('not-well-formed');
    }
    return { text: text.slice(from, end), quoted: true, end: end + 1 };
  }

  /** Of a value with quotes in it: the first on this line that can be its end, before another attribute begins. */
  #endOfDamagedValue(quote: string, first: number): number {
    const text = this.#text;
    let perhaps = this.#endsValue(first) === 'perhaps' ? first : -1;
    let before = first;
    for (let looked = 0; looked < MOST_QUOTES_IN_VALUE; looked += 1) {
      const at = text.indexOf(quote, before + 1);
      if (at === -1 || text.slice(before, at).includes('\n')) break;
      if (perhaps !== -1 && text[at - 1] === '=') break;
      const ends = this.#endsValue(at);
      if (ends === 'yes') return at;
      if (ends === 'perhaps' && perhaps === -1) perhaps = at;
      before = at;
    }
    return perhaps === -1 ? first : perhaps;
  }

  /** Whether the quote here ends a value, by what stands behind it: a blank alone proves nothing. */
  #endsValue(at: number): 'yes' | 'perhaps' | 'no' {
    const text = this.#text;
    let behind = at + 1;
    while (isFewBlank(text.charCodeAt(behind))) behind += 1;
    const code = text.charCodeAt(behind);
    if (Number.isNaN(code) || code === GREATER || isBlank(code)) return 'yes';
    if (code === SLASH && text.charCodeAt(behind + 1) === GREATER) return 'yes';
    if (this.#isAttribute(behind)) return 'yes';
    return behind > at + 1 ? 'perhaps' : 'no';
  }

  #noteRepeated(attributes: readonly XmlAttribute[]): void {
    // Of a few, comparing each with each is quicker than a set.
    const names = attributes.length > FEW_ATTRIBUTES ? new Set<string>() : null;
    for (let at = 0; at < attributes.length; at += 1) {
      const name = attributes[at]?.name ?? '';
      let seen = names?.has(name) ?? false;
      for (let before = 0; names === null && !seen && before < at; before += 1)
        seen = attributes[before]?.name === name;
      if (seen) {
        this.#repeated.add(name);
        this.#codes.add('not-well-formed');
      }
      names?.add(name);
    }
  }

  #start(name: string, attributes: readonly XmlAttribute[], closed: boolean, end: number): void {
    const element = new OpenElement(name, attributes, end);
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      if (this.roots.length > 0) this.#codes.add('not-well-formed');
      this.roots.push(element);
    } else parent.addChild(element);
    if (!closed) {
      this.#open.push(element);
      if (this.#open.length > DEPTH_LOOKED_AT) this.#deepNames.set(name, (this.#deepNames.get(name) ?? 0) + 1);
    } else if (parent !== undefined) {
      if (attributes.length === 0) parent.oddities += 1;
      else parent.elements += 1;
    }
  }

  /**
   * Whether what stands from `at` to `end` looks like the closing tag of the element that is open, mistyped: that has text
   * alone and began on this line, which ends here. Templates in public use have `<a>1</b>` and `<a>1<a>`.
   */
  #endsItsLine(at: number, end: number): boolean {
    const element = this.#open.at(-1);
    if (element === undefined || !element.hasText || element.children.length > 0 || element.oddities > 0) return false;
    const text = this.#text;
    let behind = end;
    while (isFewBlank(text.charCodeAt(behind)) || text.charCodeAt(behind) === CR) behind += 1;
    return text.charCodeAt(behind) === LF && text.lastIndexOf('\n', at) < element.start;
  }

  #close(name: string, at: number, end = at): void {
    if (this.#open.at(-1)?.name !== name && !this.#isOpen(name)) {
      this.#codes.add('not-well-formed');
      const inside = this.#open.at(-1);
      if (inside === undefined) return;
      if (this.#endsItsLine(at, end)) this.#close(inside.name, at);
      else inside.oddities += 1;
      return;
    }
    for (let element = this.#pop(); element !== undefined; element = this.#pop()) {
      if (element.name === name) {
        this.#mendText(element, at);
        const parent = this.#open.at(-1);
        if (parent !== undefined) parent.elements += 1;
        return;
      }
      this.#codes.add('not-well-formed');
      const parent = this.#open.at(-1);
      if (parent === undefined) continue;
      if (element.elements > 0 || element.attributes.length > 0) parent.elements += 1;
      else parent.oddities += 1;
    }
  }

  #pop(): OpenElement | undefined {
    const element = this.#open.pop();
    if (element !== undefined && this.#open.length >= DEPTH_LOOKED_AT) {
      this.#deepNames.set(element.name, (this.#deepNames.get(element.name) ?? 1) - 1);
    }
    return element;
  }

  #isOpen(name: string): boolean {
    const looked = Math.min(this.#open.length, DEPTH_LOOKED_AT);
    for (let depth = 0; depth < looked; depth += 1) {
      if (this.#open[depth]?.name === name) return true;
    }
    return (this.#deepNames.get(name) ?? 0) > 0;
  }

  /** `<P34>a<b>c</P34>`: what looked like tags was text, since it stands in a line with text and nothing closes it. */
  #mendText(element: OpenElement, end: number): void {
    if (
      !element.hasText ||
      element.oddities === 0 ||
      element.elements > 0 ||
      end - element.start > LONGEST_TEXT_WITH_TAGS
    )
      return;
    const raw = this.#text.slice(element.start, end);
    if (raw.includes('\n') || raw.includes('<!')) return;
    element.children = NONE;
    element.text = this.#decode(raw.slice(...blanksAround(raw)));
    this.#mendedIn(element);
  }

  #mendedIn(element: OpenElement | undefined): void {
    this.#codes.add('not-well-formed');
    if (element !== undefined) this.#mended.add(element.name);
  }

  /** At the end of the text: what was open there is cut. A value that may lack its end is no value. */
  #closeCut(): void {
    const cut = this.#open.at(-1);
    if (cut === undefined) return;
    this.#codes.add('not-well-formed');
    if (cut.children.length === 0) cut.text = '';
  }

  #addText(element: OpenElement | undefined, start: number, end: number): void {
    let from = start;
    while (from < end && isBlank(this.#text.charCodeAt(from))) from += 1;
    if (from === end) {
      if (element?.hasText && start < end) element.blanks += this.#text.slice(start, end);
      return;
    }
    if (element === undefined) {
      this.#codes.add(this.roots.length === 0 ? 'not-well-formed' : 'text-after-root');
      return;
    }
    let to = end;
    while (isBlank(this.#text.charCodeAt(to - 1))) to -= 1;
    const leading = element.hasText ? this.#text.slice(start, from) : '';
    element.addText(leading + this.#decode(this.#text.slice(from, to)));
    element.blanks = this.#text.slice(to, end);
  }

  /** The five names and numbers of characters; any other `&` stays. */
  #decode(raw: string): string {
    let decoded = '';
    let taken = 0;
    for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', at + 1)) {
      REFERENCE.lastIndex = at;
      const found = REFERENCE.exec(raw);
      const character = found === null ? undefined : characterOf(found);
      if (found === null || character === undefined) {
        this.#codes.add('raw-ampersand');
        continue;
      }
      decoded += raw.slice(taken, at) + character;
      taken = at + found[0].length;
    }
    return taken === 0 ? raw : decoded + raw.slice(taken);
  }

  #name(start: number): string | null {
    const text = this.#text;
    if (!isOfClass(text.charCodeAt(start), NAME_START)) return null;
    let at = start + 1;
    while (isOfClass(text.charCodeAt(at), NAME_PART)) at += 1;
    return text.slice(start, at);
  }

  #attributeName(start: number): string | null {
    const text = this.#text;
    // What was seen ahead is of this name in any case, and is not looked at again.
    let at = start === this.#seenName ? this.#seenNameEnd : start;
    while (isOfClass(text.charCodeAt(at), ATTRIBUTE_PART)) at += 1;
    return at === start ? null : text.slice(start, at);
  }

  /** Whether an attribute begins here: a name, `=`, a quote, with few blanks between. */
  #isAttribute(start: number): boolean {
    const text = this.#text;
    let at = start;
    const longest = start + LONGEST_ATTRIBUTE_NAME;
    while (at < longest && isOfClass(text.charCodeAt(at), PLAIN_PART)) at += 1;
    const first = text.charCodeAt(start);
    if (at === start || first === DOT || first === HYPHEN) return false;
    const nameEnd = at;
    at = this.#skipFew(at);
    if (text.charCodeAt(at) !== EQUALS) return false;
    at = this.#skipFew(at + 1);
    const quote = text.charCodeAt(at);
    if (quote !== QUOTE && quote !== APOSTROPHE) return false;
    this.#seenName = start;
    this.#seenNameEnd = nameEnd;
    return true;
  }

  #skipFew(start: number): number {
    const text = this.#text;
    let at = start;
    while (at < start + MOST_BLANKS && isFewBlank(text.charCodeAt(at))) at += 1;
    return at;
  }

  #match(sticky: RegExp, at: number): string | null {
    sticky.lastIndex = at;
    return sticky.exec(this.#text)?.[0] ?? null;
  }

  #beginsLine(start: number): boolean {
    let at = start - 1;
    while (this.#text[at] === ' ' || this.#text[at] === '\t') at -= 1;
    return this.#text[at] === '\n';
  }

  #skipBlanks(start: number): number {
    let at = start;
    while (isBlank(this.#text.charCodeAt(at))) at += 1;
    return at;
  }
}

interface Value {
  /** Null: there is none that can be trusted. */
  readonly text: string | null;
  readonly quoted: boolean;
  readonly end: number;
}

const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));/y;
const NAMES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined: XML has no such character. */
function characterOf([, name, decimal, hex]: RegExpExecArray): string | undefined {
  if (name !== undefined) return NAMES[name];
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  const isCharacter =
    code === 9 || code === 10 || code === 13 || (code >= 32 && code < 0xd800) || (code >= 0xe000 && code <= 0x10ffff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

const LF = 10;
const CR = 13;
const EXCLAMATION = 33;
const QUOTE = 34;
const APOSTROPHE = 39;
const HYPHEN = 45;
const DOT = 46;
const SLASH = 47;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const QUESTION = 63;

/** Those within a line. */
function isFewBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** The blanks of XML; others are part of a value. */
function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Where the text between blanks at both ends begins and ends. */
function blanksAround(text: string): [number, number] {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return [start, end];
}
