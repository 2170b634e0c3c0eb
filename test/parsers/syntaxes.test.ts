import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blankSeparated } from '../../parsers/blank-separated.ts';
import { flaggedColon } from '../../parsers/flagged-colon.ts';
import { keyValue } from '../../parsers/key-value.ts';
import { type Module, modules } from '../../parsers/modules.ts';
import { properties } from '../../parsers/properties.ts';
import { quoted } from '../../parsers/quoted.ts';
import { sections } from '../../parsers/sections.ts';
import { type Statement, settingsScript } from '../../parsers/settings-script.ts';
import type { Entry } from '../../parsers/syntax.ts';

function pairs(text: string): [string, string][] {
  return keyValue.parse(text).document.entries.map(({ key, value }) => [key, value]);
}

const awkward = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'p#s;s=w"', '[x]', '__proto__', 'include:x', '<y>', '#z', 'a\tb', '%NULL%'),
);

describe('key = value', () => {
  test.each<[string, [string, string][]]>([
    ['a=1', [['a', '1']]],
    [
      'a = 1\nb=2\r\nc\t=\t3\n',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    ['  a  =  b c  ', [['a', 'b c']]],
    ['a =', [['a', '']]],
    [
      'a = \t \nb=',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['a = b#c;d=e"f"\\', [['a', 'b#c;d=e"f"\\']]],
    ['a = # not a comment', [['a', '# not a comment']]],
    ['# a = 1\n \t#b = 2\n\n\n', []],
    [
      'a=1\rb=2\r',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a = \u00a0x\u00a0', [['a', '\u00a0x\u00a0']]],
    ['key with blanks = v', [['key with blanks', 'v']]],
    ['', []],
  ])('parses %j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  test('keeps lines of another kind, with their numbers', () => {
    const { document } = keyValue.parse('a=1\n\n[x] = 2\ninclude:config "a=b"\n<c=d>\nno equals sign\n = nameless\n');
    expect(document.entries).toHaveLength(1);
    expect(document.directives).toEqual([
      { text: '[x] = 2', line: 3 },
      { text: 'include:config "a=b"', line: 4 },
      { text: '<c=d>', line: 5 },
      { text: 'no equals sign', line: 6 },
      { text: '= nameless', line: 7 },
    ]);
  });

  test('notes CRLF once and each value that lost blanks', () => {
    expect(keyValue.parse('a = 1 \r\nb = 2\r\nc = \r\nd = 3\t\r\n').notes).toEqual([
      { code: 'crlf' },
      { code: 'trailing-space-trimmed', at: 'a' },
      { code: 'trailing-space-trimmed', at: 'd' },
    ]);
  });

  test('parses what it prints', () => {
    const entry: fc.Arbitrary<Entry> = fc
      .record({ key: awkward, value: awkward })
      .filter(({ key, value }) => keyValue.refuseKey(key) === null && keyValue.refuseValue(value) === null);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const text = keyValue.print({ entries, directives: [] });
        expect(keyValue.parse(text)).toEqual({ document: { entries, directives: [] }, notes: [] });
      }),
    );
  });
});

describe('[ section ] files', () => {
  test('keep sections of the same name apart', () => {
    expect(sections.parse('x=0\n[ a ]\nk = 1\n;k = 9\n[a]\nk = p;s#w=\n[ b c ]\n').document).toEqual([
      { name: '', entries: [{ key: 'x', value: '0' }] },
      { name: 'a', entries: [{ key: 'k', value: '1' }] },
      { name: 'a', entries: [{ key: 'k', value: 'p;s#w=' }] },
      { name: 'b c', entries: [] },
    ]);
  });

  test('note what they do not understand', () => {
    expect(sections.parse('[a]\nwhat\n=x\nk = v \n').notes).toEqual([
      { code: 'line-not-understood', at: '2' },
      { code: 'line-not-understood', at: '3' },
      { code: 'trailing-space-trimmed', at: 'k' },
    ]);
  });

  test('are parsed as they are printed', () => {
    const entry: fc.Arbitrary<Entry> = fc
      .record({ key: awkward, value: awkward })
      .filter(({ key, value }) => sections.refuseKey(key) === null && sections.refuseValue(value) === null);
    const section = fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9 ]{0,8}[a-z]$/), entries: fc.array(entry) });
    fc.assert(
      fc.property(fc.array(section), (document) => {
        expect(sections.parse(sections.print(document)).document).toEqual(document);
      }),
    );
  });
});

