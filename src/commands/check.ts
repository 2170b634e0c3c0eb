// provender check: is this installation in order? Reads only, and beside a running program too.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { checkInstallation, type Finding } from '../store/check.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
import { CommandFailure, type ExitCode, flag, type Given, type Io } from './command.ts';
import { configOf } from './service.ts';
import { overridesOf } from './start.ts';

/** The database of the installation, whoever runs it; what we had to start is stopped again. */
async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  if (config.databaseUrl !== null) return withOpen(config.databaseUrl.reveal(), work);
  const { dataDir } = config;
  if (!['postgres', 'postgres.location'].some((name) => existsSync(join(dataDir, name)))) {
    throw new CommandFailure(
      `There is no installation in ${dataDir}. Name its directory with --data, or set DATABASE_URL.`,
    );
  }
  const embedded = await startEmbedded({ dataDir, join: true, program: 'provender check' });
  try {
    return await withOpen(embedded.url, work);
  } finally {
    await embedded.stop();
  }
}

async function withOpen<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url, { name: 'provender check', max: 2 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function findingLine(finding: Finding): string {
  const examples = finding.examples.length === 0 ? '' : ` (${finding.examples.join(', ')})`;
  return `${finding.severity}: ${finding.code}: ${finding.sentence}${examples}`;
}

export async function check(given: Given, io: Io): Promise<ExitCode> {
  const config = configOf(overridesOf(given));
  const findings = await withDatabase(config, (database) => checkInstallation(database, { keyFile: config.keyFile }));
  const broken = findings.some((finding) => finding.severity === 'error');
  if (flag(given, 'json')) io.stdout.write(`${JSON.stringify({ ok: !broken, findings }, null, 2)}\n`);
  else if (findings.length === 0) io.stdout.write('All is in order: migrations, key file, stored data.\n');
  for (const finding of findings) io.stderr.write(`${findingLine(finding)}\n`);
  return broken ? 1 : 0;
}
