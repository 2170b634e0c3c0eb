import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ciscoSpa } from '../../vendors/cisco-spa.ts';
import type { Mac } from '../../vendors/mac.ts';
import type { Line } from '../../vendors/model.ts';
import { type Reading, type ReadOptions, readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';

const MAC = '00005e005301' as Mac;

function read(text: string | Uint8Array, options: ReadOptions = {}): Reading {
  const result = readConfig([{ name: '00005e005301.xml', bytes: Buffer.from(text) }], options);
  if (result.kind !== 'config') throw new Error(result.message);
  return result.reading;
}

function profile(...elements: string[]): string {
  return `<flat-profile>\n<User_ID_1_>2001</User_ID_1_>\n${elements.join('\n')}\n</flat-profile>\n`;
}

function line(...elements: string[]): Line {
  const [found] = read(profile(...elements)).lines;
  if (found === undefined) throw new Error('no line');
  return found;
}

describe('servers', () => {
  test.each<[string, Line['registrar'], Line['backup']]>([
    ['a.example.com', { host: 'a.example.com', port: null, transport: null }, null],
    ['a.example.com:5070', { host: 'a.example.com', port: 5070, transport: null }, null],
    [
      'x:SRV=b.example.com:5061:p=1:w=5|a.example.com:5060:p=0',
      { host: 'a.example.com', port: 5060, transport: null },
      { host: 'b.example.com', port: 5061 },
    ],
    ['x:SRV=a.example.com:p=0', { host: 'a.example.com', port: null, transport: null }, null],
  ])('%s', (proxy, registrar, backup) => {
    expect(line(`<Proxy_1_>${proxy}</Proxy_1_>`)).toMatchObject({ registrar, backup });
  });

  test('the local port is not the registrar’s', () => {
    expect(line('<Proxy_1_>a.example.com</Proxy_1_>', '<SIP_Port_1_>5099</SIP_Port_1_>').registrar?.port).toBeNull();
  });
});

describe('a label', () => {
  test.each([
    [['<Short_Name_1_>one</Short_Name_1_>'], 'one'],
    [
      ['<Extension_3_>1</Extension_3_>', '<Short_Name_1_>one</Short_Name_1_>', '<Short_Name_3_>three</Short_Name_3_>'],
      'three',
    ],
    [['<Extension_1_>Disabled</Extension_1_>', '<Short_Name_1_>a speed dial</Short_Name_1_>'], null],
    [['<Short_Name_1_>$USER</Short_Name_1_>'], '$USER'],
  ])('%j', (elements, label) => {
    expect(line(...elements).label).toBe(label);
  });
});

test.each([
  ['SPA112', ['Phone 1', 'Phone 2']],
  ['SPA3102', ['Phone', 'Line']],
  ['SPA504G', [undefined, undefined]],
])('the lines of a %s have the names of its jacks', (model, ports) => {
  const text = profile('<User_ID_2_>2002</User_ID_2_>');
  expect(read(text, { model }).lines.map(({ port }) => port)).toEqual(ports);
});

test('the login of a profile rule is hidden, its address is not', () => {
  const rule = '[--uid fleet --pwd hidden-pw]https://prov.example.com/$MA.xml';
  const reading = read(profile(`<Profile_Rule>${rule}</Profile_Rule>`));
  expect(reading.fields.Profile_Rule).toBe('https://prov.example.com/$MA.xml');
  expect(JSON.stringify(reading.fields)).not.toContain('hidden-pw');
  expect(reading.includes).toEqual([]);
  const { phone } = reading.phone();
  const written = writeConfig('cisco-spa', { lines: reading.lines, phone }, { mac: MAC });
  expect(written.ok && written.files[0].text).toContain(`<Profile_Rule>${rule}</Profile_Rule>`);
  expect(writeConfig('cisco-spa', { lines: [], phone: { provisioningPassword: 'x' } })).toMatchObject({ ok: false });
});

test('who may change a value stands in ua', () => {
  const access = { all: 'open', password: 'locked', displayName: 'locked' } as const;
  const source = { ...line('<Password_1_>pw</Password_1_>'), displayName: 'Ada', label: 'A' };
  const written = writeConfig('cisco-spa', { lines: [source], access }, { mac: MAC });
  if (!written.ok) throw new Error(written.message);
  expect(written.files).toEqual([
    {
      name: '00005e005301.xml',
      text: `<flat-profile>
<Extension_1_ ua="rw">1</Extension_1_>
<Short_Name_1_ ua="rw">A</Short_Name_1_>
<Display_Name_1_ ua="ro">Ada</Display_Name_1_>
<User_ID_1_ ua="rw">2001</User_ID_1_>
<Password_1_ ua="na">pw</Password_1_>
</flat-profile>
`,
    },
  ]);
});

test('a profile that is compressed and encrypted is read with its pass phrase only', () => {
  const plain = readFileSync(join(import.meta.dirname, '../../fixtures/cisco-spa/proxies.xml'));
  const salt = Buffer.from('01234567');
  const phrase = 'Some-Phrase';
  const md5 = (...parts: Buffer[]) => createHash('md5').update(Buffer.concat(parts)).digest();
  const first = md5(Buffer.from(phrase), salt);
  const second = md5(first, Buffer.from(phrase), salt);
  const third = md5(second, Buffer.from(phrase), salt);
  const cipher = createCipheriv('aes-256-cbc', Buffer.concat([first, second]), third);
  const bytes = Buffer.concat([Buffer.from('Salted__'), salt, cipher.update(gzipSync(plain)), cipher.final()]);
  expect(readConfig([{ name: 'x.cfg', bytes }])).toMatchObject({ kind: 'not-config', reason: 'BODY_ENCRYPTED' });
  expect(read(bytes, { keys: [phrase] }).lines).toEqual(read(plain).lines);
});

test.each([
  ['Linksys/SPA-942-6.1.5(a) (88019FA42805)', { model: 'SPA-942', version: '6.1.5(a)', mac: '88019FA42805' }],
  ['Linksys/SPA-962-6.1.5(a) (4MM00F903042)', { model: 'SPA-962', serial: '4MM00F903042' }],
  ['Cisco/SPA504G-7.4.4 (8843E157DDCC)(CBT141100HR)', { model: 'SPA504G', version: '7.4.4', mac: '8843E157DDCC' }],
  ['Cisco/SPA501G-7.4.4 (8843E157DDCC)(CBT141100HR)', { model: 'SPA501G', mac: '8843E157DDCC' }],
  ['Cisco/SPA508G-7.4.8a (0002FDFF2103)(CBT141400UK)', { version: '7.4.8a', serial: 'CBT141400UK' }],
  ['Cisco/SPA525G-7.4.4 (CBT141900G7)', { model: 'SPA525G', serial: 'CBT141900G7' }],
  ['Cisco/ATA191-MPP-11-1-0-MSR4 (FCH2443D9R4)', { model: 'ATA191', serial: 'FCH2443D9R4' }],
  ['Cisco-CP-8841-3PCC/11.0 (00562b043615)', { model: 'CP-8841-3PCC', version: '11.0', mac: '00562b043615' }],
  ['Cisco-CP-7832-3PCC/11.0.1 (00562b043615)', { model: 'CP-7832-3PCC', mac: '00562b043615' }],
])('knows the phone of %s', (userAgent, groups) => {
  const found = ciscoSpa.identity.userAgents.map((pattern) => pattern.exec(userAgent)).find((one) => one !== null);
  expect(found?.groups).toMatchObject(groups);
});

describe('the key that shows a line carries its label', () => {
  test('a line on another key than its own is written there', () => {
    const bytes = readFileSync(join(import.meta.dirname, '../../fixtures/cisco-spa/proxies.xml'));
    const reading = read(bytes);
    const { phone } = reading.phone();
    const written = writeConfig('cisco-spa', { lines: reading.lines, phone }, { mac: MAC });
    if (!written.ok) throw new Error(written.message);
    expect(written.files[0].text).toContain(
      '<Extension_3_>2</Extension_3_>\n<Short_Name_3_>Second line</Short_Name_3_>',
    );
    const again = read(written.files[0].text);
    expect(again.lines).toEqual(reading.lines);
    expect(again.phone().phone.functionKeys).toEqual(phone.functionKeys);
  });

  test('is refused where the key of its number is another one', () => {
    const functionKeys = [{ key: 1, module: 0, type: 'blf', line: null, value: '200', label: null }] as const;
    const lines = [line('<Short_Name_1_>Ada</Short_Name_1_>')];
    expect(writeConfig('cisco-spa', { lines, phone: { functionKeys } }, { mac: MAC })).toEqual({
      ok: false,
      message: 'cannot write file as cisco-spa: key 1 is no line key: give line 1 one, which shows its label',
    });
  });
});
