// What servers do to the files that they fill in: nothing is escaped, a value brings a line of its own.
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import type { VendorId } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

const MAC = '00005e005301' as Mac;
const LINE = lineWith({ password: 'plain-password', displayName: 'Ada' });

function fileOf(vendor: VendorId, format: string): string {
  const written = writeConfig(vendor, { lines: [LINE] }, { mac: MAC, format });
  if (!written.ok) throw new Error(written.message);
  const file = written.files.find(({ text }) => text.includes('plain-password'));
  if (file === undefined) throw new Error(`no file of ${format} holds the password`);
  return file.text;
}

function passwordIn(vendor: VendorId, text: string): { password: string | null; warnings: readonly string[] } {
  const read = readConfig([{ name: 'x.cfg', bytes: Buffer.from(text) }], { vendor, mac: MAC });
  if (read.kind !== 'config') return { password: null, warnings: [read.reason] };
  return { password: read.reading.lines[0]?.password ?? null, warnings: read.reading.warnings };
}

const XML = VENDORS.flatMap(({ id, formats }) =>
  formats
    .filter(({ id: format, writer }) => writer !== null && /xml|profile/.test(format))
    .map((format) => ({ id, format: format.id })),
);

describe.each(XML)('$format', ({ id, format }) => {
  const text = fileOf(id, format);

  test.each(['e3#rl2(&ae#1', 'a&amp', 'x&y;z', '&&', 'p>q', "o'k"])(
    'a password %s that nobody escaped is read as it is',
    (raw) => {
      const { password, warnings } = passwordIn(
        id,
        text.replace('plain-password', () => raw),
      );
      expect(password).toBe(raw);
      if (raw.includes('&')) expect(warnings).toContain('raw-ampersand');
    },
  );

  test.each(['a<b', 'a<', '<<x', 'a</b'])(
    'a password %s that nobody escaped is read as it is, or the damage is named',
    (raw) => {
      const { password, warnings } = passwordIn(
        id,
        text.replace('plain-password', () => raw),
      );
      if (password !== raw) expect(warnings.length).toBeGreaterThan(0);
    },
  );
});

describe('a value that brings a setting of its own', () => {
  test.each<[VendorId, string, string]>([
    ['yealink', 'account.1.label = Ada\naccount.1.password = injected\n', 'account.1.password'],
    ['mitel', 'sip line1 screen name: Ada\nsip line1 password: injected\n', 'sip line1 password'],
    ['panasonic', 'DISPLAY_NAME_1="Ada"\r\nSIP_PASS_1="injected"\r\n', 'SIP_PASS_1'],
    [
      'akuvox',
      'Config.Account1.GENERAL.Label = Ada\nConfig.Account1.GENERAL.Pwd = injected\n',
      'Config.Account1.GENERAL.Pwd',
    ],
  ])('%s: the two values of the key are named', (vendor, injected, key) => {
    const format = VENDORS.find(({ id }) => id === vendor)?.formats.find(({ writer }) => writer !== null)?.id ?? '';
    const { warnings } = passwordIn(vendor, fileOf(vendor, format) + injected);
    expect(warnings).toContain(`duplicate-key:${key}`);
  });
});
