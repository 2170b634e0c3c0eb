import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RawText, showRawText } from '../../src/api/raw-text.ts';
import { parseFile, type ReadOptions, readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

function show(name: string, bytes: Uint8Array | string, options: ReadOptions = {}, certain: string[] = []): RawText {
  const file = { name, bytes: Buffer.from(bytes) };
  const parsed = parseFile(file, options);
  const read = readConfig([file], options);
  if (parsed.kind !== 'dialect' || read.kind !== 'config') throw new Error(`${name} is no configuration`);
  const { ofLines, ofKeys } = read.reading.secrets();
  return showRawText(parsed, name, options, { certain: [...certain, ...ofLines], ofKeys });
}

function textOf(shown: RawText): string {
  if (!shown.ok) throw new Error(shown.reason);
  return shown.text;
}

const files = VENDORS.flatMap((vendor) =>
  readdirSync(join(FIXTURES, vendor.id))
    .filter((name) => !name.endsWith('.json'))
    .map((name) => `${vendor.id}/${name}`),
);

test.each(files)('%s is shown without its secrets', (path) => {
  const name = path.split('/').at(-1) ?? '';
  const json = JSON.parse(readFileSync(join(FIXTURES, path.replace(/\.\w+$/, '.json')), 'utf8'));
  const options = (json.options ?? {}) as ReadOptions;
  const text = textOf(show(name, readFileSync(join(FIXTURES, path)), options));
  // Names stay: it is the file that people know.
  expect(text.replaceAll('••••••', '').trim()).not.toBe('');
  expect(text).not.toContain('hidden-');
  for (const { password, ha1 } of json.lines) {
    for (const secret of [password, ha1]) {
      if (secret?.length > 3 && !/^\d+$/.test(secret)) expect(text).not.toContain(secret);
    }
  }
});

/** A Yealink file with this password, and further lines. */
const yealink = (password: string, more = '') => `#!version:1.0.0.1
account.1.enable = 1
account.1.label = Reception
account.1.user_name = 101
account.1.password = ${password}
account.1.sip_server.1.address = sip.example.com
${more}`;

/** A Snom file whose password is written so. */
const snom = (password: string, more = '') => `<?xml version="1.0" encoding="utf-8"?>
<settings><phone-settings>
<user_name idx="1" perm="">101</user_name>
<user_pass idx="1" perm="">${password}</user_pass>
<user_host idx="1" perm="">sip.example.com</user_host>
${more}</phone-settings></settings>
`;

describe('a secret', () => {
  test.each([
    ['quotes in it', yealink(`he said "it's" x9`, `custom.note = he said "it's" x9 twice`), /it's|x9/],
    ['the marks of the syntax in it', yealink('a=b#c;d:e', 'custom.note = (a=b#c;d:e)'), /a=b|d:e/],
    ['blanks at its ends in another place', yealink('blue moon 77', 'custom.note =  blue moon 77 '), /moon/],
    ['letters beyond ASCII', yealink('grün-Öl-42', 'custom.note = grün-Öl-42'), /Öl/],
    ['a line of regular expression', yealink('a.*(b|c)+$', 'custom.note = a.*(b|c)+$'), /\(b\|c\)/],
  ])('with %s is dots wherever it stands', (_what, file, leak) => {
    const text = textOf(show('00005e005301.cfg', file));
    expect(text).not.toMatch(leak);
    expect(text).toContain('account.1.password = ••••••');
    expect(text).toContain('account.1.label = Reception');
    expect(text.split('\n')).toHaveLength(file.split('\n').length);
  });

  test.each([
    ['named', 'a&amp;b&lt;c&quot;9z'],
    ['decimal', '&#97;&#38;b&#60;c&#0034;9z'],
    ['hexadecimal', '&#x61;&#X26;b&#x3C;c&#x22;9z'],
    ['CDATA', '<![CDATA[a&b<c"9z]]>'],
  ])('written with entities (%s) is dots, here and in other spellings', (_how, written) => {
    const text = textOf(show('snom.htm', snom(written, `<note>x a&amp;b&lt;c"9z y</note>\n`)));
    expect(text).not.toMatch(/9z/);
    expect(text).toContain('<user_name idx="1" perm="">101</user_name>');
    expect(text).toContain('<note>x •••••• y</note>');
  });

  test('is found in base64, also in the middle of it, and percent-encoded', () => {
    const secret = 'tall ships/7+sail';
    const basic = Buffer.from(`prov:${secret}`).toString('base64');
    const url = `https://pbx.example.com/?p=${encodeURIComponent(secret)}&x=1`;
    const text = textOf(show('a.cfg', yealink(secret, `custom.header = Basic ${basic}\ncustom.url = ${url}\n`)));
    expect(Buffer.from(/Basic (\S*)/.exec(text)?.[1] ?? '', 'base64').toString()).not.toContain('ships');
    expect(text).not.toMatch(/tall|sail/);
    expect(text).toContain('custom.url = https://pbx.example.com/?p=••••••&x=1');
  });

  test('that is a common word, or a word of the file itself, is dots as a value and leaves the names alone', () => {
    for (const word of ['account', 'password', 'label', 'enable', 'Reception']) {
      const text = textOf(show('a.cfg', yealink(word, `custom.note = ${word}\n`)));
      expect(text).toContain('account.1.password = ••••••');
      expect(text).toContain('account.1.enable = 1');
      expect(text).toContain('account.1.label = ');
      expect(text).toContain('custom.note = ••••••');
    }
    const inXml = textOf(show('snom.htm', snom('settings', '<note>settings</note>\n')));
    expect(inXml).toContain('<user_pass idx="1" perm="">••••••</user_pass>');
    expect(inXml).toContain('</phone-settings></settings>');
    expect(inXml).toContain('<note>••••••</note>');
  });

  test('that is very short is dots where its key says what it is, and numbers stay what they are', () => {
    const text = textOf(show('a.cfg', yealink('1')));
    expect(text).toContain('account.1.password = ••••••');
    expect(text).toContain('account.1.enable = 1\n');
    expect(text).toContain('account.1.user_name = 101');
  });

  test('equal to the user name is not told by what is missing', () => {
    expect(textOf(show('a.cfg', yealink('101')))).toContain('account.1.user_name = 101');
  });

  test('of a comment, of a line that no syntax takes up, of an address and of every other key is dots', () => {
    const more = [
      '# the old password was hunter-one',
      'admin password hunter-two',
      'static.auto_provision.server.url = https://prov:hunter-three@pbx.example.com/x',
      'static.security.user_password = admin:hunter-four',
      'static.wifi.1.psk = hunter-five',
      'custom.note = https://u:hunter-six@pbx.example.com/',
    ].join('\n');
    const text = textOf(show('a.cfg', yealink('canary-sip', `${more}\n`)));
    expect(text).not.toContain('hunter');
    expect(text).toContain('https://••••••@pbx.example.com/x');
    const inXml = '<!-- user_pass: hunter-one -->\n<x token="hunter-two"/><p name="password" value="hunter-three"/>\n';
    expect(textOf(show('snom.htm', snom('canary-sip', inXml)))).not.toContain('hunter');
  });

  test('that was sent by us is dots though the file does not call it one', () => {
    const text = textOf(
      show('a.cfg', yealink('canary-sip', 'custom.note = we know prov-secret-1\n'), {}, ['prov-secret-1']),
    );
    expect(text).toContain('custom.note = we know ••••••');
  });
});

test('what cannot be masked with certainty is not shown, and the reason is said', () => {
  // The syntax takes the name of a key for what it is; here the password is a part of one.
  const shown = show('a.cfg', yealink('zebra-crossing-9', 'custom.zebra-crossing-9.x = 1\n'));
  if (shown.ok) expect(shown.text).not.toContain('zebra');
  const many = Array.from({ length: 3000 }, (_, n) => `account.${n + 2}.password = secret-number-${n}`).join('\n');
  expect(show('a.cfg', yealink('canary-sip', `${many}\n`))).toEqual({
    ok: false,
    reason: expect.stringContaining('too many secrets'),
  });
});

test.each([
  ['a tag of nothing but secret names', snom('canary-sip', `<x${' a="password"'.repeat(60_000)}>y</x>\n`)],
  ['tags without an end', snom('canary-sip', '<password x="'.repeat(60_000))],
  ['blanks', yealink('canary-sip', `custom password =${' '.repeat(700_000)}x${' '.repeat(300_000)}.\n`)],
  ['one word again and again', yealink('label', `custom.note = ${'label.'.repeat(100_000)}\n`)],
  ['open brackets', yealink('canary-sip', `odd line ${'a['.repeat(300_000)}\n`)],
])('a file of %s holds up nobody and tells nothing', (_what, file) => {
  const shown = show('00005e005301.cfg', file);
  if (shown.ok) expect(shown.text).not.toContain('canary');
});

test('a long file is cut at the end of a line, after it was masked', () => {
  const filler = Array.from({ length: 20_000 }, (_, n) => `custom.key${n} = value ${n}`).join('\n');
  const shown = show('a.cfg', yealink('canary-sip', `${filler}\ncustom.last = canary-sip\n`));
  expect(shown).toMatchObject({ ok: true, cut: true });
  const text = textOf(shown);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
  expect(text).toMatch(/custom\.key\d+ = value \d+$/);
  expect(shown.ok && shown.lineOf('custom.key19999', 'value 19999')).toBeNull();
  expect(show('a.cfg', yealink('canary-sip'))).toMatchObject({ ok: true, cut: false });
});

test('says in which line a key has its value, and nothing where that is not certain', () => {
  const lineIn = (shown: RawText, key: string, value: string) => (shown.ok ? shown.lineOf(key, value) : 'hidden');
  const text = show('a.cfg', yealink('canary-sip', 'account.1.label = Again\n'));
  expect(lineIn(text, 'account.1.user_name', '101')).toBe(4);
  expect(lineIn(text, 'account.1.label', 'Again')).toBe(7);
  expect(lineIn(text, 'account.1.label', 'Nobody')).toBeNull();
  const crlf = show('a.cfg', yealink('canary-sip').replaceAll('\n', '\r\n'));
  expect(lineIn(crlf, 'account.1.user_name', '101')).toBe(4);
  const second =
    '<user_name idx="2" perm="">101</user_name>\n<user_realname idx="2" perm="">A &amp; B</user_realname>\n';
  const xml = show('snom.htm', snom('canary-sip', second));
  expect(lineIn(xml, 'user_realname.2', 'A & B')).toBe(7);
  // Two lines could be meant.
  expect(lineIn(xml, 'user_name.1', '101')).toBeNull();
});
