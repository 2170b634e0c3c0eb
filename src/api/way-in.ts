// How a request reached us: from which address, by which name, from which page. What does not add up is refused before
// anything else of it is looked at.
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Request, RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import { badRequest, Problem } from './problem.ts';
import { carriesKey } from './session.ts';

/** One spelling of each address: a socket for both families gives `::ffff:192.0.2.1`. */
function canonical(address: string): string {
  return ipaddr.process(address.split('%')[0] ?? address).toString();
}

/**
 * Takes the address from `X-Forwarded-For` as far as the proxies of `trust proxy` go; from then on `request.ip` is an
 * address in its one spelling.
 * @throws Problem 400 when a proxy that we trust names something that is no address
 */
export const readAddress: RequestHandler = (request, _response, next) => {
  const named = [request.ip ?? '', ...request.ips];
  if (named.some((address) => isIP(address.split('%')[0] ?? '') === 0)) {
    throw badRequest('bad-forwarded-for', 'X-Forwarded-For holds something that is no IP address.');
  }
  Object.defineProperty(request, 'ip', { value: canonical(request.ip ?? '') });
  next();
};

/** For counting: who has an IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return address;
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

function nameOf(host: string): string {
  return (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '').replace(/^\[|\]$/g, '');
}

/**
 * Refuses names that are not ours: a page whose name was made to lead here would otherwise be of our origin in the eyes of
 * a browser. Whoever has a key comes by the name that they have.
 */
export function checkHost(publicUrl: URL | null, listensOn: string): RequestHandler {
  const own = new Set([publicUrl?.hostname, listensOn, hostname(), 'localhost'].map((name) => name?.toLowerCase()));
  return (request, _response, next) => {
    const name = nameOf(request.host ?? '').toLowerCase();
    if (isIP(name) !== 0 || own.has(name) || name.endsWith('.localhost') || carriesKey(request)) {
      next();
      return;
    }
    throw new Problem({
      status: 421,
      code: 'unknown-host',
      detail: 'This installation is not known by that name. Its operator names it with PROVENDER_PUBLIC_URL.',
    });
  };
}

const OUR_COOKIE = /(?:^|;\s*)(?:__Host-)?provender=/;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes that another site's page asks for. Browsers say where a request comes from; older ones, and all of them
 * over plain http, say the origin only. Requests with a key bring no cookie into play.
 * @throws Problem 403
 */
export function refuseCrossSite(request: Request, publicUrl: URL | null): void {
  if (READING.has(request.method) || carriesKey(request)) return;
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
  } else if (origin !== undefined) {
    const host = URL.canParse(origin) ? new URL(origin).host : null;
    if (host !== null && (host === request.host || host === publicUrl?.host)) return;
  } else if (!OUR_COOKIE.test(request.get('cookie') ?? '')) return;
  throw new Problem({
    status: 403,
    code: 'cross-site',
    detail: 'A change that a session is to make must come from our own pages (Sec-Fetch-Site or Origin).',
  });
}

/** Where links lead: never to what the request calls us, which anybody may write into it. */
export function publicAddress(request: Request, publicUrl: URL | null): string {
  if (publicUrl !== null) return publicUrl.origin;
  const { localAddress = '127.0.0.1', localPort } = request.socket;
  const host = canonical(localAddress);
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${localPort}`;
}

/** A path of ours, or `/`: what a link says is where somebody goes after signing in. */
export function ownPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\\\p{Cc}]/u.test(next)) return '/';
  const base = 'http://own.invalid';
  if (!URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  // `/a/..//host` becomes `//host`.
  return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}${url.hash}` : '/';
}
