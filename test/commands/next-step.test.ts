import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/list.ts';
import { withNextStep } from '../../src/commands/next-step.ts';
import { REASONS } from '../../src/sync/outcome.ts';

const hint = (code: string, options = {}) => withNextStep({ options, positionals: [] }, code, 'So it is.');

test('names only options that fetch and harvest have', () => {
  const hints = Object.keys(REASONS).flatMap((code) => hint(code).match(/--[a-z0-9-]+/g) ?? []);
  expect(hints.length).toBeGreaterThan(10);
  for (const name of ['fetch', 'harvest']) {
    const options = Object.keys(COMMANDS.find((command) => command.name === name)?.options ?? {});
    expect(options).toEqual(expect.arrayContaining(hints.map((option) => option.slice(2))));
  }
});

test('every failure of TLS has an option that may help', () => {
  for (const code of Object.keys(REASONS).filter((known) => known.startsWith('TLS_'))) {
    expect(hint(code)).toMatch(/^So it is\. On the command line: --/);
  }
});

test('leaves a message as it is where no option helps, or the one that would is given', () => {
  expect(hint('HTTP_404')).toBe('So it is.');
  expect(hint('TARGET_REFUSED', { 'allow-private': true })).toBe('So it is.');
  expect(hint('toString')).toBe('So it is.');
});
