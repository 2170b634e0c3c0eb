// Entries of the feed as CSV.
import { BOM, writeCsv } from '../intake/csv-out.ts';
import type { ActivityEntry } from '../store/activity.ts';

const COLUMNS = [
  ['at', ({ at }) => at.toISOString()],
  ['outcome', ({ outcome }) => outcome],
  ['code', ({ code }) => code],
  ['verb', ({ verb }) => verb],
  ['sentence', ({ sentence }) => sentence],
  ['next_action', ({ nextAction }) => nextAction],
  ['pbx', ({ pbxName }) => pbxName],
  ['user', ({ userName }) => userName],
  ['actor', ({ actor }) => actor],
  ['id', ({ id }) => id],
  ['tenant_id', ({ tenantId }) => tenantId],
  ['pbx_id', ({ pbxId }) => pbxId],
  ['user_id', ({ userId }) => userId],
  ['import_id', ({ importId }) => importId],
] as const satisfies readonly (readonly [string, (entry: ActivityEntry) => string | null])[];

export async function* activityCsv(pages: AsyncIterable<readonly ActivityEntry[]>): AsyncGenerator<string> {
  yield BOM + writeCsv([COLUMNS.map(([name]) => name)]);
  for await (const page of pages) yield writeCsv(page.map((entry) => COLUMNS.map(([, read]) => read(entry))));
}
