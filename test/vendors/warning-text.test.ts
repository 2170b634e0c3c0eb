// Every warning has its sentence, and every sentence a warning.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explained, WARNINGS } from '../../vendors/warning-text.ts';

const ROOT = join(import.meta.dirname, '../..');

function filesIn(folder: string, end: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => end.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

/** Codes that the sources hand on as warnings or notes. */
function codesInSources(): Set<string> {
  const codes = new Set<string>();
  for (const text of [...filesIn('vendors', /\.ts$/), ...filesIn('parsers', /\.ts$/)]) {
    for (const [, code = ''] of text.matchAll(/\bwarn(?:ings\.(?:push|add))?\(\s*[`'"]([a-z0-9]+(?:-[a-z0-9]+)*)/g)) {
      codes.add(code);
    }
    for (const [, code = ''] of text.matchAll(/\b(?:code|note): '([a-z0-9]+(?:-[a-z0-9]+)*)'/g)) codes.add(code);
    for (const [, code = ''] of text.matchAll(/warnings: \[\.{0}'([a-z0-9]+(?:-[a-z0-9]+)*)/g)) codes.add(code);
  }
  return codes;
}

test('every code that the sources can say has a sentence', () => {
  const codes = codesInSources();
  expect(codes.size).toBeGreaterThan(25);
  expect([...codes].filter((code) => !Object.hasOwn(WARNINGS, code))).toEqual([]);
});

test('every warning of a fixture has a sentence', () => {
  const warnings = filesIn('fixtures', /\.json$/).flatMap((text) => {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && 'warnings' in json ? (json.warnings as string[]) : [];
  });
  expect(warnings.length).toBeGreaterThan(50);
  expect(warnings.filter((warning) => explained(warning) === warning)).toEqual([]);
});

test('no sentence is of a code that nobody says', () => {
  const sources = [...filesIn('vendors', /\.ts$/), ...filesIn('parsers', /\.ts$/)].filter(
    (text) => !text.includes('export const WARNINGS'),
  );
  const isSaid = (code: string) => sources.some((text) => new RegExp(`[\`'"]${code}[\`'":]`).test(text));
  expect(Object.keys(WARNINGS).filter((code) => !isSaid(code))).toEqual([]);
});

test('a sentence stands behind its warning, a key among the names of objects has none', () => {
  expect(explained('not-written:dialPlan')).toMatch(/^not-written:dialPlan \(the format has no place for it/);
  expect(explained('constructor:x')).toBe('constructor:x');
});
