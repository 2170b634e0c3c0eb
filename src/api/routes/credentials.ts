// Handlers of what shows passwords.
import { countSince } from '../../store/audit.ts';
import type { Tx } from '../../store/database.ts';
import { readCredentials, readUserCredentials, type UserCredentials } from '../../store/user-credentials.ts';
import { readUser } from '../../store/users.ts';
import { type Access, whyMissing } from '../access.ts';
import { type credentialContract, credentialLine } from '../contract/credentials.ts';
import { requireFresh } from '../fresh.ts';
import type { Actor, FrameDeps, Handlers } from '../handlers.ts';
import { Problem } from '../problem.ts';
import { filterOf } from './users.ts';

const REVEALS_AN_HOUR = 20;

export function credentialRoutes({ database, ring }: FrameDeps): Handlers<typeof credentialContract> {
  const { db } = database;
  const missing = (access: Access, id: string) => whyMissing(access, 'This user', (reach) => readUser(db, reach, id));
  const mustRead = async (tx: Tx | typeof db, access: Access, id: string) => {
    const user = await readUser(tx, access.reach, id);
    const credentials = user && (await readUserCredentials(tx, ring, user.id));
    if (!credentials) throw await missing(access, id);
    return credentials;
  };

  return {
    async revealUser({ params, body, actor, access, audit, transact }) {
      requireFresh(actor);
      return transact(async (tx) => {
        const credentials = await mustRead(tx, access, params.id);
        await requireRoom(tx, actor);
        audit.note({ object: objectOf(credentials), tenantId: credentials.tenantId, after: { reason: body.reason } });
        return { body: credentials };
      });
    },

    async getUserCredentials({ params, access, audit, transact }) {
      return transact(async (tx) => {
        const credentials = await mustRead(tx, access, params.id);
        audit.note({ object: objectOf(credentials), tenantId: credentials.tenantId, after: {} });
        return { body: credentials };
      });
    },

    async listCredentials({ query, actor, access, audit }) {
      const { tenantId = actor.tenantId } = query;
      // Before the first line leaves.
      await audit.write(db, { tenantId, after: { filter: query } });
      return { text: linesOf(readCredentials(db, ring, filterOf(access.reach, query))) };
    },
  };
}

function objectOf({ userId, name, sipUserId }: UserCredentials) {
  return { type: 'user', id: userId, name: name ?? sipUserId };
}

async function* linesOf(pages: AsyncIterable<readonly UserCredentials[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((user) => `${JSON.stringify(credentialLine.parse(user))}\n`).join('');
}

/** Counted where it is written down, so that no process of several forgets. One at a time of an account. */
async function requireRoom(tx: Tx, actor: Actor): Promise<void> {
  const since = new Date(Date.now() - 3_600_000);
  if ((await countSince(tx, actor.account, 'user.reveal', since)) < REVEALS_AN_HOUR) return;
  throw new Problem({
    status: 403,
    code: 'reveal-limit',
    detail: `You have seen the passwords of ${REVEALS_AN_HOUR} users within an hour: no more until that hour is over.`,
  });
}
