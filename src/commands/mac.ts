// provender mac: pseudo-MACs to be used by hand, for a PBX that is to know them before we do.
import { makePseudoMac, parseOui } from '../intake/pseudo-mac.ts';
import { type ExitCode, type Given, type Io, numberOption, textOption, UsageError } from './command.ts';

export async function mac(given: Given, io: Io): Promise<ExitCode> {
  const count = numberOption(given, 'count', { min: 1, max: 100_000 }) ?? 1;
  const asked = textOption(given, 'oui');
  const oui = asked === undefined ? null : parseOui(asked);
  if (oui !== null && !oui.ok) throw new UsageError(`--oui: ${oui.message}`);
  const made = new Set<string>();
  while (made.size < count) made.add(makePseudoMac(oui === null ? null : oui.oui));
  io.stdout.write(`${[...made].join('\n')}\n`);
  return 0;
}
