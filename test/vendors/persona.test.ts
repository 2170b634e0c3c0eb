import { describe, expect, test } from 'vitest';
import { identify } from '../../vendors/identify.ts';
import { type Mac, parseMac } from '../../vendors/mac.ts';
import {
  checkAddress,
  type Persona,
  type PersonaVendor,
  personaUserAgent,
  planFiles,
  resolveInclude,
} from '../../vendors/persona.ts';
import { VENDORS } from '../../vendors/registry.ts';

function mac(text: string): Mac {
  const result = parseMac(text);
  if (!result.ok) throw new Error(result.message);
  return result.mac;
}

const MAC = mac('00005e00530a');

function persona(vendor: PersonaVendor, more: Partial<Persona> = {}): Persona {
  return { vendor, model: null, phoneType: null, firmwareVersion: null, userAgent: null, ...more };
}

function candidates(template: string, who: Persona, device = MAC): string[][] {
  return planFiles(template, who, device).map((slot) => slot.candidates);
}

const BASE = 'https://pbx.example.com';

describe('an address with variables is one file, asked for in the other case when it is not there', () => {
  test.each<[string, PersonaVendor, string, string]>([
    ['/{mac}.cfg', 'yealink', '/00005e00530a.cfg', '/00005E00530A.cfg'],
    ['/{mac}.cfg', 'generic', '/00005e00530a.cfg', '/00005E00530A.cfg'],
    ['/{mac}.htm', 'snom', '/00005E00530A.htm', '/00005e00530a.htm'],
    ['/{MAC}.cfg', 'yealink', '/00005E00530A.cfg', '/00005e00530a.cfg'],
    ['/$mac.cfg', 'snom', '/00005e00530a.cfg', '/00005E00530A.cfg'],
    ['/$MA.xml', 'cisco-spa', '/00005e00530a.xml', '/00005E00530A.xml'],
    ['/$MAU.xml', 'cisco-spa', '/00005E00530A.xml', '/00005e00530a.xml'],
    ['/$MAC.boot', 'yealink', '/00005e00530a.boot', '/00005E00530A.boot'],
    ['/$MAC.xml', 'cisco-spa', '/00:00:5e:00:53:0a.xml', '/00:00:5E:00:53:0A.xml'],
    ['/p.php?mac={mac}&x=1', 'yealink', '/p.php?mac=00005e00530a&x=1', '/p.php?mac=00005E00530A&x=1'],
    ['?mac={mac}', 'yealink', '/?mac=00005e00530a', '/?mac=00005E00530A'],
    ['/{mac}/{MAC}.cfg', 'yealink', '/00005e00530a/00005E00530A.cfg', '/00005E00530A/00005e00530a.cfg'],
    ['/$PSN/{mac}', 'cisco-spa', '/$PSN/00005e00530a', '/$PSN/00005E00530A'],
  ])('%s for %s', (template, vendor, first, second) => {
    expect(candidates(BASE + template, persona(vendor))).toEqual([[BASE + first, BASE + second]]);
  });

  test('once only when the MAC has no letters', () => {
    expect(candidates(`${BASE}/{mac}.cfg`, persona('yealink'), mac('000059005301'))).toEqual([
      [`${BASE}/000059005301.cfg`],
    ]);
  });

  test('with the values of the persona, URL-encoded in place', () => {
    const who = persona('snom', { phoneType: 'snomD785', firmwareVersion: '10.1/x y&z' });
    expect(candidates(`${BASE}/{phone_type}/a.php?v={firmware_version}&m={mac}`, who)[0]?.[0]).toBe(
      `${BASE}/snomD785/a.php?v=10.1%2Fx%20y%26z&m=00005E00530A`,
    );
  });

  test('without its fragment', () => {
    expect(candidates(`${BASE}/{mac}.cfg#{mac}`, persona('yealink'))[0]?.[0]).toBe(`${BASE}/00005e00530a.cfg`);
  });
});

