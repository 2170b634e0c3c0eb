// What can come instead of an answer: a problem of the API, or no answer at all.
import type { z } from 'zod';
import type { problem } from '../../src/api/contract/problem.ts';

export type ProblemBody = z.output<typeof problem>;

/** Status 0: nothing came back. */
export class ApiProblem extends Error {
  readonly status: number;
  /** Of the API, or `no-answer`, or `http-<status>` when somebody else answered. */
  readonly code: string;
  readonly detail: string | null;
  readonly requestId: string | null;
  readonly errors: NonNullable<ProblemBody['errors']>;
  /** With 412: the object as it is now. */
  readonly current: unknown;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, body: Partial<ProblemBody>, retryAfterSeconds: number | null = null) {
    super(body.detail ?? `HTTP ${status}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'no-answer' : `http-${status}`);
    this.detail = body.detail ?? null;
    this.requestId = body.requestId ?? null;
    this.errors = body.errors ?? [];
    this.current = body.current;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const networkProblem = (): ApiProblem => new ApiProblem(0, {});

export function isProblem(error: unknown, code?: string): error is ApiProblem {
  return error instanceof ApiProblem && (code === undefined || error.code === code);
}
