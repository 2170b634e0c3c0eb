// provender harvest as a shell sees it, against real servers.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provender } from '../help/cli.ts';
import {
  type ProvisioningServer,
  type ProvisioningServerOptions,
  startProvisioningServer,
} from '../help/provisioning-server.ts';

const HEADER =
  'mac,status,code,message,user_name,auth_name,password,display_name,label,did,registrar_host,registrar_port,transport,outbound_proxy,expires_seconds';

function config(user: string, more = ''): string {
  return `#!version:1.0.0.1
account.1.enable = 1
account.1.label = +1 202 555 0101
account.1.display_name = =Ada
account.1.user_name = ${user}
account.1.password = pw#${user}
account.1.sip_server.1.address = pbx.example.com
account.1.sip_server.1.port = 5061
account.1.sip_server.1.transport_type = 2
account.1.sip_server.1.expires = 600
account.1.outbound_proxy_enable = 1
account.1.outbound_proxy.1.address = edge.example.net
account.1.outbound_proxy.1.port = 5071
${more}`;
}

describe('provender harvest', () => {
  let folder: string;
  let server: ProvisioningServer;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'provender-harvest-'));
  });

  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = async (options: ProvisioningServerOptions) => {
    server = await startProvisioningServer(options);
  };
  const harvest = (csv: string, ...args: string[]) => {
    writeFileSync(join(folder, 'users.csv'), csv);
    const always = ['harvest', '--url', `${server.origin}/`, '--csv', 'users.csv', '--out', 'result.csv'];
    return provender([...always, '--allow-private', ...args], { cwd: folder });
  };
  const result = () => readFileSync(join(folder, 'result.csv'), 'utf8');
  const rows = () => parseCsv(result(), { columns: true, bom: true }) as Record<string, string>[];

  it.runIf(process.platform === 'linux')('says in one line that the result cannot be written', async () => {
    await serve({ files: { '/00005e005301.cfg': config('2101') } });
    const { code, stderr } = await harvest('mac\n00005e005301\n', '--out', '/proc/result.csv');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^provender: --out \/proc\/result\.csv.* (cannot be written|may not write)/m);
  });

  it('writes one row per input row, in order, with exactly its columns', async () => {
    await serve({ files: { '/00005e005301.cfg': config('2101'), '/00005e005303.cfg': config('2103') } });
    const { code, stdout, stderr } = await harvest(
      'Name,MAC Address\nAda,00:00:5E:00:53:01\nBob,00-00-5e-00-53-02\nCy,00005e005303\nDi,AUTO_ASSIGN\nEd,zz\n',
    );
    expect(code).toBe(1);
    expect(result().split(/\r?\n/)[0]).toBe(HEADER);
    expect(rows().map(({ mac, status, code: reason }) => [mac, status, reason])).toEqual([
      ['00005e005301', 'provisioned', ''],
      ['00005e005302', 'failed', 'HTTP_404'],
      ['00005e005303', 'provisioned', ''],
      ['AUTO_ASSIGN', 'failed', 'MAC_MISSING'],
      ['zz', 'failed', 'MAC_INVALID'],
    ]);
    expect(rows()[0]).toEqual({
      mac: '00005e005301',
      status: 'provisioned',
      code: '',
      message: '',
      user_name: '2101',
      auth_name: '',
      password: '••••••',
      display_name: "'=Ada",
      label: "'+1 202 555 0101",
      did: "'+12025550101",
      registrar_host: 'pbx.example.com',
      registrar_port: '5061',
      transport: 'tls',
      outbound_proxy: 'edge.example.net:5071',
      expires_seconds: '600',
    });
    expect(stdout).toContain('2 of 5 provisioned, 3 failed: result.csv');
    expect(stderr).toMatch(/^row 2, 00005e005302: HTTP_404: /m);
    expect(stderr).not.toContain('    at ');
  });

  it('writes a file that only its owner can read, and leaves nothing beside it', async () => {
    await serve({ files: { '/00005e005301.cfg': config('2101') } });
    writeFileSync(join(folder, 'result.csv'), 'old', { mode: 0o644 });
    const { code } = await harvest('uuid\n00005e005301\n', '--show-secrets');
    expect(code).toBe(0);
    expect(rows()[0]?.password).toBe('pw#2101');
    expect(statSync(join(folder, 'result.csv')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(['result.csv', 'users.csv']);
  });

  it('writes the credentials when the DID cannot be read, and warns', async () => {
    await serve({ files: { '/00005e005301.cfg': config('2101', 'account.1.label = Reception\n') } });
    const { code, stderr } = await harvest('mac\n00005e005301\n', '--country', 'US');
    expect(code).toBe(0);
    expect(rows()[0]).toMatchObject({ status: 'provisioned', code: 'DID_INVALID', user_name: '2101', did: '' });
    expect(stderr).toContain('warning: row 1, 00005e005301: DID_INVALID');
  });

  it('takes the line and the DID field that it is told', async () => {
    const two =
      'account.2.enable = 1\naccount.2.user_name = 2201\naccount.2.password = x9y\naccount.2.label = (202) 555-0142\naccount.2.sip_server.1.address = two.example.com\n';
    await serve({ files: { '/00005e005301.cfg': config('2101', two) } });
    await harvest('mac\n00005e005301\n', '--line', '2', '--country', 'US');
    expect(rows()[0]).toMatchObject({ user_name: '2201', did: "'+12025550142" });
    await harvest('mac\n00005e005301\n', '--did-field', 'none');
    expect(rows()[0]).toMatchObject({ user_name: '2101', did: '', code: '' });
  });

  it('refuses the file of another phone, and a placeholder', async () => {
    await serve({
      files: {
        '/00005e005301.cfg': `#!version:1.0.0.1\n# for 00:00:5e:00:53:99\n${config('2101')}`,
        '/00005e005302.cfg': config('2102', 'account.1.password = changeme\n'),
      },
    });
    await harvest('mac\n00005e005301\n00005e005302\n', '--show-secrets');
    expect(rows().map((row) => [row.code, row.password])).toEqual([
      ['MAC_MISMATCH', ''],
      ['CREDENTIAL_PLACEHOLDER', ''],
    ]);
  });

  it('uses the login of a row, and stops a login that is refused for two phones', async () => {
    await serve({
      login: { kind: 'digest', accounts: { right: 'sesame', own: 'p,w' } },
      otherwise: config('2101'),
    });
    writeFileSync(join(folder, 'password'), 'wrong\n');
    const csv = `mac,prov_username,prov_password
00005e005301,,
00005e005302,,
00005e005303,,
00005e005304,own,"p,w"
`;
    const options = ['--username', 'right', '--password-file', 'password', '--concurrency', '1', '--allow-http'];
    const { code } = await harvest(csv, ...options);
    expect(code).toBe(1);
    expect(rows().map((row) => row.code || row.status)).toEqual(['HTTP_401', 'HTTP_401', 'HTTP_401', 'provisioned']);
    expect(rows()[2]?.message).toContain('Not asked');
    expect(server.requests.some((request) => request.path.includes('00005e005303'))).toBe(false);
  });

  it('tries again what may pass, and not what will not', async () => {
    let asked = 0;
    await serve({
      files: {
        '/00005e005301.cfg': (_request, response) => {
          asked += 1;
          if (asked === 1) response.writeHead(503, { 'retry-after': '1' }).end();
          else response.end(config('2101'));
        },
        '/00005e005302.cfg': { status: 503 },
      },
    });
    const { code } = await harvest('mac\n00005e005301\n00005e005302\n', '--for', '6s');
    expect(code).toBe(1);
    expect(asked).toBe(2);
    expect(rows().map((row) => row.code || row.status)).toEqual(['provisioned', 'HTTP_5XX']);
    expect(server.requests.filter((request) => request.path.includes('5302')).length).toBeGreaterThan(1);
  });

  it('asks the other phones while one of them waits for its second try', async () => {
    await serve({
      files: { '/00005e005302.cfg': config('2102') },
      otherwise: (_request, response) => {
        const second = server.requests.some((request) => request.path.includes('5302'));
        if (second) response.end(config('2101'));
        else response.writeHead(503, { 'retry-after': '1' }).end();
      },
    });
    const { code } = await harvest('mac\n00005e005301\n00005e005302\n', '--concurrency', '1');
    expect(code).toBe(0);
    expect(server.requests.map((request) => request.path)).toEqual([
      '/00005e005301.cfg',
      '/00005e005302.cfg',
      '/00005e005301.cfg',
    ]);
  });

  it('says what is wrong with a CSV that it cannot use', async () => {
    await serve({});
    const { code, stderr } = await harvest('name\nAda\n');
    expect(code).toBe(1);
    expect(stderr).toMatch(/CSV_NO_MAC_COLUMN/);
    expect(readdirSync(folder)).not.toContain('result.csv');
  });
});
