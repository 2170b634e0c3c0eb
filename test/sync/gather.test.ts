import { afterEach, describe, expect, test } from 'vitest';
import { createGuard } from '../../fetchers/guard.ts';
import { createHttpFetcher } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import { issueClient, issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { type GatherRequest, gatherConfig } from '../../src/sync/gather.ts';
import type { Mac } from '../../vendors/mac.ts';
import type { Persona } from '../../vendors/persona.ts';
import { yealinkFile } from '../help/harvest.ts';
import { type ProvisioningServer, startProvisioningServer } from '../help/provisioning-server.ts';

const MAC = '00005e0053ab' as Mac;
const UPPER = '00005E0053AB';
const YEALINK: Persona = { vendor: 'yealink', model: null, phoneType: null, firmwareVersion: null, userAgent: null };
const FILE = yealinkFile({ userName: '2101', password: 'secret-1' });

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function serve(files: Parameters<ProvisioningServer['set']>[1] extends infer B ? Record<string, B> : never) {
  const server = await startProvisioningServer({ files });
  open.push(server);
  return server;
}

function gather(template: string, more: Partial<GatherRequest> = {}) {
  const fetcher = createHttpFetcher({ guard: createGuard({ mode: 'local' }) });
  open.push(fetcher);
  return gatherConfig({
    fetch: fetcher.fetch,
    template,
    persona: YEALINK,
    mac: MAC,
    login: null,
    allowedOrigins: [],
    ...more,
  });
}

const paths = (server: ProvisioningServer) => server.requests.map((request) => request.path);

describe('which file is asked', () => {
  test('a directory: lower case, upper case, the boot file of the MAC, the common boot file', async () => {
    const server = await serve({});
    const result = await gather(`${server.origin}/prov/`);
    expect(result).toMatchObject({ kind: 'failure', code: 'HTTP_404', requests: 4 });
    expect(paths(server)).toEqual([
      `/prov/${MAC}.cfg`,
      `/prov/${UPPER}.cfg`,
      `/prov/${MAC}.boot`,
      '/prov/y000000000000.boot',
    ]);
  });

  test('what answered is asked first from then on: the steady state is one request', async () => {
    const server = await serve({ [`/${UPPER}.cfg`]: FILE });
    const first = await gather(server.origin);
    expect(first).toMatchObject({ kind: 'gathered', requests: 2, answered: [1] });
    const again = await gather(server.origin, { answered: [1] });
    expect(again).toMatchObject({ kind: 'gathered', requests: 1 });
  });

  test('a remembered file that is gone leads back to the others', async () => {
    const server = await serve({ [`/${MAC}.cfg`]: FILE });
    expect(await gather(server.origin, { answered: [1] })).toMatchObject({
      kind: 'gathered',
      requests: 2,
      answered: [0],
    });
  });

  test('only a 404 leads to the next name', async () => {
    const server = await serve({ [`/${MAC}.cfg`]: { status: 500 }, [`/${UPPER}.cfg`]: FILE });
    expect(await gather(server.origin)).toMatchObject({ kind: 'failure', code: 'HTTP_5XX', requests: 1 });
  });

  test('validators are sent for the file that answered; 304 is an answer', async () => {
    const server = await serve({
      [`/${MAC}.cfg`]: (request, response) => {
        if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
        else response.writeHead(200, { etag: '"v1"' }).end(FILE);
      },
    });
    const first = await gather(server.origin);
    expect(first).toMatchObject({ validators: { etag: '"v1"' } });
    const again = await gather(server.origin, { answered: [0], validators: { etag: '"v1"' } });
    expect(again).toEqual({ kind: 'not-modified', requests: 1 });
  });
});

describe('boot files and their includes', () => {
  const boot = (...includes: string[]) =>
    ['#!version:1.0.0.1', ...includes.map((path) => `include:config "${path}"`), 'overwrite_mode = 1', ''].join('\n');

  test('are fetched in their order, later overriding earlier', async () => {
    const server = await serve({
      [`/p/${MAC}.boot`]: boot('common.cfg', `own/${MAC}.cfg`),
      '/p/common.cfg': `${FILE}account.1.label = common\n`,
      [`/p/own/${MAC}.cfg`]: 'account.1.label = +12025550199\n',
    });
    const result = await gather(`${server.origin}/p/`);
    if (result.kind !== 'gathered') throw new Error(JSON.stringify(result));
    expect(result.reading.lines[0]).toMatchObject({ userName: '2101', label: '+12025550199' });
    expect(result.validators).toBeNull();
    expect(result.answered).toEqual([2]);
  });

  test('an include that is missing is passed over, unless no line was found without it', async () => {
    const server = await serve({ '/y000000000000.boot': boot('model.cfg', `${MAC}.x.cfg`), [`/${MAC}.x.cfg`]: FILE });
    expect(await gather(server.origin)).toMatchObject({ kind: 'gathered' });
    server.remove(`/${MAC}.x.cfg`);
    const result = await gather(server.origin);
    expect(result).toMatchObject({ kind: 'failure', code: 'HTTP_404' });
  });

  test('a blank include is an empty part, not a failure', async () => {
    const server = await serve({ [`/${MAC}.boot`]: boot('blank.cfg', 'own.cfg'), '/blank.cfg': '', '/own.cfg': FILE });
    expect(await gather(server.origin)).toMatchObject({ kind: 'gathered' });
  });

  test('an include of another server is refused unless the PBX allows it, and never gets the login', async () => {
    const other = await serve({ '/x.cfg': FILE });
    const server = await serve({ [`/${MAC}.boot`]: boot(`${other.origin}/x.cfg`) });
    const refused = await gather(server.origin);
    expect(refused).toMatchObject({ kind: 'failure', code: 'INCLUDE_LIMIT' });
    expect(other.requests).toEqual([]);
    expect(await gather(server.origin, { allowedOrigins: [other.origin] })).toMatchObject({ kind: 'gathered' });
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("an allowed server of somebody else sees neither the login nor the PBX's client certificate", async () => {
    const authority = await makeAuthority();
    const certificate = await issueServer(authority, { names: ['127.0.0.1'] });
    const client = await issueClient(authority, { name: 'harvester' });
    const tls = {
      cert: certificate.cert,
      key: certificate.key,
      clientCa: authority.cert,
      clientCheck: 'nginx' as const,
    };
    const other = await startProvisioningServer({ tls, files: { '/x.cfg': FILE } });
    const server = await startProvisioningServer({ tls, files: { [`/${MAC}.boot`]: boot(`${other.origin}/x.cfg`) } });
    const fetcher = createHttpFetcher({
      guard: createGuard({ mode: 'local' }),
      tls: { ca: authority.cert, cert: client.cert, key: new Secret(client.key) },
    });
    open.push(other, server, fetcher);
    const result = await gather(server.origin, { fetch: fetcher.fetch, allowedOrigins: [other.origin] });
    expect(result.kind).toBe('failure');
    expect(server.requests.map((request) => request.clientName)).toEqual(['harvester', 'harvester', 'harvester']);
    expect(other.requests.every((request) => request.clientName === null)).toBe(true);
  });

  test('a boot file that includes itself, or too many files, ends at the limit', async () => {
    const server = await serve({ [`/${MAC}.boot`]: boot(`${MAC}.boot`) });
    expect(await gather(server.origin)).toMatchObject({ kind: 'failure', code: 'INCLUDE_LIMIT' });
    expect(server.requests.length).toBeLessThanOrEqual(20);
    const many = Array.from({ length: 40 }, (_, i) => `f${i}.cfg`);
    const wide = await serve({
      [`/${MAC}.boot`]: boot(...many),
      ...Object.fromEntries(many.map((name) => [`/${name}`, 'linekey.1.line = 1\n'])),
    });
    expect(await gather(wide.origin)).toMatchObject({ kind: 'failure', code: 'INCLUDE_LIMIT' });
    expect(wide.requests).toHaveLength(20);
  });
});

describe('a Snom persona', () => {
  const snom: Persona = { ...YEALINK, vendor: 'snom', phoneType: 'snomD785' };

  test('asks for the named file and for the one with the MAC, in upper case, and merges them', async () => {
    const server = await serve({ '/p/base.cfg': 'account.1.label = base\n', [`/p/base-${UPPER}.cfg`]: FILE });
    expect(await gather(`${server.origin}/p/base.cfg`, { persona: snom })).toMatchObject({ kind: 'gathered' });
    expect(paths(server)).toEqual(['/p/base.cfg', `/p/base-${UPPER}.cfg`]);
  });

  test('says 404 when the file with the MAC is missing and the common one holds no line', async () => {
    const server = await serve({ '/p/base.cfg': 'account.1.label = base\n' });
    expect(await gather(`${server.origin}/p/base.cfg`, { persona: snom })).toMatchObject({ code: 'HTTP_404' });
  });
});

describe('what is not a config', () => {
  test.each([
    ['<html><head><title>Login</title></head></html>', 'BODY_HTML'],
    ['<br />\n<b>Fatal error</b>: Uncaught Error in /var/www/app.php:3', 'BODY_HTML|BODY_NOT_CONFIG'],
    ['', 'BODY_EMPTY'],
    ['   \r\n\r\n', 'BODY_EMPTY'],
    ['access denied', 'BODY_NOT_CONFIG'],
    ['{"error":"not found"}', 'BODY_NOT_CONFIG'],
    [Buffer.from('Salted__0123456789abcdefghijklmn'), 'BODY_ENCRYPTED'],
    [Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 151 + 7) % 256)), 'BODY_ENCRYPTED|BODY_NOT_CONFIG'],
  ])('is named for what it is: %j', async (body, codes) => {
    const server = await serve({ [`/${MAC}.cfg`]: body });
    const result = await gather(server.origin);
    if (result.kind !== 'failure') throw new Error('taken for a config');
    expect(codes.split('|')).toContain(result.code);
    expect(result.notConfig).toBe(true);
    expect(result.message.length).toBeGreaterThan(20);
  });
});
