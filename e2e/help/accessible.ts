// What axe finds on a page as it is now, in light and in dark.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ALL: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: {
    // The head of a dialog is no head of the page.
    'landmark-no-duplicate-banner': { enabled: false },
    'landmark-unique': { enabled: false },
  },
};
/** All that the other theme can change. */
const COLOURS: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };

async function violations(page: Page, options: RunOptions): Promise<string[]> {
  // Once for each document.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const found = await page.evaluate(async (given) => {
    const { axe } = globalThis as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
    return (await axe.run({ ...given, resultTypes: ['violations'], preload: false })).violations;
  }, options);
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}

const themeOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.documentElement.dataset.mantineColorScheme);

/** As the system changes it at dusk; for who has chosen none. */
export async function changeTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForFunction((wanted) => {
    if (document.documentElement.dataset.mantineColorScheme !== wanted) return false;
    // Colours on their way from one to the other are neither.
    for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
    return true;
  }, theme);
}

/** In words; should be nothing. In the theme as it is all of it, in the other one the colours. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const theme = (await themeOf(page)) === 'dark' ? 'dark' : 'light';
  const other = theme === 'dark' ? 'light' : 'dark';
  const found = await violations(page, ALL);
  await changeTheme(page, other);
  const there = await violations(page, COLOURS);
  await changeTheme(page, theme);
  return [...found, ...there.map((text) => `in ${other}: ${text}`)];
}

export async function expectAccessible(page: Page): Promise<void> {
  expect(await accessibilityFaults(page)).toEqual([]);
}
