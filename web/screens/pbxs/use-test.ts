// Tests of a connection, one MAC after the other, each step shown as it is taken.
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Answer, ask, pathOf } from '../../api/client.ts';
import { keepTest } from './seen-fields.ts';
import { EventText, type StepShown, shownStep, withStep } from './test-events.ts';

export type TestResult = Answer<'POST /pbxs/{id}/test'>;

/** Neither: any user of the PBX that has a MAC. */
export interface TestTarget {
  readonly mac?: string;
  readonly userId?: string;
  /** As the results call it. */
  readonly name: string;
}

export interface TestRun {
  readonly target: TestTarget;
  readonly state: 'waiting' | 'running' | 'done' | 'stopped';
  readonly steps: readonly StepShown[];
  readonly result: TestResult | null;
  /** The test itself could not be made. */
  readonly error: unknown;
}

export function useTest(pbxId: string) {
  const [runs, setRuns] = useState<readonly TestRun[]>([]);
  const stopping = useRef<AbortController>(undefined);
  useEffect(() => () => stopping.current?.abort(), []);
  const stop = useCallback(() => stopping.current?.abort(), []);

  const start = useCallback(
    async (targets: readonly TestTarget[]) => {
      stopping.current?.abort();
      const stopped = new AbortController();
      stopping.current = stopped;
      setRuns(targets.map((target) => ({ target, state: 'waiting', steps: [], result: null, error: null })));
      const change = (index: number, more: (run: TestRun) => Partial<TestRun>) => {
        if (stopping.current !== stopped) return;
        setRuns((all) => all.map((run, at) => (at === index ? { ...run, ...more(run) } : run)));
      };
      for (const [index, target] of targets.entries()) {
        if (stopped.signal.aborted) {
          change(index, () => ({ state: 'stopped' }));
          continue;
        }
        change(index, () => ({ state: 'running' }));
        try {
          const result = await runTest(pbxId, target, stopped.signal, (step) => change(index, step));
          keepTest(pbxId, result);
          change(index, () => ({ state: 'done', result, steps: result.steps.map(shownStep) }));
        } catch (error) {
          const isStopped = stopped.signal.aborted;
          change(index, (run) => ({
            state: isStopped ? 'stopped' : 'done',
            error: isStopped ? null : error,
            steps: run.steps.filter(({ state }) => state !== 'running'),
          }));
        }
      }
    },
    [pbxId],
  );
  const isRunning = runs.some(({ state }) => state === 'running' || state === 'waiting');
  return { runs, isRunning, start, stop };
}

async function runTest(
  pbxId: string,
  { mac, userId }: TestTarget,
  signal: AbortSignal,
  change: (more: (run: TestRun) => Partial<TestRun>) => void,
): Promise<TestResult> {
  const response = await ask(pathOf('POST /pbxs/{id}/test/stream', { params: { id: pbxId } }), {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ ...(mac !== undefined && { mac }), ...(userId !== undefined && { userId }) }),
    signal,
  });
  if (response.body === null) throw new Error('the stream has no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const events = new EventText();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error('the test ended without a result');
    for (const one of events.add(value)) {
      if (one.event === 'result') {
        void reader.cancel();
        return one.data as TestResult;
      }
      change((run) => ({ steps: withStep(run.steps, one.data) }));
    }
  }
}
