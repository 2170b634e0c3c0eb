import { expect, it } from 'vitest';
import { auditQuery, localOf, momentOf } from '../../web/screens/audit/filter.ts';

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
