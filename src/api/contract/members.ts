// Members: people who sign in, and what they may do where.
import { z } from 'zod';
import { ROLES } from '../../roles.ts';
import { id, idParams, newTenantId, operation, time, version } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

const line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters');
const email = z
  .email('must be an e-mail address')
  .max(320)
  .meta({ description: 'To sign in with; one account per address in the installation.', example: 'ann@acme.example' });
const pbxIds = z
  .array(id)
  .min(1)
  .max(1000)
  .nullable()
  .default(null)
  .meta({ description: 'Only for these PBXs (pbxAdmin, support, viewer); null: for all of the tenant and below.' });
const role = z.enum(ROLES).meta({
  description:
    "`owner` (at the operator's tenant only): everything. `resellerAdmin`: everything at the tenant and below. `pbxAdmin`: PBXs, users, uploads, voice routes. `support`: reads, presses Sync. `viewer`: reads.",
});
const newRole = z.strictObject({ tenantId: id, role, pbxIds });

const roles = z.array(newRole).max(200);

const newMember = z
  .strictObject({
    tenantId: newTenantId,
    email,
    name: line,
    roles: roles.min(1),
  })
  .meta({ id: 'NewMember' });

const memberChanges = z
  .strictObject({
    name: line,
    disabled: z.boolean().meta({ description: 'True: cannot sign in; sessions end at once.' }),
    roles: roles.meta({ description: 'All that are within the reach of the caller; others stay.' }),
  })
  .partial()
  .meta({ id: 'MemberChanges' });

const member = z
  .object({
    id,
    tenantId: id.meta({ description: 'Home: where the member was invited.' }),
    version,
    email: z.string(),
    name: z.string(),
    status: z.enum(['invited', 'active', 'disabled']),
    secondFactor: z.boolean().meta({ description: 'Signs in with a code too.' }),
    roles: z.array(z.object({ tenantId: id, role, pbxIds: z.array(id).nullable() })),
    lastSeenAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Member' });

export type MemberView = z.input<typeof member>;
export type RoleInput = z.output<typeof newRole>;

const link = z
  .object({
    purpose: z.enum(['invite', 'reset']),
    link: z.string().meta({ description: 'To be handed over; works once. Shown this once.' }),
    expiresAt: time,
    mailed: z.boolean().meta({ description: 'It is mailed to the member too.' }),
  })
  .meta({ id: 'MemberLink' });

const tag = 'members';

export const memberContract = {
  createMember: operation({
    method: 'post',
    path: '/members',
    action: 'member.create',
    tag,
    summary: 'Invite somebody',
    description: 'Nobody can give more than they may do themselves. The answer holds the link of the invitation.',
    body: newMember,
    status: 201,
    response: member.extend({ invitation: link }).meta({ id: 'InvitedMember' }),
  }),
  listMembers: operation({
    method: 'get',
    path: '/members',
    action: 'member.read',
    tag,
    summary: 'List members, with the roles that the caller may see',
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      ...tenantQuery,
      q: z.string().max(200).optional().meta({ description: 'Part of a name or address.' }),
    }),
    status: 200,
    response: pageOf(member),
  }),
  getMember: operation({
    method: 'get',
    path: '/members/{id}',
    action: 'member.read',
    tag,
    summary: 'Read a member',
    params: idParams,
    status: 200,
    response: member,
  }),
  updateMember: operation({
    method: 'patch',
    path: '/members/{id}',
    action: 'member.change',
    tag,
    summary: 'Rename or disable a member, or change its roles',
    description:
      'Name and disabling take somebody who may do all that the member may. The last owner stays one: 409 `last-owner`.',
    params: idParams,
    body: memberChanges,
    status: 200,
    response: member,
  }),
  makeMemberLink: operation({
    method: 'post',
    path: '/members/{id}/link',
    action: 'member.change',
    tag,
    summary: 'Make a new link: to take up the invitation, or to set a new password',
    description: 'Earlier ones die. Takes somebody who may do all that the member may.',
    params: idParams,
    status: 201,
    response: link,
  }),
  deleteMember: operation({
    method: 'delete',
    path: '/members/{id}',
    action: 'member.delete',
    tag,
    summary: 'Delete a member; what the feed and the audit say of it stays',
    params: idParams,
    status: 204,
  }),
};
