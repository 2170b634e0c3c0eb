// The database of an installation for a command that ends soon: beside the program that runs it, or on its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
import { CommandFailure } from './command.ts';

/** The database of the installation, whoever runs it; what we had to start is stopped again. */
export async function withDatabase<T>(
  config: Config,
  program: string,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== null) return withOpen(config.databaseUrl.reveal(), program, work);
  const { dataDir } = config;
  if (!['postgres', 'postgres.location'].some((name) => existsSync(join(dataDir, name)))) {
    throw new CommandFailure(
      `There is no installation in ${dataDir}. Name its directory with --data, or set DATABASE_URL.`,
    );
  }
  const embedded = await startEmbedded({ dataDir, join: true, program });
  try {
    return await withOpen(embedded.url, program, work);
  } finally {
    await embedded.stop();
  }
}

async function withOpen<T>(url: string, program: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url, { name: program, max: 4 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
