// Entries to lines and settings and back, by a vendor's table. Knows no vendor and no syntax.
import type { Entry } from '../parsers/syntax.ts';
import type { Codec, Written } from './codec.ts';
import { fillKey, keptPerLine } from './kept-keys.ts';
import type {
  Access,
  FunctionKey,
  HostPort,
  Line,
  LineSetting,
  PhoneFacts,
  PhoneSettings,
  SettingName,
  Transport,
} from './model.ts';
import type {
  EffectiveValues,
  Fact,
  Format,
  Group,
  Key,
  KeyTable,
  LineFacts,
  LineRows,
  ModelFamily,
  SettingRows,
  Values,
  Vendor,
  Writer,
  WrittenEntries,
} from './vendor.ts';

// ---- reading

export interface Translated {
  readonly lines: Line[];
  readonly settings: LineSetting[];
  readonly warnings: string[];
}

export function readLines(table: KeyTable, values: EffectiveValues): Translated {
  const warnings: string[] = [];
  const lines: Line[] = [];
  const settings: LineSetting[] = [];
  const readers = readersOf(table);
  for (const number of lineNumbers(table, values, warnings)) {
    const read = readLine(readers.lines, values, number, warnings);
    const line = read !== null && table.finish ? table.finish(read, values, (text) => warnings.push(text)) : read;
    if (line === null) continue;
    lines.push(line);
    readSettings(readers.settings, values, number, settings, warnings);
  }
  return { lines, settings, warnings };
}

function lineNumbers(table: KeyTable, values: EffectiveValues, warnings: string[]): number[] {
  const numbers = new Set<number>();
  let outside = false;
  for (const number of table.numbers(values)) {
    if (number > table.mostLines) outside = true;
    else numbers.add(number);
  }
  if (outside) warnings.push('line-number-too-high');
  return [...numbers].sort((a, b) => a - b);
}

/** What holds for the whole phone. Not done when lines are read: few readers ask. */
export function readPhone(
  table: KeyTable,
  values: EffectiveValues,
): { readonly phone: PhoneSettings; readonly access: Readonly<Record<string, Access>>; readonly warnings: string[] } {
  const warnings: string[] = [];
  const phone: Record<string, unknown> = {};
  const access: Record<string, Access> = {};
  for (const [field, fact] of Object.entries(table.phone) as [keyof PhoneFacts, Fact<unknown>][]) {
    const found = readFact(fact, values, 0, warnings);
    if (found === null) continue;
    phone[field] = found.value;
    const who = values.accessOf(found.key);
    if (who !== undefined) access[field] = who;
  }
  const functionKeys = table.functionKeys?.read(values) ?? [];
  return { phone: { ...phone, ...(functionKeys.length > 0 && { functionKeys }) }, access, warnings };
}

interface Found<Value> {
  readonly value: Value;
  readonly key: string;
}

/** A row or group made ready for reading: what does not change from file to file is done once. */
class FactReader<Value> {
  readonly keysOf: (line: number) => readonly Key[];
  readonly #codec: Codec<Value> | null;
  readonly #group: Group<Value> | null;

  constructor(fact: Fact<Value>) {
    const row = 'keys' in fact ? fact : null;
    this.keysOf = keptPerLine((line) =>
      (row?.keys ?? []).map((key) => (typeof key === 'string' ? fillKey(key, line) : key)),
    );
    this.#codec = row?.codec ?? null;
    this.#group = 'keys' in fact ? null : fact;
  }

  /** The first of a row's keys that says something; an explicit word for nothing ends the search. */
  read(values: EffectiveValues, line: number, warnings: string[]): Found<Value> | null {
    if (this.#codec === null) return this.#readGroup(values, line, warnings);
    const keys = this.keysOf(line);
    for (let at = 0; at < keys.length; at += 1) {
      const named = keys[at] as Key;
      const key = typeof named === 'string' ? named : named(line, values);
      const text = key === null ? undefined : values.get(key);
      if (key === null || text === undefined) continue;
      if (text === null) return null;
      const value = this.#codec.read(text);
      if (value === undefined) warnings.push(`value-not-understood:${key}`);
      else if (value !== null) {
        if (values.accessOf(key) === 'default') warnings.push(`may-differ:${key}`);
        return { value, key };
      }
    }
    return null;
  }

  #readGroup(values: EffectiveValues, line: number, warnings: string[]): Found<Value> | null {
    const found = this.#group?.read(values, line) ?? null;
    if (found === null) return null;
    for (const key of found.unknown ?? []) warnings.push(`value-not-understood:${key}`);
    return found.value === null ? null : { value: found.value, key: found.key };
  }
}

