import { expect, test } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';

test('a secret prints as dots', () => {
  expect(`${new Secret('hunter2')} ${JSON.stringify({ s: new Secret('hunter2') })}`).not.toContain('hunter2');
});
