// docs/vendors.md holds the table that the program prints.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { provender } from '../help/cli.ts';

test('docs/vendors.md ends in the table of `provender vendors --markdown`', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/vendors.md'), 'utf8');
  const { code, stdout } = await provender(['vendors', '--markdown']);
  expect(code).toBe(0);
  expect(page.slice(page.indexOf('| vendor |'))).toBe(stdout);
});
