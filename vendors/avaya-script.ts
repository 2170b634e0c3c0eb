// Avaya: runs a settings script for one phone. Bounded: a script may jump backwards for ever.
import type { Statement } from '../parsers/settings-script.ts';
import type { Entry } from '../parsers/syntax.ts';
import { parseMac } from './mac.ts';
import type { ParseContext } from './vendor.ts';

/** What a script does beside setting: the files that it fetches, and what was odd. */
interface Run {
  readonly entries: readonly Entry[];
  readonly includes: readonly string[];
  readonly warnings: readonly string[];
}

/** Every statement may run a few times; more is a loop. */
const MOST_RUNS_PER_STATEMENT = 4;

/**
 * Runs the statements as the phone of this context would. A condition on something that we do not know does not hold. A
 * jump to a tag that is not there ends the script (46xxsettings.txt, "GOTO").
 */
export function runScript(statements: readonly Statement[], context: ParseContext): Run {
  const entries: Entry[] = [];
  const set = new Map<string, string>();
  const includes = new Set<string>();
  const warnings = new Set<string>();
  const tags = new Map<string, number>();
  for (const [index, statement] of statements.entries()) {
    if (statement.kind === 'tag' && !tags.has(statement.tag)) tags.set(statement.tag, index);
  }
  const jump = (tag: string): number => {
    const target = tags.get(tag);
    if (target === undefined) warnings.add(`jump-to-nowhere:${tag}`);
    return target ?? statements.length;
  };

  let left = statements.length * MOST_RUNS_PER_STATEMENT;
  for (let at = 0; at < statements.length; ) {
    if (left === 0) {
      warnings.add('script-does-not-end');
      break;
    }
    left -= 1;
    const statement = statements[at];
    at += 1;
    switch (statement?.kind) {
      case 'set':
        entries.push({ key: statement.key, value: statement.value });
        set.set(statement.key, statement.value);
        break;
      case 'get': {
        const file = fileOf(statement.file, context);
        if (file === context.name) warnings.add('self-include');
        includes.add(file);
        break;
      }
      case 'goto':
        at = jump(statement.tag);
        break;
      case 'if': {
        const known = knownValue(statement.variable, context) ?? set.get(statement.variable);
        if (known === undefined) warnings.add(`condition-unknown:${statement.variable}`);
        else if (isSame(statement.variable, known, statement.value)) at = jump(statement.tag);
        break;
      }
      default:
    }
  }
  return { entries, includes: [...includes], warnings: [...warnings] };
}

/** [46xxsettings.txt] MODEL4: the first four characters. */
function knownValue(variable: string, { mac, model }: ParseContext): string | undefined {
  switch (variable) {
    case 'MACADDR':
      return mac ?? undefined;
    case 'MODEL':
      return model ?? undefined;
    case 'MODEL4':
      return model?.slice(0, 4);
    case 'SIG':
      return 'SIP';
    default:
      return undefined;
  }
}

function isSame(variable: string, known: string, wanted: string): boolean {
  if (variable !== 'MACADDR') return known.toLowerCase() === wanted.toLowerCase();
  const mac = parseMac(wanted);
  return mac.ok && mac.mac === known;
}

/** `$mac` is filled when the file is fetched. */
function fileOf(file: string, { mac, model }: ParseContext): string {
  return file
    .replaceAll('$MACADDR', mac ?? '$mac')
    .replaceAll('$MODEL4', model?.slice(0, 4) ?? '$MODEL4')
    .replaceAll(/\$MODEL(?!4)/g, model ?? '$MODEL');
}
