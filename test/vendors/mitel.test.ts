import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import type { FunctionKey } from '../../vendors/model.ts';
import { type Reading, readConfig } from '../../vendors/read.ts';
import { type WriteOptions, writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

const MAC = '00005e0053ab' as Mac;

function read(text: string): Reading {
  const result = readConfig([{ name: 'x.cfg', bytes: Buffer.from(text) }], { vendor: 'mitel' });
  if (result.kind !== 'config') throw new Error(`${result.reason}: ${result.message}`);
  return result.reading;
}

const LINE = lineWith({
  enabled: true,
  userName: '301',
  password: 'pw',
  registrar: { host: 'pbx.example.com', port: 5060, transport: 'udp' },
});

type Config = Parameters<typeof writeConfig>[1];

function written(more: Partial<Config> = {}, options: WriteOptions = {}): string {
  const result = writeConfig('mitel', { lines: [LINE], ...more }, { mac: MAC, ...options });
  if (!result.ok) throw new Error(result.message);
  return result.files[0].text;
}

describe('reading', () => {
  test('an account without the number of a line is line 1', () => {
    const { lines } = read('sip user name: 1\nsip password: p\nsip proxy ip: a.example.com\nsip proxy port: 5061\n');
    expect(lines).toMatchObject([{ line: 1, userName: '1', registrar: { host: 'a.example.com', port: 5061 } }]);
  });

  test("a line's 0.0.0.0 leaves the choice to the default of all lines, its transport 0 does not", () => {
    const { lines } = read(
      'sip registrar ip: a.example.com\nsip transport protocol: 4\nsip line1 user name: 1\nsip line1 registrar ip: 0.0.0.0\nsip line1 transport protocol: 0\n',
    );
    expect(lines[0]?.registrar).toEqual({ host: 'a.example.com', port: null, transport: null });
  });

  test('a common file of the 53xx says nothing to a phone whose model is not known', () => {
    const text =
      '<Parameter Model="5324"><sntp>a.example.com</sntp></Parameter>\n<Parameter Model="5330"><sntp>b.example.com</sntp></Parameter>';
    const of = (model: string | null) => {
      const result = readConfig([{ name: 'MN_Generic.cfg', bytes: Buffer.from(text) }], { model });
      return result.kind === 'config' ? result.reading : null;
    };
    expect(of('5330')?.fields).toEqual({ sntp: 'b.example.com' });
    expect(of(null)?.fields).toEqual({});
    expect(of(null)?.warnings).toContain('sections-for-models');
  });

  test('a common file of nothing but a comment, which old phones want, is no harm', () => {
    const files = [
      { name: 'aastra.cfg', bytes: Buffer.from('# so that the phone asks for its own\n') },
      { name: 'x.cfg', bytes: Buffer.from('sip line1 user name: 1\n') },
    ];
    const result = readConfig(files);
    if (result.kind !== 'config') throw new Error(result.message);
    expect(result.reading.lines).toMatchObject([{ userName: '1' }]);
    expect(result.reading.warnings).toEqual(['empty-file:aastra.cfg']);
  });

  test('an inline comment behind a password is named', () => {
    expect(read('sip line1 user name: 1 # x\nsip line1 password: a #b\n').warnings).toEqual([
      'inline-comment-stripped',
      'inline-comment-stripped:sip line1 password',
    ]);
  });
});

describe('writing', () => {
  test('the name of the file is the MAC in upper case', () => {
    const result = writeConfig('mitel', { lines: [LINE] }, { mac: MAC });
    expect(result.ok && result.files.map(({ name }) => name)).toEqual(['00005E0053AB.cfg']);
  });

  test('who may change a value stands before its key', () => {
    const text = written({ access: { all: 'open', password: 'locked', userName: 'default' } });
    expect(text).toContain('^sip line1 registrar ip: pbx.example.com\n');
    expect(text).toContain('!sip line1 password: pw\n');
    expect(text).toMatch(/^sip line1 user name: 301$/m);
  });

  test.each(['say "hi"', 'a #b', '#a', 'a // b', ' a'])('refuses a display name %j', (displayName) => {
    const result = writeConfig('mitel', { lines: [{ ...LINE, displayName }] });
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/^cannot write displayName as mitel: /) });
  });

  test.each<[string | null, string]>([
    [null, 'topsoftkey2'],
    ['6930', 'topsoftkey2'],
    ['6865i', 'prgkey2'],
    ['Aastra6731i', 'prgkey2'],
    ['57i', 'topsoftkey2'],
    ['9480i', 'softkey2'],
  ])('keys of a %s are called %s', (model, name) => {
    const key: FunctionKey = { key: 2, module: 0, type: 'park', line: 1, value: '701', label: 'Park' };
    const text = written({ phone: { functionKeys: [key] } }, { model });
    expect(text).toContain(`${name} type: park\n${name} line: 1\n${name} value: asterisk;701\n${name} label: Park\n`);
    expect(read(text).phone().phone.functionKeys).toEqual([key]);
  });

  test('a key or line that the model has not is refused by name', () => {
    const key: FunctionKey = { key: 4, module: 0, type: 'blf', line: 1, value: '7', label: null };
    const refused = (config: Config) => writeConfig('mitel', config, { model: '6863i' });
    expect(refused({ lines: [LINE], phone: { functionKeys: [key] } })).toMatchObject({ ok: false });
    expect(refused({ lines: [LINE], phone: { functionKeys: [{ ...key, key: 1, module: 1 }] } })).toMatchObject({
      ok: false,
    });
    expect(refused({ lines: [{ ...LINE, line: 3 }] })).toMatchObject({ ok: false });
  });

  test('asking for files goes by days: other times are written as the nearest', () => {
    const result = writeConfig('mitel', { lines: [LINE], phone: { pollingMinutes: 60 } });
    expect(result).toMatchObject({ ok: true, warnings: ['written-as-near:pollingMinutes'] });
    expect(written({ phone: { pollingMinutes: 2880 } })).toContain('auto resync days: 2\n');
  });
});
