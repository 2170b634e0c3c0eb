// Both directions of every vendor in the registry: what we write, we read again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sniff } from '../../parsers/sniff.ts';
import type { Mac } from '../../vendors/mac.ts';
import type { FunctionKey, HostPort, Line, LineSetting, PhoneFacts, SettingName } from '../../vendors/model.ts';
import { type ConfigFile, type Reading, type ReadOptions, readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';
import type { Format } from '../../vendors/vendor.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

const awkward = fc.constantFrom(
  'p#ss=w;rd%41\\ &<x>',
  '"quoted"',
  "o'brien",
  '#begins',
  ';x',
  '[ account ]',
  'ümläut 日本 🙂',
  'a  b',
  '%NULL',
  '{mac}',
);
const text = fc.oneof(awkward, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }));
const userName = fc.oneof(fc.stringMatching(/^[0-9]{3,6}$/), fc.stringMatching(/^[a-z][a-z0-9._-]{0,10}$/), text);
const hostName = fc.constantFrom('pbx.example.com', '192.0.2.7', '2001:db8::7', 'sbc-1.example.net');
const port = fc.integer({ min: 1, max: 65_535 });
const transport = fc.constantFrom('udp' as const, 'tcp' as const, 'tls' as const, 'dns-srv' as const);
/** A certificate authority of no use to anybody, for what is written into files. */
const CA_PEM = readFileSync(join(import.meta.dirname, '../../fixtures/tls/client.pem'), 'utf8');
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 3 });
const endpoint: fc.Arbitrary<HostPort> = fc.record({ host: hostName, port: orNull(port) });

function line(number: number): fc.Arbitrary<Line> {
  return fc
    .record({
      line: fc.constant(number),
      enabled: orNull(fc.boolean()),
      userName: orNull(userName),
      authName: orNull(text),
      password: orNull(text),
      displayName: orNull(text),
      label: orNull(text),
      registrar: fc
        .record({ host: orNull(hostName), port: orNull(port), transport: orNull(transport) })
        .map((found) => (found.host === null ? null : found)),
      outboundProxy: orNull(endpoint),
      backup: orNull(
        fc.oneof(endpoint, fc.record({ host: hostName, port: orNull(port), transport }) as fc.Arbitrary<HostPort>),
      ),
      backupOutboundProxy: fc.option(endpoint, { nil: undefined }),
      expiresSeconds: orNull(fc.integer({ min: 1, max: 86_400 })),
    })
    .map(({ backupOutboundProxy, ...rest }) =>
      backupOutboundProxy === undefined ? rest : { ...rest, backupOutboundProxy },
    );
}

const VALUES: Readonly<Record<SettingName, fc.Arbitrary<LineSetting['value']>>> = {
  srtp: fc.constantFrom('off', 'optional', 'required'),
  dtmf: fc.constantFrom('inband', 'rfc2833', 'info', 'rfc2833+info'),
  dtmfInfo: fc.constantFrom('dtmf-relay', 'dtmf', 'telephone-event'),
  codecs: fc.shuffledSubarray(['PCMU', 'PCMA', 'G722', 'G729', 'opus', 'iLBC'], { minLength: 1 }),
  voiceMailbox: fc.constantFrom('*97', '5000', '*1#'),
  keepAlive: fc.constantFrom('off', 'packets', 'options', 'notify'),
  keepAliveSeconds: fc.integer({ min: 15, max: 3600 }),
  nat: fc.constantFrom('off', 'stun', 'manual'),
  rport: fc.boolean(),
};

/** Lines and settings that the format has places for, so that most of them come back. */
function configOf(format: Format): fc.Arbitrary<{ lines: Line[]; settings: LineSetting[] }> {
  const names = (Object.keys(VALUES) as SettingName[]).filter((name) => format.table.settings[name] !== undefined);
  const most = Math.min(16, format.table.mostLines);
  return fc.uniqueArray(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 4 }).chain((numbers) =>
    fc.record({
      lines: fc.tuple(...numbers.toSorted((a, b) => a - b).map((number) => line(number).map(fitting(format)))),
      settings: fc
        .tuple(
          ...names.flatMap((name) => {
            const fact = format.table.settings[name];
            const value = fc.option(VALUES[name], { nil: null, freq: 2 });
            const of = (lines: readonly number[], said: LineSetting['value'] | null) =>
              said === null ? [] : lines.map((line): LineSetting => ({ line, name, value: said, key: '' }));
            // What the format has once for all lines comes back only where all say it.
            const isShared = fact !== undefined && 'ofAllLines' in fact && fact.ofAllLines === true;
            if (isShared) return [value.map((said) => of(numbers, said))];
            return numbers.map((number) => value.map((said) => of([number], said)));
          }),
        )
        .map((all) => all.flat()),
    }),
  );
}

