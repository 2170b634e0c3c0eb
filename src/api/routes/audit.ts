// Handlers of the audit.
import { z } from 'zod';
import { type AuditFilter, exportAudit, listAudit, newestAudit, readAudit, readAuditAfter } from '../../store/audit.ts';
import { verifyAudit } from '../../store/audit-days.ts';
import type { Access } from '../access.ts';
import { auditCsv, auditLines, viewOf } from '../audit-text.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { auditContract } from '../contract/audit.ts';
import { cutPage, readCursor } from '../cursor.ts';
import type { Call, FrameDeps, Handlers } from '../handlers.ts';
import { notFound } from '../problem.ts';
import { watchRows } from '../row-watch.ts';
import { streamRows } from '../stream-rows.ts';

const listKey = z.tuple([z.iso.datetime(), z.uuid()]);

export function auditRoutes({ database, ring }: FrameDeps): Handlers<typeof auditContract> {
  const { db } = database;
  const watch = watchRows(() => newestAudit(db));
  /** Before the first line leaves. */
  const begin = async (audit: AuditTrail, access: Access, query: Filter) => {
    await audit.write(db, { object: { type: 'audit' }, action: 'audit.export', after: { ...query } });
    return exportAudit(db, filterOf(access, query));
  };
  return {
    async listAudit({ query, access }) {
      const before = query.cursor === undefined ? undefined : readCursor(ring, 'audit', query.cursor, listKey);
      const found = await listAudit(db, filterOf(access, query), {
        limit: query.limit + 1,
        before: before && { at: new Date(before[0]), id: before[1] },
      });
      const page = cutPage(ring, 'audit', found, query.limit, ({ at, id }) => [at.toISOString(), id]);
      return { body: { items: page.items.map(viewOf), nextCursor: page.nextCursor } };
    },

    async getAuditEntry({ params, access }) {
      const entry = await readAudit(db, access.reach, params.id);
      if (entry === null) throw notFound('This entry');
      return { body: viewOf(entry) };
    },

    async streamAudit({ query, request, access }) {
      const filter = filterOf(access, query);
      return streamRows(db, request, {
        event: 'audit',
        read: (position, limit) => readAuditAfter(db, position, filter, limit),
        positionOf: ({ xid, id }) => ({ xid, id }),
        viewOf,
        listen: (onNews) => watch.listen('', onNews),
        isToldAll: true,
      });
    },

    async verifyAudit({ audit }) {
      await audit.write(db, { object: { type: 'audit' }, action: 'audit.verify' });
      const { flaws, ...verdict } = await verifyAudit(database, ring);
      return { body: { ok: flaws.length === 0, ...verdict, flaws: flaws.slice(0, 1000) } };
    },

    async exportAuditCsv({ query, access, audit }) {
      return { text: auditCsv(await begin(audit, access, query)), headers: asFile('audit.csv') };
    },

    async exportAuditJsonl({ query, access, audit }) {
      return { text: auditLines(await begin(audit, access, query)), headers: asFile('audit.jsonl') };
    },
  };
}

const asFile = (name: string) => ({ 'Content-Disposition': `attachment; filename="${name}"` });

type Filter = Call<(typeof auditContract)['exportAuditCsv']>['query'];

function filterOf({ reach }: Access, query: Filter): AuditFilter {
  const date = (time: string | undefined) => (time === undefined ? undefined : new Date(time));
  return {
    reach,
    tenantId: query.tenantId,
    actor: query.actor,
    actions: query.action?.split(',').map((action) => action.trim()),
    objectType: query.objectType,
    objectId: query.objectId,
    from: date(query.from),
    to: date(query.to),
  };
}
