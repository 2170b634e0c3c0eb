// Handlers of one's own account.
import { passwordChangedMail } from '../../mail/messages.ts';
import { hashRecoveryCode, makeRecoveryCodes, makeTotp, totpStepOf } from '../../sign-in/second-factor.ts';
import {
  type Account,
  confirmTotp,
  dropTotp,
  enrolTotp,
  keepPassword,
  readAccount,
  readTotp,
  replaceRecoveryCodes,
  takeTotpStep,
  totpPlace,
} from '../../store/credentials.ts';
import type { Db, Tx } from '../../store/database.ts';
import { lockViews, readViews, type SavedViews, writeViews } from '../../store/member-views.ts';
import { renameMember } from '../../store/members.ts';
import { endSessionOf, endSessionsOf, listSessions } from '../../store/sessions.ts';
import { createThrottles } from '../../store/throttles.ts';
import { actionsOf, isOfItsKind } from '../access.ts';
import type { AuditNote } from '../audit-trail.ts';
import type { meContract } from '../contract/me.ts';
import { etagOf, requireMatch } from '../etag.ts';
import { requireFresh } from '../fresh.ts';
import type { Actor, FrameDeps, Handlers } from '../handlers.ts';
import { checkPassword, countTry, hashNewPassword } from '../passwords.ts';
import { conflict, invalid, notFound } from '../problem.ts';
import { freshen, freshFromNow } from '../session.ts';

const hashesOf = (codes: readonly string[]) => codes.map(hashRecoveryCode);

/** For the audit: all of these are done by a member to their own account. */
const said = (action: string, { id, name }: Actor): AuditNote => ({ action, object: { type: 'member', id, name } });

/** @throws Problem 404 when it was deleted in this very moment */
async function ownAccount(db: Db | Tx, actor: Actor): Promise<Account> {
  const account = await readAccount(db, actor.id);
  if (account === null) throw notFound('This account');
  return account;
}

function viewOf(actor: Actor, account: Account) {
  const { email, name, tenantId, passwordHash, hasSecondFactor, recoveryCodesLeft } = account;
  return {
    id: actor.id,
    email,
    name,
    tenantId,
    grants: actor.grants.map((grant) => ({
      ...grant,
      pbxIds: grant.pbxIds === null ? null : [...grant.pbxIds],
      actions: actionsOf(grant.role, null).filter((action) => isOfItsKind(actor, action)),
    })),
    freshUntil: actor.freshUntil?.toISOString() ?? null,
    hasPassword: passwordHash !== null,
    secondFactor: hasSecondFactor,
    recoveryCodesLeft,
  };
}

function viewsOf(actor: Actor, { version, views }: SavedViews) {
  const body = { id: actor.id, version, views: views.map((view) => ({ ...view })) };
  return { body, etag: etagOf(body) };
}

