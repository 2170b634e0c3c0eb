// What one exchange may cost. Knows nothing but numbers.

/** Limits of one exchange: a request with its login round trip and its redirects. */
export interface FetchLimits {
  /** Bytes of a body, after its content coding is removed. */
  readonly bodyBytes: number;
  /** Bytes of an answer's head. */
  readonly headerBytes: number;
  /** How many times larger a body may be than what was sent, once it is over 256 KiB. */
  readonly ratio: number;
  /** The whole exchange. */
  readonly exchangeMs: number;
  /** TCP and TLS handshake of one connection; shorter than the exchange, so that the answer can say which it was. */
  readonly connectMs: number;
  readonly dnsMs: number;
  readonly redirects: number;
}

export const FETCH_LIMITS: FetchLimits = {
  bodyBytes: 2 * 1024 * 1024,
  headerBytes: 32 * 1024,
  ratio: 100,
  exchangeMs: 15_000,
  connectMs: 10_000,
  dnsMs: 5_000,
  redirects: 3,
};

/** Small bodies may compress as well as they like: a page of blanks is no bomb. */
export const RATIO_FREE_BYTES = 256 * 1024;
