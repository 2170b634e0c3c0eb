// Words of the pages that need nobody to be signed in: set-up, sign-in, links.
import { count } from './common.ts';

/** Codes that a failed single sign-on comes back with. */
const SSO_PROBLEMS: Readonly<Record<string, string>> = {
  'sso-unreachable': 'The provider does not answer. Try again in a moment, or sign in with your password.',
  'sso-expired': 'That took too long, or was begun in another window. Begin once more.',
  'sso-failed':
    'The provider did not let you in, or your account here is switched off. Try again; if it stays so, ask an admin of your tenant.',
  'sso-unverified': 'The provider does not say that your e-mail address is verified. Ask whoever runs the provider.',
  'sso-domain':
    'Your e-mail address is of a domain that this provider may not speak for. Use your work address, or ask an admin of your tenant.',
  'sso-other-tenant':
    'Your account belongs to another tenant. Sign in with the provider of that tenant, or your password.',
  'sso-not-invited': 'Nobody has invited you yet. Ask an admin of your tenant to do so, then try again.',
};

export const openWords = {
  product: 'Provender',
  email: 'E-mail address',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: '12 to 256 characters. Anything goes; a few words in a row are easy to keep in mind.',
  name: 'Your name',
  toSignIn: 'To the sign-in',
  needed: 'This is needed.',

  signIn: 'Sign in',
  remember: 'Stay signed in on this device for 30 days',
  next: 'Next',
  with: (provider: string): string => `Sign in with ${provider}`,
  or: 'or with your password',
  signInFailed: 'Address, password or code is wrong. Look at all of them and try again.',
  tryAgainIn: (seconds: number): string => `Try again in ${count(seconds, 'second')}`,
  tooManyTries: 'Too many tries. Wait until the button counts to zero.',
  ssoFailed: 'Single sign-on did not work',
  sayProblem: (code: string): string =>
    SSO_PROBLEMS[code] ?? `It ended with ${code}. Try again, or sign in with your password.`,
  noOwner: 'This installation has no owner yet',
  noOwnerWhat: 'Open the link that Provender printed in the terminal when it started, and become the owner.',

  forgotten: 'Forgot your password?',
  forgottenTitle: 'A new password',
  forgottenWhat: 'We mail you a link with which you choose a new password.',
  forgottenSend: 'Mail the link',
  forgottenSent: 'Look into your mail',
  forgottenSentWhat: (email: string): string =>
    `If ${email} has an account here, a link is on its way. It is good for one hour.`,
  forgottenNoMail: 'This installation sends no mail. There are two others who can help:',
  forgottenAdmin: 'An owner or reseller admin of your tenant makes you a link under Members.',
  forgottenOperator: 'Who runs the installation makes one in its terminal:',
  resetCommand: 'provender admin reset',
  back: 'Back to the sign-in',

  secondFactor: 'One more step',
  secondFactorWhat: 'Enter the six digits that your authenticator app shows now.',
  code: 'Code',
  recoveryWhat: 'Enter one of the recovery codes that you kept. Each works once.',
  recoveryCode: 'Recovery code',
  useRecovery: 'Use a recovery code instead',
  useCode: 'Use a code of the app instead',
  confirm: 'Sign in',
  startAgain: 'That took too long. Sign in once more.',

  setup: 'Set up Provender',
  setupWhat: 'You become the owner of this installation: you may do everything, and invite the others.',
  setupDeed: 'Become the owner',
  setupReaches: 'Provender has to reach the provisioning servers of your PBXs. Test connection says when it does not.',
  setupNoToken: 'Open the link in the terminal',
  setupNoTokenWhat:
    'Provender printed a link when it started. It is good for an hour and lets its finder become the owner. It looks like this:',
  setupLost: 'Lost it, or too late? Start Provender again: while there is no owner, each start prints a new one.',

  reset: 'Choose a new password',
  resetWhat: 'It ends all your sessions. A second factor stays as it is.',
  resetDeed: 'Set the password',
  resetDone: 'The new password is set',
  resetDoneWhat: 'All your sessions have ended. Sign in with it now.',
  noLink: 'This address is not complete',
  noLinkWhat: 'Open the link as it was sent to you: all of it, up to its end.',
  badLink: 'This link is not good any more',
  badResetLink: 'It was used, is too old, or was replaced by a newer one. Ask for a new one at the sign-in.',
  badSetupLink:
    'It was used, is too old, or was replaced by a newer one. While there is no owner, Provender prints a new one at each start.',
  badInvitation: 'It was used, is too old, or was replaced by a newer one. Ask whoever invited you for a new one.',
  badWhyLink: 'It has ended or was taken back. Ask whoever sent it to you for a new one.',

  invite: 'Welcome to Provender',
  inviteFor: (email: string): string => `You were invited as ${email}. Choose a password, and you are in.`,
  inviteDeed: 'Join',
  waitingFor: 'Looking at the link',

  why: 'Why?',
  whyOf: (pbx: string, tenant: string): string => `A user of the PBX ${pbx}, kept by ${tenant}.`,
  whyNoName: 'A user without a name',
  whyStatus: 'How it stands',
  whyFine: 'All is well: the credentials were read and stored.',
  whyNextTry: 'Next try',
  whyNoTry: 'Not tried again by itself.',
  whyTimeline: 'What happened',
  whyNothing: 'Nothing yet.',
  whyEnds: 'This link ends',
  whyMac: 'MAC',
  whyNumber: 'Number',
  whySteps: 'Steps',
  whyAgain: 'Look again',
} as const;
