// Rows and groups of tables made ready for use: what does not change from file to file is done once. Knows no vendor.
import type { Codec } from './codec.ts';
import { fillKey, keptPerLine, MOST_LINES_KEPT } from './kept-keys.ts';
import type { HostPort, LineSetting, SettingName, Transport } from './model.ts';
import { isSame } from './same-value.ts';
import type { EffectiveValues, Fact, Group, Key, KeyTable, LineFacts, LineRows } from './vendor.ts';

export interface Found<Value> {
  readonly value: Value;
  readonly key: string;
}

/**
 * A key that rows write: one for each text, so that rows which mean the same key have the same place. It knows who wrote
 * it last, so that a file's keys need not be hashed to see whether one comes twice.
 */
export interface Place {
  readonly key: string;
  /** By the pen's number. */
  pen: number;
  /** Which of its entries. */
  at: number;
}

/** As many as all tables have rows, for the lines that are kept. */
const PLACES = new Map<string, Place>();

export function knownPlace(key: string): Place | null {
  return PLACES.get(key) ?? null;
}

export class ReadyFact<Value> {
  readonly keysOf: (line: number) => readonly Key[];
  /** Null: it is a group. */
  readonly codec: Codec<Value> | null;
  readonly group: Group<Value> | null;
  /** Of a codec whose values are mostly the same: the last that was read back as what was written, and its text. */
  #proven: Value | undefined;
  #provenText: string | null = null;
  /** By line, of the key that is written. */
  readonly #places: (Place | null)[] = new Array(MOST_LINES_KEPT + 1).fill(null);

  constructor(fact: Fact<Value>) {
    const row = 'keys' in fact ? fact : null;
    this.keysOf = keptPerLine((line) =>
      (row?.keys ?? []).map((key) => (typeof key === 'string' ? fillKey(key, line) : key)),
    );
    this.codec = row?.codec ?? null;
    this.group = 'keys' in fact ? null : fact;
  }

  /** The text that says the value and is read back as it. Null: that was not found out yet. */
  provenText(value: Value): string | null {
    return this.#provenText !== null && isSame(this.#proven, value) ? this.#provenText : null;
  }

  keepProven(value: Value, text: string): void {
    if (this.codec?.isCommon !== true) return;
    this.#proven = value;
    this.#provenText = text;
  }

  /** Null: it was not made yet, or cannot be. */
  placeOf(line: number): Place | null {
    return this.#places[line] ?? null;
  }

  /** Null: the key depends on others, or the line is none of those that are kept. */
  makePlace(line: number): Place | null {
    const [key] = this.keysOf(line);
    if (typeof key !== 'string' || line > MOST_LINES_KEPT) return null;
    const place = knownPlace(key) ?? { key, pen: 0, at: 0 };
    PLACES.set(key, place);
    this.#places[line] = place;
    return place;
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

export function ready<Value>(fact: Fact<Value>): ReadyFact<Value> {
  const before = READY_FACTS.get(fact) as ReadyFact<Value> | undefined;
  if (before !== undefined) return before;
  const made = new ReadyFact(fact);
  READY_FACTS.set(fact, made);
  return made;
}

/** Every field, so that the rows of all vendors are objects of one shape: they are looked into for each value. */
export type ReadyLineRows = { readonly [Field in keyof LineFacts]: ReadyFact<LineFacts[Field]> | undefined };

function readyLineRows(rows: LineRows): ReadyLineRows {
  const of = <Value>(fact: Fact<Value> | undefined): ReadyFact<Value> | undefined => fact && ready(fact);
  return {
    enabled: of(rows.enabled),
    userName: of(rows.userName),
    authName: of(rows.authName),
    password: of(rows.password),
    displayName: of(rows.displayName),
    label: of(rows.label),
    registrarHost: of(rows.registrarHost),
    registrarPort: of(rows.registrarPort),
    registrarTransport: of(rows.registrarTransport),
    expiresSeconds: of(rows.expiresSeconds),
    outboundOn: of(rows.outboundOn),
    outboundHost: of(rows.outboundHost),
    outboundPort: of(rows.outboundPort),
    outboundTransport: of(rows.outboundTransport),
    backupHost: of(rows.backupHost),
    backupPort: of(rows.backupPort),
    backupTransport: of(rows.backupTransport),
    backupOutboundHost: of(rows.backupOutboundHost),
    backupOutboundPort: of(rows.backupOutboundPort),
    backupOutboundTransport: of(rows.backupOutboundTransport),
    port: of(rows.port),
    ha1: of(rows.ha1),
    ha1Realm: of(rows.ha1Realm),
    ha1Algorithm: of(rows.ha1Algorithm),
  };
}

/** The rows of an address, and what its parts are called. */
export interface ReadyAddress {
  readonly name: string;
  readonly hostName: string;
  readonly portName: string;
  readonly transportName: string;
  readonly host: ReadyFact<HostPort> | undefined;
  readonly port: ReadyFact<number> | undefined;
  readonly transport: ReadyFact<Transport> | undefined;
}

function readyAddress(
  name: string,
  host: ReadyAddress['host'],
  port: ReadyAddress['port'],
  transport: ReadyAddress['transport'],
): ReadyAddress {
  return {
    name,
    hostName: `${name}.host`,
    portName: `${name}.port`,
    transportName: `${name}.transport`,
    host,
    port,
    transport,
  };
}

export interface ReadySetting {
  readonly name: SettingName;
  readonly fact: ReadyFact<LineSetting['value']>;
}

export interface ReadyTable {
  readonly lines: ReadyLineRows;
  readonly registrar: ReadyAddress;
  readonly outboundProxy: ReadyAddress;
  readonly backup: ReadyAddress;
  readonly backupOutboundProxy: ReadyAddress;
  readonly settings: readonly ReadySetting[];
}

const READY_TABLES = new WeakMap<KeyTable, ReadyTable>();

export function readyTable(table: KeyTable): ReadyTable {
  let made = READY_TABLES.get(table);
  if (made === undefined) {
    const lines = readyLineRows(table.lines);
    const settings = Object.entries(table.settings) as [SettingName, Fact<LineSetting['value']>][];
    made = {
      lines,
      registrar: readyAddress('registrar', lines.registrarHost, lines.registrarPort, lines.registrarTransport),
      outboundProxy: readyAddress('outboundProxy', lines.outboundHost, lines.outboundPort, lines.outboundTransport),
      backup: readyAddress('backup', lines.backupHost, lines.backupPort, lines.backupTransport),
      backupOutboundProxy: readyAddress(
        'backupOutboundProxy',
        lines.backupOutboundHost,
        lines.backupOutboundPort,
        lines.backupOutboundTransport,
      ),
      settings: settings.map(([name, fact]) => ({ name, fact: ready(fact) })),
    };
    READY_TABLES.set(table, made);
  }
  return made;
}
