// Single sign-on by OpenID Connect: the authorization code with PKCE, nonce and state. All that is asked goes through the
// outbound guard: the issuer's address is something that somebody typed. Knows no account and no database.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { type CallerOptions, createCaller } from '../../fetchers/call.ts';
import type { Secret } from '../../fetchers/secret.ts';

export interface Issuer {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecret: Secret | null;
}

/** What comes back must be of this. */
export interface Errand {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Person {
  /** The issuer's own name for the person, which is never given to another one. */
  readonly subject: string;
  /** Null: none is said, or it was not verified by the issuer. */
  readonly verifiedEmail: string | null;
  readonly name: string | null;
}

export type Failed = { readonly ok: false; readonly reason: string };

export interface SignOn {
  begin(issuer: Issuer, redirectUri: string): Promise<(Errand & { readonly ok: true; readonly url: string }) | Failed>;
  /** @param address where the browser came back to, with its query */
  finish(
    issuer: Issuer,
    address: URL,
    errand: Errand,
  ): Promise<{ readonly ok: true; readonly person: Person } | Failed>;
  close(): void;
}

/** Discovery documents and key sets are a few kB. */
const ANSWER_BYTES = 256 * 1024;
const NO_BODY = new Set([101, 204, 205, 304]);

export function createSignOn(options: Pick<CallerOptions, 'guard' | 'tls' | 'resolve'>): SignOn {
  const caller = createCaller({ ...options, answerBytes: ANSWER_BYTES });

  const guarded: CustomFetch = async (url, { method, headers, body, signal }) => {
    const answer = await caller.call({
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      headers,
      ...(body !== undefined && body !== null && { body: String(body) }),
      ...(signal && { signal }),
    });
    if (answer.kind === 'failure') throw new Error(`${answer.code}: ${answer.message}`);
    const told = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const one of [value ?? []].flat()) told.append(name, one);
    }
    const given = NO_BODY.has(answer.status) ? null : Buffer.from(answer.bytes);
    return new Response(given, { status: answer.status, headers: told });
  };

  function discover({ issuer, clientId, clientSecret }: Issuer): Promise<Configuration> {
    const isLocal = options.guard.mode === 'local' && issuer.startsWith('http:');
    return discovery(new URL(issuer), clientId, clientSecret?.reveal(), clientSecret === null ? None() : undefined, {
      [customFetch]: guarded,
      timeout: 15,
      // The signature of the token is checked too, beside the way that it came by.
      execute: [enableNonRepudiationChecks, ...(isLocal ? [allowInsecureRequests] : [])],
    });
  }

  return {
    async begin(issuer, redirectUri) {
      try {
        const config = await discover(issuer);
        const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
        const url = buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: 'openid email profile',
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        });
        return { ok: true, url: url.href, state, nonce, verifier };
      } catch (error) {
        return failed(error);
      }
    },

    async finish(issuer, address, { state, nonce, verifier }) {
      try {
        const config = await discover(issuer);
        const tokens = await authorizationCodeGrant(config, address, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) return { ok: false, reason: 'the provider sent no identity' };
        const asked = config.serverMetadata().userinfo_endpoint !== undefined && claims.email === undefined;
        const told = asked ? await fetchUserInfo(config, tokens.access_token, claims.sub) : claims;
        const { email, email_verified: verified, name } = told as Record<string, unknown>;
        return {
          ok: true,
          person: {
            subject: claims.sub,
            verifiedEmail: typeof email === 'string' && verified === true ? email.toLowerCase() : null,
            name: typeof name === 'string' ? name.slice(0, 200) : null,
          },
        };
      } catch (error) {
        return failed(error);
      }
    },

    close: () => caller.close(),
  };
}

/** The library's errors carry tokens and bodies: their words and codes are all that goes on. */
function failed(error: unknown): Failed {
  const { message, code, cause } = error as Error & { code?: string };
  const inner = cause instanceof Error ? `: ${cause.message}` : '';
  return { ok: false, reason: `${code === undefined ? '' : `${code}: `}${message}${inner}`.slice(0, 500) };
}
