// Runs the real command line as a child process, on this Node.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const LAUNCHER = join(import.meta.dirname, '../../bin/provender.js');

export function provender(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; launcher?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [options.launcher ?? LAUNCHER, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  /** Ends it and gives its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Begins a program that goes on. Resolves once the output matches; the process must not end before. */
export function begin(args: readonly string[], ready: RegExp, env: Record<string, string> = {}): Promise<Running> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    void ended.then((code) => reject(new Error(`ended with ${code} before it was ready:\n${output}`)));
    const read = (chunk: Buffer) => {
      output += chunk;
      if (!ready.test(output)) return;
      resolve({
        child,
        url: /Listening +(\S+)/.exec(output)?.[1] ?? '',
        output: () => output,
        end(signal) {
          child.kill(signal);
          return ended;
        },
      });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
}
