// Handlers of links to the "why?" page of a user, and of the page itself.
import { listActivity } from '../../store/activity.ts';
import type { Db, Tx } from '../../store/database.ts';
import { tenantReach } from '../../store/reach.ts';
import { createThrottles } from '../../store/throttles.ts';
import { readUser, type UserRecord } from '../../store/users.ts';
import {
  createWhyLink,
  deleteWhyLink,
  LINKS_PER_USER,
  listWhyLinks,
  type OpenedLink,
  openWhyLink,
  type WhyLink,
} from '../../store/why-links.ts';
import { isReasonCode, nextActionOf } from '../../sync/outcome.ts';
import { type Access, whyMissing } from '../access.ts';
import type { WhyPageView, whyLinkContract } from '../contract/why-links.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { countTry } from '../passwords.ts';
import { conflict, notFound, Problem } from '../problem.ts';
import { networkOf, publicAddress } from '../way-in.ts';
import { maskNumber, publicEntry, publicReason, TOLD_VERBS } from '../why-text.ts';

const ENTRIES = 20;

function badLink(): Problem {
  return new Problem({
    status: 404,
    code: 'link-invalid',
    detail: 'This link is not good, or not any more. Ask whoever sent it to you for a new one.',
  });
}

export function whyLinkRoutes(deps: FrameDeps): Handlers<typeof whyLinkContract> {
  const { database } = deps;
  const throttles = createThrottles(database);
  const mustRead = async (db: Db | Tx, access: Access, id: string): Promise<UserRecord> => {
    const user = await readUser(db, access.reach, id);
    if (user !== null) return user;
    throw await whyMissing(access, 'This user', (reach) => readUser(db, reach, id));
  };

  return {
    async createWhyLink({ params, body, actor, access, audit, request, transact }) {
      return transact(async (tx) => {
        const user = await mustRead(tx, access, params.id);
        const made = await createWhyLink(tx, user, { createdBy: actor.name, hours: body.hours });
        if (made === null) {
          const detail = `This user has ${LINKS_PER_USER} links that are good. Revoke one of them first.`;
          throw conflict('too-many-links', detail);
        }
        const { token, ...link } = made;
        audit.note({
          action: 'whyLink.create',
          tenantId: user.tenantId,
          object: { type: 'user', id: user.id, name: user.name },
          after: viewOf(link),
        });
        return { body: { ...viewOf(link), link: `${publicAddress(request, deps.publicUrl)}/why#${token}` } };
      });
    },

    async listWhyLinks({ params, access }) {
      const user = await mustRead(database.db, access, params.id);
      return { body: { items: (await listWhyLinks(database.db, user.id)).map(viewOf) } };
    },

    async revokeWhyLink({ params, access, audit, transact }) {
      return transact(async (tx) => {
        const gone = await deleteWhyLink(tx, access.reach, params.id);
        if (gone === null) throw notFound('This link');
        const { userId, tenantId } = gone;
        audit.note({
          action: 'whyLink.revoke',
          tenantId,
          object: { type: 'user', id: userId },
          before: viewOf(gone),
        });
        return {};
      });
    },

    async readWhy({ body, request }) {
      await countTry(throttles, 'page', networkOf(request.ip ?? ''));
      const opened = await openWhyLink(database.db, body.token);
      if (opened === null) throw badLink();
      const reach = tenantReach(opened.tenantId);
      const user = await readUser(database.db, reach, opened.userId);
      if (user === null) throw badLink();
      const filter = { reach, userId: user.id, verbs: TOLD_VERBS };
      const entries = await listActivity(database.db, filter, { limit: ENTRIES });
      return { body: { ...pageOf(user, opened), timeline: entries.map(publicEntry) } };
    },
  };
}

function viewOf({ id, createdBy, createdAt, expiresAt, lastOpenedAt }: WhyLink) {
  return {
    id,
    createdBy,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastOpenedAt: lastOpenedAt?.toISOString() ?? null,
  };
}

function pageOf(user: UserRecord, { tenantName, expiresAt }: OpenedLink): Omit<WhyPageView, 'timeline'> {
  const { reasonCode } = user;
  return {
    tenantName,
    pbxName: user.pbxName,
    userName: user.name,
    mac: user.mac,
    did: maskNumber(user.did),
    status: user.status,
    statusAt: user.statusAt.toISOString(),
    reasonCode,
    reason: publicReason(reasonCode, user.reason),
    nextAction: reasonCode !== null && isReasonCode(reasonCode) ? nextActionOf({ ...user, reasonCode }) : null,
    nextTryAt: user.nextTryAt?.toISOString() ?? null,
    expiresAt: expiresAt.toISOString(),
  };
}
