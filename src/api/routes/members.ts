// Handlers of members: invitations, roles, disabling, links.
import { z } from 'zod';
import { invitationMail, resetMail } from '../../mail/messages.ts';
import { appendActivity } from '../../store/activity.ts';
import type { Tx } from '../../store/database.ts';
import {
  createMember,
  deleteMember,
  type HeldRole,
  listMembers,
  lockMember,
  type Member,
  readMember,
  updateMember,
} from '../../store/members.ts';
import { createLink } from '../../store/one-time-links.ts';
import { pbxsWithin } from '../../store/reach.ts';
import { endSessionsOf } from '../../store/sessions.ts';
import { readTenant } from '../../store/tenants.ts';
import { type Access, actionsOf, mayGive, notAllowed, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import type { MemberView, memberContract, RoleInput } from '../contract/members.ts';
import { API_ROOT } from '../contract/operation.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import { checkPbxIds, givesTooMuch } from '../giving.ts';
import type { Actor, Call, ChangeCall, FrameDeps, Handlers } from '../handlers.ts';
import { conflict, invalid, type Problem } from '../problem.ts';
import { publicAddress } from '../way-in.ts';

const LIST = 'members';
const listKey = z.tuple([z.uuid()]);

const HOURS = { invite: 72, reset: 24 } as const;
type Purpose = keyof typeof HOURS;

export function memberRoutes(deps: FrameDeps): Handlers<typeof memberContract> {
  const { database, ring } = deps;
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This member', (reach) => readMember(database.db, reach, id));
  const locked = async (
    tx: Tx,
    id: string,
    { access, audit }: Pick<ChangeCall, 'access' | 'audit'>,
  ): Promise<Member> => {
    const member = await lockMember(tx, access.reach, id);
    if (member === null) throw await missing(access, id);
    audit.note({ before: viewOf(member, access), tenantId: member.tenantId, object: { name: member.email } });
    return member;
  };
  const report = (tx: Tx, { tenantId }: Member, actor: Actor, verb: string, sentence: string) =>
    appendActivity(tx, [{ tenantId, actor: actor.name, verb: `member.${verb}`, outcome: 'info', sentence }]);

  const makeLink = async (
    tx: Tx,
    { request }: Pick<Call<(typeof memberContract)['makeMemberLink']>, 'request'>,
    member: Member,
    purpose: Purpose,
  ) => {
    const hours = HOURS[purpose];
    const token = await createLink(tx, { purpose, memberId: member.id, email: member.email, hours });
    return {
      purpose,
      link: `${publicAddress(request, deps.publicUrl)}/${purpose}#token=${token}`,
      expiresAt: new Date(Date.now() + hours * 3_600_000).toISOString(),
      mailed: deps.mailer !== null,
    };
  };
  /** After the commit. A mail that does not go out is no failure: the link is in the answer. */
  const mailLink = async (email: string, actor: Actor, { purpose, link }: { purpose: Purpose; link: string }) => {
    const hours = HOURS[purpose];
    const mail = purpose === 'invite' ? invitationMail(email, actor.name, link, hours) : resetMail(email, link, hours);
    const sent = await deps.mailer?.send(mail);
    if (sent && !sent.ok) deps.log.warn({ reason: sent.reason }, 'a mail with a link was not sent');
  };

  return {
    async createMember(call) {
      const { body, actor, access, transact } = call;
      let given: { purpose: Purpose; link: string } | null = null;
      const answer = await transact(async (tx) => {
        const home = await chooseTenant(tx, access, body.tenantId, { lock: true });
        const roles = await checkRoles(tx, access, body.roles);
        refuseGiving(actor, roles);
        const { email, name } = body;
        const member = (await createMember(tx, { tenantId: home.id, email, name, roles })) ?? emailTaken();
        const invitation = await makeLink(tx, call, member, 'invite');
        given = invitation;
        await report(tx, member, actor, 'create', `${email} was invited: ${namesOf(roles)}.`);
        return {
          body: { ...viewOf(member, access), invitation },
          etag: etagOf(member),
          headers: { Location: `${API_ROOT}/members/${member.id}` },
        };
      });
      deps.feed.touch();
      if (given !== null) await mailLink(body.email, actor, given);
      return answer;
    },

    async listMembers({ query, access }) {
      const after = query.cursor === undefined ? undefined : readCursor(ring, LIST, query.cursor, listKey)[0];
      const { q, tenantId } = query;
      const found = await listMembers(database.db, access.reach, { limit: query.limit + 1, after, q, tenantId });
      const page = cutPage(ring, LIST, found, query.limit, (member) => [member.id]);
      return { body: { items: page.items.map((member) => viewOf(member, access)), nextCursor: page.nextCursor } };
    },

    async getMember({ params, access }) {
      const member = await readMember(database.db, access.reach, params.id);
      if (member === null) throw await missing(access, params.id);
      return { body: viewOf(member, access), etag: etagOf(member) };
    },

    async updateMember({ params, body, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const member = await locked(tx, params.id, { access, audit });
        requireMatch(ifMatch, member, viewOf(member, access));
        const { name = member.name, disabled = member.disabledAt !== null } = body;
        if (name !== member.name || disabled !== (member.disabledAt !== null)) refuseOver(access, member);
        const unseen = member.roles.filter((role) => !isSeen(access, role));
        const seen = member.roles.filter((role) => isSeen(access, role));
        const roles = body.roles === undefined ? seen : await checkRoles(tx, access, body.roles);
        const differs = (some: readonly HeldRole[], others: readonly HeldRole[]) =>
          some.filter((role) => !others.some((other) => isSameRole(role, other)));
        refuseGiving(actor, [...differs(roles, seen), ...differs(seen, roles)]);
        const changed =
          (await updateMember(tx, member, { name, disabled, roles: [...unseen, ...roles] })) ?? lastOwner();
        if (disabled) await endSessionsOf(tx, member.id);
        const state = changed.disabledAt === null ? namesOf(changed.roles) : 'disabled';
        await report(tx, member, actor, 'update', `The member ${member.email} was changed: ${state}.`);
        return { body: viewOf(changed, access), etag: etagOf(changed) };
      });
      deps.feed.touch();
      return answer;
    },

    async makeMemberLink(call) {
      const { params, actor, access, audit, transact } = call;
      let given: { purpose: Purpose; link: string; email: string } | null = null;
      const answer = await transact(async (tx) => {
        const member = await locked(tx, params.id, { access, audit });
        refuseOver(access, member);
        if (member.disabledAt !== null) {
          throw conflict('member-disabled', 'This member is disabled. Enable it first, then make a link.');
        }
        const body = await makeLink(tx, call, member, member.joinedAt === null ? 'invite' : 'reset');
        given = { ...body, email: member.email };
        const what = body.purpose === 'invite' ? 'A new invitation' : 'A link to set a new password';
        await report(tx, member, actor, 'link', `${what} was made for ${member.email}.`);
        return { body };
      });
      deps.feed.touch();
      const made = given as { purpose: Purpose; link: string; email: string } | null;
      if (made !== null) await mailLink(made.email, actor, made);
      return answer;
    },

    async deleteMember({ params, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const member = await locked(tx, params.id, { access, audit });
        requireMatch(ifMatch, member, viewOf(member, access));
        refuseOver(access, member);
        if (!(await deleteMember(tx, member))) lastOwner();
        await report(tx, member, actor, 'delete', `The member ${member.email} was deleted.`);
        return {};
      });
      deps.feed.touch();
      return answer;
    },
  };
}