describe('an address without variables', () => {
  test('names a file when its last segment has a dot', () => {
    expect(planFiles(`${BASE}/prov/index.php?site=3`, persona('yealink'), MAC)).toEqual([
      { candidates: [`${BASE}/prov/index.php?site=3`], required: true },
    ]);
  });

  test('makes a Snom ask for name-<MAC>.ext as well', () => {
    expect(planFiles(`${BASE}/v1.2/test.xml?a=b`, persona('snom'), MAC)).toEqual([
      { candidates: [`${BASE}/v1.2/test.xml?a=b`], required: false },
      {
        candidates: [`${BASE}/v1.2/test-00005E00530A.xml?a=b`, `${BASE}/v1.2/test-00005e00530a.xml?a=b`],
        required: false,
      },
    ]);
  });

  test.each(['', '/', '/provision', '/provision/', '/v1.2/provision'])('is a directory otherwise: %j', (path) => {
    const directory = path.endsWith('/') ? path : `${path}/`;
    expect(planFiles(BASE + path, persona('yealink'), MAC)).toEqual([
      {
        candidates: ['00005e00530a.cfg', '00005E00530A.cfg', '00005e00530a.boot', 'y000000000000.boot'].map(
          (name) => BASE + directory + name,
        ),
        required: true,
      },
    ]);
  });

  test('keeps the query of a directory', () => {
    expect(candidates(`${BASE}/p?site=1`, persona('yealink'))[0]?.[0]).toBe(`${BASE}/p/00005e00530a.cfg?site=1`);
  });

  test('makes a Snom ask for its type and then for type and MAC', () => {
    expect(candidates(`${BASE}/prov/`, persona('snom', { phoneType: 'snomD345' }))).toEqual([
      [`${BASE}/prov/snomD345.htm`],
      [`${BASE}/prov/snomD345-00005E00530A.htm`, `${BASE}/prov/snomD345-00005e00530a.htm`],
    ]);
    expect(candidates(`${BASE}/`, persona('snom', { model: 'D345' }))[0]).toEqual([`${BASE}/snomD345.htm`]);
  });
});

/** What each maker's phones ask for in a directory, a slot a line; further candidates of a slot behind `|`. */
const DIRECTORIES: readonly (readonly [PersonaVendor, string | null, readonly string[]])[] = [
  ['polycom', null, ['00005e00530a.cfg | 00005E00530A.cfg | 000000000000.cfg']],
  ['cisco-spa', null, ['00005e00530a.xml | 00005E00530A.xml | spa00005e00530a.cfg | spa00005E00530A.cfg']],
  ['cisco-sep', null, ['SEP00005E00530A.cnf.xml | XMLDefault.cnf.xml']],
  ['cisco-sep', 'CP-7960', ['SIPDefault.cnf', 'SIP00005E00530A.cnf']],
  ['cisco-sep', 'ATA190', ['ATA00005E00530A.cnf.xml', 'ATA005E00530A01.cnf.xml']],
  [
    'grandstream',
    'GXP2135',
    ['cfg00005e00530a', 'cfg00005e00530a.xml | cfg00005E00530A.xml | cfggxp2135.xml | cfg.xml'],
  ],
  ['snom', 'C520', ['C520-WiMi_00005e00530a.cfg | C520-WiMi_00005E00530A.cfg']],
  ['snom', 'M900', ['snomM900.htm', 'snomM900-00005E00530A.htm | snomM900-00005e00530a.htm']],
  ['snom', 'PA1', ['snomPA1.htm', 'snomPA1-00005E00530A.htm | snomPA1-00005e00530a.htm | 00005e00530a.cfg']],
  ['fanvil', 'W611W', ['f0W611Whw1.100.cfg', '00005e00530a.cfg | 00005E00530A.cfg | 00005e00530a.xml']],
  ['fanvil', 'X4', ['f0X4hw1.100.cfg', '00005e00530a.cfg | 00005E00530A.cfg']],
  ['htek', 'UC924', ['cfg0012.xml | cfg00005e00530a | cfg00005e00530a.xml | cfg00005E00530A.xml']],
  [
    'panasonic',
    'KX-UT136',
    [
      'ConfigCommon.cfg',
      'ConfigKX-UT136.cfg | KX-UT136.cfg',
      'Config00005E00530A.cfg | Config00005e00530a.cfg | 00005e00530a.cfg | 00005e00530a.xml',
    ],
  ],
  ['gigaset', null, ['provisioning.xml', '00005e00530a.xml | 00005E00530A.xml']],
  ['mitel', '6930', ['startup.cfg | aastra.cfg', '6930.cfg', '00005E00530A.cfg | 00005e00530a.cfg']],
  ['mitel', '5320', ['MN_Generic.cfg', 'MN_00005E00530A.cfg | MN_00005e00530a.cfg']],
  [
    'avaya',
    null,
    [
      'J100Supgrade.txt | 46xxsettings.txt',
      '00005e00530a.txt | 00005e00530a.cfg | SIP00005E00530A.cfg | 00005E00530A.txt',
    ],
  ],
  ['digium', null, ['000000000000.cfg', '00005e00530a.cfg | 00005E00530A.cfg']],
  ['ale', 'M3', ['config.xml', 'config.M3.xml', 'config.00005e00530a.xml']],
  [
    'algo',
    '8180',
    [
      'algop8180.conf',
      'algom00005E00530A.conf | algom00005e00530a.conf | algo00005E00530A.conf | algo00005e00530a.conf',
    ],
  ],
  ['vtech', null, ['VCS754.cfg', 'VCS754_00005E00530A.cfg | VCS754_00005e00530a.cfg']],
  ['alcatel', null, ['sipconfig.txt', 'sipconfig-00005e00530a.txt']],
  ['technicolor', 'TB30', ['TB30S_00005E00530A.txt']],
  ['zenitel', null, ['ipst_config.cfg', 'ipst_config_00_00_5e_00_53_0a.cfg']],
  ['yeastar', null, ['cfg00005e00530a.xml']],
  ['zoiper', null, ['config.xml']],
];

