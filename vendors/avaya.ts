// Avaya J100 and 96x1 (settings scripts), 11xx and 12xx (KEY value): which key holds which of our fields.
// Sources: [46xxsettings] Avaya's 46xxsettings.txt with its comments; [admin] J100 and 12x0 SIP administrator guides;
// [fusionpbx], [wazo] keys as they write them.
import { blankSeparated } from '../parsers/blank-separated.ts';
import { type Statement, settingsScript } from '../parsers/settings-script.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { functionKeys, models, phone, phoneKeyName, withLanguageFiles } from './avaya-phone.ts';
import { runScript } from './avaya-script.ts';
import { type Codec, choice, host, hostWithTransport, plainText, port, seconds, userName } from './codec.ts';
import { numbersMatching, numbersOf } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { HostPort, Line } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  Format,
  Group,
  KeyTable,
  LineRows,
  ParseContext,
  ParsedConfig,
  PersonaRows,
  SettingRows,
  Target,
  Values,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- settings scripts: rows. The phone has one account.

const CONTROLLERS = 'SIP_CONTROLLER_LIST';
/** Stands for the second of the list while it is written: the first and it are fields of their own. */
const SECOND_CONTROLLER = 'SIP_CONTROLLER_LIST_SECOND';

function controller(text: string, index: number): HostPort | null {
  const item = text.split(',')[index]?.trim();
  const found = item === undefined || item === '' ? null : hostWithTransport.read(item);
  if (!found) return null;
  return found.transport !== undefined || /;\s*transport=/i.test(item ?? '') ? found : { ...found, transport: 'tls' };
}

/** `host:port;transport=tls,..`; TLS where nothing else is said ([46xxsettings]). */
const firstController: Codec<HostPort> = {
  read: (text) => controller(text, 0),
  write: (value) => {
    const written = hostWithTransport.write(value);
    return 'refused' in written || value.transport !== undefined ? written : { ...written, near: true };
  },
};

/** Its transport is said only where it is not that of the first. */
const secondController: Group<HostPort> = {
  source: '[46xxsettings] the phone registers with the next when one fails',
  read: (values) => {
    const text = values.get(CONTROLLERS) ?? '';
    const second = controller(text, 1);
    if (second === null) return null;
    const { transport, ...address } = second;
    const isSame = transport === controller(text, 0)?.transport;
    return { value: isSame ? address : second, key: CONTROLLERS };
  },
  write: (value) => {
    const written = hostWithTransport.write(value);
    if ('refused' in written) return written;
    const entries = [{ key: SECOND_CONTROLLER, value: written.text }];
    return value.transport === undefined ? entries : { near: entries };
  },
};

const lines: LineRows = {
  displayName: { keys: ['DISPLAY_NAME'], codec: plainText, source: '[admin]' },
  authName: { keys: ['FORCE_SIP_USERNAME'], codec: plainText, source: '[fusionpbx]' },
  userName: {
    keys: ['FORCE_SIP_EXTENSION', 'SIP_USER_ID', 'SIP_USER_ACCOUNT', 'PRIMARY_LINE_EXTENSION'],
    codec: userName,
    source: '[fusionpbx]; the last: assumption',
  },
  password: { keys: ['FORCE_SIP_PASSWORD'], codec: plainText, source: '[fusionpbx]' },
  registrarHost: {
    keys: [CONTROLLERS, 'SIPPROXYSRVR', 'SIPPROXYSRVR_IN_USE'],
    codec: firstController,
    source: '[46xxsettings], [fusionpbx]; SIPPROXYSRVR: 96x1 before 6.0',
  },
  expiresSeconds: { keys: ['REGISTERWAIT'], codec: seconds, source: '[46xxsettings] seconds' },
  backupHost: secondController,
};

/** Names in CODEC_PRIORITY ([fusionpbx] G711U; the others: assumption). */
const CODEC_NAMES: Readonly<Record<string, string>> = {
  G711U: 'PCMU',
  G711A: 'PCMA',
  G722: 'G722',
  G729: 'G729',
  G726: 'G726-32',
  OPUS: 'opus',
};
const CODEC_WORDS = new Map(Object.entries(CODEC_NAMES).map(([word, name]) => [name, word]));

