// What a browser has to load: at most so much for the first screen, and for each one after it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const BUILT = join(import.meta.dirname, '../dist/web');
const KB = 1000;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(BUILT, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
const entry = 'index.html';

function chunkOf(name: string): Chunk {
  const chunk = manifest[name];
  if (chunk === undefined) throw new Error(`the manifest has no ${name}`);
  return chunk;
}

/** The chunk and all that it imports at once. */
function closure(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of chunkOf(name).imports ?? []) closure(imported, found);
  return found;
}

const sizes = new Map<string, number>();
function zipped(file: string): number {
  const known = sizes.get(file) ?? gzipSync(readFileSync(join(BUILT, file))).length;
  sizes.set(file, known);
  return known;
}
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const first = closure(entry);
const screens = (chunkOf(entry).dynamicImports ?? []).filter((name) => name.includes('screens/'));

it('is at most 220 kB of JavaScript for the first screen, whichever it is', () => {
  const own = sum([...first].map((name) => zipped(chunkOf(name).file)));
  const most = screens.map(
    (name) =>
      own + sum([...closure(name)].filter((each) => !first.has(each)).map((each) => zipped(chunkOf(each).file))),
  );
  const home = screens.findIndex((name) => name.includes('screens/home/'));
  const signIn = screens.findIndex((name) => name.includes('screens/open/sign-in'));
  console.info(`first screen: home ${most[home]} bytes, sign-in ${most[signIn]} bytes gzip`);
  expect(most[home]).toBeLessThanOrEqual(220 * KB);
  expect(most[signIn]).toBeLessThanOrEqual(220 * KB);
});

it('is at most 80 kB more for each later screen', () => {
  const heavy = screens
    .map(
      (name) =>
        [
          name,
          sum([...closure(name)].filter((each) => !first.has(each)).map((each) => zipped(chunkOf(each).file))),
        ] as const,
    )
    .filter(([, bytes]) => bytes > 80 * KB);
  expect(screens.length).toBeGreaterThan(20);
  expect(heavy).toEqual([]);
});

it('is at most 40 kB of style for the first screen', () => {
  const styles = new Set(
    [...first, ...closure(screens.find((name) => name.includes('screens/home/')) ?? entry)].flatMap(
      (name) => chunkOf(name).css ?? [],
    ),
  );
  expect(sum([...styles].map(zipped))).toBeLessThanOrEqual(40 * KB);
});