/** @throws Problem 422 naming the role that cannot be */
async function checkRoles(tx: Tx, access: Access, given: readonly RoleInput[]): Promise<HeldRole[]> {
  const roles: HeldRole[] = [];
  for (const [index, role] of given.entries()) {
    const pointer = `#/body/roles/${index}`;
    const refuse = (field: string, detail: string, code: string): Problem =>
      invalid([{ pointer: `${pointer}/${field}`, detail, code }]);
    const tenant = await readTenant(tx, access.reach, role.tenantId, { hold: true });
    if (tenant === null || pbxsWithin(access.reach, tenant.id) !== null) {
      throw refuse('tenantId', 'There is no tenant with this id.', 'TENANT_UNKNOWN');
    }
    if (roles.some(({ tenantId }) => tenantId === tenant.id)) {
      throw refuse('tenantId', 'is there twice: a member has one role at a tenant', 'duplicate');
    }
    if (role.role === 'owner' && tenant.parentId !== null) {
      throw refuse('role', "exists at the operator's tenant only; take resellerAdmin", 'ROLE_UNFIT');
    }
    if (role.pbxIds !== null) {
      if (role.role === 'owner' || role.role === 'resellerAdmin') {
        throw refuse('pbxIds', 'goes with pbxAdmin, support and viewer only', 'ROLE_UNFIT');
      }
      await checkPbxIds(tx, tenant, role.pbxIds, `${pointer}/pbxIds`);
    }
    roles.push({ ...role, path: tenant.path });
  }
  return roles;
}

