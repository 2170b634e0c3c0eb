import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Line, LineSetting } from '../../vendors/model.ts';
import { type Reading, readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';

function read(...texts: string[]): Reading {
  const files = texts.map((text, index) => ({ name: `${index}.cfg`, bytes: Buffer.from(text) }));
  const result = readConfig(files, { vendor: 'yealink' });
  if (result.kind !== 'config') throw new Error(`${result.reason}: ${result.message}`);
  return result.reading;
}

/** Line 1 of a file with a user, a password and the rows given. */
function lineOf(rows: string): Line {
  const line = read(`#!version:1.0.0.1\naccount.1.user_name = 1001\naccount.1.password = pw\n${rows}`).lines[0];
  if (line === undefined) throw new Error('no line was read');
  return line;
}

describe('one value out of several', () => {
  test('keeps a good value when the same key follows empty', () => {
    const { lines, warnings } = read(
      'account.1.user_name = 1\naccount.1.sip_server.1.address = pbx.example.com\naccount.1.sip_server.1.address =\n',
    );
    expect(lines[0]?.registrar?.host).toBe('pbx.example.com');
    expect(warnings).toEqual(['empty-after-value:account.1.sip_server.1.address']);
  });

  test('takes the last of two values and says so, but not when they are equal', () => {
    const { lines, warnings } = read(
      'account.1.password = a\naccount.1.password = b\naccount.1.label = x\naccount.1.label = x',
    );
    expect(lines[0]?.password).toBe('b');
    expect(warnings).toEqual(['duplicate-key:account.1.password']);
  });

  test('%NULL% erases what stood before, and a value after it counts', () => {
    expect(lineOf('account.1.label = a\naccount.1.label = %NULL%').label).toBeNull();
    expect(lineOf('account.1.label = %NULL%\naccount.1.label = b').label).toBe('b');
    expect(lineOf('account.1.label = %NULL%x').label).toBe('%NULL%x');
    expect(lineOf('account.1.label = a\naccount.1.label = %EMPTY%').label).toBeNull();
  });

  test('later files override earlier ones, empty values excepted', () => {
    const { lines, warnings } = read(
      'account.1.user_name = 1\naccount.1.password = old\naccount.1.label = L',
      'account.1.password = new\naccount.1.label =',
    );
    expect(lines[0]).toMatchObject({ password: 'new', label: 'L' });
    expect(warnings).toContain('duplicate-key:account.1.password');
  });

  test('the keys per server beat the old flat ones, when they are not empty', () => {
    const flat =
      'account.1.sip_server_host = old.example.com\naccount.1.sip_server_port = 5070\naccount.1.transport = 1\n';
    expect(lineOf(flat).registrar).toEqual({ host: 'old.example.com', port: 5070, transport: 'tcp' });
    expect(lineOf(`${flat}account.1.sip_server.1.address =\n`).registrar?.host).toBe('old.example.com');
    expect(
      lineOf(
        `account.1.sip_server.1.address = new.example.com\naccount.1.sip_server.1.port = 5080\naccount.1.sip_server.1.transport_type = 2\n${flat}`,
      ).registrar,
    ).toEqual({ host: 'new.example.com', port: 5080, transport: 'tls' });
  });
});

describe('hosts and ports', () => {
  test.each([
    ['pbx.example.com', { host: 'pbx.example.com', port: null, transport: null }],
    ['pbx.example.com:5070', { host: 'pbx.example.com', port: 5070, transport: null }],
    ['pbx.example.com:0', { host: 'pbx.example.com', port: null, transport: null }],
    ['pbx.example.com:', { host: 'pbx.example.com', port: null, transport: null }],
    ['sip:pbx.example.com:5070;transport=tls', { host: 'pbx.example.com', port: 5070, transport: 'tls' }],
    ['[2001:db8::1]:5061', { host: '2001:db8::1', port: 5061, transport: null }],
    ['[2001:db8::1]', { host: '2001:db8::1', port: null, transport: null }],
    ['2001:db8::1', { host: '2001:db8::1', port: null, transport: null }],
    ['0.0.0.0', null],
    ['two words', null],
    ['pbx.example.com:99999', null],
  ])('reads %s', (text, registrar) => {
    expect(lineOf(`account.1.sip_server.1.address = ${text}`).registrar).toEqual(registrar);
  });

  test('port 0 says "not set": the next key is asked', () => {
    expect(lineOf('account.1.sip_server.1.port = 0').registrar).toBeNull();
    expect(lineOf('account.1.sip_server.1.port = 0\naccount.1.sip_server_port = 5070').registrar?.port).toBe(5070);
  });

  test('a port in the address wins over the separate one, with a warning', () => {
    const { lines, warnings } = read(
      'account.1.user_name=1\naccount.1.sip_server.1.address=pbx.example.com:5070\naccount.1.sip_server.1.port=5060',
    );
    expect(lines[0]?.registrar?.port).toBe(5070);
    expect(warnings).toEqual(['two-ports:1']);
  });

  test('what is no number is a warning and no port', () => {
    const { lines, warnings } = read('account.1.user_name = 1\naccount.1.sip_server.1.port = 5060 # udp');
    expect(lines[0]?.registrar).toBeNull();
    expect(warnings).toEqual(['value-not-understood:account.1.sip_server.1.port']);
  });

  test('an outbound proxy that is switched off is none', () => {
    const rows =
      'account.1.outbound_proxy.1.address = edge.example.net\naccount.1.outbound_proxy.2.address = edge2.example.net\n';
    expect(lineOf(rows)).toMatchObject({
      outboundProxy: { host: 'edge.example.net', port: null },
      backupOutboundProxy: { host: 'edge2.example.net', port: null },
    });
    const off = lineOf(`${rows}account.1.outbound_proxy_enable = 0`);
    expect(off.outboundProxy).toBeNull();
    expect(off.backupOutboundProxy).toBeUndefined();
  });
});

describe('what is no setting', () => {
  test('comments with live-looking credentials, indented ones too', () => {
    const { lines } = read(
      '#account.1.password = no\n  \t# account.1.user_name = 9\n##account.1.label=x\naccount.1.user_name = 1',
    );
    expect(lines).toMatchObject([{ userName: '1', password: null, label: null }]);
  });

  test('time stamps in comments: two files that differ in nothing else read the same', () => {
    const body = 'account.1.user_name = 1\n';
    expect(read(`#!version:1.0.0.1\n#0.1 1767225600\n${body}`)).toEqual(
      read(`#!version:1.0.0.1\n#0.9 1767229999\n${body}`),
    );
  });

  test('an account key with a static. prefix, which phones do not know', () => {
    expect(read('account.1.user_name = 1\nstatic.account.1.password = x').lines[0]?.password).toBeNull();
  });

  test('other passwords: of the web page, of provisioning, of directories', () => {
    const { lines, fields } = read(
      [
        'account.1.user_name = 1',
        'static.security.user_password = admin:s3cret-a',
        'static.security.user_password = user:s3cret-b',
        'static.auto_provision.server.password = s3cret-c',
        'static.auto_provision.aes_key_16.mac = s3cret-d',
        'ldap.password = s3cret-e',
        'account.1.xsi.password = s3cret-f',
        'remote_phonebook.data.1.url = https://joe:s3cret-g@pbx.example.com/book.xml',
        'static.wifi.1.password = s3cret-h',
        'phone_setting.phone_lock.unlock_pin = s3cret-i',
        'features.passthrough = 1',
      ].join('\n'),
    );
    expect(lines).toMatchObject([{ userName: '1', password: null }]);
    expect(JSON.stringify(fields)).not.toContain('s3cret');
    expect(fields['features.passthrough']).toBe('1');
  });
});

describe('lines', () => {
  test('a line without user name and password is none; a warning when it is switched on', () => {
    const { lines, warnings } = read(
      'account.1.enable = 1\naccount.2.enable = 0\naccount.3.label = x\naccount.4.password = p',
    );
    expect(lines.map(({ line }) => line)).toEqual([4]);
    expect(warnings).toEqual(['empty-line:1']);
  });

  test('takes the user part, and the domain as a warning', () => {
    const { lines, warnings } = read('account.1.user_name = sip:4001@sip.example.org\naccount.2.user_name = 4002');
    expect(lines.map(({ userName }) => userName)).toEqual(['4001', '4002']);
    expect(warnings).toEqual(['user-with-domain:1']);
  });

  test('blanks at the end of a password are dropped, with a warning that names the key', () => {
    const { lines, warnings } = read('account.1.password = pw  \t\naccount.1.label = L ');
    expect(lines[0]).toMatchObject({ password: 'pw', label: 'L' });
    expect(warnings).toEqual(['trailing-space-trimmed', 'trailing-space-trimmed:account.1.password']);
  });

  test('numbers beyond what a phone has are left out', () => {
    const { lines, warnings } = read(
      'account.1.user_name = 1\naccount.1000000.user_name = 2\naccount.01.user_name = 3\naccount.x.user_name = 4',
    );
    expect(lines.map(({ userName }) => userName)).toEqual(['1']);
    expect(warnings).toEqual(['line-number-too-high']);
  });

  test('A15 keys of JavaScript objects are plain data', () => {
    const { fields, lines } = read(
      'account.1.user_name = 1\n__proto__ = polluted\nconstructor = c\naccount.__proto__.label = x',
    );
    expect(Object.getPrototypeOf(fields)).toBeNull();
    expect(Object.entries(fields)).toContainEqual(['__proto__', 'polluted']);
    expect(Object.entries(fields)).toContainEqual(['constructor', 'c']);
    expect(Object.keys({})).toEqual([]);
    expect('polluted' in {}).toBe(false);
    expect(lines).toHaveLength(1);
  });
});

describe('settings beside the account', () => {
  const settingsOf = (rows: string): LineSetting[] => read(`account.2.user_name = 1\n${rows}`).settings;

  test('are none when the file has none', () => {
    expect(settingsOf('')).toEqual([]);
  });

  test('carry the key that they were read from', () => {
    expect(settingsOf('account.2.srtp_encryption = 2\nvoice_mail.number.2 = *97\naccount.2.nat.rport = 0')).toEqual([
      { line: 2, name: 'srtp', value: 'required', key: 'account.2.srtp_encryption' },
      { line: 2, name: 'voiceMailbox', value: '*97', key: 'voice_mail.number.2' },
      { line: 2, name: 'rport', value: false, key: 'account.2.nat.rport' },
    ]);
  });

  test('that are not understood are a warning', () => {
    const { settings, warnings } = read(
      'account.1.user_name = 1\naccount.1.dtmf.type = 7\naccount.1.srtp_encryption = yes',
    );
    expect(settings).toEqual([]);
    expect(warnings).toEqual([
      'value-not-understood:account.1.srtp_encryption',
      'value-not-understood:account.1.dtmf.type',
    ]);
  });

  test('order codecs by priority, whichever of the two styles names them', () => {
    const named =
      'account.2.codec.pcma.enable=1\naccount.2.codec.pcma.priority=3\naccount.2.codec.opus.enable=1\naccount.2.codec.opus.priority=1\naccount.2.codec.g729.enable=0';
    const slots =
      'account.2.codec.1.enable=1\naccount.2.codec.1.payload_type=PCMA\naccount.2.codec.1.priority=3\naccount.2.codec.5.enable=1\naccount.2.codec.5.payload_type=opus\naccount.2.codec.5.priority=1';
    for (const rows of [named, slots]) {
      expect(settingsOf(rows)).toEqual([
        { line: 2, name: 'codecs', value: ['opus', 'PCMA'], key: 'account.2.codec.*' },
      ]);
    }
    expect(settingsOf('account.2.codec.pcma.enable = 0')).toEqual([]);
  });

  test('of a line that is not there are left out', () => {
    expect(read('account.1.srtp_encryption = 1').settings).toEqual([]);
  });
});

describe('boot files', () => {
  test('give their includes as written, in order', () => {
    const reading = read(
      '#!version:1.0.0.1\ninclude:config "a.cfg"\ninclude:config <../b.cfg>\n<c.cfg>\ninclude:config "a.cfg"\n [T46S]include:config "d.cfg"\noverwrite_mode=1\n',
    );
    expect(reading.format).toBe('yealink-boot');
    expect(reading.includes).toEqual(['a.cfg', '../b.cfg', 'c.cfg', 'd.cfg']);
    expect(reading.lines).toEqual([]);
    expect(reading.warnings).toEqual(['include-for-models:T46S']);
  });

  test('are found without a header, and a path with "=" stays whole', () => {
    for (const text of [
      'include:config "https://pbx.example.com/p?mac=1&x=2"\n',
      '<https://pbx.example.com/p?f=x.cfg>\n',
    ]) {
      const result = readConfig([{ name: 'y000000000000.boot', bytes: Buffer.from(text) }], { vendor: 'yealink' });
      expect(result).toMatchObject({ kind: 'config', reading: { format: 'yealink-boot' } });
    }
  });

  test('with the files that they include are one configuration', () => {
    const reading = read('include:config "a.cfg"\n', 'account.1.user_name = 1\naccount.1.password = p\n');
    expect(reading).toMatchObject({ format: 'yealink-v70', lines: [{ userName: '1' }], includes: ['a.cfg'] });
  });

  test('a line that is neither setting nor include is a warning with its number', () => {
    expect(read('include:config "a.cfg"\n<not closed\naccount.1.user_name = 1\n').warnings).toEqual([
      'line-not-understood:2',
    ]);
  });
});

describe('the MACs that a file names', () => {
  test.each([
    ['# MAC 00:00:5E:00:53:01', ['00005e005301']],
    ['# 00-00-5e-00-53-01.cfg', ['00005e005301']],
    ['# mac=00005e005301 and 0000.5e00.5302', ['00005e005301', '00005e005302']],
    ['# file 00005e00530f.cfg', ['00005e00530f']],
    ['# made 202601011200', []],
    ['# DID 441632960123', []],
    ['# sha 00005e00530f00005e00530f', []],
    ['# id 6f1b0c58-2f9e-4f0e-8a71-00005e00530f', []],
    ['device.mac = 00005e005301', ['00005e005301']],
    ['static.network.mac_address = 00:00:5e:00:53:02', ['00005e005302']],
    ['account.1.register_mac = 1', []],
    ['account.1.label = 00005e005301', []],
    ['include:config "00005E005303.cfg"', ['00005e005303']],
    ['include:config "https://pbx.example.com/p?mac=00005e005304"', ['00005e005304']],
    ['include:config "y000000000046.cfg"', []],
  ])('%s', (row, macs) => {
    expect(read(`#!version:1.0.0.1\n${row}\n`).macs).toEqual(macs);
  });

  test('in comments are looked for in the first ten lines', () => {
    const blank = '\n'.repeat(9);
    expect(read(`#!version:1.0.0.1${blank}# 00005e00530a\n`).macs).toEqual(['00005e00530a']);
    expect(read(`#!version:1.0.0.1\n${blank}# 00005e00530a\n`).macs).toEqual([]);
  });
});

describe('M1 files', () => {
  test('take the account from the path, wherever in the section it stands', () => {
    const { format, lines } = read(
      '[ account ]\nUserName = 1\npassword = p1\npath = /config/voip/sipAccount4.cfg\n[account]\npath=/yealink/config/voip/sipAccount1.cfg\nUserName=2\nPassword=p2\n',
    );
    expect(format).toBe('yealink-m1');
    expect(lines.map(({ line, userName, password }) => [line, userName, password])).toEqual([
      [2, '2', 'p2'],
      [5, '1', 'p1'],
    ]);
  });

  test('give the settings of their NAT, DTMF and audio sections', () => {
    const path = 'path = /config/voip/sipAccount0.cfg\n';
    const { settings } = read(
      `[ account ]\n${path}UserName = 1\n[ NAT ]\n${path}EnableUDPUpdate = 1\nUDPUpdateTime = 30\n[ DTMF ]\n${path}DTMFInbandTransfer = 1\n[ audio0 ]\n${path}enable = 1\nPayloadType = PCMU\npriority = 1\n`,
    );
    expect(settings.map(({ name, value }) => [name, value])).toEqual([
      ['dtmf', 'rfc2833'],
      ['keepAlive', 'packets'],
      ['keepAliveSeconds', 30],
      ['codecs', ['PCMU']],
    ]);
  });
});

describe('what is not read', () => {
  const refused = (bytes: Uint8Array | string, vendor?: 'yealink') => {
    const result = readConfig([{ name: 'x', bytes: Buffer.from(bytes) }], vendor === undefined ? {} : { vendor });
    return result.kind === 'config' ? 'read' : result.reason;
  };

  test.each([
    ['<?xml version="1.0"?><polycomConfig reg.1.address="1"/>'],
    ['<flat-profile><User_ID_1_>1</User_ID_1_></flat-profile>'],
    ['<gs_provision><config><P35>1</P35></config></gs_provision>'],
    ['<settings><phone-settings><user_name idx="1">1</user_name></phone-settings></settings>'],
    ['<html><pre>\nuser_name1!: 1\n</pre></html>'],
    ['<<VOIP CONFIG FILE>>Version:2.0002\nSIP1 Phone Number  :2801\n'],
    ['# Panasonic SIP Phone Standard Format File # DO NOT CHANGE THIS LINE!\nPHONE_NUMBER_1="1"\n'],
    ['sip line1 user name: 1\nsip line1 password: p\n'],
    ['SET FORCE_SIP_EXTENSION "1"\n'],
    ['Config.Account1.GENERAL.UserName = 1\n'],
  ])('%.40j is another dialect, even when Yealink is asked for', (text) => {
    const result = readConfig([{ name: 'x', bytes: Buffer.from(text) }]);
    expect(result.kind === 'config' ? result.reading.vendor : null).not.toBe('yealink');
    expect(refused(text, 'yealink')).toBe('PARSE_DIALECT_UNKNOWN');
  });

  test('text with keys of nobody is refused, unless the vendor is named', () => {
    expect(refused('foo = bar\n')).toBe('PARSE_DIALECT_UNKNOWN');
    expect(refused('foo = bar\n', 'yealink')).toBe('read');
  });

  test('a file most of whose lines are not of the form', () => {
    expect(refused(`#!version:1.0.0.1\n${'some text\n'.repeat(20)}account.1.user_name = 1\n`)).toBe('PARSE_SYNTAX');
  });

  test('one file that is none among several makes the whole none, and is named', () => {
    const good = { name: 'a.cfg', bytes: Buffer.from('account.1.user_name = 1\n') };
    const bad = { name: 'b.cfg', bytes: Buffer.from('<html><body>Login</body></html>') };
    expect(readConfig([good, bad])).toMatchObject({ reason: 'BODY_HTML', message: expect.stringMatching(/^b\.cfg: /) });
  });

  test('a blank file beside others is a warning', () => {
    expect(read('\n', 'account.1.user_name = 1\n')).toMatchObject({
      lines: [{ userName: '1' }],
      warnings: ['empty-file:0.cfg'],
    });
    expect(readConfig([])).toMatchObject({ reason: 'BODY_EMPTY' });
  });
});

test('a gzip of a configuration is read, with a warning', () => {
  const bytes = gzipSync('#!version:1.0.0.1\naccount.1.user_name = 1\n');
  expect(readConfig([{ name: 'x', bytes }])).toMatchObject({
    reading: { lines: [{ userName: '1' }], warnings: ['gzip'] },
  });
});

describe('writing', () => {
  const line: Line = {
    line: 1,
    enabled: true,
    userName: '1001',
    authName: null,
    password: 'p#s;=w"',
    displayName: 'Ada',
    label: null,
    registrar: { host: '2001:db8::1', port: 5061, transport: 'tls' },
    outboundProxy: { host: 'edge.example.net', port: null },
    backup: null,
    expiresSeconds: 600,
  };

  test('writes the keys of today and nothing empty', () => {
    expect(writeConfig('yealink', { lines: [line] })).toEqual({
      ok: true,
      warnings: [],
      files: [
        {
          name: '{mac}.cfg',
          text: [
            '#!version:1.0.0.1',
            'account.1.enable = 1',
            'account.1.display_name = Ada',
            'account.1.user_name = 1001',
            'account.1.password = p#s;=w"',
            'account.1.sip_server.1.address = [2001:db8::1]',
            'account.1.sip_server.1.port = 5061',
            'account.1.sip_server.1.transport_type = 2',
            'account.1.sip_server.1.expires = 600',
            'account.1.outbound_proxy_enable = 1',
            'account.1.outbound_proxy.1.address = edge.example.net',
            '',
          ].join('\n'),
        },
      ],
    });
  });

  test.each<[Partial<Line>, string]>([
    [{ password: 'a\nb' }, 'cannot write password as yealink: it holds a line break'],
    [{ displayName: 'Ada\r' }, 'cannot write displayName as yealink: it holds a line break'],
    [
      { password: ' x' },
      'cannot write password as yealink: it begins or ends with a blank, which the phone would drop',
    ],
    [
      { password: 'x\t' },
      'cannot write password as yealink: it begins or ends with a blank, which the phone would drop',
    ],
    [{ label: 'a\0b' }, 'cannot write label as yealink: it holds a NUL character'],
    [{ password: '%NULL%' }, 'cannot write password as yealink: %NULL% would be read as "no value"'],
    [{ userName: 'a@b' }, 'cannot write userName as yealink: what follows "@" would be read as a domain'],
    [{ userName: null, password: null }, 'cannot write userName as yealink: line 1 has neither user name nor password'],
    [{ line: 0 }, 'cannot write line as yealink: lines are numbered from 1 to 999, not 0'],
    [{ expiresSeconds: 0 }, 'cannot write expiresSeconds as yealink: it is not a whole number from 1 to 2147483647'],
    [
      { registrar: { host: 'a b', port: null, transport: null } },
      'cannot write registrar.host as yealink: it is no host name or IP address',
    ],
  ])('refuses %j', (change, message) => {
    expect(writeConfig('yealink', { lines: [{ ...line, ...change }] })).toEqual({ ok: false, message });
  });

  test('says what there is no key for, and what is only nearly the same', () => {
    const result = writeConfig('yealink', {
      lines: [
        {
          ...line,
          registrar: { host: 'a.example.com', port: null, transport: 'dns-naptr' },
          outboundProxy: { host: 'b.example.com', port: null, transport: 'tcp' },
        },
      ],
    });
    expect(result).toMatchObject({
      ok: true,
      warnings: ['written-as-near:registrar.transport:1', 'not-written:outboundProxy.transport:1'],
    });
  });

  test('refuses settings of the wrong kind or of no line', () => {
    const write = (setting: LineSetting) => writeConfig('yealink', { lines: [line], settings: [setting] });
    expect(write({ line: 1, name: 'srtp', value: 'maybe', key: '' })).toEqual({
      ok: false,
      message: 'cannot write srtp as yealink: the format has no word for maybe',
    });
    expect(write({ line: 1, name: 'rport', value: 'yes', key: '' })).toMatchObject({ ok: false });
    expect(write({ line: 1, name: 'codecs', value: ['MP3'], key: '' })).toMatchObject({ ok: false });
    expect(write({ line: 2, name: 'srtp', value: 'off', key: '' })).toMatchObject({ ok: false });
  });
});
