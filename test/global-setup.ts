// Once per test run: one embedded PostgreSQL with a migrated template database, which testDatabase() clones.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removeCluster } from '../src/store/cluster.ts';
import { openDatabase } from '../src/store/database.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser address on the run's server, for making and dropping databases. */
    readonly databaseAdminUrl: string;
    /** Address of the template database. */
    readonly databaseTemplateUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'provender-test-'));
  const embedded = await startEmbedded({ dataDir, durable: false, program: 'provender tests' });
  const template = await openDatabase(embedded.url);
  await migrate(template);
  await template.close();
  project.provide('databaseAdminUrl', embedded.adminUrl);
  project.provide('databaseTemplateUrl', embedded.url);
  return async () => {
    await embedded.stop();
    removeCluster(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
}
