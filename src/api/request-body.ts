// The body of a request: read up to a limit, then JSON of one of the accepted media types, or bytes.
import type { Request } from 'express';
import express from 'express';
import type { Operation } from './contract/operation.ts';
import { badRequest, invalid, Problem } from './problem.ts';

const BODY_LIMIT = 1024 * 1024;
const DEPTH_LIMIT = 32;

/** Reads without looking at the type, so that the limit holds for all; gzip counts decoded. */
export function bodyReader(operation: Operation) {
  return express.raw({ type: () => true, limit: operation.bodyLimit ?? BODY_LIMIT });
}

export function bytesOf(request: Request): Uint8Array | null {
  return request.body instanceof Uint8Array && request.body.length > 0 ? request.body : null;
}

function mediaTypeOf(request: Request): { readonly mediaType: string; readonly charset: string | null } {
  const header = request.get('content-type') ?? '';
  const charset = /;\s*charset="?([^";\s]+)/i.exec(header)?.[1]?.toLowerCase() ?? null;
  return { mediaType: (header.split(';', 1)[0] ?? '').trim().toLowerCase(), charset };
}

function unsupported(accepted: readonly string[]): Problem {
  return new Problem({
    status: 415,
    code: 'unsupported-media-type',
    detail: `Send the body as ${accepted.join(' or ')}.`,
    headers: { Accept: accepted.join(', ') },
  });
}

/** @throws Problem 415 */
export function uploadOf(request: Request, accepted: readonly string[]) {
  const type = mediaTypeOf(request);
  if (!accepted.includes(type.mediaType)) throw unsupported(accepted);
  return { bytes: bytesOf(request) ?? new Uint8Array(), ...type };
}

/**
 * Undefined: there is no body.
 * @throws Problem 415, 400 bad-json, or 422 for one that is nested too deep
 */
export function jsonOf(request: Request, method: Operation['method']): unknown {
  const bytes = bytesOf(request);
  if (!bytes) return undefined;
  const accepted = method === 'patch' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];
  const { mediaType, charset } = mediaTypeOf(request);
  if (!accepted.includes(mediaType)) throw unsupported(accepted);
  if (charset !== null && charset !== 'utf-8') throw unsupported(accepted.map((type) => `${type}; charset=utf-8`));
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest('bad-json', 'The body is not valid JSON in UTF-8.');
  }
  if (deeperThan(value, DEPTH_LIMIT)) {
    throw invalid([{ pointer: '#/body', code: 'too-deep', detail: `is nested deeper than ${DEPTH_LIMIT} levels` }]);
  }
  return value;
}

function deeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
