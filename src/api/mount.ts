// Mounts the operations of a contract on an Express router: checks what comes in, re-parses what goes out.
// Order: credential (before, for the whole API), If-Match, body, values, Idempotency-Key, handler.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import type { Action } from '../roles.ts';
import type { Tx } from '../store/database.ts';
import {
  freeKey,
  type KeyedRequest,
  keepAnswer,
  RENEW_MS,
  type Reservation,
  renewReservation,
  reserveKey,
  type StoredAnswer,
} from '../store/idempotency.ts';
import { readCoverage } from '../store/reach.ts';
import { inTransaction } from '../store/transaction.ts';
import { type Access, openAccess, requireAction } from './access.ts';
import { isAudited, RequestTrail } from './audit-trail.ts';
import { actorOf, unauthenticated } from './authenticate.ts';
import type { Contract, Operation } from './contract/operation.ts';
import type { FieldError } from './contract/problem.ts';
import { ifMatchRequired, readIfMatch } from './etag.ts';
import type { EventSink, EventStreams } from './event-stream.ts';
import {
  type Actor,
  type AnswerHead,
  DEFAULT_UPLOAD_LIMITS,
  type FrameDeps,
  type Handlers,
  type TextBody,
} from './handlers.ts';
import { badRequest, fieldErrors, invalid, notFound, Problem } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import { bodyReader, bytesOf, jsonOf, type Upload, uploadOf } from './request-body.ts';
import { refuseCrossSite } from './way-in.ts';

/** What handlers of any operation give; the exact types hold at the noun's file. */
type AnyAnswer =
  | (AnswerHead & { readonly body?: unknown; readonly text?: TextBody })
  | ((sink: EventSink) => Promise<void>);
type AnyHandler = (call: unknown) => Promise<AnyAnswer>;

interface Mounted {
  readonly name: string;
  readonly operation: Operation;
  readonly handler: AnyHandler;
}

export function mount<const C extends Contract>(
  deps: FrameDeps,
  streams: EventStreams,
  contract: C,
  handlers: Handlers<C>,
): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const publicAddresses = Object.values<Operation>(contract)
    .filter((operation) => operation.public)
    .map((operation) => ({ method: operation.method, path: pattern(operation.path) }));

  const rateLimit = createRateLimit();
  router.use(async (request, response, next) => {
    const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
    const isPublic = publicAddresses.some((open) => open.method === method && open.path.test(request.path));
    const actor = isPublic ? await actorOf(deps, request).catch(() => null) : await actorOf(deps, request);
    await rateLimit.count(request, response, actor);
    if (!isPublic && actor === null) throw unauthenticated();
    refuseCrossSite(request, deps.publicUrl);
    response.locals.actor = actor;
    next();
  });

  for (const [name, operation] of Object.entries<Operation>(contract)) {
    const mounted: Mounted = { name, operation, handler: handlers[name] as unknown as AnyHandler };
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[operation.method](
      path,
      (request, response, next) => {
        const actor = response.locals.actor as Actor | null;
        if (!operation.public) {
          if (!actor) throw unauthenticated();
          requireAction(actor, operation.action);
        }
        if (needsIfMatch(operation) && request.get('if-match') === undefined) throw ifMatchRequired();
        if (operation.body) bodyReader(request, response, next);
        else next();
      },
      (request, response) => answer(deps, streams, mounted, request, response),
    );
  }

  router.use((request) => {
    const methods = Object.values<Operation>(contract)
      .filter((operation) => pattern(operation.path).test(request.path))
      .map((operation) => operation.method.toUpperCase());
    if (methods.length === 0) throw notFound();
    const allow = [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].join(', ');
    throw new Problem({
      status: 405,
      code: 'method-not-allowed',
      detail: `This address takes ${allow}.`,
      headers: { Allow: allow },
    });
  });
  return router;
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function needsIfMatch(operation: Operation): boolean {
  return operation.ifMatch !== false && ['put', 'patch', 'delete'].includes(operation.method);
}

