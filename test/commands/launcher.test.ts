// bin/provender.js: what it makes of the process before the program is loaded.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { LAUNCHER, provender } from '../help/cli.ts';

/** Told by every Node before anything else of it runs: who it is, and with which flags. */
const TELLS = `--import=data:text/javascript,process.stderr.write(\`node:\${process.pid}:\${process.execArgv}\\n\`)`;
/** Ends at once, as a wrong usage, after the command was found. */
const ENDS = ['start', '--exit'];
const REFUSAL = 'provender: --exit belongs to --demo.\nSee: provender start --help\n';

function told(stderr: string): { pids: string[]; flags: string[]; rest: string } {
  const nodes = [...stderr.matchAll(/^node:(\d+):(.*)\n/gm)];
  return {
    pids: nodes.map((found) => found[1] ?? ''),
    flags: nodes.map((found) => found[2] ?? ''),
    rest: stderr.replace(/^node:.*\n/gm, ''),
  };
}

async function startedWith(nodeOptions: string, args: readonly string[] = ENDS) {
  const { code, stderr } = await provender(args, { env: { NODE_OPTIONS: `${nodeOptions} ${TELLS}` } });
  return { code, ...told(stderr) };
}

// Each test begins several programs.
describe.skipIf(process.platform === 'win32')('a program that runs for weeks', { timeout: 60_000 }, () => {
  it('takes little room for young objects, as the same process and without a word', async () => {
    const { code, pids, flags, rest } = await startedWith('');
    expect(flags).toEqual(['', '--max-semi-space-size=32']);
    expect(pids[0]).toBe(pids[1]);
    expect({ code, rest }).toEqual({ code: 2, rest: REFUSAL });
  });

  it('leaves the room to an operator who has chosen it, and to commands that end soon', async () => {
    for (const chosen of ['--max-semi-space-size=8', '--max_semi_space_size=64']) {
      const { code, flags, rest } = await startedWith(chosen);
      expect({ code, flags, rest }).toEqual({ code: 2, flags: [''], rest: REFUSAL });
    }
    expect((await startedWith('', ['parse', '--help'])).flags).toEqual(['']);
  });

  it('keeps the flags that Node was given', async () => {
    const child = fork(LAUNCHER, ENDS, {
      execArgv: ['--trace-warnings'],
      env: { ...process.env, NODE_OPTIONS: TELLS },
      silent: true,
    });
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    await once(child, 'close');
    // And the channel to who forked it, which another image would not have.
    expect(told(stderr)).toMatchObject({ flags: ['--trace-warnings'], rest: REFUSAL });
  });
});
