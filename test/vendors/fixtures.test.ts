import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Reading, readConfig } from '../../vendors/read.ts';
import { VENDORS } from '../../vendors/registry.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** Warnings are a set: their order has no meaning. */
function comparable(reading: Reading): unknown {
  return { ...reading, fields: { ...reading.fields }, warnings: reading.warnings.toSorted() };
}

for (const vendor of VENDORS) {
  const folder = join(FIXTURES, vendor.id);
  const files = readdirSync(folder).filter((name) => !name.endsWith('.json'));

  describe(`fixtures of ${vendor.name}`, () => {
    test('are there: plain, full and awkward', () => {
      expect(files.length).toBeGreaterThanOrEqual(3);
    });

    test.each(files)('%s reads as its .json says, with and without the vendor named', (name) => {
      const bytes = readFileSync(join(folder, name));
      const expected: Reading = JSON.parse(readFileSync(join(folder, name.replace(/\.\w+$/, '.json')), 'utf8'));
      for (const options of [{}, { vendor: vendor.id }]) {
        const result = readConfig([{ name, bytes }], options);
        if (result.kind !== 'config') throw new Error(result.message);
        expect(comparable(result.reading)).toEqual(comparable(expected));
      }
    });

    test.each(files)('%s shows no secret among its fields', (name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const result = readConfig([{ name, bytes: Buffer.from(text) }]);
      if (result.kind !== 'config') throw new Error(result.message);
      const shown = Object.values(result.reading.fields).join('\n');
      for (const [, secret] of text.matchAll(/passw(?:or)?d\s*=\s*(?:\w+:)?(.+)/gi)) {
        expect(shown).not.toContain((secret ?? '').trim());
      }
      expect(shown).not.toContain('hidden-');
    });
  });
}