/** Takes from half of the lines what the format has no place for; the other half shows that it says so. */
function fitting(format: Format): (line: Line) => Line {
  const { lines: rows } = format.table;
  const text = (field: 'label' | 'authName' | 'displayName', of: Line) =>
    rows[field] === undefined ? null : of[field];
  return (of) => {
    if (of.expiresSeconds !== null && of.expiresSeconds % 2 === 1) return of;
    const { backupOutboundProxy, ...rest } = of;
    return {
      ...rest,
      ...(backupOutboundProxy !== undefined && rows.backupOutboundHost !== undefined && { backupOutboundProxy }),
      enabled: rows.enabled === undefined ? null : of.enabled,
      label: text('label', of),
      authName: text('authName', of),
      displayName: text('displayName', of),
      outboundProxy: rows.outboundHost === undefined ? null : of.outboundProxy,
      backup: rows.backupHost === undefined ? null : of.backup && { host: of.backup.host, port: of.backup.port },
      expiresSeconds: rows.expiresSeconds === undefined || of.expiresSeconds === null ? null : of.expiresSeconds * 60,
    };
  };
}

const url = fc.constantFrom(
  'https://prov.example.com/p/a?x=1&y=2',
  'http://192.0.2.9:8080/dir/',
  'https://example.com/f.bin',
);
const PHONE: { readonly [Field in keyof PhoneFacts]: fc.Arbitrary<PhoneFacts[Field]> } = {
  language: fc.constantFrom('en', 'de', 'fr', 'es', 'it', 'nl'),
  timeZone: fc.constantFrom('Europe/Berlin', 'Europe/London', 'America/New_York', 'UTC'),
  ntpServer: fc.constantFrom('ntp.example.com', '192.0.2.123'),
  clock24Hours: fc.boolean(),
  adminName: fc.constantFrom('admin', 'root'),
  adminPassword: text,
  userPassword: text,
  vlanId: fc.integer({ min: 1, max: 4094 }),
  vlanPriority: fc.integer({ min: 0, max: 7 }),
  pcVlanId: fc.integer({ min: 1, max: 4094 }),
  provisioningUrl: url,
  provisioningUserName: text,
  provisioningPassword: text,
  pollingMinutes: fc.constantFrom(60, 1440, 10_080),
  dhcpProvisioning: fc.boolean(),
  pnpProvisioning: fc.boolean(),
  redirectProvisioning: fc.boolean(),
  firmwareUrl: url,
  phoneBookUrl: url,
  phoneBookName: text,
  languageFileUrl: url,
  toneFileUrl: url,
  logoUrl: url,
  dialPlan: fc.constantFrom('x.', '(*xx|[2-9]xxxxxx|00x.)'),
  numberReplacements: fc.array(
    fc.record({ match: fc.constantFrom('0x.', '9(.*)'), replace: fc.constantFrom('+49', '$1') }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  trustedCertificates: fc.constant([CA_PEM]),
};
const functionKey: fc.Arbitrary<FunctionKey> = fc.record({
  key: fc.integer({ min: 1, max: 8 }),
  module: fc.constantFrom(0, 0, 0, 1),
  type: fc.constantFrom('blf', 'speedDial', 'park'),
  line: fc.constant(1),
  value: fc.stringMatching(/^[0-9*]{2,5}$/),
  label: orNull(fc.constantFrom('Ada', 'Front & Desk', 'Zoë')),
});

/** What the format has places for: a part of it each time. */
function phoneOf(format: Format): fc.Arbitrary<Partial<PhoneFacts> & { functionKeys?: FunctionKey[] }> {
  const fields = (Object.keys(PHONE) as (keyof PhoneFacts)[]).filter(
    (field) => format.table.phone[field] !== undefined,
  );
  const keys = fc.uniqueArray(functionKey, {
    minLength: 1,
    maxLength: 4,
    selector: ({ key, module }) => `${module} ${key}`,
  });
  return fc.record(
    {
      ...Object.fromEntries(fields.map((field) => [field, PHONE[field]])),
      ...(format.table.functionKeys !== null && {
        functionKeys: keys.map((all) => all.toSorted((a, b) => a.module - b.module || a.key - b.key)),
      }),
    },
    { requiredKeys: [] },
  );
}

const PLAIN_LINE = lineWith();

/** The key depends on the vendor, the order on its table. */
function comparable(settings: readonly LineSetting[]): string[] {
  return settings.map(({ line, name, value }) => JSON.stringify([line, name, value])).toSorted();
}

const MAC = '00005e005301' as Mac;
const FOLDER = join(import.meta.dirname, '../../fixtures');

function filesOf(result: { files: readonly { name: string; text: string }[] }): ConfigFile[] {
  return result.files.map(({ name, text }) => ({ name, bytes: Buffer.from(text) }));
}

/** Every naming that can be written, of every vendor. */
const WRITABLE = VENDORS.flatMap((vendor) =>
  vendor.formats.filter(({ writer }) => writer !== null).map((format) => ({ vendor, format, name: format.id })),
);

/** What a format without a switch says of a line that is not off. */
function asRead(lines: readonly Line[], format: Format): Line[] {
  return lines.map((line) => (format.table.lines.enabled === undefined ? { ...line, enabled: true } : line));
}

describe.each(WRITABLE)('$name', ({ vendor, format }) => {
  const write = ({ lines, settings }: { lines: Line[]; settings: LineSetting[] }) =>
    writeConfig(vendor.id, { lines, settings }, { mac: MAC, format: format.id });

  test('reads what it wrote, or refuses to write it', () => {
    let written = 0;
    let same = 0;
    let tried = 0;
    fc.assert(
      fc.property(configOf(format), (config) => {
        tried += 1;
        const result = write(config);
        if (!result.ok) {
          expect(result.message).toMatch(new RegExp(`^cannot write [\\w.]+ as ${vendor.id}: .+`));
          return;
        }
        written += 1;
        const read = readConfig(filesOf(result), { mac: MAC });
        if (read.kind !== 'config') throw new Error(read.message);
        expect(read.reading.vendor).toBe(vendor.id);
        if (result.warnings.length > 0) return;
        same += 1;
        expect(read.reading.lines).toEqual(asRead(config.lines, format));
        expect(comparable(read.reading.settings)).toEqual(comparable(config.settings));
        expect(read.reading.warnings.filter((warning) => warning !== 'crlf')).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(written).toBeGreaterThan(tried / 8);
    expect(same).toBeGreaterThan(tried / 20);
  });

  test('writes no key twice, nothing empty, the same each time', () => {
    fc.assert(
      fc.property(configOf(format), (config) => {
        const result = write(config);
        if (!result.ok) return;
        expect(write(config)).toEqual(result);
        for (const { name, bytes } of filesOf(result)) {
          const body = sniff(bytes);
          if (body.kind !== 'text' || format.recognise(body) === 'no') continue;
          const { entries } = format.parse(body.text, { name, mac: MAC, model: null });
          expect(entries.filter(({ value }) => value === '')).toEqual([]);
          const keys = entries.map(({ key }) => key);
          expect(new Set(keys).size).toBe(keys.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('keeps what it says of the whole phone', () => {
    fc.assert(
      fc.property(phoneOf(format), (phone) => {
        const lines: Line[] = [PLAIN_LINE];
        const result = writeConfig(vendor.id, { lines, phone }, { mac: MAC, format: format.id });
        if (!result.ok) {
          expect(result.message).toMatch(new RegExp(`^cannot write [\\w.]+ as ${vendor.id}: .+`));
          return;
        }
        const read = readConfig(filesOf(result), { mac: MAC });
        if (read.kind !== 'config') throw new Error(read.message);
        const near = result.warnings.map((warning) => warning.split(':')[1]);
        const kept = read.reading.phone().phone as Record<string, unknown>;
        for (const [field, value] of Object.entries(phone)) {
          if (!near.includes(field)) expect([field, kept[field]]).toEqual([field, value]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a line break in any value is refused by the name of the field', () => {
    for (const field of ['password', 'displayName', 'label', 'userName', 'authName'] as const) {
      for (const bad of ['a\nb', 'a\rb', 'a\0b']) {
        const result = write({ lines: [{ ...PLAIN_LINE, [field]: bad }], settings: [] });
        if (result.ok) expect(result.warnings).toContain(`not-written:${field}:1`);
        else expect(result.message).toMatch(new RegExp(`^cannot write ${field} as ${vendor.id}: `));
      }
    }
  });
});

/** Every file of the fixtures whose maker's files are written. */
const FIXTURES = VENDORS.filter(({ formats }) => formats.some(({ writer }) => writer !== null)).flatMap((vendor) =>
  readdirSync(join(FOLDER, vendor.id))
    .filter((name) => !name.endsWith('.json'))
    .map((name) => ({ vendor, name })),
);

test.each(FIXTURES)('$vendor.id $name: written as it was read, it stays the same', ({ vendor, name }) => {
  const path = join(FOLDER, vendor.id, name);
  const { options } = JSON.parse(readFileSync(path.replace(/\.\w+$/, '.json'), 'utf8')) as { options?: ReadOptions };
  const ofFixture = readConfig([{ name, bytes: readFileSync(path) }], options);
  if (ofFixture.kind !== 'config') throw new Error(ofFixture.message);
  const own = vendor.formats.find(({ id, writer }) => id === ofFixture.reading.format && writer !== null);
  const write = (reading: Reading) => {
    const { phone, access } = reading.phone();
    const { lines, settings } = reading;
    return writeConfig(
      vendor.id,
      { lines, settings, phone, access },
      { mac: MAC, ...(own !== undefined && { format: own.id }) },
    );
  };
  const first = write(ofFixture.reading);
  if (!first.ok) {
    // A value that the format cannot carry, or an old format's that the new one has no place for.
    expect(first.message).toMatch(new RegExp(`^cannot write [\\w.]+ as ${vendor.id}: .+`));
    return;
  }
  const again = readConfig(filesOf(first), { mac: MAC, vendor: vendor.id });
  if (again.kind !== 'config') {
    expect(ofFixture.reading.lines).toEqual([]);
    return;
  }
  const second = write(again.reading);
  expect(second.ok && second.files).toEqual(first.files);
});

test('every vendor answers what shared code asks', () => {
  expect(new Set(VENDORS.map(({ id }) => id)).size).toBe(VENDORS.length);
  for (const vendor of VENDORS) {
    expect(vendor.didFields.length).toBeGreaterThan(0);
    for (const key of vendor.didFields) expect([key, vendor.isSecret(key)]).toEqual([key, false]);
    expect(vendor.persona.userAgent({ model: 'X1', firmware: '1.2', phoneType: null, mac: MAC })).toMatch(/^[ -~]+$/);
    expect(vendor.persona.directory({ model: 'X1', firmware: '1', phoneType: null, mac: MAC }).length).toBeGreaterThan(
      0,
    );
    expect(new Set(vendor.models.map(({ id }) => id.toLowerCase())).size).toBe(vendor.models.length);
    for (const model of vendor.models) expect(model.lines).toBeGreaterThan(0);
    for (const { table } of vendor.formats) {
      for (const fact of [
        ...Object.values(table.lines),
        ...Object.values(table.settings),
        ...Object.values(table.phone),
      ]) {
        expect((fact as { source: string }).source).not.toBe('');
      }
      const { password } = table.lines;
      for (const key of password !== undefined && 'keys' in password ? password.keys : []) {
        const name =
          typeof key === 'string' ? key.replace('{n}', '1').replace('{n0}', '0') : key(1, { get: () => undefined });
        if (name !== null) expect([name, vendor.isSecret(name)]).toEqual([name, true]);
      }
    }
  }
});
