import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REASONS, type ReasonCode } from '../../src/sync/outcome.ts';

const PAGE = join(import.meta.dirname, '../../docs/reason-codes.md');

/** Rows of the last table of the page: code, meaning, class, next action. */
const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, code, meaning, retry, nextAction] = /^\| `([A-Z0-9_]+)` \| (.+) \| (\w+) \| (.+) \|$/.exec(line) ?? [];
    return code === undefined ? [] : [{ code, meaning, retry, nextAction }];
  });

describe('docs/reason-codes.md', () => {
  test('has every code once, in the order of the table in src/sync/outcome.ts', () => {
    expect(rows.map((row) => row.code)).toEqual(Object.keys(REASONS));
  });

  test.each(rows)('says of $code how it is retried and what to do', ({ code, meaning, retry, nextAction }) => {
    const reason = REASONS[code as ReasonCode];
    expect(meaning).toMatch(/\.$/);
    expect(retry).toBe(reason?.retry);
    expect(nextAction).toBe(reason?.nextAction ?? '-');
  });
});
