// Fanvil, and the vendors that share its text.
import { describe, expect, test } from 'vitest';
import { identify } from '../../vendors/identify.ts';
import type { FunctionKey } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

function read(text: string, vendor?: 'fanvil' | 'swissvoice' | 'atcom') {
  const result = readConfig([{ name: 'x.cfg', bytes: Buffer.from(text) }], vendor === undefined ? {} : { vendor });
  if (result.kind !== 'config') throw new Error(result.message);
  return result.reading;
}

const line = lineWith({
  line: 2,
  enabled: true,
  userName: '2801',
  authName: '2801a',
  password: 'p:w&x',
  displayName: 'Vera',
  registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
  expiresSeconds: 300,
});

function textOf(format: string, revision?: number, functionKeys: FunctionKey[] = []): string {
  const result = writeConfig(
    'fanvil',
    { lines: [line], phone: { vlanId: 20, functionKeys } },
    { format, ...(revision !== undefined && { revision }) },
  );
  if (!result.ok) throw new Error(result.message);
  return result.files[0].text;
}

describe('the number of a version', () => {
  const versionOf = (text: string) => /(?:<Version>|Version:)(2\.\d{10})\b/.exec(text)?.[1];

  test('is that of the content, and stays while it stays', () => {
    for (const format of ['fanvil-sysconf-xml', 'fanvil-text']) {
      const version = versionOf(textOf(format));
      expect(version).toMatch(/^2\.0/);
      expect(versionOf(textOf(format))).toBe(version);
      const keys: FunctionKey[] = [{ key: 1, module: 0, type: 'blf', line: 1, value: '2802', label: null }];
      expect(versionOf(textOf(format, undefined, keys))).not.toBe(version);
    }
  });

  test('grows with the revision, above every version without one', () => {
    const versions = [undefined, 0, 1, 10].map((revision) => versionOf(textOf('fanvil-text', revision)) ?? '');
    expect(versions).toEqual(versions.toSorted());
    expect(new Set(versions).size).toBe(4);
  });
});

test('writes sysConf with indexes', () => {
  expect(
    textOf('fanvil-sysconf-xml', 7, [{ key: 3, module: 0, type: 'park', line: 2, value: '*68', label: 'Lot' }]),
  ).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<sysConf>',
      '  <Version>2.1000000007</Version>',
      '  <sip>',
      '    <line index="2">',
      '      <EnableReg>1</EnableReg>',
      '      <DisplayName>Vera</DisplayName>',
      '      <RegisterUser>2801a</RegisterUser>',
      '      <PhoneNumber>2801</PhoneNumber>',
      '      <RegisterPswd>p:w&amp;x</RegisterPswd>',
      '      <RegisterAddr>pbx.example.com</RegisterAddr>',
      '      <RegisterPort>5061</RegisterPort>',
      '      <Transport>3</Transport>',
      '      <RegisterTTL>300</RegisterTTL>',
      '    </line>',
      '  </sip>',
      '  <qos>',
      '    <EnableVLAN>1</EnableVLAN>',
      '    <VLANID>20</VLANID>',
      '  </qos>',
      '  <dsskey>',
      '    <internal index="1">',
      '      <Fkey index="3">',
      '        <Type>1</Type>',
      '        <Value>*68@2/c</Value>',
      '        <Title>Lot</Title>',
      '      </Fkey>',
      '    </internal>',
      '  </dsskey>',
      '</sysConf>',
      '',
    ].join('\n'),
  );
});

test('writes text with modules and CRLF', () => {
  const text = textOf('fanvil-text', 1);
  expect(text.split('\r\n')).toContain('SIP2 Register Pswd :p:w&x');
  expect(text).toMatch(/^<<VOIP CONFIG FILE>>Version:2\.1000000001 +\r\n/);
  expect(text).toContain('<SIP CONFIG MODULE>\r\n--SIP Line List--  :');
  expect(text.endsWith('<<END OF FILE>>\r\n')).toBe(true);
});

describe('transports', () => {
  const transportOf = (rows: string) =>
    read(`<<VOIP CONFIG FILE>>Version:2.0002\n<SIP CONFIG MODULE>\nSIP1 Phone Number  :1\n${rows}\n`).lines[0]
      ?.registrar?.transport;

  test.each([
    ['SIP1 Transport     :0', 'udp'],
    ['SIP1 Transport     :1', 'tcp'],
    ['SIP1 Transport     :2', 'tls'],
    ['SIP1 Transport     :3', 'tls'],
    ['SIP1 DNS SRV       :1', 'dns-srv'],
    ['SIP1 DNS SRV       :1\nSIP1 Transport     :1', 'tcp'],
  ])('%j', (rows, transport) => {
    expect(transportOf(rows)).toBe(transport);
  });
});

describe('who has the text', () => {
  const text =
    '<<VOIP CONFIG FILE>>Version:2.0002\n<SIP CONFIG MODULE>\nSIP1 Phone Number  :1\nSIP1 Register Pswd :p\n';

  test('is Fanvil, unless another is named or leaves a mark', () => {
    expect(read(text).vendor).toBe('fanvil');
    expect(read(text, 'swissvoice').vendor).toBe('swissvoice');
    expect(read(text, 'atcom').vendor).toBe('atcom');
    expect(read(`${text}LCD Title          :CP2505G\n`).vendor).toBe('swissvoice');
    expect(read(text.replace('Pswd', 'Pwd ')).vendor).toBe('atcom');
  });
});

test.each([
  ['Fanvil X4 2.10.2.6887 0c383e07e16c', 'X4', '2.10.2.6887', '0c383e07e16c'],
  ['Fanvil X6U Pro 0.0.10 0c383e2cd782', 'X6U Pro', '0.0.10', '0c383e2cd782'],
  ['Fanvil H2U-V2 2.12.0 0c383e32342e', 'H2U-V2', '2.12.0', '0c383e32342e'],
  ['Fanvil W620W 2.16.10 0c383e7dd216', 'W620W', '2.16.10', '0c383e7dd216'],
  ['Fanvil i10SV 2.12.10.1 0c383e2397f4', 'i10SV', '2.12.10.1', '0c383e2397f4'],
])('%s', (userAgent, model, version, mac) => {
  expect(identify({ userAgent })[0]).toMatchObject({ vendor: 'fanvil', version, mac });
  expect([model, model.replace(' ', '-')]).toContain(identify({ userAgent })[0]?.model);
});

test.each([
  ['/Fanvil/f0X3shw1.100.cfg', 'X3s'],
  ['/F0V00X200000.cfg', 'X2'],
  ['/Fanvil/F0V0X7C00000.cfg', 'X7C'],
  ['/fanvil_x210_v2_hwv2_0.txt', 'x210'],
])('the common file %s', (path, model) => {
  expect(identify({ path })[0]).toMatchObject({ vendor: 'fanvil' });
  expect(identify({ path })[0]?.model?.toLowerCase()).toBe(model.toLowerCase());
});
