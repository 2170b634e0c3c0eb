// What holds for every screen, whoever wrote it: axe finds nothing, nothing is cut off sideways, and each has a name, in every
// state and both themes. A new address in web/router.tsx without an example here fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../src/roles.ts';
import { accessibilityFaults, openPortal, type Portal, type Visitor } from './help/portal.ts';

const OPEN = ['/setup', '/sign-in', '/reset', '/invite', '/why'];

let portal: Portal;
let empty: Portal;
/** By route: an address where there is something to see. */
const full: Record<string, string> = {};

beforeAll(async () => {
  [portal, empty] = await Promise.all([openPortal(), openPortal()]);
  const { call } = portal.api;
  const made = async (path: string, body: unknown, headers?: Record<string, string>) => {
    const reply = await call('POST', path, body, headers);
    if (reply.status >= 300) throw new Error(`${path} was answered ${reply.status}: ${reply.text}`);
    return reply.json;
  };
  const url = 'https://pbx.example.com/provision/{mac}.cfg';
  const pbx = await made('/pbxs', {
    name: 'Lakeside Clinic',
    provisioningUrl: url,
    autoProvision: true,
    country: 'US',
  });
  const user = await made('/users', { pbxId: pbx.id, name: 'Ann Example', sipUserId: '101', mac: '00005e005301' });
  await made('/voice-routes', { name: 'US East' });
  await made('/tenants', { name: 'Acme', kind: 'reseller' });
  const webhook = await made('/webhooks', { url: 'https://hooks.example.com/provender', events: ['user.provisioned'] });
  const csv = 'sip_user_id,mac_address\n102,AUTO_ASSIGN\n103,not-a-mac\n';
  const upload = await made(`/imports?pbx=${pbx.id}&fileName=users.csv`, csv, { 'content-type': 'text/csv' });
  await made(`/imports/${upload.id}/validate`, undefined);
  for (const [route, { id }] of Object.entries({ pbxs: pbx, users: user, webhooks: webhook, imports: upload })) {
    full[`/${route}/$id`] = `/${route}/${id}`;
  }
});
afterAll(() => Promise.all([portal.close(), empty.close()]));

const ROUTES = [
  ...readFileSync(join(import.meta.dirname, '../web/router.tsx'), 'utf8').matchAll(/path: '(\/[^']*)'/g),
].map(([, path]) => path ?? '');

/** Addresses of all screens behind the sign-in; those of one object only where there is one. */
const addresses = (withObjects: boolean): string[] =>
  ROUTES.filter((route) => !OPEN.includes(route)).flatMap((route) => {
    if (!route.includes('$')) return [route];
    return withObjects ? [full[route] ?? `no example for ${route}`] : [];
  });

async function look(page: Page, address: string, patience: number): Promise<void> {
  await page.goto(address);
  await page.locator('[data-page-title]').first().waitFor();
  // What is still being asked for is part of the picture; what can be waited for is waited for.
  await page
    .waitForFunction(() => !document.querySelector('[aria-busy=true]'), undefined, { timeout: patience })
    .catch(() => undefined);
}

/** Everything that is wrong on these screens, by address, so that one run shows all of it. */
async function faults(visitor: Visitor, list: readonly string[], patience = 3000): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const address of list) {
    try {
      await look(visitor.page, address, patience);
      const violations = await accessibilityFaults(visitor.page);
      if (violations.length > 0) throw new Error(violations.join('\n'));
      const [wide, window] = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      if ((wide ?? 0) > (window ?? 0)) throw new Error(`is ${wide} px wide in a window of ${window} px`);
    } catch (error) {
      found[address] = (error as Error).message.slice(0, 2000);
    }
  }
  return found;
}

it('has an example of every address', () => {
  expect(ROUTES.length).toBeGreaterThan(20);
  expect(ROUTES.filter((route) => route.includes('$') && full[route] === undefined)).toEqual([]);
});

describe.each([
  ['light', 1280],
  ['dark', 360],
] as const)('in %s at %i px', (theme, width) => {
  it('is in order with something to show', async () => {
    const visitor = await portal.visit('owner', { theme, width });
    expect(await faults(visitor, addresses(true))).toEqual({});
    await visitor.leave();
  }, 480_000);

  it('is in order before anybody is signed in', async () => {
    const visitor = await portal.open({ theme, width });
    visitor.expectConsole(/40[0-9]/);
    expect(await faults(visitor, OPEN)).toEqual({});
    await visitor.leave();
  }, 240_000);
});

it('is in order with nothing to show', async () => {
  const visitor = await empty.visit('owner', { theme: 'dark' });
  expect(await faults(visitor, addresses(false))).toEqual({});
  await visitor.leave();
}, 400_000);

it('is in order for who may only read, at 4K', async () => {
  const visitor = await portal.visit('viewer' satisfies Role, { width: 3840, height: 2160 });
  visitor.expectConsole(/403/);
  expect(await faults(visitor, addresses(true))).toEqual({});
  await visitor.leave();
}, 480_000);

it('is in order while the answers take long', async () => {
  const visitor = await portal.visit('owner', { theme: 'dark' });
  await visitor.context.route('**/api/v1/**', (route) =>
    new URL(route.request().url()).pathname === '/api/v1/me' ? route.continue() : undefined,
  );
  // A second, until the words of the wait are there.
  expect(await faults(visitor, addresses(true), 1200)).toEqual({});
  await visitor.leave();
}, 480_000);

it('is in order when nothing can be read, and says so', async () => {
  const visitor = await portal.visit('owner', { width: 360 });
  visitor.expectConsole(/503/);
  const problem = {
    type: 'urn:provender:problem:busy',
    title: 'Busy',
    status: 503,
    detail: 'The database does not answer.',
    code: 'database-gone',
    requestId: 'r-1',
  };
  await visitor.context.route('**/api/v1/**', (route) =>
    new URL(route.request().url()).pathname === '/api/v1/me'
      ? route.continue()
      : route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  );
  expect(await faults(visitor, addresses(true))).toEqual({});
  await visitor.go('/users');
  await visitor.page.getByText('database-gone').first().waitFor();
  await visitor.leave();
}, 480_000);
