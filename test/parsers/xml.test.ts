import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attributeOf,
  descendants,
  parseXml,
  refuseXmlValue,
  type XmlElement,
  xmlAttribute,
  xmlText,
} from '../../parsers/xml.ts';

/** An element as one readable value: `[name, { attributes }, text, ...children]`. */
function shown({ name, attributes, text, children }: XmlElement): unknown[] {
  return [name, Object.fromEntries(attributes.map((one) => [one.name, one.value])), text, ...children.map(shown)];
}

function roots(text: string): unknown[] {
  return parseXml(text).document.roots.map(shown);
}

function notes(text: string): string[] {
  return parseXml(text).notes.map(({ code, at }) => (at === undefined ? code : `${code}:${at}`));
}

/** The text of the only element `v` below the root. */
function valueIn(text: string): { value: string | undefined; children: number; notes: string[] } {
  const [root] = parseXml(text).document.roots;
  const found = root === undefined ? undefined : [...descendants(root)].find(({ name }) => name === 'v');
  return { value: found?.text, children: found?.children.length ?? -1, notes: notes(text) };
}

describe('well-formed text', () => {
  test('is read as elements, attributes and text', () => {
    const text =
      '\ufeff<?xml version="1.0"?>\n<!-- <a>not</a> -->\n<r a="1" b = \'x "y"\'>\r\n  <e/> <f>  two words\n</f><f g="&lt;&#65;&#x1F642;"></f>\n</r>\n<!-- end -->\n';
    expect(roots(text)).toEqual([
      ['r', { a: '1', b: 'x "y"' }, '', ['e', {}, ''], ['f', {}, 'two words'], ['f', { g: '<A🙂' }, '']],
    ]);
    expect(notes(text)).toEqual([]);
  });

  test.each([
    ['<v>a &amp; b &lt;c&gt; &quot;d&apos;</v>', 'a & b <c> "d\''],
    ['<v>  <![CDATA[ <x> & y ]]>  </v>', ' <x> & y '],
    ['<v>a<!-- b -->c</v>', 'ac'],
    ['<v>a <!-- b --> c</v>', 'a  c'],
    ['<v>&#32;blank&#32;</v>', ' blank '],
    ['<v>\u00a0nbsp\u00a0</v>', '\u00a0nbsp\u00a0'],
    ['<v>one<?pi x?>two</v>', 'onetwo'],
    ['<v>]]&gt; "\'></v>', ']]> "\'>'],
  ])('%s holds %j', (text, value) => {
    expect(valueIn(`<r>${text}</r>`)).toEqual({ value, children: 0, notes: [] });
  });

  test('keeps elements that stand beside text', () => {
    expect(roots('<r>a<b>c</b>d</r>')).toEqual([['r', {}, 'ad', ['b', {}, 'c']]]);
  });
});

describe('a raw & or <', () => {
  test.each([
    'e3#rl2(&ae#1',
    'e3#(ae&#1',
    'a&b',
    'a&amp',
    '&#0; &#xd800; &#8;',
    '&unknown; &AMP;',
    '&',
    'x&#1234567890;',
  ])('%s stays as it is', (value) => {
    expect(valueIn(`<r><v>${value}</v></r>`)).toEqual({ value, children: 0, notes: ['raw-ampersand'] });
    const [root] = parseXml(`<r v="${value}"/>`).document.roots;
    expect(root && attributeOf(root, 'v')).toBe(value);
  });

  test.each([
    'a<b',
    'a<b c',
    '<',
    'a<<',
    'a< b',
    'a<1>',
    'a<b"c&d\'e',
    'a<!b',
    'a<?b',
    'a<b=c',
    'a<b c=d',
    'a</',
    'a</b c',
    '"Name" <sip:u@h>',
  ])('%s in an element is text, with a warning', (value) => {
    const found = valueIn(`<r>\n<u>1</u>\n<v>${value}</v>\n<w>2</w>\n</r>`);
    expect(found).toMatchObject({ value, children: 0 });
    expect(found.notes).toContain('markup-in-text:v');
  });

  test('a part taken out as a processing instruction is not read; one within a line is text', () => {
    const out = '<r>\n  <?later\n  <!-- off -->\n  <v>wrong</v>\n  ?>\n<v>right</v>\n</r>';
    expect(roots(out)).toEqual([['r', {}, '', ['v', {}, 'right']]]);
    expect(roots(out.replaceAll('\n', '\r\n'))).toEqual([['r', {}, '', ['v', {}, 'right']]]);
    expect(valueIn('<r><v>a<?b <c ?>d</v></r>')).toMatchObject({ value: 'a<?b <c ?>d', children: 0 });
  });

  test.each(['a<b>c', 'a<b/>c', 'a</b>c', 'x <b> y <c> z'])('%s is text too when nothing closes it', (value) => {
    const found = valueIn(`<r><u>1</u><v>${value}</v><w>2</w></r>`);
    expect(found).toMatchObject({ value, children: 0, notes: ['not-well-formed', 'markup-in-text:v'] });
    expect(roots(`<r><u>1</u><v>${value}</v><w>2</w></r>`)).toEqual([
      ['r', {}, '', ['u', {}, '1'], ['v', {}, value], ['w', {}, '2']],
    ]);
  });

  test('is part of an attribute', () => {
    expect(roots('<r a="x<y>z" b="1"/>')).toEqual([['r', { a: 'x<y>z', b: '1' }, '']]);
  });

  test('does not make text of elements that only lack their end', () => {
    expect(roots('<r><line><name>2501</line><line><name>2502</name></line></r>')).toEqual([
      ['r', {}, '', ['line', {}, '', ['name', {}, '2501']], ['line', {}, '', ['name', {}, '2502']]],
    ]);
    expect(roots('<r>stray -->\n<a>1</a>\n<b>2\n</r>')).toEqual([
      ['r', {}, 'stray -->', ['a', {}, '1'], ['b', {}, '2']],
    ]);
  });
});

