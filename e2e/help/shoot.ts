// Pictures for who works on the screens: SHOTS=/some/folder npm run test:e2e. Without it none are made.
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';

export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
