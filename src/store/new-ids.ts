// Ids for many rows at once. Knows no table.
import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;

/** Ids in the order of time. What is random of them is drawn at once: a call for each costs more than all else of an id. */
export function newIds(count: number, now: number = Date.now()): string[] {
  const random = randomFillSync(new Uint8Array(count * BYTES));
  const ids: string[] = [];
  let first = 0;
  for (let n = 0; n < count; n += 1) {
    const own = random.subarray(n * BYTES, (n + 1) * BYTES);
    // Of the same millisecond, so what follows it counts up. Its highest bit is left for that.
    if (n === 0) first = new DataView(own.buffer).getUint32(0) >>> 1;
    ids.push(uuidv7({ msecs: now, seq: first + n, random: own }));
  }
  return ids;
}
