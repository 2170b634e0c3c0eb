// The live stream of a test: text of server-sent events into steps and the result. Pure.
import type { TestResult, TestStepEvent } from '../../../src/api/contract/pbxs.ts';

export interface StepShown {
  readonly step: string;
  readonly state: 'running' | 'ok' | 'failed';
  readonly ms: number | null;
  readonly text: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

export type TestEvent =
  | { readonly event: 'step'; readonly data: TestStepEvent }
  | { readonly event: 'result'; readonly data: TestResult };

/** Takes chunks of text as they come, gives the events that are whole. */
export class EventText {
  #rest = '';

  add(chunk: string): TestEvent[] {
    this.#rest += chunk;
    const frames = this.#rest.split(/\r?\n\r?\n/);
    this.#rest = frames.pop() ?? '';
    return frames.flatMap(readFrame);
  }
}

function readFrame(frame: string): TestEvent[] {
  const event = /^event: ?(.*)$/m.exec(frame)?.[1]?.trim();
  const data = [...frame.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join('\n');
  if ((event !== 'step' && event !== 'result') || data === '') return [];
  return [{ event, data: JSON.parse(data) } as TestEvent];
}

/** The steps after one more event. One that began may end under another name, or not be told to end. */
export function withStep(steps: readonly StepShown[], event: TestStepEvent): readonly StepShown[] {
  const ended = steps.filter(({ state }) => state !== 'running');
  if (event.state === 'began') {
    return [...ended, { step: event.step, state: 'running', ms: null, text: null, detail: null }];
  }
  return [...ended, shownStep(event)];
}

export function shownStep(step: TestResult['steps'][number]): StepShown {
  const { ok, ms, text, detail = null } = step;
  return { step: step.step, state: ok ? 'ok' : 'failed', ms, text, detail };
}
