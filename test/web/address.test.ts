// What the portal shows of an address is what the server asks for, for every vendor.
import { expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import { PERSONA_VENDORS, type Persona, planFiles } from '../../vendors/persona.ts';
import { type Asker, expandAddress, hostOf, readMac } from '../../web/screens/pbxs/address.ts';

const MAC = '00005e0053aa';
const nobody = { model: null, phoneType: null, firmwareVersion: null };

function asked(template: string, persona: Persona): string[] {
  return planFiles(template, persona, MAC as Mac).flatMap(({ candidates }) => candidates);
}

const TEMPLATES = [
  'https://pbx.example.com/p/{mac}.cfg',
  'https://pbx.example.com/p/{MAC}.cfg?m={mac}',
  'https://pbx.example.com/$mac/$MA/$MAU/$MAC.xml',
  'HTTP://pbx.example.com:8443/a$MACx',
  'https://pbx.example.com/$price/{mac}',
];

test.each(PERSONA_VENDORS)('shows the address that a %s phone asks for first', (vendor) => {
  const asker: Asker = { vendor, found: null, ...nobody };
  const persona: Persona = { vendor, userAgent: null, ...nobody };
  for (const template of TEMPLATES) {
    expect(expandAddress(template, asker, MAC), template).toEqual({
      kind: 'url',
      from: 'variables',
      url: asked(template, persona)[0],
    });
  }
  const file = 'https://pbx.example.com/a/sub.conf?x=1';
  expect(expandAddress(file, asker, MAC)).toEqual({ kind: 'url', from: 'file', url: asked(file, persona)[0] });
});

test.each(PERSONA_VENDORS)(
  "shows one of the files that a %s phone asks for in a directory, the device's own",
  (vendor) => {
    for (const more of [nobody, { model: 'D865', phoneType: null, firmwareVersion: null }]) {
      for (const template of [
        'https://pbx.example.com',
        'https://pbx.example.com/p/',
        'https://pbx.example.com/p?t=1',
      ]) {
        const shown = expandAddress(template, { vendor, found: null, ...more }, MAC);
        const all = asked(template, { vendor, userAgent: null, ...more });
        expect(shown).toMatchObject({ kind: 'url', from: 'directory' });
        expect(all).toContain(shown.kind === 'url' && shown.url);
        // Where any of them names the MAC, it is one that does.
        const named = all.some((url) => url.replaceAll('_', '').toLowerCase().includes(MAC));
        if (named && shown.kind === 'url') expect(shown.url.replaceAll('_', '').toLowerCase()).toContain(MAC);
      }
    }
  },
);

test('takes what test-connection found where the choice is auto', () => {
  const shown = expandAddress('https://pbx.example.com/{mac}.htm', { vendor: 'auto', found: 'snom', ...nobody }, MAC);
  expect(shown).toMatchObject({ url: 'https://pbx.example.com/00005E0053AA.htm' });
});

test.each([
  ['https://pbx.example.com/{ma}.cfg', { kind: 'unknown-variable', name: '{ma}' }],
  ['https://pbx.example.com/{phone_type}.htm', { kind: 'needs-persona', name: '{phone_type}' }],
  ['pbx.example.com/{mac}.cfg', { kind: 'no-url' }],
  ['ftp://pbx.example.com/{mac}.cfg', { kind: 'no-url' }],
  ['', { kind: 'no-url' }],
] as const)('says what is wrong with %s', (template, said) => {
  expect(expandAddress(template, { vendor: 'snom', found: null, ...nobody }, MAC)).toEqual(said);
});

test('reads MACs in any spelling, and hosts', () => {
  expect(readMac('00-00-5E-00-53-AA')).toBe(MAC);
  expect(readMac('0000.5e00.53aa')).toBe(MAC);
  expect(readMac('00005e0053a')).toBeNull();
  expect(hostOf('https://pbx.example.com:8443/{mac}.cfg')).toBe('pbx.example.com:8443');
  expect(hostOf(null)).toBeNull();
});
