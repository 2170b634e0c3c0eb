// A program that owns an embedded PostgreSQL, for tests that kill it. Argument: JSON of EmbeddedOptions.
// Says one JSON line when it has started or failed; stops on SIGTERM, or when its standard input ends.
import { startEmbedded } from '../../src/store/embedded.ts';

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  const embedded = await startEmbedded({
    program: 'provender start',
    ...JSON.parse(process.argv[2] ?? '{}'),
    onEvent: (event) => say({ event }),
  });
  const end = () => {
    embedded.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', end);
  process.stdin.once('end', end).resume();
  // Only now: who reads this may send the signal at once.
  say({ ...embedded, uid: process.getuid?.() });
} catch (error) {
  const { code, message } = error as { code?: string; message?: string };
  say({ code, message });
  process.exitCode = 1;
}
