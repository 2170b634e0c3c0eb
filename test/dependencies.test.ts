// What comes from others is what was looked at: exact versions, each with its hash in the lock.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8');

test('A23 dependencies are exact versions, locked with a hash, from the registry alone; CI installs the lock and nothing else', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>;
  const wanted = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version?: string; integrity?: string; link?: boolean; inBundle?: boolean }>;
  };
  const installed = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.inBundle);
  expect(installed.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([path]) => path)).toEqual(
    [],
  );
  expect(installed.filter(([, { link }]) => link).map(([path]) => path)).toEqual([]);
  expect(read('.ci/run')).toMatch(/^npm ci$/m);
});

test('all of drizzle-orm that is written as .js is a module, as src/quick-modules.ts tells Node', () => {
  const manifests = globSync('node_modules/drizzle-orm/**/package.json', { cwd: join(import.meta.dirname, '..') });
  expect(manifests.map((file) => [file, JSON.parse(read(file)).type])).toEqual([
    ['node_modules/drizzle-orm/package.json', 'module'],
  ]);
});
