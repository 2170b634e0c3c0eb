// Handlers of signing in: passwords, second factors, links. Single sign-on has its own file.
import type { Request } from 'express';
import { resetMail } from '../../mail/messages.ts';
import { hashRecoveryCode, totpStepOf } from '../../sign-in/second-factor.ts';
import { appendActivity } from '../../store/activity.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  type Account,
  findAccount,
  joinMember,
  keepPassword,
  readAccount,
  readTotp,
  takeRecoveryCode,
  takeTotpStep,
  totpPlace,
} from '../../store/credentials.ts';
import type { Tx } from '../../store/database.ts';
import { createLink, findLink, takeLink } from '../../store/one-time-links.ts';
import { endSessionsOf } from '../../store/sessions.ts';
import { providersFor } from '../../store/sso.ts';
import { createThrottles } from '../../store/throttles.ts';
import { type AuditNote, NOBODY } from '../audit-trail.ts';
import type { signInContract } from '../contract/sign-in.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { checkPassword, countAddress, countTry, hashNewPassword, signInFailed } from '../passwords.ts';
import { Problem } from '../problem.ts';
import { awaitedSecondFactor, awaitSecondFactor, beginSession, endSession } from '../session.ts';
import { ownPath, publicAddress } from '../way-in.ts';

/** A new password by mail: long enough to find the mail. */
const RESET_HOURS = 1;

/** The password, or the provider, was right: signs in, or waits for the second factor. */
export async function enter(
  request: Request,
  account: Account,
  remember: boolean,
): Promise<'signedIn' | 'secondFactor'> {
  if (account.hasSecondFactor) {
    await awaitSecondFactor(request, account.memberId, remember);
    return 'secondFactor';
  }
  await beginSession(request, { memberId: account.memberId, remember, ip: request.ip ?? '' });
  return 'signedIn';
}

/** For the audit: the member, by whatever let them in. */
export function bySignIn(action: string, account: Account): AuditNote {
  const { memberId, email, tenantId } = account;
  return { ...aboutMember(action, account), actor: { account: `member:${memberId}`, name: email }, tenantId };
}

function aboutMember(action: string, { memberId, email }: Account) {
  return { action, object: { type: 'member', id: memberId, name: email } };
}

function badLink(): Problem {
  return new Problem({
    status: 404,
    code: 'link-invalid',
    detail: 'This link was used, is too old, or was replaced by a newer one. Ask for a new one.',
  });
}

