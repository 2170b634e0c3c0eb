// What can be counted, within somebody's reach.
import { sql } from 'drizzle-orm';
import { type PbxCertificates, readPbxCertificates } from './certificates.ts';
import type { Database } from './database.ts';
import { type Reach, reachesPbx, reachesTenant } from './reach.ts';

export interface Metrics {
  readonly users: readonly { readonly status: string; readonly n: number }[];
  readonly due: number;
  readonly deliveries: readonly { readonly state: string; readonly n: number }[];
  readonly certificates: readonly PbxCertificates[];
}

export async function readMetrics(database: Database, reach: Reach): Promise<Metrics> {
  const { db } = database;
  const mine = reachesPbx(reach, sql`u.tenant_id`, sql`u.pbx_id`);
  const users = await db.execute<{ status: string; n: number }>(sql`
    select status, count(*)::int as n from users u where ${mine} group by status order by status`);
  const [due] = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from users u where u.due_at <= now() and ${mine}`);
  const deliveries = await db.execute<{ state: string; n: number }>(sql`
    select d.state, count(*)::int as n from webhook_deliveries d join webhooks w on w.id = d.webhook_id
    where ${reachesTenant(reach, sql`w.tenant_id`)} group by d.state order by d.state`);
  return { users, due: due?.n ?? 0, deliveries, certificates: await readPbxCertificates(database.db, reach) };
}
