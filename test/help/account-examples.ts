// One request for each operation of signing in and of one's own account, each with a member of its own, as a browser
// sends it.
import { generateSync } from 'otplib';
import { createLink } from '../../src/store/one-time-links.ts';
import type { TestApi } from './api.ts';
import { addMember, type Browser, openBrowser, PASSWORD } from './browser.ts';

export interface AccountExample {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly browser: Browser;
}

let number = 0;

export function accountExamples(
  api: Pick<TestApi, 'url' | 'store'>,
): Readonly<Record<string, () => Promise<AccountExample>>> {
  const { db, sql } = api.store.database;

  async function member() {
    number += 1;
    const email = `member-${number}@example.com`;
    await sql`delete from throttles`;
    return { email, id: await addMember(api, email) };
  }

  async function signedIn() {
    const { email, id } = await member();
    const browser = openBrowser(api);
    await browser.signIn(email);
    // From now on for a minute it was seen.
    await browser.call('GET', '/me');
    return { browser, email, id };
  }

  async function linkFor(purpose: 'invite' | 'reset') {
    const { email, id } = await member();
    const token = await db.transaction((tx) => createLink(tx, { purpose, memberId: id, email, hours: 1 }));
    return { browser: openBrowser(api), body: { token, password: 'seven geese over a mill' } };
  }

  /** As if the code before was taken some time ago. */
  async function codeOf(secret: string) {
    await sql`update member_credentials set totp_last_step = null`;
    return generateSync({ secret });
  }

  async function enrolled() {
    const { browser, email } = await signedIn();
    const { secret } = (await browser.call('POST', '/me/second-factor')).json;
    return { browser, email, secret: secret as string };
  }

  async function confirmed() {
    const made = await enrolled();
    await made.browser.call('POST', '/me/second-factor/confirm', { code: await codeOf(made.secret) });
    return made;
  }

  return {
    signIn: async () => {
      const { email } = await member();
      return { path: '/sign-in', body: { email, password: PASSWORD }, browser: openBrowser(api) };
    },
    signInSecondFactor: async () => {
      const { email, secret } = await confirmed();
      const browser = openBrowser(api);
      await browser.signIn(email);
      return { path: '/sign-in/second-factor', body: { code: await codeOf(secret) }, browser };
    },
    updateMe: async () => ({ path: '/me', body: { name: 'Ann' }, browser: (await signedIn()).browser }),
    putViews: async () => ({
      path: '/me/views',
      body: { views: [{ id: '1', screen: 'users', name: 'Failed', search: 'status=failed' }] },
      headers: { 'if-match': '*' },
      browser: (await signedIn()).browser,
    }),
    signOut: async () => ({ path: '/sign-out', browser: (await signedIn()).browser }),
    resetPassword: async () => ({ path: '/password/reset', ...(await linkFor('reset')) }),
    acceptInvitation: async () => ({ path: '/invitations/accept', ...(await linkFor('invite')) }),
    confirmPassword: async () => ({
      path: '/me/confirm',
      body: { password: PASSWORD },
      browser: (await signedIn()).browser,
    }),
    changePassword: async () => ({
      path: '/me/password',
      body: { currentPassword: PASSWORD, newPassword: 'seven geese over a mill' },
      browser: (await signedIn()).browser,
    }),
    endSession: async () => {
      const { browser, email } = await signedIn();
      await openBrowser(api).signIn(email);
      const { items } = (await browser.call('GET', '/me/sessions')).json;
      const other = items.find((item: { current: boolean }) => !item.current);
      return { path: `/me/sessions/${other.id}`, browser };
    },
    endOtherSessions: async () => {
      const { browser, email } = await signedIn();
      await openBrowser(api).signIn(email);
      return { path: '/me/sessions/end-others', browser };
    },
    enrolSecondFactor: async () => ({ path: '/me/second-factor', browser: (await signedIn()).browser }),
    confirmSecondFactor: async () => {
      const { browser, secret } = await enrolled();
      return { path: '/me/second-factor/confirm', body: { code: await codeOf(secret) }, browser };
    },
    renewRecoveryCodes: async () => ({
      path: '/me/second-factor/recovery-codes',
      browser: (await confirmed()).browser,
    }),
    disableSecondFactor: async () => ({
      path: '/me/second-factor/disable',
      body: { password: PASSWORD },
      browser: (await confirmed()).browser,
    }),
  };
}
