// The command line: finds the command, checks its options, runs it, and turns what went wrong into one line and an exit
// code. What the commands do is in src/commands.
import './quick-modules.ts';
import { parseArgs } from 'node:util';
import { type Command, CommandFailure, type ExitCode, type Given, type Io, UsageError } from './commands/command.ts';
import { COMMANDS, commandByName, NOT_YET } from './commands/list.ts';
import { overview, usageOf } from './commands/usage.ts';
import { nearestNames } from './nearest.ts';
import { packageVersion } from './package-root.ts';
import { isLateWrite } from './store/driver-defect.ts';

/** Reads the arguments of a command strictly: what it does not know is named, with the nearest word that it knows. */
function readArguments(command: Command, args: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, spec]) => [name, { type: spec.type }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = command.options[token.name];
    if (spec === undefined) {
      const [meant] = nearestNames(token.name, Object.keys(command.options), 1);
      throw new UsageError(`unknown option ${token.rawName}.${meant === undefined ? '' : ` Did you mean --${meant}?`}`);
    }
    if (spec.type === 'string' && (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))) {
      throw new UsageError(`--${token.name} needs a value: --${token.name} ${spec.value ?? 'VALUE'}`);
    }
    if (spec.type === 'boolean' && token.value !== undefined) throw new UsageError(`--${token.name} takes no value.`);
  }
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
  if (command.positionals === 'none' && positionals.length > 0 && values.help !== true) {
    throw new UsageError(`${command.name} takes no argument "${positionals[0]}".`);
  }
  // parseArgs gives an array only for options declared with `multiple`, and none is.
  return { options: values as Given['options'], positionals };
}

function findCommand(name: string): Command {
  const command = commandByName(name);
  if (command !== undefined) return command;
  if (NOT_YET.includes(name)) throw new UsageError(`${name} is not part of this version.`);
  const names = COMMANDS.map((known) => known.name);
  const [meant] = name === 'demo' ? ['start --demo'] : nearestNames(name, names, 1);
  throw new UsageError(`unknown command "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`}`);
}

/** What a failure that nobody expected leaves on the terminal: no stack, but its code where it has one. */
function oneLine(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  const detail = typeof code === 'string' ? ` (${code})` : '';
  return `provender: ${String(message ?? error).split('\n')[0]}${detail}`;
}

/** Runs one command line. Never throws: what fails is one line on stderr and the exit code. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const [first, ...rest] = args;
  let command: Command | undefined;
  try {
    if (first === undefined) {
      io.stderr.write(overview());
      return 2;
    }
    if (first === '--help' || first === '-h' || first === 'help') {
      const about = rest[0];
      io.stdout.write(about === undefined ? overview() : usageOf(findCommand(about)));
      return 0;
    }
    if (first === '--version' || first === '-v') {
      io.stdout.write(`${packageVersion()}\n`);
      return 0;
    }
    if (first.startsWith('-')) {
      const [meant] = nearestNames(first.replace(/^-+/, ''), ['help', 'version'], 1);
      throw new UsageError(
        `unknown option ${first}: the command comes first.${meant === undefined ? '' : ` Did you mean --${meant}?`}`,
      );
    }
    command = findCommand(first);
    if (rest.includes('-h')) rest.splice(rest.indexOf('-h'), 1, '--help');
    const given = readArguments(command, rest);
    if (given.options.help === true) {
      io.stdout.write(usageOf(command));
      return 0;
    }
    const runCommand = await command.load();
    return await runCommand(given, io);
  } catch (error) {
    if (error instanceof UsageError) {
      const about = command === undefined ? 'provender --help' : `provender ${command.name} --help`;
      io.stderr.write(`provender: ${error.message}\nSee: ${about}\n`);
      return 2;
    }
    if (error instanceof CommandFailure) {
      io.stderr.write(`provender: ${error.message}\n`);
      return 1;
    }
    io.stderr.write(`${oneLine(error)}\n`);
    return 1;
  }
}

/** The program: called by bin/provender.js. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`provender parse ... | head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  process.on('uncaughtException', (error) => {
    // The database driver's own defect, which whoever opened the database looks after.
    if (isLateWrite(error)) return;
    process.stderr.write(`${oneLine(error)}\n`);
    process.exit(1);
  });
  process.exitCode = await run(args, process);
}
