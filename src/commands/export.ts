// provender export: the SIP accounts of all users, encrypted to a public key of the customer.
import { hash, type KeyObject, randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { appendAudit, COMMAND_LINE } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { type KeyRing, openInstallationKeys } from '../store/key-ring.ts';
import { compareMigrations } from '../store/migrate.ts';
import { readCredentials } from '../store/user-credentials.ts';
import { encryptFor, readRecipient } from './cms.ts';
import { CommandFailure, type ExitCode, type Given, type Io, textOption, UsageError } from './command.ts';
import { withDatabase } from './joined-database.ts';
import { configOf } from './service.ts';
import { overridesOf } from './start.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export async function exportCredentials(given: Given, io: Io): Promise<ExitCode> {
  const recipientFile = textOption(given, 'recipient');
  const out = textOption(given, 'out');
  if (recipientFile === undefined || out === undefined) throw new UsageError('export needs --recipient and --out.');
  const recipient = readRecipient(await readPem(recipientFile));
  if (!recipient.ok) throw new CommandFailure(`${recipientFile} ${recipient.message}`);
  const filter = { tenantId: idOption(given, 'tenant'), pbxId: idOption(given, 'pbx') };
  const config = configOf(overridesOf(given));
  const count = await withDatabase<number>(config, 'provender export', async (database) => {
    const { lacking, unknown } = await compareMigrations(database.sql);
    if (lacking + unknown > 0)
      throw new CommandFailure('The database does not fit this version of Provender: see provender check.');
    const ring = await openInstallationKeys(database, config.keySource);
    await appendAudit(database.db, {
      actor: COMMAND_LINE,
      action: 'user.export',
      object: { type: 'user' },
      tenantId: filter.tenantId ?? null,
      after: { ...filter, recipient: fingerprintOf(recipient.key) },
    });
    const counted = { users: 0 };
    await writeStream(out, encryptFor(recipient.key, linesOf(database, ring, filter, counted)));
    return counted.users;
  });
  io.stdout.write(
    `${count} users, encrypted to ${recipientFile}: ${out}\nOpen it with: openssl cms -decrypt -inform DER -binary -in ${out} -inkey PRIVATE_KEY.pem\n`,
  );
  return 0;
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function idOption(given: Given, name: string): string | undefined {
  const text = textOption(given, name);
  if (text !== undefined && !UUID.test(text)) throw new UsageError(`--${name} must be an id, not "${text}".`);
  return text;
}

function fingerprintOf(key: KeyObject): string {
  return hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex');
}

interface Filter {
  readonly tenantId: string | undefined;
  readonly pbxId: string | undefined;
}

async function* linesOf(
  { db }: Database,
  ring: KeyRing,
  filter: Filter,
  counted: { users: number },
): AsyncGenerator<string> {
  for await (const page of readCredentials(db, ring, { reach: { tenants: 'all', pbxs: [] }, ...filter })) {
    counted.users += page.length;
    yield page.map((user) => `${JSON.stringify(user)}\n`).join('');
  }
}

/** Mode 0600, and whole or not at all: a file that was cut off would only be noticed at its end. */
async function writeStream(path: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code))
      throw new CommandFailure(`${path} cannot be written (${code}).`);
    throw error;
  }
}
