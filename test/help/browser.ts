// A browser as far as signing in needs one: keeps cookies, says where its requests come from, follows nothing by itself.
// And members for it to sign in as.
import { v7 as uuidv7 } from 'uuid';
import { Secret } from '../../fetchers/secret.ts';
import type { Role } from '../../src/roles.ts';
import { hashPassword } from '../../src/sign-in/password.ts';
import { keepPassword } from '../../src/store/credentials.ts';
import { memberRoles, members } from '../../src/store/schema.ts';
import type { TestApi } from './api.ts';

export interface BrowserReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
  readonly setCookies: readonly string[];
}

export interface Browser {
  readonly cookies: Map<string, string>;
  /** `path` begins behind /api/v1, or with http. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<BrowserReply>;
  signIn(email: string, password?: string, more?: Record<string, unknown>): Promise<BrowserReply>;
}

export const PASSWORD = 'lamp river sixteen moss';

export function openBrowser(api: Pick<TestApi, 'url'>): Browser {
  const cookies = new Map<string, string>();
  const browser: Browser = {
    cookies,
    async call(method, path, body, headers = {}) {
      const jar = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(path.startsWith('http') ? path : `${api.url}/api/v1${path}`, {
        method,
        redirect: 'manual',
        headers: {
          'sec-fetch-site': 'same-origin',
          ...(jar !== '' && { cookie: jar }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const setCookies = response.headers.getSetCookie();
      for (const text of setCookies) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
        if (value === '' || /expires=Thu, 01 Jan 1970/i.test(text)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await response.text();
      const json = /[/+]json(;|$)/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
      return { status: response.status, headers: response.headers, text, json, setCookies };
    },
    signIn: (email, password = PASSWORD, more = {}) => browser.call('POST', '/sign-in', { email, password, ...more }),
  };
  return browser;
}

// 40 ms for each member otherwise.
const hashed = hashPassword(new Secret(PASSWORD));

/** A member who joined, with PASSWORD, and a role at the tenant (the operator's unless said). @returns the id */
export async function addMember(
  api: Pick<TestApi, 'store'>,
  email: string,
  role: Role = 'owner',
  tenantId: string = api.store.tenantId,
): Promise<string> {
  const id = uuidv7();
  const { db } = api.store.database;
  await db.insert(members).values({ id, tenantId, email, name: email.split('@')[0] ?? email, joinedAt: new Date() });
  await db.insert(memberRoles).values({ memberId: id, tenantId, role });
  await keepPassword(db, id, await hashed);
  return id;
}
