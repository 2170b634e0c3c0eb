// Entries to lines and settings and back, by a vendor's table. Knows no vendor and no syntax.
import type { Entry } from '../parsers/syntax.ts';
import type { Written } from './codec.ts';
import type { HostPort, Line, LineSetting } from './model.ts';
import type { LineFacts, Row, SettingRow, Values, Vendor } from './vendor.ts';

// ---- reading

/** Effective values, and the warnings about how they came to be. */
export interface EffectiveValues extends Values {
  readonly all: ReadonlyMap<string, string | null>;
  readonly warnings: readonly string[];
}

/**
 * The last value that says something wins, an empty one later does not erase it, a word for nothing does. (FusionPBX
 * templates write a good value and, further down, the same key empty.)
 */
export function effectiveValues(vendor: Vendor, entries: readonly Entry[]): EffectiveValues {
  const all = new Map<string, string | null>();
  const duplicates = new Set<string>();
  const emptied = new Set<string>();
  // Two or three words: comparing is quicker than hashing every value of a file.
  const { nothing } = vendor;
  for (const { key, value } of entries) {
    const before = all.get(key);
    if (before === undefined) {
      all.set(key, nothing.includes(value) ? null : value);
    } else if (value === '') {
      if (before !== null && before !== '') emptied.add(key);
    } else {
      if (before !== null && before !== '' && before !== value && !vendor.repeats(key)) duplicates.add(key);
      all.set(key, nothing.includes(value) ? null : value);
    }
  }
  return {
    all,
    get: (key) => {
      const value = all.get(key);
      return value === '' ? undefined : value;
    },
    warnings: [
      ...Array.from(duplicates, (key) => `duplicate-key:${key}`),
      ...Array.from(emptied, (key) => `empty-after-value:${key}`),
    ],
  };
}

export interface Translated {
  readonly lines: Line[];
  readonly settings: LineSetting[];
  readonly warnings: string[];
}

export function readLines(vendor: Vendor, values: EffectiveValues): Translated {
  const { numbers, warnings } = lineNumbers(vendor, values.all.keys());
  const lines: Line[] = [];
  const settings: LineSetting[] = [];
  for (const number of numbers) {
    const line = readLine(vendor, values, number, warnings);
    if (line === null) continue;
    lines.push(line);
    settings.push(...readSettings(vendor, values, number, warnings));
  }
  return { lines, settings, warnings };
}

function lineNumbers(vendor: Vendor, keys: Iterable<string>): { numbers: number[]; warnings: string[] } {
  const start = vendor.lineKeyStart;
  const numbers = new Set<number>();
  let outside = false;
  for (const key of keys) {
    if (!key.startsWith(start)) continue;
    const dot = key.indexOf('.', start.length);
    if (dot === -1) continue;
    const text = key.slice(start.length, dot);
    if (!/^[1-9]\d*$/.test(text)) continue;
    if (Number(text) > vendor.mostLines) outside = true;
    else numbers.add(Number(text));
  }
  return { numbers: [...numbers].sort((a, b) => a - b), warnings: outside ? ['line-number-too-high'] : [] };
}

function keyFor(template: string, line: number): string {
  return template.replace('{n}', String(line));
}

/** The first of a row's keys that says something; an explicit word for nothing ends the search. */
function readRow<Value>(
  row: Row<Value> | undefined,
  values: Values,
  line: number,
  warnings: string[],
): { value: Value; key: string } | null {
  for (const template of row?.keys ?? []) {
    const key = keyFor(template, line);
    const text = values.get(key);
    if (text === undefined) continue;
    if (text === null) return null;
    const value = row?.codec.read(text);
    if (value === undefined) warnings.push(`value-not-understood:${key}`);
    else if (value !== null) return { value, key };
  }
  return null;
}

