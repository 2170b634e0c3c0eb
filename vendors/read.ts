// From files to what they say: decode, recognise, parse, merge, translate. Fetches nothing and never throws for a file.
import { decrypt } from '../parsers/decrypt.ts';
import { type NotConfig, type NotConfigReason, sniff, type TextBody } from '../parsers/sniff.ts';
import { type Dialect, findDialect } from './dialect.ts';
import { effectiveValues } from './effective-values.ts';
import { findMacInName, type Mac } from './mac.ts';
import type { Access, Line, LineSetting, PhoneSettings, VendorId } from './model.ts';
import { macsInComments, macsInNames, macsInValues } from './named-macs.ts';
import { VENDORS } from './registry.ts';
import { hasLogin } from './secret-key.ts';
import { readFact, readLines, readPhone, type Translated } from './translate.ts';
import type { EffectiveValues, Fact, KeyTable, LineFacts, ParsedConfig, Vendor } from './vendor.ts';

export type { NotConfigReason };

export interface ConfigFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Facts {
  readonly vendor: VendorId;
  /** `yealink-v70`, `yealink-m1`, or `yealink-boot` when the files only name further ones. */
  readonly format: string;
  readonly lines: Line[];
  readonly settings: LineSetting[];
  /** Further files to fetch, as written. */
  readonly includes: string[];
  /** MACs that the files name as theirs: empty means that they do not say. */
  readonly macs: Mac[];
}

/** Of the files and of the lines; those of the keys, which stand between them, the values have. */
interface Told {
  readonly ofFiles: Iterable<string>;
  readonly ofLines: readonly string[];
}

/** What files say as one configuration. */
export class Reading implements Facts {
  readonly vendor: VendorId;
  readonly format: string;
  readonly lines: Line[];
  readonly settings: LineSetting[];
  readonly includes: string[];
  readonly macs: Mac[];
  readonly #isSecret: (key: string) => boolean;
  readonly #values: EffectiveValues;
  readonly #tables: readonly KeyTable[];
  readonly #told: Told;
  #warnings: string[] | null = null;
  #fields: Record<string, string> | null = null;

  constructor(vendor: Vendor, tables: readonly KeyTable[], values: EffectiveValues, facts: Facts, told: Told) {
    this.vendor = facts.vendor;
    this.format = facts.format;
    this.lines = facts.lines;
    this.settings = facts.settings;
    this.includes = facts.includes;
    this.macs = facts.macs;
    this.#told = told;
    this.#isSecret = vendor.isSecret;
    this.#tables = tables;
    this.#values = values;
  }

  /** Advice: a code, and behind a colon the key, the line's number or the file's name. Gathered when first looked at. */
  get warnings(): string[] {
    const { ofFiles, ofLines } = this.#told;
    this.#warnings ??= [...new Set([...ofFiles, ...this.#values.warnings, ...ofLines])];
    return this.#warnings;
  }

  /** The raw value of a key that is no secret. */
  field(key: string): string | undefined {
    const value = this.#values.get(key);
    return value === null || value === undefined || this.#isSecret(key) || hasLogin(value) ? undefined : value;
  }

  /** All of them: any may hold the DID. Has no prototype. Gathered when first looked at: most readers want one. */
  get fields(): Readonly<Record<string, string>> {
    if (this.#fields === null) {
      this.#fields = Object.create(null) as Record<string, string>;
      for (const key of this.#values.all.keys()) {
        const value = this.field(key);
        if (value !== undefined) this.#fields[key] = value;
      }
    }
    return this.#fields;
  }

