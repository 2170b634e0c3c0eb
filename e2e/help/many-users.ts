// Many users at once, for lists that are long.
import type { Portal } from './portal.ts';

/** Users of every status by SQL: what a harvest would leave. */
export async function addMany(portal: Portal, pbxId: string, count: number, from = 1): Promise<void> {
  await portal.api.store.database.sql`
    insert into users (id, tenant_id, pbx_id, name, teams_user_id, sip_user_id, did, did_source, mac, source, status,
      reason_code, reason, status_at, last_checked_at)
    select uuidv7(), ${portal.api.store.tenantId}, ${pbxId}, 'Person ' || lpad(n::text, 6, '0'),
      'person' || n || '@acme.example', n::text, '+1202' || lpad(n::text, 7, '0'), 'harvest',
      '0000' || lpad(to_hex(n), 8, '0'), (array['manual', 'import', 'api'])[n % 3 + 1],
      (array['provisioned', 'provisioned', 'provisioned', 'waiting', 'failed', 'stale', 'off'])[n % 7 + 1],
      (array[null, null, null, 'QUEUED', 'HTTP_404', 'TCP_TIMEOUT', null])[n % 7 + 1],
      (array[null, null, null, 'The user is due and has not been asked yet.', 'The server has no file for this MAC.',
        'The server cannot be reached.', null])[n % 7 + 1],
      now() - n * interval '1 second', now() - n * interval '1 second'
    from generate_series(${from}::int, ${from + count - 1}::int) n`;
  await portal.api.store.database.sql`analyze users`;
}