function readLine(vendor: Vendor, values: Values, line: number, warnings: string[]): Line | null {
  const fact = <Field extends keyof LineFacts>(field: Field): LineFacts[Field] | null => {
    const row: Row<LineFacts[Field]> | undefined = vendor.lines[field];
    return readRow(row, values, line, warnings)?.value ?? null;
  };
  const endpoint = (host: HostPort | null, separatePort: number | null): HostPort | null => {
    if (host === null) return null;
    if (host.port !== null && separatePort !== null && host.port !== separatePort) warnings.push(`two-ports:${line}`);
    // Assumption: a port written into the address was put there by a person, the other one by a template.
    return { ...host, port: host.port ?? separatePort };
  };

  const enabled = fact('enabled');
  const user = fact('userName');
  const password = fact('password');
  if (user === null && password === null) {
    if (enabled === true) warnings.push(`empty-line:${line}`);
    return null;
  }
  if (user !== null && user.domain !== null) warnings.push(`user-with-domain:${line}`);

  const registrarPort = fact('registrarPort');
  const registrar = endpoint(fact('registrarHost'), registrarPort);
  const outboundOff = fact('outboundOn') === false;
  const outboundProxy = outboundOff ? null : endpoint(fact('outboundHost'), fact('outboundPort'));
  const backupOutboundProxy = outboundOff ? null : endpoint(fact('backupOutboundHost'), fact('backupOutboundPort'));
  const backup = endpoint(fact('backupHost'), fact('backupPort'));
  const backupTransport = backup === null ? null : fact('backupTransport');
  return {
    line,
    enabled,
    userName: user?.user ?? null,
    authName: fact('authName'),
    password,
    displayName: fact('displayName'),
    label: fact('label'),
    registrar: {
      host: registrar?.host ?? null,
      port: registrar === null ? registrarPort : registrar.port,
      transport: fact('registrarTransport') ?? registrar?.transport ?? null,
    },
    outboundProxy,
    backup: backup === null || backupTransport === null ? backup : { ...backup, transport: backupTransport },
    ...(backupOutboundProxy === null ? {} : { backupOutboundProxy }),
    expiresSeconds: fact('expiresSeconds'),
  };
}

function readSettings(vendor: Vendor, values: Values, line: number, warnings: string[]): LineSetting[] {
  const settings: LineSetting[] = [];
  for (const row of vendor.settings) {
    if ('group' in row) {
      const found = row.group.read(values, line);
      if (found === null) continue;
      for (const key of found.unknown) warnings.push(`value-not-understood:${key}`);
      if (!Array.isArray(found.value) || found.value.length > 0) {
        settings.push({ line, name: row.name, value: found.value, key: found.key });
      }
    } else {
      const found = readRow(row.row, values, line, warnings);
      if (found !== null) settings.push({ line, name: row.name, ...found });
    }
  }
  return settings;
}

// ---- writing

export interface ToWrite {
  readonly lines: readonly Line[];
  readonly settings?: readonly LineSetting[];
}

export type EntriesResult =
  | { readonly ok: true; readonly entries: Entry[]; readonly warnings: string[] }
  | { readonly ok: false; readonly message: string };

/** What is wrong with one field; becomes `cannot write <field> as <vendor>: <reason>`. */
class Refusal {
  readonly field: string;
  readonly reason: string;

  constructor(field: string, reason: string) {
    this.field = field;
    this.reason = reason;
  }
}

/** The entries that say what the lines and settings say. Refuses, as a value, what the vendor's format cannot carry. */
export function writeLines(vendor: Vendor, config: ToWrite): EntriesResult {
  const entries: Entry[] = [];
  const warnings: string[] = [];
  const refuse = ({ field, reason }: Refusal): EntriesResult => ({
    ok: false,
    message: `cannot write ${field} as ${vendor.id}: ${reason}`,
  });
  const seen = new Set<number>();
  for (const line of config.lines) {
    const number = line.line;
    if (!Number.isInteger(number) || number < 1 || number > vendor.mostLines) {
      return refuse(new Refusal('line', `lines are numbered from 1 to ${vendor.mostLines}, not ${number}`));
    }
    if (seen.has(number)) return refuse(new Refusal('line', `there are two lines with the number ${number}`));
    seen.add(number);
    if (line.userName === null && line.password === null) {
      return refuse(new Refusal('userName', `line ${number} has neither user name nor password`));
    }
    const refusal = writeLine(vendor, line, entries, warnings);
    if (refusal !== null) return refuse(refusal);
  }
  for (const setting of config.settings ?? []) {
    if (!seen.has(setting.line)) {
      return refuse(new Refusal(setting.name, `it belongs to line ${setting.line}, which is not there`));
    }
    const refusal = writeSetting(vendor, setting, entries, warnings);
    if (refusal !== null) return refuse(refusal);
  }
  return { ok: true, entries, warnings };
}

