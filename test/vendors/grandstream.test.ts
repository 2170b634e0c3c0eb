import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identify } from '../../vendors/identify.ts';
import type { Mac } from '../../vendors/mac.ts';
import type { FunctionKey, Line } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import { type WriteOptions, writeConfig } from '../../vendors/write.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/grandstream');

function read(text: string | Uint8Array) {
  const result = readConfig([{ name: 'cfg.xml', bytes: Buffer.from(text) }]);
  if (result.kind !== 'config') throw new Error(result.message);
  return result.reading;
}

function pValues(rows: string) {
  return read(`<gs_provision version="1"><config version="1">${rows}</config></gs_provision>`);
}

describe('where the numbers of a line stand', () => {
  test('account 5 is at P17xx, even where P7xx speaks of another', () => {
    const rows = '<P702>a.example.com</P702><P704>1</P704><P706>counted</P706>';
    expect(pValues(rows).lines).toMatchObject([{ line: 5, userName: '1', password: 'counted' }]);
    const both = `${rows}<P1702>b.example.com</P1702><P1704>2</P1704><P1706>own</P1706>`;
    expect(pValues(both).lines).toMatchObject([{ line: 5, userName: '2', registrar: { host: 'b.example.com' } }]);
  });

  test('a payload type of the second profile is no account', () => {
    expect(pValues('<P35>1</P35><P34>p</P34><P702>0</P702><P704>97</P704>').lines.map(({ line }) => line)).toEqual([1]);
  });

  test('an ATA with a jack to the telephone network', () => {
    const { lines } = pValues('<P35>1</P35><P34>a</P34><P735>2</P735><P734>b</P734><P3304>2</P3304>');
    expect(lines.map(({ line, port }) => [line, port])).toEqual([
      [1, 'FXS 1'],
      [2, 'FXO 1'],
    ]);
  });

  test('an ATA with one jack is known by its analogue settings', () => {
    expect(pValues('<P35>1</P35><P34>a</P34><P854>0</P854>').lines).toMatchObject([{ port: 'FXS 1' }]);
    expect(pValues('<P35>1</P35><P34>a</P34>').lines[0]).not.toHaveProperty('port');
  });

  test('a gateway to the telephone network has a line per FXO jack', () => {
    const { lines } = pValues(
      '<P47>pbx.example.com</P47><P3060>1</P3060><P3090>1a</P3090><P3120>x</P3120><P3063>4</P3063><P3123>y</P3123>',
    );
    expect(lines).toMatchObject([
      { line: 1, userName: '1', authName: '1a', password: 'x', port: 'FXO 1', registrar: { host: 'pbx.example.com' } },
      { line: 4, userName: '4', password: 'y', port: 'FXO 4' },
    ]);
  });

  test('handsets of a DECT base are lines without a jack', () => {
    const { lines } = pValues('<P47>pbx.example.com</P47><P4061>2</P4061><P4121>x</P4121><P27080>1</P27080>');
    expect(lines).toMatchObject([{ line: 2, userName: '2', registrar: { host: 'pbx.example.com' } }]);
    expect(lines[0]).not.toHaveProperty('port');
  });

  test('the second block alone is the second line', () => {
    expect(pValues('<P401>1</P401><P404>2</P404><P406>door</P406>').lines.map(({ line }) => line)).toEqual([2]);
  });
});

describe('named items', () => {
  const items = (rows: string) => read(`<gs_provision><config version="2">${rows}</config></gs_provision>`);

  test.each([
    ['UDP', 'udp'],
    ['tcp', 'tcp'],
    ['TlsOrTcp', 'tls'],
    ['Tls Or Tcp', 'tls'],
    ['2', 'tls'],
  ])('transport %s', (word, transport) => {
    const { lines } = items(
      `<item name="account.1.sip.userid">1</item><item name="account.1.sip.transport">${word}</item>`,
    );
    expect(lines).toMatchObject([{ registrar: { transport } }]);
  });

  test('a word that nobody knows gives no transport, and a warning', () => {
    const { lines, warnings } = items(
      '<item name="account.1.sip.userid">1</item><item name="account.1.sip.transport">SCTP</item>',
    );
    expect(lines).toMatchObject([{ registrar: null }]);
    expect(warnings).toEqual(['value-not-understood:account.1.sip.transport']);
  });
});

test('a comment about items does not make items of numbers', () => {
  const comment = '<!-- or: <item name="account.1.sip.userid">9</item> -->';
  expect(pValues(`${comment}<P35>1</P35><P34>p</P34>`)).toMatchObject({
    format: 'grandstream-pvalue-xml',
    lines: [{ userName: '1' }],
  });
});