test.each(DIRECTORIES)('%s %s asks in its own order', (vendor, model, slots) => {
  const asked = candidates(`${BASE}/`, persona(vendor, { model }));
  expect(asked.map((names) => names.map((name) => name.slice(BASE.length + 1)).join(' | '))).toEqual(slots);
});

test.each(VENDORS.filter(({ identity }) => identity.userAgents.length > 0))(
  '$id: who we say we are is who we are taken for',
  ({ id }) => {
    const userAgent = personaUserAgent(persona(id), MAC);
    expect(identify({ userAgent })[0]).toMatchObject({ vendor: id, clues: expect.arrayContaining(['user-agent']) });
  },
);

test('a DECT base of Snom says who it is', () => {
  const userAgent = personaUserAgent(persona('snom', { model: 'M900', firmwareVersion: '05.20.0001' }), MAC);
  expect(userAgent).toBe('Mozilla/4.0 (compatible; Snom M900 05.20.0001 00005e00530a)');
  expect(identify({ userAgent })[0]).toMatchObject({ vendor: 'snom', model: 'M900', mac: MAC });
});

describe('checkAddress', () => {
  test.each([
    'https://pbx.example.com',
    'http://192.0.2.1:8080/{mac}.cfg',
    'https://[2001:db8::1]/p/$MAU.xml',
    ' https://pbx.example.com/{phone_type}/{firmware_version}?m={MAC} ',
    'https://pbx.example.com/a@b/{mac}.cfg',
  ])('accepts %s', (template) => {
    expect(checkAddress(template)).toEqual({ ok: true });
  });

  test.each([
    ['', 'ADDRESS_NOT_URL'],
    ['pbx.example.com/{mac}.cfg', 'ADDRESS_NOT_URL'],
    ['https:///x', 'ADDRESS_NOT_URL'],
    ['https://a b/x', 'ADDRESS_NOT_URL'],
    ['https://pbx.example.com:99999/', 'ADDRESS_NOT_URL'],
    ['ftp://pbx.example.com/', 'ADDRESS_SCHEME'],
    ['file:///etc/passwd', 'ADDRESS_SCHEME'],
    ['https://joe:secret@pbx.example.com/', 'ADDRESS_HAS_LOGIN'],
    ['https://pbx.example.com/{serial}.cfg', 'ADDRESS_UNKNOWN_VARIABLE'],
    ['https://pbx.example.com/{Mac}.cfg', 'ADDRESS_UNKNOWN_VARIABLE'],
    ['https://{mac}.example.com/', 'ADDRESS_VARIABLE_IN_HOST'],
    ['https://$mac.example.com/', 'ADDRESS_VARIABLE_IN_HOST'],
  ])('refuses %s as %s', (template, code) => {
    const check = checkAddress(template);
    expect(check).toMatchObject({ ok: false, code });
    expect(JSON.stringify(check)).not.toContain('secret');
  });

  test('lists the variables that there are', () => {
    const check = checkAddress('https://pbx.example.com/{serial}.cfg');
    expect(check.ok ? '' : check.message).toMatch(/\{serial\}.*\{mac\}.*\{MAC\}.*\{phone_type\}.*\{firmware_version\}/);
  });

  test('asks the persona for what the address uses', () => {
    const template = 'https://pbx.example.com/{phone_type}-{mac}.htm';
    expect(checkAddress(template, persona('snom'))).toMatchObject({ ok: false, code: 'ADDRESS_NEEDS_PERSONA' });
    expect(checkAddress(template, persona('snom', { phoneType: 'snomD785' }))).toEqual({ ok: true });
  });
});

