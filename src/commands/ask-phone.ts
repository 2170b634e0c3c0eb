// One try for one phone from the command line: what gatherConfig answers, with the two answers that only a database has a
// use for turned into failures.
import { type Gathered, type GatherFailure, type GatherRequest, gatherConfig } from '../sync/gather.ts';

/** As long as one sync may take. Not imported from src/sync/sync-user.ts: loading that takes longer than a short fetch. */
const TRY_SECONDS = 20;

/** `signal`: the program is asked to stop. */
export async function askPhone(
  request: Omit<GatherRequest, 'signal' | 'validators'>,
  signal?: AbortSignal,
): Promise<Gathered | GatherFailure> {
  const deadline = AbortSignal.timeout(TRY_SECONDS * 1000);
  const result = await gatherConfig({
    ...request,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  if (result.kind === 'not-modified') {
    return {
      kind: 'failure',
      code: 'HTTP_4XX',
      notConfig: false,
      message:
        'The server answered 304 (not changed) to a first request. It or a cache before it is broken: ask its owner.',
      requests: result.requests,
    };
  }
  if (result.kind === 'failure' && result.code === 'CANCELLED' && signal?.aborted !== true) {
    const message = `The files of this phone did not arrive within ${TRY_SECONDS} seconds.`;
    return { ...result, code: 'HTTP_TIMEOUT', message };
  }
  return result;
}
