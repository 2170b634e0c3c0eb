// An address that a vendor spreads over keys of its own: protocol, server, port, path. Knows no vendor.

interface SplitUrl {
  /** `http`, `https`, `ftp`, `tftp`. */
  readonly scheme: string;
  /** IPv6 in brackets. */
  readonly host: string;
  /** Null: the protocol's own. */
  readonly port: string | null;
  /** Without the leading slash; a query goes with it. */
  readonly path: string;
}

/** Null: no address, one of another protocol, or one with a login or a fragment, which such keys have no place for. */
export function splitUrl(value: string, schemes: readonly string[]): SplitUrl | null {
  const [, scheme = '', host = '', port, path = ''] =
    /^([a-z]+):\/\/(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?(?:\/([^\s#]*))?$/i.exec(value) ?? [];
  if (host === '' || !schemes.includes(scheme.toLowerCase())) return null;
  return { scheme: scheme.toLowerCase(), host, port: port ?? null, path };
}

export function joinUrl({ scheme, host, port, path }: SplitUrl): string {
  return `${scheme}://${host}${port === null ? '' : `:${port}`}/${path.replace(/^\/+/, '')}`;
}
