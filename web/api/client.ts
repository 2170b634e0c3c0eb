// The client of our API, typed by its contract: `call('GET /users/{id}', { params: { id } })`. Knows addresses and shapes by
// their types alone, so nothing of the contract is in the bundle.
import type { z } from 'zod';
import type { contract } from '../../src/api/contract.ts';
import { ApiProblem, networkProblem, type ProblemBody } from './problem.ts';

type Operations = (typeof contract)[keyof typeof contract];
type AddressOf<O> = O extends { method: infer M extends string; path: infer P extends string }
  ? `${Uppercase<M>} ${P}`
  : never;
type ByAddress = { [O in Operations as AddressOf<O>]: O };
export type Address = keyof ByAddress;

type In<O, Part extends string> = O extends { [P in Part]: infer S extends z.ZodType } ? z.input<S> : undefined;
type Parts<O> = {
  params: In<O, 'params'>;
  query: In<O, 'query'>;
  body: In<O, 'body'>;
};
/** Only the parts that the operation has; those that may be empty may be left out. */
type Given<O> = {
  [P in keyof Parts<O> as Parts<O>[P] extends undefined
    ? never
    : object extends Parts<O>[P]
      ? never
      : undefined extends Parts<O>[P]
        ? never
        : P]: Parts<O>[P];
} & {
  [P in keyof Parts<O> as Parts<O>[P] extends undefined ? never : P]?: Parts<O>[P];
};

export type Answer<A extends Address> = ByAddress[A] extends { response: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;
export type Body<A extends Address> = In<ByAddress[A], 'body'>;
export type Query<A extends Address> = In<ByAddress[A], 'query'>;
/** One item of a list. */
export type ItemOf<A extends Address> = Answer<A> extends { items: readonly (infer Item)[] } ? Item : never;

interface Versioned {
  readonly id: string;
  readonly version: number;
}

type Options<A extends Address> = Given<ByAddress[A]> & {
  /** The object as it was read: somebody else's change in between is answered 412 and not overwritten. */
  readonly ifMatch?: Versioned;
  readonly signal?: AbortSignal;
};
type Arguments<A extends Address> = object extends Options<A> ? [options?: Options<A>] : [options: Options<A>];

interface Loose {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  ifMatch?: Versioned;
  signal?: AbortSignal;
}

const API_ROOT = '/api/v1';

/** Told of every answer "signed out", but that to the question who is signed in. */
const onSignedOut = new EventTarget();

/** @returns stops it */
export function whenSignedOut(listener: () => void): () => void {
  onSignedOut.addEventListener('signed-out', listener);
  return () => onSignedOut.removeEventListener('signed-out', listener);
}

/** @returns `/api/v1/...` with parameters and query in place; undefined and empty values are left out */
export function pathOf<A extends Address>(
  address: A,
  parts: { readonly params?: object | undefined; readonly query?: object | undefined } = {},
): string {
  const path = address.slice(address.indexOf(' ') + 1);
  const params = (parts.params ?? {}) as Record<string, unknown>;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(params[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  return `${API_ROOT}${filled}${query.size > 0 ? `?${query}` : ''}`;
}

/**
 * Asks the API.
 * @throws ApiProblem for every answer that is no success, and when there is no answer
 */
export async function call<A extends Address>(address: A, ...[options]: Arguments<A>): Promise<Answer<A>> {
  const { params, query, body, ifMatch, signal } = (options ?? {}) as Loose;
  const response = await ask(pathOf(address, { params, query }), {
    method: address.slice(0, address.indexOf(' ')),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(ifMatch && { 'if-match': `"${ifMatch.id}-${ifMatch.version}"` }),
    },
    ...(signal && { signal }),
  });
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer<A>;
}

/**
 * Sends a file as the body.
 * @param onProgress share of the bytes that left, 0 to 1
 * @throws ApiProblem
 */
export function upload<A extends Address>(
  address: A,
  {
    params,
    query,
    file,
    type,
    onProgress,
    signal,
  }: {
    readonly params?: object;
    readonly query?: Query<A>;
    readonly file: Blob;
    readonly type: string;
    readonly onProgress?: (share: number) => void;
    readonly signal?: AbortSignal;
  },
): Promise<Answer<A>> {
  // fetch says nothing of how far an upload came.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(address.slice(0, address.indexOf(' ')), pathOf(address, { params, query: query as object }));
    request.setRequestHeader('content-type', type);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(networkProblem());
    request.onabort = () => reject(new DOMException('The upload was called off.', 'AbortError'));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as Answer<A>);
      else reject(readProblem(request.status, request.responseText));
    };
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** The answer as it comes, for what is no JSON. @throws ApiProblem */
export async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw networkProblem();
  }
  if (response.status === 401 && path !== `${API_ROOT}/me`) onSignedOut.dispatchEvent(new Event('signed-out'));
  if (!response.ok) throw readProblem(response.status, await response.text(), response.headers.get('retry-after'));
  return response;
}

function readProblem(status: number, text: string, retryAfter: string | null = null): ApiProblem {
  let body: Partial<ProblemBody> = {};
  try {
    body = JSON.parse(text) as ProblemBody;
  } catch {
    // A proxy in between answers in HTML: the status is all that is known.
  }
  return new ApiProblem(status, body, retryAfter === null ? null : Number(retryAfter));
}
