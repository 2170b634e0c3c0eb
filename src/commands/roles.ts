// provender api and provender worker: one role each, for several machines on one PostgreSQL.
import { type ExitCode, type Given, type Io, UsageError } from './command.ts';
import { configOf, endRequested, startService } from './service.ts';
import { overridesOf, serveUntilEnd, tellStarted } from './start.ts';

async function runRole(role: 'api' | 'worker', given: Given, io: Io): Promise<ExitCode> {
  const config = configOf(overridesOf(given));
  if (config.databaseUrl === null) {
    throw new UsageError(
      `${role} needs DATABASE_URL: the PostgreSQL that all machines share, with the same key file on each ` +
        '(PROVENDER_KEY_FILE). On one machine use provender start.',
    );
  }
  const ended = endRequested();
  const program = `provender ${role}`;
  const service = await startService({ config, program, api: role === 'api', worker: role === 'worker' });
  tellStarted(service, io);
  if (role === 'worker') io.stdout.write('Working     on the due users of all PBXs\n');
  return serveUntilEnd(service, ended, io);
}

export const api = (given: Given, io: Io): Promise<ExitCode> => runRole('api', given, io);
export const worker = (given: Given, io: Io): Promise<ExitCode> => runRole('worker', given, io);
