// What the usual tolerant reader makes of phones' files, beside ours: why parsers/xml.ts is not built on it, and that the
// two agree wherever nothing is damaged.
import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { expect, test } from 'vitest';
import { parseXml, type XmlElement, xmlAttribute, xmlText } from '../../parsers/xml.ts';

type Shown = [name: string, attributes: Record<string, string>, text: string, ...children: unknown[]];

function theirs(text: string): Shown[] {
  const roots: Shown[] = [];
  const open: Shown[] = [];
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const element: Shown = [name, { ...attributes }, ''];
        (open.at(-1) ?? roots).push(element);
        open.push(element);
      },
      ontext: (piece) => {
        const element = open.at(-1);
        if (element !== undefined) element[2] += piece;
      },
      onclosetag: () => open.pop(),
    },
    { xmlMode: true },
  );
  parser.end(text);
  return roots;
}

function shown({ name, attributes, text, children }: XmlElement): Shown {
  return [name, Object.fromEntries(attributes.map((one) => [one.name, one.value])), text, ...children.map(shown)];
}

function ours(text: string): Shown[] {
  return parseXml(text).document.roots.map(shown);
}

test.each<[string, Shown[], Shown[]]>([
  [
    '<r>\n<v>a<b</v>\n<w>2</w>\n</r>',
    [['r', {}, '\n', ['v', {}, 'a', ['b<', { v: '' }, '\n\n', ['w', {}, '2']]]]],
    [['r', {}, '', ['v', {}, 'a<b'], ['w', {}, '2']]],
  ],
  ['<r pw="a"b" n="1"/>', [['r', { pw: 'a', 'b"': '', n: '1' }, '']], [['r', { pw: 'a"b', n: '1' }, '']]],
  ['<r a="1" a="2"/>', [['r', { a: '1' }, '']], [['r', { a: '2' }, '']]],
])('%s', (text, damaged, right) => {
  expect(theirs(text)).toEqual(damaged);
  expect(ours(text)).toEqual(right);
});

test('both read the same where nothing is damaged', () => {
  const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,6}$/);
  const value = fc.string({ unit: 'grapheme-ascii' }).map((text) => text.trim());
  const { element } = fc.letrec<{ element: string }>((tie) => ({
    element: fc
      .record({
        name,
        attributes: fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 4 }),
        content: fc.oneof(
          value.map(xmlText),
          fc.array(tie('element'), { maxLength: 4 }).map((all) => all.join('')),
        ),
      })
      .map((one) => {
        const attributes = one.attributes.map(([key, text]) => ` ${key}="${xmlAttribute(text)}"`).join('');
        return `<${one.name}${attributes}>${one.content}</${one.name}>`;
      }),
  }));
  fc.assert(
    fc.property(element, (text) => {
      expect(ours(text)).toEqual(theirs(text));
    }),
  );
});
