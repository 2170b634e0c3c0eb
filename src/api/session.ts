// The session of a request: its cookie, who is signed in by it, how one begins and ends. What is stored is in
// store/sessions.ts.
import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type SessionData } from 'express-session';
import type { Database } from '../store/database.ts';
import { createSessionStore, LIFE_SECONDS, REMEMBERED_SECONDS } from '../store/sessions.ts';

/** How long a sign-in, or a password given again, counts as fresh. */
const FRESH_MS = 10 * 60_000;
/** How long a second factor, or an answer of a provider, is waited for. */
const WAIT_MS = 10 * 60_000;

/** What was sent to a provider and must come back. */
export interface SsoErrand {
  readonly providerId: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly next: string;
  readonly since: number;
}

declare module 'express-session' {
  /** Times in milliseconds. */
  interface SessionData {
    kept?: true;
    memberId?: string;
    signedInAt?: number;
    freshUntil?: number;
    remember?: boolean;
    ip?: string;
    userAgent?: string;
    /** The password was right; nobody is signed in yet. */
    secondFactor?: { readonly memberId: string; readonly remember: boolean; readonly since: number };
    sso?: SsoErrand;
  }
}

/** `__Host-`: the browser takes it over https only, for this host alone, and no other host can set it. */
function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-provender' : 'provender';
}

function cookieOf(request: Request) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: request.secure } as const;
}

export function carriesKey(request: Request): boolean {
  return request.get('authorization') !== undefined || request.get('x-api-key') !== undefined;
}

/** Requests with a key have no session, whatever cookie they carry. */
export function sessionReader(database: Database, publicUrl: URL | null): RequestHandler {
  const store = createSessionStore(database);
  const readers = [true, false].map((isSecure) =>
    session({
      store,
      name: cookieName(isSecure),
      cookie: cookieOf,
      genid: () => randomBytes(32).toString('base64url'),
      // The library signs the id, which adds nothing to 256 random bits that are looked up by their hash. So it is no
      // secret, and the same in all processes whichever keys they hold.
      secret: 'provender',
      resave: false,
      saveUninitialized: false,
    }),
  );
  const [secure, plain] = readers as [RequestHandler, RequestHandler];
  return (request, response, next) => {
    if (carriesKey(request)) {
      next();
      return;
    }
    // People come by https, whatever the last part of the way speaks.
    if (publicUrl?.protocol === 'https:') Object.defineProperty(request, 'secure', { value: true });
    (request.secure ? secure : plain)(request, response, next);
  };
}

/** The member who is signed in by the request's session, as the session has it. */
export interface SignedIn {
  readonly memberId: string;
  readonly freshUntil: Date;
}

export function signedInBy(request: Request, now = Date.now()): SignedIn | null {
  // Absent at requests with a key.
  const data = request.session as SessionData | undefined;
  if (data?.memberId === undefined) return null;
  const life = data.remember === true ? REMEMBERED_SECONDS : LIFE_SECONDS;
  if (now >= (data.signedInAt ?? 0) + life * 1000) return null;
  return { memberId: data.memberId, freshUntil: new Date(data.freshUntil ?? 0) };
}

/** Nobody else holds the new id: one that was planted before the sign-in, or seen on the way, is worth nothing after it. */
async function renew(request: Request, remember: boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
  if (remember) request.session.cookie.maxAge = REMEMBERED_SECONDS * 1000;
}

/** Written at once: a failure is answered, and whoever has the answer has the session. */
function save(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}

export async function beginSession(
  request: Request,
  { memberId, remember, ip }: { readonly memberId: string; readonly remember: boolean; readonly ip: string },
): Promise<void> {
  await renew(request, remember);
  const now = Date.now();
  const userAgent = request.get('user-agent')?.slice(0, 300);
  Object.assign(request.session, {
    memberId,
    signedInAt: now,
    freshUntil: now + FRESH_MS,
    remember,
    ip,
    ...(userAgent !== undefined && { userAgent }),
  });
  await save(request);
}

/** A session in which nobody is signed in, for as long as the second factor may take. */
export async function awaitSecondFactor(request: Request, memberId: string, remember: boolean): Promise<void> {
  await renew(request, false);
  request.session.secondFactor = { memberId, remember, since: Date.now() };
  await save(request);
}

export function awaitedSecondFactor(
  request: Request,
): { readonly memberId: string; readonly remember: boolean } | null {
  const awaited = (request.session as SessionData | undefined)?.secondFactor;
  return awaited && Date.now() < awaited.since + WAIT_MS ? awaited : null;
}

export async function awaitProvider(request: Request, errand: Omit<SsoErrand, 'since'>): Promise<void> {
  await renew(request, false);
  request.session.sso = { ...errand, since: Date.now() };
  await save(request);
}

/** Works once: a second answer to the same errand finds none. */
export async function takeErrand(request: Request): Promise<SsoErrand | null> {
  const errand = (request.session as SessionData | undefined)?.sso;
  if (errand === undefined) return null;
  delete request.session.sso;
  await save(request);
  return Date.now() < errand.since + WAIT_MS ? errand : null;
}

export const freshFromNow = (): Date => new Date(Date.now() + FRESH_MS);

export async function freshen(request: Request, until: Date): Promise<void> {
  request.session.freshUntil = until.getTime();
  await save(request);
}

export async function endSession(request: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
  request.res?.clearCookie(cookieName(request.secure), cookieOf(request));
}
