// MACs as they are typed, by the same rules as the server has.
import { describe, expect, it } from 'vitest';
import { parseMac } from '../../vendors/mac.ts';
import { readTypedMac } from '../../web/screens/users/read-mac.ts';

describe('readTypedMac', () => {
  it.each([
    ['', { kind: 'empty' }],
    ['00:00', { kind: 'short', digits: 4 }],
    ['00-00-5E-00-53-01', { kind: 'mac', mac: '00005e005301' }],
    ['0000.5e00.5301', { kind: 'mac', mac: '00005e005301' }],
    [' 00005e005301 ', { kind: 'mac', mac: '00005e005301' }],
    ['00:00:5e:00:53:0g', { kind: 'wrong', problem: 'invalid' }],
    ['00005e0053011', { kind: 'wrong', problem: 'invalid' }],
    ['000000000000', { kind: 'wrong', problem: 'placeholder' }],
    ['FFFFFFFFFFFF', { kind: 'wrong', problem: 'placeholder' }],
    ['01005e005301', { kind: 'wrong', problem: 'multicast' }],
  ])('reads %j', (text, expected) => {
    expect(readTypedMac(text)).toEqual(expected);
    // What is a MAC here is one there, the same, and nothing else is.
    const there = parseMac(text);
    expect(there.ok ? there.mac : null).toBe(expected.kind === 'mac' ? (expected as { mac: string }).mac : null);
  });
});
