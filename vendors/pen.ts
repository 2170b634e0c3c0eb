// Writes facts as entries: each is checked, and what the format has no place for is noted. Knows no vendor and no syntax.
import type { Entry } from '../parsers/syntax.ts';
import type { Codec } from './codec.ts';
import type { Access } from './model.ts';
import { knownPlace, type Place, type ReadyFact } from './ready-rows.ts';
import { isSame } from './same-value.ts';
import type { Key, Values, Writer, WrittenEntries } from './vendor.ts';

/** Who may change what is written, by the field's name (`password`, `srtp`, `language`); `all` for those not named. */
export type AccessChoice = { readonly all?: Access } & { readonly [field: string]: Access | undefined };

/** What is wrong with one field; becomes `cannot write <field> as <vendor>: <reason>`. */
export class Refusal extends Error {
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

let pens = 0;

/** Of one file. */
export class Pen {
  readonly entries: Entry[] = [];
  readonly warnings = new Set<string>();
  readonly #nothing: readonly string[];
  readonly #writer: Writer;
  readonly #access: AccessChoice;
  readonly #hasAccess: boolean;
  /** Which the places of keys know it by. */
  readonly #number: number;
  /** Which entry has a key that has no place. */
  readonly #others = new Map<string, number>();

  constructor(nothing: readonly string[], writer: Writer, access: AccessChoice) {
    pens += 1;
    this.#number = pens;
    this.#nothing = nothing;
    this.#writer = writer;
    this.#access = access;
    this.#hasAccess = Object.keys(access).length > 0;
  }

  /** Null: there is nothing to say. */
  writeSaid<Value>(fact: ReadyFact<Value> | undefined, value: Value | null, name: string, line: number): void {
    if (value !== null) this.write(fact, value, name, line);
  }

  write<Value>(fact: ReadyFact<Value> | undefined, value: Value, name: string, line: number, own?: Access): void {
    if (fact === undefined) {
      this.#warn('not-written', name, line);
      return;
    }
    const { codec, group } = fact;
    if (group !== null) {
      const written = group.write(value, line);
      if (isList(written) && written.length === 0) this.#warn('not-written', name, line);
      this.add(written, name, name, own);
    }
    if (codec === null) return;
    const text = fact.provenText(value) ?? this.#proveText(fact, codec, value, name, line);
    const place = fact.placeOf(line) ?? this.#newPlace(fact, line);
    const key = place?.key ?? this.#keyOf(fact, line);
    if (key === null) throw new Refusal(name, `line ${line} has no place for it`);
    this.#put(key, text, place ?? knownPlace(key), name, name, own);
  }

  #proveText<Value>(fact: ReadyFact<Value>, codec: Codec<Value>, value: Value, name: string, line: number): string {
    const written = codec.write(value);
    if ('refused' in written) throw new Refusal(name, written.refused);
    if (written.near) this.#warn('written-as-near', name, line);
    else if (!isSame(codec.read(written.text), value)) {
      throw new Refusal(name, 'it would be read back as something else');
    } else fact.keepProven(value, written.text);
    return written.text;
  }

  #keyOf<Value>(fact: ReadyFact<Value>, line: number): string | null {
    const named = fact.keysOf(line)[0] as Key;
    return typeof named === 'string' ? named : named(line, this.#values);
  }

  #newPlace<Value>(fact: ReadyFact<Value>, line: number): Place | null {
    const place = fact.makePlace(line);
    // It may have been written already, by a group.
    const at = place === null ? undefined : this.#others.get(place.key);
    if (place !== null && at !== undefined) {
      place.pen = this.#number;
      place.at = at;
    }
    return place;
  }

  #warn(code: string, name: string, line: number): void {
    this.warnings.add(`${code}:${line === 0 ? name : `${name}:${line}`}`);
  }

  add(written: WrittenEntries, name: string, accessName: string, own?: Access): void {
    let entries: readonly Entry[];
    if (isList(written)) entries = written;
    else {
      if ('refused' in written) throw new Refusal(name, written.refused);
      this.warnings.add(`written-as-near:${accessName}`);
      entries = written.near;
    }
    for (const { key, value } of entries) this.#put(key, value, knownPlace(key), name, accessName, own);
  }

  #put(key: string, value: string, place: Place | null, name: string, accessName: string, own?: Access): void {
    const objection = this.#writer.refuseValue(value);
    if (objection !== null) throw new Refusal(name, objection);
    for (const word of this.#nothing) {
      if (word === value) throw new Refusal(name, `${value} would be read as "no value"`);
    }
    const before = this.#writtenBefore(key, place);
    if (before !== -1) {
      // Two fields may share a key (a server for all lines) as long as they say the same.
      if (this.entries[before]?.value === value) return;
      throw new Refusal(name, `${key} already says something else`);
    }
    const access = own ?? (this.#hasAccess ? (this.#access[accessName] ?? this.#access.all) : undefined);
    if (access === undefined) this.entries.push({ key, value });
    else if (this.#writer.access.includes(access) && (this.#writer.allows?.(access, key) ?? true)) {
      this.entries.push({ key, value, access });
    } else {
      this.warnings.add(`access-not-written:${accessName}`);
      this.entries.push({ key, value });
    }
  }

  /** Which entry has the key; -1: none has, and the next one will. */
  #writtenBefore(key: string, place: Place | null): number {
    const next = this.entries.length;
    if (place === null) {
      const before = this.#others.get(key);
      if (before === undefined) this.#others.set(key, next);
      return before ?? -1;
    }
    if (place.pen === this.#number) return place.at;
    place.pen = this.#number;
    place.at = next;
    return -1;
  }

  readonly #values: Values = {
    get: (key) => {
      const place = knownPlace(key);
      const at = place?.pen === this.#number ? place.at : this.#others.get(key);
      return at === undefined ? undefined : this.entries[at]?.value;
    },
  };
}

function isList(written: WrittenEntries): written is readonly Entry[] {
  return Array.isArray(written);
}