describe('personaUserAgent', () => {
  test.each<[Persona, string]>([
    [persona('yealink'), 'Yealink SIP-T46U 108.86.0.90 00:00:5e:00:53:0a'],
    [
      persona('yealink', { model: 'T54W', firmwareVersion: '96.86.0.70' }),
      'Yealink SIP-T54W 96.86.0.70 00:00:5e:00:53:0a',
    ],
    [
      persona('yealink', { model: 'W70B', firmwareVersion: '146.85.0.37' }),
      'Yealink W70B 146.85.0.37 00:00:5e:00:53:0a',
    ],
    [persona('cisco-spa'), 'Cisco/SPA504G-7.4.4 (00005E00530A)'],
    [persona('yealink', { userAgent: 'Acme {mac} {MAC}' }), 'Acme 00005e00530a 00005E00530A'],
    [persona('yealink', { userAgent: 'a\r\nX-Injected: 1 {mac}' }), 'aX-Injected: 1 00005e00530a'],
    [persona('generic'), 'Provender/1 00005e00530a'],
  ])('%j', (who, expected) => {
    expect(personaUserAgent(who, MAC)).toBe(expected);
  });

  test('has the MAC of a Snom in the 11th field', () => {
    expect(personaUserAgent(persona('snom', { phoneType: 'snomD785' }), MAC).split(' ')[10]).toBe('00005E00530A');
  });
});

test('resolveInclude keeps an archive to itself, and leads no server to a file', () => {
  const resolve = (include: string, from: string) => resolveInclude(include, from, persona('yealink'), MAC);
  expect(resolve('../common.cfg', 'file:///backup.zip/a/x.boot')).toBe('file:///backup.zip/common.cfg');
  expect(resolve('https://pbx.example.com/common.cfg', 'file:///backup.zip/x.boot')).toBe(
    'https://pbx.example.com/common.cfg',
  );
  expect(resolve('file:///etc/passwd', 'https://pbx.example.com/x.boot')).toBeNull();
});

test('resolveInclude takes relative, absolute and variable paths, and http(s) only', () => {
  const from = `${BASE}/prov/a/00005e00530a.boot`;
  const resolve = (include: string) => resolveInclude(include, from, persona('yealink'), MAC);
  expect(resolve('x.cfg')).toBe(`${BASE}/prov/a/x.cfg`);
  expect(resolve('../$MAC.cfg')).toBe(`${BASE}/prov/00005e00530a.cfg`);
  expect(resolve('http://other.example.net/x.cfg')).toBe('http://other.example.net/x.cfg');
  expect(resolve('tftp://192.0.2.1/x.cfg')).toBeNull();
  expect(resolve('http://[')).toBeNull();
});
