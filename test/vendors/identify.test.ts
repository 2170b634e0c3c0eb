// Who asks, told by real User-Agents and paths.
import { describe, expect, test } from 'vitest';
import { identify } from '../../vendors/identify.ts';
import type { VendorId } from '../../vendors/model.ts';
import { VENDORS } from '../../vendors/registry.ts';

/** Strings that phones really send: User-Agent, vendor, model, MAC. */
const REAL: readonly (readonly [string, VendorId, string | null, string | null])[] = [
  ['Yealink SIP-T46G 28.72.0.1 00:15:65:4a:a9:37', 'yealink', 'T46G', '0015654aa937'],
  ['yealink SIP-T18 18.0.0.80 00:15:65:27:3e:05', 'yealink', 'T18', '001565273e05'],
  ['Yealink SIP VP-T49G 51.80.0.10 00:15:65:9b:5a:44', 'yealink', 'VP-T49G', '0015659b5a44'],
  ['Yealink CP860 37.72.0.5 00:15:65:8a:37:86', 'yealink', 'CP860', '0015658a3786'],
  ['Yealink W60B 77.81.0.35 80:5e:c0:09:ab:dc', 'yealink', 'W60B', '805ec009abdc'],
  ['W52P 25.30.0.2 00:15:65:44:b3:7c', 'yealink', 'W52P', '00156544b37c'],
  ['VP530P 23.70.0.40 00:15:65:31:4b:c0', 'yealink', 'VP530P', '001565314bc0'],
  ['Yealink W90DM 130.87.0.10 80:5e:c0:d9:c7:44', 'yealink', 'W90DM', '805ec0d9c744'],
  ['Yealink SIP-T85W 185.87.0.10 44:db:d2:67:58:4b', 'yealink', 'T85W', '44dbd267584b'],
  ['Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0', 'yealink', 'T46G', null],
  ['Yealink SIP-T38G  38.70.0.125 00:15:65:2f:c0:11', 'yealink', 'T38G', '0015652fc011'],
  ['Yealink SIP-T56A  58.80.0.25 001565f429a4', 'yealink', 'T56A', '001565f429a4'],
  [
    'Mozilla/4.0 (compatible; snomD785-SIP 10.1.169.16 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) 00041396D9B4 SXM:0 UXM:0 UXMC:0)',
    'snom',
    'D785',
    '00041396d9b4',
  ],
  [
    'Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)',
    'snom',
    'D785',
    '000413922d24',
  ],
  ['Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)', 'snom', '710', '000413741767'],
  ['Mozilla/4.0 (compatible; snom320-SIP 8.4.18 1.1.3-s)', 'snom', '320', null],
  ['Mozilla/4.0 (compatible; snom320-SIP 6.5.20; snom320 jffs2 v3.36; snom320 linux 3.38)', 'snom', '320', null],
  ['Mozilla/4.0 (compatible; snom870-SIP 8.4.35 SPEAr300 SNOM 1.4)', 'snom', '870', null],
  ['Mozilla/4.0 (compatible; snom lid 3605)', 'snom', null, null],
  ['Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)', 'snom', 'M900', '000413b60680'],
  ['Gigaset N870 IP PRO/83.V2.11.0+build.a546b91;7C2F80E0D605', 'gigaset', 'N870 IP PRO', '7c2f80e0d605'],
  ['"Gigaset N870 IP PRO/83.V2.11.0+build.a546b91;7C2F80E0D605;Handset=3"', 'gigaset', 'N870 IP PRO', '7c2f80e0d605'],
  ['Gigaset N870E IP PRO/83.V2.43.0+build.5f0a106;7C2F80E0D605;Handset=250', 'gigaset', 'N870E IP PRO', '7c2f80e0d605'],
  ['Gigaset N610 IP PRO/83.V2.64.0-160-g758db0bf;589EC67C2479;Handset=20', 'gigaset', 'N610 IP PRO', '589ec67c2479'],
  ['Auerswald COMfortel WS-500M/V2.53.0+build.c0ed5a2;000952C0FFEE', 'gigaset', 'COMfortel WS-500M', '000952c0ffee'],
  ['N510 IP PRO/42.258.00.000.000;7C2F806257D7', 'gigaset', 'N510 IP PRO', '7c2f806257d7'],
  ['N510 IP PRO/42.245.00.000.000', 'gigaset', 'N510 IP PRO', null],
  ['Gigaset N720 DM PRO/70.089.00.000.000;7C2F80CA21E4', 'gigaset', 'N720 DM PRO', '7c2f80ca21e4'],
  ['N720-DM-PRO/70.040.00.000.000', 'gigaset', 'N720-DM-PRO', null],
  ['Panasonic_KX-UT670/01.022 (0080f000000a)', 'panasonic', 'KX-UT670', '0080f000000a'],
  ['Panasonic_KX-UT113/01.133 (0080f0c8c381)', 'panasonic', 'KX-UT113', '0080f0c8c381'],
  ['Aastra6731i MAC:00-08-5D-23-74-29 V:3.2.0.70-SIP', 'mitel', '6731i', '00085d237429'],
  ['Mitel6930 MAC:14-00-E9-1E-DB-52 V:6.4.0.140-SIP', 'mitel', '6930', '1400e91edb52'],
  ['Mitel6940 MAC:14-00-E9-1B-45-24 V:6.4.0.140-SIP', 'mitel', '6940', '1400e91b4524'],
  ['Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/J179-4.1.3.0.6 (MAC:c81fea83e85a)', 'avaya', 'J179', 'c81fea83e85a'],
  ['AVAYA/SIP12x0\x17/04.00.04.00', 'avaya', '12x0', null],
  ['digium_D70_1_1_0_0_48178', 'digium', 'D70', null],
  ['OBIHAI/OBi202-3.2.2.5921', 'obihai', 'OBi202', null],
  ['ALE M3-CE 2.11.01.1604 3c28a620089e', 'ale', 'M3-CE', '3c28a620089e'],
  ['ALE 8028s-GE 1.51.52.2204 487a55023075', 'ale', '8028s-GE', '487a55023075'],
  ['Flyingvoice FIP13G V0.6.24 00:21:F2:22:AE:F1', 'flyingvoice', 'FIP13G', '0021f222aef1'],
  ['THOMSON ST2030 hw5 fw2.74 00-14-7F-E1-47-B3', 'technicolor', 'ST2030', '00147fe147b3'],
  ['Thomson TB30 hw1 fw1.74.0 00-1F-9F-84-F1-80', 'technicolor', 'TB30', '001f9f84f180'],
  ['Alcatel IP Touch 4018/2.01.10', 'alcatel', '4018', null],
  [
    'SmartNode (Model:SN4112/JS/EUI; Serial:00A0BA08933C; Software Version:R6.2 2012-09-11 H323 SIP FXS FXO; Hardware Version:4.4)',
    'patton',
    'SN4112',
    '00a0ba08933c',
  ],
  ['AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)', 'audiocodes', '440HDG', '00908f602aac'],
  ['Jitsi/1.0-beta1-nightly.build.3408', 'jitsi', null, null],
];

