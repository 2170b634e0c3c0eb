// The audit: who did what to what, when and from where. It is only ever added to.
import { z } from 'zod';
import { id, idParams, operation, time } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

const values = z.record(z.string(), z.unknown()).nullable();

const auditEntry = z
  .object({
    id,
    at: time,
    tenantId: id.nullable().meta({ description: 'Whose object it is; null: of the installation.' }),
    actor: z
      .string()
      .meta({ description: '`member:<id>`, `key:<id>`, `cli`, `system`, or `public`: nobody signed in.' }),
    actorName: z.string(),
    onBehalfOf: z.string().nullable(),
    action: z.string().meta({ example: 'pbx.change' }),
    objectType: z.string().meta({ example: 'pbx' }),
    objectId: z.string().nullable(),
    objectName: z.string().nullable(),
    before: values.meta({
      description: 'What differs, before. Secrets are keyed hashes: equal ones are seen to be equal.',
    }),
    after: values,
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

export type AuditView = z.input<typeof auditEntry>;

const text = z.string().min(1).max(200);
const filter = {
  ...tenantQuery,
  actor: text.optional().meta({ description: 'Such as `member:<id>`.' }),
  action: text.optional().meta({ description: 'One action, or several separated by commas.' }),
  objectType: text.optional(),
  objectId: text.optional(),
  from: time.optional().meta({ description: 'Entries of this time and later.' }),
  to: time.optional().meta({ description: 'Entries before this time.' }),
};

const exported = {
  action: 'audit.read',
  audited: true,
  tag: 'audit',
  description: 'All entries that match, newest first. Leaves an entry itself.',
  query: z.strictObject(filter),
  status: 200,
} as const;

const verdict = z
  .object({
    ok: z.boolean(),
    days: z.int().meta({ description: 'Sealed days that were compared. A day is sealed an hour after it is over.' }),
    rows: z.int().meta({ description: 'Their entries.' }),
    lastDay: z.string().nullable(),
    lastHash: z.string().nullable().meta({
      description: 'Of the last sealed day: kept elsewhere, it shows whether the end was cut off.',
    }),
    flaws: z
      .array(
        z.object({
          day: z.string(),
          code: z.enum(['ROW_ALTERED', 'ROW_DELETED', 'ROW_ADDED', 'SEAL_BROKEN', 'SEAL_MISSING']),
          id: z.string().nullable().meta({ description: 'Of the entry, where it is about one.' }),
        }),
      )
      .meta({ description: 'The first 1000.' }),
  })
  .meta({ id: 'AuditVerdict' });

export const auditContract = {
  listAudit: operation({
    method: 'get',
    path: '/audit',
    action: 'audit.read',
    tag: 'audit',
    summary: 'List the audit, newest first',
    query: z.strictObject({ ...pageQuery, ...filter }),
    status: 200,
    response: pageOf(auditEntry),
  }),
  streamAudit: operation({
    method: 'get',
    path: '/audit/stream',
    action: 'audit.read',
    tag: 'audit',
    summary: 'Follow the audit, live',
    description:
      'Server-sent events: `event: audit`, the data is an AuditEntry as JSON. With Last-Event-ID it first gives what was missed. At most 10 streams per credential.',
    query: z.strictObject(filter),
    status: 200,
    produces: 'text/event-stream',
  }),
  verifyAudit: operation({
    method: 'post',
    path: '/audit/verify',
    action: 'installation.change',
    tag: 'audit',
    summary: 'Compare the audit of the whole installation with its seals',
    description: 'As `provender audit verify` does. For owners: it is about all tenants.',
    status: 200,
    response: verdict,
  }),
  exportAuditCsv: operation({
    method: 'get',
    path: '/audit/export.csv',
    ...exported,
    summary: 'The audit as CSV',
    produces: 'text/csv',
  }),
  exportAuditJsonl: operation({
    method: 'get',
    path: '/audit/export.jsonl',
    ...exported,
    summary: 'The audit as JSON, an entry per line',
    produces: 'application/jsonl',
  }),
  getAuditEntry: operation({
    method: 'get',
    path: '/audit/{id}',
    action: 'audit.read',
    tag: 'audit',
    summary: 'Read an entry of the audit',
    params: idParams,
    status: 200,
    response: auditEntry,
  }),
};
