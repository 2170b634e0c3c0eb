import { expect, it } from 'vitest';
import type { AuditEntry } from '../../web/live/audit.ts';
import { auditQuery, localOf, matches, momentOf } from '../../web/screens/audit/filter.ts';

const NOW = Date.parse('2026-03-10T12:00:30.000Z');

it('asks the API for what the address says', () => {
  expect(auditQuery({ actor: 'member:1', object: 'pbx:2', action: 'pbx.change', from: '-7d' }, NOW)).toEqual({
    actor: 'member:1',
    action: 'pbx.change',
    objectType: 'pbx',
    objectId: '2',
    from: '2026-03-03T12:00:00.000Z',
  });
  expect(auditQuery({ tenant: 't', object: 'pbx' })).toEqual({ tenantId: 't', objectType: 'pbx' });
  expect(auditQuery({})).toEqual({});
});

it('takes no moment that is none', () => {
  expect([momentOf('yesterday'), momentOf(undefined), momentOf('-d')]).toEqual([null, null, null]);
  expect(localOf('nonsense')).toBe('');
  expect(Date.parse(localOf('2026-03-10T12:00:00.000Z'))).toBe(Date.parse('2026-03-10T12:00:00.000Z'));
});

it('knows of an entry that comes live whether the list asks for it, as the server does', () => {
  const entry = {
    at: '2026-03-10T12:00:00.000Z',
    tenantId: 't',
    actor: 'member:1',
    action: 'pbx.change',
    objectType: 'pbx',
    objectId: '2',
  } as AuditEntry;
  const fits = (search: Parameters<typeof auditQuery>[0]) => matches(auditQuery(search, NOW), entry);
  expect(
    [
      {},
      { tenant: 't' },
      { actor: 'member:1' },
      { action: 'pbx.change' },
      { action: 'pbx.create,pbx.change' },
      { object: 'pbx' },
      { object: 'pbx:2' },
      { from: '-1d' },
      { to: '2026-03-10T12:00:00.001Z' },
    ].filter((search) => !fits(search)),
  ).toEqual([]);
  expect(
    [
      { tenant: 'u' },
      { actor: 'member:2' },
      { action: 'pbx.create' },
      { object: 'user' },
      { object: 'pbx:3' },
      { from: '2026-03-10T12:00:00.001Z' },
      { to: '2026-03-10T12:00:00.000Z' },
    ].filter(fits),
  ).toEqual([]);
});
