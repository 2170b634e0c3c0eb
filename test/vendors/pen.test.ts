// What two fields say under one key, whichever way the key is found: by a row, by a group, for a line high up.
import { describe, expect, test } from 'vitest';
import { plainText } from '../../vendors/codec.ts';
import { Pen } from '../../vendors/pen.ts';
import { ready } from '../../vendors/ready-rows.ts';
import type { Fact, Writer } from '../../vendors/vendor.ts';

const writer: Writer = { print: () => [{ name: '', text: '' }], refuseValue: () => null, access: [] };

/** All of the key `<stem>.<line>`. */
const KINDS: Readonly<Record<string, (stem: string) => Fact<string>>> = {
  'a row': (stem) => ({ keys: [`${stem}.{n}`], codec: plainText, source: 'made up' }),
  'a row that looks for its key': (stem) => ({
    keys: [(line) => `${stem}.${line}`],
    codec: plainText,
    source: 'made up',
  }),
  'a group': (stem) => ({
    source: 'made up',
    read: () => null,
    write: (value, line) => [{ key: `${stem}.${line}`, value }],
  }),
};
const PAIRS = Object.keys(KINDS).flatMap((first) => Object.keys(KINDS).map((second) => [first, second] as const));
const LINES = [1, 33, 400];

describe.each(PAIRS)('%s and %s', (first, second) => {
  const stem = `${first}+${second}`;
  const a = ready((KINDS[first] as (stem: string) => Fact<string>)(stem));
  const b = ready((KINDS[second] as (stem: string) => Fact<string>)(stem));

  // Each twice: what is found out about a key when it comes up first is kept.
  test.each([...LINES, ...LINES])('line %i: the same value stands there once, another is refused', (line) => {
    const same = new Pen([], writer, {});
    same.write(a, 'x', 'label', line);
    same.write(b, 'x', 'displayName', line);
    expect(same.entries).toEqual([{ key: `${stem}.${line}`, value: 'x' }]);

    const other = new Pen([], writer, {});
    other.write(a, 'x', 'label', line);
    expect(() => other.write(b, 'y', 'displayName', line)).toThrow(`${stem}.${line} already says something else`);
  });
});
