// Yealink: which key holds which of our fields, both ways. Data and the formats' own quirks; knows no network.
// Sources: [admin] Yealink administrator guides T2x/T4x/T5x V70 to V86; [fusionpbx] keys as FusionPBX writes them;
// [wazo] keys as Wazo writes them; [header] Yealink's published configuration header, which maps each new key to the
// path, section and key of the old M1 files. "assumption": nobody says so.
import { type KeyValueDocument, keyValue } from '../parsers/key-value.ts';
import { type Section, sections } from '../parsers/sections.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { choice, host, plainText, port, seconds, userName, wholeNumber } from './codec.ts';
import { keptPerLine } from './kept-keys.ts';
import { numbersAfter } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  Group,
  Key,
  KeyTable,
  LineRows,
  ParsedConfig,
  PersonaRows,
  SettingRows,
  Target,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';
import { functionKeys, models, phone, underAdminName, userPasswordKey } from './yealink-phone.ts';

// ---- rows: account.N.*

const on = choice<boolean>({ 1: true, 0: false });

/** 3 is "DNS-NAPTR" in the web page; the phone then asks NAPTR and SRV, and most servers have SRV only. */
const transport = choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls', 3: 'dns-srv' }, { 'dns-naptr': '3' });

/** DECT managers (W80, W90) keep servers in templates, `template.K.`, and an account names its own. */
function ofTemplate(name: string): Key {
  return (line, values) => {
    const number = values.get(`account.${line}.sip_server.template`);
    return number && /^[1-9]\d{0,3}$/.test(number) ? `template.${number}.${name}` : null;
  };
}

const lines: LineRows = {
  enabled: { keys: ['account.{n}.enable'], codec: on, source: '[admin] 0 by default' },
  label: { keys: ['account.{n}.label'], codec: plainText, source: '[admin]' },
  displayName: { keys: ['account.{n}.display_name'], codec: plainText, source: '[admin]' },
  authName: { keys: ['account.{n}.auth_name'], codec: plainText, source: '[admin]' },
  userName: { keys: ['account.{n}.user_name'], codec: userName, source: '[admin]; user@domain: [fusionpbx] W80' },
  password: { keys: ['account.{n}.password'], codec: plainText, source: '[admin]' },
  registrarHost: {
    keys: ['account.{n}.sip_server.1.address', 'account.{n}.sip_server_host', ofTemplate('sip_server.1.address')],
    codec: host,
    source: '[admin]; the flat key: up to V72 [fusionpbx]; the template: [wazo] W80, W90',
  },
  registrarPort: {
    keys: ['account.{n}.sip_server.1.port', 'account.{n}.sip_server_port', ofTemplate('sip_server.1.port')],
    codec: port,
    source: '[admin]; the flat key: up to V72 [fusionpbx]; the template: [wazo]; 0 = found by DNS',
  },
  registrarTransport: {
    keys: [
      'account.{n}.sip_server.1.transport_type',
      'account.{n}.transport',
      ofTemplate('sip_server.1.transport_type'),
    ],
    codec: transport,
    source: '[admin] V80 and later per server; before: per account [fusionpbx, wazo]; the template: [wazo]',
  },
  expiresSeconds: {
    keys: ['account.{n}.sip_server.1.expires', 'account.{n}.expires', ofTemplate('sip_server.1.expires')],
    codec: seconds,
    source: '[admin] seconds; the flat key and the template: assumption',
  },
  outboundOn: {
    keys: ['account.{n}.outbound_proxy_enable', ofTemplate('outbound_proxy_enable')],
    codec: on,
    source: '[admin]; the template: assumption',
  },
  outboundHost: {
    keys: ['account.{n}.outbound_proxy.1.address', 'account.{n}.outbound_host', ofTemplate('outbound_proxy.1.address')],
    codec: host,
    source: '[admin]; the flat key: [fusionpbx]; the template: assumption',
  },
  outboundPort: {
    keys: ['account.{n}.outbound_proxy.1.port', 'account.{n}.outbound_port', ofTemplate('outbound_proxy.1.port')],
    codec: port,
    source: '[admin]; the flat key: [fusionpbx]; the template: assumption',
  },
  backupHost: {
    keys: ['account.{n}.sip_server.2.address', ofTemplate('sip_server.2.address')],
    codec: host,
    source: '[admin], [wazo]',
  },
  backupPort: {
    keys: ['account.{n}.sip_server.2.port', ofTemplate('sip_server.2.port')],
    codec: port,
    source: '[admin], [wazo]',
  },
  backupTransport: {
    keys: ['account.{n}.sip_server.2.transport_type', ofTemplate('sip_server.2.transport_type')],
    codec: transport,
    source: '[admin], [wazo]',
  },
  backupOutboundHost: {
    keys: ['account.{n}.outbound_proxy.2.address', 'account.{n}.backup_outbound_host'],
    codec: host,
    source: '[admin]; the flat key: assumption, after the M1 name BakOutboundHost',
  },
  backupOutboundPort: {
    keys: ['account.{n}.outbound_proxy.2.port', 'account.{n}.backup_outbound_port'],
    codec: port,
    source: '[admin]; the flat key: assumption',
  },
};

