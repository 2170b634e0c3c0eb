// Handler of the overview: each part is read within what the caller may do with its noun.
import { listActivity } from '../../store/activity.ts';
import { readPbxCertificates } from '../../store/certificates.ts';
import type { Database, Tx } from '../../store/database.ts';
import { readQueueLoad } from '../../store/health.ts';
import { countRunningImports, listImports } from '../../store/imports.ts';
import { type PbxInTrouble, readPbxTrouble } from '../../store/pbx-trouble.ts';
import { countUsersWithin, withTotal } from '../../store/pbxs.ts';
import type { Reach } from '../../store/reach.ts';
import { TooSlow, withinTime } from '../../store/transaction.ts';
import { certificatesOf } from '../../sync/certificates.ts';
import { isReasonCode, nextActionFor } from '../../sync/outcome.ts';
import type { OverviewPart, OverviewView, overviewContract } from '../contract/overview.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { Problem } from '../problem.ts';
import { viewOf as viewOfActivity } from './activity.ts';
import { viewOf as viewOfImport } from './imports.ts';

/** Of each kind. */
const SHOWN = 5;
const SOON_MS = 30 * 86_400_000;

/** Somebody looks at it and waits. */
const PART_MS = 5_000;

type Parts = { readonly [P in OverviewPart]: (tx: Tx) => Promise<OverviewView[P]> };

export function overviewRoutes({ database }: FrameDeps): Handlers<typeof overviewContract> {
  return {
    async getOverview({ query: { tenantId, parts: asked }, access }) {
      const users = access.reachOf('user.read');
      const imports = access.reachOf('import.read');
      const activity = access.reachOf('activity.read');
      const parts: Parts = {
        users: async (tx) => (isNothing(users) ? null : withTotal(await countUsersWithin(tx, users, tenantId))),
        queue: async (tx) => (isNothing(users) ? null : readQueueLoad(tx, users, tenantId)),
        pbxs: async (tx) => {
          const trouble = await readPbxTrouble(tx, access.reach, { tenantId, most: SHOWN });
          return { ...trouble, worst: trouble.worst.map(viewOfTrouble) };
        },
        certificates: (tx) => endingCertificates(tx, access.reach, tenantId, Date.now()),
        imports: async (tx) => (isNothing(imports) ? null : runningImports(tx, imports, tenantId)),
        failures: async (tx) => (isNothing(activity) ? null : lastFailures(tx, activity, tenantId)),
      };
      const body: Partial<OverviewView> = {};
      for (const part of new Set(asked ?? (Object.keys(parts) as OverviewPart[]))) {
        Object.assign(body, { [part]: await readInTime<OverviewView[OverviewPart]>(database, parts[part]) });
      }
      return { body };
    },
  };
}

/** @throws Problem 503 */
async function readInTime<T>(database: Database, read: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await withinTime(database, PART_MS, read);
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    throw new Problem({
      status: 503,
      code: 'too-slow',
      detail: `The database did not answer within ${PART_MS / 1000} seconds. Try again; when it stays so, look what else keeps it busy.`,
      headers: { 'Retry-After': '5' },
    });
  }
}

async function endingCertificates(tx: Tx, reach: Reach, tenantId: string | undefined, now: number) {
  const ending = (await readPbxCertificates(tx, reach, tenantId))
    .flatMap((pbx) => certificatesOf(pbx).map((certificate) => ({ pbx, certificate })))
    .filter(({ certificate }) => certificate.validTo.getTime() <= now + SOON_MS)
    .sort((a, b) => a.certificate.validTo.getTime() - b.certificate.validTo.getTime());
  const soonest = ending.slice(0, SHOWN).map(({ pbx, certificate: { kind, subject, fingerprint, validTo } }) => ({
    pbxId: pbx.pbxId,
    pbxName: pbx.pbxName,
    kind,
    subject,
    fingerprint256: fingerprint,
    validTo: validTo.toISOString(),
    expired: validTo.getTime() <= now,
  }));
  return { total: ending.length, soonest };
}

async function runningImports(tx: Tx, reach: Reach, tenantId: string | undefined) {
  const newest = await listImports(tx, reach, { limit: SHOWN, running: true, tenantId });
  const total = newest.length < SHOWN ? newest.length : await countRunningImports(tx, reach, tenantId);
  return { total, newest: newest.map(viewOfImport) };
}

async function lastFailures(tx: Tx, reach: Reach, tenantId: string | undefined) {
  const entries = await listActivity(tx, { reach, tenantId, outcomes: ['failed'] }, { limit: SHOWN });
  return entries.map(viewOfActivity);
}

function isNothing(reach: Reach): boolean {
  return reach.tenants.length === 0 && reach.pbxs.length === 0;
}

function viewOfTrouble(pbx: PbxInTrouble): OverviewView['pbxs']['worst'][number] {
  const { loginRefused, pauseCode, pausedUntil, ...shown } = pbx;
  const why = loginRefused ? 'login' : pausedUntil === null ? 'users' : 'pause';
  const code = loginRefused ? 'HTTP_401' : pauseCode;
  return {
    ...shown,
    why,
    code,
    nextAction: code !== null && isReasonCode(code) ? nextActionFor(code) : null,
    pausedUntil: pausedUntil?.toISOString() ?? null,
  };
}