async function answer(
  deps: FrameDeps,
  streams: EventStreams,
  { name, operation, handler }: Mounted,
  request: Request,
  response: Response,
): Promise<void> {
  const actor = response.locals.actor as Actor | null;
  const requestId = response.locals.requestId as string;
  const access = actor && operation.action !== undefined ? await accessOf(deps, actor, operation.action) : null;
  const gone = new AbortController();
  response.on('close', () => gone.abort());

  const input = readInput(deps, operation, request);
  const { upload } = input;
  const keyed = keyedRequest(deps, operation, request, actor);
  const reservation = keyed ? await reserve(deps, keyed, request, upload, response) : null;
  if (reservation === 'replayed') return;
  // Of an upload it is known when the body was read.
  const reserved = () =>
    reservation && (upload ? { ...reservation, requestHash: hashOf(deps, request, upload) } : reservation);

  const trail = new RequestTrail({
    ring: deps.ring,
    operation,
    actor,
    params: input.params,
    body: input.body,
    requestId,
    ip: request.ip ?? null,
  });
  let kept: { readonly given: AnyAnswer; readonly sent: StoredAnswer } | null = null;
  const transact = async (work: (tx: Tx) => Promise<AnyAnswer>): Promise<AnyAnswer> => {
    const done = await inTransaction(deps.database, async (tx) => {
      trail.restart();
      const given = await work(tx);
      const sent = render(operation, given);
      if (isAudited(operation) && !trail.written) await trail.finish(tx, sent.body);
      const mine = reserved();
      if (mine && !(await keepAnswer(tx, deps.ring, mine, sent))) throw keyInUse();
      return { given, sent };
    });
    kept = done;
    return done.given;
  };
  const call = {
    ...input,
    actor,
    access,
    requestId,
    log: deps.log,
    signal: gone.signal,
    request,
    audit: trail,
    transact,
  };

  // A program that is killed does not: its client may ask again soon.
  const renewal =
    reservation &&
    setInterval(() => void renewReservation(deps.database, reservation).catch(() => undefined), RENEW_MS);
  let given: AnyAnswer;
  try {
    given = await handler(call);
  } catch (error) {
    if (reservation && !kept) await freeKey(deps.database, reservation).catch(() => undefined);
    await upload?.finish().catch(() => undefined);
    throw error;
  } finally {
    if (renewal !== null) clearInterval(renewal);
  }
  // A fault of ours, which every test of the operation shows.
  if (isAudited(operation) && !trail.written) throw new Error(`${name} left no entry in the audit`);
  if (typeof given === 'function') {
    const stillAllowed = async () => operation.public === true || isSame(actor, await actorOf(deps, request));
    await streams.run(request, response, actor?.account ?? 'public', stillAllowed, given);
    return;
  }
  if (operation.produces) {
    response.status(operation.status).set(headOf(given)).type(`${operation.produces}; charset=utf-8`);
    await sendText(response, given.text ?? '');
    return;
  }
  const keptNow = kept as { readonly given: AnyAnswer; readonly sent: StoredAnswer } | null;
  const sent = keptNow?.given === given ? keptNow.sent : render(operation, given);
  if (reservation && keptNow?.given !== given) {
    const written = await keepAnswer(deps.database.db, deps.ring, reserved() ?? reservation, sent);
    if (!written)
      deps.log.warn({ operation: name, requestId }, 'an answer came after its idempotency key was given up');
  }
  send(response, sent);
}

async function accessOf(deps: FrameDeps, actor: Actor, action: Action): Promise<Access> {
  return openAccess(actor, action, await readCoverage(deps.database.db, deps.tenantId, actor.grants));
}

/** A stream shows what its caller could see when it began: with other rights it has to begin anew. */
function isSame(before: Actor | null, now: Actor | null): boolean {
  const rights = (actor: Actor) => JSON.stringify([actor.account, actor.grants, actor.scopes]);
  return before !== null && now !== null && rights(before) === rights(now);
}

function readInput(deps: FrameDeps, operation: Operation, request: Request) {
  const params = operation.params?.safeParse(request.params);
  if (params && !params.success) throw notFound();
  const query = operation.query ?? null;
  const parsedQuery = query?.safeParse({ ...request.query });
  const names = operation.headers ? Object.keys(operation.headers.shape) : [];
  const parsedHeaders = operation.headers?.safeParse(
    Object.fromEntries(
      names.flatMap((header) => (request.get(header) === undefined ? [] : [[header, request.get(header)]])),
    ),
  );
  const { bytes: limit } = deps.uploadLimits ?? DEFAULT_UPLOAD_LIMITS;
  const upload = operation.upload ? uploadOf(request, operation.upload, limit) : undefined;
  const parsedBody = operation.body?.safeParse(jsonOf(request, operation.method));
  const unknownQuery = query
    ? []
    : Object.keys(request.query).map((key) => ({
        pointer: `#/query/${key.slice(0, 100)}`,
        detail: 'is not a parameter of this request',
        code: 'unknown-field',
      }));
  const errors = [
    ...unknownQuery,
    ...nulErrors(request),
    ...(parsedQuery && !parsedQuery.success ? fieldErrors(parsedQuery.error, 'query') : []),
    ...(parsedHeaders && !parsedHeaders.success ? fieldErrors(parsedHeaders.error, 'headers') : []),
    ...(parsedBody && !parsedBody.success ? fieldErrors(parsedBody.error, 'body') : []),
  ];
  if (errors.length > 0) throw invalid(errors);
  const ifMatch = request.get('if-match');
  return {
    params: params?.data,
    query: parsedQuery?.data,
    headers: parsedHeaders?.data,
    body: parsedBody?.data,
    upload,
    ifMatch: needsIfMatch(operation) && ifMatch !== undefined ? readIfMatch(ifMatch) : undefined,
  };
}

