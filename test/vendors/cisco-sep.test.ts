import { expect, test } from 'vitest';
import { ciscoSep } from '../../vendors/cisco-sep.ts';
import type { Mac } from '../../vendors/mac.ts';
import { readConfig } from '../../vendors/read.ts';

const MAC = '00005e005301' as Mac;

function ataFile(name: string, user: string) {
  const line = `<line button="1"><featureID>9</featureID><name>${user}</name><authPassword>pw</authPassword></line>`;
  const text = `<device><deviceProtocol>SIP</deviceProtocol><sipProfile><sipLines>${line}</sipLines></sipProfile></device>`;
  return { name, bytes: Buffer.from(text) };
}

test('an ATA has a file for each port, the second under a shifted MAC', () => {
  const names = ciscoSep.persona.directory({ model: 'ATA190', firmware: '1.2.2', phoneType: null, mac: MAC }).flat();
  expect(names).toEqual(['ATA00005E005301.cnf.xml', 'ATA005E00530101.cnf.xml']);
  const result = readConfig(
    names.map((name, index) => ataFile(name, `200${index + 1}`)),
    { mac: MAC },
  );
  expect(result.kind === 'config' && result.reading.lines).toMatchObject([
    { line: 1, userName: '2001', port: 'Phone 1' },
    { line: 2, userName: '2002', port: 'Phone 2' },
  ]);
});

test('files for all phones have no line', () => {
  for (const [name, text] of [
    [
      'XMLDefault.cnf.xml',
      '<Default><callManagerGroup><members/></callManagerGroup><loadInformation7 model="x"/></Default>',
    ],
    ['SIPDefault.cnf', 'image_version: P0S3-8-12-00\nproxy1_address: "pbx.example.com"\n'],
    ['SEP00005E005301.cnf.xml', '<device><deviceProtocol>SCCP</deviceProtocol><devicePool/></device>'],
  ] as const) {
    const result = readConfig([{ name, bytes: Buffer.from(text) }]);
    expect(result.kind === 'config' && [result.reading.vendor, result.reading.lines]).toEqual(['cisco-sep', []]);
  }
});

test('the default of a 7960 and its own file make one configuration', () => {
  const result = readConfig([
    { name: 'SIPDefault.cnf', bytes: Buffer.from('proxy1_address: "pbx.example.com"\nproxy1_port: "5070"\n') },
    {
      name: 'SIP00005E005301.cnf',
      bytes: Buffer.from('line1_name: "2001"\nline1_password: "a;b"\nline2_name: 2002\n'),
    },
  ]);
  const registrar = { host: 'pbx.example.com', port: 5070, transport: null };
  expect(result.kind === 'config' && result.reading.lines).toMatchObject([
    { userName: '2001', password: 'a;b', registrar },
    { userName: '2002', password: null, registrar },
  ]);
});

test('what is nested too deep is passed over', () => {
  const text = `<device><deviceProtocol>SIP</deviceProtocol>${'<a>'.repeat(20_000)}x${'</a>'.repeat(20_000)}</device>`;
  expect(readConfig([{ name: 'x', bytes: Buffer.from(text) }])).toMatchObject({ kind: 'config' });
});

test.each([
  ['SEP00005E005301.cnf.xml', { mac: '00005E005301' }],
  ['CTLSEP00005E005301.tlv', { mac: '00005E005301' }],
  ['ATA00005E005301.cnf.xml', { mac: '00005E005301', model: 'ATA' }],
  ['SIP00005E005301.cnf', { mac: '00005E005301' }],
])('knows whose file %s is', (path, groups) => {
  const found = ciscoSep.identity.paths.map((pattern) => pattern.exec(path)).find((one) => one !== null);
  expect(found?.groups).toMatchObject(groups);
});
