// Certificates that PBXs depend on, and which warnings of them were given. Knows no X.509.
import { and, eq, isNotNull, or, sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';
import { type Reach, reachesPbx } from './reach.ts';
import { certificateNotices, pbxRuns, pbxs } from './schema.ts';

export type CertificateKind = 'server' | 'client' | 'ca';

export interface PbxCertificates {
  readonly pbxId: string;
  readonly pbxName: string;
  readonly tenantId: string;
  /** That the server showed last; null: none was seen. */
  readonly server: { readonly fingerprint: string; readonly subject: string; readonly validTo: Date } | null;
  /** The server is trusted for its pin: it is asked past the end of its certificate. */
  readonly pinned: boolean;
  readonly clientCertPem: string | null;
  readonly caPem: string | null;
}

/**
 * @param reach absent: of all PBXs
 * @param tenantId only of this tenant
 */
export async function readPbxCertificates(db: Db | Tx, reach?: Reach, tenantId?: string): Promise<PbxCertificates[]> {
  const rows = await db
    .select({ pbx: pbxs, run: pbxRuns })
    .from(pbxs)
    .leftJoin(pbxRuns, eq(pbxRuns.pbxId, pbxs.id))
    .where(
      and(
        isNotNull(pbxs.provisioningUrl),
        reach === undefined ? undefined : reachesPbx(reach, pbxs.tenantId, pbxs.id),
        tenantId === undefined ? undefined : eq(pbxs.tenantId, tenantId),
        or(isNotNull(pbxRuns.serverCertValidTo), isNotNull(pbxs.clientCertPem), isNotNull(pbxs.caPem)),
      ),
    );
  return rows.map(({ pbx, run }) => ({
    pbxId: pbx.id,
    pbxName: pbx.name,
    tenantId: pbx.tenantId,
    server:
      run?.serverCertFingerprint && run.serverCertValidTo
        ? {
            fingerprint: run.serverCertFingerprint,
            subject: run.serverCertSubject ?? '',
            validTo: run.serverCertValidTo,
          }
        : null,
    pinned: pbx.pinSha256 !== null,
    clientCertPem: pbx.clientCertPem,
    caPem: pbx.caPem,
  }));
}

/** @returns false when this warning was given before, by whatever machine */
export async function noteWarning(
  tx: Db | Tx,
  warning: {
    readonly pbxId: string;
    readonly kind: CertificateKind;
    readonly fingerprint: string;
    readonly days: number;
  },
): Promise<boolean> {
  const rows = await tx.insert(certificateNotices).values(warning).onConflictDoNothing().returning();
  return rows.length > 0;
}

/** Of certificates that are long gone. */
export async function dropOldWarnings(db: Db | Tx): Promise<void> {
  await db.execute(sql`delete from certificate_notices where at < now() - interval '400 days'`);
}