export function meRoutes(deps: FrameDeps): Handlers<typeof meContract> {
  const { database, ring } = deps;
  const throttles = createThrottles(database);

  /** The password where the account has one; otherwise a fresh sign-in, by the provider that signs its member in. */
  async function requirePassword(actor: Actor, account: Account, password: string | undefined, pointer: string) {
    if (account.passwordHash === null) return requireFresh(actor);
    if (password === undefined) throw invalid([{ pointer, code: 'required', detail: 'is required' }]);
    await checkPassword(database, throttles, account, account.email, password);
  }

  return {
    async getMe({ actor }) {
      return { body: viewOf(actor, await ownAccount(database.db, actor)) };
    },

    async updateMe({ actor, body, transact, audit }) {
      audit.note(said('member.rename', actor));
      return transact(async (tx) => {
        const before = await ownAccount(tx, actor);
        audit.note({ before: { name: before.name }, after: { name: body.name } });
        await renameMember(tx, actor.id, body.name);
        return { body: viewOf(actor, await ownAccount(tx, actor)) };
      });
    },

    async getViews({ actor }) {
      return viewsOf(actor, await readViews(database.db, actor.id));
    },

    async putViews({ actor, body, ifMatch, transact, audit }) {
      audit.note(said('member.saveViews', actor));
      return transact(async (tx) => {
        const before = await lockViews(tx, actor.id);
        requireMatch(ifMatch, { id: actor.id, version: before.version }, viewsOf(actor, before).body);
        audit.note({ before: { views: before.views }, after: { views: body.views } });
        return viewsOf(actor, await writeViews(tx, actor.id, body.views));
      });
    },

    async confirmPassword({ actor, body, request, transact, audit }) {
      const account = await ownAccount(database.db, actor);
      if (account.passwordHash === null) {
        throw conflict('no-password', 'This account has no password. Sign in again with its provider.');
      }
      await checkPassword(database, throttles, account, account.email, body.password);
      const freshUntil = freshFromNow();
      audit.note(said('member.confirmPassword', actor));
      const answer = await transact(async () => ({ body: { freshUntil: freshUntil.toISOString() } }));
      await freshen(request, freshUntil);
      return answer;
    },

    async changePassword({ actor, body, request, transact, audit, log }) {
      const account = await ownAccount(database.db, actor);
      await requirePassword(actor, account, body.currentPassword, '#/body/currentPassword');
      const own = [account.email, account.name];
      const hash = await hashNewPassword(body.newPassword, '#/body/newPassword', own);
      audit.note(said('member.changePassword', actor));
      const answer = await transact(async (tx) => {
        await keepPassword(tx, actor.id, hash);
        await endSessionsOf(tx, actor.id, request.sessionID);
        return {};
      });
      void deps.mailer?.send(passwordChangedMail(account.email)).then((sent) => {
        if (!sent.ok) log.warn({ reason: sent.reason }, 'a notice of a changed password was not sent');
      });
      return answer;
    },

    async listSessions({ actor, request }) {
      const items = await listSessions(database.db, actor.id, request.sessionID);
      return {
        body: {
          items: items.map(({ isOwn, signedInAt, lastSeenAt, ...rest }) => ({
            ...rest,
            current: isOwn,
            signedInAt: signedInAt.toISOString(),
            lastSeenAt: lastSeenAt.toISOString(),
          })),
        },
      };
    },

    async endSession({ actor, params, transact, audit }) {
      audit.note(said('session.end', actor));
      return transact(async (tx) => {
        if (!(await endSessionOf(tx, actor.id, params.id))) throw notFound('This session');
        return {};
      });
    },

    async endOtherSessions({ actor, request, transact, audit }) {
      audit.note(said('session.endOthers', actor));
      return transact(async (tx) => ({ body: { ended: await endSessionsOf(tx, actor.id, request.sessionID) } }));
    },

    async enrolSecondFactor({ actor, transact, audit }) {
      requireFresh(actor);
      audit.note(said('member.enrolSecondFactor', actor));
      return transact(async (tx) => {
        const { email, tenantId } = await ownAccount(tx, actor);
        const { secret, url } = makeTotp(email);
        if (!(await enrolTotp(tx, actor.id, ring.seal(secret, totpPlace(tenantId, actor.id))))) {
          throw conflict('second-factor-on', 'This account has a second factor. Disable it first.');
        }
        return { body: { secret: secret.reveal(), url } };
      });
    },

    async confirmSecondFactor({ actor, body, transact, audit }) {
      await countTry(throttles, 'secondFactor', actor.id);
      const recoveryCodes = makeRecoveryCodes();
      audit.note(said('member.enableSecondFactor', actor));
      const answer = await transact(async (tx) => {
        const totp = await readTotp(tx, actor.id);
        if (totp === null || totp.confirmed) {
          throw conflict('second-factor-none', 'Nothing is to be confirmed. Begin with POST /me/second-factor.');
        }
        const secret = ring.unseal(totp.sealed, totpPlace(actor.tenantId, actor.id));
        const step = totpStepOf(secret, body.code.trim(), new Date());
        const right = step !== null && (await takeTotpStep(tx, actor.id, step));
        if (!right || !(await confirmTotp(tx, actor.id, hashesOf(recoveryCodes)))) {
          throw invalid([
            {
              pointer: '#/body/code',
              code: 'wrong-code',
              detail: 'is not the code of this moment; is the clock right?',
            },
          ]);
        }
        return { body: { recoveryCodes } };
      });
      await throttles.forgive('secondFactor', actor.id);
      return answer;
    },

    async renewRecoveryCodes({ actor, transact, audit }) {
      requireFresh(actor);
      const recoveryCodes = makeRecoveryCodes();
      audit.note(said('member.renewRecoveryCodes', actor));
      return transact(async (tx) => {
        const { hasSecondFactor } = await ownAccount(tx, actor);
        if (!hasSecondFactor) throw conflict('second-factor-none', 'This account has no second factor.');
        await replaceRecoveryCodes(tx, actor.id, hashesOf(recoveryCodes));
        return { body: { recoveryCodes } };
      });
    },

    async disableSecondFactor({ actor, body, transact, audit }) {
      const account = await ownAccount(database.db, actor);
      await requirePassword(actor, account, body.password, '#/body/password');
      audit.note(said('member.disableSecondFactor', actor));
      return transact(async (tx) => {
        await dropTotp(tx, actor.id);
        return {};
      });
    },
  };
}