function writeLine(vendor: Vendor, line: Line, entries: Entry[], warnings: string[]): Refusal | null {
  let refusal: Refusal | null = null;
  const put = <Field extends keyof LineFacts>(field: Field, name: string, value: LineFacts[Field] | null): void => {
    if (value === null || refusal !== null) return;
    const row: Row<LineFacts[Field]> | undefined = vendor.lines[field];
    if (row === undefined) warnings.push(`not-written:${name}:${line.line}`);
    else refusal = writeRow(vendor, row, value, name, line.line, entries, warnings);
  };
  const { registrar, outboundProxy, backup, backupOutboundProxy } = line;
  const hostOf = (endpoint: HostPort | null | undefined): HostPort | null =>
    endpoint ? { host: endpoint.host, port: null } : null;

  put('enabled', 'enabled', line.enabled);
  put('label', 'label', line.label);
  put('displayName', 'displayName', line.displayName);
  put('authName', 'authName', line.authName);
  put('userName', 'userName', line.userName === null ? null : { user: line.userName, domain: null });
  put('password', 'password', line.password);
  put('registrarHost', 'registrar.host', registrar.host === null ? null : { host: registrar.host, port: null });
  put('registrarPort', 'registrar.port', registrar.port);
  put('registrarTransport', 'registrar.transport', registrar.transport);
  put('expiresSeconds', 'expiresSeconds', line.expiresSeconds);
  put('outboundOn', 'outboundProxy', outboundProxy || backupOutboundProxy ? true : null);
  put('outboundHost', 'outboundProxy.host', hostOf(outboundProxy));
  put('outboundPort', 'outboundProxy.port', outboundProxy?.port ?? null);
  put('backupHost', 'backup.host', hostOf(backup));
  put('backupPort', 'backup.port', backup?.port ?? null);
  put('backupTransport', 'backup.transport', backup?.transport ?? null);
  put('backupOutboundHost', 'backupOutboundProxy.host', hostOf(backupOutboundProxy));
  put('backupOutboundPort', 'backupOutboundProxy.port', backupOutboundProxy?.port ?? null);
  for (const [name, endpoint] of [
    ['outboundProxy', outboundProxy],
    ['backupOutboundProxy', backupOutboundProxy],
  ] as const) {
    if (endpoint?.transport !== undefined) warnings.push(`not-written:${name}.transport:${line.line}`);
  }
  return refusal;
}

function writeSetting(vendor: Vendor, setting: LineSetting, entries: Entry[], warnings: string[]): Refusal | null {
  const row: SettingRow | undefined = vendor.settings.find(({ name }) => name === setting.name);
  if (row === undefined) {
    warnings.push(`not-written:${setting.name}:${setting.line}`);
    return null;
  }
  if ('row' in row) return writeRow(vendor, row.row, setting.value, setting.name, setting.line, entries, warnings);
  const written = row.group.write(setting.value, setting.line);
  if ('refused' in written) return new Refusal(setting.name, written.refused);
  entries.push(...written);
  return null;
}

function writeRow<Value>(
  vendor: Vendor,
  row: Row<Value>,
  value: Value,
  name: string,
  line: number,
  entries: Entry[],
  warnings: string[],
): Refusal | null {
  const written: Written = row.codec.write(value);
  if ('refused' in written) return new Refusal(name, written.refused);
  const { text } = written;
  const objection = vendor.writer.refuseValue(text);
  if (objection !== null) return new Refusal(name, objection);
  if (vendor.nothing.includes(text)) return new Refusal(name, `${text} would be read as "no value"`);
  if (written.near) warnings.push(`written-as-near:${name}:${line}`);
  else if (JSON.stringify(row.codec.read(text)) !== JSON.stringify(value)) {
    return new Refusal(name, 'it would be read back as something else');
  }
  entries.push({ key: keyFor(row.keys[0], line), value: text });
  return null;
}
