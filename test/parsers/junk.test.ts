// A text of which hardly a line is understood is given up; one that is damaged and still a configuration is not.
import { describe, expect, test } from 'vitest';
import { flaggedColon } from '../../parsers/flagged-colon.ts';
import { keyValue } from '../../parsers/key-value.ts';
import { quoted } from '../../parsers/quoted.ts';
import { sections } from '../../parsers/sections.ts';

const SYNTAXES: Readonly<Record<string, { readonly good: string; readonly misread: (text: string) => number }>> = {
  'key = value': { good: 'a = 1\n', misread: (text) => keyValue.parse(text).document.directives.length },
  sections: { good: 'a = 1\n', misread: (text) => sections.parse(text).notes.length },
  'key: value': { good: 'a: 1\n', misread: (text) => flaggedColon.parse(text).notes.length },
  quoted: { good: 'a = "1"\n', misread: (text) => quoted.parse(text).notes.length },
};

describe.each(Object.entries(SYNTAXES))('%s', (_name, { good, misread }) => {
  test('gives up what is junk', () => {
    const found = misread(good + 'junk\n'.repeat(400_000));
    expect(found).toBeGreaterThan(20_000);
    expect(found).toBeLessThan(21_000);
  });

  test('tells of every line that it does not understand among those that it does', () => {
    expect(misread(`${good}junk\n`.repeat(30_000))).toBe(30_000);
  });
});
