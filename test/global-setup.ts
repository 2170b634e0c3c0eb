// Once per test run: one embedded PostgreSQL with a migrated template database, which testDatabase() clones.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
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

const PREFIX = 'provender-test-';

/** Servers of test runs that were killed: taken over, stopped, removed. Those of runs that live are refused to us. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const dataDir = join(tmpdir(), name);
    const age = Date.now() - (statSync(dataDir, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    // A run that has just begun owns its server only in a moment.
    if (!name.startsWith(PREFIX) || age < 120_000) continue;
    try {
      await (await startEmbedded({ dataDir, durable: false, program: 'provender tests' })).stop();
      removeCluster(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    } catch {
      // In use, or another user's: not ours to clear up.
    }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweep();
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX));
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
