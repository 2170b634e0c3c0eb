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
  const rows = readyTable(table);
  for (const number of lineNumbers(table, values, warnings)) {
    const read = readLine(rows.lines, values, number, warnings);
    const line = read !== null && table.finish ? table.finish(read, values, (text) => warnings.push(text)) : read;
    if (line === null) continue;
    lines.push(line);
    readSettings(rows.settings, values, number, settings, warnings);
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

/** A row or group made ready for use: what does not change from file to file is done once. */
class ReadyFact<Value> {
  readonly keysOf: (line: number) => readonly Key[];
  /** Null: it is a group. */
  readonly codec: Codec<Value> | null;
  readonly group: Group<Value> | null;

  constructor(fact: Fact<Value>) {
    const row = 'keys' in fact ? fact : null;
    this.keysOf = keptPerLine((line) =>
      (row?.keys ?? []).map((key) => (typeof key === 'string' ? fillKey(key, line) : key)),
    );
    this.codec = row?.codec ?? null;
    this.group = 'keys' in fact ? null : fact;
  }

  /** The first of a row's keys that says something; an explicit word for nothing ends the search. */
  read(values: EffectiveValues, line: number, warnings: string[]): Found<Value> | null {
    if (this.codec === null) return this.#readGroup(values, line, warnings);
    const keys = this.keysOf(line);
    for (let at = 0; at < keys.length; at += 1) {
      const named = keys[at] as Key;
      const key = typeof named === 'string' ? named : named(line, values);
      const text = key === null ? undefined : values.get(key);
      if (key === null || text === undefined) continue;
      if (text === null) return null;
      const value = this.codec.read(text);
      if (value === undefined) warnings.push(`value-not-understood:${key}`);
      else if (value !== null) {
        if (values.accessOf(key) === 'default') warnings.push(`may-differ:${key}`);
        return { value, key };
      }
    }
    return null;
  }

  #readGroup(values: EffectiveValues, line: number, warnings: string[]): Found<Value> | null {
    const found = this.group?.read(values, line) ?? null;
    if (found === null) return null;
    for (const key of found.unknown ?? []) warnings.push(`value-not-understood:${key}`);
    if (found.value === null) return null;
    if (values.accessOf(found.key) === 'default') warnings.push(`may-differ:${found.key}`);
    return { value: found.value, key: found.key };
  }
}

const READY_FACTS = new WeakMap<object, unknown>();

function ready<Value>(fact: Fact<Value>): ReadyFact<Value> {
  const before = READY_FACTS.get(fact) as ReadyFact<Value> | undefined;
  if (before !== undefined) return before;
  const made = new ReadyFact(fact);
  READY_FACTS.set(fact, made);
  return made;
}

type ReadyLineRows = { readonly [Field in keyof LineFacts]?: ReadyFact<LineFacts[Field]> };

interface ReadySetting {
  readonly name: SettingName;
  readonly fact: ReadyFact<LineSetting['value']>;
}

interface ReadyTable {
  readonly lines: ReadyLineRows;
  readonly settings: readonly ReadySetting[];
}

const READY_TABLES = new WeakMap<KeyTable, ReadyTable>();

function readyTable(table: KeyTable): ReadyTable {
  let made = READY_TABLES.get(table);
  if (made === undefined) {
    const of = (rows: LineRows | SettingRows) =>
      Object.entries(rows).map(([name, fact]) => ({ name, fact: ready(fact as Fact<unknown>) }));
    made = {
      lines: Object.fromEntries(of(table.lines).map(({ name, fact }) => [name, fact])),
      settings: of(table.settings) as ReadySetting[],
    };
    READY_TABLES.set(table, made);
  }
  return made;
}

export function readFact<Value>(
  fact: Fact<Value> | undefined,
  values: EffectiveValues,
  line: number,
  warnings: string[],
): Found<Value> | null {
  return fact === undefined ? null : ready(fact).read(values, line, warnings);
}

function readLine(rows: ReadyLineRows, values: EffectiveValues, line: number, warnings: string[]): Line | null {
  const said = <Value>(fact: ReadyFact<Value> | undefined): Value | null =>
    fact === undefined ? null : (fact.read(values, line, warnings)?.value ?? null);
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
  facts: readonly ReadySetting[],
  values: EffectiveValues,
  line: number,
  settings: LineSetting[],
  warnings: string[],
): void {
  for (const { name, fact } of facts) {
    const found = fact.read(values, line, warnings);
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
    writeLine(pen, readyTable(table).lines, line);
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
    pen.write(fact && ready(fact), value, name, line, access);
  }
  const { functionKeys = [], ...phone } = config.phone ?? {};
  for (const [field, value] of Object.entries(phone)) {
    if (value === undefined) continue;
    const fact = table.phone[field as keyof PhoneFacts] as Fact<unknown> | undefined;
    pen.write(fact && ready(fact), value, field, 0);
  }
  for (const key of functionKeys) writeFunctionKey(pen, table, key, model);
}

function isSaidOfEveryLine(name: SettingName, { lines, settings = [] }: ToWrite): boolean {
  return lines.every(({ line }) => settings.some((setting) => setting.line === line && setting.name === name));
}

/** The rows of an address: what has a place of its own beside the host. */
const ADDRESS_ROWS = {
  registrar: { host: 'registrarHost', port: 'registrarPort', transport: 'registrarTransport' },
  outboundProxy: { host: 'outboundHost', port: 'outboundPort', transport: 'outboundTransport' },
  backup: { host: 'backupHost', port: 'backupPort', transport: 'backupTransport' },
  backupOutboundProxy: {
    host: 'backupOutboundHost',
    port: 'backupOutboundPort',
    transport: 'backupOutboundTransport',
  },
} as const;

