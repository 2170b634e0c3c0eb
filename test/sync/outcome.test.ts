import { describe, expect, test } from 'vitest';
import {
  cameFromPbx,
  compareContent,
  type Failing,
  type HarvestedContent,
  nextActionFor,
  nextActionOf,
} from '../../src/sync/outcome.ts';

const failing = (of: Partial<Failing>): Failing => ({
  reasonCode: 'HTTP_404',
  retryClass: null,
  mac: '0200000000a1',
  macAssigned: true,
  linesVersion: null,
  ...of,
});

describe('what a person can do for a user', () => {
  test('a pseudo-MAC that the PBX does not know yet is to be entered there, however the PBX says so', () => {
    const enter = /^Enter the MAC 0200000000a1 /;
    expect(nextActionOf(failing({}))).toMatch(enter);
    expect(nextActionOf(failing({ reasonCode: 'HTTP_403' }))).toMatch(enter);
    expect(nextActionOf(failing({ reasonCode: 'HTTP_401', retryClass: 'absence' }))).toMatch(enter);
  });

  test('a typed MAC, or one that was provisioned before, is to be checked', () => {
    const check = nextActionFor('HTTP_404');
    expect(nextActionOf(failing({ macAssigned: false }))).toBe(check);
    expect(nextActionOf(failing({ linesVersion: 3 }))).toBe(check);
    expect(nextActionOf(failing({ reasonCode: 'HTTP_401', retryClass: 'absence', linesVersion: 3 }))).toBe(check);
  });

  test('everything else is as the table has it', () => {
    expect(nextActionOf(failing({ reasonCode: 'HTTP_401', retryClass: 'human' }))).toBe(nextActionFor('HTTP_401'));
    expect(nextActionOf(failing({ reasonCode: 'ABSENT', retryClass: 'human' }))).toBe(nextActionFor('ABSENT'));
    expect(nextActionOf(failing({ reasonCode: 'QUEUED' }))).toBeNull();
  });
});

describe('what differs between two harvests', () => {
  const content = (of: Partial<HarvestedContent>): HarvestedContent => ({
    lines: [],
    settings: [],
    line: 1,
    didField: 'account.1.label',
    didText: '+1 202 555 0142',
    ...of,
  });

  test('a number that was changed at the PBX is told from a field that was chosen here', () => {
    const atPbx = compareContent(content({}), content({ didText: '+1 202 555 0143' }));
    expect(atPbx).toEqual(['DID field']);
    expect(cameFromPbx(atPbx)).toBe(true);
    const here = compareContent(content({}), content({ didField: null, didText: null }));
    expect(here).toEqual(['choice of the DID field']);
    expect(cameFromPbx(here)).toBe(false);
    expect(cameFromPbx(compareContent(content({}), content({ line: 2 })))).toBe(false);
  });
});
