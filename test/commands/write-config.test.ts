// provender render and convert as a shell sees them. What a vendor can write is tested beside the vendors.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provender } from '../help/cli.ts';

const LINE = { line: 1, userName: '2101', password: 'Kx7#plain;Secret', registrar: { host: 'pbx.example.com' } };

const FILE = `#!version:1.0.0.1
account.1.enable = 1
account.1.user_name = 2101
account.1.password = Kx7#plain;Secret
account.1.sip_server.1.address = pbx.example.com
account.1.srtp_encryption = 2
local_time.ntp_server1 = ntp.example.com
static.firmware.url = https://example.com/yealink.rom
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'provender-write-'));
  const put = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  put('lines.json', [LINE]);
  put('whole.json', {
    lines: [LINE],
    phone: { language: 'de', functionKeys: [{ key: 2, type: 'blf', value: '2102' }] },
  });
  put('bad.json', [{ ...LINE, pasword: 'x' }]);
  put('broken.json', '{');
  put('masked.json', [{ file: 'a', vendor: 'yealink', lines: [{ ...LINE, password: '••••••' }] }]);
  put('break.json', [{ ...LINE, displayName: 'Ada\nB' }]);
  put('00005e005301.cfg', FILE);
  put('boot.cfg', '#!version:1.0.0.1\ninclude:config "a.cfg"\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => provender(args, { cwd: folder });
const render = (...args: string[]) => run('render', '--vendor', 'yealink', '--mac', '00:00:5E:00:53:01', ...args);

describe('provender render', () => {
  it('prints the finished file, which parse reads again', async () => {
    const { code, stdout, stderr } = await render('--lines', 'lines.json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('account.1.password = Kx7#plain;Secret\n');
    writeFileSync(join(folder, 'made.cfg'), stdout);
    const parsed = await run('parse', '--json', '--show-secrets', 'made.cfg');
    expect(JSON.parse(parsed.stdout)[0].lines[0]).toMatchObject({ userName: '2101', password: 'Kx7#plain;Secret' });
    // What parse printed can be rendered again.
    writeFileSync(join(folder, 'parsed.json'), parsed.stdout);
    expect((await render('--lines', 'parsed.json')).stdout).toBe(stdout);
  });

  it('gives files with their names and warnings as JSON', async () => {
    const { code, stdout } = await render('--lines', 'whole.json', '--json', '--model', 't46u');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      vendor: 'yealink',
      files: [
        {
          name: '00005e005301.cfg',
          text: expect.stringMatching(/lang\.gui = German\n(?:.*\n)*linekey\.2\.type = 16\n/),
        },
      ],
      warnings: [],
    });
  });

  it('writes the format that is asked for', async () => {
    const fanvil = ['render', '--vendor', 'fanvil', '--mac', '00005e005301', '--lines', 'lines.json'];
    expect((await run(...fanvil)).stdout).toContain('<sysConf>');
    expect((await run(...fanvil, '--format', 'fanvil-text')).stdout).toContain('<<VOIP CONFIG FILE>>');
    const alias = ['convert', '00005e005301.cfg', '--to', 'grandstream', '--format', 'grandstream-alias-xml'];
    expect((await run(...alias)).stdout).toContain('<item name="account.1.sip.userid">2101<');
  });

  it.each([
    [['--lines', 'break.json'], 'cannot write displayName as yealink: it holds a line break'],
    [
      ['--lines', 'whole.json', '--model', 'T19P'],
      'cannot write functionKeys.2 as yealink: T19P_E2 has keys 1 to 0 there',
    ],
    [['--lines', 'lines.json', '--model', 'T1000'], 'cannot write model as yealink: T1000 is not known'],
    [['--lines', 'bad.json'], 'pasword'],
    [['--lines', 'broken.json'], 'broken.json cannot be read: it is no JSON'],
    [['--lines', 'masked.json'], 'Make it with parse --json --show-secrets'],
    [['--lines', 'none.json'], 'There is no file none.json. Check the path.'],
    [['--lines', 'lines.json', '--format', 'snom-xml'], 'there is no snom-xml to write; there is yealink-v70'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await render(...args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toContain('Kx7#plain;Secret');
  });

  it.each([
    [['render', '--mac', '00005e005301', '--lines', 'lines.json'], '--vendor is missing'],
    [['render', '--vendor', 'yealink', '--lines', 'lines.json'], '--mac is missing'],
    [['render', '--vendor', 'yealink', '--mac', '00005e005301'], '--lines is missing'],
    [['render', '--vendor', 'yealnk', '--mac', '00005e005301', '--lines', 'lines.json'], 'Did you mean yealink?'],
    [['convert', '00005e005301.cfg'], '--to is missing'],
    [['convert', '--to', 'yealink'], 'exactly one FILE'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect({ code, says: stderr.includes(message) }).toEqual({ code: 2, says: true });
  });
});

describe('provender convert', () => {
  it('moves lines and settings, and names what stays behind', async () => {
    const { code, stdout, stderr } = await run('convert', '00005e005301.cfg', '--to', 'yealink', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { files, warnings } = JSON.parse(stdout);
    expect(files[0].name).toBe('00005e005301.cfg');
    expect(files[0].text).toContain('account.1.srtp_encryption = 2\n');
    expect(files[0].text).toContain('ntp.example.com');
    expect(files[0].text).not.toContain('yealink.rom');
    expect(warnings).toEqual(['not-written:firmwareUrl']);
  });

  it('a file without a line is refused', async () => {
    const { code, stderr } = await run('convert', 'boot.cfg', '--to', 'yealink');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no line in it. It names other files: a.cfg.');
  });
});
