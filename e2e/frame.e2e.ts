// The frame around all screens: who gets in, the page with status 404, keys, themes, narrow windows.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;

beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.close());

it('leads who is not signed in to the sign-in, and remembers where they wanted to go', async () => {
  const visitor = await portal.open();
  visitor.expectConsole(/401/);
  await visitor.page.goto('/users?status=failed');
  await visitor.page.waitForURL('**/sign-in?next=*');
  expect(new URL(visitor.page.url()).searchParams.get('next')).toBe('/users?status=failed');
  await visitor.leave();
});

it('answers an address that leads nowhere with status 404 and a page that helps', async () => {
  const visitor = await portal.visit('owner');
  visitor.expectConsole(/404/);
  const answer = await visitor.page.goto('/no/such/page');
  expect(answer?.status()).toBe(404);
  await visitor.page.getByRole('heading', { name: 'There is no such page' }).first().waitFor();
  await visitor.leave();
});

it('goes where the keys say, and shows them', async () => {
  const visitor = await portal.visit('owner');
  await visitor.go('/');
  await visitor.page.keyboard.press('g');
  await visitor.page.keyboard.press('u');
  await visitor.page.waitForURL('**/users');
  await visitor.page.keyboard.press('?');
  await visitor.page.getByRole('dialog').waitFor();
  await expectAccessible(visitor.page);
  await visitor.page.keyboard.press('Escape');
  await visitor.page.keyboard.press('Control+k');
  await visitor.page.getByRole('combobox').fill('activ');
  await visitor.page.keyboard.press('Enter');
  await visitor.page.waitForURL('**/activity');
  await visitor.leave();
});

it('keeps the page when the session ends, says so, and goes on after a new sign-in', async () => {
  const visitor = await portal.visit('owner');
  visitor.expectConsole(/401/);
  await visitor.go('/account');
  const cookies = await visitor.context.cookies();
  await visitor.context.clearCookies();
  await visitor.page.keyboard.press('Control+k');
  await visitor.page.getByRole('combobox').fill('someone');
  await visitor.page.getByText('Your session has ended').waitFor();
  await visitor.page.keyboard.press('Escape');
  await expectAccessible(visitor.page);
  await visitor.context.addCookies(cookies);
  await visitor.page.keyboard.press('Control+k');
  await visitor.page.getByRole('combobox').fill('somebody');
  await visitor.page.keyboard.press('Escape');
  // Coming back to the tab asks again.
  await visitor.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await visitor.page.getByText('Your session has ended').waitFor({ state: 'detached' });
  await visitor.leave();
});

it('says when the live connection is lost, reads again by itself meanwhile, and is live again', async () => {
  const visitor = await portal.visit('owner');
  visitor.expectConsole(/503/);
  await visitor.page.clock.install();
  const stream = '**/api/v1/activity/stream';
  await visitor.context.route(stream, (route) => route.fulfill({ status: 503, body: '' }));
  await visitor.go('/pbxs');
  await visitor.page.clock.runFor(4_000);
  await visitor.page.getByText('No live connection').waitFor();
  await expectAccessible(visitor.page);

  // Nobody tells of the new PBX: it is found by looking.
  await portal.api.call('POST', '/pbxs', { name: 'Found by looking' });
  await visitor.page.clock.runFor(11_000);
  await visitor.page.getByText('Found by looking').waitFor();

  await visitor.context.unroute(stream);
  await visitor.page.clock.runFor(31_000);
  await visitor.page.getByText('No live connection').waitFor({ state: 'detached' });
  await visitor.leave();
});
