// A PBX as the API gives it, for tests of what the portal makes of it.
import type { PbxView } from '../../src/api/contract/pbxs.ts';

export function aPbx(more: Partial<PbxView> = {}): PbxView {
  return {
    id: '01a1fd94-06ea-74e4-b19b-0dd520170800',
    tenantId: '01a1fd94-06ea-74e4-b19b-0dd520170801',
    version: 3,
    name: 'Head office',
    autoProvision: true,
    autoAssignMac: false,
    pseudoMacOui: null,
    provisioningUrl: 'https://pbx.example.com/p/{mac}.cfg',
    didField: 'account.1.label',
    country: null,
    lineRule: 'first',
    username: null,
    passwordSet: false,
    passwordSetAt: null,
    fileKeySet: false,
    certificates: { ca: null, client: null },
    pinSha256: null,
    expectedName: null,
    legacyTls: false,
    allowPlainHttp: false,
    allowedOrigins: [],
    persona: { vendor: 'yealink', found: null, model: null, phoneType: null, firmwareVersion: null, userAgent: null },
    resyncHours: 24,
    maxConcurrent: 32,
    maxPerSecond: null,
    users: { total: 0, off: 0, waiting: 0, fetching: 0, provisioned: 0, stale: 0, failed: 0 },
    run: {
      pausedUntil: null,
      pauseCode: null,
      login: 'none',
      refusedInARow: 0,
      pace: null,
      lastSuccessAt: null,
    },
    createdAt: '2026-02-01T09:30:00.000Z',
    updatedAt: '2026-02-01T09:30:00.000Z',
    ...more,
  };
}
