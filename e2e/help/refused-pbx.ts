// A PBX that refuses the login it is asked with: the incident that most screens tell of.
import type { Portal } from './portal.ts';

export async function addHq(portal: Portal): Promise<{ id: string; tenantId: string }> {
  const hq = { name: 'HQ', provisioningUrl: 'https://pbx.example/', username: 'u', autoProvision: true };
  return (await portal.api.call('POST', '/pbxs', hq)).json;
}

/** As a worker notes it after the second 401. */
export async function refuseLogin(portal: Portal, pbxId: string): Promise<void> {
  const { sql } = portal.api.store.database;
  const login = sql.json({ connectionVersion: 1, state: 'refused', refusedMacs: [] }) as unknown as string;
  const run = { pbx_id: pbxId, slice_epoch: 1, login };
  await sql`insert into pbx_runs ${sql(run)} on conflict (pbx_id) do update set login = excluded.login`;
}