const FACT_READERS = new WeakMap<object, unknown>();

function readerOf<Value>(fact: Fact<Value>): FactReader<Value> {
  const before = FACT_READERS.get(fact) as FactReader<Value> | undefined;
  if (before !== undefined) return before;
  const reader = new FactReader(fact);
  FACT_READERS.set(fact, reader);
  return reader;
}

type LineReaders = { readonly [Field in keyof LineFacts]?: FactReader<LineFacts[Field]> };

interface SettingReader {
  readonly name: SettingName;
  readonly reader: FactReader<LineSetting['value']>;
}

interface TableReaders {
  readonly lines: LineReaders;
  readonly settings: readonly SettingReader[];
}

const TABLE_READERS = new WeakMap<KeyTable, TableReaders>();

function readersOf(table: KeyTable): TableReaders {
  let readers = TABLE_READERS.get(table);
  if (readers === undefined) {
    const of = (rows: LineRows | SettingRows) =>
      Object.entries(rows).map(([name, fact]) => ({ name, reader: readerOf(fact as Fact<unknown>) }));
    readers = {
      lines: Object.fromEntries(of(table.lines).map(({ name, reader }) => [name, reader])),
      settings: of(table.settings) as SettingReader[],
    };
    TABLE_READERS.set(table, readers);
  }
  return readers;
}

export function readFact<Value>(
  fact: Fact<Value> | undefined,
  values: EffectiveValues,
  line: number,
  warnings: string[],
): Found<Value> | null {
  return fact === undefined ? null : readerOf(fact).read(values, line, warnings);
}

function readLine(rows: LineReaders, values: EffectiveValues, line: number, warnings: string[]): Line | null {
  const said = <Value>(reader: FactReader<Value> | undefined): Value | null =>
    reader === undefined ? null : (reader.read(values, line, warnings)?.value ?? null);
  const endpoint = (host: HostPort | null, port: number | null, transport: Transport | null): HostPort | null => {
    if (host === null) return null;
    if (host.port !== null && port !== null && host.port !== port) warnings.push(`two-ports:${line}`);
    // Assumption: a port written into the address was put there by a person, the other one by a template.
    return { ...host, port: host.port ?? port, ...(transport !== null && { transport }) };
  };

  const enabled = rows.enabled === undefined ? true : said(rows.enabled);
  const user = said(rows.userName);
  const password = said(rows.password);
  const ha1 = said(rows.ha1);
  if (user === null && password === null && ha1 === null) {
    if (rows.enabled !== undefined && enabled === true) warnings.push(`empty-line:${line}`);
    return null;
  }
  if (user !== null && user.domain !== null) warnings.push(`user-with-domain:${line}`);

  const registrarPort = said(rows.registrarPort);
  const found = endpoint(said(rows.registrarHost), registrarPort, null);
  const registrar = {
    host: found?.host ?? null,
    port: found === null ? registrarPort : found.port,
    transport: said(rows.registrarTransport) ?? found?.transport ?? null,
  };
  const outboundOff = said(rows.outboundOn) === false;
  const outboundProxy = outboundOff
    ? null
    : endpoint(said(rows.outboundHost), said(rows.outboundPort), said(rows.outboundTransport));
  const backupOutboundProxy = outboundOff
    ? null
    : endpoint(said(rows.backupOutboundHost), said(rows.backupOutboundPort), said(rows.backupOutboundTransport));
  const port = said(rows.port);
  const ha1Realm = said(rows.ha1Realm);
  const ha1Algorithm = said(rows.ha1Algorithm);
  return {
    line,
    enabled,
    userName: user?.user ?? null,
    authName: said(rows.authName),
    password,
    displayName: said(rows.displayName),
    label: said(rows.label),
    registrar: registrar.host === null && registrar.port === null && registrar.transport === null ? null : registrar,
    outboundProxy,
    backup: endpoint(said(rows.backupHost), said(rows.backupPort), said(rows.backupTransport)),
    ...(backupOutboundProxy !== null && { backupOutboundProxy }),
    expiresSeconds: said(rows.expiresSeconds),
    ...(port !== null && { port }),
    ...(ha1 !== null && { ha1 }),
    ...(ha1Realm !== null && { ha1Realm }),
    ...(ha1Algorithm !== null && { ha1Algorithm }),
  };
}