// ---- rows: settings beside the account

const settings: SettingRows = {
  srtp: {
    keys: ['account.{n}.srtp_encryption'],
    codec: choice<string>({ 0: 'off', 1: 'optional', 2: 'required' }),
    source: '[admin] 0 disabled, 1 optional, 2 compulsory; [header] default 0',
  },
  dtmf: {
    keys: ['account.{n}.dtmf.type'],
    codec: choice<string>({ 0: 'inband', 1: 'rfc2833', 2: 'info', 3: 'rfc2833+info' }),
    source: '[admin] 0 INBAND, 1 RFC2833, 2 SIP INFO, 3 RFC2833 + SIP INFO (called AUTO + SIP INFO before V80)',
  },
  dtmfInfo: {
    keys: ['account.{n}.dtmf.info_type'],
    codec: choice<string>({ 1: 'dtmf-relay', 2: 'dtmf', 3: 'telephone-event' }),
    source: '[admin]; 0 is in [header] as a default but has no meaning there: not understood',
  },
  voiceMailbox: { keys: ['voice_mail.number.{n}'], codec: plainText, source: '[admin], [wazo]' },
  keepAlive: {
    keys: ['account.{n}.nat.udp_update_enable'],
    codec: choice<string>({ 0: 'off', 1: 'packets', 2: 'options', 3: 'notify' }),
    source: '[admin] "type of keep-alive packets"; [header] default 1; 2 OPTIONS and 3 NOTIFY: assumption',
  },
  keepAliveSeconds: {
    keys: ['account.{n}.nat.udp_update_time'],
    codec: wholeNumber(1, 2_147_483_647),
    source: '[admin], [header] 15 to 2147483647 seconds, default 30; files with less are read as they are',
  },
  nat: {
    keys: ['account.{n}.nat.nat_traversal'],
    codec: choice<string>({ 0: 'off', 1: 'stun', 2: 'manual' }),
    source: '[admin] V72: 0 disabled, 1 enabled (STUN); V86 adds 2 manual (static IP)',
  },
  rport: {
    keys: ['account.{n}.nat.rport'],
    codec: choice<boolean>({ 0: false, 1: true, 2: true }),
    source: '[admin] 0 disabled, 1 enabled; 2 "enable direct process" of later firmware: assumption',
  },
  codecs: { source: '[admin], [wazo]', read: readCodecs, write: writeCodecs },
};