describe('modules of colon lines', () => {
  const text = [
    '<<VOIP CONFIG FILE>>Version:2.0002                          ',
    '',
    '<SIP CONFIG MODULE>',
    'SIP  Port          :5060',
    '--SIP Line List--  :',
    'SIP1 Register Pswd :a:b # c ',
    '# SIP1 Display Name  :commented',
    'no colon',
    '<X MODULE>',
    'Address            : <here>',
    '<<END OF FILE>>',
    'Ignored            :1',
  ].join('\r\n');

  test('are told apart, with the list that a line stands in', () => {
    expect(modules.parse(text).document).toEqual({
      version: '2.0002',
      modules: [
        {
          name: 'SIP CONFIG MODULE',
          entries: [
            { key: 'SIP  Port', value: '5060', list: null },
            { key: 'SIP1 Register Pswd', value: 'a:b # c', list: 'SIP Line List' },
          ],
        },
        { name: 'X MODULE', entries: [{ key: 'Address', value: '<here>', list: null }] },
      ],
    });
    expect(modules.parse(text).notes).toEqual([
      { code: 'crlf' },
      { code: 'trailing-space-trimmed', at: 'SIP1 Register Pswd' },
      { code: 'line-not-understood', at: '8' },
    ]);
  });

  test('are parsed as they are printed', () => {
    const entry = fc
      .record({ key: awkward, value: awkward, list: fc.constantFrom(null, 'List', 'Other List') })
      .filter(({ key, value }) => modules.refuseKey(key) === null && modules.refuseValue(value) === null);
    const module: fc.Arbitrary<Module> = fc.record({
      name: fc.stringMatching(/^[A-Z][A-Z ]{0,8}[A-Z]$/),
      // Nothing ends a list but another or the module: what is in none comes first.
      entries: fc
        .array(entry)
        .map((entries) => entries.toSorted((a, b) => Number(a.list !== null) - Number(b.list !== null))),
    });
    fc.assert(
      fc.property(fc.array(module), (all) => {
        const document = { version: '2.0001', modules: all };
        expect(modules.parse(modules.print(document)).document).toEqual(document);
      }),
    );
  });
});

describe('NAME="value"', () => {
  test.each<[string, [string, string][]]>([
    [
      'A="1"\r\nB="2"',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['# A="1"\n  #B="2"\n\nC = "3" ', [['C', '3']]],
    ['A=""', [['A', '']]],
    ['A=" x "', [['A', ' x ']]],
    ['A="p"w=#;d"', [['A', 'p"w=#;d']]],
    ['A="1" # behind', [['A', '1']]],
    ['A=bare', [['A', 'bare']]],
    ['', []],
  ])('parses %j', (text, expected) => {
    expect(quoted.parse(text).document.map(({ key, value }) => [key, value])).toEqual(expected);
  });

  test('notes what a phone would not take', () => {
    expect(quoted.parse('A="1"x"\nB=2\nwhat\nC="open\n="x"\n').notes).toEqual([
      { code: 'quote-in-value', at: 'A' },
      { code: 'value-not-quoted', at: 'B' },
      { code: 'line-not-understood', at: '3' },
      { code: 'line-not-understood', at: '4' },
      { code: 'line-not-understood', at: '5' },
    ]);
  });

  test('parses what it prints', () => {
    const entry: fc.Arbitrary<Entry> = fc
      .record({ key: awkward, value: awkward })
      .filter(({ key, value }) => quoted.refuseKey(key) === null && quoted.refuseValue(value) === null);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(quoted.parse(quoted.print(entries)).document).toEqual(entries);
      }),
    );
  });
});

describe('flagged key: value', () => {
  const read = (text: string) => flaggedColon.parse(text).document.map(({ key, value }) => [key, value]);

  test.each<[string, [string, string][]]>([
    ['a: 1', [['a', '1']]],
    ['  Sip  Line1 USER Name :x  ', [['sip line1 user name', 'x']]],
    ['a: b:c=d', [['a', 'b:c=d']]],
    ['a: b#c //d', [['a', 'b#c']]],
    ['a: http://b/c # d', [['a', 'http://b/c']]],
    ['a:   # nothing', [['a', '']]],
    ['a: "b # c"  # d', [['a', 'b # c']]],
    ['a: "b" c', [['a', '"b" c']]],
    ['a: "b', [['a', '"b']]],
    ['a: say "b" # c', [['a', 'say "b"']]],
    ['# a: 1\n // b: 2\n\n', []],
  ])('parses %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('keeps flags as access, and notes what it took away', () => {
    expect(flaggedColon.parse('!a: 1\n^b: 2 # x\nc: 3 \nd\n')).toEqual({
      document: [
        { key: 'a', value: '1', access: 'locked' },
        { key: 'b', value: '2', access: 'open' },
        { key: 'c', value: '3' },
      ],
      notes: [
        { code: 'inline-comment-stripped', at: 'b' },
        { code: 'trailing-space-trimmed', at: 'c' },
        { code: 'line-not-understood', at: '4' },
      ],
    });
  });

  test('parses what it prints', () => {
    const entry: fc.Arbitrary<Entry> = fc
      .record(
        {
          key: fc.oneof(awkward, fc.stringMatching(/^[a-z]{1,5}( [a-z0-9]{1,4})?$/)),
          value: awkward,
          access: fc.constantFrom('open' as const, 'locked' as const),
        },
        { requiredKeys: ['key', 'value'] },
      )
      .filter(({ key, value }) => flaggedColon.refuseKey(key) === null && flaggedColon.refuseValue(value) === null);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(flaggedColon.parse(flaggedColon.print(entries))).toEqual({ document: entries, notes: [] });
      }),
    );
  });
});