function writeLine(pen: Pen, rows: ReadyLineRows, line: Line): void {
  const number = line.line;
  const put = <Value>(fact: ReadyFact<Value> | undefined, name: string, value: Value | null): void => {
    if (value !== null) pen.write(fact, value, name, number);
  };
  const { backupOutboundProxy = null } = line;
  const { host = null, port = null, transport = null } = line.registrar ?? {};
  /** An address and what has a place of its own beside it; the rest goes with the host. */
  const putAddress = (name: keyof typeof ADDRESS_ROWS, address: HostPort | null): void => {
    if (address === null) return;
    const of = ADDRESS_ROWS[name];
    const row = rows[of.host];
    const portRow = rows[of.port];
    const transportRow = rows[of.transport];
    const bare = { host: address.host, port: portRow === undefined ? address.port : null };
    const whole =
      transportRow !== undefined || address.transport === undefined ? bare : { ...bare, transport: address.transport };
    const codec = row?.codec ?? null;
    const isTold = whole === bare || codec === null || !('refused' in codec.write(whole));
    if (!isTold) pen.warnings.add(`not-written:${name}.transport:${number}`);
    put(row, `${name}.host`, isTold ? whole : bare);
    if (portRow !== undefined) put(portRow, `${name}.port`, address.port);
    if (transportRow !== undefined) put(transportRow, `${name}.transport`, address.transport ?? null);
  };

  if (rows.enabled !== undefined) put(rows.enabled, 'enabled', line.enabled);
  else if (line.enabled === false) {
    throw new Refusal('enabled', `the format cannot say that line ${number} is off: leave the line out`);
  }
  put(rows.label, 'label', line.label);
  put(rows.displayName, 'displayName', line.displayName);
  put(rows.authName, 'authName', line.authName);
  put(rows.userName, 'userName', line.userName === null ? null : { user: line.userName, domain: null });
  put(rows.password, 'password', line.password);
  if (host !== null) putAddress('registrar', transport === null ? { host, port } : { host, port, transport });
  else {
    put(rows.registrarPort, 'registrar.port', port);
    put(rows.registrarTransport, 'registrar.transport', transport);
  }
  put(rows.expiresSeconds, 'expiresSeconds', line.expiresSeconds);
  if (rows.outboundOn !== undefined) {
    put(rows.outboundOn, 'outboundProxy', line.outboundProxy || backupOutboundProxy ? true : null);
  }
  putAddress('outboundProxy', line.outboundProxy);
  putAddress('backup', line.backup);
  putAddress('backupOutboundProxy', backupOutboundProxy);
  put(rows.port, 'port', line.port ?? null);
  put(rows.ha1, 'ha1', line.ha1 ?? null);
  put(rows.ha1Realm, 'ha1Realm', line.ha1Realm ?? null);
  put(rows.ha1Algorithm, 'ha1Algorithm', line.ha1Algorithm ?? null);
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
  readonly #hasAccess: boolean;
  readonly #written = new Map<string, string>();

  constructor(nothing: readonly string[], format: { readonly writer: Writer }, access: AccessChoice) {
    this.#nothing = nothing;
    this.#writer = format.writer;
    this.#access = access;
    this.#hasAccess = Object.keys(access).length > 0;
  }

  write<Value>(fact: ReadyFact<Value> | undefined, value: Value, name: string, line: number, own?: Access): void {
    if (fact === undefined) {
      this.#warn('not-written', name, line);
      return;
    }
    const { codec, group } = fact;
    if (group !== null) {
      const written = group.write(value, line);
      if ('length' in written && written.length === 0) this.#warn('not-written', name, line);
      this.add(written, name, name, own);
    }
    if (codec === null) return;
    const written: Written = codec.write(value);
    if ('refused' in written) throw new Refusal(name, written.refused);
    const named = fact.keysOf(line)[0] as Key;
    const key = typeof named === 'string' ? named : named(line, this.#values);
    if (key === null) throw new Refusal(name, `line ${line} has no place for it`);
    if (written.near) this.#warn('written-as-near', name, line);
    else if (!isSame(codec.read(written.text), value)) {
      throw new Refusal(name, 'it would be read back as something else');
    }
    this.#put({ key, value: written.text }, name, name, own);
  }

  #warn(code: string, name: string, line: number): void {
    this.warnings.add(`${code}:${line === 0 ? name : `${name}:${line}`}`);
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
    if (this.#isWritten(entry, name)) return;
    const access = own ?? (this.#hasAccess ? (this.#access[accessName] ?? this.#access.all) : undefined);
    if (access === undefined) this.entries.push(entry);
    else if (this.#writer.access.includes(access) && (this.#writer.allows?.(access, key) ?? true)) {
      this.entries.push({ ...entry, access });
    } else {
      this.warnings.add(`access-not-written:${accessName}`);
      this.entries.push(entry);
    }
  }

  /** Two fields may share a key (a server for all lines) as long as they say the same. */
  #isWritten({ key, value }: Entry, name: string): boolean {
    const { size } = this.#written;
    // Mostly the key is new, which the size shows: keys are hashed once.
    this.#written.set(key, value);
    if (this.#written.size > size) return false;
    if (this.entries.find((entry) => entry.key === key)?.value === value) return true;
    throw new Refusal(name, `${key} already says something else`);
  }

  readonly #values: Values = { get: (key) => this.#written.get(key) };
}