describe('attributes as templates damage them', () => {
  test.each<[string, Record<string, string>]>([
    ['<r pw="a"b" n="1"/>', { pw: 'a"b', n: '1' }],
    ['<r pw=""quoted"" n="1">', { pw: '"quoted"', n: '1' }],
    ['<r pw="""/>', { pw: '"' }],
    ["<r pw='it's' n='1'/>", { pw: "it's", n: '1' }],
    ['<r a=1 b="2"/>', { a: '1', b: '2' }],
    ['<r a="1" stray b="2"/>', { a: '1', b: '2' }],
    ['<r a="1" / b="2"/>', { a: '1', b: '2' }],
    ['<r a="1" b="cut he', { a: '1' }],
  ])('%s', (text, attributes) => {
    expect(roots(text)).toEqual([['r', attributes, '']]);
    expect(notes(text)).toContain('not-well-formed');
  });

  test('a blank that is missing costs nothing', () => {
    expect(roots('<r a="1"b="2"/>')).toEqual([['r', { a: '1', b: '2' }, '']]);
  });

  test('a quote that is missing costs no further line', () => {
    const text = '<r><a x="1>\n</a><b y="2"/>\n<c z="3"/></r>';
    const all = parseXml(text).document.roots.flatMap((root) => [...descendants(root)]);
    expect(all.find(({ name }) => name === 'c')?.attributes).toEqual([{ name: 'z', value: '3' }]);
  });

  test('repeats are kept, the last that says something counts', () => {
    const [root] = parseXml('<r a="1" b="x" a="2" b=""/>').document.roots;
    expect(root?.attributes.map(({ name, value }) => [name, value])).toEqual([
      ['a', '1'],
      ['b', 'x'],
      ['a', '2'],
      ['b', ''],
    ]);
    expect(root && [attributeOf(root, 'a'), attributeOf(root, 'b'), attributeOf(root, 'c')]).toEqual([
      '2',
      'x',
      undefined,
    ]);
    expect(notes('<r a="1" b="x" a="2" b=""/>')).toEqual([
      'not-well-formed',
      'duplicate-attribute:a',
      'duplicate-attribute:b',
    ]);
  });

  test('blanks and line breaks stand anywhere', () => {
    expect(roots('<r\r\n\ta = "1"\r\n\r\n b="two\nlines"\r\n/>')).toEqual([['r', { a: '1', b: 'two\nlines' }, '']]);
  });
});

