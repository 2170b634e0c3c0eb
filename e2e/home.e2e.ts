// The first page: how one begins, and how everything stands.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendActivity } from '../src/store/activity.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';
import { addHq, refuseLogin } from './help/refused-pbx.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.close());

it('shows an empty installation how to begin', async () => {
  const visitor = await portal.visit('owner', { theme: 'dark', width: 360 });
  const { page } = visitor;
  await visitor.go('/');
  await page.getByRole('heading', { name: 'Three steps to the first phone' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Add PBX' }).click();
  await page.waitForURL('**/pbxs/new');
  await visitor.leave();

  const reader = await portal.visit('viewer');
  await reader.go('/');
  const button = reader.page.getByRole('button', { name: 'Add PBX' });
  await button.focus();
  await reader.page.getByRole('tooltip').getByText('As Viewer you may not add PBXs').waitFor();
  await reader.leave();
});

it('says how everything stands, leads to each of it, and goes along with what happens', async () => {
  const { store, deps } = portal.api;
  const { sql, db } = store.database;
  const pbx = await addHq(portal);
  await refuseLogin(portal, pbx.id);
  const addUser = (status: string) =>
    sql`insert into users ${sql({ id: uuidv7(), tenant_id: pbx.tenantId, pbx_id: pbx.id, source: 'api', status })}`;
  for (const status of ['provisioned', 'provisioned', 'failed', 'stale', 'waiting', 'off']) await addUser(status);

  const visitor = await portal.visit('support');
  const { page } = visitor;
  await visitor.go('/');
  const users = page.getByRole('region', { name: 'Users' });
  await users.getByRole('link', { name: /^2\s*Provisioned/ }).waitFor();
  const trouble = page.getByRole('region', { name: 'PBXs in trouble' });
  await trouble.getByText('Login refused').first().waitFor();
  await trouble.getByRole('link', { name: 'HQ' }).waitFor();
  await page.getByRole('region', { name: 'Certificates that end' }).getByText('None ends within 30 days.').waitFor();
  await expectAccessible(page);

  await addUser('failed');
  await appendActivity(db, [
    {
      tenantId: pbx.tenantId,
      pbxId: pbx.id,
      pbxName: 'HQ',
      actor: 'system',
      verb: 'sync',
      outcome: 'failed',
      code: 'HTTP_404',
      sentence: 'The server has no file for this device.',
      nextAction: 'Look into the PBX.',
    },
  ]);
  deps.feed.touch();
  const failures = page.getByRole('region', { name: 'Last failures' });
  await failures.getByText('The server has no file for this device.').click();
  await failures.getByText('Look into the PBX.').waitFor();
  await users.getByRole('link', { name: /^2\s*Failed/ }).click();
  await page.waitForURL('**/users?status=failed');
  await visitor.leave();
});

it('one card fails alone, keeps what was read, and is read again by its own button', async () => {
  const visitor = await portal.visit('viewer', { theme: 'dark' });
  visitor.expectConsole(/503/);
  const { page } = visitor;
  const { sql } = portal.api.store.database;
  const ends = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  // Only the running uploads are read from this table.
  const lock = sql.begin(async (tx) => {
    await tx`lock table imports in access exclusive mode`;
    locked.resolve();
    await ends.promise;
  });
  await locked.promise;
  await visitor.go('/');
  const imports = page.getByRole('region', { name: 'Running uploads' });
  // While it waits the others are there.
  await page.getByRole('region', { name: 'Certificates that end' }).getByText('None ends within 30 days.').waitFor();
  await page
    .getByRole('region', { name: 'Users' })
    .getByRole('link', { name: /Provisioned/ })
    .waitFor();
  await imports.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').count()).toBe(1);
  await imports.getByText('too-slow').waitFor();
  await expectAccessible(page);
  ends.resolve();
  await lock;
  await imports.getByRole('button', { name: 'Try again' }).click();
  await imports.getByText('None is running.').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  await visitor.leave();
});

it('says of each card that it cannot be read when the server answers nothing', async () => {
  const visitor = await portal.visit('viewer', { width: 360 });
  visitor.expectConsole(/500/);
  const { page } = visitor;
  await page.route('**/api/v1/overview*', (route) => route.fulfill({ status: 500, body: '' }));
  await visitor.go('/');
  await page.getByRole('alert').nth(5).waitFor();
  await expectAccessible(page);
  await page.unroute('**/api/v1/overview*');
  await page.getByRole('region', { name: 'Users' }).getByRole('button', { name: 'Try again' }).click();
  await page
    .getByRole('region', { name: 'Users' })
    .getByRole('link', { name: /Provisioned/ })
    .waitFor();
  expect(await page.getByRole('alert').count()).toBe(5);
  await visitor.leave();
});
