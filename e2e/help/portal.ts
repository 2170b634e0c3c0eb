// The portal as people have it: a real server with a database of its own, a worker if wanted, and Chromium. A page that writes
// to the console, or asks anything outside, fails its test.
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../../src/roles.ts';
import { startTestApi, type TestApi } from '../../test/help/api.ts';
import { addMember, PASSWORD } from '../../test/help/browser.ts';
import { runWorker, type WorkerSettings } from '../../test/help/worker.ts';
import { connectChromium } from './chromium.ts';

export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the console said that it should not have. Checked when the visitor leaves. */
  readonly complaints: string[];
  /** Answers of the API that a test provokes on purpose are logged by Chromium: they are expected when they match. */
  expectConsole(pattern: RegExp): void;
  /** Another page of the portal, as if its address was typed. */
  go(path: string): Promise<void>;
  leave(): Promise<void>;
}

export interface Portal {
  readonly url: string;
  readonly api: TestApi;
  /** Somebody with this role at the tenant (the operator's unless said), signed in. */
  visit(role: Role, look?: Look & { readonly tenantId?: string }): Promise<Visitor>;
  /** Somebody who is not signed in. */
  open(look?: Look): Promise<Visitor>;
  close(): Promise<void>;
}

/** @param worker true: users are harvested by a worker, which looks for due users every second */
export async function openPortal({
  worker = false,
  ...options
}: Parameters<typeof startTestApi>[0] & { readonly worker?: boolean | Partial<WorkerSettings> } = {}): Promise<Portal> {
  const api = await startTestApi(options);
  const { database, ring } = api.store;
  const running = worker
    ? await runWorker({ database, ring, log: api.deps.log, ...(typeof worker === 'object' && worker) })
    : null;
  const browser = await connectChromium();
  const visitors = new Set<Visitor>();
  let number = 0;

  async function open({ theme = 'light', width = 1280, height = 800 }: Look = {}): Promise<Visitor> {
    const context = await browser.newContext({
      baseURL: api.url,
      colorScheme: theme,
      viewport: { width, height },
      reducedMotion: 'reduce',
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    });
    context.setDefaultTimeout(40_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    const expected: RegExp[] = [];
    const complain = (text: string) => {
      if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
    };
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complain(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complain(`uncaught: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(api.url) && !/^(data|blob):/.test(request.url()))
        complain(`outside: ${request.url()}`);
    });
    const visitor: Visitor = {
      page,
      context,
      complaints,
      expectConsole: (pattern) => void expected.push(pattern),
      go: async (path) => {
        await page.goto(path);
        await page.waitForSelector('[data-page-title]');
      },
      async leave() {
        visitors.delete(visitor);
        await context.close();
        expect(complaints).toEqual([]);
      },
    };
    visitors.add(visitor);
    return visitor;
  }

  return {
    url: api.url,
    api,
    open,
    async visit(role, { tenantId, ...look } = {}) {
      number += 1;
      const email = `${role.toLowerCase()}${number}@example.com`;
      await addMember(api, email, role, tenantId);
      const visitor = await open(look);
      // The cookie is the browser's own: it is set by the answer to a page's request.
      const reply = await visitor.context.request.post('/api/v1/sign-in', {
        data: { email, password: PASSWORD },
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect(reply.status()).toBe(200);
      return visitor;
    },
    async close() {
      await Promise.all([...visitors].map((visitor) => visitor.context.close()));
      await browser.close();
      await running?.stop();
      await api.close();
    },
  };
}