/** Yealink's name in account.N.codec.<name>.* (V80 and later, [admin]) -> RTP encoding name. */
const CODEC_NAMES: Readonly<Record<string, string>> = {
  g722: 'G722',
  pcmu: 'PCMU',
  pcma: 'PCMA',
  g729: 'G729',
  opus: 'opus',
  ilbc: 'iLBC',
  g723_53: 'G723-53',
  g723_63: 'G723-63',
  g726_16: 'G726-16',
  g726_24: 'G726-24',
  g726_32: 'G726-32',
  g726_40: 'G726-40',
  g722_1c_48kpbs: 'G7221-48',
  g722_1c_32kpbs: 'G7221-32',
  g722_1c_24kpbs: 'G7221-24',
  g722_1_24kpbs: 'G7221-16k-24',
};
const CODEC_SLUGS = new Map(Object.entries(CODEC_NAMES).map(([slug, name]) => [name.toLowerCase(), slug]));

/** Slots of the old style, account.N.codec.M.payload_type; phones have up to 15 ([admin] V73). */
const CODEC_SLOTS = 20;

interface FoundCodec {
  readonly name: string;
  readonly priority: number;
}

/** Where a codec of a line stands. */
interface CodecKeys {
  readonly enable: string;
  readonly priority: string;
  /** Of a slot, which says its codec; null: the name stands in the key. */
  readonly payloadType: string | null;
  readonly name: string;
}

const codecKeys = keptPerLine((line): readonly CodecKeys[] => {
  const keysOf = (of: string | number, name: string | null): CodecKeys => {
    const stem = `account.${line}.codec.${of}`;
    return {
      enable: `${stem}.enable`,
      priority: `${stem}.priority`,
      payloadType: name === null ? `${stem}.payload_type` : null,
      name: name ?? '',
    };
  };
  return [
    ...Object.entries(CODEC_NAMES).map(([slug, name]) => keysOf(slug, name)),
    ...Array.from({ length: CODEC_SLOTS }, (_, index) => keysOf(index + 1, null)),
  ];
});

/**
 * The codecs that the file switches on itself, by priority (1 is preferred); those without one follow in our table's
 * order. What the phone would have on by default is not in the file and not here.
 */
function readCodecs(values: EffectiveValues, line: number): ReturnType<Group<readonly string[]>['read']> {
  const found: FoundCodec[] = [];
  const unknown: string[] = [];
  for (const keys of codecKeys(line)) {
    if (values.get(keys.enable) !== '1') continue;
    let { name } = keys;
    if (keys.payloadType !== null) {
      const type = values.get(keys.payloadType);
      if (type === undefined || type === null) continue;
      const slug = CODEC_SLUGS.get(type.toLowerCase().replaceAll('_', '-'));
      if (slug === undefined) {
        unknown.push(keys.payloadType);
        continue;
      }
      name = CODEC_NAMES[slug] ?? '';
    }
    if (found.some((codec) => codec.name === name)) continue;
    const priority = Number(values.get(keys.priority) ?? Number.NaN);
    // Assumption: an enabled codec with priority 0, which the guides give to disabled ones, comes last.
    found.push({ name, priority: Number.isInteger(priority) && priority > 0 ? priority : Number.MAX_SAFE_INTEGER });
  }
  if (found.length === 0 && unknown.length === 0) return null;
  found.sort((a, b) => a.priority - b.priority);
  return { value: found.map(({ name }) => name), key: `account.${line}.codec.*`, unknown };
}

function writeCodecs(value: readonly string[], line: number): ReturnType<Group<readonly string[]>['write']> {
  if (value.length === 0) return { refused: 'it must be a list of codecs' };
  const entries: Entry[] = [];
  for (const [index, name] of value.entries()) {
    const slug = CODEC_SLUGS.get(name.toLowerCase());
    if (slug === undefined || CODEC_NAMES[slug] !== name) return { refused: `there is no codec ${name}` };
    if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
    const stem = `account.${line}.codec.${slug}`;
    entries.push({ key: `${stem}.enable`, value: '1' }, { key: `${stem}.priority`, value: String(index + 1) });
  }
  return entries;
}

// ---- formats

/** What stands before the number of a line. */
const ACCOUNT = 'account.';