function readSettings(
  readers: readonly SettingReader[],
  values: EffectiveValues,
  line: number,
  settings: LineSetting[],
  warnings: string[],
): void {
  for (const { name, reader } of readers) {
    const found = reader.read(values, line, warnings);
    if (found === null || (Array.isArray(found.value) && found.value.length === 0)) continue;
    const { value, key } = found;
    const access = values.accessOf(key);
    settings.push({ line, name, value, key, ...(access !== undefined && { access }) });
  }
}

// ---- writing

/** Who may change what is written, by the field's name (`password`, `srtp`, `language`); `all` for those not named. */
export type AccessChoice = { readonly all?: Access } & { readonly [field: string]: Access | undefined };

export interface ToWrite {
  readonly lines: readonly Line[];
  readonly settings?: readonly LineSetting[];
  readonly phone?: PhoneSettings;
  readonly access?: AccessChoice;
}

export type EntriesResult =
  | { readonly ok: true; readonly entries: Entry[]; readonly warnings: string[] }
  | { readonly ok: false; readonly message: string };

/** What is wrong with one field; becomes `cannot write <field> as <vendor>: <reason>`. */
class Refusal extends Error {
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

/** The entries that say what the lines and settings say. Refuses, as a value, what the vendor's format cannot carry. */
export function writeEntries(
  vendor: Pick<Vendor, 'id' | 'nothing'>,
  format: Format & { readonly writer: Writer },
  config: ToWrite,
  model: ModelFamily | null,
): EntriesResult {
  const pen = new Pen(vendor.nothing, format, config.access ?? {});
  try {
    writeAll(pen, format.table, config, model);
    const objection = format.writer.refuseEntries?.(pen.entries, model) ?? null;
    if (objection !== null) throw new Refusal('file', objection);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, message: `cannot write ${error.field} as ${vendor.id}: ${error.message}` };
  }
  return { ok: true, entries: pen.entries, warnings: [...pen.warnings] };
}

function writeAll(pen: Pen, table: KeyTable, config: ToWrite, model: ModelFamily | null): void {
  const most = Math.min(table.mostLines, model?.lines ?? table.mostLines);
  const seen = new Set<number>();
  for (const line of config.lines) {
    const number = line.line;
    if (!Number.isInteger(number) || number < 1 || number > most) {
      const whose = model === null ? 'lines' : `the lines of ${model.id}`;
      throw new Refusal('line', `${whose} are numbered from 1 to ${most}, not ${number}`);
    }
    if (seen.has(number)) throw new Refusal('line', `there are two lines with the number ${number}`);
    seen.add(number);
    if (line.userName === null && line.password === null && line.ha1 === undefined) {
      throw new Refusal('userName', `line ${number} has neither user name nor password`);
    }
    writeLine(pen, table.lines, line);
  }
  /** Those that the format has once: the first line's is written, and counts for the lines that say nothing too. */
  const shared = new Map<SettingName, LineSetting['value']>();
  for (const setting of config.settings ?? []) {
    if (!seen.has(setting.line)) {
      throw new Refusal(setting.name, `it belongs to line ${setting.line}, which is not there`);
    }
    const { line, name, value, access } = setting;
    const fact = table.settings[name] as Fact<LineSetting['value']> | undefined;
    if (fact !== undefined && 'ofAllLines' in fact && fact.ofAllLines === true) {
      const first = shared.get(name);
      if (first !== undefined) {
        if (!isSame(first, value)) pen.warnings.add(`not-written:${name}:${line}`);
        continue;
      }
      shared.set(name, value);
      if (!isSaidOfEveryLine(name, config)) pen.warnings.add(`written-as-near:${name}`);
    }
    pen.write(fact, value, name, line, access);
  }
  const { functionKeys = [], ...phone } = config.phone ?? {};
  for (const [field, value] of Object.entries(phone)) {
    if (value === undefined) continue;
    pen.write(table.phone[field as keyof PhoneFacts] as Fact<unknown> | undefined, value, field, 0);
  }
  for (const key of functionKeys) writeFunctionKey(pen, table, key, model);
}

