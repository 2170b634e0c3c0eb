// The vendor-free words: what a phone's configuration says, whoever made the phone.

/** Names of the vendors, as in the folders of fixtures. */
export type VendorId =
  | 'yealink'
  | 'polycom'
  | 'cisco-spa'
  | 'cisco-sep'
  | 'grandstream'
  | 'snom'
  | 'fanvil'
  | 'htek'
  | 'panasonic'
  | 'gigaset'
  | 'mitel'
  | 'avaya'
  | 'digium'
  | 'obihai'
  | 'ale'
  | 'algo'
  | 'akuvox'
  | 'flyingvoice'
  | 'vtech'
  | 'linphone'
  | 'acrobits'
  | 'zoiper'
  | 'sipnetic'
  | '2n'
  | 'escene'
  | 'yeastar'
  | 'swissvoice'
  | 'audiocodes'
  | 'patton'
  | 'technicolor'
  | 'zenitel'
  | 'alcatel'
  | 'jitsi'
  | 'atcom';

export type Transport = 'udp' | 'tcp' | 'tls' | 'dns-naptr' | 'dns-srv';

export interface HostPort {
  readonly host: string;
  readonly port: number | null;
  /** Only where the file has one for this address. */
  readonly transport?: Transport;
}

export interface Registrar {
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
  /**
   * Null: the format has a switch and the file does not set it. A line counts as enabled unless this is false. True
   * where the format has no switch.
   */
  readonly enabled: boolean | null;
  /** The user part only, without `@domain`. */
  readonly userName: string | null;
  /** Null when the file gives none: the user name is used then. */
  readonly authName: string | null;
  readonly password: string | null;
  readonly displayName: string | null;
  readonly label: string | null;
  /** Null: the file says nothing of it. */
  readonly registrar: Registrar | null;
  readonly outboundProxy: HostPort | null;
  readonly backup: HostPort | null;
  readonly backupOutboundProxy?: HostPort;
  readonly expiresSeconds: number | null;
  /** Of an ATA or gateway: the name of the jack, as its maker writes it (`FXS 1`, `Phone 2`). */
  readonly port?: string;
  /** Instead of the password: the hash of user, realm and password (RFC 7616), as secret as the password is. */
  readonly ha1?: string;
  readonly ha1Realm?: string;
  readonly ha1Algorithm?: string;
}

/**
 * Whether the person at the phone may change a value. `open`: writable, and written again at the next provisioning.
 * `default`: kept once changed at the phone, so the phone may hold another value than the file. `locked`: read-only.
 */
export type Access = 'open' | 'default' | 'locked';

/** What a file says of a line beside the account, in vendor-free words. */
export interface SettingFacts {
  /** `off`, `optional`, `required`. */
  readonly srtp: string;
  /** `inband`, `rfc2833`, `info`, `rfc2833+info`. */
  readonly dtmf: string;
  /** What an INFO carries: `dtmf-relay`, `dtmf`, `telephone-event`. */
  readonly dtmfInfo: string;
  /** RTP encoding names (`PCMU`, `PCMA`, `G722`, `G729`, `opus`, `iLBC`), the preferred first. */
  readonly codecs: readonly string[];
  /** The number to call. */
  readonly voiceMailbox: string;
  /** `off`, `packets` (empty or CRLF datagrams), `options`, `notify`. */
  readonly keepAlive: string;
  readonly keepAliveSeconds: number;
  /** `off`, `stun`, `manual`. */
  readonly nat: string;
  readonly rport: boolean;
}

export type SettingName = keyof SettingFacts;

/** `key` is the key the value was read from, so that nothing looks invented. */
export interface LineSetting {
  readonly line: number;
  readonly name: SettingName;
  readonly value: SettingFacts[SettingName];
  readonly key: string;
  /** Only where the file says so. */
  readonly access?: Access;
}

/** A rule of number replacement: what is dialled, what is sent instead. Both in the vendor's own notation. */
export interface NumberReplacement {
  readonly match: string;
  readonly replace: string;
}

/** What holds for the whole phone. Absent: not said. All addresses are URLs. */
export interface PhoneFacts {
  /** BCP 47: `en`, `de`, `fr-CA`. */
  readonly language: string;
  /** IANA: `Europe/Berlin`. */
  readonly timeZone: string;
  readonly ntpServer: string;
  readonly clock24Hours: boolean;
  readonly adminName: string;
  readonly adminPassword: string;
  readonly userPassword: string;
  /** 802.1Q, of the phone itself: 1 to 4094. */
  readonly vlanId: number;
  /** 0 to 7. */
  readonly vlanPriority: number;
  /** Of the PC port. */
  readonly pcVlanId: number;
  readonly provisioningUrl: string;
  readonly provisioningUserName: string;
  readonly provisioningPassword: string;
  /** How often the phone asks for its file. */
  readonly pollingMinutes: number;
  /** Whether the phone looks for its server by DHCP, by SIP PnP multicast, at the maker's redirection service. */
  readonly dhcpProvisioning: boolean;
  readonly pnpProvisioning: boolean;
  readonly redirectProvisioning: boolean;
  readonly firmwareUrl: string;
  readonly phoneBookUrl: string;
  readonly phoneBookName: string;
  readonly languageFileUrl: string;
  readonly toneFileUrl: string;
  readonly logoUrl: string;
  /** In the vendor's own notation. */
  readonly dialPlan: string;
  readonly numberReplacements: readonly NumberReplacement[];
  /** PEM, one certificate each. */
  readonly trustedCertificates: readonly string[];
}

export interface FunctionKey {
  /** Counted from 1 on the phone, and from 1 again on each expansion module. */
  readonly key: number;
  /** 0: on the phone itself; 1 and up: the expansion module. */
  readonly module: number;
  readonly type: 'line' | 'blf' | 'speedDial' | 'park';
  /** The line that it belongs to or dials with. Null: not said. */
  readonly line: number | null;
  /** The number watched, dialled or parked at; null for a line key. */
  readonly value: string | null;
  readonly label: string | null;
}

export type PhoneSettings = Partial<PhoneFacts> & { readonly functionKeys?: readonly FunctionKey[] };
