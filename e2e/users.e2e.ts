// The list of users as people work with it: filters, order, keys, selection, bulk actions, many rows, roles.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, openPortal, type Portal } from './help/portal.ts';
import { shoot } from './help/shoot.ts';

let portal: Portal;
let pbxId: string;

beforeAll(async () => {
  portal = await openPortal();
  const made = await portal.api.call('POST', '/pbxs', {
    name: 'HQ Berlin',
    autoProvision: true,
    autoAssignMac: true,
    provisioningUrl: 'https://pbx.example.com/provision/{mac}.cfg',
  });
  expect(made.status).toBe(201);
  pbxId = made.json.id;
});
afterAll(() => portal.close());

async function addUser(user: Record<string, unknown>): Promise<string> {
  const made = await portal.api.call('POST', '/users', { pbxId, ...user });
  expect([made.status, made.text]).toEqual([201, expect.anything()]);
  return made.json.id;
}

/** Users of every status by SQL: what a harvest would leave. */
async function addMany(count: number, from = 1): Promise<void> {
  await portal.api.store.database.sql`
    insert into users (id, tenant_id, pbx_id, name, teams_user_id, sip_user_id, did, did_source, mac, source, status,
      reason_code, reason, status_at, last_checked_at)
    select uuidv7(), ${portal.api.store.tenantId}, ${pbxId}, 'Person ' || lpad(n::text, 6, '0'),
      'person' || n || '@acme.example', n::text, '+1202' || lpad(n::text, 7, '0'), 'harvest',
      '0000' || lpad(to_hex(n), 8, '0'), (array['manual', 'import', 'api'])[n % 3 + 1],
      (array['provisioned', 'provisioned', 'provisioned', 'waiting', 'failed', 'stale', 'off'])[n % 7 + 1],
      (array[null, null, null, 'QUEUED', 'HTTP_404', 'TCP_TIMEOUT', null])[n % 7 + 1],
      (array[null, null, null, 'The user is due and has not been asked yet.', 'The server has no file for this MAC.',
        'The server cannot be reached.', null])[n % 7 + 1],
      now() - n * interval '1 second', now() - n * interval '1 second'
    from generate_series(${from}::int, ${from + count - 1}::int) n`;
  await portal.api.store.database.sql`analyze users`;
}

const table = (page: Page) => page.getByRole('table', { name: 'Users' });
const rowOf = (page: Page, name: string) => table(page).getByRole('row').filter({ hasText: name });

it('says what to do while there is nobody, and what to clear when nobody matches', async () => {
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  await visitor.go('/users');
  await page.getByRole('heading', { name: 'No users yet' }).waitFor();
  await expectAccessible(page);
  await shoot(page, 'users-empty');
  await visitor.go('/users?q=nobody');
  await page.getByRole('heading', { name: 'No user matches' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await page.getByRole('heading', { name: 'No users yet' }).waitFor();
  await visitor.leave();
});

it('is filtered, sorted and walked through by keys, and the address keeps it', async () => {
  await addMany(60);
  await addUser({ name: 'Ann Archer', sipUserId: '101', teamsUserId: 'ann@acme.example', mac: '00005e005301' });
  await addUser({ name: 'Bob Baker', sipUserId: '102', userTag: 'sales' });
  const visitor = await portal.visit('owner');
  const { page } = visitor;
  await visitor.go('/users');
  await rowOf(page, 'Ann Archer').waitFor();
  await shoot(page, 'users');

  // By text, from the key for it; then by status.
  await page.keyboard.press('/');
  await page.keyboard.type('person');
  await page.waitForURL(/q=person/);
  await expect.poll(() => rowOf(page, 'Ann Archer').count()).toBe(0);
  await page.getByRole('button', { name: 'Status', exact: true }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page.getByRole('option', { name: 'Stale' }).click();
  await page.keyboard.press('Escape');
  await page.waitForURL(/status=failed%2Cstale/);
  await expect.poll(() => table(page).getAttribute('aria-rowcount')).toBe('18');
  await shoot(page, 'users-filtered');

  // By name, backwards: the head says so.
  await page.getByRole('button', { name: 'Sort by Name' }).click();
  await page.waitForURL(/sort=name/);
  await page.getByRole('button', { name: 'Sort by Name' }).click();
  await page.waitForURL(/sort=-name/);
  await expect
    .poll(() => page.getByRole('columnheader', { name: 'Name', exact: false }).first().getAttribute('aria-sort'))
    .toBe('descending');

  // j, k, x and Enter.
  const rows = table(page).locator('[data-index]');
  await expect.poll(() => rows.first().innerText()).toContain('Person 000060');
  await page.locator('[data-page-title]').focus();
  await page.keyboard.press('j');
  await expect.poll(() => page.locator(':focus').getAttribute('aria-rowindex')).toBe('2');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect.poll(() => page.locator(':focus').getAttribute('aria-rowindex')).toBe('3');
  await page.keyboard.press('x');
  await page.getByText('1 user selected').waitFor();
  await expectAccessible(page);
  await shoot(page, 'users-selected');
  const name = await page.locator(':focus').getByRole('link').first().textContent();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/users\/[0-9a-f-]{36}/);
  await page.goBack();
  await page.waitForURL(/sort=-name/);
  await rowOf(page, name ?? '?').waitFor();

  // Reloaded, it is the same.
  await page.reload();
  await rowOf(page, name ?? '?').waitFor();
  await expect.poll(() => table(page).getAttribute('aria-rowcount')).toBe('18');
  await visitor.leave();
});
