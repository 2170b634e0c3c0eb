// What it means to fetch: a request goes in, bytes or exactly one failure comes out. Knows no phone and no database.
import type { Secret } from './secret.ts';

export interface Login {
  readonly username: string;
  readonly password: Secret;
}

/** What an earlier answer gave, to be asked with If-None-Match and If-Modified-Since. */
export interface Validators {
  readonly etag?: string | null;
  readonly lastModified?: string | null;
}

export interface FetchRequest {
  /** Absolute http or https address, without user info. */
  readonly url: string;
  readonly userAgent: string;
  readonly login: Login | null;
  /**
   * A file of somebody else's server (an include that the PBX's settings allow): neither the login nor the client
   * certificate, pin or validators of the PBX are used for it.
   */
  readonly foreign?: boolean;
  readonly validators?: Validators;
  /** Ends the exchange early (shutdown, a deadline of the caller's). */
  readonly signal?: AbortSignal;
  /**
   * Asked before a request that was cut off is sent once more: false, and the exchange ends as CANCELLED (the server
   * asked for a pause meanwhile). Absent: yes.
   */
  readonly mayRepeat?: () => boolean;
}

/** Who answered, as seen in the TLS handshake. Null for plain http. */
export interface TlsIdentity {
  readonly protocol: string;
  readonly subject: string;
  /** SHA-256 of the certificate, upper-case hex pairs joined by colons. */
  readonly fingerprint256: string;
  readonly validTo: string;
}

interface Fetched {
  readonly kind: 'fetched';
  /** Decoded (content coding removed), at most the limit. */
  readonly bytes: Uint8Array;
  /** The address that answered, after redirects. */
  readonly url: string;
  readonly contentType: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly tls: TlsIdentity | null;
  /** The kind of login that was sent, if any. With `http:` as scheme of `url`: worth a warning, even for Digest. */
  readonly loginScheme?: 'basic' | 'digest';
}

interface NotModified {
  readonly kind: 'not-modified';
  readonly url: string;
  readonly tls: TlsIdentity | null;
}

export type FetchFailureCode =
  | 'DNS_NXDOMAIN'
  | 'DNS_TIMEOUT'
  | 'TCP_REFUSED'
  | 'TCP_TIMEOUT'
  | 'TCP_RESET'
  | 'TLS_UNTRUSTED'
  | 'TLS_EXPIRED'
  | 'TLS_NAME'
  | 'TLS_PIN'
  | 'TLS_LEGACY'
  | 'TLS_CLIENT_CERT_REQUIRED'
  | 'TLS_CLIENT_CERT_REJECTED'
  | 'HTTP_401'
  | 'HTTP_403'
  | 'HTTP_404'
  | 'HTTP_429'
  | 'HTTP_4XX'
  | 'HTTP_5XX'
  | 'HTTP_TIMEOUT'
  | 'REDIRECT_REFUSED'
  | 'TARGET_REFUSED'
  | 'PLAIN_HTTP_REFUSED'
  | 'BODY_TOO_LARGE'
  | 'CANCELLED';

export interface FetchFailure {
  readonly kind: 'failure';
  readonly code: FetchFailureCode;
  /** One or two sentences for a PBX admin: what happened at which host, and what to do. Never holds a secret or a query string. */
  readonly message: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** True when the refused request carried the login (a 401 without one only says that a login is needed). */
  readonly sentLogin?: boolean;
}

export type FetchResult = Fetched | NotModified | FetchFailure;

/** Never throws for what a server or network can do. */
export type Fetch = (request: FetchRequest) => Promise<FetchResult>;
