// The list of users with 100,000 of them: it scrolls, filters, sorts and selects.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addMany } from './help/many-users.ts';
import { openPortal, type Portal } from './help/portal.ts';
import { shoot } from './help/shoot.ts';

let portal: Portal;
let pbxId: string;

beforeAll(async () => {
  portal = await openPortal();
  const made = await portal.api.call('POST', '/pbxs', {
    name: 'Large PBX',
    autoProvision: true,
    provisioningUrl: 'https://pbx.example.com/provision/{mac}.cfg',
  });
  expect(made.status).toBe(201);
  pbxId = made.json.id;
});
afterAll(() => portal.close());

it('scrolls, filters, sorts and selects among 100,000', async () => {
  const ROWS = 100_000;
  await addMany(portal, pbxId, ROWS, 100_000);
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  const took: Record<string, number> = {};
  const time = async (what: string, deed: () => Promise<unknown>) => {
    const from = performance.now();
    await deed();
    took[what] = Math.round(performance.now() - from);
  };
  const table = (page: Page) => page.getByRole('table', { name: 'Users' });
  const firstRow = () => table(page).locator('[data-index="0"]').innerText();
  await time('open', async () => {
    await visitor.go('/users?sort=name');
    await table(page).waitFor();
  });
  expect(Number(await table(page).getAttribute('aria-rowcount'))).toBeGreaterThan(50_000);
  // 1,000 rows down by the wheel: pages come as one scrolls, and few rows are in the page.
  const region = page.locator('[data-table]');
  await region.hover();
  await time('scroll 1,000 rows', async () => {
    for (;;) {
      await page.mouse.wheel(0, 8_000);
      const last = await table(page).locator('[data-index]').last().getAttribute('data-index');
      if (Number(last) > 1_000) break;
    }
  });
  expect(await table(page).locator('[data-index]').count()).toBeLessThan(60);
  await shoot(page, 'users-100000');
  await time('sort', async () => {
    await page.getByRole('button', { name: 'Sort by MAC' }).click();
    await page.waitForURL(/sort=mac/);
    await page.getByRole('button', { name: 'Sort by MAC' }).click();
    await expect.poll(firstRow, { interval: 30 }).toContain('Person 199999');
  });
  await time('filter by text', async () => {
    await page.getByRole('searchbox').fill('Person 112345');
    await expect.poll(firstRow, { interval: 30 }).toContain('Person 112345');
  });
  await page.getByRole('searchbox').fill('Person 1');
  await expect.poll(firstRow).toContain('Person 199999');
  await page.getByRole('button', { name: 'Status', exact: true }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page.keyboard.press('Escape');
  await page.waitForURL(/status=failed/);
  const [row] = await portal.api.store.database.sql`
    select count(*)::int as failed from users where name like 'Person 1%' and status = 'failed'`;
  // No check(): the next rows may come right after it, and then not all are selected.
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).click();
  await page.getByRole('button', { name: /Select all that match/ }).click();
  await time('count all that match', () =>
    page.getByText(`All ${row?.failed.toLocaleString('en')} that match are selected`).waitFor(),
  );
  await time('trial of switching them off', async () => {
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByText(`Switch off: ${row?.failed.toLocaleString('en')} users.`).waitFor();
  });
  await shoot(page, 'users-100000-all');
  // For who reads the run; no test: the machine may be busy.
  process.stdout.write(`100,000 users, in ms: ${JSON.stringify(took)}\n`);
  await visitor.leave();
});
