// One's own account: who am I, sessions, password, second factor.
import { z } from 'zod';
import { ROLES } from '../../roles.ts';
import { id, idParams, operation, time } from './operation.ts';

const password = z.string().min(1).max(1024);

const session = z
  .object({
    id,
    current: z.boolean(),
    signedInAt: time,
    lastSeenAt: time.meta({ description: 'To the minute.' }),
    remember: z.boolean(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
  })
  .meta({ id: 'Session' });

const recoveryCodes = z
  .array(z.string())
  .meta({ description: 'Shown this once. Each signs in once, in place of a code.' });

const me = z.object({
  id,
  email: z.string(),
  name: z.string(),
  tenantId: id,
  grants: z.array(
    z.object({
      tenantId: id,
      role: z.enum(ROLES),
      pbxIds: z.array(id).nullable().meta({ description: 'Null: all PBXs of the tenant and below.' }),
      actions: z.array(z.string()).meta({ description: 'What the role allows there, such as `pbx.change`.' }),
    }),
  ),
  freshUntil: time.nullable().meta({ description: 'Until then no password is asked for again.' }),
  hasPassword: z.boolean(),
  secondFactor: z.boolean(),
  recoveryCodesLeft: z.int(),
});

const oneLine = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;

const savedView = z
  .strictObject({
    id: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, - and _')
      .meta({ description: 'Made by the client; each once.' }),
    screen: z.enum(['users', 'pbxs', 'activity', 'audit', 'imports']),
    name: z.string().trim().min(1).max(100).regex(oneLine, 'must be one line without control characters'),
    search: z
      .string()
      .max(2000)
      .regex(oneLine, 'must be one line without control characters')
      .meta({ description: 'The query string of the screen.', example: 'status=failed&sort=-statusAt' }),
  })
  .meta({ id: 'SavedView' });

const savedViews = z
  .array(savedView)
  .max(50)
  .refine((views) => new Set(views.map((view) => view.id)).size === views.length, 'holds an id twice');

const viewsAnswer = z
  .object({
    id: id.meta({ description: 'Whose they are.' }),
    version: z.int().min(0).meta({ description: 'The ETag is `"<id>-<version>"`; 0: none was ever saved.' }),
    views: z.array(savedView),
  })
  .meta({ id: 'SavedViews' });

export const meContract = {
  getMe: operation({
    method: 'get',
    path: '/me',
    tag: 'me',
    summary: 'Say who is signed in, and what they may do',
    action: 'self',
    status: 200,
    response: me,
  }),
  updateMe: operation({
    method: 'patch',
    path: '/me',
    tag: 'me',
    summary: 'Change the own name',
    description: 'The e-mail address is what one signs in with: it stays. The last one to write wins.',
    action: 'self',
    ifMatch: false,
    body: z
      .strictObject({
        name: z.string().trim().min(1).max(200).regex(oneLine, 'must be one line without control characters'),
      })
      .meta({ id: 'OwnChanges' }),
    status: 200,
    response: me,
  }),
  getViews: operation({
    method: 'get',
    path: '/me/views',
    tag: 'me',
    summary: 'The own saved views of the portal',
    action: 'self',
    status: 200,
    response: viewsAnswer,
  }),
  putViews: operation({
    method: 'put',
    path: '/me/views',
    tag: 'me',
    summary: 'Save views: all of them at once, in their order, at most 50',
    description: 'With If-Match, so that of two windows none takes away what the other one saved.',
    action: 'self',
    body: z.strictObject({ views: savedViews }),
    status: 200,
    response: viewsAnswer,
  }),
  confirmPassword: operation({
    method: 'post',
    path: '/me/confirm',
    tag: 'me',
    summary: 'Give the password again, for what needs a fresh sign-in',
    action: 'self',
    body: z.strictObject({ password }),
    status: 200,
    response: z.object({ freshUntil: time }),
  }),
  changePassword: operation({
    method: 'post',
    path: '/me/password',
    tag: 'me',
    summary: 'Change the own password; ends all other sessions',
    action: 'self',
    body: z.strictObject({
      currentPassword: password.optional().meta({ description: 'May be absent while the account has none.' }),
      newPassword: password,
    }),
    status: 204,
  }),
  listSessions: operation({
    method: 'get',
    path: '/me/sessions',
    tag: 'me',
    summary: 'List the own sessions, newest first',
    action: 'self',
    status: 200,
    response: z.object({ items: z.array(session) }),
  }),
  endSession: operation({
    method: 'delete',
    path: '/me/sessions/{id}',
    tag: 'me',
    summary: 'End a session',
    action: 'self',
    params: idParams,
    ifMatch: false,
    status: 204,
  }),
  endOtherSessions: operation({
    method: 'post',
    path: '/me/sessions/end-others',
    tag: 'me',
    summary: 'End all sessions but this one',
    action: 'self',
    status: 200,
    response: z.object({ ended: z.int() }),
  }),
  enrolSecondFactor: operation({
    method: 'post',
    path: '/me/second-factor',
    tag: 'me',
    summary: 'Begin with a second factor; needs a fresh sign-in',
    description: 'Counts when it is confirmed with a code. Asked again before that, it makes a new secret.',
    action: 'self',
    status: 200,
    response: z.object({
      secret: z.string().meta({ description: 'Base32, shown this once.' }),
      url: z.string().meta({ description: '`otpauth://`, for a QR code.' }),
    }),
  }),
  confirmSecondFactor: operation({
    method: 'post',
    path: '/me/second-factor/confirm',
    tag: 'me',
    summary: 'Show that the second factor works; from then on it is asked for',
    action: 'self',
    body: z.strictObject({ code: z.string().max(100) }),
    status: 200,
    response: z.object({ recoveryCodes }),
  }),
  renewRecoveryCodes: operation({
    method: 'post',
    path: '/me/second-factor/recovery-codes',
    tag: 'me',
    summary: 'Make new recovery codes, the old ones die; needs a fresh sign-in',
    action: 'self',
    status: 200,
    response: z.object({ recoveryCodes }),
  }),
  disableSecondFactor: operation({
    method: 'post',
    path: '/me/second-factor/disable',
    tag: 'me',
    summary: 'Do without a second factor from now on',
    action: 'self',
    body: z.strictObject({
      password: password.optional().meta({ description: 'May be absent while the account has none.' }),
    }),
    status: 204,
  }),
};
