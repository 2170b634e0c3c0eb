// What is peculiar to vendors that are otherwise nothing but rows.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import { type Reading, type ReadOptions, readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

function read(text: string, options: ReadOptions = {}): Reading {
  const result = readConfig([{ name: 'x.cfg', bytes: Buffer.from(text) }], options);
  if (result.kind !== 'config') throw new Error(`${result.reason}: ${result.message}`);
  return result.reading;
}

const LINE = lineWith({
  userName: '331',
  password: 'pw',
  registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
});

test('Algo: the hash of the file comes with it', () => {
  const result = writeConfig('algo', { lines: [{ ...LINE, enabled: true }] }, { mac: '00005e0053ab' as Mac });
  if (!result.ok) throw new Error(result.message);
  const [file, hash] = result.files;
  expect([file.name, hash?.name]).toEqual(['algom00005E0053AB.conf', 'algom00005E0053AB.conf.md5']);
  expect(hash?.text.trim()).toBe(createHash('md5').update(Buffer.from(file.text)).digest('hex'));
});

describe('Flyingvoice', () => {
  const TEXT = '#!version:1.0.0.1\naccount.1.user_name = 1\naccount.1.password = p\n';

  test('is a Yealink unless somebody says so', () => {
    expect(read(TEXT).vendor).toBe('yealink');
    expect(read(TEXT, { vendor: 'flyingvoice' }).vendor).toBe('flyingvoice');
  });

  test('leaves a server where it stands when the account has one of its own', () => {
    const more =
      'account.2.user_name = 2\naccount.2.sip_server.1.address = b.example.com\naccount.1.sip_server.1.address = a.example.com\n';
    const { lines, warnings } = read(TEXT + more, { vendor: 'flyingvoice' });
    expect(lines.map(({ registrar }) => registrar?.host)).toEqual(['a.example.com', 'b.example.com']);
    expect(warnings).toEqual([]);
  });
});

