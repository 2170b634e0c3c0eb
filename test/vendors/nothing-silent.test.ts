// One field at a time, for every naming that can be written: it is in the file and read back, or it is named.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import type {
  Access,
  FunctionKey,
  Line,
  LineSetting,
  PhoneFacts,
  SettingFacts,
  SettingName,
} from '../../vendors/model.ts';
import { type Reading, readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';
import type { ToWrite } from '../../vendors/translate.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

const MAC = '00005e005301' as Mac;
const LINE = lineWith();
const CA_PEM = readFileSync(join(import.meta.dirname, '../../fixtures/tls/client.pem'), 'utf8');

/** Several of each, as formats differ in what they take: a row has to carry one of them at least. */
const PHONE: { readonly [Field in keyof PhoneFacts]: readonly PhoneFacts[Field][] } = {
  language: ['de', 'en', 'de-DE'],
  timeZone: ['Europe/Berlin'],
  ntpServer: ['ntp.example.com'],
  clock24Hours: [true, false],
  adminName: ['root'],
  adminPassword: ['4711'],
  userPassword: ['4712'],
  vlanId: [120],
  vlanPriority: [5],
  pcVlanId: [121],
  provisioningUrl: ['https://prov.example.com/p/'],
  provisioningUserName: ['prov'],
  provisioningPassword: ['secret-2'],
  pollingMinutes: [1440],
  dhcpProvisioning: [true, false],
  pnpProvisioning: [false, true],
  redirectProvisioning: [false, true],
  firmwareUrl: ['https://f.example.com/x.bin', 'https://f.example.com/2_8_0_D65_firmware.eff', 'x.bin'],
  phoneBookUrl: ['https://pbx.example.com/book.xml', 'ldap://pbx.example.com/'],
  phoneBookName: ['Company'],
  languageFileUrl: ['https://f.example.com/de.xml'],
  toneFileUrl: ['https://f.example.com/ring.wav'],
  logoUrl: ['https://f.example.com/logo.png', 'logo.png'],
  dialPlan: ['x.'],
  numberReplacements: [[{ match: '0x.', replace: '+49' }], [{ match: '0T', replace: 'rep:0049 1' }]],
  trustedCertificates: [[CA_PEM]],
};
const SETTINGS: { readonly [Name in SettingName]: readonly SettingFacts[Name][] } = {
  srtp: ['required', 'optional', 'off'],
  dtmf: ['rfc2833', 'info', 'inband', 'rfc2833+info'],
  dtmfInfo: ['dtmf-relay'],
  codecs: [['G722', 'PCMA', 'PCMU']],
  voiceMailbox: ['*97'],
  keepAlive: ['packets', 'options', 'notify', 'off'],
  keepAliveSeconds: [30],
  nat: ['stun', 'off', 'manual'],
  rport: [true, false],
};
const LINES: readonly (readonly [field: string, change: Partial<Line>])[] = [
  ['label', { label: 'Front desk' }],
  ['displayName', { displayName: 'Ada' }],
  ['authName', { authName: '2001a' }],
  ['outboundProxy', { outboundProxy: { host: 'edge.example.com', port: null } }],
  ['backup', { backup: { host: 'pbx2.example.com', port: null } }],
  [
    'backupOutboundProxy',
    {
      outboundProxy: { host: 'edge.example.com', port: null },
      backupOutboundProxy: { host: 'edge2.example.com', port: null },
    },
  ],
  ['expiresSeconds', { expiresSeconds: 600 }],
  ['registrar', { registrar: { host: 'pbx.example.com', port: 5070, transport: null } }],
  ['registrar', { registrar: { host: 'pbx.example.com', port: null, transport: 'tls' } }],
];
const KEYS: readonly FunctionKey[] = [
  { key: 3, module: 0, type: 'line', line: 1, value: null, label: 'Own' },
  { key: 3, module: 0, type: 'blf', line: 1, value: '201', label: 'Ada' },
  { key: 3, module: 0, type: 'speedDial', line: 1, value: '202', label: 'Bob' },
  { key: 3, module: 0, type: 'park', line: 1, value: '700', label: 'Park' },
];

const WRITABLE = VENDORS.flatMap((vendor) =>
  vendor.formats.filter(({ writer }) => writer !== null).map((format) => ({ vendor, format, name: format.id })),
);

/** What became of a field: `told` by its name, or read back, or (a fault) neither. */
type Fate = 'kept' | 'near' | 'told' | 'refused' | 'silent';

describe.each(WRITABLE)('$name', ({ vendor, format }) => {
  const fateOf = (field: string, config: Partial<ToWrite>, saysIt: (reading: Reading) => boolean): Fate => {
    const result = writeConfig(vendor.id, { lines: [LINE], ...config }, { mac: MAC, format: format.id });
    if (!result.ok) {
      // Of the parts of a field (registrar.port, functionKeys.3) the field is the first word; a file is refused as a whole.
      return new RegExp(`^cannot write (?:${field}|file)\\b`).test(result.message) ? 'refused' : 'silent';
    }
    const named = (code: string) => result.warnings.some((warning) => warning.startsWith(`${code}:${field}`));
    if (named('not-written')) return 'told';
    const files = result.files.map(({ name, text }) => ({ name, bytes: Buffer.from(text) }));
    const read = readConfig(files, { vendor: vendor.id, mac: MAC });
    if (read.kind === 'config' && saysIt(read.reading)) return 'kept';
    return named('written-as-near') ? 'near' : 'silent';
  };
  const same = (read: unknown, value: unknown) => JSON.stringify(read) === JSON.stringify(value);

  test.each(LINES)('%s of a line', (field, change) => {
    const fate = fateOf(field, { lines: [{ ...LINE, ...change }] }, ({ lines }) =>
      Object.entries(change).every(([name, value]) => same(lines[0]?.[name as keyof Line], value)),
    );
    expect(fate).not.toBe('silent');
  });

  test.each(Object.keys(SETTINGS) as SettingName[])('%s beside a line', (name) => {
    const fates = SETTINGS[name].map((value) =>
      fateOf(name, { settings: [{ line: 1, name, value, key: '' } as LineSetting] }, ({ settings }) =>
        settings.some((setting) => setting.name === name && same(setting.value, value)),
      ),
    );
    expect(fates).not.toContain('silent');
    if (format.table.settings[name] === undefined) expect(new Set(fates)).toEqual(new Set(['told']));
    else expect(fates.some((fate) => fate === 'kept' || fate === 'near')).toBe(true);
  });

  test.each(Object.keys(PHONE) as (keyof PhoneFacts)[])('%s of the phone', (field) => {
    // A login goes with its address where the format has one place for both.
    const beside = /^provisioning(?:UserName|Password)$/.test(field)
      ? { provisioningUrl: 'https://prov.example.com/p/' }
      : {};
    const fates = PHONE[field].map((value) =>
      fateOf(field, { phone: { ...beside, [field]: value } }, (reading) => same(reading.phone().phone[field], value)),
    );
    expect(fates).not.toContain('silent');
    if (format.table.phone[field] === undefined) expect(new Set(fates)).toEqual(new Set(['told']));
    else expect(fates.some((fate) => fate === 'kept' || fate === 'near')).toBe(true);
  });

  test.each(KEYS)('a key: $type', (key) => {
    const fate = fateOf('functionKeys', { phone: { functionKeys: [key] } }, (reading) =>
      (reading.phone().phone.functionKeys ?? []).some((found) => found.type === key.type && found.value === key.value),
    );
    expect(fate).not.toBe('silent');
    if (format.table.functionKeys === null) expect(fate).toBe('told');
  });

  test.each(['open', 'default', 'locked'] as const)('who may change it: %s', (access: Access) => {
    const result = writeConfig(
      vendor.id,
      { lines: [{ ...LINE, displayName: 'Ada' }], access: { displayName: access } },
      { mac: MAC, format: format.id },
    );
    if (!result.ok) throw new Error(result.message);
    const hasPlace = format.table.lines.displayName !== undefined;
    const isSaid = format.writer?.access.includes(access) === true;
    if (hasPlace) expect(result.warnings.includes('access-not-written:displayName')).toBe(!isSaid);
  });
});
