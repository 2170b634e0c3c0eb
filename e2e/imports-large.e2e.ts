// 100,000 rows: uploaded, checked, looked at from the first to the last, and those with problems alone. What it took is written
// to stderr; nothing is asserted of it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPortal, type Portal } from './help/portal.ts';

const ROWS = 100_000;

let portal: Portal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.close());

it('scrolls through 100,000 rows, and finds the few that are wrong', { timeout: 240_000 }, async () => {
  const pbx = await portal.api.call('POST', '/pbxs', { name: 'HQ', autoProvision: true, country: 'US' });
  expect(pbx.status).toBe(201);
  const visitor = await portal.visit('owner', { height: 900 });
  const { page } = visitor;
  page.setDefaultTimeout(60_000);
  await visitor.go(`/imports/new?pbx=${pbx.json.id}`);
  const lines = Array.from({ length: ROWS }, (_, at) => {
    const mac = at % 25_000 === 7 ? 'wrong' : `00005e${at.toString(16).padStart(6, '0')}`;
    return `user${at + 1}@north.example,${mac}`;
  });
  const buffer = Buffer.from(`Teams user,MAC\n${lines.join('\n')}\n`);
  const took: string[] = [];
  let since = Date.now();
  const lap = (what: string) => {
    took.push(`${what} ${((Date.now() - since) / 1000).toFixed(1)} s`);
    since = Date.now();
  };
  await page.locator('input[type=file]').setInputFiles({ name: 'large.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Go on to the columns' }).click();
  lap('head');
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await page.waitForURL('**/imports/*-*?step=check');
  lap('upload');
  await page.getByRole('button', { name: 'Go on with errors' }).waitFor();
  lap('check');

  const grid = page.getByRole('table', { name: 'Rows' });
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(ROWS + 1));
  await grid.getByText('user1@north.example').waitFor();
  lap('first rows');
  await grid.getByRole('row').nth(1).focus();
  await page.keyboard.press('End');
  await grid.getByText(`user${ROWS}@north.example`).waitFor();
  lap('last rows');
  await page.getByRole('textbox', { name: 'Go to row' }).fill('50000');
  await grid.getByText('user50000@north.example').waitFor();
  lap('row 50,000');
  // Only what is seen is in the page.
  expect(await grid.getByRole('row').count()).toBeLessThan(60);

  await page.getByText('With errors', { exact: true }).click();
  await grid.getByText('user75008@north.example').waitFor();
  expect(await grid.getByRole('row').count()).toBe(5);
  lap('filter');
  await grid.getByRole('button', { name: /row 8: wrong/ }).press('Enter');
  await page.getByRole('textbox', { name: 'MAC, or AUTO_ASSIGN of row 8' }).fill('00005effff01');
  await page.keyboard.press('Tab');
  await page.getByRole('textbox', { name: 'MAC, or AUTO_ASSIGN of row 25008' }).waitFor();
  lap('mend and on to the next');
  process.stderr.write(`${ROWS.toLocaleString('en')} rows: ${took.join(', ')}\n`);
  await visitor.leave();
});
