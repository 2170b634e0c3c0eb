// provender start: everything in one process; with --demo also something to watch.
import { giveBackMemory } from '../spare-memory.ts';
import { type ExitCode, flag, type Given, type Io, numberOption, textOption, UsageError } from './command.ts';
import { configOf, endRequested, type Service, startService } from './service.ts';

/** The options that api and start share, as config.ts takes them. */
export function overridesOf(given: Given): { dataDir?: string; host?: string; port?: number } {
  const dataDir = textOption(given, 'data');
  const host = textOption(given, 'host');
  const port = numberOption(given, 'port', { min: 0, max: 65_535 });
  return {
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}

export function tellStarted(service: Service, io: Io): void {
  const lines = [...service.notes];
  if (service.adminToken !== null) {
    lines.push(
      `Admin token ${service.adminToken}`,
      '            Shown this once, for scripts until there is an owner. Requests send it as "Authorization: Bearer ...".',
    );
  }
  if (service.setupLink !== null) {
    lines.push(
      `Set up      ${service.setupLink}`,
      '            Open it within an hour to become the owner; each start prints a new one until then.',
    );
  }
  if (service.url !== null) lines.push(`Listening   ${service.url}  (API reference: ${service.url}/api/docs)`);
  io.stdout.write(`${lines.join('\n')}\n`);
}

/** Waits for the signal that ends us, and ends. */
export async function serveUntilEnd(service: Service, ended: Promise<NodeJS.Signals>, io: Io): Promise<ExitCode> {
  giveBackMemory();
  const signal = await ended;
  io.stderr.write(`provender: ${signal}: finishing what is under way. Once more ends at once.\n`);
  await service.stop();
  return 0;
}

export async function start(given: Given, io: Io): Promise<ExitCode> {
  if (flag(given, 'demo')) {
    const { runDemo } = await import('../demo/demo.ts');
    return runDemo({ overrides: overridesOf(given), exit: flag(given, 'exit') }, io);
  }
  if (flag(given, 'exit')) throw new UsageError('--exit belongs to --demo.');
  const config = configOf(overridesOf(given));
  const ended = endRequested();
  const service = await startService({ config, program: 'provender start', api: true, worker: true });
  tellStarted(service, io);
  return serveUntilEnd(service, ended, io);
}
