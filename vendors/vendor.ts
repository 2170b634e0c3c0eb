// What every vendor answers, so that shared code never has to ask which one it is. Pure data and small functions.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import type { Codec, UserName } from './codec.ts';
import type { HostPort, LineSetting, SettingName, Transport, VendorId } from './model.ts';

/** The facts of a line as files hold them, one by one. `model.ts` has them put together. */
export interface LineFacts {
  readonly enabled: boolean;
  readonly userName: UserName;
  readonly authName: string;
  readonly password: string;
  readonly displayName: string;
  readonly label: string;
  readonly registrarHost: HostPort;
  readonly registrarPort: number;
  readonly registrarTransport: Transport;
  readonly expiresSeconds: number;
  readonly outboundOn: boolean;
  readonly outboundHost: HostPort;
  readonly outboundPort: number;
  readonly backupHost: HostPort;
  readonly backupPort: number;
  readonly backupTransport: Transport;
  readonly backupOutboundHost: HostPort;
  readonly backupOutboundPort: number;
}

/** Our field <-> their key. */
export interface Row<Value> {
  /** `{n}` stands for the number of the line. Read: the first that says something. Written: the first. */
  readonly keys: readonly [string, ...string[]];
  readonly codec: Codec<Value>;
  /** Where this is known from; "assumption" where nobody says so. */
  readonly source: string;
}

type LineRows = { readonly [Field in keyof LineFacts]?: Row<LineFacts[Field]> };

/** Effective values of a configuration. Null: an explicit word for nothing. Undefined: absent or empty. */
export interface Values {
  get(key: string): string | null | undefined;
}

export type SettingValue = LineSetting['value'];

export type SettingRow =
  | { readonly name: SettingName; readonly row: Row<SettingValue> }
  /** A setting that is spread over several keys. */
  | { readonly name: SettingName; readonly group: SettingGroup };

export interface SettingGroup {
  readonly source: string;
  /** `unknown` are keys whose value is not understood. */
  readonly read: (values: Values, line: number) => { value: SettingValue; key: string; unknown: string[] } | null;
  readonly write: (value: SettingValue, line: number) => Entry[] | { readonly refused: string };
}

export interface ParsedConfig {
  /** In the vendor's newest key names, whatever the format's own are. */
  readonly entries: readonly Entry[];
  /** Further files to fetch, as written. */
  readonly includes: readonly string[];
  readonly warnings: readonly string[];
}

/** `sure`: this vendor's own mark. `likely`: nothing speaks against it. */
export type Certainty = 'sure' | 'likely' | 'no';

export interface Format {
  readonly id: string;
  readonly recognise: (body: TextBody) => Certainty;
  readonly parse: (text: string) => ParsedConfig;
}

export interface Vendor {
  readonly id: VendorId;
  readonly name: string;
  /** In the order in which they are asked. */
  readonly formats: readonly Format[];
  /** What stands before the number of a line in every key by which lines are found: `account.`. */
  readonly lineKeyStart: string;
  readonly mostLines: number;
  readonly lines: LineRows;
  readonly settings: readonly SettingRow[];
  /** Words that erase a value. */
  readonly nothing: readonly string[];
  /** Keys that files repeat on purpose. */
  readonly repeats: (key: string) => boolean;
  /** True for every key whose value must not be shown: passwords of all kinds, not the SIP password only. */
  readonly isSecret: (key: string) => boolean;
  /** What to offer for "Provisioning Field for DID", the default first. */
  readonly didFields: readonly [string, ...string[]];
  readonly writer: Writer;
}

interface Writer {
  readonly print: (entries: readonly Entry[]) => string;
  readonly refuseValue: (value: string) => string | null;
}
