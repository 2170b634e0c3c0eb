// What holds for every screen, whoever wrote it, in every state: it has a name, axe finds nothing in light and in dark, and nothing
// is cut off sideways from a phone to 4K. A new address in web/router.tsx without an example here fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessibilityFaults } from './help/accessible.ts';
import { openPortal, type Portal, type Visitor } from './help/portal.ts';

const OPEN = ['/setup', '/sign-in', '/reset', '/invite', '/why'];

let portal: Portal;
let empty: Portal;
/** By route: an address where there is something to see. */
const full: Record<string, string> = {};
/** What else is a page of its own. */
const TABS = ['/members?tab=roles', '/settings?tab=installation', '/account?tab=sessions', '/activity?group=all'];

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
  await made(`/webhooks/${webhook.id}/ping`, undefined);
  await made('/sso-providers', { name: 'Okta', issuer: 'https://okta.example.com', clientId: 'p' });
  await made('/domains', { domain: 'acme.example' });
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

/** Goes there within the page, as a link does: the portal is loaded once for all of them. */
async function goTo(page: Page, address: string): Promise<void> {
  await page.evaluate((to) => {
    for (const title of document.querySelectorAll('[data-page-title]')) title.setAttribute('data-left', '');
    history.pushState(null, '', to);
  }, address);
  await page.locator('[data-page-title]:not([data-left])').first().waitFor();
}

const PHONE = 360;
const DESK = 1280;
const WALL = 3840;

async function resize(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
}

/** @throws when something reaches beyond the window */
async function expectWithin(page: Page, width: number): Promise<void> {
  await resize(page, width);
  const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
  await expect.poll(widest, { timeout: 3_000, message: `in a window of ${width} px` }).toBeLessThanOrEqual(width);
}

async function expectNothingFound(page: Page): Promise<void> {
  const found = await accessibilityFaults(page);
  if (found.length > 0) throw new Error(found.join('\n'));
}

/**
 * Everything that is wrong on these screens, by address, so that one run shows all of it.
 * @param settled waits for what there is to see in this state
 */
async function faults(
  { page }: Visitor,
  list: readonly string[],
  settled: (page: Page) => Promise<unknown>,
  { go = goTo, onPhones = false }: { readonly go?: typeof goTo; readonly onPhones?: boolean } = {},
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const address of list) {
    try {
      await go(page, address);
      await settled(page);
      await expectNothingFound(page);
      await expectWithin(page, WALL);
      await expectWithin(page, PHONE);
      if (onPhones) await expectNothingFound(page);
    } catch (error) {
      found[address] = (error as Error).message.slice(0, 2000);
    }
    await resize(page, DESK);
  }
  return found;
}

const nothingIsAsked = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));

it('has an example of every address', () => {
  expect(ROUTES.length).toBeGreaterThan(20);
  expect(ROUTES.filter((route) => route.includes('$') && full[route] === undefined)).toEqual([]);
});

it('is in order with something to show', async () => {
  const visitor = await portal.visit('owner');
  await visitor.go('/account');
  expect(await faults(visitor, [...addresses(true), ...TABS], nothingIsAsked, { onPhones: true })).toEqual({});
  await visitor.leave();
}, 480_000);

it('is in order before anybody is signed in', async () => {
  const visitor = await portal.open();
  visitor.expectConsole(/40[0-9]/);
  const go = async (page: Page, address: string) => {
    await page.goto(address);
    await page.locator('[data-page-title]').first().waitFor();
  };
  expect(await faults(visitor, OPEN, nothingIsAsked, { go, onPhones: true })).toEqual({});
  await visitor.leave();
});

it('is in order with nothing to show', async () => {
  const visitor = await empty.visit('owner');
  await visitor.go('/account');
  expect(await faults(visitor, addresses(false), nothingIsAsked)).toEqual({});
  await visitor.leave();
});

it('is in order for who may only read', async () => {
  const visitor = await portal.visit('viewer');
  visitor.expectConsole(/403/);
  await visitor.go('/account');
  expect(await faults(visitor, addresses(true), nothingIsAsked)).toEqual({});
  await visitor.leave();
});

const isMe = (route: Route) => new URL(route.request().url()).pathname === '/api/v1/me';

it('is in order while the answers take long', async () => {
  const visitor = await portal.visit('owner');
  await visitor.page.clock.install();
  await visitor.context.route('**/api/v1/**', (route) => (isMe(route) ? route.continue() : undefined));
  await visitor.go('/account');
  // A second, until the words of the wait are there.
  expect(await faults(visitor, addresses(true), (page) => page.clock.runFor(1_200))).toEqual({});
  await visitor.leave();
});

it('is in order when nothing can be read, and says so', async () => {
  const visitor = await portal.visit('owner');
  visitor.expectConsole(/503/);
  await visitor.page.clock.install();
  const problem = {
    type: 'urn:provender:problem:busy',
    title: 'Busy',
    status: 503,
    detail: 'The database does not answer.',
    code: 'database-gone',
    requestId: 'r-1',
  };
  await visitor.context.route('**/api/v1/**', (route) =>
    isMe(route)
      ? route.continue()
      : route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  );
  await visitor.go('/account');
  // It is tried again twice before it is said.
  const givenUp = async (page: Page) => {
    await expect
      .poll(async () => {
        await page.clock.runFor(2_000);
        return page.locator('[aria-busy=true]').count();
      })
      .toBe(0);
  };
  expect(await faults(visitor, addresses(true), givenUp)).toEqual({});
  await visitor.go('/users');
  await givenUp(visitor.page);
  await visitor.page.getByText('database-gone').first().waitFor();
  await visitor.leave();
});
