import { once } from 'node:events';
import { request as rawRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Operation, operation } from '../../src/api/contract/operation.ts';
import { contract } from '../../src/api/contract.ts';
import { readCursor, writeCursor } from '../../src/api/cursor.ts';
import { EventStreams } from '../../src/api/event-stream.ts';
import { mount } from '../../src/api/mount.ts';
import { Problem } from '../../src/api/problem.ts';
import { startTestApi, type TestApi } from '../help/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

let counter = 0;
async function addPbx(more: Record<string, unknown> = {}) {
  counter += 1;
  const reply = await api.call('POST', '/pbxs', { name: `PBX ${counter}`, ...more });
  expect(reply.status).toBe(201);
  return reply.json;
}

describe('problems', () => {
  it('have all members of RFC 9457 and ours, and no query, stack or path', async () => {
    const reply = await api.call('GET', '/pbxs/01a1fd94-06ea-74e4-b19b-0dd520170800?secret=hush');
    expect(reply.status).toBe(422);
    expect(reply.json).toEqual({
      type: 'urn:provender:problem:validation',
      title: 'Some values cannot be accepted',
      status: 422,
      detail: '#/query/secret: is not a parameter of this request',
      instance: '/api/v1/pbxs/01a1fd94-06ea-74e4-b19b-0dd520170800',
      code: 'validation',
      requestId: reply.headers.get('x-request-id'),
      errors: [{ pointer: '#/query/secret', detail: 'is not a parameter of this request', code: 'unknown-field' }],
    });
    expect(reply.text).not.toContain('hush');
  });

  it('are the same for an id that does not exist and one that is no id', async () => {
    for (const id of ['01a1fd94-06ea-74e4-b19b-0dd520170800', 'x', "1'--"]) {
      const reply = await api.call('GET', `/pbxs/${encodeURIComponent(id)}`);
      expect(reply.json).toMatchObject({ status: 404, code: 'not-found' });
    }
  });

  it('A5: say 400 for broken JSON, 422 for endless nesting, 413 for a large or exploding body, 415 for other types', async () => {
    expect((await api.call('POST', '/pbxs', '{"name":')).json).toMatchObject({ status: 400, code: 'bad-json' });
    expect((await api.call('POST', '/pbxs', new Uint8Array([0x22, 0xff, 0x22]))).json).toMatchObject({
      code: 'bad-json',
    });
    const deep = `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    expect((await api.call('POST', '/pbxs', deep)).json.errors).toMatchObject([
      { pointer: '#/body', code: 'too-deep' },
    ]);
    const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    expect((await api.call('POST', '/pbxs', large)).json).toMatchObject({ status: 413, code: 'too-large' });
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, ' '));
    expect((await api.call('POST', '/pbxs', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await api.call('POST', '/pbxs', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await api.call('POST', '/pbxs', '{}', { 'content-encoding': 'rot13' })).status).toBe(415);
    expect((await api.call('POST', '/pbxs')).json.errors).toEqual([
      { pointer: '#/body', detail: 'is required', code: 'required' },
    ]);
  });

  it('A2 A15 name each unknown field by its pointer, __proto__ too, and change nothing', async () => {
    const body = '{"name":"Strict","tenantId":"x","__proto__":{"admin":true},"persona":{"vendor":"yealink","a/b":1}}';
    const reply = await api.call('POST', '/pbxs', body);
    expect(reply.status).toBe(422);
    expect(reply.json.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      '#/body/__proto__',
      '#/body/persona/a~1b',
      '#/body/tenantId',
    ]);
    expect((await api.call('GET', '/pbxs?q=Strict')).json.items).toEqual([]);
  });

  it('L3: hide what broke on our side: no stack, no SQL, no path; the log has the request id', async () => {
    const pbx = await addPbx();
    await api.store.database.sql`alter table pbx_runs rename to pbx_runs_away`;
    const reply = await api.call('GET', `/pbxs/${pbx.id}`);
    await api.store.database.sql`alter table pbx_runs_away rename to pbx_runs`;
    expect(reply.json).toMatchObject({ status: 500, code: 'internal' });
    expect(reply.text).not.toMatch(/pbx_runs|select|\.ts|node_modules/);
    expect(api.logged.some((line) => line.includes(reply.json.requestId))).toBe(true);
  });
});

describe('every object that is taken', () => {
  // A provider of single sign-on may add to its answer what it likes (RFC 6749, 4.1.2).
  const taken = Object.entries<Operation>(contract).filter(([name]) => name !== 'finishSingleSignOn');
  it.each(taken)('A2: %s refuses unknown fields', (_name, operation) => {
    const check = (schema: z.ZodType): void => {
      let inner = schema;
      while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap() as z.ZodType;
      if (inner instanceof z.ZodObject) {
        expect(inner.def.catchall?._zod.def.type).toBe('never');
        for (const field of Object.values(inner.shape)) check(field as z.ZodType);
      }
    };
    for (const schema of [operation.params, operation.query, operation.body]) if (schema) check(schema);
  });
});

describe('cursors', () => {
  it('walk a list page by page without a gap or a repeat, in each order', async () => {
    for (let i = 0; i < 7; i += 1) await addPbx();
    for (const sort of ['name', '-name', 'createdAt', '-createdAt']) {
      const all = (await api.call('GET', `/pbxs?limit=500&sort=${sort}`)).json.items.map(
        (pbx: { id: string }) => pbx.id,
      );
      const walked: string[] = [];
      let cursor = '';
      do {
        const page = await api.call('GET', `/pbxs?limit=3&sort=${sort}${cursor}`);
        walked.push(...page.json.items.map((pbx: { id: string }) => pbx.id));
        cursor = page.json.nextCursor ? `&cursor=${page.json.nextCursor}` : '';
      } while (cursor);
      expect(walked).toEqual(all);
    }
  });

  it('A6 are refused when edited, of another list, or nonsense', async () => {
    const { nextCursor } = (await api.call('GET', '/pbxs?limit=1')).json as { nextCursor: string };
    const [text = '', tag = ''] = nextCursor.split('.');
    const forged = Buffer.from(JSON.stringify(['zzz', '01a1fd94-06ea-74e4-b19b-0dd520170800'])).toString('base64url');
    const edited = [
      `${forged}.${tag}`,
      `${text}.${tag.slice(0, -1)}`,
      `${text}.`,
      'x',
      '.',
      `${text}.${'é'.repeat(32)}`,
    ];
    for (const cursor of edited) {
      const reply = await api.call('GET', `/pbxs?cursor=${encodeURIComponent(cursor)}`);
      expect(reply.json).toMatchObject({ status: 400, code: 'bad-cursor' });
    }
    expect((await api.call('GET', `/pbxs?sort=-name&cursor=${nextCursor}`)).json.code).toBe('bad-cursor');
    expect((await api.call('GET', `/activity?cursor=${nextCursor}`)).json.code).toBe('bad-cursor');
    const other = writeCursor(api.store.ring, 'x', ['a']);
    expect(() => readCursor(api.store.ring, 'x', other, z.tuple([z.number()]))).toThrow(Problem);
  });

  it('A5: come with a limit from 1 to 500, and an estimate when asked for', async () => {
    for (const limit of ['0', '501', 'x', '1.5', '']) {
      const reply = await api.call('GET', `/pbxs?limit=${limit}`);
      expect(reply.json.errors[0].pointer).toBe('#/query/limit');
    }
    expect((await api.call('GET', '/pbxs')).json).not.toHaveProperty('estimate');
    expect((await api.call('GET', '/pbxs?count=estimate')).json.estimate).toBeGreaterThanOrEqual(0);
    expect((await api.call('GET', '/activity?count=estimate')).json.estimate).toBeGreaterThanOrEqual(0);
  });
});

describe('versions', () => {
  it('are asked for on every change: 428 without, 412 when stale with the object as it is now', async () => {
    const pbx = await addPbx();
    const path = `/pbxs/${pbx.id}`;
    const etag = (await api.call('GET', path)).headers.get('etag') ?? '';
    expect(etag).toBe(`"${pbx.id}-1"`);
    for (const [method, at] of [
      ['PATCH', path],
      ['DELETE', path],
      ['PUT', `${path}/certificates`],
    ] as const) {
      expect((await api.call(method, at, {})).json).toMatchObject({ status: 428, code: 'precondition-required' });
    }
    const changed = await api.call('PATCH', path, { didField: 'label' }, { 'if-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).toBe(`"${pbx.id}-2"`);
    for (const tag of [etag, 'W/"x"', `W/"${pbx.id}-2"`, 'x', '""']) {
      const stale = await api.call('PATCH', path, { name: 'Late' }, { 'if-match': tag });
      expect(stale.status).toBe(412);
      expect(stale.json).toMatchObject({ code: 'stale', currentVersion: 2, currentEtag: `"${pbx.id}-2"` });
      expect(stale.json.current).toMatchObject({ didField: 'label' });
      expect(stale.headers.get('etag')).toBe(`"${pbx.id}-2"`);
    }
    expect((await api.call('PATCH', path, { name: 'Listed' }, { 'if-match': `"other", "${pbx.id}-2"` })).status).toBe(
      200,
    );
    expect((await api.call('DELETE', path, undefined, { 'if-match': '*' })).status).toBe(204);
  });

  it('let one of many changes at once win', async () => {
    const pbx = await addPbx();
    const etag = `"${pbx.id}-1"`;
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        api.call('PATCH', `/pbxs/${pbx.id}`, { resyncHours: i + 1 }, { 'if-match': etag }),
      ),
    );
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    expect(replies.filter((reply) => reply.status === 412)).toHaveLength(5);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ 'idempotency-key': key });

  it('answers the same request again without doing it again, Location and ETag included', async () => {
    const body = { name: 'Once', password: 'canary-once-secret', username: 'u' };
    const first = await api.call('POST', '/pbxs', body, keyed('k-once'));
    const second = await api.call('POST', '/pbxs', body, keyed('k-once'));
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.text).toBe(first.text);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await api.call('GET', '/pbxs?q=Once')).json.items).toHaveLength(1);
    const rows = await api.store.database.sql`select * from idempotency_keys`;
    expect(JSON.stringify(rows)).not.toMatch(/canary-once|"name"/);
  });

  it('is refused for another body or query, and is free for another address', async () => {
    const reply = await api.call('POST', '/pbxs', { name: 'Another' }, keyed('k-once'));
    expect(reply.json).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    const pbx = await addPbx();
    expect((await api.call('POST', `/pbxs/${pbx.id}/sync`, undefined, keyed('k-once'))).status).toBe(202);
  });

  it('lets one of many at once through', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => api.call('POST', '/pbxs', { name: 'Crowd' }, keyed('k-crowd'))),
    );
    const statuses = replies.map((reply) => reply.status).sort();
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
    expect(replies.filter((reply) => reply.status === 201 && !reply.headers.get('idempotency-replayed'))).toHaveLength(
      1,
    );
    for (const reply of replies.filter((one) => one.status === 409))
      expect(reply.json.code).toBe('idempotency-key-in-use');
    expect((await api.call('GET', '/pbxs?q=Crowd')).json.items).toHaveLength(1);
  });

  it('is free again after a request that was refused, and after its holder died', async () => {
    expect((await api.call('POST', '/pbxs', { name: 'Crowd' }, keyed('k-again'))).status).toBe(409);
    expect((await api.call('POST', '/pbxs', { name: 'Uncrowded' }, keyed('k-again'))).status).toBe(201);

    const held = { name: 'Held' };
    await api.call('POST', '/pbxs', held, keyed('k-held'));
    const { sql } = api.store.database;
    await sql`delete from pbxs where name = 'Held'`;
    await sql`update idempotency_keys set status = null, body_sealed = null where key = 'k-held'`;
    expect((await api.call('POST', '/pbxs', held, keyed('k-held'))).status).toBe(409);
    await sql`update idempotency_keys set locked_until = now() - interval '1 s' where key = 'k-held'`;
    expect((await api.call('POST', '/pbxs', { name: 'Other' }, keyed('k-held'))).status).toBe(422);
    expect((await api.call('POST', '/pbxs', held, keyed('k-held'))).status).toBe(201);
  });

  it('is forgotten after a day', async () => {
    const { sql } = api.store.database;
    await sql`update idempotency_keys set created_at = now() - interval '25 hours' where key = 'k-once'`;
    expect((await api.call('POST', '/pbxs', { name: 'Next day' }, keyed('k-once'))).status).toBe(201);
  });

  it('must be visible ASCII', async () => {
    for (const key of ['a b', 'x'.repeat(256)]) {
      expect((await api.call('POST', '/pbxs', { name: 'Key' }, keyed(key))).json.code).toBe('bad-idempotency-key');
    }
  });
});

describe('every page', () => {
  it.each(['/', '/api/docs', '/api/docs/swagger-ui.css', '/nothing', '/api/v1/nothing', '/api/v1/health', '/%'])(
    '%s has the content security policy, no CORS header, and nothing that says what we run on',
    async (path) => {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await api.call(method, `${api.url}${path}`, undefined, {
          origin: 'https://evil.example.com',
        });
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toMatch(/unsafe|https?:/);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
        expect(headers.get('x-powered-by')).toBeNull();
      }
    },
  );

  it('of the reference is served from here alone, without inline script or style', async () => {
    for (const path of ['/', '/api/docs']) {
      const { text, status } = await api.call('GET', `${api.url}${path}`);
      expect(status).toBe(200);
      expect(text).not.toMatch(/<script>|<style|style=|onload=|https?:\/\//);
      for (const [, link] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
        expect((await api.call('GET', `${api.url}${link}`)).status).toBe(200);
      }
    }
  });

  it('takes nothing from a foreign Host header', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const body = JSON.stringify({ name: 'Host' });
      const headers = {
        host: 'evil.example.com',
        'x-forwarded-host': 'evil.example.com',
        authorization: `Bearer ${api.token}`,
        'content-type': 'application/json',
      };
      const request = rawRequest(`${api.url}/api/v1/pbxs`, { method: 'POST', headers }, (response) => {
        let text = JSON.stringify(response.headers);
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      });
      request.on('error', reject);
      request.end(body);
    });
    expect(answer).toContain('/api/v1/pbxs/');
    expect(answer).not.toContain('evil.example.com');
  });
});

describe('an answer', () => {
  it('A4 holds only the fields that its schema declares, however deep, and is 500 when it does not fit', async () => {
    const operations = {
      getThing: operation({
        method: 'get',
        path: '/thing',
        tag: 'x',
        summary: 'x',
        public: true,
        status: 200,
        response: z.object({ shown: z.string(), inner: z.array(z.object({ shown: z.string() })) }),
      }),
      getWrong: operation({
        method: 'get',
        path: '/wrong',
        tag: 'x',
        summary: 'x',
        public: true,
        status: 200,
        response: z.object({ shown: z.string() }),
      }),
    };
    const row = { shown: 'a', inner: [{ shown: 'b', sipPassword: 'canary' }], passwordSealed: 'canary' };
    const app = express();
    app.use(
      mount(api.deps, new EventStreams(), operations, {
        getThing: async () => ({ body: row }),
        getWrong: async () => ({ body: { shown: 5 as unknown as string } }),
      }),
    );
    app.use(((_error, _request, response, _next) => {
      response.status(500).end();
    }) satisfies express.ErrorRequestHandler);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await (await fetch(`${base}/thing`)).json()).toEqual({ shown: 'a', inner: [{ shown: 'b' }] });
    expect((await fetch(`${base}/wrong`)).status).toBe(500);
    server.close();
    server.closeAllConnections();
  });
});
