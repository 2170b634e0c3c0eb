// Whether what was read may be taken over: it must be the file of this device, with a line that can register. Pure; used
// alike by the sync, Test connection and `provender harvest`. What only the store sees (conflicts) is judged there.
import type { Line } from '../../vendors/model.ts';
import type { Reading } from '../../vendors/read.ts';
import { chooseLine } from './line-rule.ts';
import type { AcceptableDoubt } from './outcome.ts';

export type Judgement =
  | { readonly ok: true; readonly line: Line }
  | {
      readonly ok: false;
      readonly code: 'MAC_MISMATCH' | 'FIELD_MISSING' | 'CREDENTIAL_PLACEHOLDER';
      readonly message: string;
    };

/**
 * @param mac 12 lower-case hex digits
 * @param rule of line-rule.ts
 * @param accepted the doubt that a person accepted for this attempt
 */
export function judgeReading(
  reading: Reading,
  mac: string,
  rule: string,
  accepted: AcceptableDoubt | null = null,
): Judgement {
  const foreign = namesAnotherMac(reading, mac);
  if (foreign !== null && accepted !== 'MAC_MISMATCH') {
    return {
      ok: false,
      code: 'MAC_MISMATCH',
      message: `The file is for another device: it names the MAC ${foreign}, not ${mac}.`,
    };
  }
  const chosen = chooseLine(rule, reading.lines);
  if (!chosen.ok) return chosen;
  const { line } = chosen;
  const missing = missingFields(line);
  if (missing.length > 0) {
    return {
      ok: false,
      code: 'FIELD_MISSING',
      message: `Line ${line.line} of the file has no ${missing.join(' and no ')}.`,
    };
  }
  if (isPlaceholder(line) && accepted !== 'CREDENTIAL_PLACEHOLDER') {
    return {
      ok: false,
      code: 'CREDENTIAL_PLACEHOLDER',
      message: `The password of line ${line.line} looks like a placeholder, not like a SIP password.`,
    };
  }
  return { ok: true, line };
}

/** Another MAC that the file names while it does not name ours; null: nothing speaks against the file. */
function namesAnotherMac(reading: Reading, mac: string): string | null {
  if (reading.macs.length === 0 || reading.macs.some((named) => named === mac)) return null;
  return reading.macs[0] ?? null;
}

function missingFields(line: Line): string[] {
  const missing: string[] = [];
  if (line.userName === null) missing.push('user name');
  if (line.password === null && line.ha1 === undefined) missing.push('password');
  if (!line.registrar?.host) missing.push('server');
  return missing;
}

/** What templates hold where nobody entered a password. */
const PLACEHOLDERS =
  /^(x+|\*+|password|passwd|secret|changeme|change_me|\{.*\}|\$\{.*\}|\{\{.*\}\}|<.*>|__.*__|%.*%)$/i;

function isPlaceholder(line: Line): boolean {
  return PLACEHOLDERS.test(line.password ?? '') || /^(\{.*\}|\{\{.*\}\}|\$\{.*\})$/.test(line.userName ?? '');
}
