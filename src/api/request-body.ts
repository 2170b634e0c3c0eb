// The body of a request: JSON of one of the accepted media types, read up to a limit, or an upload that is read as it comes.
import { createHash } from 'node:crypto';
import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import express from 'express';
import type { Operation } from './contract/operation.ts';
import { badRequest, invalid, Problem } from './problem.ts';

const BODY_LIMIT = 1024 * 1024;
const DEPTH_LIMIT = 32;

/** Reads without looking at the type, so that the limit holds for all; gzip counts decoded. */
export const bodyReader = express.raw({ type: () => true, limit: BODY_LIMIT });

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

/** A body while it comes. Whoever does not read it to its end leaves the rest to finish(). */
export interface Upload {
  /** Decoded. Throws Problem 413 beyond the limit, and when the connection breaks. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Without parameters. */
  readonly mediaType: string;
  readonly charset: string | null;
  /** As the client says, of a body without a content coding; null: it does not, or says more than the limit. */
  readonly size: number | null;
  /** SHA-256 (hex) of what was read. */
  digest(): string;
  /** Reads on and drops what comes: a client who is still sending reads no answer. */
  finish(): Promise<void>;
}

/** @throws Problem 415 */
export function uploadOf(request: Request, accepted: readonly string[], limit: number): Upload {
  const type = mediaTypeOf(request);
  if (!accepted.includes(type.mediaType)) throw unsupported(accepted);
  const body = decoded(request);
  const hash = createHash('sha256');
  let size = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    // Not destroyed when the reader has enough: the answer goes over the same connection.
    const parts = body.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
    for (;;) {
      const next = await parts.next().catch(() => {
        throw badRequest('body-cut', 'The body ended before it was whole, or its content coding is damaged.');
      });
      if (next.done) break;
      const chunk: Buffer = next.value;
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      hash.update(chunk);
      yield chunk;
    }
  }
  const said = body === request ? Number(request.get('content-length') ?? Number.NaN) : Number.NaN;
  return {
    ...type,
    size: Number.isSafeInteger(said) && said <= limit ? said : null,
    chunks: chunks(),
    digest: () => hash.copy().digest('hex'),
    async finish() {
      if (body !== request) {
        request.unpipe();
        body.destroy();
      }
      // Twice the limit is waited for at most; what comes after it is dropped beside the answer.
      let left = limit * 2;
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        left -= chunk.length;
        if (left < 0) break;
      }
      request.resume();
    },
  };
}

function tooLarge(limit: number): Problem {
  const mib = Math.round(limit / 1024 / 1024);
  const detail = `The file is larger than ${mib} MiB. Split it, or let PROVENDER_IMPORT_MIB be raised.`;
  return new Problem({ status: 413, code: 'too-large', detail, extra: { limit } });
}

const DECODERS: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** @throws Problem 415 */
function decoded(request: Request): Readable {
  const coding = request.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return request;
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding]?.() : undefined;
  if (decoder === undefined) {
    const detail = 'This content coding is not known. Send the body as it is, or with gzip, deflate or br.';
    throw new Problem({ status: 415, code: 'unsupported-media-type', detail });
  }
  // Not a pipeline: that would cut the connection, and with it the answer, when the decoder ends early.
  request.once('error', (error) => decoder.destroy(error));
  // Who reads is told; who has read enough needs not know.
  decoder.on('error', () => {});
  return request.pipe(decoder);
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