function isSeen({ reach }: Access, { tenantId }: HeldRole): boolean {
  return pbxsWithin(reach, tenantId) === null;
}

function isSameRole(a: HeldRole, b: HeldRole): boolean {
  const text = ({ tenantId, role, pbxIds }: HeldRole) => JSON.stringify([tenantId, role, pbxIds?.toSorted() ?? null]);
  return text(a) === text(b);
}

function holdsAll(actor: Actor, roles: readonly HeldRole[]): boolean {
  return roles.every(({ role, path }) => mayGive(actor, actionsOf(role, null), { path, pbxId: null }));
}

/** Nobody gives, or takes away, more than they have. */
function refuseGiving(actor: Actor, roles: readonly HeldRole[]): void {
  if (!holdsAll(actor, roles)) throw givesTooMuch('#/body/roles');
}

/** What concerns the whole account: by those who are above it, wherever it has a role. */
function refuseOver(access: Access, member: Member): void {
  const isHome = pbxsWithin(access.reach, member.tenantId) === null;
  if (!isHome || !holdsAll(access.actor, member.roles)) throw notAllowed(access.actor, access.action);
}

function emailTaken(): never {
  const detail = 'has an account in this installation already';
  throw conflict('email-taken', `This e-mail address ${detail}.`, [{ pointer: '#/body/email', detail, code: 'taken' }]);
}

function lastOwner(): never {
  throw conflict('last-owner', 'This is the last owner of the installation. Make another one first.');
}

function namesOf(roles: readonly HeldRole[]): string {
  return roles.length === 0 ? 'no role' : [...new Set(roles.map(({ role }) => role))].join(', ');
}

/** With the roles that the caller may see. */
function viewOf(member: Member, access: Access): MemberView {
  const { id, tenantId, version, email, name } = member;
  const seen = access.reachOf('member.read');
  return {
    id,
    tenantId,
    version,
    email,
    name,
    status: member.disabledAt !== null ? 'disabled' : member.joinedAt === null ? 'invited' : 'active',
    roles: member.roles
      .filter((role) => pbxsWithin(seen, role.tenantId) === null)
      .map(({ tenantId: at, role, pbxIds }) => ({ tenantId: at, role, pbxIds: pbxIds === null ? null : [...pbxIds] })),
    secondFactor: member.secondFactor,
    lastSeenAt: member.lastSeenAt?.toISOString() ?? null,
    createdAt: member.createdAt.toISOString(),
    updatedAt: member.updatedAt.toISOString(),
  };
}
