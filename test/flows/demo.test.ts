// The demo as a newcomer runs it, once: what it says at the end is true, and it shows no secret.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeCluster } from '../../src/store/cluster.ts';
import { provender, type Ran } from '../help/cli.ts';

let folder: string;
let ran: Ran;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provender-demo-'));
  // A database and a key file that the environment names are none of the demo's business.
  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', PROVENDER_KEY_FILE: join(folder, 'other.key') };
  ran = await provender(['start', '--demo', '--exit', '--port', '0'], { cwd: folder, env });
}, 180_000);

afterAll(() => {
  removeCluster(join(folder, 'data-demo'));
  rmSync(folder, { recursive: true, force: true });
});

it('ends well with 46 users provisioned and four as planned', () => {
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.stdout.split('\n')).toContain('46 of 50 provisioned, 4 as planned');
});

it('shows the four codes, each once, with what to do', () => {
  const summary = ran.stdout.slice(ran.stdout.indexOf('46 of 50'));
  for (const code of ['HTTP_404', 'HTTP_401', 'BODY_HTML', 'MAC_MISMATCH']) {
    expect(summary).toMatch(new RegExp(`^ {2}${code} `, 'm'));
    expect(summary).toMatch(new RegExp(`✗ .*${code}$`, 'm'));
  }
  expect(summary.match(/Next: /g)?.length).toBeGreaterThanOrEqual(4);
});

it('fits into 80 columns and has no colour where nobody sees it', () => {
  expect(Math.max(...ran.stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
  expect(ran.stdout).not.toContain('\x1b');
});

it('shows no password', () => {
  expect(ran.stdout).not.toContain('Sommer;2019#alt');
  expect(ran.stdout).not.toContain('Fetch#all');
  expect(ran.stdout).not.toMatch(/pvk_/);
  expect(readFileSync(join(folder, 'data-demo', 'master.key'), 'utf8')).not.toBe('');
});

it('begins anew in its own folder, and refuses one that is in use', async () => {
  const named = join(folder, 'data-demo');
  const { code, stderr } = await provender(['start', '--demo', '--exit', '--data', named]);
  expect(code).toBe(1);
  expect(stderr).toContain('is not empty');
});
