// A value that counts only while a switch beside it is on: read with the switch, written with it. Knows no vendor.
import type { Group, Row, Values } from './vendor.ts';

interface Switch {
  /** The first that says something is read, the first is written. `{n}` is the number of the line, as in rows. */
  readonly keys: readonly [string, ...string[]];
  /** What is written. */
  readonly on: string;
  /** Whether the value counts; null: no key says anything. Absent: only while the switch says what we write. */
  readonly counts?: (text: string | null) => boolean;
}

type SwitchedRow<Value> = Row<Value> & { readonly keys: readonly [string, ...string[]] };

export function switched<Value>({ keys, codec, source }: SwitchedRow<Value>, by: Switch): Group<Value> {
  const counts = by.counts ?? ((text) => text === by.on);
  return {
    source,
    read: (values, line) => {
      const found = firstOf(values, keys, line);
      if (found === null || !counts(firstOf(values, by.keys, line)?.text ?? null)) return null;
      const value = codec.read(found.text);
      return value === undefined ? { value: null, key: found.key, unknown: [found.key] } : { value, key: found.key };
    },
    write: (value, line) => {
      const written = codec.write(value);
      if ('refused' in written) return written;
      const entries = [
        { key: ofLine(by.keys[0], line), value: by.on },
        { key: ofLine(keys[0], line), value: written.text },
      ];
      return written.near ? { near: entries } : entries;
    },
  };
}

function firstOf(values: Values, keys: readonly string[], line: number): { key: string; text: string } | null {
  for (const template of keys) {
    const key = ofLine(template, line);
    const text = values.get(key);
    if (text) return { key, text };
  }
  return null;
}

function ofLine(template: string, line: number): string {
  return template.replace('{n}', String(line));
}
