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
const screens = (chunkOf(entry).dynamicImports ?? []).filter((name) => name.includes('screens/'));
const screen = (part: string): string => screens.find((name) => name.includes(part)) ?? part;

/** All that is loaded for a screen: those behind the sign-in have the frame around them. */
function loaded(name: string): Set<string> {
  const all = closure(name, closure(entry));
  return name.includes('screens/open/') ? all : closure('shell/shell.tsx', all);
}
const bytes = (names: Iterable<string>): number => sum([...names].map((name) => zipped(chunkOf(name).file)));

it.each(['screens/home/', 'screens/open/sign-in'])(
  'is at most 220 kB of JavaScript for the first screen, %s',
  (part) => {
    const own = bytes(loaded(screen(part)));
    console.info(`${part} ${own} bytes gzip`);
    expect(own).toBeLessThanOrEqual(220 * KB);
  },
);

it('is at most 80 kB more for each later screen', () => {
  const frame = closure('shell/shell.tsx', closure(entry));
  const heavy = screens
    .map((name) => [name, bytes(loaded(name).difference(frame))] as const)
    .filter(([, more]) => more > 80 * KB);
  expect(screens.length).toBeGreaterThan(20);
  expect(heavy).toEqual([]);
});

it('is at most 40 kB of style for the first screen', () => {
  const styles = new Set([...loaded(screen('screens/home/'))].flatMap((name) => chunkOf(name).css ?? []));
  expect(sum([...styles].map(zipped))).toBeLessThanOrEqual(40 * KB);
});
