// Entries of the audit as they leave: as the API shows them, as lines of JSON, as CSV.
import { writeCsv } from '../intake/csv-out.ts';
import type { AuditEntry } from '../store/audit.ts';
import type { AuditView } from './contract/audit.ts';

export function viewOf({ xid: _, ...entry }: AuditEntry): AuditView {
  return {
    ...entry,
    at: entry.at.toISOString(),
    before: entry.before && { ...entry.before },
    after: entry.after && { ...entry.after },
  };
}

type Pages = AsyncIterable<readonly AuditEntry[]>;

export async function* auditLines(pages: Pages): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((entry) => `${JSON.stringify(viewOf(entry))}\n`).join('');
}

const COLUMNS = [
  'at',
  'actor',
  'actorName',
  'onBehalfOf',
  'action',
  'objectType',
  'objectId',
  'objectName',
  'tenantId',
  'before',
  'after',
  'requestId',
  'ip',
  'id',
] as const satisfies readonly (keyof AuditView)[];

export async function* auditCsv(pages: Pages): AsyncGenerator<string> {
  yield writeCsv([[...COLUMNS]]);
  for await (const page of pages) {
    yield writeCsv(
      page.map(viewOf).map((view) =>
        COLUMNS.map((column) => {
          const value = view[column];
          return value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
        }),
      ),
    );
  }
}