/** Begins the file and may not be changed ([admin]). */
const HEADER = '#!version:1.0.0.1\n';

/** Areas of keys that a Yealink file is full of ([admin]); account.N.* needs one of its own names, as others have it too. */
const YEALINK_KEY =
  /^[ \t]*(?:account\.\d+\.(?:enable|label|display_name|auth_name|user_name|password|sip_server(?:_host|_port|\.\d+\.)|outbound_(?:proxy|host|port)|transport|codec\.|nat\.|dtmf\.|srtp_encryption|subscribe_mwi|expires|cid_source)|linekey\.\d+\.|(?:static\.)?(?:auto_provision|security|network|phone_setting|features|local_time|voice|voice_mail|sip|lang|syslog|ldap|remote_phonebook|programablekey|memorykey|expansion_module|call_waiting|custom|handset|dialplan|distinctive_ring_tones|firmware|wui|zero_touch|managementserver|bw)\.)[\w.]*[ \t]*=/m;

/** Begins our files, and Akuvox'. */
const VERSION = /^\s*#!version:\d/;
const AKUVOX_KEY = /^[ \t]*Config\.\w+\.\w+\.[\w.]*[ \t]*=/im;
/** Looked for first: one word is found much quicker than a line that begins with it. */
const AKUVOX_WORD = /config\./i;

/** Keys of makers whose files begin like ours (Akuvox) or have areas of our names (Algo, VTech). */
const OTHERS_KEY =
  /^[ \t]*(?:Config\.\w+\.\w+\.|sip\.u\d\.|mcast\.|sip_account\.|remoteDir\.|user_pref\.|time_date\.)[\w.]*[ \t]*=/im;

function recogniseKeyValue(body: TextBody): Certainty {
  if (body.shape.kind !== 'key-value' && body.shape.kind !== 'comments') return 'no';
  const { text } = body;
  if (VERSION.test(text)) {
    return AKUVOX_WORD.test(text) && AKUVOX_KEY.test(text) ? 'no' : 'sure';
  }
  if (OTHERS_KEY.test(text)) return 'no';
  if (/^[ \t]*(?:\[[^\]\n]*\])?include:config\b/m.test(text)) return 'sure';
  if (YEALINK_KEY.test(text)) return 'sure';
  return /^# Panasonic|"[ \t]*\r?$/m.test(text) ? 'no' : 'likely';
}

/** `include:config "path"`, `include:config <path>`, `<path>`; before it, in brackets, the models that it is for. */
const INCLUDE = /^(?:\[([^\]]*)\][ \t]*)?(?:include:config[ \t]*(?:"([^"]+)"|<([^>]+)>|(\S+))|<([^<>]+)>)[ \t]*$/;

function parseKeyValue(text: string): ParsedConfig {
  const { document, notes } = keyValue.parse(text);
  const includes = new Set<string>();
  const warnings = noteWarnings(notes, isSecret);
  for (const directive of document.directives) {
    const found = directive.text.length > 4000 ? null : INCLUDE.exec(directive.text);
    const path = (found?.[2] ?? found?.[3] ?? found?.[4] ?? found?.[5])?.trim();
    if (path === undefined || path === '') warnings.push(`line-not-understood:${directive.line}`);
    else includes.add(path);
    if (found?.[1] !== undefined) warnings.push(`include-for-models:${found[1]}`);
  }
  const namesOthersOnly = includes.size > 0 && !document.entries.some(({ key }) => key.startsWith(ACCOUNT));
  return {
    entries: text.includes(SOME_USER_PASSWORD) ? document.entries.map(perUser) : document.entries,
    includes: [...includes],
    warnings,
    ...(namesOthersOnly && { format: 'yealink-boot' }),
  };
}

const SOME_USER_PASSWORD = 'security.user_password';
const USER_PASSWORD = /^(?:static\.)?security\.user_password$/;

