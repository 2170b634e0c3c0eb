// A rotation of keys as a program of its own, for tests that kill it: DATABASE_URL, the key file, and how many values at
// once come as arguments. Says a line on stdout for each step.
import { COMMAND_LINE } from '../../src/store/audit.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openInstallationKeys } from '../../src/store/key-ring.ts';
import { rotateKeys } from '../../src/store/key-rotation.ts';

const [url = '', file = '', batch = ''] = process.argv.slice(2);
const database = await openDatabase(url, { name: 'rotate program' });
const ring = await openInstallationKeys(database, { file });
const say = (line: string) => void process.stdout.write(`${line}\n`);
await rotateKeys(database, ring, { by: COMMAND_LINE, say, batch: Number(batch), settleMs: 200 });
await database.close();
