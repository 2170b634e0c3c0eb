// Both directions of every vendor in the registry: what we write, we read again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostPort, Line, LineSetting, SettingName } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';
import { writeConfig } from '../../vendors/write.ts';

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
      registrar: fc.record({ host: orNull(hostName), port: orNull(port), transport: orNull(transport) }),
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

const config = fc.uniqueArray(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 4 }).chain((numbers) =>
  fc.record({
    lines: fc.tuple(...numbers.toSorted((a, b) => a - b).map(line)),
    settings: fc
      .tuple(
        ...numbers.flatMap((number) =>
          (Object.keys(VALUES) as SettingName[]).map((name) =>
            fc.option(
              VALUES[name].map((value) => ({ line: number, name, value, key: '' })),
              { nil: null },
            ),
          ),
        ),
      )
      .map((all) => all.filter((setting) => setting !== null)),
  }),
);

/** The key depends on the vendor, the order on its table. */
function comparable(settings: readonly LineSetting[]): string[] {
  return settings.map(({ line, name, value }) => JSON.stringify([line, name, value])).toSorted();
}

describe.each(VENDORS)('$name', (vendor) => {
  test('reads what it wrote, or refuses to write it', () => {
    let written = 0;
    let tried = 0;
    fc.assert(
      fc.property(config, ({ lines, settings }) => {
        tried += 1;
        const result = writeConfig(vendor.id, { lines, settings });
        if (!result.ok) {
          expect(result.message).toMatch(new RegExp(`^cannot write [\\w.]+ as ${vendor.id}: .+`));
          return;
        }
        written += 1;
        const read = readConfig([{ name: 'written.cfg', bytes: Buffer.from(result.text) }]);
        if (read.kind !== 'config') throw new Error(read.message);
        expect(read.reading.vendor).toBe(vendor.id);
        if (result.warnings.length > 0) return;
        expect(read.reading.lines).toEqual(lines);
        expect(comparable(read.reading.settings)).toEqual(comparable(settings));
        expect(read.reading.warnings).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(tried / 4);
  });

  test('prints no key twice and nothing empty', () => {
    fc.assert(
      fc.property(config, ({ lines, settings }) => {
        const result = writeConfig(vendor.id, { lines, settings });
        if (!result.ok) return;
        const keys = result.text.split('\n').filter((row) => row !== '' && !row.startsWith('#'));
        expect(keys.filter((row) => /=\s*$/.test(row))).toEqual([]);
        const names = keys.map((row) => row.split('=', 1)[0]);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 100 },
    );
  });
});

test('every vendor answers what shared code asks', () => {
  for (const vendor of VENDORS) {
    expect(vendor.didFields.length).toBeGreaterThan(0);
    expect(vendor.formats.length).toBeGreaterThan(0);
    expect(vendor.lines.userName).toBeDefined();
    expect(vendor.lines.password).toBeDefined();
    for (const row of Object.values(vendor.lines)) expect(row.source).not.toBe('');
    for (const key of vendor.lines.password?.keys ?? []) expect(vendor.isSecret(key.replace('{n}', '1'))).toBe(true);
    for (const key of vendor.didFields) expect(vendor.isSecret(key)).toBe(false);
  }
});