describe('around the root', () => {
  test('several roots are several', () => {
    expect(roots('<a>1</a>\n<b>2</b>')).toEqual([
      ['a', {}, '1'],
      ['b', {}, '2'],
    ]);
    expect(notes('<a>1</a>\n<b>2</b>')).toEqual(['not-well-formed']);
  });

  test('text behind it is passed over, with a warning', () => {
    expect(roots('<a>1</a>\n<<END OF FILE>>\n')).toEqual([['a', {}, '1']]);
    expect(notes('<a>1</a>\n<<END OF FILE>>\n')).toEqual(['not-well-formed', 'text-after-root']);
    expect(notes('<a>1</a> -->')).toEqual(['text-after-root']);
  });

  test('a doctype is skipped and defines nothing', () => {
    const text =
      '<!DOCTYPE r [\n<!ENTITY a "aaaa">\n<!ENTITY b "&a;&a;">\n<!ENTITY x SYSTEM "file:///etc/passwd">\n]>\n<r><v>&b;&x;</v></r>';
    expect(valueIn(text)).toEqual({ value: '&b;&x;', children: 0, notes: ['raw-ampersand'] });
    expect(roots('<!DOCTYPE r SYSTEM "x.dtd"><r/>')).toEqual([['r', {}, '']]);
  });

  test('what is cut gives no half value', () => {
    expect(roots('<r><a>1</a><b>hal')).toEqual([['r', {}, '', ['a', {}, '1'], ['b', {}, '']]]);
    expect(notes('<r><a>1</a><b>hal')).toEqual(['not-well-formed']);
    expect(roots('<r><a>1</a><!-- <b>2</b>')).toEqual([['r', {}, '', ['a', {}, '1']]]);
    expect(roots('')).toEqual([]);
  });

  test('tags that do not match cost little', () => {
    expect(roots('<r><a>1</b><c>2</c></r>')[0]).toContainEqual(['a', {}, '1', ['c', {}, '2']]);
    expect(roots('</x><r>\n<a>1\n<b>2</b>\n</r>')).toEqual([['r', {}, '', ['a', {}, '1', ['b', {}, '2']]]]);
  });
});

test('nesting of 20,000 levels is walked without recursion', () => {
  const depth = 20_000;
  const { document } = parseXml(`${'<a>'.repeat(depth)}x${'</a>'.repeat(depth)}`);
  const [root] = document.roots;
  if (root === undefined) throw new Error('no root');
  let count = 0;
  let last = root;
  for (const element of descendants(root)) {
    count += 1;
    last = element;
  }
  expect(count).toBe(depth - 1);
  expect(last.text).toBe('x');
});

/** Twice the text may take twice the time, with much to spare; what is quadratic takes a hundred times as long. */
test.each([
  '<a>',
  '<a b="<a b=\'',
  '<a b="',
  '<a b=\'x" ',
  '</a>',
  '<!--',
  '<!x [>',
  '<!DOCTYPE [ ]',
  '<?',
  '<a><?',
  '<![CDATA[',
  '<',
  '<a ',
  '<a b ',
  '<a>x<b/><a>x</c>',
  '"',
  '<a a="1" a="2" "',
  '<a x="" ""',
  '&',
  '&#x10ffff;',
  '<r>a<b c=d',
  '<a>x</b>',
  '  ',
  '<a>x <!-- --> ',
])('2 MiB of %j take time linear in the text', (piece) => {
  const times = (length: number) => piece.repeat(Math.ceil(length / piece.length));
  const measure = (text: string) => {
    const start = process.cpuUsage();
    parseXml(text);
    parseXml(`<r>\n${text}`);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  measure(times(100_000));
  const small = Math.max(20, measure(times(200_000)));
  expect(measure(times(2 * 1024 * 1024))).toBeLessThan(small * 100);
});

const awkward = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'a&b', '<b>', '&amp;', ']]>', '"q"', "o'b", '&#65;', '-->', '<!--', '<![CDATA[x]]>', 'a\tb'),
);

test('what is written by its two functions is read again', () => {
  const value = awkward.filter((text) => refuseXmlValue(text) === null);
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value)), (values) => {
      const body = values.map(([text, attribute]) => `<v a="${xmlAttribute(attribute)}">${xmlText(text)}</v>`);
      const { document, notes: found } = parseXml(`<r>\n${body.join('\n')}</r>\n`);
      expect(document.roots[0]?.children.map((child) => [child.text, attributeOf(child, 'a')])).toEqual(values);
      expect(found).toEqual([]);
    }),
  );
});

test.each(['a\nb', 'a\rb', 'a\0b', '\u0007', ' a', 'a ', '\ud800', 'a\uffff'])('refuses %j', (value) => {
  expect(refuseXmlValue(value)).not.toBeNull();
});

test('never throws', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '"',
    "'",
    '=',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(pieces, fc.constantFrom('a', 'b', '&', '\n', '<!DOCTYPE', '['), fc.string())),
      (all) => {
        const { document } = parseXml(all.join(''));
        for (const root of document.roots) for (const _ of descendants(root));
      },
    ),
    { numRuns: 2000 },
  );
});
