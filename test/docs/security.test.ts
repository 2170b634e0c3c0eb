// docs/security.md says which test makes which attack: what it says exists, and what exists is in it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ATTACKS, NOT_COVERED, namedTests, SECURITY_PAGE, writtenPage } from '../../scripts/security-page.ts';

test('docs/security.md has every test with an id, under its id (node scripts/security-page.ts writes it)', () => {
  const page = readFileSync(SECURITY_PAGE, 'utf8');
  expect(page).toBe(writtenPage(page));
});

test('every id in the title of a test is one of the list', () => {
  const unknown = namedTests().flatMap(({ file, title, ids }) =>
    ids.filter((id) => !(id in ATTACKS)).map((id) => `${id} in ${file}: ${title}`),
  );
  expect(unknown).toEqual([]);
});

test('every attack of the list has a test, or the page says why it has none', () => {
  const covered = new Set(namedTests().flatMap(({ ids }) => ids));
  expect(Object.keys(ATTACKS).filter((id) => !covered.has(id) && !(id in NOT_COVERED))).toEqual([]);
});
