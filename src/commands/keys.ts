// provender keys rotate: another key, everything sealed anew with it, while all programs run. provender keys new: a key.
import { COMMAND_LINE } from '../store/audit.ts';
import { openInstallationKeys } from '../store/key-ring.ts';
import { rotateKeys } from '../store/key-rotation.ts';
import { keyText, newKey } from '../store/key-source.ts';
import { compareMigrations } from '../store/migrate.ts';
import { CommandFailure, type ExitCode, type Given, type Io, UsageError } from './command.ts';
import { withDatabase } from './joined-database.ts';
import { configOf } from './service.ts';
import { overridesOf } from './start.ts';

export async function keys(given: Given, io: Io): Promise<ExitCode> {
  const [what, ...rest] = given.positionals;
  if (rest.length > 0) throw new UsageError(`keys takes no argument "${rest[0]}".`);
  switch (what) {
    case 'new':
      io.stdout.write(`${keyText(newKey())}\n`);
      return 0;
    case 'rotate':
      return rotate(given, io);
    default:
      throw new UsageError('keys needs one of: rotate, new.');
  }
}

async function rotate(given: Given, io: Io): Promise<ExitCode> {
  const config = configOf(overridesOf(given));
  return withDatabase<ExitCode>(config, 'provender keys rotate', async (database) => {
    const { lacking, unknown } = await compareMigrations(database.sql);
    if (lacking + unknown > 0)
      throw new CommandFailure('The database does not fit this version of Provender: see provender check.');
    const known = await database.sql`select 1 from installation`;
    if (known.length === 0) throw new CommandFailure('Nothing is sealed yet: there is no key to change.');
    const ring = await openInstallationKeys(database, config.keySource);
    const say = (line: string) => void io.stderr.write(`provender: ${line}\n`);
    const done = await rotateKeys(database, ring, { by: COMMAND_LINE, say });
    io.stdout.write(
      [
        `Key ${done.newKeyId} is in force; ${done.oldKeyId} is retired. ${done.resealed} values were sealed anew.`,
        'file' in config.keySource
          ? `Back up the key file ${config.keySource.file} now.`
          : 'Take the old key out of where the keys come from.',
        'Back-ups of the database that were made before need the old key: keep its copy with them, or make new ones.',
        ...done.notKept.map((name) => `The key file of ${name} could not be written: copy the new one there.`),
        '',
      ].join('\n'),
    );
    return 0;
  });
}
