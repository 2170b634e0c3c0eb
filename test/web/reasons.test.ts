import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REASONS } from '../../src/sync/outcome.ts';
import { sayReason } from '../../web/words/reasons.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reason-codes.md'), 'utf8');
const meanings = [...page.matchAll(/^\| `([A-Z0-9_]+)` \| ([^|]+) \|/gm)].map(
  ([, code, meaning]) => [code ?? '', meaning?.trim().replaceAll('`', '') ?? ''] as const,
);

test.each(meanings)('the portal says of %s what the documentation says', (code, meaning) => {
  expect(sayReason(code)?.meaning).toBe(meaning);
});

test.each(Object.entries(REASONS))('the portal advises for %s what the API does', (code, { nextAction }) => {
  expect(sayReason(code)?.nextAction).toBe(nextAction);
});

test('a code of a newer server has no words, and is no fault', () => {
  expect(sayReason('SOMETHING_NEW')).toBeNull();
  expect(sayReason('toString')).toBeNull();
});
