import { describe, expect, test } from 'vitest';
import {
  cameFromPbx,
  compareContent,
  type Failing,
  type HarvestedContent,
  nextActionFor,
  nextActionOf,
} from '../../src/sync/outcome.ts';
import type { Line } from '../../vendors/model.ts';
import { lineWith } from '../help/line.ts';

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
  test('whatever differs of a line is a change: what is none would not be stored', () => {
    const full: Required<Line> = {
      ...lineWith({ authName: 'auth', displayName: 'Ann', label: '2001', expiresSeconds: 300 }),
      outboundProxy: { host: 'proxy.example.com', port: 5060 },
      backup: { host: 'pbx2.example.com', port: null },
      backupOutboundProxy: { host: 'proxy2.example.com', port: null },
      port: 'FXS 1',
      ha1: 'hash',
      ha1Realm: 'example.com',
      ha1Algorithm: 'MD5',
    };
    for (const key of Object.keys(full).filter((name) => name !== 'line')) {
      const other = { ...full, [key]: null } as Line;
      const changes = compareContent(
        content({ lines: [full] }),
        content({ lines: [key === 'enabled' ? { ...full, enabled: false } : other] }),
      );
      expect(changes, key).toHaveLength(1);
    }
  });

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
