// The packed package: below node_modules Node strips no types, so what we ship must be JavaScript and complete.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { provender } from '../help/cli.ts';

const root = join(import.meta.dirname, '../..');
let folder: string;
let installed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'provender-packed-'));
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: 'ignore' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  // As `npm install` lays it out, with the dependencies of the checkout instead of a registry's.
  const modules = join(folder, 'node_modules');
  installed = join(modules, 'provender');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(folder, tarball), '-C', installed, '--strip-components=1']);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('parses a file as an installed package, with no TypeScript in it', async () => {
  writeFileSync(join(folder, 'one.cfg'), '#!version:1.0.0.1\naccount.1.user_name = 2101\naccount.1.password = pw\n');
  const launcher = join(installed, 'bin/provender.js');
  const { code, stdout, stderr } = await provender(['parse', '--json', 'one.cfg'], { cwd: folder, launcher });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)[0].lines[0].userName).toBe('2101');
  expect(readdirSync(installed).toSorted()).toEqual(
    expect.arrayContaining(['bin', 'dist', 'migrations', 'package.json']),
  );
  expect(readdirSync(installed)).not.toContain('src');
  expect(readdirSync(join(installed, 'dist/web')).toSorted()).toEqual(expect.arrayContaining(['assets', 'index.html']));
});

it('loads every command of the installed package', async () => {
  const launcher = join(installed, 'bin/provender.js');
  for (const command of ['start', 'api', 'worker', 'check', 'harvest', 'fetch']) {
    // Fails after the command was loaded, at the first thing that it checks.
    const { stderr } = await provender([command, '--data', '/dev/null/x', '--url', 'x'].slice(0, 3), { launcher });
    expect(stderr).not.toMatch(/ERR_|Cannot find/);
  }
});

it('runs from a checkout as npx provender, without a network and with an empty cache', () => {
  const env = { ...process.env, npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' };
  const { status, stdout } = spawnSync('npx', ['provender', '--version'], { cwd: root, env, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '0.1.0\n' });
});
