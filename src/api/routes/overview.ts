// Handler of the overview: each part is read within what the caller may do with its noun.
import { listActivity } from '../../store/activity.ts';
import { readPbxCertificates } from '../../store/certificates.ts';
import { readQueueLoad } from '../../store/health.ts';
import { countRunningImports, listImports } from '../../store/imports.ts';
import { type PbxInTrouble, readPbxTrouble } from '../../store/pbx-trouble.ts';
import { countUsersWithin, withTotal } from '../../store/pbxs.ts';
import type { Reach } from '../../store/reach.ts';
import { certificatesOf } from '../../sync/certificates.ts';
import { isReasonCode, nextActionFor } from '../../sync/outcome.ts';
import type { OverviewView, overviewContract } from '../contract/overview.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { viewOf as viewOfActivity } from './activity.ts';
import { viewOf as viewOfImport } from './imports.ts';

/** Of each kind. */
const SHOWN = 5;
const SOON_MS = 30 * 86_400_000;

export function overviewRoutes({ database }: FrameDeps): Handlers<typeof overviewContract> {
  const { db } = database;

  const endingCertificates = async (reach: Reach, tenantId: string | undefined, now: number) => {
    const ending = (await readPbxCertificates(database, reach, tenantId))
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
  };

  const runningImports = async (reach: Reach, tenantId: string | undefined) => {
    const newest = await listImports(db, reach, { limit: SHOWN, running: true, tenantId });
    const total = newest.length < SHOWN ? newest.length : await countRunningImports(db, reach, tenantId);
    return { total, newest: newest.map(viewOfImport) };
  };

  const lastFailures = async (reach: Reach, tenantId: string | undefined) => {
    const entries = await listActivity(db, { reach, tenantId, outcomes: ['failed'] }, { limit: SHOWN });
    return entries.map(viewOfActivity);
  };

  return {
    async getOverview({ query: { tenantId }, access }) {
      const users = access.reachOf('user.read');
      const imports = access.reachOf('import.read');
      const activity = access.reachOf('activity.read');
      const trouble = await readPbxTrouble(db, access.reach, { tenantId, most: SHOWN });
      return {
        body: {
          users: isNothing(users) ? null : withTotal(await countUsersWithin(db, users, tenantId)),
          queue: isNothing(users) ? null : await readQueueLoad(db, users, tenantId),
          pbxs: { ...trouble, worst: trouble.worst.map(viewOfTrouble) },
          certificates: await endingCertificates(access.reach, tenantId, Date.now()),
          imports: isNothing(imports) ? null : await runningImports(imports, tenantId),
          failures: isNothing(activity) ? null : await lastFailures(activity, tenantId),
        },
      };
    },
  };
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