const codecs: Group<readonly string[]> = {
  source: '[fusionpbx] CODEC_PRIORITY',
  read: (values) => {
    const key = 'CODEC_PRIORITY';
    const text = values.get(key);
    if (!text) return null;
    const found = text.split(/[,\s]+/).map((word) => CODEC_NAMES[word.toUpperCase()]);
    const value = found.filter((name): name is string => name !== undefined);
    return { value, key, ...(value.length < found.length && { unknown: [key] }) };
  },
  write: (value) => {
    const words = value.map((name) => CODEC_WORDS.get(name));
    if (value.length === 0 || words.includes(undefined)) return { refused: 'it names a codec that the phone has not' };
    return [{ key: 'CODEC_PRIORITY', value: words.join(',') }];
  },
};

const SRTP: Readonly<Record<string, string>> = { off: '9', optional: '1,2,9', required: '1,2' };

const srtp: Group<string> = {
  source: '[46xxsettings] MEDIAENCRYPTION: a list of ciphers, of which 9 is none',
  read: (values) => {
    const key = 'MEDIAENCRYPTION';
    const text = values.get(key);
    if (!text) return null;
    const ciphers = text.split(',').map((cipher) => cipher.trim());
    if (!ciphers.every((cipher) => /^\d{1,2}$/.test(cipher))) return { value: null, key, unknown: [key] };
    if (!ciphers.includes('9')) return { value: 'required', key };
    return { value: ciphers.length === 1 ? 'off' : 'optional', key };
  },
  write: (value) => {
    const text = SRTP[value];
    return text === undefined
      ? { refused: `the format has no word for ${value}` }
      : [{ key: 'MEDIAENCRYPTION', value: text }];
  },
};

const settings: SettingRows = {
  srtp,
  dtmf: {
    keys: ['SEND_DTMF_TYPE'],
    codec: choice<string>({ 1: 'inband', 2: 'rfc2833' }),
    source: '[46xxsettings] 1 in-band, 2 RFC 2833',
  },
  codecs,
  voiceMailbox: { keys: ['PSTN_VM_NUM'], codec: plainText, source: '[fusionpbx]' },
};

const ACCOUNT_KEYS = ['FORCE_SIP_EXTENSION', 'SIP_USER_ID', 'SIP_USER_ACCOUNT', 'FORCE_SIP_PASSWORD'];

const THE_CONTROLLERS = 'the controllers are the proxies; the domain stands in SIPDOMAIN';

const table: KeyTable = {
  numbers: numbersOf(1, () => ACCOUNT_KEYS),
  mostLines: 1,
  lines,
  settings,
  phone,
  functionKeys,
  without: {
    outboundProxy: THE_CONTROLLERS,
    backupOutboundProxy: THE_CONTROLLERS,
    adminName: 'the web page calls it admin',
    dhcpProvisioning: 'there is no switch: a server in the settings comes before that of DHCP (46xxsettings.txt)',
    trustedCertificates: 'the phone takes names of files beside its settings, TRUSTCERTS',
  },
};

// ---- settings scripts: format

