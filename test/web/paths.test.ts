// The server gives the page at the addresses that the portal has, and at no others with status 200.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PORTAL_PATHS } from '../../src/api/portal-paths.ts';

it('has one list of first parts on both sides', () => {
  const router = readFileSync(join(import.meta.dirname, '../../web/router.tsx'), 'utf8');
  const routes = [...router.matchAll(/path: '\/([a-z-]+)/g)].map(([, first]) => first);
  expect(routes.length).toBeGreaterThan(20);
  expect([...new Set(routes)].toSorted()).toEqual([...PORTAL_PATHS].toSorted());
});
