// provender harvest --from: the files of a PBX that lets nobody in, out of a folder or a zip.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provender } from '../help/cli.ts';
import { yealinkFile } from '../help/harvest.ts';
import { makeZip } from '../help/zip.ts';

const file = (user: string, mac?: string) =>
  yealinkFile({
    userName: user,
    password: `pw-${user}`,
    label: `+1202555${user}`,
    ...(mac === undefined ? {} : { mac }),
  });

describe('provender harvest --from', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'provender-from-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: string | Uint8Array) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  const harvest = (...args: string[]) => provender(['harvest', '--out', 'result.csv', ...args], { cwd: folder });
  const rows = () =>
    parseCsv(readFileSync(join(folder, 'result.csv'), 'utf8'), { columns: true, bom: true }) as Record<
      string,
      string
    >[];
  const short = () => rows().map(({ mac, code, user_name, password, did }) => [mac, code, user_name, password, did]);

  it('reads a folder: every MAC in the name of a file is a row, in the order of the MACs', async () => {
    put('tftp/00005E005302.cfg', file('2102', '00005e005302'));
    put('tftp/old/00005e005301.cfg', file('2101'));
    // A boot file with an include beside it and one by the address that the PBX has inside.
    put(
      'tftp/00005e005303.boot',
      '#!version:1.0.0.1\ninclude:config "site/own.cfg"\ninclude:config "http://10.0.0.1/x/Common.cfg"\n',
    );
    put('tftp/site/own.cfg', file('2103'));
    put('tftp/common.cfg', '#!version:1.0.0.1\naccount.1.sip_server.1.address = 198.51.100.7\n');
    put('tftp/y000000000000.boot', '#!version:1.0.0.1\ninclude:config "common.cfg"\n');
    put('secret.cfg', file('9999'));
    symlinkSync(join(folder, 'secret.cfg'), join(folder, 'tftp/00005e005309.cfg'));
    const { code, stdout, stderr } = await harvest('--from', 'tftp', '--show-secrets');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('3 provisioned') });
    expect(stdout).toContain('3 of 3 provisioned');
    expect(short()).toEqual([
      ['00005e005301', '', '2101', 'pw-2101', "'+12025552101"],
      ['00005e005302', '', '2102', 'pw-2102', "'+12025552102"],
      ['00005e005303', '', '2103', 'pw-2103', "'+12025552103"],
    ]);
    expect(rows()[2]).toMatchObject({ registrar_host: '198.51.100.7' });
  });

  it('reads a zip: the rows of the CSV in their order, with what is wrong said for each', async () => {
    put(
      'backup.zip',
      makeZip([
        { name: 'phones/00005E005301.CFG', body: file('2101') },
        { name: 'phones/00005e005302.cfg', body: '<!DOCTYPE html><html><body>Log in</body></html>' },
        { name: 'phones/00005e005303.cfg', body: file('2103', '00005e0053ff') },
        { name: 'a/00005e005304.cfg', body: file('2104') },
        { name: 'b/00005e005304.cfg', body: file('2105') },
        { name: 'phones/00005e005305.cfg', body: file('2105'), encrypted: true },
      ]),
    );
    put(
      'users.csv',
      'name,mac\nNone,00005e005399\nAda,00-00-5E-00-53-01\nWeb,00005e005302\nOther,00005e005303\nTwo,00005e005304\nLocked,00005e005305\n',
    );
    const { code, stderr } = await harvest('--from', 'backup.zip', '--csv', 'users.csv');
    expect(code).toBe(1);
    expect(short()).toEqual([
      ['00005e005399', 'HTTP_404', '', '', ''],
      ['00005e005301', '', '2101', '••••••', "'+12025552101"],
      ['00005e005302', 'BODY_HTML', '', '', ''],
      ['00005e005303', 'MAC_MISMATCH', '', '', ''],
      ['00005e005304', 'HTTP_4XX', '', '', ''],
      ['00005e005305', 'HTTP_4XX', '', '', ''],
    ]);
    expect(stderr).toContain('backup.zip has no file named 00005e005399.cfg');
    expect(stderr).toContain('differ (a/00005e005304.cfg, b/00005e005304.cfg)');
    expect(stderr).toContain('is encrypted');
  });

  it('asks for the names of another phone when told to', async () => {
    put('backup.zip', makeZip([{ name: 'spa00005e005301.cfg', body: file('2101') }]));
    const { code } = await harvest('--from', 'backup.zip', '--vendor', 'cisco-spa');
    expect({ code, rows: short() }).toEqual({
      code: 0,
      rows: [['00005e005301', '', '2101', '••••••', "'+12025552101"]],
    });
  });

  it.each([
    [['--from', 'none.zip'], 1, 'FILE_NOT_FOUND'],
    [['--from', 'text.zip'], 1, 'ARCHIVE_UNREADABLE'],
    [['--from', 'evil.zip'], 1, 'ARCHIVE_PATH'],
    [['--from', 'nomac.zip'], 1, 'no file there has a MAC in its name'],
    [['--from', 'nomac.zip', '--url', 'https://pbx.example.com/'], 2, '--url is for a server'],
    [['--from', 'nomac.zip', '--ca', 'x'], 2, '--ca is for a server'],
    [['--csv', 'users.csv'], 2, '--url is missing'],
  ])('says why %j cannot be done', async (args, exit, words) => {
    put('text.zip', 'hello');
    put('evil.zip', makeZip([{ name: '../00005e005301.cfg', body: file('2101') }]));
    put('nomac.zip', makeZip([{ name: 'common.cfg', body: 'a = b' }]));
    const { code, stderr } = await harvest(...args);
    expect(code).toBe(exit);
    expect(stderr).toContain(words);
  });
});