const OWN_LINE = /^[ \t]*(?:SET[ \t]+"?[A-Z0-9_]+|GET[ \t]+\S|IF[ \t]+\$\w+[ \t]+SEQ|GOTO[ \t]+\S)/im;

function recogniseScript(body: TextBody): Certainty {
  if (recognise12xx(body) !== 'no') return 'no';
  if (body.shape.kind === 'script') return OWN_LINE.test(body.text) ? 'sure' : 'no';
  return body.shape.kind === 'comments' ? 'likely' : 'no';
}

function parseScript(text: string, context: ParseContext): ParsedConfig {
  const { document, notes } = settingsScript.parse(text);
  const run = runScript(document, context);
  const entries = run.entries.map(({ key, value }) => ({
    key: key === 'PHONEKEY' ? phoneKeyName(value) : key,
    // A template that is given no server leaves the punctuation, `:;transport=`: it says as little as an empty value.
    value: key === CONTROLLERS && !/[^\s,:;]/.test(value.replaceAll(/;[^,]*/g, '')) ? '' : value,
  }));
  return { entries, includes: run.includes, warnings: [...noteWarnings(notes, isSecret), ...run.warnings] };
}

/** Puts the second controller behind the first, with its transport. */
function joinControllers(entries: readonly Entry[]): Entry[] {
  const second = entries.find(({ key }) => key === SECOND_CONTROLLER)?.value;
  return entries
    .filter(({ key }) => key !== SECOND_CONTROLLER)
    .map(({ key, value }) => {
      if (key !== CONTROLLERS || second === undefined) return { key, value };
      const transport = second.includes(';') ? '' : (/;.*$/.exec(value)?.[0] ?? '');
      return { key, value: `${value},${second}${transport}` };
    });
}

function refuseEntries(entries: readonly Entry[]): string | null {
  const has = (wanted: string) => entries.some(({ key }) => key === wanted);
  return has(SECOND_CONTROLLER) && !has(CONTROLLERS) ? 'a backup without a registrar has no place in the list' : null;
}

/** The file that the phone asks for first only names the phone's own. */
function printScript(entries: readonly Entry[], { mac, model }: Target): readonly [WrittenFile, WrittenFile] {
  const statements = withLanguageFiles(joinControllers(entries), model).map(
    ({ key, value }): Statement => ({ kind: 'set', key: key.replace(/^PHONEKEY_\d+$/, 'PHONEKEY'), value }),
  );
  return [
    { name: `${mac ?? '{mac}'}.txt`, text: settingsScript.print(statements) },
    { name: 'J100Supgrade.txt', text: settingsScript.print([{ kind: 'get', file: '$MACADDR.txt' }]) },
  ];
}

const writer: Writer = { print: printScript, refuseValue: settingsScript.refuseValue, refuseEntries, access: [] };

// ---- 11xx, 12xx: KEY value

/** `01` and so on. */
function twoDigits(line: number): string {
  return String(line).padStart(2, '0');
}

/** Numbers of the domain that an account's `user@domain` names: servers belong to domains. */
const MOST_DOMAINS = 5;

function domainOf(line: number, values: Values): number {
  const domain = values.get(`AUTOLOGIN_ID_KEY${twoDigits(line)}`)?.split('@')[1];
  for (let number = 1; domain !== undefined && number <= MOST_DOMAINS; number += 1) {
    if (values.get(`SIP_DOMAIN${number}`)?.toLowerCase() === domain.toLowerCase()) return number;
  }
  return 1;
}

const server = (name: string, which: 1 | 2) => (line: number, values: Values) =>
  `SERVER_${name}${domainOf(line, values)}_${which}`;
const account = (name: string) => (line: number) => `AUTOLOGIN_${name}_KEY${twoDigits(line)}`;

/** The phone does not register without a second server, so templates name the first again ([wazo]). */
function dropSameBackup(line: Line): Line {
  const isSame = line.backup?.host === line.registrar?.host && line.backup?.port === line.registrar?.port;
  return isSame ? { ...line, backup: null } : line;
}

const table12xx: KeyTable = {
  numbers: numbersMatching(/^AUTOLOGIN_ID_KEY(\d\d)$/),
  mostLines: 24,
  lines: {
    authName: { keys: [account('AUTHID')], codec: plainText, source: '[wazo]' },
    userName: { keys: [account('ID')], codec: userName, source: '[wazo] user@domain' },
    password: { keys: [account('PASSWD')], codec: plainText, source: '[wazo]' },
    registrarHost: {
      keys: [server('IP', 1), (line, values) => `SIP_DOMAIN${domainOf(line, values)}`],
      codec: host,
      source: '[wazo]; the domain instead: assumption',
    },
    registrarPort: { keys: [server('PORT', 1)], codec: port, source: '[wazo]' },
    backupHost: { keys: [server('IP', 2)], codec: host, source: '[wazo]' },
    backupPort: { keys: [server('PORT', 2)], codec: port, source: '[wazo]' },
  },
  settings: { voiceMailbox: { keys: ['VMAIL'], codec: plainText, source: '[wazo]' } },
  phone: {
    ntpServer: { keys: ['SNTP_SERVER'], codec: plainText, source: '[wazo]' },
    adminPassword: { keys: ['ADMIN_PASSWORD'], codec: plainText, source: '[wazo]' },
  },
  functionKeys: null,
  finish: dropSameBackup,
};

const OWN_12XX =
  /^[ \t]*(?:SET[ \t]+)?(?:AUTOLOGIN_(?:ENABLE|ID_KEY|AUTHID_KEY|PASSWD_KEY)|SERVER_(?:IP|PORT|TCP_PORT|TLS_PORT)\d_\d|SIP_DOMAIN\d|TIMEZONE_OFFSET|SNTP_ENABLE|\[(?:DEVICE_CONFIG|USER_CONFIG|DIALING_PLAN|USER_KEYS|FW)\])/m;

function recognise12xx(body: TextBody): Certainty {
  const { kind } = body.shape;
  if (kind === 'xml' || kind === 'key-value') return 'no';
  return OWN_12XX.test(body.text) ? 'sure' : 'no';
}

/** Sections that name a file of settings; others name firmware, tones, languages. */
const SECTIONS_WITH_SETTINGS = new Set(['DEVICE_CONFIG', 'USER_CONFIG']);

function parse12xx(text: string): ParsedConfig {
  const { document, notes } = blankSeparated.parse(text);
  const includes: string[] = [];
  const entries: Entry[] = [];
  for (const section of document) {
    for (const { key, value } of section.entries) {
      if (section.name === '') entries.push({ key, value });
      else {
        entries.push({ key: `${section.name}.${key}`, value });
        if (key === 'FILENAME' && value !== '' && SECTIONS_WITH_SETTINGS.has(section.name)) includes.push(value);
      }
    }
  }
  return { entries, includes: [...new Set(includes)], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [
  { id: 'avaya-settings', recognise: recogniseScript, parse: parseScript, table, writer },
  { id: 'avaya-12xx', recognise: recognise12xx, parse: parse12xx, table: table12xx, writer: null },
];

// ---- persona, identification, secrets

const persona: PersonaRows = {
  usual: { model: 'J179', firmware: '4.1.3.0.6' },
  // [wazo]; the MAC in it is all that FusionPBX has to find a J100 by.
  userAgent: ({ model, firmware, mac }) => `Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/${model}-${firmware} (MAC:${mac})`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // What the upgrade file names comes in as an include; its own file is asked for in any case.
  directory: ({ mac }) => [
    ['J100Supgrade.txt', '46xxsettings.txt'],
    [`${mac}.txt`, `${mac}.cfg`, `SIP${formatMac(mac, 'upper')}.cfg`, `${formatMac(mac, 'upper')}.txt`],
  ],
};

const SECRET_KEYS = /PASSW(?:OR)?D|PASSWD|PROCPSWD|PSWD|PASSCODE|SNMPSTRING|SECRET|PSK|_PIN$/i;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

export const avaya: Vendor = {
  id: 'avaya',
  name: 'Avaya',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: [
    'DISPLAY_NAME',
    'PRIMARY_LINE_EXTENSION',
    'FORCE_SIP_EXTENSION',
    'SIP_USER_ACCOUNT',
    'AUTOLOGIN_ID_KEY01',
  ],
  models,
  persona,
  identity: {
    userAgents: [
      /^Mozilla\/4\.0 \(compatible; MSIE 6\.0\) AVAYA\/(?<model>[A-Za-z0-9]+)-(?<version>[\d.]+) \(MAC:(?<mac>[0-9a-f]{12})\)$/,
      // Control bytes and others stand before the slash.
      /^AVAYA\/SIP(?<model>1[12]x0)[^/]{0,4}\/(?<version>[\d.]{11})$/,
    ],
    paths: [
      /(?:^|\/)SIP(?<mac>[0-9A-F]{12})\.cfg$/,
      /(?:^|\/)(?<model>12[23]0)(?:SIP)?\.cfg$/,
      /(?:^|\/)J100Supgrade\.txt$/,
      /(?:^|\/)46xxsettings\.txt$/,
    ],
    ouis: ['c81fea', '001b4f', '00040d', '2cf4c5', '3cb15b'],
  },
};
