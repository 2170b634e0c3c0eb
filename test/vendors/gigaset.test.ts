import { describe, expect, test } from 'vitest';
import { gigaset } from '../../vendors/gigaset.ts';
import type { Line } from '../../vendors/model.ts';
import { panasonic } from '../../vendors/panasonic.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import { writeConfig } from '../../vendors/write.ts';

function line(number: number, host: string): Line {
  return {
    line: number,
    enabled: null,
    userName: String(3000 + number),
    authName: null,
    password: 'a"b&c',
    displayName: null,
    label: null,
    registrar: { host, port: 5060, transport: 'udp' },
    outboundProxy: null,
    backup: null,
    expiresSeconds: null,
  };
}

describe('an N870 gets one provider for each server', () => {
  test('that its accounts point to', () => {
    const result = writeConfig('gigaset', {
      lines: [line(1, 'a.example.com'), line(2, 'b.example.com'), line(30, 'a.example.com')],
    });
    if (!result.ok) throw new Error(result.message);
    const { text } = result.files[0];
    expect(text.match(/SipProvider\.\d\.RegServerAddress" value="\w/g)).toEqual([
      'SipProvider.0.RegServerAddress" value="a',
      'SipProvider.1.RegServerAddress" value="b',
    ]);
    expect(text.match(/SipAccount\.\d+\.ProviderId" value="\d/g)).toEqual([
      'SipAccount.00001.ProviderId" value="0',
      'SipAccount.00002.ProviderId" value="1',
      'SipAccount.00030.ProviderId" value="0',
    ]);
    expect(text).toContain('<oper value="00030" name="add_hs">');
    expect(text).toContain('AuthPassword" value="a&quot;b&amp;c"');
  });

  test('and not more than ten', () => {
    const lines = Array.from({ length: 11 }, (_, index) => line(index + 1, `s${index}.example.com`));
    expect(writeConfig('gigaset', { lines })).toEqual({
      ok: false,
      message: 'cannot write file as gigaset: its lines have more than 10 different servers',
    });
  });
});

describe('User-Agents', () => {
  const identify = (vendor: Vendor, text: string) => {
    for (const pattern of vendor.identity.userAgents) {
      const found = pattern.exec(text);
      if (found !== null) return [found.groups?.model, found.groups?.version, found.groups?.mac];
    }
    return null;
  };

  test.each<[Vendor, string, (string | undefined)[]]>([
    [
      gigaset,
      'Gigaset N870 IP PRO/83.V2.11.0+build.a546b91;00005E00530A',
      ['N870 IP PRO', '83.V2.11.0+build.a546b91', '00005E00530A'],
    ],
    [
      gigaset,
      '"Gigaset N870 IP PRO/83.V2.11.0+build.a546b91;00005E00530A;Handset=3"',
      ['N870 IP PRO', '83.V2.11.0+build.a546b91', '00005E00530A'],
    ],
    [gigaset, 'N510 IP PRO/42.245.00.000.000', ['N510 IP PRO', '42.245.00.000.000', undefined]],
    [gigaset, 'N720-DM-PRO/70.040.00.000.000', ['N720-DM-PRO', '70.040.00.000.000', undefined]],
    [panasonic, 'Panasonic_KX-UT670/01.022 (00005e00530a)', ['KX-UT670', '01.022', '00005e00530a']],
    [panasonic, 'Panasonic_KX-UT113/01.133 (00005e00530a)', ['KX-UT113', '01.133', '00005e00530a']],
  ])('of $name: %s', (vendor, text, expected) => {
    expect(identify(vendor, text)).toEqual(expected);
  });
});
