// Failures on their way out: a Problem is thrown where it is noticed and becomes problem+json in one place.
// Never carries a stack, SQL, a file path or a secret.
import type { z } from 'zod';
import type { FieldError } from './contract/problem.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'A credential is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Changed in the meantime',
  413: 'Too large',
  415: 'Media type not supported',
  421: 'Not known by that name',
  422: 'Some values cannot be accepted',
  428: 'If-Match is required',
  429: 'Too many requests',
  500: 'Something broke on our side',
  503: 'Not available now',
};

export interface ProblemInit {
  readonly status: number;
  /** Stable, kebab-case. */
  readonly code: string;
  /** What is wrong with what, and the next step. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside the standard ones (currentVersion ...). */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export class Problem extends Error {
  readonly init: ProblemInit;

  constructor(init: ProblemInit) {
    super(init.detail);
    this.name = 'Problem';
    this.init = init;
  }

  /** `instance` is the path without its query, which may hold what should not be repeated. */
  body(instance: string, requestId: string): Record<string, unknown> {
    const { status, code, detail, errors, extra } = this.init;
    return {
      type: `urn:provender:problem:${code}`,
      title: TITLES[status] ?? 'The request failed',
      status,
      detail,
      instance,
      code,
      requestId,
      ...(errors && { errors }),
      ...extra,
    };
  }
}

export function badRequest(code: string, detail: string): Problem {
  return new Problem({ status: 400, code, detail });
}

/** The same for an id that does not exist, is malformed, or belongs to somebody else. */
export function notFound(what = 'This address'): Problem {
  return new Problem({ status: 404, code: 'not-found', detail: `${what} does not exist.` });
}

export function conflict(code: string, detail: string, errors?: readonly FieldError[]): Problem {
  return new Problem({ status: 409, code, detail, ...(errors && { errors }) });
}

/** 422. Pointers start with `#/body`, `#/query` or `#/headers`. */
export function invalid(errors: readonly FieldError[]): Problem {
  const [first] = errors;
  const detail =
    errors.length === 1 && first ? `${first.pointer}: ${first.detail}` : `${errors.length} values cannot be accepted.`;
  return new Problem({ status: 422, code: 'validation', detail, errors });
}

export function pointer(path: readonly PropertyKey[]): string {
  return `#/${path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
}

/** At most this many errors are listed: a hostile body must not make an answer larger than itself. */
const ERROR_LIMIT = 100;

/** zod's issues as field errors; each unknown field has its own pointer. */
export function fieldErrors(error: z.ZodError, root: 'body' | 'query' | 'headers'): FieldError[] {
  return error.issues
    .flatMap((issue): FieldError[] => {
      const path = [root, ...issue.path];
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
          pointer: pointer([...path, key.slice(0, 100)]),
          detail: 'is not a field of this request',
          code: 'unknown-field',
        }));
      }
      if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
        return [{ pointer: pointer(path), detail: 'is required', code: 'required' }];
      }
      const own = issue.code === 'custom' ? issue.params?.code : undefined;
      return [{ pointer: pointer(path), detail: issue.message, code: typeof own === 'string' ? own : 'invalid' }];
    })
    .slice(0, ERROR_LIMIT);
}
