// How an installation gets its first owner: by a link printed at each start, or without anybody looking, from settings.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../../fetchers/secret.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { hashPassword, passwordProblem } from '../sign-in/password.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { hasMembers } from '../store/members.ts';
import { createLink } from '../store/one-time-links.ts';
import { createFirstOwner, hasOwner } from '../store/owners.ts';
import { UsageError } from './command.ts';

const SETUP_HOURS = 1;

/** Null: there is an owner. The link of the start before dies. */
export async function makeSetupToken(database: Database): Promise<string | null> {
  return database.db.transaction(async (tx) => {
    if (await hasOwner(tx)) return null;
    return createLink(tx, { purpose: 'setup', memberId: null, email: null, hours: SETUP_HOURS });
  });
}

/** With PROVENDER_ADMIN_EMAIL and PROVENDER_ADMIN_PASSWORD_FILE. @throws UsageError when they cannot be used */
export async function setUpFromSettings(
  { database, tenantId, log }: { readonly database: Database; readonly tenantId: string; readonly log: Logger },
  { firstOwner }: Pick<Config, 'firstOwner'>,
): Promise<void> {
  if (firstOwner === null) return;
  if (await hasMembers(database.db)) {
    log.info('PROVENDER_ADMIN_EMAIL is not looked at: there are members already');
    return;
  }
  const { email, passwordFile } = firstOwner;
  if (!z.email().safeParse(email).success) throw new UsageError('PROVENDER_ADMIN_EMAIL must be an e-mail address.');
  const password = readPassword(passwordFile);
  const problem = passwordProblem(password, [email]);
  if (problem !== null) throw new UsageError(`The password in PROVENDER_ADMIN_PASSWORD_FILE ${problem.detail}.`);
  const passwordHash = await hashPassword(password);
  const made = await database.db.transaction(async (tx) => {
    const id = await createFirstOwner(tx, tenantId, { email, name: email, passwordHash });
    if (id === null) return false;
    await appendAudit(tx, {
      actor: { account: 'system', name: 'system' },
      action: 'installation.setUp',
      object: { type: 'member', id, name: email },
      tenantId,
      before: null,
      after: { email },
      requestId: null,
      ip: null,
    });
    return true;
  });
  if (made) log.info({ email }, 'the first owner was made from the settings');
}

function readPassword(file: string): Secret {
  try {
    return new Secret(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`PROVENDER_ADMIN_PASSWORD_FILE cannot be read: ${file} (${code ?? 'unknown'}).`);
  }
}
