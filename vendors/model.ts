// The vendor-free words: what a phone's configuration says, whoever made the phone.

/** Names of the vendors, as in the folders of fixtures. */
export type VendorId = 'yealink';

export type Transport = 'udp' | 'tcp' | 'tls' | 'dns-naptr' | 'dns-srv';

export interface HostPort {
  readonly host: string;
  readonly port: number | null;
  /** Only where the file has one for this address. */
  readonly transport?: Transport;
}

interface Registrar {
  readonly host: string | null;
  readonly port: number | null;
  readonly transport: Transport | null;
}

/**
 * One SIP account of a config. Null means: the file does not say. Numbered from 1 whatever the vendor counts from.
 * These names are a public contract (`provender parse --json`, the API).
 */
export interface Line {
  readonly line: number;
  /** Null: the format has a switch and the file does not set it. A line counts as enabled unless this is false. */
  readonly enabled: boolean | null;
  /** The user part only, without `@domain`. */
  readonly userName: string | null;
  /** Null when the file gives none: the user name is used then. */
  readonly authName: string | null;
  readonly password: string | null;
  readonly displayName: string | null;
  readonly label: string | null;
  readonly registrar: Registrar;
  readonly outboundProxy: HostPort | null;
  readonly backup: HostPort | null;
  readonly backupOutboundProxy?: HostPort;
  readonly expiresSeconds: number | null;
}

/**
 * What a file says beside the account, in vendor-free words. Values: srtp `off`, `optional`, `required`; dtmf `inband`,
 * `rfc2833`, `info`, `rfc2833+info`; dtmfInfo (what an INFO carries) `dtmf-relay`, `dtmf`, `telephone-event`; codecs an
 * array of RTP encoding names, the preferred first; voiceMailbox the number to call; keepAlive `off`, `packets` (empty
 * or CRLF datagrams), `options`, `notify`; keepAliveSeconds a number; nat `off`, `stun`, `manual`; rport true or false.
 */
export type SettingName =
  | 'srtp'
  | 'dtmf'
  | 'dtmfInfo'
  | 'codecs'
  | 'voiceMailbox'
  | 'keepAlive'
  | 'keepAliveSeconds'
  | 'nat'
  | 'rport';

/** `key` is the key the value was read from, so that nothing looks invented. */
export interface LineSetting {
  readonly line: number;
  readonly name: SettingName;
  readonly value: string | number | boolean | readonly string[];
  readonly key: string;
}