  /** The key that holds a fact of a line; null: the files do not say it. */
  keyOf(fact: keyof LineFacts, line: number): string | null {
    const row = (table: KeyTable) => table.lines[fact] as Fact<unknown> | undefined;
    const found = this.#tables.findLast((table) => readFact(row(table), this.#values, line, []) !== null);
    return (found && readFact(row(found), this.#values, line, [])?.key) ?? null;
  }

  /** Values that must not be shown: of the lines, and of all keys that are secrets. */
  secrets(): { readonly ofLines: readonly string[]; readonly ofKeys: readonly string[] } {
    const ofLines = this.lines.flatMap(
      ({ password, ha1 }) => [password, ha1].filter((one) => Boolean(one)) as string[],
    );
    const ofKeys = Array.from(this.#values.all, ([key, value]) =>
      value !== null && value !== '' && (this.#isSecret(key) || hasLogin(value)) ? value : '',
    ).filter((value) => value !== '');
    return { ofLines, ofKeys };
  }

  /** What holds for the whole phone, secrets included; read when asked for. */
  phone(): { readonly phone: PhoneSettings; readonly access: Readonly<Record<string, Access>>; warnings: string[] } {
    const read = this.#tables.map((table) => readPhone(table, this.#values));
    return {
      phone: Object.assign({}, ...read.map(({ phone }) => phone)),
      access: Object.assign({}, ...read.map(({ access }) => access)),
      warnings: read.flatMap(({ warnings }) => warnings),
    };
  }
}

export type ReadResult =
  | { readonly kind: 'config'; readonly reading: Reading }
  | { readonly kind: 'not-config'; readonly reason: NotConfigReason; readonly message: string };

export interface ReadOptions {
  /** No other is tried. */
  readonly vendor?: VendorId | undefined;
  /** Whose file it is, for formats that ask: scripts, lists per model. */
  readonly mac?: Mac | null | undefined;
  readonly model?: string | null | undefined;
  /** Of encrypted files: pass phrases, AES keys, RSA private keys (PEM). */
  readonly keys?: readonly string[] | undefined;
}

export type ParsedFile = Dialect &
  Pick<ParsedConfig, 'entries' | 'includes'> & {
    readonly macs: readonly Mac[];
    /** The parser's own word for a special kind. */
    readonly kindOfFile: string | undefined;
    readonly text: string;
  };

/**
 * Reads files as one configuration, in the order in which they are asked; which of them wins, the vendor says. One that
 * is no configuration makes the whole none, except for blank files beside others.
 */
export function readConfig(files: readonly ConfigFile[], options: ReadOptions = {}): ReadResult {
  const parsed: ParsedFile[] = [];
  const warnings = new Set<string>();
  let blank: NotConfig | null = null;
  for (const file of files) {
    const result = parseFile(file, options, warnings);
    if (result.kind === 'dialect') parsed.push(result);
    else if (result.reason === 'BODY_EMPTY') {
      blank ??= result;
      warnings.add(`empty-file:${file.name}`);
    } else return notConfig(result, files.length > 1 ? file.name : null);
  }
  const last = parsed.at(-1);
  if (last === undefined) {
    return blank ?? notConfig({ reason: 'BODY_EMPTY', message: 'There is no file to read.' }, null);
  }
  const { vendor } = last;
  const stranger = parsed.find((file) => file.vendor !== vendor);
  if (stranger !== undefined) {
    return notConfig(
      {
        reason: 'PARSE_DIALECT_UNKNOWN',
        message: `The files are of different makers (${stranger.vendor.name}, ${vendor.name}): set the vendor of this PBX.`,
      },
      null,
    );
  }

  const weakestFirst = vendor.merge === 'first' ? parsed.toReversed() : parsed;
  const values = effectiveValues(
    vendor,
    weakestFirst.length === 1 ? last.entries : weakestFirst.flatMap(({ entries }) => entries),
  );
  const tables = [...new Set(weakestFirst.map(({ format }) => format.table))];
  const { lines, settings, warnings: lineWarnings } = readTables(tables, values);
  const includes = new Set<string>();
  const macs = new Set<Mac>();
  for (const file of parsed) {
    for (const include of file.includes) includes.add(include);
    for (const mac of macsInComments(file.text)) macs.add(mac);
    for (const mac of file.macs) macs.add(mac);
  }
  for (const mac of macsInValues(values)) macs.add(mac);
  for (const mac of macsInNames(includes)) macs.add(mac);
  const main = parsed.length === 1 ? last : (weakestFirst.findLast(speaksOfLines) ?? last);
  const format = main.kindOfFile ?? main.format.id;
  const facts = { vendor: vendor.id, format, lines, settings, includes: [...includes], macs: [...macs] };
  const reading = new Reading(vendor, tables, values, facts, { ofFiles: warnings, ofLines: lineWarnings });
  return { kind: 'config', reading };
}

/** A vendor's files may be of several namings: each is read by its own table, and the stronger file's line counts. */
function readTables(tables: readonly KeyTable[], values: EffectiveValues): Translated {
  const [first] = tables;
  if (tables.length === 1 && first !== undefined) return readLines(first, values);
  const read = tables.map((table) => readLines(table, values));
  const lines = new Map(read.flatMap((one) => one.lines.map((line) => [line.line, line] as const)));
  const settings = new Map(
    read.flatMap((one) => one.settings.map((item) => [`${item.line} ${item.name}`, item] as const)),
  );
  return {
    lines: [...lines.values()].sort((a, b) => a.line - b.line),
    settings: [...settings.values()],
    warnings: read.flatMap(({ warnings }) => warnings),
  };
}

function speaksOfLines(file: ParsedFile): boolean {
  const values = effectiveValues(file.vendor, file.entries);
  for (const _ of file.format.table.numbers(values)) return true;
  return false;
}

function notConfig(result: { reason: NotConfigReason; message: string }, name: string | null): ReadResult {
  return {
    kind: 'not-config',
    reason: result.reason,
    message: name === null ? result.message : `${name}: ${result.message}`,
  };
}

function openFile(file: ConfigFile, keys: readonly string[], warnings: Set<string>): TextBody | NotConfig {
  const body = sniff(file.bytes);
  if (body.kind === 'text' || keys.length === 0) {
    const known = body.kind === 'text' ? undefined : ENCRYPTED_NAMES.find(([name]) => name.test(file.name));
    if (known === undefined || body.kind === 'text') return body;
    const message = `The file is encrypted ${known[1]}, which cannot be opened: switch the encryption off on the PBX.`;
    return { kind: 'not-config', reason: 'BODY_ENCRYPTED', message };
  }
  if (body.reason !== 'BODY_ENCRYPTED' && body.reason !== 'BODY_NOT_CONFIG') return body;
  const opened = decrypt(file.bytes, keys);
  if (opened.kind === 'opened') {
    warnings.add(`encrypted:${opened.how}`);
    return sniff(opened.bytes);
  }
  if (body.reason !== 'BODY_ENCRYPTED') return body;
  return {
    ...body,
    message: 'The file is encrypted, and the key given does not open it: check the key with the admin of the PBX.',
  };
}

/** What a file's name says of an encryption that nobody outside its maker describes. */
const ENCRYPTED_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\.tuz$/i, 'with anacrypt (Mitel, Aastra)'],
  [/\.e[123]c$/i, 'in the way of Panasonic phones'],
  [/\.(?:enc\.)?sgn$/i, 'and signed by a Cisco call manager'],
  [/_Security\.enc$/i, 'with a key of Yealink firmware'],
];

const OPENERS = VENDORS.flatMap(({ open }) => open ?? []);

/** The text of a vendor's own binary form. */
function fromBinary(file: ConfigFile): ConfigFile {
  for (const open of OPENERS) {
    const bytes = open(file.bytes);
    if (bytes !== null) return { ...file, bytes };
  }
  return file;
}

/** As good as blank: a common file that only has to be there. */
const COMMENTS_ONLY: NotConfig = {
  kind: 'not-config',
  reason: 'BODY_EMPTY',
  message: 'The file holds nothing but comments: its template for this phone may have failed.',
};

/** One file by itself, as its syntax has it: for those who look at the text. */
export function parseFile(
  file: ConfigFile,
  options: ReadOptions,
  warnings: Set<string> = new Set(),
): ParsedFile | NotConfig {
  const body = openFile(fromBinary(file), options.keys ?? [], warnings);
  if (body.kind === 'not-config') return body;
  const dialect = findDialect(body, options.vendor);
  if (dialect.kind === 'not-config') return body.shape.kind === 'comments' ? COMMENTS_ONLY : dialect;
  const parsed = dialect.format.parse(body.text, {
    name: file.name,
    mac: options.mac ?? findMacInName(file.name),
    model: options.model ?? null,
  });
  const misread = parsed.warnings.filter((warning) => warning.startsWith('line-not-understood')).length;
  // Some junk is survivable; when most of the lines are, we would be reading something else.
  if (misread > parsed.entries.length + parsed.includes.length) {
    return {
      kind: 'not-config',
      reason: 'PARSE_SYNTAX',
      message: `The file begins like a configuration for ${dialect.vendor.name}, but ${misread} of its lines are not of that form: it may be damaged or cut.`,
    };
  }
  for (const warning of body.warnings) warnings.add(warning);
  for (const warning of parsed.warnings) warnings.add(warning);
  const { vendor, format } = dialect;
  const { entries, includes, macs = [], format: kindOfFile } = parsed;
  return { kind: 'dialect', vendor, format, entries, includes, macs, kindOfFile, text: body.text };
}
