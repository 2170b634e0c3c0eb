import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../src/api/api.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { startTestApi, type TestApi } from '../help/api.ts';

/** Stands between the API and PostgreSQL, so that the database can be gone and back. */
class Wire {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  readonly #target: URL;
  port = 0;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async open(): Promise<void> {
    const server = createServer((socket) => {
      const upstream = connect(Number(this.#target.port), this.#target.hostname);
      for (const one of [socket, upstream]) {
        this.#sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          this.#sockets.delete(one);
          socket.destroy();
          upstream.destroy();
        });
      }
      socket.pipe(upstream).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server) this.#server.close(() => resolve());
      else resolve();
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = null;
  }
}

let home: TestApi;
let wire: Wire;
let database: Database;
let api: RunningApi;
beforeAll(async () => {
  home = await startTestApi();
  wire = new Wire(home.store.url);
  await wire.open();
  const url = new URL(home.store.url);
  url.host = `127.0.0.1:${wire.port}`;
  database = await openDatabase(url.href, { name: 'behind a wire', max: 2 });
  api = await startApi({ ...home.deps, database }, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await api.close();
  await database.close();
  await wire.cut();
  await home.close();
});

it('answers 503 with Retry-After while the database is gone, and works again when it is back', async () => {
  const ask = (path: string, init: Omit<RequestInit, 'headers'> = {}) =>
    fetch(`${api.url}/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${home.token}`, 'content-type': 'application/json' },
    });
  expect((await ask('/pbxs')).status).toBe(200);
  await wire.cut();
  for (const reply of [
    await ask('/pbxs'),
    await ask('/health'),
    await ask('/pbxs', { method: 'POST', body: '{"name":"x"}' }),
  ]) {
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('5');
    const text = await reply.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'database-gone', status: 503 });
    expect(text).not.toMatch(/ECONN|127\.0\.0\.1|postgres/i);
  }
  expect((await fetch(`${api.url}/api/v1/pbxs`)).status).toBe(401);
  await wire.open();
  await expect.poll(async () => (await ask('/health')).status, { timeout: 20_000 }).toBe(200);
  expect((await ask('/pbxs', { method: 'POST', body: '{"name":"x"}' })).status).toBe(201);
});
