import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import type { Line } from '../../vendors/model.ts';
import { polycom } from '../../vendors/polycom.ts';
import { type ConfigFile, type Reading, readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';

function file(name: string, text: string): ConfigFile {
  return { name, bytes: Buffer.from(text) };
}

function read(...files: ConfigFile[]): Reading {
  const result = readConfig(files);
  if (result.kind !== 'config') throw new Error(result.message);
  return result.reading;
}

function line(attributes: string): Line {
  const [found] = read(file('00005e005301.cfg', `<PHONE_CONFIG><ALL ${attributes}/></PHONE_CONFIG>`)).lines;
  if (found === undefined) throw new Error('no line');
  return found;
}

const ACCOUNT = 'reg.1.address="2201" reg.1.auth.password="pw"';

test('of several files the first counts', () => {
  const reading = read(
    file('00005e005301.cfg', '<APPLICATION CONFIG_FILES="own.cfg, common.cfg"/>'),
    file('own.cfg', `<x ${ACCOUNT} reg.1.label=""/>`),
    file('common.cfg', '<x reg.1.address="9999" reg.1.label="common" reg.1.server.1.address="pbx.example.com"/>'),
  );
  expect(reading.format).toBe('polycom-xml');
  expect(reading.lines).toMatchObject([
    { userName: '2201', password: 'pw', label: 'common', registrar: { host: 'pbx.example.com' } },
  ]);
});

describe('the registrar', () => {
  test.each<[string, Line['registrar']]>([
    ['reg.1.server.1.address="a.example.com"', { host: 'a.example.com', port: null, transport: null }],
    [
      'reg.1.server.1.address="a.example.com" voIpProt.server.1.address="b.example.com" voIpProt.server.1.port="5070"',
      { host: 'a.example.com', port: null, transport: null },
    ],
    [
      'voIpProt.server.1.address="b.example.com" voIpProt.server.1.port="5070" voIpProt.server.1.transport="TLS"',
      { host: 'b.example.com', port: 5070, transport: 'tls' },
    ],
    ['', null],
  ])('of %j', (attributes, registrar) => {
    expect(line(`${ACCOUNT} ${attributes}`).registrar).toEqual(registrar);
  });

  test('is the domain of the address where nothing else is said', () => {
    expect(line('reg.1.address="sip:2201@pbx.example.com" reg.1.server.1.address=""')).toMatchObject({
      userName: '2201',
      registrar: { host: 'pbx.example.com' },
    });
  });
});

test('files for all phones have no line', () => {
  for (const text of [
    '<polycomConfig voIpProt.server.1.address="pbx.example.com" voIpProt.SIP.outboundProxy.address=""/>',
    '<PHONE_CONFIG/>',
    '<phone1 reg.1.displayName="" reg.1.address="" reg.1.type="private" reg.1.auth.password=""/>',
  ]) {
    expect(read(file('common.cfg', text)).lines).toEqual([]);
  }
});

test('a certificate is written into an attribute and read again', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nTUlJ\nQ0E=\n-----END CERTIFICATE-----\n';
  const written = writeConfig('polycom', { lines: [], phone: { trustedCertificates: [pem] } });
  if (!written.ok) throw new Error(written.message);
  expect(written.files[1]?.text).toContain('-----BEGIN CERTIFICATE-----&#10;TUlJ&#10;');
  expect(read(file('x.cfg', written.files[1]?.text ?? '')).phone().phone.trustedCertificates).toEqual([pem]);
});

test('the phone is given a master and the file that it names', () => {
  const config = { lines: [{ ...line(ACCOUNT), label: 'A & "B"' }] };
  const written = writeConfig('polycom', config, { mac: '00005e005301' as Mac });
  expect(written.ok && written.files).toEqual([
    {
      name: '00005e005301.cfg',
      text: '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<APPLICATION CONFIG_FILES="00005e005301-user.cfg"/>\n',
    },
    {
      name: '00005e005301-user.cfg',
      text: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<polycomConfig\n  reg.1.label="A &amp; &quot;B&quot;"\n  reg.1.address="2201"\n  reg.1.auth.password="pw"/>\n`,
    },
  ]);
});

test.each([
  ['FileTransport PolycomSoundPointIP-SPIP_335-UA/3.2.1.0078', 'SPIP_335', '3.2.1.0078'],
  ['FileTransport PolycomSoundStationIP-SSIP_6000-UA/5.0.3.1667 Type/Updater', 'SSIP_6000', '5.0.3.1667'],
  ['FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application', 'VVX_400', '4.1.4.7430'],
  ['FileTransport PolycomVVX-VVX_410-UA/5.9.5.0614 Type/Application', 'VVX_410', '5.9.5.0614'],
])('knows the phone of %s', (userAgent, model, version) => {
  const found = polycom.identity.userAgents.map((pattern) => pattern.exec(userAgent)).find((one) => one !== null);
  expect(found?.groups).toMatchObject({ model, version });
  const mac = '00005e005301' as Mac;
  expect(polycom.persona.userAgent({ model, firmware: version, phoneType: null, mac })).toContain(
    `-${model}-UA/${version}`,
  );
});
