import { describe, expect, test } from 'vitest';
import { findMacInName, formatMac, isLocallyAdministered, parseMac } from '../../vendors/mac.ts';

describe('parseMac', () => {
  test.each([
    '00005e005301',
    '00:00:5E:00:53:01',
    '00-00-5e-00-53-01',
    '0000.5e00.5301',
    ' 0000 5e00 5301 ',
    '00_00_5e_00_53_01',
    '00\u201100\u20115e\u201100\u201153\u201101',
  ])('reads %j', (text) => {
    expect(parseMac(text)).toEqual({ ok: true, mac: '00005e005301' });
  });

  test.each([
    ['', 'MAC_EMPTY'],
    ['   ', 'MAC_EMPTY'],
    ['00005e00530', 'MAC_INVALID'],
    ['00005e00530g', 'MAC_INVALID'],
    ['00005e0053011', 'MAC_INVALID'],
    ['1.2345E+11', 'MAC_INVALID'],
    ['000000000000', 'MAC_INVALID'],
    ['FF:FF:FF:FF:FF:FF', 'MAC_INVALID'],
    ['01005e005301', 'MAC_MULTICAST'],
    ['0'.repeat(100_000), 'MAC_INVALID'],
  ])('refuses %.30j as %s', (text, code) => {
    const result = parseMac(text);
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.message.length).toBeLessThan(200);
  });
});

test('formats a MAC and knows made-up ones', () => {
  const result = parseMac('02:00:5e:ab:53:0f');
  if (!result.ok) throw new Error(result.message);
  expect(formatMac(result.mac, 'plain')).toBe('02005eab530f');
  expect(formatMac(result.mac, 'colon')).toBe('02:00:5e:ab:53:0f');
  expect(formatMac(result.mac, 'upper')).toBe('02005EAB530F');
  expect(isLocallyAdministered(result.mac)).toBe(true);
  const real = parseMac('00005e005301');
  expect(real.ok && isLocallyAdministered(real.mac)).toBe(false);
});

test.each([
  ['00005e005301.cfg', '00005e005301'],
  ['00005E005301.boot', '00005e005301'],
  ['cfg00005e005301.xml', '00005e005301'],
  ['spa00005e005301.cfg', '00005e005301'],
  ['SEP00005E005301.cnf.xml', '00005e005301'],
  ['snomD785-00005E005301.htm', '00005e005301'],
  ['00005e005301-phone.cfg', '00005e005301'],
  ['y000000000000.boot', null],
  ['00005e00530100005e.cfg', null],
  ['a00005e005301.cfg', null],
  ['common.cfg', null],
  ['01005e005301.cfg', null],
])('findMacInName finds in %s: %s', (name, mac) => {
  expect(findMacInName(name)).toBe(mac);
});