describe('the binary of old phones', () => {
  const bytes = readFileSync(join(FIXTURES, 'old-binary.cfg'));

  test('is read when its checksum is right', () => {
    expect(read(bytes)).toMatchObject({ format: 'grandstream-text', macs: ['00005e005327'] });
  });

  test('is no configuration when a byte is wrong', () => {
    const damaged = Buffer.from(bytes);
    damaged[20] = (damaged[20] ?? 0) ^ 1;
    expect(readConfig([{ name: 'cfg00005e005327', bytes: damaged }])).toMatchObject({ kind: 'not-config' });
  });
});

describe('writing', () => {
  const line: Line = {
    line: 1,
    enabled: true,
    userName: '2601',
    authName: '2601a',
    password: 'a&b<c>"d\'e',
    displayName: 'Omar',
    label: null,
    registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
    outboundProxy: { host: 'edge.example.net', port: null },
    backup: null,
    expiresSeconds: 90,
  };
  const write = (options: WriteOptions, functionKeys: FunctionKey[] = []) =>
    writeConfig('grandstream', { lines: [line], phone: { functionKeys } }, options);

  test('P values', () => {
    expect(write({ mac: '00005e005301' as Mac })).toEqual({
      ok: true,
      // 90 seconds are no whole minute.
      warnings: ['written-as-near:expiresSeconds:1'],
      files: [
        {
          name: 'cfg00005e005301.xml',
          text: [
            '<?xml version="1.0" encoding="UTF-8" ?>',
            '<gs_provision version="1">',
            '  <mac>00005e005301</mac>',
            '  <config version="1">',
            '    <P271>1</P271>',
            '    <P3>Omar</P3>',
            '    <P36>2601a</P36>',
            '    <P35>2601</P35>',
            '    <P34>a&amp;b&lt;c&gt;"d\'e</P34>',
            '    <P47>pbx.example.com:5061</P47>',
            '    <P130>2</P130>',
            '    <P32>2</P32>',
            '    <P48>edge.example.net</P48>',
            '  </config>',
            '</gs_provision>',
            '',
          ].join('\n'),
        },
      ],
    });
  });

  test('named items say words', () => {
    const result = write({ format: 'grandstream-alias-xml' });
    if (!result.ok) throw new Error(result.message);
    expect(result.files[0].name).toBe('cfg{mac}.xml');
    expect(result.files[0].text).toContain('<item name="account.1.enable">Yes</item>');
    expect(result.files[0].text).toContain('<item name="account.1.sip.transport">TlsOrTcp</item>');
  });

  test('where a key stands depends on the model; without one those beside the display are meant', () => {
    const key: FunctionKey = { key: 2, module: 0, type: 'blf', line: 1, value: '2602', label: 'Desk' };
    const text = (model: string | null, of = key) => {
      const result = write({ model }, [of]);
      return result.ok ? result.files[0].text : result.message;
    };
    expect(text(null)).toContain('<P324>1</P324>');
    expect(text('GXP2170')).toContain('<P1365>11</P1365>');
    expect(text('GXP2170', { ...key, key: 7 })).toContain('<P23800>1</P23800>');
    expect(text('GXP2170', { ...key, key: 3, module: 2 })).toContain('<P23210>1</P23210>');
    expect(text(null, { ...key, key: 8 })).toBe(
      'cannot write functionKeys.8 as grandstream: keys above 7 have numbers that depend on the model: name it',
    );
    expect(text('GXP2135', { ...key, module: 1 })).toMatch('GXP2135 takes no expansion module');
  });
});

test.each([
  ['Grandstream Model HW GXP1405 SW 1.0.4.23 DevId 000b8240d55c', 'GXP1405', '1.0.4.23', '000b8240d55c'],
  ['Grandstream Model HW GXP2135 SW 1.0.7.97 DevId 000b828aa872', 'GXP2135', '1.0.7.97', '000b828aa872'],
  ['Grandstream Model HW GXP2200 V2.2A SW 1.0.1.33 DevId 000b82462d97', 'GXP2200', '1.0.1.33', '000b82462d97'],
  ['Grandstream Model HW GXV3350  V1.3A SW 1.0.1.8 DevId c074ad150b88', 'GXV3350', '1.0.1.8', 'c074ad150b88'],
  ['Grandstream Model HW HT802V2 V1.0A SW 1.0.5.4 DevId ec74d763e419', 'HT802V2', '1.0.5.4', 'ec74d763e419'],
  [
    'Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8',
    'GXP2000',
    '1.2.5.3',
    '000b822726c8',
  ],
])('%s', (userAgent, model, version, mac) => {
  expect(identify({ userAgent })[0]).toMatchObject({ vendor: 'grandstream', model, version, mac });
});
