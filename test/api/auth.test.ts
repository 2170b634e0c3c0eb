import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/api/contract/operation.ts';
import { contract } from '../../src/api/contract.ts';
import { ensureAdminToken, isAdminToken, resetAdminToken } from '../../src/store/admin-token.ts';
import { startTestApi, type TestApi } from '../help/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const somebody = '01a1fd94-06ea-74e4-b19b-0dd520170800';
const operations = Object.entries<Operation>(contract);

describe('the credential', () => {
  it.each(operations.filter(([, operation]) => !operation.public))(
    'is asked for by %s before anything else of the request is looked at',
    async (_name, operation) => {
      const path = operation.path.replaceAll(/\{\w+\}/g, somebody);
      const headers = { authorization: 'Bearer pvk_wrong', 'content-type': 'text/plain', 'idempotency-key': ' ' };
      const body = operation.method === 'get' ? undefined : '{broken';
      const reply = await api.call(operation.method.toUpperCase(), path, body, headers);
      expect(reply.status).toBe(401);
      expect(reply.json).toMatchObject({ code: 'unauthenticated', status: 401 });
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    },
  );

  it('is asked for at addresses and with methods that do not exist, too', async () => {
    const none = { authorization: '' };
    expect((await api.call('GET', '/nothing', undefined, none)).status).toBe(401);
    expect((await api.call('PUT', '/pbxs', {}, none)).status).toBe(401);
    expect((await api.call('POST', '/health', {}, none)).status).toBe(401);
    expect((await api.call('GET', '/pbxs/%E0%A4%A', undefined, none)).status).toBe(401);
    expect((await api.call('GET', '/nothing')).status).toBe(404);
    const other = await api.call('PUT', '/pbxs', {});
    expect(other.status).toBe(405);
    expect(other.headers.get('allow')).toBe('GET, POST, HEAD');
    expect((await api.call('GET', '/pbxs/%E0%A4%A')).json).toMatchObject({ status: 400, code: 'bad-request' });
  });

  it('is taken as Bearer or as X-Api-Key, and looks the same when missing and when wrong', async () => {
    expect((await api.call('GET', '/pbxs')).status).toBe(200);
    expect((await fetch(`${api.url}/api/v1/pbxs`, { headers: { 'x-api-key': api.token } })).status).toBe(200);
    const other = `pvk_${'A'.repeat(32)}`;
    const replies = await Promise.all(
      [
        {},
        { authorization: `Bearer ${other}` },
        { authorization: `Basic ${btoa(`x:${api.token}`)}` },
        { 'x-api-key': other },
      ].map((headers) => fetch(`${api.url}/api/v1/pbxs`, { headers }).then((response) => response.json())),
    );
    const shown = replies.map((reply) => ({ ...(reply as object), requestId: '' }));
    for (const reply of shown) expect(reply).toEqual(shown[0]);
  });

  it('is not needed for health and the OpenAPI document; health tells more with it', async () => {
    const open = await (await fetch(`${api.url}/api/v1/health`)).json();
    expect(open).toEqual({ status: 'ok' });
    expect((await fetch(`${api.url}/api/v1/openapi.json`)).status).toBe(200);
    expect((await api.call('GET', '/health')).json.details).toMatchObject({
      version: '0.0.0-test',
      database: { ok: true },
    });
  });
});

describe('the admin token', () => {
  it('is made once, however many processes start at once, and is stored only as a hash', async () => {
    await api.store.database.sql`update installation set admin_token_hash = null`;
    const made = await Promise.all(Array.from({ length: 5 }, () => ensureAdminToken(api.store.database)));
    const tokens = made.filter((token) => token !== null);
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).toMatch(/^pvk_[A-Za-z0-9_-]{32}$/);
    expect(await ensureAdminToken(api.store.database)).toBeNull();
    const [row] = await api.store.database.sql`select * from installation`;
    expect(JSON.stringify(row)).not.toContain(tokens[0]);
    const renewed = await resetAdminToken(api.store.database);
    expect(await isAdminToken(api.store.database, tokens[0] ?? '')).toBe(false);
    expect(await isAdminToken(api.store.database, renewed)).toBe(true);
  });
});
