// The portal as `npm run build` leaves it in dist/web: one page for all its addresses, and files that never change under
// their names. Where it was not built, the root page says so and the API works all the same.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, type Response, Router } from 'express';
import { PACKAGE_ROOT } from '../package-root.ts';
import { API_ROOT } from './contract/operation.ts';
import { PORTAL_PATHS } from './portal-paths.ts';

const BUILT = join(PACKAGE_ROOT, 'dist', 'web');

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Provender</title><meta name="viewport" content="width=device-width">
<meta property="csp-nonce" nonce="{{nonce}}">
<meta name="color-scheme" content="light dark">
</head>
<body>
<h1>Provender</h1>
<p>Harvests SIP credentials from the provisioning servers of PBXs and keeps the users they belong to provisioned.</p>
<p>The portal is not built in this checkout: run <code>npm run build</code>, then start again.</p>
<ul>
<li><a href="/api/docs">API reference</a></li>
<li><a href="${API_ROOT}/openapi.json">OpenAPI document</a></li>
<li><a href="${API_ROOT}/health">Health</a></li>
</ul>
</body>
</html>
`;

/** Never stored: the nonce in it is that of this answer. */
export function sendPage(response: Response, page: string): void {
  const nonce = response.locals.nonce as string;
  response.set('Cache-Control', 'no-store').type('html').send(page.replaceAll('{{nonce}}', nonce));
}

/** Before the API: its files, and its page at the addresses that it has. */
export function portal(): { readonly pages: Router; readonly notFound: RequestHandler } {
  const index = join(BUILT, 'index.html');
  const page = existsSync(index) ? readFileSync(index, 'utf8') : null;
  const pages = Router({ caseSensitive: true });
  pages.get('/', (_request, response) => {
    sendPage(response, page ?? NOT_BUILT);
  });
  if (page === null) return { pages, notFound: (_request, _response, next) => next() };
  pages.use('/assets', express.static(join(BUILT, 'assets'), { immutable: true, maxAge: '1y', index: false }));
  pages.get('/favicon.svg', (_request, response) => {
    response.sendFile('favicon.svg', { root: BUILT, maxAge: '1h' });
  });
  pages.get(
    PORTAL_PATHS.flatMap((path) => [`/${path}`, `/${path}/*rest`]),
    (_request, response) => {
      sendPage(response, page);
    },
  );
  return {
    pages,
    // A person who mistyped gets the portal's own page for it; a program gets the problem.
    notFound: (request, response, next) => {
      const isPerson = request.method === 'GET' && request.accepts(['json', 'html']) === 'html';
      if (!isPerson || request.path.startsWith('/api/')) {
        next();
        return;
      }
      response.status(404);
      sendPage(response, page);
    },
  };
}
