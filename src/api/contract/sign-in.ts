// Signing in and out, and the links that let somebody in: what can be asked before anybody is signed in.
import { z } from 'zod';
import { operation } from './operation.ts';

const email = z.string().trim().min(1).max(320).meta({ example: 'grace@example.com' });
const password = z.string().min(1).max(1024);
const newPassword = password.meta({
  description: '12 to 256 characters, none of those that are tried first. No rules of composition.',
});
const token = z.string().min(1).max(200).meta({ description: 'What stands behind `#token=` in the link.' });
const remember = z.boolean().default(false).meta({ description: 'For 30 days instead of 12 hours.' });

const standing = z
  .object({
    status: z.enum(['signedIn', 'secondFactor']).meta({
      description: '`secondFactor`: nobody is signed in yet, send a code to `/sign-in/second-factor`.',
    }),
    next: z.string().meta({ description: 'Where to go then: a path of this installation, whatever was asked for.' }),
  })
  .meta({ id: 'SignInStanding' });

export const signInContract = {
  signInOptions: operation({
    method: 'get',
    path: '/sign-in/options',
    tag: 'sign-in',
    summary: 'Say how somebody can sign in',
    public: true,
    query: z.strictObject({
      domain: z.string().trim().toLowerCase().max(253).optional().meta({
        description: 'Of the mail address: gives the providers of the tenant that it belongs to.',
        example: 'example.com',
      }),
    }),
    status: 200,
    response: z.object({
      forgottenPassword: z.boolean().meta({ description: 'A link can be mailed. Otherwise an admin makes one.' }),
      providers: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  }),
  signIn: operation({
    method: 'post',
    path: '/sign-in',
    tag: 'sign-in',
    summary: 'Sign in with a password',
    description:
      'Sets the session cookie. One answer for an unknown address and a wrong password. After 5 wrong tries at an account, or 20 from an address, 429 with Retry-After.',
    public: true,
    body: z.strictObject({ email, password, remember, next: z.string().max(2000).optional() }),
    status: 200,
    response: standing,
  }),
  signInSecondFactor: operation({
    method: 'post',
    path: '/sign-in/second-factor',
    tag: 'sign-in',
    summary: 'Finish signing in with a code, or a recovery code',
    public: true,
    body: z.strictObject({
      code: z.string().max(100).meta({ description: 'Six digits, or a recovery code. Each works once.' }),
      next: z.string().max(2000).optional(),
    }),
    status: 200,
    response: standing,
  }),
  signOut: operation({
    method: 'post',
    path: '/sign-out',
    tag: 'sign-in',
    summary: 'End the own session',
    action: 'self',
    status: 204,
  }),
  forgotPassword: operation({
    method: 'post',
    path: '/password/forgot',
    tag: 'sign-in',
    summary: 'Ask for a link to set a new password',
    description: 'One answer, whether there is such an account or not. Mails a link where mail is set up.',
    public: true,
    // The link that is made afterwards has its entry: nobody fills the audit with addresses of their own making.
    audited: false,
    body: z.strictObject({ email }),
    status: 202,
  }),
  resetPassword: operation({
    method: 'post',
    path: '/password/reset',
    tag: 'sign-in',
    summary: 'Set a new password by a link',
    description: 'Ends all sessions of the account. A second factor stays as it is.',
    public: true,
    body: z.strictObject({ token, password: newPassword }),
    status: 204,
  }),
  readInvitation: operation({
    method: 'post',
    path: '/invitations/read',
    tag: 'sign-in',
    summary: 'Say whom an invitation is for; it stays good',
    public: true,
    audited: false,
    body: z.strictObject({ token }),
    status: 200,
    response: z.object({ email: z.string(), name: z.string() }),
  }),
  acceptInvitation: operation({
    method: 'post',
    path: '/invitations/accept',
    tag: 'sign-in',
    summary: 'Take up an invitation: choose a password, and be signed in',
    public: true,
    body: z.strictObject({ token, password: newPassword, name: z.string().trim().min(1).max(200).optional() }),
    status: 200,
    response: standing,
  }),
};
