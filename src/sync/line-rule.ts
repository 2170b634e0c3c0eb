// Which line of a file is the user's: `first`, a number, or `user:<name>`. Knows no vendor, no database.
import type { Line } from '../../vendors/model.ts';

export type LineRule =
  | { readonly kind: 'first' }
  | { readonly kind: 'number'; readonly line: number }
  | { readonly kind: 'user'; readonly userName: string };

export type LineRuleResult =
  | { readonly ok: true; readonly rule: LineRule /** As it is stored. */; readonly text: string }
  | { readonly ok: false; readonly message: string };

export type ChosenLine =
  | { readonly ok: true; readonly line: Line }
  | { readonly ok: false; readonly code: 'FIELD_MISSING'; readonly message: string };

/** Phones with more than 200 lines are not made. */
const LAST_LINE = 200;

/** Reads a rule as a person typed it. */
export function parseLineRule(text: string): LineRuleResult {
  const rule = text.trim();
  if (/^first$/i.test(rule)) return { ok: true, rule: { kind: 'first' }, text: 'first' };
  if (/^\d{1,3}$/.test(rule)) {
    const line = Number(rule);
    if (line >= 1 && line <= LAST_LINE) return { ok: true, rule: { kind: 'number', line }, text: String(line) };
  }
  const userName = /^user:(.+)$/i.exec(rule)?.[1]?.trim();
  if (userName !== undefined && userName !== '') {
    return { ok: true, rule: { kind: 'user', userName }, text: `user:${userName}` };
  }
  return {
    ok: false,
    message: `The line rule is "first", a line number from 1 to ${LAST_LINE}, or "user:" with the line's user name.`,
  };
}

/**
 * The line that the rule names; it has a user name. A line named by its number is taken even when the file switches it
 * off: the admin asked for it. The message of a failure lists the lines that are there, never a password.
 */
export function chooseLine(ruleText: string, lines: readonly Line[]): ChosenLine {
  const parsed = parseLineRule(ruleText);
  if (!parsed.ok) return fail(`The line rule "${ruleText.slice(0, 60)}" cannot be used. ${parsed.message}`);
  if (lines.length === 0) return fail('The file has no line (SIP account). Assign one to this phone at the PBX.');
  const ordered = lines.toSorted((a, b) => a.line - b.line);
  const { rule } = parsed;
  switch (rule.kind) {
    case 'first': {
      const line = ordered.find((candidate) => candidate.enabled !== false && hasUserName(candidate));
      if (line !== undefined) return { ok: true, line };
      return fail(`No line of the file is switched on and has a user name: ${listLines(ordered)}.`);
    }
    case 'number': {
      const line = ordered.find((candidate) => candidate.line === rule.line);
      if (line === undefined) return fail(`The file has no line ${rule.line}. Lines there: ${listLines(ordered)}.`);
      if (hasUserName(line)) return { ok: true, line };
      return fail(`Line ${rule.line} has no user name. Lines there: ${listLines(ordered)}.`);
    }
    case 'user': {
      const matches = ordered.filter((candidate) => sameUser(candidate, rule.userName));
      const line = matches.find((candidate) => candidate.enabled !== false) ?? matches[0];
      if (line !== undefined) return { ok: true, line };
      return fail(
        `No line of the file has the user name "${rule.userName.slice(0, 60)}". Lines there: ${listLines(ordered)}.`,
      );
    }
  }
}

function fail(message: string): ChosenLine {
  return { ok: false, code: 'FIELD_MISSING', message };
}

function hasUserName(line: Line): boolean {
  return line.userName !== null && line.userName !== '';
}

function sameUser(line: Line, userName: string): boolean {
  const userPart = (text: string) => text.replace(/@.*$/s, '').toLowerCase();
  return hasUserName(line) && userPart(line.userName ?? '') === userPart(userName);
}

function listLines(lines: readonly Line[]): string {
  const shown = lines.slice(0, 12).map((line) => {
    const user = hasUserName(line) ? (line.userName ?? '').slice(0, 40) : 'no user name';
    return `${line.line} (${user}${line.enabled === false ? ', off' : ''})`;
  });
  return shown.join(', ') + (lines.length > shown.length ? ` and ${lines.length - shown.length} more` : '');
}
