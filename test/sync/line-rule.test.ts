import { describe, expect, it } from 'vitest';
import { chooseLine, parseLineRule } from '../../src/sync/line-rule.ts';
import type { Line } from '../../vendors/model.ts';
import { lineWith } from '../help/line.ts';

function line(number: number, userName: string | null, enabled: boolean | null = true): Line {
  return lineWith({ line: number, enabled, userName, password: 'never-shown' });
}

const lines = [line(4, '104', null), line(1, null), line(2, '102', false), line(3, '103')];

describe('chooseLine', () => {
  it.each([
    ['first', 3],
    ['FIRST', 3],
    ['4', 4],
    ['2', 2],
    ['user:103', 3],
    ['user:102', 2],
    ['user:103@pbx.example.com', 3],
  ])('%s is line %i', (rule, number) => {
    expect(chooseLine(rule, lines)).toMatchObject({ ok: true, line: { line: number } });
  });

  it('takes a line whose format has a switch that is not set', () => {
    expect(chooseLine('first', [line(1, '101', null)])).toMatchObject({ ok: true });
  });

  it.each(['9', '1', 'user:nobody', 'nonsense'])('%s finds none and says which lines are there', (rule) => {
    const result = chooseLine(rule, lines);
    expect(result).toMatchObject({ ok: false, code: 'FIELD_MISSING' });
    if (!result.ok && rule !== 'nonsense') expect(result.message).toContain('2 (102, off), 3 (103), 4 (104)');
    expect(JSON.stringify(result)).not.toContain('never-shown');
  });

  it('says that a file has no line at all', () => {
    expect(chooseLine('first', [])).toMatchObject({ ok: false, code: 'FIELD_MISSING' });
    expect(chooseLine('first', [line(1, '101', false)])).toMatchObject({ ok: false });
  });
});

describe('parseLineRule', () => {
  it('normalises what it takes', () => {
    expect(parseLineRule(' First ')).toMatchObject({ ok: true, text: 'first' });
    expect(parseLineRule('02')).toMatchObject({ ok: true, text: '2' });
    expect(parseLineRule('USER: 101')).toMatchObject({ ok: true, text: 'user:101' });
  });

  it.each(['', '0', '201', '-1', '1.5', 'user:', 'last'])('refuses %j', (text) => {
    expect(parseLineRule(text).ok).toBe(false);
  });
});
