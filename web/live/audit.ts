// The audit as it is written, followed while somebody looks at what it tells of.
import type { ItemOf } from '../api/client.ts';
import { Topic, useOwnRows } from './topic.ts';

export type AuditEntry = ItemOf<'GET /audit'>;

const audit = new Topic<AuditEntry>({ url: '/api/v1/audit/stream', name: 'audit' });

/** For who may read the audit. None: something may have been written, look yourself. */
export function useAudit(listener: (entries: readonly AuditEntry[]) => void): void {
  useOwnRows(audit, listener);
}
