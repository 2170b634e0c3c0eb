// A real OpenID provider on 127.0.0.1, and a browser that signs somebody in there.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface PersonThere {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

export interface OpenIdProvider {
  readonly issuer: string;
  /** How often each address was asked. */
  readonly asked: string[];
  /** Signs in as `login` from the address that the client sent the browser to. @returns where it is sent back to */
  signIn(address: string, login: string): Promise<string>;
  close(): Promise<void>;
}

export async function startOpenIdProvider(
  redirectUri: string,
  people: Readonly<Record<string, PersonThere>>,
): Promise<OpenIdProvider> {
  const asked: string[] = [];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'provender', client_secret: 'canary-client-secret', redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['of the test'] },
    pkce: { required: () => true },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  });
  const handle = provider.callback();
  server.on('request', (request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    void handle(request, response);
  });

  async function signIn(address: string, login: string): Promise<string> {
    const cookies = new Map<string, string>();
    const ask = async (url: string, form?: Record<string, string>) => {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      });
      for (const text of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
        cookies.set(name, value);
      }
      await response.text();
      return response.headers.get('location');
    };
    let at = address;
    for (let hops = 0; hops < 12; hops += 1) {
      const page = new URL(at, issuer);
      if (page.origin !== issuer) return page.href;
      const isPage = page.pathname.startsWith('/interaction/');
      // The provider's own pages for development: the first asks who, the second whether the client may know.
      const next =
        (isPage && ((await ask(page.href, { prompt: 'login', login, password: 'x' })) as string | null)) ||
        (isPage && (await ask(page.href, { prompt: 'consent' }))) ||
        (await ask(page.href));
      if (!next) throw new Error(`the provider stops at ${page.pathname}`);
      at = next;
    }
    throw new Error('the provider goes in circles');
  }

  return {
    issuer,
    asked,
    signIn,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}
