// Files that are made to hurt whoever reads them, through the same function as every other file. A new syntax or vendor
// adds its rows here: what it could be made to do, and what must come of it.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../vendors/read.ts';

const MIB = 1024 * 1024;
const bytes = (text: string) => Buffer.from(text, 'utf8');
const read = (text: string, name = '00005e005301.cfg') => readConfig([{ name, bytes: bytes(text) }]);

let port = 0;
let connections = 0;
const canary = createServer((socket) => {
  connections += 1;
  socket.destroy();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  port = (canary.address() as { port: number }).port;
});
afterAll(() => new Promise<void>((resolve) => canary.close(() => resolve())));

const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('\n');

const xml: [what: string, file: string][] = [
  [
    'a DTD',
    '<?xml version="1.0"?><!DOCTYPE c [<!ELEMENT c ANY>]><c><account.1.user_name>&x;</account.1.user_name></c>',
  ],
  [
    'an external entity of a file',
    '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]><c><reg reg.1.address="&x;"/></c>',
  ],
  [
    'an external entity of a server',
    '<!DOCTYPE c [<!ENTITY x SYSTEM "http://127.0.0.1:PORT/x">]><c><reg reg.1.auth.password="&x;"/></c>',
  ],
  ['a parameter entity', '<!DOCTYPE c [<!ENTITY % x SYSTEM "http://127.0.0.1:PORT/x.dtd"> %x;]><c>1</c>'],
  ['an external DTD', '<!DOCTYPE c SYSTEM "http://127.0.0.1:PORT/x.dtd"><c>1</c>'],
  [
    'an XInclude',
    '<c xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></c>',
  ],
  ['a stylesheet', '<?xml-stylesheet href="http://127.0.0.1:PORT/x.xsl" type="text/xsl"?><c>1</c>'],
  [
    'a schema',
    '<c xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a http://127.0.0.1:PORT/x.xsd"/>',
  ],
  ['a billion laughs', `<!DOCTYPE c [<!ENTITY l0 "ha">${LAUGHS}]><c><reg reg.1.address="&l9;"/></c>`],
  ['a quadratic blow-up', `<!DOCTYPE c [<!ENTITY a "${'a'.repeat(50_000)}">]><c>${'&a;'.repeat(50_000)}</c>`],
];

describe('O11 XML', () => {
  test.each(xml)('%s is refused or is plain text: nothing is opened, nothing grows', (_what, file) => {
    const text = file.replace('PORT', String(port));
    const before = process.memoryUsage().heapUsed;
    const result = read(text);
    const said = JSON.stringify(result.kind === 'config' ? [result.reading.lines, result.reading.fields] : result);
    expect(said).not.toContain('root:');
    expect(said.length).toBeLessThan(text.length + 10_000);
    expect((process.memoryUsage().heapUsed - before) / MIB).toBeLessThan(64);
    expect(connections).toBe(0);
  });
});

/** 2 MiB each. */
const long: [what: string, file: string][] = [
  ['one line', 'a'.repeat(2 * MIB)],
  ['one key', `account.1.${'x'.repeat(2 * MIB)} = 1\n`],
  ['blanks before a line break', `#!version:1.0.0.1\naccount.1.label =${' '.repeat(2 * MIB)}x\n`],
  ['blank lines', '#!version:1.0.0.1\n'.padEnd(2 * MIB, '\n')],
  ['carriage returns', '#!version:1.0.0.1\n'.padEnd(2 * MIB, '\r')],
  ['equals signs', `#!version:1.0.0.1\naccount.1.label ${'='.repeat(2 * MIB)}\n`],
  ['hashes', '#'.repeat(2 * MIB)],
  [
    'many keys',
    '#!version:1.0.0.1\n'
      .concat(...Array.from({ length: 100_000 }, (_, n) => `account.${n}.label=${n}\n`))
      .slice(0, 2 * MIB),
  ],
  ['the same key', `#!version:1.0.0.1\n${'account.1.label = x\n'.repeat(100_000)}`],
  ['includes', `#!version:1.0.0.1\n${'include:config "x.cfg"\n'.repeat(90_000)}`],
  ['sections', `[ account ]\n${'[ x ]\npath = /config/voip/sipAccount0.cfg\n'.repeat(45_000)}`],
  ['quotes', `account.1.label = "${'"'.repeat(2 * MIB)}`],
  ['opened brackets', '['.repeat(2 * MIB)],
  ['opened angles', '<'.repeat(2 * MIB)],
  ['opened elements', '<a>'.repeat(700_000)],
  ['closed elements', `<a>${'</a>'.repeat(500_000)}`],
  ['attributes', `<a ${Array.from({ length: 150_000 }, (_, n) => `b${n}="1"`).join(' ')}/>`],
  ['the same attribute', `<a ${'b="1" '.repeat(340_000)}/>`],
  ['an opened comment', `<!--${'-'.repeat(2 * MIB)}`],
  ['comments', '<!---->'.repeat(300_000)],
  ['an opened CDATA', `<a><![CDATA[${']]'.repeat(MIB)}`],
  ['ampersands', `<a b="${'&'.repeat(2 * MIB)}"/>`],
  ['entities', `<a>${'&#65;'.repeat(420_000)}</a>`],
  ['an opened DTD', `<!DOCTYPE a [${'<!ENTITY a "'.repeat(170_000)}`],
  ['commas', ','.repeat(2 * MIB)],
  ['pairs of a phone that is none', Array.from({ length: 130_000 }, (_, n) => `P${n}=${n}\n`).join('')],
  ['NUL bytes', '\0'.repeat(2 * MIB)],
  ['half characters', '\u00ff\u00fe'.repeat(500_000)],
];

describe('O11 2 MiB made to be slow', () => {
  test.each(long)('%s: read or refused in linear time', (_what, file) => {
    // Processor time, so that other work on the machine does not count; the best of three, so that compiling does not.
    const cost = () => {
      const before = process.cpuUsage();
      const result = read(file);
      const { user, system } = process.cpuUsage(before);
      expect(['config', 'not-config']).toContain(result.kind);
      return (user + system) / 1000;
    };
    expect(Math.min(cost(), cost(), cost())).toBeLessThan(500);
  });
});

test('O11 elements ten thousand deep are no stack of ours', () => {
  const depth = 10_000;
  const result = read(`${'<a>'.repeat(depth)}x${'</a>'.repeat(depth)}`);
  expect(['config', 'not-config']).toContain(result.kind);
});
