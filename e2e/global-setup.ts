// Once per run: the portal is built, and there is a database to clone.
import type { TestProject } from 'vitest/node';
import { buildPortal } from '../scripts/portal.ts';
import setUpDatabase from '../test/global-setup.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildPortal();
  return setUpDatabase(project);
}