/** One key holds `user:password` for each user in turn: told apart, so that the last does not hide the others. */
function perUser(entry: Entry): Entry {
  const colon = entry.value.indexOf(':');
  if (colon < 1 || !USER_PASSWORD.test(entry.key)) return entry;
  return { key: userPasswordKey(entry.value.slice(0, colon)), value: entry.value.slice(colon + 1) };
}

const LETTER_S = 115;

/** The way back of perUser. */
function asInFile(entries: readonly Entry[]): readonly Entry[] {
  if (!hasUsers(entries)) return entries;
  return underAdminName(entries).map((entry) => {
    const [key = '', user] = entry.key.split(':', 2);
    return user === undefined || !USER_PASSWORD.test(key) ? entry : { key, value: `${user}:${entry.value}` };
  });
}

/** The first letter is asked first: a file has hundreds of keys, and few begin so. */
function hasUsers(entries: readonly Entry[]): boolean {
  for (const { key } of entries) {
    if (key.charCodeAt(0) === LETTER_S && key.includes(':')) return true;
  }
  return false;
}

function printKeyValue(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const document: KeyValueDocument = { entries: asInFile(entries), directives: [] };
  return [{ name: `${mac ?? '{mac}'}.cfg`, text: HEADER + keyValue.print(document) }];
}

const writer: Writer = { print: printKeyValue, refuseValue: keyValue.refuseValue, access: [] };

// ---- M1: firmware up to 70

/** M1 section and key -> what follows `account.N.` today. Sources: M1 templates in public use; NAT, DTMF: [header]. */
const M1_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  account: {
    enable: 'enable',
    label: 'label',
    displayname: 'display_name',
    username: 'user_name',
    authname: 'auth_name',
    password: 'password',
    sipserverhost: 'sip_server_host',
    sipserverport: 'sip_server_port',
    expire: 'expires',
    transport: 'transport',
    useoutboundproxy: 'outbound_proxy_enable',
    outboundhost: 'outbound_host',
    outboundport: 'outbound_port',
    bakoutboundhost: 'backup_outbound_host',
    bakoutboundport: 'backup_outbound_port',
    backupsipserverhost: 'sip_server.2.address',
    backupsipserverport: 'sip_server.2.port',
    srtp_encryption: 'srtp_encryption',
  },
  nat: {
    nattraversal: 'nat.nat_traversal',
    enableudpupdate: 'nat.udp_update_enable',
    udpupdatetime: 'nat.udp_update_time',
    rport: 'nat.rport',
  },
  dtmf: { dtmfinbandtransfer: 'dtmf.type', infotype: 'dtmf.info_type' },
};
/** `[ audio0 ]` and so on: codec slots, numbered from 0. */
const M1_AUDIO: Readonly<Record<string, string>> = {
  enable: 'enable',
  payloadtype: 'payload_type',
  priority: 'priority',
};

const M1_ACCOUNT_PATH = /sipAccount(\d{1,3})\.cfg$/i;

function recogniseM1(body: TextBody): Certainty {
  if (body.shape.kind !== 'sections') return 'no';
  return /^[ \t]*path[ \t]*=[ \t]*\/(?:config|yealink)\//im.test(body.text) ? 'sure' : 'no';
}

