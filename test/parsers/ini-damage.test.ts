// Why the `ini` library reads no phone file: each case is a value that it would change or lose. A failing case here means
// that a new version of the library reads it otherwise; the decision is docs/decisions/0001-ini-reads-no-phone-file.md.
import { parse } from 'ini';
import { describe, expect, test } from 'vitest';
import { keyValue } from '../../parsers/key-value.ts';
import { sections } from '../../parsers/sections.ts';

function ours(text: string): Record<string, string> {
  return Object.fromEntries(keyValue.parse(text).document.entries.map(({ key, value }) => [key, value]));
}

describe('ini changes values that phones take as they are', () => {
  test.each<[string, unknown]>([
    ['p;ss#1', 'p'],
    ['p#ss', 'p'],
    ['"quoted"', 'quoted'],
    ["'quoted'", 'quoted'],
    ['#1', ''],
    [';1', ''],
    ['true', true],
    ['false', false],
    ['null', undefined],
    ['a\\;b', 'a;b'],
    ['"12\\u0034"', '124'],
    ['a\\\\b', 'a\\b'],
  ])('%j', (value, damaged) => {
    const text = `account.1.password = ${value}`;
    expect(parse(text)['account.1.password']).toEqual(damaged);
    expect(ours(text)['account.1.password']).toBe(value);
  });
});

describe('ini changes keys', () => {
  test('a key with [] becomes a list', () => {
    expect(parse('a[] = 1\na[] = 2')).toEqual({ a: ['1', '2'] });
    expect(ours('a[] = 1\na[] = 2')).toEqual({ 'a[]': '2' });
  });

  test('a line without "=" becomes a setting', () => {
    expect(parse('include:config "a.cfg"')).toEqual({ 'include:config "a.cfg"': true });
    expect(keyValue.parse('include:config "a.cfg"').document.directives).toHaveLength(1);
  });

  test('__proto__ is lost', () => {
    expect(Object.keys(parse('__proto__ = x'))).toEqual([]);
    expect(keyValue.parse('__proto__ = x').document.entries).toEqual([{ key: '__proto__', value: 'x' }]);
  });

  test('dots in section names become nested objects', () => {
    expect(parse('[a.b]\nk = 1')).toEqual({ a: { b: { k: '1' } } });
  });
});

test('ini keeps the last of several values only: a good one before an empty one is lost', () => {
  const text = 'account.1.sip_server.1.address = pbx.example.com\naccount.1.sip_server.1.address =';
  expect(parse(text)['account.1.sip_server.1.address']).toBe('');
  expect(keyValue.parse(text).document.entries).toHaveLength(2);
});

test('ini merges sections of the same name: of two M1 accounts one is left', () => {
  const text =
    '[ account ]\npath = /config/voip/sipAccount0.cfg\nUserName = 1\n[ account ]\npath = /config/voip/sipAccount1.cfg\nUserName = 2\n';
  const merged = Object.values(parse(text));
  expect(merged).toEqual([{ path: '/config/voip/sipAccount1.cfg', UserName: '2' }]);
  expect(sections.parse(text).document).toHaveLength(2);
});
