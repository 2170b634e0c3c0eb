// provender check: is this installation in order? Reads only, and beside a running program too.
import { checkInstallation, type Finding } from '../store/check.ts';
import { type ExitCode, flag, type Given, type Io } from './command.ts';
import { withDatabase } from './joined-database.ts';
import { configOf } from './service.ts';
import { overridesOf } from './start.ts';

function findingLine(finding: Finding): string {
  const examples = finding.examples.length === 0 ? '' : ` (${finding.examples.join(', ')})`;
  return `${finding.severity}: ${finding.code}: ${finding.sentence}${examples}`;
}

export async function check(given: Given, io: Io): Promise<ExitCode> {
  const config = configOf(overridesOf(given));
  const findings = await withDatabase(config, 'provender check', (database) =>
    checkInstallation(database, { keySource: config.keySource }),
  );
  const broken = findings.some((finding) => finding.severity === 'error');
  if (flag(given, 'json')) io.stdout.write(`${JSON.stringify({ ok: !broken, findings }, null, 2)}\n`);
  else if (findings.length === 0) io.stdout.write('All is in order: migrations, key file, stored data.\n');
  for (const finding of findings) io.stderr.write(`${findingLine(finding)}\n`);
  return broken ? 1 : 0;
}
