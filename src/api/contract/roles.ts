// What each role and each scope allows: for whoever gives them.
import { z } from 'zod';
import { ACTIONS, ROLES, SCOPES } from '../../roles.ts';
import { operation } from './operation.ts';

const actions = z.array(z.enum(ACTIONS));

const rights = z
  .object({
    roles: z.array(z.object({ role: z.enum(ROLES), actions })),
    scopes: z.array(z.object({ scope: z.enum(SCOPES), actions })),
  })
  .meta({ id: 'Rights' });

export const roleContract = {
  getRoles: operation({
    method: 'get',
    path: '/roles',
    action: 'tenant.read',
    tag: 'members',
    summary: 'Read what each role of members, and each scope of API keys, may do',
    status: 200,
    response: rights,
  }),
};
