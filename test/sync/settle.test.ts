import { expect, test } from 'vitest';
import type { ClaimedUser, SlicePbx } from '../../src/store/slices.ts';
import type { ReasonCode } from '../../src/sync/outcome.ts';
import { settle } from '../../src/sync/settle.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const HOUR = 3_600_000;

const pbx = { id: 'p', name: 'HQ', resyncHours: 24 } as SlicePbx;
const user = {
  id: 'u',
  tenantId: 't',
  name: 'Ann',
  mac: '00005e005301',
  macAssigned: false,
  status: 'waiting',
  reasonCode: 'QUEUED',
  attempt: 0,
  lastRetryClass: null,
  absentSinceMs: null,
  syncRequestedBy: null,
  linesVersion: null,
} as ClaimedUser;

const settleFailure = (claimed: ClaimedUser, code: ReasonCode) =>
  settle(
    claimed,
    { kind: 'failed', code, message: 'So it is.', answered: false, steps: [] },
    { pbx, nowMs: NOW, random: 0.5 },
  );

test('a TLS failure needs a person, is told once, and is probed every six hours without a word', () => {
  const first = settleFailure(user, 'TLS_EXPIRED');
  expect(first).toMatchObject({ status: 'failed', retryClass: 'human', dueAtMs: NOW + 6 * HOUR, attempt: 1 });
  expect(first.entry).toMatchObject({ code: 'TLS_EXPIRED', outcome: 'failed' });

  const failed: ClaimedUser = { ...user, status: 'failed', reasonCode: 'TLS_EXPIRED', lastRetryClass: 'human' };
  const probe = settleFailure({ ...failed, attempt: 1 }, 'TLS_EXPIRED');
  expect(probe).toMatchObject({ status: 'failed', dueAtMs: NOW + 6 * HOUR, attempt: 2, entry: null });

  expect(settleFailure(failed, 'TLS_NAME').entry).toMatchObject({ code: 'TLS_NAME' });
  expect(settleFailure({ ...failed, syncRequestedBy: 'ann' }, 'TLS_EXPIRED').entry).toMatchObject({ actor: 'ann' });
});

test('a user that was provisioned keeps what was good while the certificate is bad', () => {
  const known: ClaimedUser = { ...user, status: 'provisioned', reasonCode: null, linesVersion: 2 };
  expect(settleFailure(known, 'TLS_UNTRUSTED')).toMatchObject({ status: 'stale', success: null, lines: null });
});

test('what only a person here can mend is not asked again by itself', () => {
  expect(settleFailure(user, 'TARGET_REFUSED')).toMatchObject({ retryClass: 'human', dueAtMs: null });
});
