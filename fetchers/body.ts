// A body as it came over the wire, turned into the bytes it stands for, never more than allowed. Knows no sockets.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { type FetchLimits, RATIO_FREE_BYTES } from './limits.ts';

export type Decoded =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large'; readonly why: 'size' | 'ratio' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'unknown-coding'; readonly coding: string };

const coders = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
  zlib: promisify(inflate),
  raw: promisify(inflateRaw),
};

/** What we say we can read. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br';

/**
 * Removes the content coding. The limit counts what comes out: decoding stops there, so a bomb costs the limit and no more.
 */
export async function decodeBody(
  raw: Uint8Array,
  contentCoding: string | undefined,
  limits: Pick<FetchLimits, 'bodyBytes' | 'ratio'>,
): Promise<Decoded> {
  const coding = contentCoding?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity' || raw.length === 0) return { kind: 'bytes', bytes: raw };
  const decode = coderFor(coding, raw);
  if (!decode) return { kind: 'unknown-coding', coding };
  const byRatio = Math.max(RATIO_FREE_BYTES, raw.length * limits.ratio);
  const maxOutputLength = Math.min(limits.bodyBytes, byRatio);
  try {
    return { kind: 'bytes', bytes: await decode(raw, { maxOutputLength }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return { kind: 'damaged' };
    return { kind: 'too-large', why: byRatio < limits.bodyBytes ? 'ratio' : 'size' };
  }
}

function coderFor(coding: string, raw: Uint8Array) {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return coders.gzip;
    case 'br':
      return coders.br;
    case 'deflate':
      // The RFC means zlib; some servers send the bare stream. Zlib's first byte says method 8.
      return ((raw[0] ?? 0) & 0x0f) === 8 ? coders.zlib : coders.raw;
    default:
      return null;
  }
}
