// Handlers of the set-up.
import { readAccount } from '../../store/credentials.ts';
import { findLink, takeLink } from '../../store/one-time-links.ts';
import { createFirstOwner, hasOwner } from '../../store/owners.ts';
import { createThrottles } from '../../store/throttles.ts';
import type { setupContract } from '../contract/setup.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { countAddress, hashNewPassword } from '../passwords.ts';
import { Problem } from '../problem.ts';
import { enter } from './sign-in.ts';

export function setupRoutes(deps: FrameDeps): Handlers<typeof setupContract> {
  const { database, tenantId } = deps;
  const throttles = createThrottles(database);
  return {
    async readSetup() {
      return { body: { open: !(await hasOwner(database.db)) } };
    },

    // To nobody without the link: it names directories of the machine.
    async readSetupLink({ body, request }) {
      await countAddress(throttles, request);
      if ((await findLink(database.db, 'setup', body.token)) === null || (await hasOwner(database.db))) throw closed();
      return { body: deps.places };
    },

    async setUp({ body, request, audit, transact }) {
      const { token, email, name } = body;
      await countAddress(throttles, request);
      // Hashing costs: not for everybody who asks.
      if ((await findLink(database.db, 'setup', token)) === null) throw closed();
      const passwordHash = await hashNewPassword(body.password, '#/body/password', [email, name]);
      let id = '';
      const answer = await transact(async (tx) => {
        if ((await takeLink(tx, 'setup', token)) === null) throw closed();
        const made = await createFirstOwner(tx, tenantId, { email, name, passwordHash });
        if (made === null) throw closed();
        id = made;
        audit.note({
          action: 'installation.setUp',
          actor: { account: `member:${made}`, name: email },
          tenantId,
          object: { type: 'member', id: made, name: email },
        });
        return { body: { email, name } };
      });
      const account = await readAccount(database.db, id);
      if (account !== null) await enter(request, account, false);
      return answer;
    },
  };
}

/** The same for a wrong link and for an installation that has its owner. */
function closed(): Problem {
  return new Problem({
    status: 404,
    code: 'link-invalid',
    detail:
      'This link was used, is too old, or was replaced by a newer one. While there is no owner, Provender prints a new one at each start.',
  });
}
