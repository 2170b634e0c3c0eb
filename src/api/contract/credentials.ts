// The two ways in which passwords of users leave: shown to a person, and to the customer's own machines. Both are audited,
// before anything is shown.
import { z } from 'zod';
import { accountFields } from './line.ts';
import { id, idParams, operation, time } from './operation.ts';
import { filters } from './users.ts';

const secret = z.string().nullable().meta({ format: 'password' });

const account = z
  .object({
    source: z.enum(['harvested', 'typed']),
    line: z.int().nullable(),
    at: time.nullable().meta({ description: 'When it was harvested.' }),
    ...accountFields,
    password: secret,
  })
  .meta({ id: 'SipAccount' });

const userCredentials = z
  .object({
    userId: id,
    tenantId: id,
    pbxId: id,
    pbxName: z.string(),
    name: z.string().nullable(),
    teamsUserId: z.string().nullable(),
    sipUserId: z.string().nullable(),
    mac: z.string().nullable(),
    did: z.string().nullable(),
    status: z.string(),
    account: account.nullable().meta({ description: 'Null: nothing is known yet.' }),
  })
  .meta({ id: 'UserCredentials' });

const tag = 'credentials';

export const credentialContract = {
  revealUser: operation({
    method: 'post',
    path: '/users/{id}/reveal',
    action: 'user.reveal',
    tag,
    summary: 'Show the passwords of a user to a person',
    description:
      'For people, within 10 minutes of a sign-in or of giving the password again, 20 an hour; 403 otherwise. The reason is kept in the audit.',
    params: idParams,
    body: z.strictObject({
      reason: z.string().trim().min(3).max(500).meta({ example: 'Ticket 4711: the phone is set up by hand' }),
    }),
    keepsAnswer: false,
    status: 200,
    response: userCredentials
      .extend({
        provUsername: z.string().nullable(),
        provPassword: secret,
        portalLoginName: z.string().nullable(),
        portalLoginPassword: secret,
      })
      .meta({ id: 'RevealedUser' }),
  }),
  getUserCredentials: operation({
    method: 'get',
    path: '/users/{id}/credentials',
    action: 'user.credentials',
    audited: true,
    tag,
    summary: 'The SIP account of a user, for your own machines',
    description: 'For API keys with the scope `credentials:read`, which are bound to addresses.',
    params: idParams,
    status: 200,
    response: userCredentials,
  }),
  listCredentials: operation({
    method: 'get',
    path: '/users/credentials',
    action: 'user.credentials',
    audited: true,
    tag,
    summary: 'The SIP accounts of all users that match, one JSON object per line',
    description:
      'As `GET /users/{id}/credentials`, streamed in the order of creation. Users of whom nothing is known yet come with `account: null`.',
    query: z.strictObject(filters),
    status: 200,
    produces: 'application/jsonl',
  }),
};

export const credentialLine = userCredentials;
