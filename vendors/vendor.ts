// What every vendor answers, so that shared code never has to ask which one it is. Pure data and small functions.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import type { Codec, UserName } from './codec.ts';
import type { Mac, MacStyle } from './mac.ts';
import type { Access, FunctionKey, HostPort, Line, PhoneFacts, SettingFacts, Transport, VendorId } from './model.ts';

// ---- which key holds which of our fields

/** The facts of a line as files hold them, one by one. `model.ts` has them put together. */
export interface LineFacts {
  /** No row: the format has no switch, and every line is on. */
  readonly enabled: boolean;
  readonly userName: UserName;
  readonly authName: string;
  readonly password: string;
  readonly displayName: string;
  readonly label: string;
  /** Written with what has no row of its own: without a row for the port, the host's codec must carry the port. */
  readonly registrarHost: HostPort;
  readonly registrarPort: number;
  readonly registrarTransport: Transport;
  readonly expiresSeconds: number;
  readonly outboundOn: boolean;
  readonly outboundHost: HostPort;
  readonly outboundPort: number;
  readonly outboundTransport: Transport;
  readonly backupHost: HostPort;
  readonly backupPort: number;
  readonly backupTransport: Transport;
  readonly backupOutboundHost: HostPort;
  readonly backupOutboundPort: number;
  readonly backupOutboundTransport: Transport;
  readonly port: string;
  readonly ha1: string;
  readonly ha1Realm: string;
  readonly ha1Algorithm: string;
}

/** Effective values of a configuration. Null: an explicit word for nothing. Undefined: absent or empty. */
export interface Values {
  get(key: string): string | null | undefined;
}

/** All of them, for what must look around. */
export interface EffectiveValues extends Values {
  /** Whether a file has the key, be its value empty. */
  has(key: string): boolean;
  /** As the files have them, the weakest first: a key may come again. To look for keys; what counts says `get`. */
  readonly entries: readonly Entry[];
  /** Each key once. Gathered when first asked for, which finding the lines should not need: most files' readers do not. */
  readonly all: ReadonlyMap<string, string | null>;
  accessOf(key: string): Access | undefined;
  /** Gathered as `all` is. */
  readonly warnings: readonly string[];
}

/**
 * `{n}` stands for the number of the line, `{n0}` for the number less one. A function finds the key where numbers jump or
 * where another value points to it; null: this line has no such key. When writing, its values are those written before.
 */
export type Key = string | ((line: number, values: Values) => string | null);

/** Our field <-> their key. */
export interface Row<Value> {
  /** Read: the first that says something. Written: the first. */
  readonly keys: readonly [Key, ...Key[]];
  readonly codec: Codec<Value>;
  /** Where this is known from; "assumption" where nobody says so. */
  readonly source: string;
}

/** A field that is spread over several keys, or shares one with others. */
export interface Group<Value> {
  readonly source: string;
  /** A setting of lines that the format has once for all of them: exact only where every line says the same. */
  readonly ofAllLines?: boolean;
  /** `unknown` are keys whose value is not understood; `value` is null where nothing else is there. Null: not said. */
  readonly read: (
    values: EffectiveValues,
    line: number,
  ) => { readonly value: Value | null; readonly key: string; readonly unknown?: readonly string[] } | null;
  /** No entries: the format has no place for it, which is a warning. */
  readonly write: (value: Value, line: number) => WrittenEntries;
}

/** What says a value; `near`: the nearest that the format has, not the same; or the reason why there is nothing. */
export type WrittenEntries = readonly Entry[] | { readonly near: readonly Entry[] } | { readonly refused: string };

export type Fact<Value> = Row<Value> | Group<Value>;
export type LineRows = { readonly [Field in keyof LineFacts]?: Fact<LineFacts[Field]> };
export type PhoneRows = { readonly [Field in keyof PhoneFacts]?: Fact<PhoneFacts[Field]> };

export type SettingRows = { readonly [Field in keyof SettingFacts]?: Fact<SettingFacts[Field]> };

export interface FunctionKeys {
  readonly source: string;
  readonly read: (values: EffectiveValues) => readonly FunctionKey[];
  /** `model` is null where none was named: any number goes. Whether the model has the key is asked before. */
  readonly write: (key: FunctionKey, model: ModelFamily | null) => WrittenEntries;
}

/** Why a field has no row, where that is known: `the phone takes certificates from an address only`. */
export type Without = {
  readonly [Field in
    | keyof PhoneFacts
    | keyof SettingFacts
    | 'displayName'
    | 'label'
    | 'authName'
    | 'expiresSeconds'
    | 'outboundProxy'
    | 'backup'
    | 'backupOutboundProxy'
    | 'functionKeys']?: string;
};

/** One naming of keys. Formats that share names share the table. */
export interface KeyTable {
  /** The lines that the keys speak of, in any order, perhaps too many: a line without user and password is none. */
  readonly numbers: (values: EffectiveValues) => Iterable<number>;
  /** Numbers above it are not looked at. */
  readonly mostLines: number;
  readonly lines: LineRows;
  readonly settings: SettingRows;
  readonly phone: PhoneRows;
  readonly functionKeys: FunctionKeys | null;
  /** Absent: of what has no row no key is known. */
  readonly without?: Without;
  /** What only the whole line shows: an address that stands in for another. Null: no user of its own (a fail-over). */
  readonly finish?: (line: Line, values: EffectiveValues, warn: (warning: string) => void) => Line | null;
}

// ---- formats

