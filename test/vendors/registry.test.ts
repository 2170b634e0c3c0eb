// What holds for the vendors together: no file is two makers', no text makes one slow, shared code names nobody.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sniff } from '../../parsers/sniff.ts';
import { readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = VENDORS.flatMap(({ id }) =>
  readdirSync(join(ROOT, 'fixtures', id))
    .filter((name) => !name.endsWith('.json'))
    .filter((name) => {
      // What only the setting of the PBX can tell apart is another maker's twin.
      const json = JSON.parse(readFileSync(join(ROOT, 'fixtures', id, `${name.replace(/\.\w+$/, '')}.json`), 'utf8'));
      return json.options?.vendor === undefined;
    })
    .map((name) => ({ vendor: id, name })),
);

test.each(FIXTURES)('$vendor/$name is surely of no other maker', ({ vendor, name }) => {
  const body = sniff(readFileSync(join(ROOT, 'fixtures', vendor, name)));
  if (body.kind !== 'text') return;
  const sure = VENDORS.filter(({ formats }) => formats.some(({ recognise }) => recognise(body) === 'sure'));
  expect(sure.map(({ id }) => id).filter((id) => id !== vendor)).toEqual([]);
});

describe('2 MiB of hostile text', () => {
  const SIZE = 2 * 1024 * 1024 - 100;
  const fill = (unit: string, begin = '') => begin + unit.repeat(Math.floor((SIZE - begin.length) / unit.length));
  const nest = (name: string, depth: number) => `<${name}>`.repeat(depth) + `</${name}>`.repeat(depth);
  /** Each name is another: one that was there before must not be looked for among all. */
  const masterList = () => {
    const names = Array.from({ length: SIZE / 8 }, (_, index) => index.toString(36).padStart(4, '0'));
    return `<APPLICATION APP_FILE_PATH="sip.ld" CONFIG_FILES="${names.join('.a, ')}"/>`;
  };
  const TEXTS: readonly (readonly [string, string])[] = [
    ['nesting of 20,000', nest('settings', 20_000)],
    ['nesting of 20,000 attributes', `${'<a b="c">'.repeat(20_000)}`],
    ['open tags', fill('<a ', '<settings><phone-settings>')],
    ['attributes', fill('a="b" ', '<polycomConfig reg.1.address="1" ')],
    ['one attribute again and again', fill('reg.1.address="1" ', '<polycomConfig ')],
    ['quotes', fill('"', '<flat-profile><a b=')],
    ['ampersands', fill('&', '<gs_provision><config><P34>')],
    ['references', fill('&amp;', '<gs_provision><config><P34>')],
    ['an entity that would expand', fill('&a;', '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><settings>')],
    ['comments that do not end', fill('<!-- ', '<settings>')],
    ['CDATA', fill('<![CDATA[', '<settings>')],
    ['closing tags', fill('</a>', '<settings>')],
    ['P values', fill('<P34>a</P34>', '<gs_provision><config>')],
    ['headers', fill('[ account ]\n', '#!version:1.0.0.1\n')],
    ['includes', fill('include:config "a.cfg"\n')],
    ['scripts that jump', `${fill('SET A 1\n# T\nIF $MACADDR SEQ 1 GOTO T\nGOTO T\n')}`],
    ['colons', fill('sip line1 : : ! ^ # "\n')],
    ['modules', fill('<A CONFIG MODULE>\nSIP1 x :y\n', '<<VOIP CONFIG FILE>>Version:2.0002\n')],
    ['blanks', fill(' ', '#!version:1.0.0.1\naccount.1.label =')],
    ['quoted lines', fill('A_1="', '# Panasonic SIP Phone Standard Format File #\r\n')],
    ['semicolons', fill('d=a;u=b;p=c;')],
    ['Java properties', fill('a\\:b\\=c\\\n')],
    ['one long line', fill('a')],
    ['lines of junk', fill('a\n', 'sip.u1=1\n')],
    ['lines that begin as an include', fill('<\n', 'a=b\n')],
    ['a list of a quarter of a million files', masterList()],
    ['carriage returns', fill('\r', 'a=b')],
  ];

  test.each(TEXTS)('%s: read in linear time, whoever reads it', (_name, text) => {
    const bytes = Buffer.from(text);
    const half = bytes.subarray(0, bytes.length / 2);
    for (const vendor of [undefined, ...VENDORS.map(({ id }) => id)]) {
      const cpu = (of: Uint8Array) => {
        const before = process.cpuUsage();
        readConfig([{ name: '00005e005301.cfg', bytes: of }], { vendor });
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1e6;
      };
      const whole = cpu(bytes);
      // What is not linear takes minutes. A second is more than the slowest needs on a busy machine, and a slow one may
      // have been unlucky once.
      if (whole > 1) expect([vendor, cpu(bytes) / Math.max(cpu(half), 0.05) < 3.5]).toEqual([vendor, true]);
      expect([vendor, whole < 5]).toEqual([vendor, true]);
    }
  });
});

test('shared code names no maker', () => {
  const shared = [
    'translate',
    'ready-rows',
    'pen',
    'read',
    'write',
    'convert',
    'identify',
    'codec',
    'line-numbers',
    'vendor',
    'mask',
  ];
  for (const name of shared) {
    const code = readFileSync(join(ROOT, 'vendors', `${name}.ts`), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    for (const { id } of VENDORS) {
      if (id === 'ale' || id === '2n') continue;
      expect([name, id, new RegExp(`['"\`]${id}['"\`]`).test(code)]).toEqual([name, id, false]);
    }
  }
});
