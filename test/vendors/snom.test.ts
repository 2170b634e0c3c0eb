import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import { type Reading, readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

function read(text: string): Reading {
  const result = readConfig([{ name: 'x.xml', bytes: Buffer.from(text) }]);
  if (result.kind !== 'config') throw new Error(result.message);
  return result.reading;
}

function settings(inner: string): Reading {
  return read(`<settings><phone-settings>${inner}</phone-settings></settings>`);
}

const LINE = lineWith({
  enabled: true,
  authName: '2001-auth',
  password: 'p&w',
  displayName: 'Ada',
  registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
  expiresSeconds: 600,
});

function write(config: Parameters<typeof writeConfig>[1], model?: string) {
  return writeConfig('snom', config, { mac: '00005e00530a' as Mac, ...(model !== undefined && { model }) });
}

function written(config: Parameters<typeof writeConfig>[1], model?: string): string {
  const result = write(config, model);
  if (!result.ok) throw new Error(result.message);
  return result.files[0].text;
}

describe('who may change a setting', () => {
  test.each([
    ['perm="R"', 'locked'],
    ['perm="&amp;"', 'locked'],
    ['perm=" "', 'locked'],
    ['perm="V"', 'locked'],
    ['perm="RW"', 'open'],
    ['perm="RWV"', 'open'],
    ['perm="$"', 'open'],
    ['perm=""', 'open'],
    ['perm="!"', 'default'],
    ['', undefined],
  ])('%s is %s', (perm, access) => {
    const { access: found } = settings(`<ntp_server ${perm}>ntp.example.com</ntp_server>`).phone();
    expect(found.ntpServer).toBe(access);
  });

  test('a value that the phone may have changed is warned of', () => {
    const reading = settings('<user_name idx="1" perm="!">2001</user_name><user_pass idx="1" perm="R">p</user_pass>');
    expect(reading.warnings).toEqual(['may-differ:user_name.1']);
  });

  test('is always written, and never so that a phone would keep an old credential', () => {
    const result = write({
      lines: [LINE],
      phone: { ntpServer: 'ntp.example.com', adminPassword: '4711' },
      access: { all: 'default', expiresSeconds: 'locked' },
    });
    if (!result.ok) throw new Error(result.message);
    const { text } = result.files[0];
    expect(text).toContain('<ntp_server perm="!">');
    expect(text).toContain('<user_expiry idx="1" perm="R">600<');
    for (const name of ['user_name', 'user_pname', 'user_pass']) expect(text).toContain(`<${name} idx="1" perm="RW">`);
    expect(text).toContain('<http_pass perm="RW">');
    expect(text.match(/<\w+(?: idx="\d+")?>/g)).toEqual(['<settings>']);
    expect(result.warnings.toSorted()).toEqual(
      ['adminPassword', 'authName', 'password', 'userName'].map((name) => `access-not-written:${name}`),
    );
  });
});

describe('addresses', () => {
  test('the proxy in front of a registrar is reached as the registrar is', () => {
    const text = written({
      lines: [
        {
          ...LINE,
          outboundProxy: { host: 'edge1.example.com', port: 5061 },
          backupOutboundProxy: { host: 'edge2.example.com', port: null },
        },
      ],
    });
    expect(text).toContain('>edge1.example.com:5061;transport=tls,edge2.example.com;transport=tls<');
  });

  test('a second registrar is an identity of its own, hidden, with the same login', () => {
    const lines = [
      { ...LINE, backup: { host: 'pbx2.example.com', port: 5062 } },
      { ...LINE, line: 2, userName: '2002' },
    ];
    const text = written({ lines });
    expect(text).toContain('<user_failover_identity idx="1" perm="RW">3<');
    expect(text).toContain('<hide_identity idx="3" perm="RW">true<');
    expect(text).toContain('<user_pass idx="3" perm="RW">p&amp;w<');
    expect(read(text).lines).toEqual(lines);
  });

  test('and is refused where the phone has none left', () => {
    const result = write(
      {
        lines: [
          { ...LINE, backup: { host: 'pbx2.example.com', port: null } },
          { ...LINE, line: 2 },
        ],
      },
      'D120',
    );
    expect(result).toEqual({
      ok: false,
      message: 'cannot write file as snom: a second registrar takes an identity of its own, and there are 2',
    });
  });

  test('an identity that another names, with a user of its own at the same server, is a user', () => {
    const user = (n: number, name: string) =>
      `<user_name idx="${n}">${name}</user_name><user_pass idx="${n}">p</user_pass><user_host idx="${n}">192.0.2.1</user_host>`;
    const { lines } = settings(
      `${user(1, 'a')}<user_failover_identity idx="1">2</user_failover_identity>${user(2, 'b')}<hide_identity idx="2">true</hide_identity>`,
    );
    expect(lines.map(({ userName, backup }) => [userName, backup])).toEqual([
      ['a', null],
      ['b', null],
    ]);
  });

  test('two identities that stand in for each other are one user with a second registrar', () => {
    const user = (n: number, other: number) =>
      `<user_name idx="${n}">a</user_name><user_host idx="${n}">192.0.2.${n}</user_host><user_failover_identity idx="${n}">${other}</user_failover_identity>`;
    const { lines } = settings(user(1, 2) + user(2, 1));
    expect(lines.map(({ line, backup }) => [line, backup?.host])).toEqual([[1, '192.0.2.2']]);
  });
});

describe('the way back to the server', () => {
  test.each([
    [{ redirectProvisioning: false }, 'pnp:stop dhcp:stop tr69:stop'],
    [{ redirectProvisioning: true }, 'redirection:stop pnp:stop dhcp:stop tr69:stop'],
    [{ redirectProvisioning: false, dhcpProvisioning: false }, 'pnp:stop tr69:stop'],
  ])('%j', (phone, order) => {
    expect(written({ lines: [LINE], phone })).toContain(`<provisioning_order perm="RW">${order}<`);
  });

  test('a CA stands within the file, so that the next one can need it', () => {
    const pem = readFileSync(join(import.meta.dirname, '../../fixtures/tls/client.pem'), 'utf8');
    const text = written({
      lines: [LINE],
      phone: { trustedCertificates: [pem], provisioningUrl: 'https://p.example.com/{mac}.xml' },
    });
    expect(text).toMatch(/<certificate type="base64">[A-Za-z0-9+/]+=*<\/certificate>/);
    expect(read(text).phone().phone).toMatchObject({
      trustedCertificates: [pem],
      provisioningUrl: 'https://p.example.com/{mac}.xml',
    });
  });
});

describe('function keys', () => {
  const key = { key: 1, module: 0, type: 'blf', line: 1, value: '2002', label: 'Front & "Desk"' } as const;

  test('watch an address at the registrar of their line', () => {
    const text = written({ lines: [LINE], phone: { functionKeys: [key] } });
    expect(text).toContain(
      '<fkey idx="0" context="1" label="Front &amp; &quot;Desk&quot;" perm="RW">blf sip:2002@pbx.example.com:5061</fkey>',
    );
  });

  test('of a module count on from those of the phone', () => {
    expect(written({ lines: [LINE], phone: { functionKeys: [{ ...key, module: 2, key: 3 }] } }, 'D785')).toContain(
      '<fkey idx="44"',
    );
    expect(write({ lines: [LINE], phone: { functionKeys: [{ ...key, module: 1 }] } })).toMatchObject({ ok: false });
    expect(write({ lines: [LINE], phone: { functionKeys: [{ ...key, key: 25 }] } }, 'D785')).toEqual({
      ok: false,
      message: 'cannot write functionKeys.25 as snom: D785 has keys 1 to 24 there',
    });
  });
});

describe('files', () => {
  test('are named as the phone asks for them', () => {
    const name = (model?: string) => {
      const result = write({ lines: [LINE] }, model);
      return result.ok ? result.files[0].name : result.message;
    };
    expect(name('D785')).toBe('snomD785-00005E00530A.htm');
    expect(name()).toBe('00005E00530A.xml');
  });

  test.each([
    ['<tbook e="2"><item><name>A</name><number>1</number></item></tbook>'],
    [
      '<settings><gui-languages><language url="http://p.example.com/de.xml" name="Deutsch"/></gui-languages></settings>',
    ],
    ['<firmware-settings><firmware>http://p.example.com/fw.bin</firmware></firmware-settings>'],
  ])('%.40j has no line', (text) => {
    expect(read(text)).toMatchObject({ vendor: 'snom', lines: [] });
  });

  test.each(['gigaset', 'snom'] as const)('are those of a Gigaset P too, when it is named: %s', (vendor) => {
    const bytes = Buffer.from('<settings><phone-settings><user_name idx="1">1</user_name></phone-settings></settings>');
    const result = readConfig([{ name: 'x', bytes }], { vendor });
    expect(result).toMatchObject({ kind: 'config', reading: { vendor, lines: [{ userName: '1' }] } });
  });
});

test('a default that a person may have changed is warned of, also where several keys say one thing', () => {
  const file = `<settings><phone-settings>
    <user_name idx="1" perm="R">201</user_name><user_pass idx="1" perm="R">pw</user_pass>
    <user_host idx="1" perm="R">pbx.example.com</user_host>
    <codec_priority_list idx="1" perm="!">g722,pcma</codec_priority_list>
  </phone-settings></settings>`;
  const read = readConfig([{ name: 'x.htm', bytes: Buffer.from(file) }]);
  expect(read).toMatchObject({
    kind: 'config',
    reading: {
      settings: [{ name: 'codecs', access: 'default' }],
      warnings: ['may-differ:codec_priority_list.1'],
    },
  });
});
