// Handler of roles and scopes: the tables of access.ts, to be read.
import { ROLES, SCOPES } from '../../roles.ts';
import { actionsOf, actionsOfScope } from '../access.ts';
import type { roleContract } from '../contract/roles.ts';
import type { Handlers } from '../handlers.ts';

export function roleRoutes(): Handlers<typeof roleContract> {
  return {
    async getRoles() {
      return {
        body: {
          roles: ROLES.map((role) => ({ role, actions: actionsOf(role, null) })),
          scopes: SCOPES.map((scope) => ({ scope, actions: actionsOfScope(scope) })),
        },
      };
    },
  };
}