function isSaidOfEveryLine(name: SettingName, { lines, settings = [] }: ToWrite): boolean {
  return lines.every(({ line }) => settings.some((setting) => setting.line === line && setting.name === name));
}

function writeLine(pen: Pen, rows: LineRows, line: Line): void {
  const put = <Field extends keyof LineFacts>(field: Field, name: string, value: LineFacts[Field] | null): void => {
    if (value !== null) pen.write(rows[field] as Fact<LineFacts[Field]> | undefined, value, name, line.line);
  };
  const { backupOutboundProxy = null } = line;
  const { host = null, port = null, transport = null } = line.registrar ?? {};
  /** An address and what has a place of its own beside it; the rest goes with the host. */
  const putAddress = (
    of: 'registrar' | 'outbound' | 'backup' | 'backupOutbound',
    name: string,
    address: HostPort | null,
  ): void => {
    if (address === null) return;
    const hasPort = rows[`${of}Port`] !== undefined;
    const hasTransport = rows[`${of}Transport`] !== undefined;
    const bare = { host: address.host, port: hasPort ? null : address.port };
    const whole = hasTransport || address.transport === undefined ? bare : { ...bare, transport: address.transport };
    const row = rows[`${of}Host`];
    const isTold = whole === bare || row === undefined || !('keys' in row) || !('refused' in row.codec.write(whole));
    if (!isTold) pen.warnings.add(`not-written:${name}.transport:${line.line}`);
    put(`${of}Host`, `${name}.host`, isTold ? whole : bare);
    if (hasPort) put(`${of}Port`, `${name}.port`, address.port);
    if (hasTransport) put(`${of}Transport`, `${name}.transport`, address.transport ?? null);
  };

  if (rows.enabled !== undefined) put('enabled', 'enabled', line.enabled);
  else if (line.enabled === false) {
    throw new Refusal('enabled', `the format cannot say that line ${line.line} is off: leave the line out`);
  }
  put('label', 'label', line.label);
  put('displayName', 'displayName', line.displayName);
  put('authName', 'authName', line.authName);
  put('userName', 'userName', line.userName === null ? null : { user: line.userName, domain: null });
  put('password', 'password', line.password);
  if (host !== null) putAddress('registrar', 'registrar', { host, port, ...(transport !== null && { transport }) });
  else {
    put('registrarPort', 'registrar.port', port);
    put('registrarTransport', 'registrar.transport', transport);
  }
  put('expiresSeconds', 'expiresSeconds', line.expiresSeconds);
  if (rows.outboundOn !== undefined) {
    put('outboundOn', 'outboundProxy', line.outboundProxy || backupOutboundProxy ? true : null);
  }
  putAddress('outbound', 'outboundProxy', line.outboundProxy);
  putAddress('backup', 'backup', line.backup);
  putAddress('backupOutbound', 'backupOutboundProxy', backupOutboundProxy);
  put('port', 'port', line.port ?? null);
  put('ha1', 'ha1', line.ha1 ?? null);
  put('ha1Realm', 'ha1Realm', line.ha1Realm ?? null);
  put('ha1Algorithm', 'ha1Algorithm', line.ha1Algorithm ?? null);
}

