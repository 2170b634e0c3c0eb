// The command line itself: help, unknown words, exit codes.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/list.ts';
import { provender } from '../help/cli.ts';

describe('the command line', () => {
  it('lists every command with --help', async () => {
    const { code, stdout, stderr } = await provender(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('says what each command takes, in at most 120 columns', async () => {
    for (const { name } of COMMANDS) {
      const { code, stdout } = await provender([name, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: provender ${name}`);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    }
  });

  it('says its version', async () => {
    expect(await provender(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('keeps what it compiled for the next start of a checkout', async () => {
    const kept = join(import.meta.dirname, '../../node_modules/.cache/provender');
    rmSync(kept, { recursive: true, force: true });
    await provender(['--version']);
    expect(existsSync(kept)).toBe(true);
    expect((await provender(['--version'])).stdout).toBe('0.1.0\n');
  });

  it('names an unknown command and the nearest one', async () => {
    const { code, stdout, stderr } = await provender(['harvets']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('unknown command "harvets". Did you mean harvest?');
  });

  it('knows what is meant by demo', async () => {
    const { code, stderr } = await provender(['demo']);
    expect(code).toBe(2);
    expect(stderr).toContain('unknown command "demo". Did you mean start --demo?');
  });

  it('says which commands are not part of this version', async () => {
    for (const name of ['phones', 'notify']) {
      const { code, stderr } = await provender([name, '--whatever']);
      expect(code).toBe(2);
      expect(stderr).toContain(`${name} is not part of this version.`);
    }
    expect((await provender(['--help'])).stdout).not.toMatch(/audit verify|notify/);
  });

  it('names an unknown option and the nearest one', async () => {
    const { code, stderr } = await provender(['parse', '--show-secret', 'x.cfg']);
    expect(code).toBe(2);
    expect(stderr).toContain('unknown option --show-secret. Did you mean --show-secrets?');
  });

  it.each([
    [['parse'], 'parse needs at least one FILE'],
    [['parse', '--vendor'], '--vendor needs a value'],
    [['parse', '--json=yes', 'x'], '--json takes no value'],
    [['mac', 'extra'], 'mac takes no argument "extra"'],
    [['mac', '--count', '0'], '--count must be a whole number from 1 to 100000'],
    [['mac', '--oui', '0015'], 'An OUI is six hex digits'],
    [['fetch', '--mac', '00005e005301'], '--url is missing'],
    [['fetch', '--url', 'https://pbx.example.com/'], '--mac is missing'],
    [['fetch', '--url', 'https://pbx.example.com/', '--mac', '12345'], 'is not a MAC address'],
    [['fetch', '--url', 'ftp://pbx.example.com/', '--mac', '00005e005301'], 'must begin with https:// or http://'],
    [['fetch', '--url', 'https://u:p@pbx.example.com/', '--mac', '00005e005301'], 'holds a user name or password'],
    [['fetch', '--url', 'https://pbx.example.com/{maq}.cfg', '--mac', '00005e005301'], '{maq} is not a variable'],
    [['fetch', '--url', 'https://pbx.example.com/', '--mac', '00005e005301', '--username', 'u'], '--password-file'],
    [['harvest', '--url', 'https://pbx.example.com/', '--csv', 'x.csv'], '--out is missing'],
    [['start', '--port', 'eighty'], '--port must be a whole number'],
    [['start', '--exit'], '--exit belongs to --demo'],
  ])('refuses %j as wrong usage', async (args, words) => {
    const { code, stdout, stderr } = await provender(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toContain('u:p@');
  });
});

describe('provender mac', () => {
  it('makes locally administered unicast MACs, each once', async () => {
    const { code, stdout } = await provender(['mac', '--count', '500']);
    const macs = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(new Set(macs).size).toBe(500);
    for (const mac of macs) expect(mac).toMatch(/^[0-9a-f][26ae][0-9a-f]{10}$/);
  });

  it('makes MACs of a vendor with --oui', async () => {
    const { stdout } = await provender(['mac', '--oui', '00:15:65']);
    expect(stdout).toMatch(/^001565[0-9a-f]{6}\n$/);
  });
});
