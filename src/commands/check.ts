// provender check: is this installation in order?
import { CommandFailure, type ExitCode, type Given, type Io } from './command.ts';

export async function check(_given: Given, _io: Io): Promise<ExitCode> {
  throw new CommandFailure('check is not there yet.');
}
