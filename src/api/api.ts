// The HTTP side put together: headers, pages, the API, and the one place where a failure becomes an answer.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import helmet from 'helmet';
import { v7 as uuidv7 } from 'uuid';
import type { Logger } from '../log.ts';
import { isDatabaseGone } from '../store/database.ts';
import { API_ROOT } from './contract/operation.ts';
import { contract } from './contract.ts';
import { EventStreams } from './event-stream.ts';
import { mount } from './mount.ts';
import { openApiDocument } from './openapi.ts';
import { pages } from './pages.ts';
import { portal } from './portal.ts';
import { badRequest, notFound, Problem } from './problem.ts';
import { type ApiDeps, routes } from './routes.ts';
import { sessionReader } from './session.ts';
import { checkHost, readAddress } from './way-in.ts';

interface Api {
  readonly app: Express;
  /** Event streams end, new ones at once. Call before the server is closed. */
  endStreams(): void;
}

/** A new one for each answer: only what the page itself was sent with is run. */
const nonceOf = (_request: IncomingMessage, response: ServerResponse) =>
  `'nonce-${(response as Response).locals.nonce as string}'`;

function createApi(deps: ApiDeps, host: string): Api {
  const app = express();
  const streams = new EventStreams();
  // Only we give ETags: they are versions, not hashes.
  app.set('etag', false).set('query parser', 'simple').set('case sensitive routing', true);
  // An empty list is no proxy at all; `true` would believe whatever a client says.
  app.set('trust proxy', [...deps.trustProxy]);
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    const requestId = uuidv7();
    response.locals.requestId = requestId;
    response.locals.nonce = randomBytes(16).toString('base64');
    response.set('X-Request-Id', requestId);
    next();
  });
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'", nonceOf],
          // The component library of a page writes style elements, which get the nonce too.
          styleSrc: ["'self'", nonceOf],
          // Swagger UI's style sheet has its icons inline as images.
          imgSrc: ["'self'", 'data:'],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      // Whoever ends TLS before us decides this; we may be asked by plain http on purpose.
      strictTransportSecurity: false,
      referrerPolicy: { policy: 'no-referrer' },
    }),
  );
  app.use(readAddress, checkHost(deps.publicUrl, host));
  const web = portal();
  app.use(web.pages);
  app.use(pages());
  const document = openApiDocument(contract, deps.version);
  app.get(`${API_ROOT}/openapi.json`, (_request, response) => {
    response.json(document);
  });
  app.use(API_ROOT, sessionReader(deps.database, deps.publicUrl));
  app.use(API_ROOT, mount(deps, streams, contract, routes(deps)));
  app.use(web.notFound);
  app.use(() => {
    throw notFound();
  });
  app.use(answerFailure(deps.log));
  return { app, endStreams: () => streams.endAll() };
}

/** Failures of reading the request: Express and its body reader say them with a status below 500. */
function asProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (isDatabaseGone(error)) {
    return new Problem({
      status: 503,
      code: 'database-gone',
      detail: 'The database does not answer. Nothing was changed. Try again in a few seconds.',
      headers: { 'Retry-After': '5' },
    });
  }
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) {
    return new Problem({ status: 413, code: 'too-large', detail: 'The body is larger than this address takes.' });
  }
  if (status === 415) {
    return new Problem({ status: 415, code: 'unsupported-media-type', detail: 'This content coding is not known.' });
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return badRequest('bad-request', 'The request cannot be read: its address or its body is broken.');
  }
  return null;
}

function answerFailure(log: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const requestId = response.locals.requestId as string;
    let known = asProblem(error);
    if (!known) {
      log.error({ err: error, requestId, method: request.method, path: request.path }, 'a request failed');
      known = new Problem({
        status: 500,
        code: 'internal',
        detail: 'This is a fault of ours. Tell us the request id.',
      });
    }
    if (response.headersSent) {
      // Too late for an answer: a cut connection tells the client that what it has is not whole.
      response.destroy();
      return;
    }
    const instance = request.originalUrl.split('?', 1)[0] ?? '/';
    response.removeHeader('ETag');
    response
      .status(known.init.status)
      .set({ 'Cache-Control': 'no-store', ...known.init.headers })
      .type('application/problem+json')
      .send(JSON.stringify(known.body(instance, requestId)));
  };
}

export interface RunningApi {
  /** Where it listens, with the port that it got. */
  readonly url: string;
  readonly port: number;
  /** Ends event streams, lets running requests finish (5 seconds), then cuts. */
  close(): Promise<void>;
}

const DRAIN_MS = 5_000;

/** @throws what listen() says (EADDRINUSE, EACCES) */
export async function startApi(
  deps: ApiDeps,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<RunningApi> {
  const api = createApi(deps, host);
  const server = createServer({ requestTimeout: 120_000, headersTimeout: 20_000, maxHeaderSize: 16 * 1024 }, api.app);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      api.endStreams();
      // Again and again: a connection whose answer was under way when we began becomes idle later.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
