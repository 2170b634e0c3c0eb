import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/intake/csv.ts';
import { guardCell, unguardCell, writeCsv } from '../../src/intake/csv-out.ts';

const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
  fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', "'", '\t', '\r', '\n', '"', ',', ';', 'a', '1', '＝', '\uFEFF'),
  }),
);

describe('the guard against formulas', () => {
  it.each([
    ['=HYPERLINK("http://example.com")', '\'=HYPERLINK("http://example.com")'],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-5+cmd|x', "'-5+cmd|x"],
    ['+12025550100', "'+12025550100"],
    ["'=1", "''=1"],
    ["''=1", "'''=1"],
    ['\t=1', "'\t=1"],
    ['＝1', "'＝1"],
    ["'quoted'", "'quoted'"],
    ['0015651133aa', '0015651133aa'],
    ['', ''],
  ])('writes %j as %j', (text, guarded) => {
    expect(guardCell(text)).toBe(guarded);
    expect(unguardCell(guarded)).toBe(text);
  });

  it('A18 gives every text back', () => {
    fc.assert(fc.property(hostile, (text) => unguardCell(guardCell(text)) === text));
  });

  it('A18 never writes a cell that begins as a formula', () => {
    fc.assert(fc.property(hostile, (text) => !/^[=+\-@]/.test(guardCell(text))));
  });
});

describe('writeCsv', () => {
  it('is read again as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(hostile, hostile), { minLength: 1, maxLength: 8 }), async (rows) => {
        const kept = rows.filter((row) => row.some((cell) => cell.trim() !== ''));
        const result = await readCsv(Buffer.from(writeCsv([['name', 'prov_password'], ...rows])));
        expect(result.ok && result.table.rows.map((row) => row.cells)).toEqual(kept);
      }),
      { numRuns: 300 },
    );
  });
});