describe('settings scripts', () => {
  test('tell statements from comments', () => {
    const text =
      '## comment\n# TAG\n#  no tag\n# two words\nset a_b  c d \nSET E "f g" # h\nSET I "j" k\nSET L\nSET "M n"\nGET x.txt\nIF $MODEL4 SEQ J179 GOTO TAG\nIF $A B\nGOTO TAG\nfree words\n';
    expect(settingsScript.parse(text)).toEqual({
      document: [
        { kind: 'tag', tag: 'TAG' },
        { kind: 'set', key: 'A_B', value: 'c d' },
        { kind: 'set', key: 'E', value: 'f g' },
        { kind: 'set', key: 'I', value: '"j" k' },
        { kind: 'set', key: 'L', value: '' },
        { kind: 'get', file: 'x.txt' },
        { kind: 'if', variable: 'MODEL4', value: 'J179', tag: 'TAG' },
        { kind: 'goto', tag: 'TAG' },
      ],
      notes: [
        { code: 'line-not-understood', at: '9' },
        { code: 'line-not-understood', at: '12' },
      ],
    });
  });

  test('are parsed as they are printed', () => {
    const word = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
    const statement: fc.Arbitrary<Statement> = fc.oneof(
      fc
        .record({ kind: fc.constant('set' as const), key: word, value: awkward })
        .filter(({ value }) => settingsScript.refuseValue(value) === null),
      fc.record({ kind: fc.constant('get' as const), file: fc.constantFrom('a.txt', '$MACADDR.txt') }),
      fc.record({ kind: fc.constant('if' as const), variable: word, value: word, tag: word }),
      fc.record({ kind: fc.constant('goto' as const), tag: word }),
      fc.record({ kind: fc.constant('tag' as const), tag: word }),
    );
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        expect(settingsScript.parse(settingsScript.print(statements)).document).toEqual(statements);
      }),
    );
  });
});

describe('KEY value', () => {
  test('keeps sections apart and takes a SET for nothing', () => {
    expect(blankSeparated.parse('A 1\nSET B  two words\n[ S ]\n# C 3\nD\n??\n')).toEqual({
      document: [
        {
          name: '',
          entries: [
            { key: 'A', value: '1' },
            { key: 'B', value: 'two words' },
          ],
        },
        { name: 'S', entries: [{ key: 'D', value: '' }] },
      ],
      notes: [{ code: 'line-not-understood', at: '6' }],
    });
  });

  test('is parsed as it is printed', () => {
    const entry: fc.Arbitrary<Entry> = fc
      .record({ key: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/), value: awkward })
      .filter(({ key, value }) => blankSeparated.refuseKey(key) === null && blankSeparated.refuseValue(value) === null);
    const section = fc.record({ name: fc.stringMatching(/^[A-Z_]{1,8}$/), entries: fc.array(entry) });
    fc.assert(
      fc.property(fc.array(section), (document) => {
        expect(blankSeparated.parse(blankSeparated.print(document)).document).toEqual(document);
      }),
    );
  });
});

describe('Java properties', () => {
  test.each<[string, [string, string][]]>([
    [
      'a=b\nc: d\ne f\ng',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
        ['g', ''],
      ],
    ],
    ['a\\=b\\:c\\ d = e\\\\', [['a=b:c d', 'e\\']]],
    ['a = one \\\n   two', [['a', 'one two']]],
    ['# a=1\n! b=2\n  c = \\u00e9\\t', [['c', 'é\t']]],
    ['a=b\\', [['a', 'b']]],
  ])('parses %j', (text, expected) => {
    expect(properties.parse(text).document.map(({ key, value }) => [key, value])).toEqual(expected);
  });

  test('are parsed as they are printed', () => {
    const entry: fc.Arbitrary<Entry> = fc
      .record({ key: awkward, value: awkward })
      .filter(({ key, value }) => properties.refuseKey(key) === null && properties.refuseValue(value) === null);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(properties.parse(properties.print(entries)).document).toEqual(entries);
      }),
    );
  });
});
