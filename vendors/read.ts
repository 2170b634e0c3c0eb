// From files to what they say: decode, recognise, parse, merge, translate. Fetches nothing and never throws for a file.
import { type NotConfig, type NotConfigReason, sniff } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { type Identified, identify } from './identify.ts';
import type { Mac } from './mac.ts';
import type { Line, LineSetting, VendorId } from './model.ts';
import { macsInComments, macsInNames, macsInValues } from './named-macs.ts';
import { hasLogin } from './secret-key.ts';
import { type EffectiveValues, effectiveValues, readLines } from './translate.ts';
import type { Vendor } from './vendor.ts';

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
  /** Advice: a code, and behind a colon the key, the line's number or the file's name. */
  readonly warnings: string[];
}

/** What files say as one configuration. */
export class Reading implements Facts {
  readonly vendor: VendorId;
  readonly format: string;
  readonly lines: Line[];
  readonly settings: LineSetting[];
  readonly includes: string[];
  readonly macs: Mac[];
  readonly warnings: string[];
  readonly #isSecret: (key: string) => boolean;
  readonly #values: EffectiveValues;
  #fields: Record<string, string> | null = null;

  constructor(vendor: Vendor, values: EffectiveValues, facts: Facts) {
    this.vendor = facts.vendor;
    this.format = facts.format;
    this.lines = facts.lines;
    this.settings = facts.settings;
    this.includes = facts.includes;
    this.macs = facts.macs;
    this.warnings = facts.warnings;
    this.#isSecret = vendor.isSecret;
    this.#values = values;
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
}

export type ReadResult =
  | { readonly kind: 'config'; readonly reading: Reading }
  | { readonly kind: 'not-config'; readonly reason: NotConfigReason; readonly message: string };

interface ParsedFile extends Identified {
  readonly text: string;
  readonly entries: readonly Entry[];
  readonly includes: readonly string[];
}

/**
 * Reads files as one configuration, in the order in which they override: later wins. One that is no configuration makes
 * the whole none, except for blank files beside others. With `vendor` no other is tried.
 */
export function readConfig(files: readonly ConfigFile[], options: { readonly vendor?: VendorId } = {}): ReadResult {
  const parsed: ParsedFile[] = [];
  const warnings = new Set<string>();
  let blank: NotConfig | null = null;
  for (const file of files) {
    const result = parseFile(file, options.vendor, warnings);
    if (result.kind === 'identified') parsed.push(result);
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

  const values = effectiveValues(vendor, parsed.length === 1 ? last.entries : parsed.flatMap(({ entries }) => entries));
  const { lines, settings, warnings: lineWarnings } = readLines(vendor, values);
  const includes = [...new Set(parsed.flatMap((file) => file.includes))];
  const macs = new Set<Mac>([
    ...parsed.flatMap(({ text }) => macsInComments(text)),
    ...macsInValues(values.all),
    ...macsInNames(includes),
  ]);
  const main = parsed.findLast(({ entries }) => entries.some(({ key }) => key.startsWith(vendor.lineKeyStart))) ?? last;
  const bootOnly =
    includes.length > 0 && lines.length === 0 && main === last && !hasLineKeys(main, vendor.lineKeyStart);
  const reading = new Reading(vendor, values, {
    vendor: vendor.id,
    format: bootOnly ? `${vendor.id}-boot` : main.format.id,
    lines,
    settings,
    includes,
    macs: [...macs],
    warnings: [...new Set([...warnings, ...values.warnings, ...lineWarnings])],
  });
  return { kind: 'config', reading };
}

function hasLineKeys(file: ParsedFile, start: string): boolean {
  return file.entries.some(({ key }) => key.startsWith(start));
}

function notConfig(result: { reason: NotConfigReason; message: string }, name: string | null): ReadResult {
  return {
    kind: 'not-config',
    reason: result.reason,
    message: name === null ? result.message : `${name}: ${result.message}`,
  };
}

function parseFile(file: ConfigFile, wanted: VendorId | undefined, warnings: Set<string>): ParsedFile | NotConfig {
  const body = sniff(file.bytes);
  if (body.kind === 'not-config') return body;
  const identified = identify(body, wanted);
  if (identified.kind === 'not-config') return identified;
  const parsed = identified.format.parse(body.text);
  const misread = parsed.warnings.filter((warning) => warning.startsWith('line-not-understood')).length;
  // Some junk is survivable; when most of the lines are, we would be reading something else.
  if (misread > parsed.entries.length + parsed.includes.length) {
    return {
      kind: 'not-config',
      reason: 'PARSE_SYNTAX',
      message: `The file begins like a configuration for ${identified.vendor.name}, but ${misread} of its lines are not of that form: it may be damaged or cut.`,
    };
  }
  for (const warning of [...body.warnings, ...parsed.warnings]) warnings.add(warning);
  return { ...identified, text: body.text, entries: parsed.entries, includes: parsed.includes };
}