export function signInRoutes(deps: FrameDeps): Handlers<typeof signInContract> {
  const { database, ring } = deps;
  const throttles = createThrottles(database);

  /** Takes the code: it works no second time. */
  async function takeCode(tx: Tx, account: Account, code: string): Promise<boolean> {
    if (code.replace(/\W/g, '').length > 6) return takeRecoveryCode(tx, account.memberId, hashRecoveryCode(code));
    const totp = await readTotp(tx, account.memberId);
    if (!totp?.confirmed) return false;
    const secret = ring.unseal(totp.sealed, totpPlace(account.tenantId, account.memberId));
    const step = totpStepOf(secret, code.trim(), new Date());
    return step !== null && takeTotpStep(tx, account.memberId, step);
  }

  /** After the answer, which is the same for accounts that are not there: nobody can tell by the time it takes. */
  async function mailReset(request: Request, email: string): Promise<void> {
    const { mailer, publicUrl } = deps;
    const account = await findAccount(database.db, email);
    if (mailer === null || !account?.isActive) return;
    if (!(await throttles.attempt('mail', account.memberId)).ok) return;
    const token = await database.db.transaction(async (tx) => {
      const { memberId, tenantId } = account;
      await appendAudit(tx, { ...aboutMember('member.askReset', account), actor: NOBODY, tenantId });
      return createLink(tx, { purpose: 'reset', memberId, email: account.email, hours: RESET_HOURS });
    });
    const link = `${publicAddress(request, publicUrl)}/reset#token=${token}`;
    const sent = await mailer.send(resetMail(account.email, link, RESET_HOURS));
    if (!sent.ok) deps.log.warn({ reason: sent.reason }, 'a mail with a link was not sent');
  }

  return {
    async signInOptions({ query }) {
      const providers = await providersFor(database.db, deps.tenantId, query.domain);
      return { body: { forgottenPassword: deps.mailer !== null, providers } };
    },

    async signIn({ body, request, transact, audit }) {
      await countAddress(throttles, request);
      const found = await findAccount(database.db, body.email);
      const account = await checkPassword(database, throttles, found, body.email, body.password);
      const status = account.hasSecondFactor ? 'secondFactor' : 'signedIn';
      audit.note(bySignIn('session.begin', account));
      const answer = await transact(async () => ({ body: { status, next: ownPath(body.next) } }));
      await enter(request, account, body.remember);
      return answer;
    },

    async signInSecondFactor({ body, request, transact, audit }) {
      await countAddress(throttles, request);
      const awaited = awaitedSecondFactor(request);
      if (awaited === null) {
        throw new Problem({ status: 401, code: 'sign-in-needed', detail: 'Sign in with your password first.' });
      }
      const { memberId, remember } = awaited;
      await countTry(throttles, 'secondFactor', memberId);
      const answer = await transact(async (tx) => {
        const account = await readAccount(tx, memberId);
        if (!account?.isActive || !(await takeCode(tx, account, body.code))) throw signInFailed();
        audit.note(bySignIn('session.begin', account));
        return { body: { status: 'signedIn' as const, next: ownPath(body.next) } };
      });
      await throttles.forgive('secondFactor', memberId);
      await beginSession(request, { memberId, remember, ip: request.ip ?? '' });
      return answer;
    },

    async signOut({ actor, request, transact, audit }) {
      audit.note({ action: 'session.end', object: { type: 'member', id: actor.id, name: actor.name } });
      const answer = await transact(async () => ({}));
      await endSession(request);
      return answer;
    },

    async forgotPassword({ body, request, log }) {
      await countAddress(throttles, request);
      void mailReset(request, body.email).catch((error: unknown) => log.warn({ err: error }, 'no link was made'));
      return {};
    },

    async resetPassword({ body, request, transact, audit }) {
      await countAddress(throttles, request);
      const link = await findLink(database.db, 'reset', body.token);
      if (!link?.memberId) throw badLink();
      const hash = await hashNewPassword(body.password, '#/body/password', [link.email ?? '']);
      const answer = await transact(async (tx) => {
        const taken = await takeLink(tx, 'reset', body.token);
        if (!taken?.memberId) throw badLink();
        const account = await readAccount(tx, taken.memberId);
        if (account === null) throw badLink();
        audit.note(bySignIn('member.resetPassword', account));
        await keepPassword(tx, taken.memberId, hash);
        await endSessionsOf(tx, taken.memberId);
        return {};
      });
      await throttles.forgive('account', (link.email ?? '').toLowerCase());
      return answer;
    },

    async readInvitation({ body, request }) {
      await countAddress(throttles, request);
      const link = await findLink(database.db, 'invite', body.token);
      const account = link?.memberId ? await readAccount(database.db, link.memberId) : null;
      if (account === null) throw badLink();
      return { body: { email: account.email, name: account.name } };
    },

    async acceptInvitation({ body, request, transact, audit }) {
      await countAddress(throttles, request);
      const link = await findLink(database.db, 'invite', body.token);
      if (!link?.memberId) throw badLink();
      const hash = await hashNewPassword(body.password, '#/body/password', [link.email ?? '', body.name ?? '']);
      let joined: Account | null = null;
      const answer = await transact(async (tx) => {
        const taken = await takeLink(tx, 'invite', body.token);
        const invited = taken?.memberId ? await readAccount(tx, taken.memberId) : null;
        // The invitation is for the address that it was made for: it dies with a change of it.
        if (!invited || invited.email.toLowerCase() !== taken?.email?.toLowerCase()) throw badLink();
        await keepPassword(tx, invited.memberId, hash);
        await joinMember(tx, invited.memberId, body.name ?? null);
        joined = await readAccount(tx, invited.memberId);
        if (!joined?.isActive) throw badLink();
        audit.note(bySignIn('member.join', joined));
        await appendActivity(tx, [
          {
            tenantId: joined.tenantId,
            actor: joined.email,
            verb: 'member.join',
            outcome: 'info',
            sentence: `${joined.email} has taken up the invitation.`,
          },
        ]);
        const status = joined.hasSecondFactor ? ('secondFactor' as const) : ('signedIn' as const);
        return { body: { status, next: '/' } };
      });
      deps.feed.touch();
      if (joined !== null) await enter(request, joined, false);
      return answer;
    },
  };
}