function writeFunctionKey(pen: Pen, table: KeyTable, key: FunctionKey, model: ModelFamily | null): void {
  if (table.functionKeys === null) {
    pen.warnings.add('not-written:functionKeys');
    return;
  }
  const name = key.module === 0 ? `functionKeys.${key.key}` : `functionKeys.${key.module}.${key.key}`;
  if (model !== null) {
    if (key.module > model.modules) {
      const takes = model.modules === 0 ? 'no expansion module' : `${model.modules} expansion modules`;
      throw new Refusal(name, `${model.id} takes ${takes}`);
    }
    const most = key.module === 0 ? model.keys : model.keysPerModule;
    if (key.key > most) throw new Refusal(name, `${model.id} has keys 1 to ${most} there`);
  }
  if (!Number.isInteger(key.key) || key.key < 1) throw new Refusal(name, 'keys are numbered from 1');
  pen.add(table.functionKeys.write(key, model), name, 'functionKeys');
}

function isSame(read: unknown, value: unknown): boolean {
  if (read === value) return true;
  if (typeof value !== 'object' || typeof read !== 'object' || value === null || read === null) return false;
  if (Array.isArray(value)) return JSON.stringify(read) === JSON.stringify(value);
  // An address or a user name: a few texts and numbers.
  const said = value as Readonly<Record<string, unknown>>;
  const again = read as Readonly<Record<string, unknown>>;
  for (const name in said) if (said[name] !== again[name]) return false;
  for (const name in again) if (said[name] !== again[name]) return false;
  return true;
}

/** Writes facts as entries, checks each, and notes what the format has no place for. */
class Pen {
  readonly entries: Entry[] = [];
  readonly warnings = new Set<string>();
  readonly #nothing: readonly string[];
  readonly #writer: Writer;
  readonly #access: AccessChoice;
  readonly #written = new Map<string, string>();

  constructor(nothing: readonly string[], format: { readonly writer: Writer }, access: AccessChoice) {
    this.#nothing = nothing;
    this.#writer = format.writer;
    this.#access = access;
  }

  write<Value>(fact: Fact<Value> | undefined, value: Value, name: string, line: number, own?: Access): void {
    const warn = (code: string) => this.warnings.add(`${code}:${line === 0 ? name : `${name}:${line}`}`);
    if (fact === undefined) {
      warn('not-written');
      return;
    }
    if (!('keys' in fact)) {
      const written = fact.write(value, line);
      if ('length' in written && written.length === 0) warn('not-written');
      this.add(written, name, name, own);
      return;
    }
    const written: Written = fact.codec.write(value);
    if ('refused' in written) throw new Refusal(name, written.refused);
    const named = readerOf(fact).keysOf(line)[0] as Key;
    const key = typeof named === 'string' ? named : named(line, this.#values);
    if (key === null) throw new Refusal(name, `line ${line} has no place for it`);
    if (written.near) warn('written-as-near');
    else if (!isSame(fact.codec.read(written.text), value)) {
      throw new Refusal(name, 'it would be read back as something else');
    }
    this.#put({ key, value: written.text }, name, name, own);
  }

  add(written: WrittenEntries, name: string, accessName: string, own?: Access): void {
    if ('refused' in written) throw new Refusal(name, written.refused);
    const isNear = 'near' in written;
    if (isNear) this.warnings.add(`written-as-near:${accessName}`);
    for (const entry of isNear ? written.near : written) this.#put(entry, name, accessName, own);
  }

  #put(entry: Entry, name: string, accessName: string, own?: Access): void {
    const { key, value } = entry;
    const objection = this.#writer.refuseValue(value);
    if (objection !== null) throw new Refusal(name, objection);
    if (this.#nothing.includes(value)) throw new Refusal(name, `${value} would be read as "no value"`);
    const before = this.#written.get(key);
    // Two fields may share a key (a server for all lines) as long as they say the same.
    if (before === value) return;
    if (before !== undefined) throw new Refusal(name, `${key} already says something else`);
    this.#written.set(key, value);
    const access = own ?? this.#access[accessName] ?? this.#access.all;
    if (access === undefined) this.entries.push(entry);
    else if (this.#writer.access.includes(access) && (this.#writer.allows?.(access, key) ?? true)) {
      this.entries.push({ ...entry, access });
    } else {
      this.warnings.add(`access-not-written:${accessName}`);
      this.entries.push(entry);
    }
  }

  readonly #values: Values = { get: (key) => this.#written.get(key) };
}
