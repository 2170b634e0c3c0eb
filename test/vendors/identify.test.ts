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
  ['Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0', 'yealink', 'T46G', null],
  ['Yealink SIP-T38G  38.70.0.125 00:15:65:2f:c0:11', 'yealink', 'T38G', '0015652fc011'],
  ['Yealink SIP-T56A  58.80.0.25 001565f429a4', 'yealink', 'T56A', '001565f429a4'],
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
  const all = VENDORS.flatMap(({ identity }) => identity.ouis);
  expect(all.filter((oui, at) => all.indexOf(oui) !== at)).toEqual([]);
  for (const oui of all) expect(oui).toMatch(/^[0-9a-f]{6,11}$/);
});
