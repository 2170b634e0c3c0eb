import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quotedColons, quotedStatements } from '../../parsers/quoted-lines.ts';
import type { Entry } from '../../parsers/syntax.ts';

test.each([
  ['a: "x; y # z" ; comment', 'x; y # z'],
  ['a:"5060"', '5060'],
  ['a : bare value  ; comment', 'bare value'],
  ['a: ""', ''],
  ['a:', ''],
  ['a: " blanks stay "', ' blanks stay '],
  ['a: "p"w" ; x "y"', 'p"w'],
  ['a: "no end', 'no end'],
])('%s', (text, value) => {
  expect(quotedColons.parse(text).document).toEqual([{ key: 'a', value }]);
});

test.each([
  ['a "x" ;', 'a', 'x'],
  ['a[1]   ! "x;y"', 'a[1]', 'x;y'],
  ['a ? "" ;', 'a', ''],
])('%s', (text, key, value) => {
  expect(quotedStatements.parse(text).document).toEqual([{ key, value }]);
});

test('lines of another kind are noted', () => {
  expect(quotedColons.parse('# c\n; c\na: 1\r\nwhat\n').notes).toEqual([
    { code: 'crlf' },
    { code: 'line-not-understood', at: '4' },
  ]);
  expect(quotedStatements.parse('a = 1\n').notes).toEqual([{ code: 'line-not-understood', at: '1' }]);
});

describe.each([['colons', quotedColons] as const, ['statements', quotedStatements] as const])('%s', (_name, syntax) => {
  test('are parsed as they are printed', () => {
    const value = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'p#s;s=w', ' ; ', ': x'));
    const entry: fc.Arbitrary<Entry> = fc
      .record({ key: fc.stringMatching(/^[A-Za-z][\w.-]{0,10}$/), value })
      .filter((one) => syntax.refuseKey(one.key) === null && syntax.refuseValue(one.value) === null);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(syntax.parse(syntax.print(entries))).toEqual({ document: entries, notes: [] });
      }),
    );
  });

  test.each(['a: "', '"', 'a: "" ', 'a "x" "', ' ', 'a:'])('take time linear in the text: %j', (piece) => {
    const measure = (length: number) => {
      const text = piece.repeat(Math.ceil(length / piece.length));
      const start = process.cpuUsage();
      syntax.parse(text);
      return process.cpuUsage(start).user / 1000;
    };
    measure(100_000);
    expect(measure(2 * 1024 * 1024)).toBeLessThan(Math.max(10, measure(200_000)) * 100);
  });
});
