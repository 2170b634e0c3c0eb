// The API reference: Swagger UI from our own disk.
// Nothing is fetched from elsewhere; what a page adds to itself needs the nonce, which it finds in its meta element.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Router } from 'express';
import { API_ROOT } from './contract/operation.ts';
import { sendPage } from './portal.ts';

const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Provender API</title><meta name="viewport" content="width=device-width">
<meta property="csp-nonce" nonce="{{nonce}}">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
</head>
<body>
<div id="reference"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`;

/** validatorUrl null: otherwise Swagger UI asks a public validator about the document. */
const START_SCRIPT = `SwaggerUIBundle({
  url: '${API_ROOT}/openapi.json',
  dom_id: '#reference',
  validatorUrl: null,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
});
`;

export function pages(): Router {
  const router = Router({ caseSensitive: true });
  // `root` and not an absolute path: send() would refuse a path that has a folder with a leading dot in it.
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  router.get('/api/docs', (_request, response) => {
    sendPage(response, DOCS_PAGE);
  });
  router.get('/api/docs/start.js', (_request, response) => {
    response.type('js').send(START_SCRIPT);
  });
  for (const file of SWAGGER_FILES) {
    router.get(`/api/docs/${file}`, (_request, response) => {
      response.sendFile(file, { root, maxAge: '1h' });
    });
  }
  return router;
}
