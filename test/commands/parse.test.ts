// provender parse as a shell sees it. What the vendors make of a file is tested beside them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provender } from '../help/cli.ts';

const FILE = `#!version:1.0.0.1
account.1.enable = 1
account.1.label = 2025550101
account.1.display_name = Ada Sample
account.1.user_name = 2101
account.1.auth_name = 2101auth
account.1.password = Kx7#plain;Secret
account.1.sip_server.1.address = pbx.example.com
account.1.sip_server.1.port = 5061
account.1.sip_server.1.transport_type = 2
account.1.sip_server.1.expires = 600
`;

describe('provender parse', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'provender-parse-'));
    writeFileSync(join(folder, 'good.cfg'), FILE);
    writeFileSync(join(folder, 'page.cfg'), '<!DOCTYPE html><html><body>Please sign in</body></html>');
    writeFileSync(join(folder, 'empty.cfg'), '');
    writeFileSync(join(folder, 'huge.cfg'), `#!version:1.0.0.1\n${'#'.repeat(3 * 1024 * 1024)}`);
    writeFileSync(join(folder, 'boot.boot'), '#!version:1.0.0.1\ninclude:config "common.cfg"\n');
    writeFileSync(join(folder, 'rude.cfg'), FILE.replace('Ada Sample', 'Ada\x1b[31m\x1b]0;title\x07'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const parse = (...args: string[]) => provender(['parse', ...args], { cwd: folder });

  it('prints what it read as JSON, with dots for the password', async () => {
    const { code, stdout, stderr } = await parse('--json', 'good.cfg');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [only, ...others] = JSON.parse(stdout);
    expect(others).toEqual([]);
    expect(Object.keys(only).toSorted()).toEqual(
      ['file', 'vendor', 'format', 'lines', 'fields', 'includes', 'warnings'].toSorted(),
    );
    expect(only).toMatchObject({
      file: 'good.cfg',
      vendor: 'yealink',
      format: 'yealink-v70',
      includes: [],
      fields: { 'account.1.label': '2025550101', 'account.1.display_name': 'Ada Sample' },
    });
    expect(only.lines).toEqual([
      {
        line: 1,
        enabled: true,
        userName: '2101',
        authName: '2101auth',
        password: '••••••',
        displayName: 'Ada Sample',
        label: '2025550101',
        registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
        outboundProxy: null,
        backup: null,
        expiresSeconds: 600,
      },
    ]);
    expect(stdout).not.toContain('Kx7');
  });

  it('shows the password with --show-secrets, as JSON and as text', async () => {
    const json = await parse('--json', '--show-secrets', 'good.cfg');
    expect(JSON.parse(json.stdout)[0].lines[0].password).toBe('Kx7#plain;Secret');
    const text = await parse('--show-secrets', 'good.cfg');
    expect(text.stdout).toContain('Kx7#plain;Secret');
  });

  it('prints a table for people, with dots for the password', async () => {
    const { code, stdout } = await parse('good.cfg');
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'good.cfg: yealink (yealink-v70)',
      '  line  state  user  auth      password  server                    label       name        expires',
      '  1     on     2101  2101auth  ••••••    pbx.example.com:5061 tls  2025550101  Ada Sample  600 s',
    ]);
  });

  it('keeps the order of the files and goes on after one that fails', async () => {
    const { code, stdout, stderr } = await parse('--json', 'page.cfg', 'missing.cfg', 'good.cfg', 'empty.cfg');
    expect(code).toBe(1);
    const all = JSON.parse(stdout);
    expect(all.slice(0, 2)).toEqual([
      { file: 'page.cfg', notConfig: true, reason: 'BODY_HTML' },
      { file: 'missing.cfg', error: { code: 'FILE_NOT_FOUND', message: expect.stringContaining('missing.cfg') } },
    ]);
    expect(all[2].vendor).toBe('yealink');
    expect(all[3]).toEqual({ file: 'empty.cfg', notConfig: true, reason: 'BODY_EMPTY' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^page\.cfg: BODY_HTML: /);
    expect(stderr).not.toContain('    at ');
  });

  it('reads all files of a directory and below, in order, hidden ones left out', async () => {
    const inside = join(folder, 'dir');
    mkdirSync(join(inside, 'b'), { recursive: true });
    for (const name of ['b/z.cfg', 'b/a.cfg', 'c.cfg', '.hidden.cfg']) writeFileSync(join(inside, name), FILE);
    const { code, stdout, stderr } = await parse('--json', 'dir');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).map((one: { file: string }) => one.file)).toEqual([
      'dir/b/a.cfg',
      'dir/b/z.cfg',
      'dir/c.cfg',
    ]);
    mkdirSync(join(folder, 'nothing'));
    expect(await parse('--json', 'nothing')).toMatchObject({ code: 1, stdout: '[]\n' });
  });

  it('refuses a file that is larger than any configuration', async () => {
    const { code, stdout } = await parse('--json', 'huge.cfg');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { file: 'huge.cfg', error: { code: 'BODY_TOO_LARGE', message: expect.any(String) } },
    ]);
  });

  it('names what a boot file includes', async () => {
    const { code, stdout } = await parse('--json', 'boot.boot');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)[0]).toMatchObject({ vendor: 'yealink', lines: [], includes: ['common.cfg'] });
  });

  it('lets no file steer the terminal', async () => {
    const { stdout } = await parse('rude.cfg');
    expect(stdout).not.toContain('\x1b');
    expect(stdout).not.toContain('\x07');
  });

  it('takes the vendor from --vendor and names an unknown one', async () => {
    expect((await parse('--vendor', 'yealink', 'good.cfg')).code).toBe(0);
    const { code, stderr } = await parse('--vendor', 'yealnik', 'good.cfg');
    expect(code).toBe(2);
    expect(stderr).toContain('unknown vendor "yealnik". Did you mean yealink?');
  });
});
