import { expect, it } from 'vitest';
import { maskNumber, publicEntry, publicReason } from '../../src/api/why-text.ts';
import type { ActivityEntry } from '../../src/store/activity.ts';

function entry(more: Partial<ActivityEntry>): ActivityEntry {
  return {
    id: 'id',
    at: new Date('2026-03-01T09:30:00Z'),
    position: { xid: '1', id: 'id' },
    tenantId: 'tenant',
    pbxId: 'pbx',
    pbxName: 'Head office',
    userId: 'user',
    userName: 'Ann',
    importId: null,
    actor: 'ann@acme.example',
    verb: 'sync',
    outcome: 'ok',
    status: 'provisioned',
    code: null,
    sentence: 'Checked: nothing changed at the PBX.',
    nextAction: null,
    steps: [],
    detail: { hush: true },
    ...more,
  };
}

it.each([
  ['https://pbx.example.com/secret/x.cfg?token=1#f answered', 'https://pbx.example.com/… answered'],
  ['http://u:p@192.0.2.1:8080/ answered.', 'http://192.0.2.1:8080/ answered.'],
  ['See https://pbx.example.com.', 'See https://pbx.example.com.'],
  ['ask ann@acme.example or sip:101@pbx.example.com;x', 'ask … or …'],
  ['+12025550142 and +442079460000.', '…0142 and …0000.'],
  ['pbx.example.com has no file for 00005e005301 (404).', 'pbx.example.com has no file for 00005e005301 (404).'],
])('says of "%s" only "%s"', (stored, shown) => {
  expect(publicReason('HTTP_404', stored)).toBe(shown);
});

it('says what a code means where the stored sentence names too much, and nothing of what it does not know', () => {
  expect(publicReason('DID_CONFLICT', 'The number +12025550142 belongs to Bob already.')).toBe(
    'The number belongs to another user already.',
  );
  expect(publicReason('TARGET_REFUSED', '10.0.0.5 is a private address')).not.toContain('10.0.0.5');
  expect(publicReason('NEW_CODE', 'hush')).toBeNull();
  expect(publicReason(null, 'hush')).toBeNull();
  expect(publicReason('HTTP_404', null)).toBeNull();
});

it('keeps of a number its end', () => {
  expect([maskNumber('+12025550142'), maskNumber(null)]).toEqual(['…0142', null]);
});

it('tells of steps what their form allows, and the failure in place of what failed', () => {
  const { steps } = publicEntry(
    entry({
      outcome: 'failed',
      code: 'FIELD_MISSING',
      sentence: 'The file has no line 3. Lines there: 1 (bob), 2 (eve).',
      steps: [
        { step: 'choose', ok: true, ms: 3, text: 'Line 2, user eve at pbx.example.com.' },
        { step: 'choose', ok: true, text: 'hush' },
        { step: 'new-step', ok: true, text: 'hush' },
        { step: 'choose', ok: false, ms: 1, text: 'Lines there: 1 (bob), 2 (eve).' },
      ],
    }),
  );
  expect(steps).toEqual([
    { step: 'choose', ok: true, ms: 3, text: 'Line 2.' },
    { step: 'choose', ok: true, text: '' },
    { step: 'new-step', ok: true, text: '' },
    { step: 'choose', ok: false, ms: 1, text: 'The file has no line with a user name, a password and a server.' },
  ]);
});

it('names no file of an archive, nobody who acted, and not what they changed', () => {
  const fromFiles = entry({
    sentence: 'Provisioned with +12025550142: line 1 read from our backup.zip/bob/secret.cfg.',
  });
  expect(publicEntry(fromFiles).sentence).toBe('Provisioned with …0142: line 1 read from a file.');
  const changed = entry({ verb: 'user.update', outcome: 'info', sentence: 'ann@acme.example was changed: MAC.' });
  expect(publicEntry(changed)).toEqual({
    at: '2026-03-01T09:30:00.000Z',
    outcome: 'info',
    code: null,
    sentence: 'The settings of the user were changed.',
    nextAction: null,
    steps: [],
  });
});
