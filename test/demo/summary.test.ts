import { expect, test } from 'vitest';
import { dataLines } from '../../src/demo/summary.ts';

test('says that its own folder is made anew, and that a named one is kept', () => {
  expect(dataLines('data-demo', false)[1]).toContain('The next demo makes it anew.');
  expect(dataLines('mine', true).join(' ')).not.toContain('anew');
  expect(dataLines('mine', true)[1]).toContain('provender start --data');
});