test('Akuvox is no Yealink, for all its header', () => {
  expect(read('#!version:1.0.0.1\nConfig.Account1.GENERAL.UserName = 1\n').vendor).toBe('akuvox');
  const result = writeConfig('akuvox', { lines: [LINE] });
  expect(result.ok && result.files[0].text).toMatch(/^#!version:1\.0\.0\.1\nConfig\.Account1\./);
});

test('Digium: only what is said of an account is written, and the index counts from 0', () => {
  const result = writeConfig('digium', { lines: [{ ...LINE, line: 2, password: 'a&"<b>' }] });
  expect(result.ok && result.files[0].text).toContain(
    '<account index="1" register="1" username="331" password="a&amp;&quot;&lt;b&gt;">\n      <host_primary server="pbx.example.com" port="5061" transport="tls"/>',
  );
});

describe('Obihai', () => {
  const service = (line: number, rest: string) =>
    `<O><N>VoiceService.1.VoiceProfile.1.Line.${line}.SIP.</N><P><N>AuthUserName</N><V>${line}</V></P><P><N>AuthPassword</N><V>p</V></P></O>${rest}`;
  const profile = (number: number) =>
    `<O><N>VoiceService.1.VoiceProfile.${number}.SIP.</N><P><N>ProxyServer</N><V>p${number}.example.com</V></P></O>`;
  const pointer = (line: number, letter: string) =>
    `<O><N>VoiceService.1.VoiceProfile.1.Line.${line}.</N><P><N>X_ServProvProfile</N><V>${letter}</V></P></O>`;
  const hosts = (inner: string) =>
    read(`<ParameterList>${inner}</ParameterList>`).lines.map(({ registrar }) => registrar?.host);

  test('a service has the server of the profile that it points to', () => {
    expect(hosts(service(1, pointer(1, 'B')) + service(2, pointer(2, 'A')) + profile(1) + profile(2))).toEqual([
      'p2.example.com',
      'p1.example.com',
    ]);
  });

  test('without a pointer that of its own number, or the first', () => {
    expect(hosts(service(1, '') + service(2, '') + service(3, '') + profile(1) + profile(2))).toEqual([
      'p1.example.com',
      'p2.example.com',
      'p1.example.com',
    ]);
  });
});

describe('Patton', () => {
  const ACCOUNT =
    'authentication-service A\nusername u1 password p1\nlocation-service L\ndomain pbx.example.com\nidentity 71\nauthentication outbound\nauthenticate authentication-service A username u1\n';

  test('the port that an interface is bound to names the line, however little is indented', () => {
    const ports = 'interface fxs IF\nsubscriber-number 71\nport fxs 0 3\nbind interface IF switch\n';
    expect(read(ACCOUNT + ports).lines).toMatchObject([
      {
        line: 4,
        userName: '71',
        authName: 'u1',
        password: 'p1',
        port: 'FXS 0/3',
        registrar: { host: 'pbx.example.com' },
      },
    ]);
  });

  test('an account without a port is a line without one; who only registers at the gateway is none', () => {
    const { lines } = read(`${ACCOUNT}identity 72\ncall outbound\n`);
    expect(lines.map(({ line, userName, port }) => [line, userName, port])).toEqual([[1, '71', undefined]]);
  });

  test('the ports of a second card follow those of the first', () => {
    const port = (slot: number, name: string) =>
      `interface fxs ${name}\nsubscriber-number ${name}\nport fxs ${slot} 0\nbind interface ${name} switch\n`;
    const more = ACCOUNT.replaceAll('71', '72');
    const { lines } = read(ACCOUNT + more + port(1, '72') + port(0, '71'));
    expect(lines.map(({ line, userName, port: jack }) => [line, userName, jack])).toEqual([
      [1, '71', 'FXS 0/0'],
      [2, '72', 'FXS 1/0'],
    ]);
  });
});

/** 2 MiB of what is worst for each: it is read in time, whatever comes out. */
describe('hostile files', () => {
  const SIZE = 2 * 1024 * 1024;
  const fill = (head: string, unit: string) => head + unit.repeat(Math.ceil((SIZE - head.length) / unit.length));
  test.each<[string, string]>([
    ['quotes of a Mitel', fill('sip line1 user name: "', '" ')],
    ['blanks of a Mitel', fill('sip line1 user name: a', ' #')],
    ['users of a Mitel 53xx', fill('<Parameter Model="1"><user_list>', '<User ID="a"/>')],
    ['jumps of an Avaya', fill('SET A 1\n', '# A\nGOTO A\n')],
    ['a condition of an Avaya', fill('SET A 1\nIF $X SEQ ', 'x ')],
    ['blanks of an Avaya', `${fill('SET A 1\nSET', ' ')}\u2028`],
    ['accounts of a Digium', fill('<config><accounts>', '<account index="0" username="a">')],
    ['objects of an Obihai', fill('<ParameterList>', '<O>')],
    ['elements of a 2N', fill('<DeviceDatabase><Phone>', '<Sip At="0">')],
    ['services of a Patton', fill('cli version 3\n', 'location-service L\nidentity 1\n')],
    [
      'ports of a Patton',
      fill(
        'interface fxs I\nroute call dest-table T\nport fxs 0 0\nbind interface I x\nrouting-table called-e164 T\n',
        'route 1 dest-interface I\n',
      ),
    ],
    ['quotes of a Patton', fill('cli version 3\nusername ', '"')],
    ['blanks of a Patton', fill('cli version 3\nusername a', ' ').concat('x')],
    ['slashes of an AudioCodes', fill('voip/line/0/id=1\nvoip', '/a')],
    ['escapes of a Jitsi', fill('net.java.sip.communicator.impl.protocol.sip.acc1.USER_ID=', '\\')],
    ['lines of a Jitsi', fill('net.java.sip.communicator.x=1\n', 'a\\\n')],
  ])('%s', (_name, text) => {
    const before = process.cpuUsage();
    readConfig([{ name: 'x.cfg', bytes: Buffer.from(text) }], { mac: '00005e005301' as Mac });
    const { user, system } = process.cpuUsage(before);
    // Far from any quadratic time, which would be minutes; the limit that is promised is measured by the bench.
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});
