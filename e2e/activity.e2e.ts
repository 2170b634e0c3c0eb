// The activity feed as support staff use it: filters in the address, repeats as one line, incidents, live news, one entry.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendActivity, type NewActivity } from '../src/store/activity.ts';
import { expectAccessible } from './help/accessible.ts';
import { textOf } from './help/download.ts';
import { openPortal, type Portal } from './help/portal.ts';
import { addHq, refuseLogin } from './help/refused-pbx.ts';

let portal: Portal;
let pbx: { id: string; tenantId: string };
const users: { id: string; name: string }[] = [];

beforeAll(async () => {
  portal = await openPortal();
  const { call } = portal.api;
  pbx = await addHq(portal);
  for (let n = 0; n < 5; n += 1) {
    const mac = `00156511330${n}`;
    users.push((await call('POST', '/users', { pbxId: pbx.id, name: `User ${n}`, mac })).json);
  }
});
afterAll(() => portal.close());

const missing = (n: number, more: Partial<NewActivity> = {}): NewActivity => ({
  tenantId: pbx.tenantId,
  pbxId: pbx.id,
  pbxName: 'HQ',
  userId: users[n]?.id ?? null,
  userName: users[n]?.name ?? null,
  actor: 'system',
  verb: 'sync',
  outcome: 'failed',
  status: 'failed',
  code: 'HTTP_404',
  sentence: `The server has no file for device ${n}.`,
  nextAction: 'Check that a device with this MAC exists in the PBX.',
  steps: [
    { step: 'fetch', ok: true, ms: 80, text: 'GET https://pbx.example/: 200' },
    { step: 'parse', ok: false, ms: 12, text: 'Nothing in it.' },
  ],
  ...more,
});

/** As a worker does it. */
async function tell(...entries: NewActivity[]): Promise<void> {
  await appendActivity(portal.api.store.database.db, entries);
  portal.api.deps.feed.touch();
}

it('tells repeats as one line, and opens an entry beside the list, by keyboard', async () => {
  const visitor = await portal.visit('support');
  const { page } = visitor;
  await visitor.go('/activity');
  const table = page.getByRole('table', { name: 'Activity' });
  await table.getByText('HQ').first().waitFor();
  await tell(missing(0), missing(1), missing(2), missing(3));
  // Nobody reads: it comes by itself.
  const group = table.getByRole('row').filter({ hasText: '4 × No file for this MAC' });
  await group.getByText('4 users').waitFor();
  expect(await table.getByText('The server has no file for device').count()).toBe(0);
  await expectAccessible(page);

  await group.focus();
  await page.keyboard.press('Enter');
  await table.getByText('The server has no file for device 2').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Sync' });
  await drawer.getByText('Check that a device with this MAC exists').waitFor();
  await drawer.getByRole('columnheader', { name: /altogether 92 ms/ }).waitFor();
  await drawer.getByRole('link', { name: 'HQ', exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get('entry')).not.toBeNull();
  await expectAccessible(page);
  const said = await drawer
    .getByText(/has no file for device \d/)
    .first()
    .innerText();
  await page.keyboard.press('j');
  await drawer
    .getByText(/has no file for device \d/)
    .first()
    .filter({ hasNotText: said })
    .waitFor();
  await page.keyboard.press('r');
  await page.getByText('1 user asked now.').waitFor();
  expect(portal.api.woken).toContain(pbx.id);
  await page.reload();
  await drawer.waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  expect(new URL(page.url()).searchParams.get('entry')).toBeNull();
  await visitor.leave();
});

it('counts what comes while one reads, and shows it when asked', async () => {
  const visitor = await portal.visit('viewer', { theme: 'dark' });
  const { page } = visitor;
  await visitor.go('/activity?group=no');
  const table = page.getByRole('table', { name: 'Activity' });
  await table.getByRole('row').nth(1).hover();
  const first = await table.getByRole('row').nth(1).innerText();
  await tell(missing(4, { sentence: 'Quite new.' }));
  const news = page.getByRole('button', { name: '1 new' });
  await news.waitFor();
  expect(await table.getByRole('row').nth(1).innerText()).toBe(first);
  await expectAccessible(page);
  await news.click();
  await table.getByText('Quite new.').waitFor();
  // What may not be done is there, and says why.
  await page.getByText('Quite new.').click();
  const sync = page.getByRole('dialog').getByRole('button', { name: 'Sync this user' });
  expect(await sync.getAttribute('aria-disabled')).toBe('true');
  await visitor.leave();
});

it('filters by what the address says, and saves what is shown', async () => {
  await tell(
    missing(0, { outcome: 'ok', code: null, sentence: 'Provisioned.', nextAction: null, steps: [] }),
    missing(1, { code: 'HTTP_401', sentence: 'The PBX refuses the login.' }),
  );
  const visitor = await portal.visit('owner', { width: 360 });
  const { page } = visitor;
  await visitor.go('/activity?outcome=failed&group=no&from=1h');
  const table = page.getByRole('table', { name: 'Activity' });
  await table.getByText('The PBX refuses the login.').waitFor();
  expect(await table.getByText('Provisioned.').count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Reason/ }).click();
  await page.getByRole('option', { name: /^Login refused/ }).click();
  await page.waitForURL(/code=HTTP_401/);
  await page.keyboard.press('Escape');
  await table.getByText('device 0').waitFor({ state: 'detached' });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export as CSV' }).click(),
  ]);
  const text = await textOf(download);
  expect(text.split('\r\n')[0]).toMatch(/^\uFEFF?at,outcome,code/);
  expect(text).toContain('The PBX refuses the login.');
  expect(text).not.toContain('HTTP_404');

  await visitor.go('/activity?to=2020-01-01T00:00:00.000Z');
  await page.getByRole('heading', { name: 'Nothing matches these filters' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear filters' }).last().click();
  await table.waitFor();
  await visitor.leave();
});

