import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Reading, type ReadOptions, readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** What a fixture's .json holds; `options` where reading needs to be told more than the name of the file. */
type Expected = Omit<Reading, 'field' | 'phone' | 'keyOf' | 'secrets'>;

/** Warnings are a set: their order has no meaning. */
function comparable(reading: Expected): unknown {
  return { ...reading, fields: { ...reading.fields }, warnings: reading.warnings.toSorted() };
}

for (const vendor of VENDORS) {
  const folder = join(FIXTURES, vendor.id);
  const files = readdirSync(folder).filter((name) => !name.endsWith('.json'));
  const load = (name: string) => {
    const json = JSON.parse(readFileSync(join(folder, `${name.replace(/\.\w+$/, '')}.json`), 'utf8'));
    const { options = {}, ...expected } = json as Expected & { options?: ReadOptions };
    return { bytes: readFileSync(join(folder, name)), expected, options };
  };

  describe(`fixtures of ${vendor.name}`, () => {
    test('are there: plain, full and awkward', () => {
      expect(files.length).toBeGreaterThanOrEqual(3);
    });

    test.each(files)('%s reads as its .json says, with and without the vendor named', (name) => {
      const { bytes, expected, options } = load(name);
      for (const more of [{}, { vendor: vendor.id }]) {
        const result = readConfig([{ name, bytes }], { ...options, ...more });
        if (result.kind !== 'config') throw new Error(result.message);
        expect(comparable(result.reading)).toEqual(comparable(expected));
      }
    });

    test.each(files)('%s shows no secret among its fields', (name) => {
      const { bytes, options } = load(name);
      const result = readConfig([{ name, bytes }], options);
      if (result.kind !== 'config') throw new Error(result.message);
      const shown = Object.values(result.reading.fields);
      for (const { password, ha1 } of result.reading.lines) {
        // A password that is also the user's number (somebody's idea) tells nothing.
        for (const secret of [password, ha1]) if (secret && !/^\d+$/.test(secret)) expect(shown).not.toContain(secret);
      }
      // In fixtures every other secret begins so.
      expect(shown.join('\n')).not.toContain('hidden-');
    });
  });
}
