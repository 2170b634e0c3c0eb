// provender fetch as a shell sees it, against real servers. What a fetch makes of each failure is tested beside it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, issueClient, issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { provender } from '../help/cli.ts';
import {
  type ProvisioningServer,
  type ProvisioningServerOptions,
  startProvisioningServer,
} from '../help/provisioning-server.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/tls');
const MAC = '00005e005301';
const CONFIG = `#!version:1.0.0.1
account.1.enable = 1
account.1.label = +1 202 555 0101
account.1.user_name = 2101
account.1.password = Kx7#plain;Secret
account.1.sip_server.1.address = pbx.example.com
`;

describe('provender fetch', () => {
  let folder: string;
  let authority: Authority;
  let tls: { cert: string; key: string };
  const servers: ProvisioningServer[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'provender-fetch-'));
    authority = await makeAuthority();
    tls = await issueServer(authority, { names: ['127.0.0.1'] });
    const client = await issueClient(authority, { name: 'harvester' });
    writeFileSync(join(folder, 'ca.pem'), authority.cert);
    writeFileSync(join(folder, 'cert.pem'), client.cert);
    writeFileSync(join(folder, 'key.pem'), client.key);
    writeFileSync(join(folder, 'password'), 'open#sesame\n');
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const serve = async (options: ProvisioningServerOptions) => {
    const server = await startProvisioningServer(options);
    servers.push(server);
    return server;
  };
  const fetchIt = (url: string, ...args: string[]) =>
    provender(['fetch', '--url', url, '--mac', '00:00:5E:00:53:01', '--allow-private', ...args], { cwd: folder });

  it('prints what it read as one JSON object', async () => {
    const server = await serve({ tls, files: { [`/prov/${MAC}.cfg`]: CONFIG } });
    const url = `${server.origin}/prov/`;
    const { code, stdout, stderr } = await fetchIt(url, '--ca', 'ca.pem', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answer = JSON.parse(stdout);
    expect(Object.keys(answer).toSorted()).toEqual(
      ['url', 'mac', 'vendor', 'format', 'lines', 'fields', 'includes', 'warnings'].toSorted(),
    );
    expect(answer).toMatchObject({ url, mac: MAC, vendor: 'yealink', format: 'yealink-v70' });
    expect(answer.lines[0]).toMatchObject({ userName: '2101', password: '••••••' });
    expect(stdout).not.toContain('Kx7');
  });

  it('asks with a digest login and shows the password only when told to', async () => {
    const login = { kind: 'digest', accounts: { harvest: 'open#sesame' }, algorithms: ['SHA-256'] } as const;
    const server = await serve({ tls, login, files: { [`/${MAC}.cfg`]: CONFIG } });
    const options = ['--ca', 'ca.pem', '--username', 'harvest', '--password-file', 'password'];
    const { code, stdout } = await fetchIt(`${server.origin}/{mac}.cfg`, ...options, '--show-secrets');
    expect(code).toBe(0);
    expect(stdout).toContain('Kx7#plain;Secret');
    expect(stdout).not.toContain('open#sesame');
  });

  it('shows a client certificate', async () => {
    const server = await serve({ tls: { ...tls, clientCa: authority.cert }, files: { [`/${MAC}.cfg`]: CONFIG } });
    const without = await fetchIt(`${server.origin}/`, '--ca', 'ca.pem', '--json');
    expect(without.code).toBe(1);
    expect(JSON.parse(without.stdout).error).toEqual({
      code: 'TLS_CLIENT_CERT_REQUIRED',
      message: expect.stringMatching(/On the command line: --cert FILE and --key FILE, or --p12 FILE\.$/),
    });
    const withIt = await fetchIt(`${server.origin}/`, '--ca', 'ca.pem', '--cert', 'cert.pem', '--key', 'key.pem');
    expect(withIt.code).toBe(0);
  });

  it('shows a client certificate of a PKCS#12 file', async () => {
    const clientCa = readFileSync(join(fixtures, 'client.pem'), 'utf8');
    const server = await serve({ tls: { ...tls, clientCa }, files: { [`/${MAC}.cfg`]: CONFIG } });
    const options = ['--ca', 'ca.pem', '--p12', join(fixtures, 'client.p12'), '--passphrase-file', 'password'];
    expect((await fetchIt(`${server.origin}/`, ...options)).code).toBe(0);
    expect(server.requests[0]?.clientName).toBe('harvester.example');
  });

  it.each([
    ['client.p12', 'ca.pem', 'The passphrase does not open'],
    ['client-old.p12', 'password', 'encrypted in an old way'],
    ['client.pem', 'password', 'This is no PKCS#12 file'],
  ])('says why %s cannot be used', async (file, passphraseFile, words) => {
    const options = ['--p12', join(fixtures, file), '--passphrase-file', passphraseFile, '--json'];
    const refused = await fetchIt('https://127.0.0.1:9/', ...options);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout).error).toEqual({
      code: 'TLS_CLIENT_CERT_REJECTED',
      message: expect.stringContaining(words),
    });
  });

  it('gives a reason code for a key that does not match, and for a CA that is none', async () => {
    const other = await issueClient(authority, { name: 'other' });
    writeFileSync(join(folder, 'other.pem'), other.key);
    const refused = async (...options: string[]) =>
      JSON.parse((await fetchIt('https://127.0.0.1:9/', ...options, '--json')).stdout).error;
    expect(await refused('--cert', 'cert.pem', '--key', 'other.pem')).toEqual({
      code: 'TLS_CLIENT_CERT_REJECTED',
      message: expect.stringContaining('key does not belong to the certificate'),
    });
    expect(await refused('--ca', 'password')).toMatchObject({ code: 'TLS_UNTRUSTED' });
  });

  it('follows the includes of a boot file and merges them in order', async () => {
    const server = await serve({
      tls,
      files: {
        [`/p/${MAC}.boot`]: '#!version:1.0.0.1\ninclude:config "common.cfg"\ninclude:config "phones/one.cfg"\n',
        '/p/common.cfg': '#!version:1.0.0.1\naccount.1.sip_server.1.address = common.example.com\n',
        '/p/phones/one.cfg': CONFIG,
      },
    });
    const { code, stdout } = await fetchIt(`${server.origin}/p/`, '--ca', 'ca.pem', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).lines[0]).toMatchObject({ userName: '2101', registrar: { host: 'pbx.example.com' } });
  });

  it('says in JSON and on stderr why there is nothing, after one try', async () => {
    const server = await serve({ tls, otherwise: { status: 503 } });
    const { code, stdout, stderr } = await fetchIt(`${server.origin}/x.cfg`, '--ca', 'ca.pem', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      url: `${server.origin}/x.cfg`,
      mac: MAC,
      error: { code: 'HTTP_5XX', message: expect.any(String) },
    });
    expect(stderr).toMatch(/^HTTP_5XX: .+\n$/);
    expect(server.requests).toHaveLength(1);
  });

  it('says that a web page is no configuration', async () => {
    const server = await serve({ tls, otherwise: '<html><body>Sign in</body></html>' });
    const { code, stdout } = await fetchIt(`${server.origin}/x.cfg`, '--ca', 'ca.pem', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      url: `${server.origin}/x.cfg`,
      mac: MAC,
      notConfig: true,
      reason: 'BODY_HTML',
    });
  });

  it('asks no private address without --allow-private', async () => {
    const server = await serve({ files: { [`/${MAC}.cfg`]: CONFIG } });
    const args = ['fetch', '--url', `${server.origin}/`, '--mac', MAC, '--json'];
    const { code, stdout } = await provender(args);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe('TARGET_REFUSED');
    expect(JSON.parse(stdout).error.message).toContain('On the command line: --allow-private');
    expect(server.connections()).toBe(0);
  });

  it('sends a Basic login over plain http only with --allow-http', async () => {
    const login = { kind: 'basic', accounts: { harvest: 'open#sesame' } } as const;
    const server = await serve({ login, files: { [`/${MAC}.cfg`]: CONFIG } });
    const options = ['--username', 'harvest', '--password-file', 'password', '--json'];
    const refused = await fetchIt(`${server.origin}/`, ...options);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout).error.code).toBe('PLAIN_HTTP_REFUSED');
    expect(server.requests.every((request) => request.headers.authorization === undefined)).toBe(true);
    expect((await fetchIt(`${server.origin}/`, ...options, '--allow-http')).code).toBe(0);
  });

  it('warns when a digest login goes over plain http', async () => {
    const login = { kind: 'digest', accounts: { harvest: 'open#sesame' } } as const;
    const server = await serve({ login, files: { [`/${MAC}.cfg`]: CONFIG } });
    const options = ['--username', 'harvest', '--password-file', 'password', '--json'];
    const { code, stdout, stderr } = await fetchIt(`${server.origin}/`, ...options);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).warnings.join(' ')).toContain('plain http');
    expect(stderr).toMatch(/^warning: .*plain http.*\n$/);
  });

  it('warns when the file names another phone', async () => {
    const server = await serve({
      tls,
      files: { [`/${MAC}.cfg`]: `#!version:1.0.0.1\n## 00:00:5e:00:53:99\n${CONFIG}` },
    });
    const { stdout } = await fetchIt(`${server.origin}/`, '--ca', 'ca.pem', '--json');
    expect(JSON.parse(stdout).warnings.join(' ')).toContain('00:00:5e:00:53:99');
  });

  it('says which file cannot be read', async () => {
    const { code, stdout, stderr } = await fetchIt('https://127.0.0.1:9/', '--ca', 'nothing.pem', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      url: 'https://127.0.0.1:9/',
      mac: MAC,
      error: { code: 'FILE_NOT_FOUND', message: expect.stringContaining('nothing.pem') },
    });
    expect(stderr).not.toContain('    at ');
  });
});
