// provender admin reset EMAIL: a link for somebody who cannot sign in any more. Whoever has the shell has the database.
import type { Config } from '../config.ts';
import { appendAudit, COMMAND_LINE } from '../store/audit.ts';
import { dropTotp, findAccount } from '../store/credentials.ts';
import type { Database } from '../store/database.ts';
import { createLink } from '../store/one-time-links.ts';
import { CommandFailure, type ExitCode, type Given, type Io, UsageError } from './command.ts';
import { withDatabase } from './joined-database.ts';
import { configOf } from './service.ts';
import { overridesOf } from './start.ts';

const HOURS = 1;

export async function admin(given: Given, io: Io): Promise<ExitCode> {
  const [what, email, ...more] = given.positionals;
  if (what !== 'reset' || email === undefined || more.length > 0) {
    throw new UsageError('admin takes: reset EMAIL.');
  }
  const config = configOf(overridesOf(given));
  const link = await withDatabase(config, 'provender admin', (database) => makeLink(database, config, email));
  io.stdout.write(
    `${link}\nOpen it within an hour to set a new password. It works once; a second factor is taken away.\n`,
  );
  return 0;
}

/** A second factor goes too: it may be what was lost. */
async function makeLink(database: Database, config: Config, email: string): Promise<string> {
  const account = await findAccount(database.db, email);
  if (account === null) throw new CommandFailure(`There is no member with the address ${email}.`);
  const { memberId, tenantId, isActive, passwordHash } = account;
  if (!isActive && passwordHash !== null) {
    throw new CommandFailure(`${email} is disabled. Another owner can enable it.`);
  }
  const purpose = isActive ? 'reset' : 'invite';
  const token = await database.db.transaction(async (tx) => {
    await dropTotp(tx, memberId);
    await appendAudit(tx, {
      actor: COMMAND_LINE,
      action: 'member.link',
      object: { type: 'member', id: memberId, name: account.email },
      tenantId,
      after: { purpose },
    });
    return createLink(tx, { purpose, memberId, email: account.email, hours: HOURS });
  });
  const origin = config.publicUrl?.origin ?? `http://${config.host}:${config.port}`;
  return `${origin}/${purpose}#token=${token}`;
}