function parseM1(text: string): ParsedConfig {
  const { document, notes } = sections.parse(text);
  const entries: Entry[] = [];
  for (const section of document) renameSection(section, entries);
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

/** Says a section's keys in today's names, so that one table serves both. The path alone tells the account. */
function renameSection(section: Section, entries: Entry[]): void {
  const path = section.entries.find(({ key }) => key.toLowerCase() === 'path')?.value ?? '';
  const number = M1_ACCOUNT_PATH.exec(path)?.[1];
  const name = section.name.toLowerCase();
  const slot = /^audio(\d{1,2})$/.exec(name)?.[1];
  const known = slot === undefined ? (Object.hasOwn(M1_KEYS, name) ? M1_KEYS[name] : undefined) : M1_AUDIO;
  const stem = slot === undefined ? '' : `codec.${Number(slot) + 1}.`;
  for (const { key, value } of section.entries) {
    const lower = key.toLowerCase();
    if (lower === 'path') continue;
    const renamed = known !== undefined && Object.hasOwn(known, lower) ? known[lower] : undefined;
    if (number === undefined) entries.push({ key: `${section.name}.${key}`, value });
    else entries.push({ key: `account.${Number(number) + 1}.${renamed === undefined ? key : stem + renamed}`, value });
  }
}

const table: KeyTable = {
  numbers: numbersAfter(ACCOUNT),
  // DECT bases (W80DM) have 100 accounts, the largest number known; three digits leave room.
  mostLines: 999,
  lines,
  settings,
  phone,
  functionKeys,
  without: { trustedCertificates: 'the phone fetches them from an address, static.trusted_certificates.url' },
};

const formats: readonly [Format, ...Format[]] = [
  { id: 'yealink-v70', recognise: recogniseKeyValue, parse: parseKeyValue, table, writer },
  { id: 'yealink-m1', recognise: recogniseM1, parse: parseM1, table, writer: null },
];

// ---- models, persona, identification

const persona: PersonaRows = {
  usual: { model: 'SIP-T46U', firmware: '108.86.0.90' },
  // T and VP phones call themselves SIP-...; W and CP devices do not.
  userAgent: ({ model, firmware, mac }) =>
    `Yealink ${/^T\d/.test(model) ? `SIP-${model}` : model} ${firmware} ${formatMac(mac, 'colon')}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // The MAC file first: that is where the account is. [admin] T2/T4/T5: boot files.
  directory: ({ mac }) => [[`${mac}.cfg`, `${formatMac(mac, 'upper')}.cfg`, `${mac}.boot`, 'y000000000000.boot']],
};

/** Real strings: `Yealink SIP-T46G 28.72.0.1 00:15:65:...`, `W52P 25.30.0.2 00:15:...`, `Yealink SIP VP-T49G ...` [wazo]. */
const identity: Vendor['identity'] = {
  userAgents: [
    /^yealink[ -](?:SIP[- ])?(?<model>[A-Z]{1,2}[\w-]{2,14}) {1,2}(?<version>\d[\d.]{3,40})(?: (?<mac>[0-9a-f:]{12,17}))?(?: |$)/i,
    /^(?<model>W\d\dP|VP530P?) (?<version>\d[\d.]{3,20})(?: (?<mac>[0-9a-f:]{12,17}))?$/i,
  ],
  paths: [
    /(?:^|\/)(?<mac>[0-9a-f]{12})(?:-local)?\.(?:cfg|boot|enc)$/i,
    /(?:^|\/)(?<code>y0{6}0{3,4}\d{2,3})\.(?:cfg|boot)$/i,
  ],
  // [wazo], [fusionpbx]
  ouis: [
    '001565',
    '805ec0',
    '805e0c',
    '249ad8',
    '44dbd2',
    'c4fc22',
    'e434d7',
    '3497d7',
    '644f56',
    'b061a9',
    'ec1da9',
    'f01653',
  ],
};

// ---- secrets

/** Keys that no word gives away ([admin]). */
const SECRET_KEYS =
  /^(?:static\.)?(?:auto_provision\.aes_key_16\.(?:com|mac)|network\.802_1x\.md5_password|account\.\d+\.EncryptKey)$/;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

const REPEATS = new Set(['static.security.user_password', 'security.user_password']);

export const yealink: Vendor = {
  id: 'yealink',
  name: 'Yealink',
  formats,
  merge: 'later',
  nothing: ['%NULL%', '%EMPTY%'],
  repeats: (key) => REPEATS.has(key),
  isSecret,
  didFields: [
    'account.1.label',
    'account.1.display_name',
    'account.1.user_name',
    'account.1.auth_name',
    'linekey.1.label',
  ],
  models,
  persona,
  identity,
};
