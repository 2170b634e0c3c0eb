// Troubles of requests in words: cause and next step. What the API says itself is shown as it is.
import { ApiProblem } from '../api/problem.ts';
import { count } from './common.ts';

interface Said {
  readonly title: string;
  readonly detail: string;
  /** Code and request id, for whoever is asked for help. */
  readonly code: string | null;
  readonly requestId: string | null;
}

const TITLES: Readonly<Record<number, string>> = {
  0: 'No answer from Provender',
  400: 'That cannot be read',
  401: 'You are signed out',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Something is in the way',
  412: 'Somebody else changed it meanwhile',
  413: 'Too large',
  415: 'Not a file that is read here',
  422: 'Something is not right yet',
  429: 'Too many tries',
  503: 'Provender is busy or its database is away',
};

const DETAILS: Readonly<Record<number, string>> = {
  0: 'The server cannot be reached. Look whether you are online; what you typed is kept. Then try again.',
  401: 'Your session has ended. Sign in again to go on.',
  404: 'It does not exist, or it belongs to somebody else.',
  502: 'Something between you and Provender answered instead of it. Try again in a moment.',
  503: 'Nothing was changed. Try again in a few seconds.',
};

export function sayProblem(error: unknown): Said {
  if (!(error instanceof ApiProblem)) {
    const detail = error instanceof Error ? error.message : String(error);
    return { title: 'A fault of the portal', detail: `${detail}. Load the page again.`, code: null, requestId: null };
  }
  const wait = error.retryAfterSeconds === null ? '' : ` Try again in ${count(error.retryAfterSeconds, 'second')}.`;
  const detail = error.detail ?? DETAILS[error.status] ?? `It was answered with status ${error.status}. Try again.`;
  return {
    title: TITLES[error.status] ?? 'That did not work',
    detail: error.status === 429 ? `${detail}${wait}` : detail,
    code: error.code,
    requestId: error.requestId,
  };
}
