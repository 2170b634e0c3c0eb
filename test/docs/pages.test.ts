// What the pages say exists: links, paths, commands with their options, settings.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/list.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

const PAGES = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** Without duplicates, sorted. */
function found(text: string, pattern: RegExp): string[] {
  return [...new Set(Array.from(text.matchAll(pattern), ([, first = '']) => first))].sort();
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  test('links to files that exist', () => {
    const links = found(text, /\]\(([^)#\s]+)[^)]*\)/g).filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  test('names files of the tree that exist', () => {
    const paths = found(text, /`((?:src|parsers|vendors|fetchers|test|docs|scripts|bench|bin|migrations)\/[\w./-]*)`/g);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('names commands that exist', () => {
    const known = COMMANDS.map(({ name }) => name);
    const named = found(text, /(?:`|npx |^|\s)provender ([a-z]+)\b(?= |`|$)/gm);
    // Prose has "Provender", and in `provender COMMAND` the word is in capitals.
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

test('the README has every command once, with options that it takes', () => {
  const rows = read('README.md').matchAll(/^\| `provender (\w+)([^`]*)` \|/gm);
  const table = new Map(Array.from(rows, ([, name = '', options = '']) => [name, found(options, /--([\w-]+)/g)]));
  expect([...table.keys()].sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  for (const command of COMMANDS) {
    expect(Object.keys(command.options)).toEqual(expect.arrayContaining(table.get(command.name) ?? []));
  }
});

test('docs/running.md has every environment variable, and no other', () => {
  const names = /\b(PROVENDER_[A-Z_]+|DATABASE_URL)\b/g;
  const settings = found(read('src/config.ts'), names);
  const table = found(read('docs/running.md'), /^\| `([A-Z_]+)` \|/gm);
  expect(table).toEqual(settings);
  for (const page of PAGES) expect(settings).toEqual(expect.arrayContaining(found(read(page), names)));
});

test('no page holds a token, a private host name or a path of one machine', () => {
  for (const page of PAGES) {
    expect(read(page)).not.toMatch(/pvk_[A-Za-z0-9_-]{20}/);
    expect(read(page)).not.toMatch(/(?:^|[\s"'(`])\/(?:home|root|tmp|work|Users)\//);
  }
});
