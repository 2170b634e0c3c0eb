// provender audit verify: is the audit what was sealed? provender audit export: the whole of it, to keep elsewhere.
import { once } from 'node:events';
import { auditCsv, auditLines } from '../api/audit-text.ts';
import { exportAudit } from '../store/audit.ts';
import { type AuditFlaw, type AuditVerdict, verifyAudit } from '../store/audit-days.ts';
import { openInstallationKeys } from '../store/key-ring.ts';
import { compareMigrations } from '../store/migrate.ts';
import { CommandFailure, type ExitCode, flag, type Given, type Io, textOption, UsageError } from './command.ts';
import { withDatabase } from './joined-database.ts';
import { configOf } from './service.ts';
import { overridesOf } from './start.ts';

export async function audit(given: Given, io: Io): Promise<ExitCode> {
  const [what, ...rest] = given.positionals;
  if (rest.length > 0) throw new UsageError(`audit takes no argument "${rest[0]}".`);
  switch (what) {
    case 'verify':
      return verify(given, io);
    case 'export':
      return exportAll(given, io);
    default:
      throw new UsageError('audit needs one of: verify, export.');
  }
}

async function verify(given: Given, io: Io): Promise<ExitCode> {
  const config = configOf(overridesOf(given));
  const verdict = await withDatabase<AuditVerdict>(config, 'provender audit', async (database) => {
    await requireShape(database);
    return verifyAudit(database, await openInstallationKeys(database, config.keySource));
  });
  const { days, rows, lastDay, lastHash, flaws } = verdict;
  if (flag(given, 'json')) io.stdout.write(`${JSON.stringify({ ok: flaws.length === 0, ...verdict }, null, 2)}\n`);
  else if (lastDay === null) io.stdout.write('No day of the audit is sealed yet.\n');
  else if (flaws.length === 0)
    io.stdout.write(
      `${rows} entries of ${days} ${days === 1 ? 'day' : 'days'} are as they were sealed. Hash of ${lastDay}: ${lastHash}\n`,
    );
  for (const flaw of flaws) io.stderr.write(`error: ${sentenceOf(flaw)}\n`);
  return flaws.length === 0 ? 0 : 1;
}

function sentenceOf({ day, code, id }: AuditFlaw): string {
  switch (code) {
    case 'ROW_ALTERED':
      return `${code}: ${day}: the entry ${id} was altered.`;
    case 'ROW_DELETED':
      return `${code}: ${day}: the entry ${id} was deleted.`;
    case 'ROW_ADDED':
      return `${code}: ${day}: the entry ${id} was added after the day was sealed.`;
    case 'SEAL_BROKEN':
      return `${code}: ${day}: the seal of the day does not fit, or the seal of the day before was changed.`;
    case 'SEAL_MISSING':
      return `${code}: ${day}: the seal of the day was deleted.`;
  }
}

async function exportAll(given: Given, io: Io): Promise<ExitCode> {
  const config = configOf(overridesOf(given));
  const format = textOption(given, 'format') ?? 'jsonl';
  if (format !== 'jsonl' && format !== 'csv') throw new UsageError(`--format must be jsonl or csv, not "${format}".`);
  return withDatabase<ExitCode>(config, 'provender audit', async (database) => {
    await requireShape(database);
    const pages = exportAudit(database.db, { reach: { tenants: 'all', pbxs: [] } });
    for await (const text of format === 'csv' ? auditCsv(pages) : auditLines(pages))
      if (!io.stdout.write(text)) await once(io.stdout, 'drain');
    return 0;
  });
}

async function requireShape({ sql }: Parameters<typeof verifyAudit>[0]): Promise<void> {
  const { lacking, unknown } = await compareMigrations(sql);
  if (lacking + unknown > 0)
    throw new CommandFailure('The database does not fit this version of Provender: see provender check.');
}
