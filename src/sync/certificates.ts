// Warns before a certificate ends that a PBX depends on: its server's, our client certificate, its CA. Each warning once.
import { X509Certificate } from 'node:crypto';
import { appendActivity } from '../store/activity.ts';
import { type CertificateKind, noteWarning, type PbxCertificates, readPbxCertificates } from '../store/certificates.ts';
import type { Database } from '../store/database.ts';

const DAY_MS = 86_400_000;
/** Days before the end at which somebody is told. */
const WARNINGS = [1, 7, 30] as const;

interface Ending {
  readonly kind: CertificateKind;
  readonly fingerprint: string;
  readonly subject: string;
  readonly validTo: Date;
  /** It is used past its end (a pin): that is told each day. */
  readonly usedOn: boolean;
}

/**
 * Which warning is due: 30, 7, 1; 0 on the day when it ended, and where it is used on -1, -2... each day after. Null: none.
 */
export function warningDue(validTo: Date, now: Date, usedOn: boolean): number | null {
  const left = validTo.getTime() - now.getTime();
  if (left <= 0) return usedOn ? Math.ceil(left / DAY_MS) + 0 : 0;
  return WARNINGS.find((days) => left <= days * DAY_MS) ?? null;
}

/** The certificates of a PBX, as far as they can be read. */
export function certificatesOf(pbx: PbxCertificates): Ending[] {
  const found: Ending[] = [];
  if (pbx.server !== null) found.push({ kind: 'server', usedOn: pbx.pinned, ...pbx.server });
  const read = (kind: CertificateKind, pem: string | null, first: boolean) => {
    const blocks = pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    for (const block of first ? blocks.slice(0, 1) : blocks) {
      const certificate = new X509Certificate(block);
      found.push({
        kind,
        fingerprint: certificate.fingerprint256,
        subject: certificate.subject.split('\n').join(', '),
        validTo: certificate.validToDate,
        usedOn: false,
      });
    }
  };
  read('client', pbx.clientCertPem, true);
  // With a pin the authority is not looked at.
  if (!pbx.pinned) read('ca', pbx.caPem, false);
  return found;
}

/** @returns how many warnings were given */
export async function warnOfCertificates(database: Database, now: Date): Promise<number> {
  let given = 0;
  for (const pbx of await readPbxCertificates(database.db)) {
    for (const ending of certificatesOf(pbx)) {
      const days = warningDue(ending.validTo, now, ending.usedOn);
      if (days === null) continue;
      const { kind, fingerprint } = ending;
      const isNew = await database.db.transaction(async (tx) => {
        if (!(await noteWarning(tx, { pbxId: pbx.pbxId, kind, fingerprint, days }))) return false;
        await appendActivity(tx, [
          {
            tenantId: pbx.tenantId,
            pbxId: pbx.pbxId,
            pbxName: pbx.pbxName,
            actor: 'system',
            verb: 'certificate.expiring',
            outcome: days > 0 ? 'info' : 'failed',
            code: days > 0 ? 'CERTIFICATE_EXPIRING' : 'CERTIFICATE_EXPIRED',
            sentence: sentenceOf(ending, now),
            nextAction: NEXT_ACTION[kind],
            event: 'certificate.expiring',
            detail: { kind, fingerprint, subject: ending.subject, validTo: ending.validTo.toISOString(), days },
          },
        ]);
        return true;
      });
      if (isNew) given += 1;
    }
  }
  return given;
}

const WHAT: Readonly<Record<CertificateKind, string>> = {
  server: 'The certificate of the server',
  client: 'The client certificate',
  ca: 'The CA',
};

const NEXT_ACTION: Readonly<Record<CertificateKind, string>> = {
  server: 'Have the certificate renewed on the PBX; where it is pinned, pin the new one.',
  client: 'Have a new client certificate issued and upload it with its key.',
  ca: 'Upload the CA that signs the certificate of the PBX from now on.',
};

function sentenceOf({ kind, subject, validTo, usedOn }: Ending, now: Date): string {
  const what = `${WHAT[kind]} (${subject})`;
  const on = validTo.toISOString().slice(0, 10);
  const left = Math.ceil((validTo.getTime() - now.getTime()) / DAY_MS);
  if (left > 0) return `${what} ends on ${on}, in ${left} ${left === 1 ? 'day' : 'days'}.`;
  return usedOn ? `${what} ended on ${on}; it is accepted for its pin alone.` : `${what} ended on ${on}.`;
}
