// What an operation of the API is: one object feeds the route, the OpenAPI document and the portal's typed client.
// Knows no server: the portal imports it too.
import { z } from 'zod';
import type { Action } from '../../roles.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** All names and shapes are public. Bodies and queries are strict objects: an unknown field is answered 422. */
interface OperationShape {
  readonly method: Method;
  /** Below `/api/v1`, parameters in braces: `/pbxs/{id}`. */
  readonly path: `/${string}`;
  /** The noun; groups the reference page. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** A value that does not fit is answered 404, as an id that does not exist is. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Names in lower case; others are not looked at. */
  readonly headers?: z.ZodObject;
  /** JSON. PATCH takes a merge patch (RFC 7396): null clears, an absent field stays. */
  readonly body?: z.ZodType;
  /** Media types of a body that the handler reads while it comes, up to a setting; instead of `body`. */
  readonly upload?: readonly string[];
  /** False: a PUT, PATCH or DELETE that needs no If-Match. */
  readonly ifMatch?: false;
  readonly status: number;
  /** Absent: the answer has no body. Fields that it does not declare never leave. */
  readonly response?: z.ZodType;
  /** Whether it leaves an entry in the audit. By default what is no GET does; true: a GET that shows secrets. */
  readonly audited?: boolean;
  /** False: the answer shows secrets and is not kept for an Idempotency-Key, which is not looked at. */
  readonly keepsAnswer?: false;
  /** Media type of an answer that is not JSON; instead of `response`. */
  readonly produces?: 'text/csv' | 'application/jsonl' | 'text/event-stream' | 'text/plain';
}

/** What is not public says what its caller must be allowed to do. */
export type Operation = OperationShape &
  (
    | { readonly public?: undefined; readonly action: Action }
    | {
        /** Needs no credential. */
        readonly public: true;
        readonly action?: undefined;
      }
  );

export type Contract = Readonly<Record<string, Operation>>;

/** Keeps the exact type of an operation, which its handler and the client are typed by. */
export function operation<const O extends Operation>(definition: O): O {
  return definition;
}

export const API_ROOT = '/api/v1';

export const id = z.uuid().meta({ description: 'UUIDv7', example: '01a1fd94-06ea-74e4-b19b-0dd520170800' });
export const newTenantId = id
  .optional()
  .meta({ description: "The tenant that it is to belong to. Absent: the caller's own." });
export const idParams = z.strictObject({ id });
/** RFC 3339, UTC. Handlers give `date.toISOString()`. */
export const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC', example: '2026-03-01T09:30:00.000Z' });
/** Counts changes; the ETag is `"<id>-<version>"`. */
export const version = z.int().min(1);
export const country = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{2}$/, 'must be a two-letter country code such as US')
  .meta({ description: 'ISO 3166-1 alpha-2', example: 'US' });
