// Entries to lines and settings and back, by a vendor's table. Knows no vendor and no syntax.
import type { Entry } from '../parsers/syntax.ts';
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
import { type AccessChoice, Pen, Refusal } from './pen.ts';
import {
  type Found,
  type ReadyAddress,
  type ReadyFact,
  type ReadyLineRows,
  type ReadySetting,
  type ReadyTable,
  ready,
  readyTable,
} from './ready-rows.ts';
import { isSame } from './same-value.ts';
import type { EffectiveValues, Fact, Format, KeyTable, ModelFamily, Vendor, Writer } from './vendor.ts';

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

export interface ToWrite {
  readonly lines: readonly Line[];
  readonly settings?: readonly LineSetting[];
  readonly phone?: PhoneSettings;
  readonly access?: AccessChoice;
}

export type EntriesResult =
  | { readonly ok: true; readonly entries: Entry[]; readonly warnings: string[] }
  | { readonly ok: false; readonly message: string };

/** The entries that say what the lines and settings say. Refuses, as a value, what the vendor's format cannot carry. */
export function writeEntries(
  vendor: Pick<Vendor, 'id' | 'nothing'>,
  format: Format & { readonly writer: Writer },
  config: ToWrite,
  model: ModelFamily | null,
): EntriesResult {
  const pen = new Pen(vendor.nothing, format.writer, config.access ?? {});
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
  const rows = readyTable(table);
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
    writeLine(pen, rows, line);
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

function writeLine(pen: Pen, of: ReadyTable, line: Line): void {
  const number = line.line;
  const { lines: rows } = of;
  const { registrar, outboundProxy, backup, backupOutboundProxy = null } = line;

  if (rows.enabled !== undefined) pen.writeSaid(rows.enabled, line.enabled, 'enabled', number);
  else if (line.enabled === false) {
    throw new Refusal('enabled', `the format cannot say that line ${number} is off: leave the line out`);
  }
  pen.writeSaid(rows.label, line.label, 'label', number);
  pen.writeSaid(rows.displayName, line.displayName, 'displayName', number);
  pen.writeSaid(rows.authName, line.authName, 'authName', number);
  if (line.userName !== null) pen.write(rows.userName, { user: line.userName, domain: null }, 'userName', number);
  pen.writeSaid(rows.password, line.password, 'password', number);
  if (registrar !== null) {
    const { host, port, transport } = registrar;
    if (host !== null) writeAddress(pen, of.registrar, host, port, transport, number);
    else {
      pen.writeSaid(rows.registrarPort, port, 'registrar.port', number);
      pen.writeSaid(rows.registrarTransport, transport, 'registrar.transport', number);
    }
  }
  pen.writeSaid(rows.expiresSeconds, line.expiresSeconds, 'expiresSeconds', number);
  if (rows.outboundOn !== undefined && (outboundProxy !== null || backupOutboundProxy !== null)) {
    pen.write(rows.outboundOn, true, 'outboundProxy', number);
  }
  writeEndpoint(pen, of.outboundProxy, outboundProxy, number);
  writeEndpoint(pen, of.backup, backup, number);
  writeEndpoint(pen, of.backupOutboundProxy, backupOutboundProxy, number);
  if (line.port !== undefined) pen.write(rows.port, line.port, 'port', number);
  if (line.ha1 !== undefined) pen.write(rows.ha1, line.ha1, 'ha1', number);
  if (line.ha1Realm !== undefined) pen.write(rows.ha1Realm, line.ha1Realm, 'ha1Realm', number);
  if (line.ha1Algorithm !== undefined) pen.write(rows.ha1Algorithm, line.ha1Algorithm, 'ha1Algorithm', number);
}

function writeEndpoint(pen: Pen, of: ReadyAddress, address: HostPort | null, line: number): void {
  if (address !== null) writeAddress(pen, of, address.host, address.port, address.transport ?? null, line);
}

/** An address and what has a place of its own beside it; the rest goes with the host. */
function writeAddress(
  pen: Pen,
  of: ReadyAddress,
  host: string,
  port: number | null,
  transport: Transport | null,
  line: number,
): void {
  let address: HostPort = { host, port: of.port === undefined ? port : null };
  if (of.transport === undefined && transport !== null) {
    const whole = { ...address, transport };
    const codec = of.host?.codec ?? null;
    if (codec === null || !('refused' in codec.write(whole))) address = whole;
    else pen.warnings.add(`not-written:${of.transportName}:${line}`);
  }
  pen.write(of.host, address, of.hostName, line);
  if (of.port !== undefined) pen.writeSaid(of.port, port, of.portName, line);
  if (of.transport !== undefined) pen.writeSaid(of.transport, transport, of.transportName, line);
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
