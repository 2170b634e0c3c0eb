// Rows of many makers, one by one: a value of ours, what the file says of it, and the same value read from that file.
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import type { Line, PhoneSettings, SettingFacts, SettingName, VendorId } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';

const MAC = '00005e0053ab' as Mac;
const LINE: Line = {
  line: 1,
  enabled: null,
  userName: '331',
  authName: null,
  password: 'pw',
  displayName: null,
  label: null,
  registrar: { host: 'pbx.example.com', port: null, transport: null },
  outboundProxy: null,
  backup: null,
  expiresSeconds: null,
};

interface Case {
  readonly settings?: Partial<SettingFacts>;
  readonly phone?: PhoneSettings;
  /** What must stand in the files. */
  readonly says: readonly string[];
  readonly model?: string;
  readonly format?: string;
  readonly warnings?: readonly string[];
}

function check(vendor: VendorId, { settings = {}, phone = {}, says, model, format, warnings = [] }: Case): void {
  const asked = Object.entries(settings).map(([name, value]) => ({
    line: 1,
    name: name as SettingName,
    value,
    key: '',
  }));
  const written = writeConfig(
    vendor,
    { lines: [LINE], settings: asked, phone },
    { mac: MAC, ...(model !== undefined && { model }), ...(format !== undefined && { format }) },
  );
  if (!written.ok) throw new Error(written.message);
  expect(written.warnings).toEqual(warnings);
  const text = written.files.map((file) => file.text).join('\n');
  for (const part of says) expect(text).toContain(part);
  const files = written.files.map((file) => ({ name: file.name, bytes: Buffer.from(file.text) }));
  const again = readConfig(files, { vendor, mac: MAC, ...(model !== undefined && { model }) });
  if (again.kind !== 'config') throw new Error(again.message);
  const { reading } = again;
  expect(Object.fromEntries(reading.settings.map(({ name, value }) => [name, value]))).toMatchObject(settings);
  expect(reading.phone().phone).toMatchObject(phone);
}

const CASES: readonly (readonly [vendor: VendorId, what: string, of: Case])[] = [
  [
    'yealink',
    'the password of a renamed admin',
    {
      phone: { adminPassword: 'hidden-1', adminName: 'root' },
      says: ['static.security.user_name.admin = root', 'static.security.user_password = root:hidden-1'],
    },
  ],
  [
    'htek',
    'language, clock, polling, DHCP and phone book',
    {
      phone: {
        language: 'de',
        clock24Hours: true,
        pollingMinutes: 1440,
        dhcpProvisioning: false,
        phoneBookUrl: 'https://pbx.example.com/book.xml',
        phoneBookName: 'Company',
      },
      says: ['<P8621>2<', '<P8624>0<', '<P194>1<', '<P193>1440<', '<P145>0<', '<P4401>https://', '<P3316>Company<'],
    },
  ],
  ['htek', 'HTTPS by its number', { phone: { provisioningUrl: 'https://p.example.com/' }, says: ['<P212>3<'] }],
  [
    'zoiper',
    'SRTP, digits and codecs',
    {
      settings: { srtp: 'required', dtmf: 'info', codecs: ['opus', 'PCMA', 'G722'] },
      says: ['<SIP_srtp_mode>SDES<', '<SIP_dtmf_style>SIP_info_numeric<', '<codec_id>35<', '<codec_id>6<'],
    },
  ],
  [
    'linphone',
    'SRTP, digits and codecs, which are those of the whole app',
    {
      settings: { srtp: 'required', dtmf: 'rfc2833+info', codecs: ['opus', 'PCMA'] },
      says: [
        'media_encryption" overwrite="true">srtp<',
        'use_info" overwrite="true">1<',
        '<section name="audio_codec_1">',
      ],
    },
  ],
];

describe.each([...new Set(CASES.map(([vendor]) => vendor))])('%s', (vendor) => {
  test.each(CASES.filter(([of]) => of === vendor))('%s: %s', (_vendor, _what, of) => check(vendor, of));
});
