// Whether two settings mean one and the same provisioning server: what was given for one is not sent to another. Pure.

/** By what a server is known: its address, and who vouches for it. */
export interface ServerIdentity {
  readonly provisioningUrl: string | null;
  readonly pinSha256: string | null;
  readonly caPem: string | null;
}

export type ServerChange = 'provisioningUrl' | 'pinSha256' | 'caPem';

/**
 * What makes it another server; null: it is the same, or no server at all yet. Absent settings stay as they are. A CA that
 * is taken away leaves the public ones, which vouch for the name.
 */
export function whatMakesAnother(
  before: ServerIdentity,
  { provisioningUrl, pinSha256, caPem }: Readonly<Partial<ServerIdentity>>,
): ServerChange | null {
  if (provisioningUrl && originOf(provisioningUrl) !== originOf(before.provisioningUrl)) return 'provisioningUrl';
  if (pinSha256 !== undefined && pinSha256 !== before.pinSha256) return 'pinSha256';
  if (caPem && caPem !== before.caPem) return 'caPem';
  return null;
}

/** Null: no address. What cannot be read equals nothing, and is refused elsewhere. */
function originOf(url: string | null): string | null {
  if (url === null) return null;
  return URL.canParse(url) ? new URL(url).origin : url;
}