/** PostgreSQL takes no NUL in a text: nobody has one, and a search for it would be a fault of ours. */
function nulErrors(request: Request): FieldError[] {
  return Object.entries(request.query)
    .filter(([, value]) => String(value).includes('\0'))
    .map(([key]) => ({
      pointer: `#/query/${key.slice(0, 100)}`,
      detail: 'must not hold a NUL',
      code: 'invalid',
    }));
}

function keyedRequest(
  deps: FrameDeps,
  operation: Operation,
  request: Request,
  actor: Actor | null,
): KeyedRequest | null {
  const key = request.get('idempotency-key');
  if (key === undefined || operation.method !== 'post' || operation.keepsAnswer === false || !actor) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw badRequest('bad-idempotency-key', 'Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID.');
  }
  const route = `POST ${request.baseUrl}${request.path}`;
  return { account: actor.account, key, route, requestHash: operation.upload ? '' : hashOf(deps, request, null) };
}

function hashOf(deps: FrameDeps, request: Request, upload: Upload | null): string {
  const query = request.originalUrl.slice(request.baseUrl.length + request.path.length);
  const body = bytesOf(request);
  const said = upload ? upload.digest() : body ? Buffer.from(body).toString('base64') : '';
  return deps.ring.tag('idempotency', `${query}\n${said}`);
}

function keyInUse(): Problem {
  return new Problem({
    status: 409,
    code: 'idempotency-key-in-use',
    detail: 'A request with this Idempotency-Key is being worked on. Ask again in a moment.',
    headers: { 'Retry-After': '1' },
  });
}

async function reserve(
  deps: FrameDeps,
  keyed: KeyedRequest,
  request: Request,
  upload: Upload | undefined,
  response: Response,
): Promise<Reservation | 'replayed'> {
  const result = await reserveKey(deps.database, deps.ring, keyed);
  switch (result.kind) {
    case 'reserved':
      return result.reservation;
    case 'answered':
      if (upload && !(await isSameUpload(deps, request, upload, result.requestHash))) throw keyReused();
      response.set('Idempotency-Replayed', 'true');
      send(response, result.answer);
      return 'replayed';
    case 'other-request':
      throw keyReused();
    case 'in-progress':
      await upload?.finish().catch(() => undefined);
      throw keyInUse();
  }
}

function keyReused(): Problem {
  return new Problem({
    status: 422,
    code: 'idempotency-key-reused',
    detail: 'This Idempotency-Key was used for another request. Use a new key for each new request.',
  });
}

/** Reads the whole body, to compare it with the one that was answered. */
async function isSameUpload(deps: FrameDeps, request: Request, upload: Upload, hash: string): Promise<boolean> {
  for await (const _ of upload.chunks);
  return hashOf(deps, request, upload) === hash;
}

function headOf(given: AnswerHead): Record<string, string> {
  return { ...given.headers, ...(given.etag !== undefined && { ETag: given.etag }) };
}

/** Fields that the schema does not declare stay here; a value that does not fit is a bug of ours (500). */
function render(operation: Operation, given: AnyAnswer): StoredAnswer {
  if (typeof given === 'function') throw new Error('An event stream cannot be stored.');
  const body = operation.response ? JSON.stringify(operation.response.parse(given.body)) : '';
  return { status: operation.status, headers: headOf(given), body };
}

/**
 * Not by response.send(): it would answer 304 to If-None-Match, but an ETag is the version of what can be set, and an
 * answer holds more than that (counts, how a PBX fares).
 */
function send(response: Response, answer: StoredAnswer): void {
  response.status(answer.status).set({ 'Cache-Control': 'no-store', ...answer.headers });
  if (answer.body !== '') {
    response.type('application/json').set('Content-Length', String(Buffer.byteLength(answer.body)));
  }
  response.end(answer.body);
}

async function sendText(response: Response, text: TextBody): Promise<void> {
  response.set('Cache-Control', 'no-store');
  if (typeof text === 'string') response.send(text);
  else if (text instanceof Uint8Array) response.send(Buffer.from(text));
  else await pipeline(Readable.from(text), response);
}
