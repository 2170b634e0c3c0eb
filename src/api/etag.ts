// Versions on the wire: ETag is `"<id>-<version>"`; a change says with If-Match which version it was made for.
import { Problem } from './problem.ts';

export interface Versioned {
  readonly id: string;
  readonly version: number;
}

export function etagOf(row: Versioned): string {
  return `"${row.id}-${row.version}"`;
}

/** What If-Match said: `*`, or the strong tags that it names. */
export type IfMatch = '*' | readonly string[];

/** Weak tags never match (RFC 9110, 13.1.1), so they are left out. */
export function readIfMatch(header: string): IfMatch {
  return header.trim() === '*'
    ? '*'
    : [...header.matchAll(/(W\/)?("[^"]*")/g)].flatMap(([, weak, tag]) => (weak || !tag ? [] : [tag]));
}

export function ifMatchRequired(): Problem {
  return new Problem({
    status: 428,
    code: 'precondition-required',
    detail: 'Send If-Match with the ETag of the version that you are changing.',
  });
}

/**
 * Call it with the row as locked by the transaction that changes it.
 * @param shown the object as GET gives it, so that the client can show both versions
 * @throws Problem 412 when the row is not the version that was named
 */
export function requireMatch(ifMatch: IfMatch | undefined, row: Versioned, shown?: unknown): void {
  if (ifMatch === '*' || ifMatch?.includes(etagOf(row))) return;
  throw new Problem({
    status: 412,
    code: 'stale',
    detail: `Somebody changed this in the meantime: it is now version ${row.version}. Read it again and repeat your change.`,
    headers: { ETag: etagOf(row) },
    extra: { currentVersion: row.version, currentEtag: etagOf(row), ...(shown !== undefined && { current: shown }) },
  });
}