export interface ParsedConfig {
  /** In the names of the format's table, in the order of the file. */
  readonly entries: readonly Entry[];
  /** Further files to fetch, as written, in the order in which they are asked. */
  readonly includes: readonly string[];
  readonly warnings: readonly string[];
  /** Where the text turns out to be a special kind: a boot file that only names others. */
  readonly format?: string;
  /** MACs that the file names as its phone's in a place of its own. */
  readonly macs?: readonly Mac[];
}

/** Whose file it is, where that is known: scripts and per-model lists ask for it. */
export interface ParseContext {
  readonly name: string;
  readonly mac: Mac | null;
  readonly model: string | null;
}

/** `sure`: this vendor's own mark. `likely`: nothing speaks against it. */
export type Certainty = 'sure' | 'likely' | 'no';

export interface Format {
  readonly id: string;
  readonly recognise: (body: TextBody) => Certainty;
  /** Never throws; time linear in the text. */
  readonly parse: (text: string, context: ParseContext) => ParsedConfig;
  readonly table: KeyTable;
  /** Null: this format is read only. */
  readonly writer: Writer | null;
}

export interface Target {
  /** Null: not known; file names then hold `{mac}`. */
  readonly mac: Mac | null;
  readonly model: ModelFamily | null;
  /** Counts up with each change, for phones that take a file only when its version grows. */
  readonly revision?: number | undefined;
}

export interface WrittenFile {
  readonly name: string;
  readonly text: string;
}

export interface Writer {
  /** The finished files, the phone's own first. The same entries give the same text. */
  readonly print: (entries: readonly Entry[], target: Target) => readonly [WrittenFile, ...WrittenFile[]];
  /** Why this value cannot be carried, as the end of a sentence that begins with the field's name; null when it can. */
  readonly refuseValue: (value: string) => string | null;
  /** What the format can say of who may change a value; the rest is written as nothing and warned of. */
  readonly access: readonly Access[];
  /** Whether it can say so of this key too (credentials that a phone would keep for ever). Absent: of every key. */
  readonly allows?: (access: Access, key: string) => boolean;
  /** Why these entries do not make a file (too many of something); null when they do. Absent: they always do. */
  readonly refuseEntries?: (entries: readonly Entry[], model: ModelFamily | null) => string | null;
}

// ---- models, personas, identification

/** A kind of phone. Line and key counts are the phone's own; a key outside is refused by name. */
export interface ModelFamily {
  /** As people and `--model` say it: `T46U`, `D785`. Compared without case. */
  readonly id: string;
  /** Further spellings. */
  readonly names?: readonly string[];
  readonly lines: number;
  /** Function keys on the phone itself. */
  readonly keys: number;
  /** How many expansion modules it takes, and the keys of each. */
  readonly modules: number;
  readonly keysPerModule: number;
  /** Yealink's y0000000000NN, Htek's cfg00NN. */
  readonly code?: string;
  /** Snom's name in file names and User-Agents. */
  readonly phoneType?: string;
  readonly firmwareDirectory?: string;
}

/** What a persona says and asks for. */
export interface AskingPhone {
  readonly model: string;
  readonly firmware: string;
  /** Null: made from the model. */
  readonly phoneType: string | null;
  readonly mac: Mac;
}

export interface PersonaRows {
  /** What stands in a User-Agent when the persona names none: widely used ones. */
  readonly usual: { readonly model: string; readonly firmware: string };
  readonly userAgent: (phone: AskingPhone) => string;
  /** How the vendor's variables `{mac}` and `$MAC` are written. */
  readonly macVariables: { readonly '{mac}': MacStyle; readonly $MAC: MacStyle };
  /**
   * The files asked for in a directory: slots that are merged in order, each with candidates of which the first that is
   * there is the file. Relative names, not URL-encoded.
   */
  readonly directory: (phone: AskingPhone) => readonly (readonly string[])[];
  /** Further files beside one that the address names: Snom's `name-<MAC>.ext`. */
  readonly besideNamed?: (phone: AskingPhone, stem: string, extension: string) => readonly (readonly string[])[];
}

export interface IdentityRows {
  /** Named groups: model, version, mac, serial. Linear in the text, anchored where possible. */
  readonly userAgents: readonly RegExp[];
  /** Against the path, decoded, without the leading slash. Named groups: mac, model, code. */
  readonly paths: readonly RegExp[];
  /** 6 or more lower-case hex digits; the longest wins. Vendors of one maker share one list. */
  readonly ouis: readonly string[];
}

export interface Vendor {
  readonly id: VendorId;
  readonly name: string;
  /** In the order in which they are asked. The first with a writer is written unless another is named. */
  readonly formats: readonly [Format, ...Format[]];
  /** Which of several files wins: a later one, or the first (Poly). */
  readonly merge: 'later' | 'first';
  /** Words that erase a value. */
  readonly nothing: readonly string[];
  /** Keys that files repeat on purpose. */
  readonly repeats: (key: string) => boolean;
  /** True for every key whose value must not be shown: passwords of all kinds, not the SIP password only. */
  readonly isSecret: (key: string) => boolean;
  /** What to offer for "Provisioning Field for DID", the default first. */
  readonly didFields: readonly [string, ...string[]];
  readonly models: readonly ModelFamily[];
  readonly persona: PersonaRows;
  readonly identity: IdentityRows;
  /** A binary form of the vendor's own: the text inside; null: it is something else. */
  readonly open?: (bytes: Uint8Array) => Uint8Array | null;
}