test.each(REAL)('%s', (userAgent, vendor, model, mac) => {
  const [best, second] = identify({ userAgent });
  expect(best).toMatchObject({ vendor, model, mac });
  expect(best?.clues).toContain('user-agent');
  expect(second?.clues ?? []).not.toContain('user-agent');
});

describe('clues', () => {
  test('a path alone is a weak one; a model file names the model', () => {
    expect(identify({ path: '/provision/y000000000108.cfg' })[0]).toMatchObject({
      vendor: 'yealink',
      model: 'T46U',
      score: 15,
    });
  });

  test('the MAC of the User-Agent comes first, then that of the query, then that of the path', () => {
    const userAgent = 'Yealink SIP-T46G 28.72.0.1 00:15:65:4a:a9:37';
    const mac = (request: { userAgent?: string; path?: string }) => identify(request)[0]?.mac;
    expect(mac({ userAgent, path: '/00005e005301.cfg?mac=00005e005302' })).toBe('0015654aa937');
    expect(mac({ path: '/00005e005301.cfg?mac=00005e005302' })).toBe('00005e005302');
    expect(mac({ path: '/00005e005301.cfg' })).toBe('00005e005301');
  });

  test('nothing known, nobody', () => {
    expect(identify({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', path: '/index.php' })).toEqual([]);
    expect(identify({})).toEqual([]);
  });

  test("one maker's two families share their prefixes: the path tells them apart", () => {
    const [best, second] = identify({ path: '/SEP000E08AABBCC.cnf.xml' });
    expect(best).toMatchObject({ vendor: 'cisco-sep', mac: '000e08aabbcc', score: 40, clues: ['oui', 'path'] });
    expect(second).toBeUndefined();
    expect(identify({ path: '/spa000e08aabbcc.cfg' })[0]).toMatchObject({ vendor: 'cisco-spa', score: 40 });
  });

  test('long junk is looked at quickly', () => {
    for (const unit of ['Yealink ', 'a', ' ', '0', ':', '(', 'y0', 'Mozilla/4.0 (compatible; ']) {
      const text = unit.repeat(200_000 / unit.length);
      const before = performance.now();
      identify({ userAgent: text, path: text });
      expect(performance.now() - before).toBeLessThan(1000);
    }
  });
});

test('no prefix belongs to two makers', () => {
  // Vendors of one maker share one list.
  const all = [...new Set(VENDORS.map(({ identity }) => identity.ouis))].flat();
  expect(all.filter((oui, at) => all.indexOf(oui) !== at)).toEqual([]);
  for (const oui of all) expect(oui).toMatch(/^[0-9a-f]{6,11}$/);
});
