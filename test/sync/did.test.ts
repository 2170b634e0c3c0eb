import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { describe, expect, it } from 'vitest';
import { didKeyForLine, extractDid, findDidText, parseTypedDid } from '../../src/sync/did.ts';
import { lineWith } from '../help/line.ts';

const line = lineWith({
  line: 3,
  enabled: true,
  userName: '101',
  password: 'x',
  displayName: 'Ann',
  label: '+1 202 555 0142',
});

describe('extractDid', () => {
  it.each([
    ['Reception +1 202 555 0142', null, '+12025550142'],
    ['+41 44 555 01 42 Name', null, '+41445550142'],
    ['+1 (202) 555-0142', 'DE', '+12025550142'],
    ['(202) 555-0142 x12', 'US', '+12025550142'],
    ['(202) 555-0142 x12', 'us', '+12025550142'],
    ['2025550101', 'US', '+12025550101'],
    ['12025550142', 'US', '+12025550142'],
    ['Max-2025550142', 'US', '+12025550142'],
    ['101 202 555 0142', 'US', '+12025550142'],
    ['101-2025550142', 'US', '+12025550142'],
    ['2025550142/101', 'US', '+12025550142'],
    ['+12025550142/101', null, '+12025550142'],
    ['+1 202 555 0142 5', null, '+12025550142'],
    ['+12025550142 +12025550143', null, '+12025550142'],
    ['Reception+12025550142', null, '+12025550142'],
    ['sip:+12025550142@pbx.example.com', null, '+12025550142'],
    ['tel:+1-202-555-0142;ext=5', null, '+12025550142'],
    ['\u202d+12025550142\u202c', null, '+12025550142'],
    ['+１２０２５５５０１４２', null, '+12025550142'],
    ['020 7946 0958', 'GB', '+442079460958'],
    ['+44 (0)20 7946 0958', null, '+442079460958'],
    ['+44 1632 960123', null, '+441632960123'],
    ['0041 44 668 18 00', 'CH', '+41446681800'],
    ['0041 44 668 18 00', null, '+41446681800'],
    ['041 44 668 18 00 / 044 668 18 00', 'CH', '+41446681800'],
  ])('finds the number in %j (%s)', (text, country, did) => {
    expect(extractDid(text, country)).toEqual({ ok: true, did });
  });

  it.each([
    ['2811 Max', 'US'],
    ['2811 Max', 'DE'],
    ['Lobby 0133', 'DE'],
    ['Lobby 0133', 'US'],
    ['2101', 'LU'],
    ['2101', 'AT'],
    ['210112', 'DE'],
    ['2101123', 'AT'],
    ['10077', 'US'],
    ['+10077', 'US'],
    ['+2101', null],
    ['555-0142', 'US'],
    ['202 555 0142', null],
    ['Ann', 'US'],
    ['+1 202 555 014 Bob 2', 'US'],
    ['2025550142', 'XX'],
  ])('makes no number out of %j (%s)', (text, country) => {
    const result = extractDid(text, country);
    expect(result).toMatchObject({ ok: false, code: 'DID_INVALID' });
    expect(result.ok ? '' : result.message).toContain(text);
  });

  it.each(['', '   ', '\u0000\t', '\u200b'])('calls %j empty', (text) => {
    expect(extractDid(text, 'US')).toMatchObject({ ok: false, code: 'DID_EMPTY' });
  });

  it('names the text bounded and without control characters', () => {
    const result = extractDid(`Lobby\u001b[31m\r\nx${'y'.repeat(10_000)}`, 'US');
    const message = result.ok ? '' : result.message;
    expect(message.length).toBeLessThan(300);
    expect(message).toContain('Lobby[31m x');
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  it('stays quick on hostile text', () => {
    for (const text of ['+1 '.repeat(5000), '1-'.repeat(5000), '+'.repeat(5000), '('.repeat(5000), '1 '.repeat(5000)]) {
      expect(extractDid(text, 'US').ok).toBe(false);
    }
  });
});

describe('parseTypedDid', () => {
  it('takes a number and nothing beside it', () => {
    expect(parseTypedDid('+1 202 555 0142', null)).toEqual({ ok: true, did: '+12025550142' });
    expect(parseTypedDid('(202) 555-0142', 'US')).toEqual({ ok: true, did: '+12025550142' });
    expect(parseTypedDid('Ann +12025550142', null)).toMatchObject({ ok: false, code: 'DID_INVALID' });
    expect(parseTypedDid('2101', 'US')).toMatchObject({ ok: false, code: 'DID_INVALID' });
  });
});

describe('findDidText', () => {
  const source = (values: Record<string, string>) => {
    const fields: Record<string, string> = Object.assign(Object.create(null), values);
    return { fields, field: (key: string) => fields[key] };
  };
  const fields = source({
    'account.3.label': '+12025550142',
    'account.3.display_name': 'Ann',
    'account.1.label': 'other',
  });

  it('puts the chosen line in the place of 1', () => {
    expect(findDidText('account.1.label', line, fields)).toEqual({
      kind: 'text',
      source: 'account.3.label',
      text: '+12025550142',
    });
    expect(didKeyForLine('linekey.1.1.value', 2)).toBe('linekey.2.1.value');
    expect(didKeyForLine('account.11.label', 2)).toBe('account.11.label');
  });

  it('takes a role from the line', () => {
    expect(findDidText('displayName', line, fields)).toEqual({ kind: 'text', source: 'displayName', text: 'Ann' });
    expect(findDidText('authName', line, fields)).toMatchObject({ kind: 'missing', code: 'DID_EMPTY' });
  });

  it('leaves the DID to people with none', () => {
    expect(findDidText('none', line, fields)).toEqual({ kind: 'none' });
  });

  it('lists near fields when the file has no such field', () => {
    const result = findDidText('account.1.lable', line, fields);
    expect(result).toMatchObject({ kind: 'missing', source: 'account.3.lable' });
    expect(result.kind === 'missing' && result.message).toContain('account.3.label');
  });

  it('reads no inherited name as a field', () => {
    expect(findDidText('constructor', line, source({})).kind).toBe('missing');
    expect(findDidText('__proto__', line, source({})).kind).toBe('missing');
  });
});

describe('parseTypedDid', () => {
  it('takes full North American numbers as the tables do', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    const lead = fc.integer({ min: 2, max: 9 });
    const number = fc.tuple(lead, digit, digit, lead, ...Array.from({ length: 6 }, () => digit));
    fc.assert(
      fc.property(number, (digits) => {
        const text = `+1${digits.join('')}`;
        const number = parsePhoneNumberFromString(text);
        expect([number?.number, number?.isPossible()]).toEqual([text, true]);
        for (const read of [extractDid, parseTypedDid]) expect(read(text, null)).toEqual({ ok: true, did: text });
      }),
      { numRuns: 300 },
    );
  });
});