it('is narrowed to one user, who is found by name or MAC, and stays in the address', async () => {
  const visitor = await portal.visit('support', { theme: 'dark' });
  const { page } = visitor;
  await visitor.go('/activity?group=no');
  await page.getByRole('button', { name: 'User', exact: true }).click();
  await page.getByRole('textbox', { name: 'Search in User' }).fill('00:15:65:11:33:02');
  await page.getByRole('option', { name: /^User 2/ }).waitFor();
  await page.getByRole('option', { name: /^User 1/ }).waitFor({ state: 'detached' });
  await page.getByRole('option', { name: /^User 2/ }).click();
  await page.waitForURL(new RegExp(`user=${users[2]?.id}`));
  const table = page.getByRole('table', { name: 'Activity' });
  await table.getByText('device 3').waitFor({ state: 'detached' });
  await table.getByText('device 2').first().waitFor();
  await expectAccessible(page);
  await page.reload();
  await page.getByRole('button', { name: 'User: User 2' }).waitFor();
  await page.getByRole('button', { name: 'Clear User' }).click();
  await table.getByText('device 3').first().waitFor();
  await visitor.leave();
});

it('finds entries by their words', async () => {
  const visitor = await portal.visit('support');
  const { page } = visitor;
  await visitor.go('/activity?group=no');
  await page.keyboard.press('/');
  await page.keyboard.type('refuses the login');
  await page.waitForURL(/q=refuses/);
  const table = page.getByRole('table', { name: 'Activity' });
  await table.getByText('device 0').first().waitFor({ state: 'detached' });
  await table.getByText('The PBX refuses the login.').waitFor();
  await visitor.leave();
});

it('sums up what went wrong, and leads to the entries', async () => {
  const visitor = await portal.visit('support', { theme: 'dark' });
  const { page } = visitor;
  await visitor.go('/activity?group=all');
  const row = page
    .getByRole('table', { name: 'Troubles' })
    .getByRole('row')
    .filter({ hasText: '× No file for this MAC' });
  await row.waitFor();
  await expectAccessible(page);
  await row.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/code=HTTP_404/);
  await page
    .getByRole('table', { name: 'Activity' })
    .getByText('The server has no file for device 0')
    .first()
    .waitFor();
  await visitor.leave();
});

it('shows a PBX that nobody asks as one incident, with Sync', async () => {
  await refuseLogin(portal, pbx.id);
  await tell({
    tenantId: pbx.tenantId,
    pbxId: pbx.id,
    pbxName: 'HQ',
    actor: 'system',
    verb: 'login.stop',
    outcome: 'failed',
    code: 'HTTP_401',
    sentence: 'The PBX refuses the login that is set. Nobody is asked with it any more.',
    nextAction: 'Correct user name and password.',
  });
  const visitor = await portal.visit('support');
  const { page } = visitor;
  await visitor.go('/activity');
  const incidents = page.getByRole('region', { name: 'PBXs in trouble' });
  await incidents.getByText('Nobody is asked with it any more').waitFor();
  await incidents.getByText('5 users waiting').waitFor();
  await incidents.getByRole('link', { name: 'Settings' }).waitFor();
  await expectAccessible(page);
  await incidents.getByRole('button', { name: 'Sync HQ' }).click();
  await page.getByText(/users? asked now\./).waitFor();
  await visitor.leave();
});
