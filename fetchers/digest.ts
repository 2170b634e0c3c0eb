// Challenges of a WWW-Authenticate header and the answers to them: Basic (RFC 7617) and Digest (RFC 7616, and the form
// without qop of RFC 2069). Pure: no sockets, no clock; randomness comes in as an argument.
import { createHash } from 'node:crypto';

export interface Challenge {
  /** Lower case: `basic`, `digest`, `negotiate`... */
  readonly scheme: string;
  /** Names in lower case; values without quotes and escapes. */
  readonly params: Readonly<Record<string, string>>;
}

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: DigestAlgorithm;
  /** What the server wrote, sent back as it was; null when it wrote none (then MD5). */
  readonly algorithmText: string | null;
  readonly qop: 'auth' | 'auth-int' | null;
  /** The nonce was too old; the login itself was not refused. */
  readonly stale: boolean;
  readonly userhash: boolean;
}

type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess';

export interface DigestUse {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** Path with query, exactly as in the request line. */
  readonly uri: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
  readonly cnonce: string;
}

const HASHES: Record<DigestAlgorithm, { hash: string; strength: number }> = {
  MD5: { hash: 'md5', strength: 1 },
  'MD5-sess': { hash: 'md5', strength: 1 },
  'SHA-256': { hash: 'sha256', strength: 2 },
  'SHA-256-sess': { hash: 'sha256', strength: 2 },
  'SHA-512-256': { hash: 'sha512-256', strength: 3 },
  'SHA-512-256-sess': { hash: 'sha512-256', strength: 3 },
};

/**
 * Reads the challenges of a WWW-Authenticate header: several in one header, or several headers joined with a comma as
 * node:http gives them. What cannot be read is skipped, never an error.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  // A name with a value belongs to the challenge before it; a name alone opens one. `token68` (Negotiate, Bearer) is passed over.
  const piece = /([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w:/@-]+)))?=*/gy;
  let at = 0;
  while (at < header.length) {
    piece.lastIndex = at;
    const match = piece.exec(header);
    if (!match) {
      at += 1;
      continue;
    }
    at = piece.lastIndex;
    const name = (match[1] ?? '').toLowerCase();
    const value = match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3];
    const current = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: name, params: Object.create(null) });
    else if (current) current.params[name] ??= value;
  }
  return challenges;
}

/** The digest challenge with the strongest algorithm that we know, the first of equals. Null without a usable one. */
export function chooseDigest(challenges: readonly Challenge[]): DigestChallenge | null {
  let best: DigestChallenge | null = null;
  for (const challenge of challenges) {
    const read = challenge.scheme === 'digest' ? readDigest(challenge.params) : null;
    if (read && (!best || HASHES[read.algorithm].strength > HASHES[best.algorithm].strength)) best = read;
  }
  return best;
}

function readDigest(params: Readonly<Record<string, string>>): DigestChallenge | null {
  const { realm, nonce, qop } = params;
  if (realm === undefined || nonce === undefined) return null;
  const algorithm = algorithmNamed(params.algorithm ?? 'MD5');
  if (!algorithm) return null;
  const offered =
    qop
      ?.toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean) ?? [];
  // Known to us are auth and auth-int (whose body hash is that of nothing, for we only GET). Another word alone: not usable.
  const chosen = offered.includes('auth') ? 'auth' : offered.includes('auth-int') ? 'auth-int' : null;
  if (offered.length > 0 && !chosen) return null;
  return {
    realm,
    nonce,
    opaque: params.opaque ?? null,
    algorithm,
    algorithmText: params.algorithm ?? null,
    qop: chosen,
    stale: params.stale?.toLowerCase() === 'true',
    userhash: params.userhash?.toLowerCase() === 'true',
  };
}

function algorithmNamed(text: string): DigestAlgorithm | null {
  const wanted = text.toLowerCase();
  for (const name of Object.keys(HASHES)) if (name.toLowerCase() === wanted) return name as DigestAlgorithm;
  return null;
}

/** The value of the Authorization header that answers a digest challenge. */
export function digestAuthorization(challenge: DigestChallenge, use: DigestUse): string {
  const hash = (text: string) => createHash(HASHES[challenge.algorithm].hash).update(text, 'utf8').digest('hex');
  const { realm, nonce, qop, opaque } = challenge;
  const count = use.count.toString(16).padStart(8, '0');
  const session = challenge.algorithm.endsWith('-sess');
  const login = hash(`${use.username}:${realm}:${use.password}`);
  const secret = session ? hash(`${login}:${nonce}:${use.cnonce}`) : login;
  const action = hash(`${use.method}:${use.uri}${qop === 'auth-int' ? `:${hash('')}` : ''}`);
  const response = qop
    ? hash(`${secret}:${nonce}:${count}:${use.cnonce}:${qop}:${action}`)
    : hash(`${secret}:${nonce}:${action}`);
  const parts = [
    `username=${quoted(challenge.userhash ? hash(`${use.username}:${realm}`) : use.username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(use.uri)}`,
    `response="${response}"`,
  ];
  if (challenge.algorithmText !== null) parts.push(`algorithm=${challenge.algorithm}`);
  if (opaque !== null) parts.push(`opaque=${quoted(opaque)}`);
  // Without quotes, as the RFC has it: some old servers refuse nc in quotes.
  if (qop) parts.push(`qop=${qop}`, `nc=${count}`);
  // -sess needs the cnonce on the server's side even where there is no qop.
  if (qop || session) parts.push(`cnonce=${quoted(use.cnonce)}`);
  if (challenge.userhash) parts.push('userhash=true');
  return `Digest ${parts.join(', ')}`;
}

/** The value of the Authorization header for Basic. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** `nextnonce` of an Authentication-Info header: the nonce to use from the next request on. */
export function nextNonce(header: string): string | null {
  return parseChallenges(`digest ${header}`)[0]?.params.nextnonce ?? null;
}

/** node:http writes header values byte by byte, so UTF-8 goes in as the characters of its bytes. */
function quoted(text: string): string {
  return `"${Buffer.from(text.replaceAll(/["\\]/g, '\\$&'), 'utf8').toString('latin1')}"`;
}
