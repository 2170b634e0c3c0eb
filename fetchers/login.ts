// What is known about logins at the servers of one PBX: which kind each one wants, the nonce in use and its count. Learned
// from the first 401 and used ahead from then on, so that n files cost n + 1 requests. Sends nothing itself.
import { createHash, randomBytes } from 'node:crypto';
import {
  basicAuthorization,
  type Challenge,
  chooseDigest,
  type DigestChallenge,
  digestAuthorization,
  nextNonce,
  parseChallenges,
} from './digest.ts';
import type { Login } from './fetcher.ts';

/** An Authorization header, and what must be remembered about it to judge the answer. */
export interface Answer {
  readonly header: string;
  readonly scheme: 'basic' | 'digest';
  readonly nonce: string | null;
  /** Made for a challenge of this very exchange: if it is refused, the login is refused. */
  readonly fresh: boolean;
}

export type Verdict =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The login itself is refused. */
  | { readonly kind: 'refused' }
  /** Only Basic is offered, on plain http, and that was not allowed. */
  | { readonly kind: 'plain-refused' }
  /** Nothing offered that we can do; the names of what was offered. */
  | { readonly kind: 'unknown'; readonly schemes: readonly string[] };

/** Logins of users come by the thousand; the oldest are forgotten and cost one request more next time. */
const REMEMBERED = 2000;

interface Known {
  digest: { challenge: DigestChallenge; count: number } | null;
}

export interface Place {
  readonly origin: string;
  /** Path with query, as in the request line. */
  readonly target: string;
  readonly secure: boolean;
}

export class Logins {
  readonly #allowPlain: boolean;
  readonly #known = new Map<string, Known>();
  /** Origin to the directories that want Basic (RFC 7617, 2.2: what is below a directory is of the same space). */
  readonly #basic = new Map<string, string[]>();
  readonly #learning = new Map<string, Promise<void>>();

  constructor(allowPlain: boolean) {
    this.#allowPlain = allowPlain;
  }

  /** The header to send without being asked. Null when nothing is known yet, or nothing is needed. */
  ahead(login: Login, place: Place): Answer | null {
    const digest = this.#known.get(keyOf(login, place.origin))?.digest;
    if (digest) return this.#digestAnswer(login, place, digest, false);
    if (this.#basicWanted(place)) return basicAnswer(login, false);
    return null;
  }

  /**
   * Many requests starting at once would each be answered 401 first. The first one learns, the others wait for it: returns
   * a function to call when it has learned, or null when this caller had to wait (or all is known) and may go on.
   */
  async learn(login: Login, origin: string): Promise<(() => void) | null> {
    const key = keyOf(login, origin);
    if (this.#known.has(key) || this.#basic.has(origin)) return null;
    const other = this.#learning.get(key);
    if (other !== undefined) {
      await other;
      return null;
    }
    let done = () => {};
    this.#learning.set(
      key,
      new Promise((resolve) => {
        done = resolve;
      }),
    );
    return () => {
      this.#learning.delete(key);
      done();
    };
  }

  /** The server answered something else than 401: remembers it, and the nonce it wants next. */
  accepted(login: Login, place: Place, answer: Answer | null, authenticationInfo: string | undefined): void {
    const known = this.#remember(keyOf(login, place.origin));
    if (answer?.scheme !== 'digest' || authenticationInfo === undefined || known.digest === null) return;
    const nonce = nextNonce(authenticationInfo);
    if (nonce !== null) known.digest = { challenge: { ...known.digest.challenge, nonce }, count: 0 };
  }

  /** What to do about a 401 to a request that was sent with `sent` (null: without a login). */
  challenged(login: Login, place: Place, header: string | undefined, sent: Answer | null): Verdict {
    const challenges = parseChallenges(header ?? '');
    const digest = chooseDigest(challenges);
    if (digest) {
      const sameNonce = sent?.scheme === 'digest' && (sent.fresh || sent.nonce === digest.nonce);
      if (sameNonce && !digest.stale) return { kind: 'refused' };
      const known = this.#remember(keyOf(login, place.origin));
      known.digest = { challenge: digest, count: 0 };
      return { kind: 'answer', answer: this.#digestAnswer(login, place, known.digest, true) };
    }
    if (!offersBasic(challenges)) {
      return sent ? { kind: 'refused' } : { kind: 'unknown', schemes: challenges.map(({ scheme }) => scheme) };
    }
    if (sent?.scheme === 'basic') return { kind: 'refused' };
    if (!place.secure && !this.#allowPlain) return { kind: 'plain-refused' };
    this.#remember(keyOf(login, place.origin)).digest = null;
    if (!this.#basicWanted(place)) {
      const spaces = this.#basic.get(place.origin) ?? [];
      this.#basic.set(place.origin, [...spaces, directoryOf(place.target)]);
    }
    return { kind: 'answer', answer: basicAnswer(login, true) };
  }

  #digestAnswer(
    login: Login,
    place: Place,
    use: { challenge: DigestChallenge; count: number },
    fresh: boolean,
  ): Answer {
    use.count += 1;
    return {
      header: digestAuthorization(use.challenge, {
        username: login.username,
        password: login.password.reveal(),
        method: 'GET',
        uri: place.target,
        count: use.count,
        cnonce: randomBytes(12).toString('hex'),
      }),
      scheme: 'digest',
      nonce: use.challenge.nonce,
      fresh,
    };
  }

  #basicWanted(place: Place): boolean {
    return this.#basic.get(place.origin)?.some((directory) => place.target.startsWith(directory)) ?? false;
  }

  #remember(key: string): Known {
    const known = this.#known.get(key) ?? { digest: null };
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > REMEMBERED) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    return known;
  }
}

function basicAnswer(login: Login, fresh: boolean): Answer {
  return { header: basicAuthorization(login.username, login.password.reveal()), scheme: 'basic', nonce: null, fresh };
}

function offersBasic(challenges: readonly Challenge[]): boolean {
  return challenges.some(({ scheme }) => scheme === 'basic');
}

function directoryOf(target: string): string {
  const path = target.split('?')[0] ?? '/';
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** A hash, so that no password stands in the keys of a map. */
function keyOf(login: Login, origin: string): string {
  return createHash('sha256').update(`${origin}\0${login.username}\0${login.password.reveal()}`).digest('base64');
}
