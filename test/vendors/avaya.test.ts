import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import { type Reading, type ReadOptions, readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

const MAC = '00005e005301' as Mac;

function read(text: string, options: ReadOptions = {}, name = 'x.txt'): Reading {
  const result = readConfig([{ name, bytes: Buffer.from(text) }], { vendor: 'avaya', ...options });
  if (result.kind !== 'config') throw new Error(`${result.reason}: ${result.message}`);
  return result.reading;
}

describe('a settings script', () => {
  const SCRIPT = [
    'SET DISPLAY_NAME all',
    'IF $MACADDR SEQ 00:00:5E:00:53:01 GOTO MINE',
    'IF $MODEL4 SEQ j179 GOTO J179',
    'IF $MODEL SEQ J189 GOTO J189',
    'GOTO END',
    '# MINE',
    'SET DISPLAY_NAME mine',
    'GOTO END',
    '# J179',
    'SET DISPLAY_NAME J179',
    'GOTO END',
    '# J189',
    'SET DISPLAY_NAME J189',
    '# END',
    'SET REGISTERWAIT 60',
  ].join('\n');

  test.each<[string, ReadOptions, string]>([
    ['its MAC', { mac: MAC }, 'mine'],
    ['its model', { model: 'J179' }, 'J179'],
    ['its whole model', { model: 'J189', mac: '00005e005302' as Mac }, 'J189'],
    ['nothing', {}, 'all'],
  ])('runs for a phone of which is known: %s', (_what, options, expected) => {
    const { fields } = read(SCRIPT, options);
    expect(fields).toEqual({ DISPLAY_NAME: expected, REGISTERWAIT: '60' });
  });

  test('says which conditions it could not judge', () => {
    expect(read(SCRIPT).warnings).toContain('condition-unknown:MACADDR');
  });

  test('may ask for what it set before', () => {
    expect(read('SET GROUP 7\nIF $GROUP SEQ 7 GOTO X\nSET A 1\n# X\nSET B 2').fields).toEqual({ GROUP: '7', B: '2' });
  });

  test('ends at a jump to nowhere, and in the end in any case', () => {
    const lost = read('SET A 1\nGOTO LOST\nSET B 2');
    expect(lost.fields).toEqual({ A: '1' });
    expect(lost.warnings).toEqual(['jump-to-nowhere:LOST']);
    expect(read('# A\nSET X 1\nGOTO A').warnings).toContain('script-does-not-end');
  });

  test('names files of the phone, its own once and without going round', () => {
    const { includes, warnings } = read('GET $MACADDR.txt\nGET 46xxsettings.txt', { mac: MAC }, '00005e005301.txt');
    expect(includes).toEqual(['00005e005301.txt', '46xxsettings.txt']);
    expect(warnings).toEqual(['self-include']);
    expect(read('GET $MACADDR.txt').includes).toEqual(['$mac.txt']);
  });
});

const LINE = lineWith({
  enabled: true,
  userName: '331',
  password: 'p w#1',
  registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
  backup: { host: 'pbx2.example.com', port: 5061 },
});

test('a transport that we do not know is not taken for TLS', () => {
  const { lines } = read('SET FORCE_SIP_EXTENSION 1\nSET SIP_CONTROLLER_LIST a.example.com:5060;transport=dns srv');
  expect(lines[0]?.registrar).toEqual({ host: 'a.example.com', port: 5060, transport: null });
});

test('what holds for the whole phone is read from lists too', () => {
  const { phone } = read(
    [
      'SET UPGRADE_POLLING_PERIOD 60',
      'SET DES_STAT 3',
      'SET ADMIN_PASSWORD 2468013',
      'SET LANGUAGES "Mlf_J169_J179_German.xml, https://f.example.com/polish.xml"',
      'SET SYSTEM_LANGUAGE Mlf_J169_J179_German.xml',
      'SET RINGTONES "Steam Whistle=tones/whistle.wav,Horn=horn.wav"',
      'SET BACKGROUND_IMAGE "hall.jpg,yard.jpg"',
    ].join('\n'),
  ).phone();
  expect(phone).toEqual({
    language: 'de',
    adminPassword: '2468013',
    pollingMinutes: 60,
    redirectProvisioning: true,
    languageFileUrl: 'https://f.example.com/polish.xml',
    toneFileUrl: 'tones/whistle.wav',
    logoUrl: 'hall.jpg',
  });
});

describe('writing', () => {
  test('the backup goes behind the registrar, with its transport', () => {
    const result = writeConfig('avaya', { lines: [LINE] }, { mac: MAC });
    if (!result.ok) throw new Error(result.message);
    expect(result.files.map(({ name }) => name)).toEqual(['00005e005301.txt', 'J100Supgrade.txt']);
    expect(result.files[0].text).toBe(
      [
        'SET FORCE_SIP_EXTENSION "331"',
        'SET FORCE_SIP_PASSWORD "p w#1"',
        'SET SIP_CONTROLLER_LIST "pbx.example.com:5061;transport=tls,pbx2.example.com:5061;transport=tls"',
        '',
      ].join('\r\n'),
    );
    expect(result.files[1]?.text).toBe('GET $MACADDR.txt\r\n');
  });

  test('without a transport it is TLS that the phone takes, which is said', () => {
    const line = { ...LINE, registrar: { host: 'a.example.com', port: null, transport: null }, backup: null };
    expect(writeConfig('avaya', { lines: [line] })).toMatchObject({
      ok: true,
      warnings: ['written-as-near:registrar.host:1'],
    });
  });

  test('a backup alone is refused', () => {
    expect(writeConfig('avaya', { lines: [{ ...LINE, registrar: null }] })).toMatchObject({ ok: false });
  });

  test('the phone asks once in days, which is near to what is asked for', () => {
    expect(writeConfig('avaya', { lines: [LINE], phone: { pollingMinutes: 60 } })).toMatchObject({
      ok: true,
      warnings: ['written-as-near:pollingMinutes'],
    });
  });

  test('there is one line', () => {
    expect(writeConfig('avaya', { lines: [{ ...LINE, line: 2 }] })).toMatchObject({
      ok: false,
      message: 'cannot write line as avaya: lines are numbered from 1 to 1, not 2',
    });
  });
});

test('servers of a 12x0 are those of the domain that the account names', () => {
  const { lines } = read(
    'SIP_DOMAIN1 a.example.com\nSIP_DOMAIN2 b.example.com\nSERVER_IP1_1 192.0.2.1\nSERVER_IP2_1 192.0.2.2\nAUTOLOGIN_ID_KEY03 5@B.example.com\nAUTOLOGIN_PASSWD_KEY03 p\n',
  );
  expect(lines).toMatchObject([{ line: 3, userName: '5', registrar: { host: '192.0.2.2' } }]);
});
