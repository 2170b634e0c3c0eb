// Pseudo-MACs that nobody has yet. Two processes may pick the same one: the unique index users_assigned_mac decides,
// and whoever lost picks again (new-users.ts, users.ts).
import { sql } from 'drizzle-orm';
import type { Mac } from '../../vendors/mac.ts';
import type { Db, Tx } from './database.ts';

/** Makes one at random, below the OUI if there is one. */
export type MakeMac = (oui: string | null) => Mac;

/** Rounds until a space is called full: below an OUI that is nearly used up most picks are taken. */
export const PICK_ROUNDS = 40;

/**
 * One MAC per OUI asked for, that no user of the installation has, typed or assigned. Null: none was found, the space
 * below the OUI is as good as full.
 * @param exclude picked before and not stored yet; the new ones are added
 */
export async function pickPseudoMacs(
  db: Db | Tx,
  ouis: readonly (string | null)[],
  makeMac: MakeMac,
  exclude: Set<string> = new Set(),
): Promise<(Mac | null)[]> {
  const picked: (Mac | null)[] = ouis.map(() => null);
  let missing = ouis.map((_, index) => index);
  for (let round = 0; round < PICK_ROUNDS && missing.length > 0; round += 1) {
    const candidates = new Map<Mac, number>();
    for (const index of missing) {
      const mac = makeMac(ouis[index] ?? null);
      if (!exclude.has(mac) && !candidates.has(mac)) candidates.set(mac, index);
    }
    const taken = await takenMacs(db, [...candidates.keys()]);
    for (const [mac, index] of candidates) {
      if (taken.has(mac)) continue;
      picked[index] = mac;
      exclude.add(mac);
    }
    missing = missing.filter((index) => picked[index] === null);
  }
  return picked;
}

async function takenMacs(db: Db | Tx, macs: readonly Mac[]): Promise<ReadonlySet<string>> {
  if (macs.length === 0) return new Set();
  const rows = await db.execute<{ mac: string }>(sql`
    select u.mac from jsonb_array_elements_text(${JSON.stringify(macs)}::jsonb) as c(mac) join users u on u.mac = c.mac`);
  return new Set(rows.map((row) => row.mac));
}
