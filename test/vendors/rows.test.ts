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
];

describe.each([...new Set(CASES.map(([vendor]) => vendor))])('%s', (vendor) => {
  test.each(CASES.filter(([of]) => of === vendor))('%s: %s', (_vendor, _what, of) => check(vendor, of));
});
