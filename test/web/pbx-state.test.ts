// What the portal makes of a PBX: its state, its next step, how its server is checked.
import { expect, test } from 'vitest';
import type { PbxView } from '../../src/api/contract/pbxs.ts';
import { endingCertificates, nextStepOf, runStateOf, tlsOf } from '../../web/screens/pbxs/pbx-state.ts';
import { aPbx } from './pbx-example.ts';

const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const users = { total: 10, off: 0, waiting: 0, fetching: 0, provisioned: 10, stale: 0, failed: 0 };
const run = (more: Partial<PbxView['run']>) => ({ run: { ...aPbx().run, ...more } });
const paused = (pauseCode: string) => run({ pausedUntil: '2026-03-01T10:05:00.000Z', pauseCode });
const certificate = (validTo: string) => ({ subject: 'CN=x', fingerprint256: 'AB', validTo, expired: false });

test.each<[string, Partial<PbxView>, string, string | null]>([
  ['runs', { users }, 'running', null],
  ['has no address', { users, provisioningUrl: null }, 'no-address', 'enter-address'],
  ['is off', { autoProvision: false, users: { ...users, off: 10, provisioned: 0 } }, 'off', 'switch-on'],
  [
    'is off, but for users that are on by themselves',
    { autoProvision: false, users: { ...users, off: 9 } },
    'running',
    null,
  ],
  ['has its login refused', { users, ...run({ login: 'refused' }) }, 'login-refused', 'mend-login'],
  ['cannot be reached', { users, ...paused('HOST_CIRCUIT_OPEN') }, 'paused', 'mend-way'],
  ['refuses MACs', { users, ...paused('HTTP_403') }, 'paused', 'check-macs'],
  ['was paused until a while ago', { users, ...run({ pausedUntil: '2026-03-01T09:00:00.000Z' }) }, 'running', null],
  ['tries its login', { users: { ...users, provisioned: 0 }, ...run({ login: 'probing' }) }, 'probing', null],
  ['has no users', { users: { ...users, total: 0, provisioned: 0 } }, 'idle', 'add-users'],
  ['has users that failed', { users: { ...users, failed: 1, stale: 2 } }, 'running', 'look-at-failed'],
  ['has users that are stale', { users: { ...users, stale: 2 } }, 'running', 'look-at-stale'],
  ['waits for MACs to be entered', { autoAssignMac: true, users: { ...users, waiting: 2 } }, 'running', 'hand-over'],
])('a PBX that %s', (_, more, state, next) => {
  expect(runStateOf(aPbx(more), NOW).kind).toBe(state);
  expect(nextStepOf(aPbx(more), NOW)).toBe(next);
});

test('a certificate is spoken of in its last 30 days', () => {
  const pbx = (validTo: string) => aPbx({ users, certificates: { ca: null, client: certificate(validTo) } });
  expect(endingCertificates(pbx('2026-04-15T00:00:00.000Z'), NOW)).toEqual([]);
  expect(endingCertificates(pbx('2026-03-15T00:00:00.000Z'), NOW)).toMatchObject([{ kind: 'client' }]);
  expect(nextStepOf(pbx('2026-02-15T00:00:00.000Z'), NOW)).toBe('renew-certificate');
});

test.each<[Partial<PbxView>, string]>([
  [{ provisioningUrl: null }, 'none'],
  [{ provisioningUrl: 'http://pbx.example.com/', pinSha256: 'AB' }, 'plain'],
  [{ legacyTls: true, pinSha256: 'AB' }, 'legacy'],
  [{ pinSha256: 'AB' }, 'pinned'],
  [{ certificates: { ca: [certificate('2030-01-01T00:00:00.000Z')], client: null } }, 'own-ca'],
  [{}, 'checked'],
])('the weakest thing about TLS is said: %j', (more, kind) => {
  expect(tlsOf(aPbx(more))).toBe(kind);
});
