// Once per run: the portal is built, there is a database to clone, and a Chromium.
import type { TestProject } from 'vitest/node';
import { buildPortal } from '../scripts/portal.ts';
import setUpDatabase from '../test/global-setup.ts';
import { launchChromium } from './help/chromium.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildPortal();
  const [closeDatabase, chromium] = await Promise.all([setUpDatabase(project), launchChromium()]);
  project.provide('chromiumUrl', chromium.wsEndpoint());
  return async () => {
    await chromium.close();
    await closeDatabase();
  };
}
