import { expect, it } from 'vitest';
import type { Operation } from '../../src/api/contract/operation.ts';
import { contract } from '../../src/api/contract.ts';
import { openApiDocument } from '../../src/api/openapi.ts';

const document = JSON.parse(JSON.stringify(openApiDocument(contract, '1.2.3')));
const operations = Object.entries<Record<string, Record<string, unknown>>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

function walk(value: unknown, visit: (key: string, value: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    visit(key, inner);
    walk(inner, visit);
  }
}

it('is OpenAPI 3.1 with all operations of the contract, each with an id of its own', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  expect(document.info).toMatchObject({ title: 'Provender', version: '1.2.3' });
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(ids.sort()).toEqual(Object.keys(contract).sort());
  expect(new Set(ids).size).toBe(ids.length);
});

it('has only references that resolve', () => {
  const references: string[] = [];
  walk(document, (key, value) => {
    if (key === '$ref') references.push(String(value));
  });
  expect(references.length).toBeGreaterThan(5);
  for (const reference of references) {
    let target: unknown = document;
    for (const part of reference.replace(/^#\//, '').split('/')) {
      target = (target as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    expect(target, reference).toBeTypeOf('object');
  }
});

it('declares every parameter of a path, and answers with a description', () => {
  for (const { path, operation } of operations) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = (operation.parameters ?? []) as { in: string; name: string; required?: boolean }[];
    const declared = parameters.filter((parameter) => parameter.in === 'path');
    expect(declared.map((parameter) => parameter.name)).toEqual(names);
    expect(declared.every((parameter) => parameter.required)).toBe(true);
    for (const response of Object.values(operation.responses as Record<string, { description: string }>)) {
      expect(response.description).toBeTruthy();
    }
  }
});

it('says which operations need no credential, which need If-Match, and which take an Idempotency-Key', () => {
  expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
  for (const { method, operation } of operations) {
    const source = (contract as Record<string, Operation>)[String(operation.operationId)];
    expect(operation.security).toEqual(source?.public ? [] : undefined);
    const headers = ((operation.parameters ?? []) as { in: string; name: string; required?: boolean }[]).filter(
      (parameter) => parameter.in === 'header',
    );
    const ifMatch = headers.find((header) => header.name === 'If-Match');
    expect(Boolean(ifMatch?.required)).toBe(['put', 'patch', 'delete'].includes(method) && source?.ifMatch !== false);
    expect(headers.some((header) => header.name === 'Idempotency-Key')).toBe(method === 'post');
  }
});

it('has no schema that says nothing but that it is something', () => {
  for (const { operation } of operations) {
    walk(operation.requestBody, (key, value) => {
      if (key === 'schema') expect(Object.keys(value as object)).not.toHaveLength(0);
    });
  }
});
