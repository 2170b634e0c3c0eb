// What an answer that is no file means: status, headers and the little text of an error page, turned into a failure with
// a sentence. Pure.
import type { FetchFailure } from './fetcher.ts';
import { clientCertFailure, hasClientCertificate, type TlsSettings } from './tls.ts';

export interface RefusingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first kilobytes of the body as text. */
  readonly text: string;
}

export interface Circumstances {
  /** Host of the address that answered, with its port if it is not the usual one. */
  readonly host: string;
  readonly tls: TlsSettings;
  /** A login was there for this request, whether it could be sent or not. */
  readonly hadLogin: boolean;
  readonly sentLogin: boolean;
  /** A redirect had led to another origin. */
  readonly foreign: boolean;
  /** Kinds of login that were offered and are none of ours. */
  readonly unknownSchemes?: readonly string[];
  readonly nowMs: number;
}

/** Nobody is believed who asks to wait longer. */
const LONGEST_WAIT_SECONDS = 24 * 60 * 60;

export function statusFailure(answer: RefusingAnswer, about: Circumstances): FetchFailure {
  const { status } = answer;
  const { host } = about;
  const certificate = clientCertificatePage(answer, about);
  if (certificate) return { ...certificate, status };
  const waitSeconds = retryAfterSeconds(answer.headers['retry-after'], about.nowMs);
  const failure = (code: FetchFailure['code'], message: string): FetchFailure => ({
    kind: 'failure',
    code,
    message,
    status,
    ...(waitSeconds === null ? {} : { retryAfterSeconds: waitSeconds }),
    ...(status === 401 || status === 403 ? { sentLogin: about.sentLogin } : {}),
  });
  const wait = waitSeconds === null ? 'It is tried again later' : `It asks to wait ${waitSeconds} s`;
  switch (status) {
    case 401:
      return failure('HTTP_401', unauthorized(about));
    case 403:
      return failure(
        'HTTP_403',
        `${host} does not give out this file (403). Often the MAC is not known or not allowed there, or the server admits other network addresses only. Check the device on the PBX and its access rules.`,
      );
    case 404:
    case 410:
      return failure(
        'HTTP_404',
        `${host} has no file for this device (${status}). Check that the MAC exists on the PBX and that the address points to its provisioning directory.`,
      );
    case 407:
      return failure(
        'HTTP_4XX',
        `A proxy before ${host} asks for a login (407). Let this machine reach the server directly.`,
      );
    case 408:
      return failure('HTTP_TIMEOUT', `${host} gave up waiting (408). It is tried again later.`);
    case 429:
      return failure(
        'HTTP_429',
        `${host} was asked too often (429). ${wait}; lower the requests per second of this PBX if it happens often.`,
      );
    case 503:
      return failure('HTTP_5XX', `${host} is not available at the moment (503). ${wait}.`);
    default:
  }
  if (
    status === 400 &&
    /plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled/i.test(answer.text)
  ) {
    return failure('HTTP_4XX', `${host} expects https on this port. Write https:// in the address.`);
  }
  if (status >= 400 && status < 500) {
    return failure(
      'HTTP_4XX',
      `${host} refused the request (${status}). Check the address and the User-Agent of this PBX's persona.`,
    );
  }
  if (status >= 500) {
    return failure(
      'HTTP_5XX',
      `${host} failed with an error of its own (${status}). It is tried again later; if it stays, look into the server's log.`,
    );
  }
  if (status >= 300 && status < 400 && status !== 304) {
    return failure('REDIRECT_REFUSED', `${host} answered ${status} without saying where to go. Check the address.`);
  }
  return failure(
    'HTTP_5XX',
    `${host} answered with status ${status}, which is no answer to this request. Look into the server's log.`,
  );
}

function unauthorized(about: Circumstances): string {
  const { host } = about;
  if (about.sentLogin) {
    return `${host} refused the user name and password (401). Check both, and whether they are those of the provisioning server.`;
  }
  if (about.foreign && about.hadLogin) {
    return `The address redirects to ${host}, which asks for a login (401). The login is never sent to another address than the one entered: enter this one instead.`;
  }
  if (about.unknownSchemes && about.unknownSchemes.length > 0) {
    const schemes = about.unknownSchemes.map((scheme) => scheme.replaceAll(/[^\w-]/g, '').slice(0, 20)).slice(0, 3);
    return `${host} asks for a login of the kind ${schemes.join(', ')} (401), which phones and this program cannot do. Offer Digest or Basic there.`;
  }
  if (about.hadLogin) {
    return `${host} answered 401 without saying which kind of login it wants. Let it offer Digest or Basic.`;
  }
  return `${host} asks for a user name and password (401). Enter the login of the provisioning server, for the PBX or for this user.`;
}

/**
 * Servers that check client certificates after the handshake say so with a page: nginx with status 400 (495 and 496
 * inside, seen behind some proxies), IIS with 403.7 and its sisters.
 */
function clientCertificatePage(answer: RefusingAnswer, about: Circumstances): FetchFailure | null {
  const { status, text } = answer;
  if (status === 496 || (status === 400 && /No required SSL certificate was sent/i.test(text))) {
    return {
      kind: 'failure',
      code: 'TLS_CLIENT_CERT_REQUIRED',
      message: hasClientCertificate(about.tls)
        ? `${about.host} saw no client certificate, although this PBX has one: the server asks for it only from authorities that signed none of ours. Upload the certificate that this server trusts.`
        : clientCertFailure(about.host, about.tls).message,
    };
  }
  if (status === 495 || (status === 400 && /The SSL certificate error/i.test(text))) {
    return {
      ...clientCertFailure(about.host, about.tls),
      code: 'TLS_CLIENT_CERT_REJECTED',
    };
  }
  if (status === 403 && /\b403\.(7|13|16|17)\b/.test(text) && /client certificate/i.test(text)) {
    return clientCertFailure(about.host, about.tls);
  }
  return null;
}

/** Seconds or an HTTP date; between 0 and a day. Null when there is none or it cannot be read. */
function retryAfterSeconds(value: string | string[] | undefined, nowMs: number): number | null {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  if (!text) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((httpDate(text) - nowMs) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), LONGEST_WAIT_SECONDS);
}

/** Date.parse reads more than HTTP dates (a bare "-1" is a year to it), so a weekday must come first. */
function httpDate(text: string): number {
  return /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/i.test(text) ? Date.parse(text) : Number.NaN;
}
