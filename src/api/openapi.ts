// The OpenAPI 3.1 document, made from the contract that the routes are mounted from.
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { API_ROOT, type Contract, type Operation } from './contract/operation.ts';
import { problem } from './contract/problem.ts';

const DESCRIPTION = `Harvests SIP credentials from the provisioning servers of PBXs and keeps their users provisioned.

Times are RFC 3339 in UTC, ids are UUIDv7. Enumerations grow: accept values that you do not know. Failures are
\`application/problem+json\` (RFC 9457) with a stable \`code\`; \`errors\` names wrong fields by JSON pointer. Lists end at
\`nextCursor\`. Changes need \`If-Match\` with the \`ETag\` of what is changed. A POST with an \`Idempotency-Key\` is done
once, however often it is sent within 24 hours.`;

const ifMatch = z.string().meta({ description: 'ETag of the version that is changed.', example: '"01a1fd94-...-3"' });
const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({ description: 'Any unique text. The same request with the same key is done once and answered again.' });

function headersOf(operation: Operation): z.ZodObject | undefined {
  const guarded = operation.ifMatch !== false && ['put', 'patch', 'delete'].includes(operation.method);
  const own = {
    ...(guarded && { 'If-Match': ifMatch }),
    ...(operation.method === 'post' && { 'Idempotency-Key': idempotencyKey }),
    ...operation.headers?.shape,
  };
  return Object.keys(own).length > 0 ? z.object(own) : undefined;
}

function describe(name: string, operation: Operation): ZodOpenApiOperationObject {
  const header = headersOf(operation);
  const mediaType = operation.method === 'patch' ? 'application/merge-patch+json' : 'application/json';
  const text = z.string();
  return {
    operationId: name,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    ...(operation.public && { security: [] }),
    requestParams: {
      ...(operation.params && { path: operation.params }),
      ...(operation.query && { query: operation.query }),
      ...(header && { header }),
    },
    ...(operation.body && {
      requestBody: {
        required: !operation.body.safeParse(undefined).success,
        content: { [mediaType]: { schema: operation.body } },
      },
    }),
    ...(operation.upload && {
      requestBody: {
        required: true,
        content: Object.fromEntries(operation.upload.map((type) => [type, { schema: text }])),
      },
    }),
    responses: {
      [`${operation.status}` as '200']: {
        description: 'Done',
        ...(operation.response && { content: { 'application/json': { schema: operation.response } } }),
        ...(operation.produces && { content: { [operation.produces]: { schema: text } } }),
      },
      default: { description: 'A problem', content: { 'application/problem+json': { schema: problem } } },
    },
  };
}

export function openApiDocument(contract: Contract, version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, operation] of Object.entries(contract)) {
    const path = `${API_ROOT}${operation.path}`;
    paths[path] = { ...paths[path], [operation.method]: describe(name, operation) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Provender', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    tags: [...new Set(Object.values(contract).map((operation) => operation.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token that starts with `pvk_`.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
  });
}
