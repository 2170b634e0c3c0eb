// Htek, and Sangoma S with the same firmware: P numbers, which jump from account to account. Sources: [fusionpbx],
// [wazo], [tancredi], [fspbx]: files of those servers; [htek] Htek's wiki. "assumption": nobody says so. The attribute `para` is
// a comment.
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue, xmlText } from '../parsers/xml.ts';
import { type Codec, choice, hostWithPort, minutesAsSeconds, plainText, userName, wholeNumber } from './codec.ts';
import { formatMac, type Mac, parseMac } from './mac.ts';
import type { FunctionKey, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import { TIME_ZONES, timeZoneByName } from './time-zones.ts';
import type {
  EffectiveValues,
  FunctionKeys,
  Group,
  IdentityRows,
  Key,
  KeyTable,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  Row,
  Target,
  Values,
  Vendor,
  WrittenFile,
} from './vendor.ts';

// ---- where the numbers jump

/** P numbers of accounts 1 and up; 0: not known. Sources: [fusionpbx], [wazo]; 5 and 6 in part: assumption. */
const NUMBERS = {
  Active: [271, 401, 501, 601, 1701, 1801],
  Label: [20000, 20001, 20002, 20003, 20378, 20379],
  SipUserId: [35, 735, 504, 604, 1704, 1804],
  AuthenticateID: [36, 736, 505, 605, 1705, 1805],
  AuthenticatePassword: [34, 734, 506, 606, 1706, 1806],
  DispalyName: [3, 703, 507, 607, 1707, 1807],
  VoiceMailId: [33, 426, 526, 626, 1726, 1826],
  Profile: [24082, 24083, 24084, 24085, 24086, 24087],
  Sipserver: [47, 747, 502, 602, 20362, 20363],
  FailoverSipserver: [967, 987, 988, 989],
  OutboundProxy: [48, 748, 503, 603, 20370, 20371],
  BackUpOutboundProxy: [20047, 20048, 20049, 20050, 20372, 20373],
  SipTransport: [130, 830, 930, 1030, 20374, 20375],
  RegisterExpiration: [32, 732, 512, 612, 1712, 1812],
  SRtpMode: [183, 443, 543, 643],
  DtmfMode: [20166, 20167, 20168, 20169],
  RPort: [136, 137, 138],
  NatTraversal: [52, 730, 514, 614],
} as const;

type Name = keyof typeof NUMBERS;

/** What belongs to the server: with profiles, of the profile that the account points to. */
const OF_PROFILE: ReadonlySet<Name> = new Set<Name>([
  'Sipserver',
  'FailoverSipserver',
  'OutboundProxy',
  'BackUpOutboundProxy',
  'SipTransport',
  'RegisterExpiration',
  'SRtpMode',
  'DtmfMode',
  'RPort',
  'NatTraversal',
]);

function numberKey(name: Name, account: number): string | null {
  const number = NUMBERS[name][account - 1] ?? 0;
  return number === 0 ? null : `P${number}`;
}

/** The account itself, or the profile that it points to, counted from 1; phones count profiles from 0 ([wazo]). */
function place(name: Name, line: number, values: Values): number {
  if (!OF_PROFILE.has(name)) return line;
  const pointer = values.get(numberKey('Profile', line) ?? '') ?? values.get(`Account${line}_Profile`);
  return pointer && /^\d{1,2}$/.test(pointer) ? Number(pointer) + 1 : line;
}

/** By number, then, in the newest files, by the name that stood in `para` before ([fusionpbx] UC9xxU). */
function keysOf(name: Name): [Key, Key] {
  const owner = OF_PROFILE.has(name) ? 'Profile' : 'Account';
  return [
    (line, values) => numberKey(name, place(name, line, values)),
    (line, values) => `${owner}${place(name, line, values)}_${name}`,
  ];
}

function row<Value>(name: Name, codec: Codec<Value>, source = '[fusionpbx], [wazo]'): Row<Value> {
  return { keys: keysOf(name), codec, source };
}

// ---- rows

const on = choice<boolean>({ 1: true, 0: false });

/** The largest phones have 6 accounts. */
const MOST_LINES = 6;

/** Payload types as Htek numbers codecs. */
const CODEC_NUMBERS: Readonly<Record<string, string>> = {
  0: 'PCMU',
  8: 'PCMA',
  9: 'G722',
  18: 'G729',
  2: 'G726-32',
  4: 'G723',
  98: 'iLBC',
  120: 'opus',
};

const CHOICES: readonly (readonly number[])[] = [
  [57, 58, 59, 60, 61, 62],
  [757, 758, 759, 760, 761, 762],
  [551, 552, 553, 554, 555, 556],
  [651, 652, 653, 654, 655, 656],
];

const codecs: Group<readonly string[]> = {
  source: '[fusionpbx] Choice1 to Choice6; accounts 3 and 4 from the third choice on, and 98 and 120: assumption',
  read: (values, line) => {
    const account = place('Sipserver', line, values);
    const keys = [1, 2, 3, 4, 5, 6].map((slot, index) => {
      const number = CHOICES[account - 1]?.[index];
      const named = `Profile${account}_Choice${slot}`;
      return number !== undefined && values.get(`P${number}`) ? `P${number}` : named;
    });
    const found = keys.map((key) => CODEC_NUMBERS[values.get(key) ?? '']).filter((name) => name !== undefined);
    // Slots that are left over repeat a codec.
    const value = [...new Set(found)];
    return value.length === 0 ? null : { value, key: keys[0] ?? '' };
  },
  write: (value, line) => {
    const slots = CHOICES[line - 1];
    if (slots === undefined) return { refused: `the codecs of account ${line} have no known place` };
    if (value.length === 0 || value.length > slots.length) return { refused: `it must be 1 to ${slots.length} codecs` };
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const number = Object.keys(CODEC_NUMBERS).find((known) => CODEC_NUMBERS[known] === name);
      if (number === undefined) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      entries.push({ key: `P${slots[index]}`, value: number });
    }
    return entries;
  },
};

/** Wazo's number for each offset in minutes; others are finer divisions of the same list. */
const ZONE_NUMBERS: ReadonlyMap<number, string> = new Map(
  Object.entries({
    105: -660,
    2: -600,
    3: -540,
    6: -480,
    10: -420,
    14: -360,
    18: -300,
    19: -270,
    20: -240,
    26: -210,
    30: -180,
    31: -120,
    32: -60,
    33: 0,
    49: 60,
    57: 120,
    73: 180,
    74: 210,
    77: 240,
    83: 300,
    84: 330,
    85: 360,
    88: 420,
    89: 480,
    93: 540,
    94: 570,
    96: 600,
    100: 630,
    101: 660,
    102: 720,
    103: 765,
    104: 780,
  }).map(([number, offset]) => [offset, number]),
);

const timeZone: Group<string> = {
  source: '[wazo] P64 by offset, P75 summer time; that 2 is automatic: assumption; the first zone of a rule is read',
  read: (values) => {
    const number = values.get('P64');
    if (!number) return null;
    const offset = [...ZONE_NUMBERS].find(([, known]) => known === number)?.[0];
    const summer = values.get('P75');
    if (!summer) return null;
    const hasSummer = summer !== '0';
    const zone = TIME_ZONES.find((known) => known.offset === offset && (known.summerTime !== null) === hasSummer);
    return zone === undefined ? null : { value: zone.name, key: 'P64' };
  },
  write: (name) => {
    const zone = timeZoneByName(name);
    const number = zone === undefined ? undefined : ZONE_NUMBERS.get(zone.offset);
    if (zone === undefined || number === undefined) return { refused: `there is no number for the time zone ${name}` };
    return [
      { key: 'P64', value: number },
      { key: 'P75', value: zone.summerTime === null ? '0' : '2' },
    ];
  },
};

/** Numbers of the display's languages ([tancredi]). */
const LANGUAGES: Readonly<Record<string, string>> = {
  0: 'en',
  1: 'fr',
  2: 'de',
  3: 'es',
  4: 'pt',
  5: 'ru',
  6: 'it',
  7: 'pl',
  8: 'tr',
  9: 'zh-Hans',
  10: 'nl',
};

const UPGRADE_MODES: Readonly<Record<string, string>> = { 0: 'tftp', 1: 'http', 2: 'ftp', 3: 'https' };

/** The scheme stands in the address ([wazo]); where it does not, P212 says it. */
function addressGroup(key: string): Group<string> {
  return {
    source: '[wazo] a whole address with P212 1; [tancredi] 3 HTTPS; 0 TFTP, 2 FTP: assumption',
    read: (values) => {
      const text = values.get(key);
      if (!text) return null;
      if (/^\w+:\/\//.test(text)) return { value: text, key };
      return { value: `${UPGRADE_MODES[values.get('P212') ?? '1'] ?? 'http'}://${text}`, key };
    },
    write: (value) => {
      const scheme = /^(\w+):\/\//.exec(value)?.[1];
      const mode = Object.keys(UPGRADE_MODES).find((number) => UPGRADE_MODES[number] === scheme);
      if (mode === undefined) return { refused: 'the phone fetches by http, https, ftp and tftp' };
      return [
        { key: 'P212', value: mode },
        { key, value },
      ];
    },
  };
}

// ---- function keys

const KEY_TYPES: Readonly<Record<string, FunctionKey['type']>> = { 1: 'line', 2: 'speedDial', 3: 'blf', 8: 'park' };
const AUTO_ACCOUNT = '255';
const MOST_KEYS = 100;

/** P numbers of a line key: type, value, label, account ([wazo], [fusionpbx]). */
function lineKeyNumbers(key: number): readonly [type: string, value: string, label: string, account: string] {
  const at = (number: number) => `P${number}`;
  if (key <= 4) return [at(41_199 + key), at(41_299 + key), at(41_399 + key), at(41_499 + key)];
  const start = key < 37 ? 20_200 + 5 * (key - 5) : 23_000 + 5 * (key - 37);
  return [at(start), at(start + 1), at(start + 2), at(start + 3)];
}

const functionKeys: FunctionKeys = {
  source: '[wazo] types, numbers and account 255 for any; [fusionpbx]',
  read: (values) => {
    const keys: FunctionKey[] = [];
    for (let key = 1; key <= MOST_KEYS; key += 1) {
      const found = readLineKey(values, key);
      if (found !== null) keys.push(found);
    }
    return keys;
  },
  write: ({ key, module, type, line, value, label }) => {
    if (module !== 0) return { refused: 'how the format numbers keys of expansion modules is not known' };
    if (key > MOST_KEYS) return { refused: `keys are numbered to ${MOST_KEYS}` };
    if (type !== 'line' && (value === null || value === '')) return { refused: 'it has no number' };
    const [typeKey, valueKey, labelKey, accountKey] = lineKeyNumbers(key);
    const number = Object.keys(KEY_TYPES).find((known) => KEY_TYPES[known] === type) ?? '';
    return [
      { key: typeKey, value: number },
      ...(value === null || value === '' ? [] : [{ key: valueKey, value }]),
      ...(label === null || label === '' ? [] : [{ key: labelKey, value: label }]),
      { key: accountKey, value: line === null ? AUTO_ACCOUNT : String(line - 1) },
    ];
  },
};

function readLineKey(values: EffectiveValues, key: number): FunctionKey | null {
  const [typeKey, valueKey, labelKey, accountKey] = lineKeyNumbers(key);
  const type = KEY_TYPES[values.get(typeKey) ?? ''];
  const value = values.get(valueKey) ?? null;
  if (type === undefined || (type !== 'line' && value === null)) return null;
  const account = values.get(accountKey);
  const line = account && /^\d{1,2}$/.test(account) ? Number(account) + 1 : null;
  return { key, module: 0, type, line, value: type === 'line' ? null : value, label: values.get(labelKey) ?? null };
}

// ---- the table

function textRow(key: string, source = '[wazo]'): Row<string> {
  return { keys: [key], codec: plainText, source };
}

const table: KeyTable = {
  numbers: lineNumbers,
  mostLines: MOST_LINES,
  lines: {
    enabled: row('Active', on),
    label: {
      keys: [...keysOf('Label'), (line) => `Account${line}_Lable`],
      codec: plainText,
      source: '[fusionpbx], [wazo]; both spellings',
    },
    displayName: {
      keys: [...keysOf('DispalyName'), (line) => `Account${line}_DisplayName`],
      codec: plainText,
      source: '[fusionpbx], [wazo]; both spellings',
    },
    authName: row('AuthenticateID', plainText),
    userName: row('SipUserId', userName),
    password: row('AuthenticatePassword', plainText),
    registrarHost: row('Sipserver', hostWithPort, '[fusionpbx], [wazo] host:port'),
    registrarTransport: row(
      'SipTransport',
      choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls', 3: 'dns-srv' }),
      '[fusionpbx] in a comment of its templates',
    ),
    expiresSeconds: row(
      'RegisterExpiration',
      minutesAsSeconds,
      '[fusionpbx] values such as 1, 2 and 15; that they are minutes: assumption',
    ),
    outboundHost: row('OutboundProxy', hostWithPort),
    backupHost: row('FailoverSipserver', hostWithPort),
    backupOutboundHost: row('BackUpOutboundProxy', hostWithPort),
  },
  settings: {
    srtp: row(
      'SRtpMode',
      choice<string>({ 0: 'off', 1: 'optional', 2: 'required' }),
      'assumption, as with Grandstream',
    ),
    dtmf: row('DtmfMode', choice<string>({ 0: 'rfc2833', 1: 'inband', 2: 'info' }, { 'rfc2833+info': '0' }), '[wazo]'),
    codecs,
    voiceMailbox: row('VoiceMailId', plainText),
    nat: row(
      'NatTraversal',
      // 2 sends keep-alives only.
      {
        read: (text) => ({ 0: 'off', 1: 'stun', 2: 'off' })[text],
        write: choice<string>({ 0: 'off', 1: 'stun' }).write,
      },
      '[fusionpbx]; numbers as with Grandstream: assumption',
    ),
    rport: row('RPort', on),
  },
  phone: {
    language: { keys: ['P8621'], codec: choice(LANGUAGES), source: '[tancredi] of the display' },
    timeZone,
    ntpServer: textRow('P30', '[wazo], [fusionpbx]'),
    clock24Hours: {
      keys: ['P8624'],
      codec: choice<boolean>({ 0: true, 1: false }),
      source: '[tancredi] two numbers; that 0 is the 24-hour clock: assumption',
    },
    adminName: textRow('P8681'),
    adminPassword: textRow('P2'),
    userPassword: textRow('P196'),
    vlanId: { keys: ['P51'], codec: wholeNumber(1, 4094), source: '[wazo]; 0 is none' },
    vlanPriority: { keys: ['P87'], codec: wholeNumber(0, 7), source: '[wazo]' },
    pcVlanId: { keys: ['P229'], codec: wholeNumber(1, 4094), source: '[wazo] DataVLANTag' },
    provisioningUrl: addressGroup('P237'),
    provisioningUserName: textRow('P1360', '[fusionpbx]'),
    provisioningPassword: textRow('P1361', '[fusionpbx]'),
    pollingMinutes: switched(
      { keys: ['P193'], codec: wholeNumber(1, 5_256_000), source: '[tancredi], [fusionpbx] counts while P194 is 1' },
      { keys: ['P194'], on: '1' },
    ),
    dhcpProvisioning: { keys: ['P145'], codec: on, source: '[tancredi], [fusionpbx] options override the server' },
    pnpProvisioning: { keys: ['P20165'], codec: on, source: '[fspbx] FirmwareUpGrade.PnPActive' },
    firmwareUrl: addressGroup('P192'),
    phoneBookUrl: textRow('P4401', '[wazo] RemotePhoneBook1_Url'),
    phoneBookName: textRow('P3316', '[wazo] RemotePhoneBook1_Name'),
    languageFileUrl: textRow('P20175', '[fspbx] FirmwareUpGrade.LanguageUrl'),
    toneFileUrl: textRow('P20174', '[fspbx] FirmwareUpGrade.RingUrl'),
    logoUrl: textRow('P20052', '[fspbx] FirmwareUpGrade.WallpaperServerURL'),
    dialPlan: textRow('P4200', '[fusionpbx] of the first account'),
  },
  functionKeys,
  without: { trustedCertificates: 'the phone fetches them from an address, P20179' },
};

function lineNumbers(values: EffectiveValues): number[] {
  const numbers: number[] = [];
  for (let line = 1; line <= MOST_LINES; line += 1) {
    const keys = (['Active', 'SipUserId', 'AuthenticatePassword'] as const).flatMap((name) => [
      numberKey(name, line),
      `Account${line}_${name}`,
    ]);
    if (keys.some((key) => key !== null && values.has(key))) numbers.push(line);
  }
  return numbers;
}

// ---- format

/** Passwords by number: SIP, admin, user, PPPoE, 802.1X, unlock PIN, hoteling, HTTP, file. Sources as above. */
const SECRET_NUMBERS = new Set([
  ...NUMBERS.AuthenticatePassword,
  2,
  196,
  83,
  8628,
  5730,
  1361,
  1359,
  20_727,
  20_728,
  20_729,
  20_730,
  20_731,
  20_732,
]);

const SECRET_NAME = /(?:password|passwd|pswd|pin|secret)$/i;

const isSecret = rememberKeys((key) => {
  const number = /^P(\d{1,6})$/.exec(key)?.[1];
  if (number !== undefined) return SECRET_NUMBERS.has(Number(number));
  return SECRET_NAME.test(key) || secretWord(key);
});

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const macs: Mac[] = [];
  for (const root of document.roots) {
    for (const config of root.children) {
      const mac = config.name.toLowerCase() === 'mac' ? parseMac(config.text) : null;
      if (mac?.ok) macs.push(mac.mac);
      for (const { name, text: value, attributes } of config.children) {
        // A number that we do not know for a secret, under a name that says it: the name stays with it.
        const para =
          attributes.length === 0 ? '' : (attributeOf({ name, attributes, children: [], text: '' }, 'para') ?? '');
        const key = SECRET_NAME.test(para) && !isSecret(name) ? `${name} ${para}` : name;
        entries.push({ key, value });
      }
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret), macs };
}

/** P number -> `Account1.SipUserId`, for people who read the file. */
const PARA: ReadonlyMap<string, string> = new Map(
  Object.entries(NUMBERS).flatMap(([name, numbers]) =>
    numbers.map((number, index) => [`P${number}`, `Account${index + 1}.${name}`] as const),
  ),
);

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const rows = entries.map(({ key, value }) => {
    const para = PARA.get(key);
    return `    <${key}${para === undefined ? '' : ` para="${para}"`}>${xmlText(value)}</${key}>\n`;
  });
  const text = `<?xml version="1.0" encoding="UTF-8" ?>\n<hl_provision version="1">\n  <config version="1">\n${rows.join('')}  </config>\n</hl_provision>\n`;
  return [{ name: `cfg${mac ?? '{mac}'}.xml`, text }];
}

// ---- models, persona, identification

/** `code` is the name of the model's file ([wazo]); keys: [wazo]; lines: Htek's data sheets, from memory. */
function model(id: string, lines: number, keys: number, code: string | null, ...names: string[]): ModelFamily {
  return {
    id,
    lines,
    keys,
    modules: 0,
    keysPerModule: 0,
    ...(code !== null && { code }),
    ...(names.length > 0 && { names }),
  };
}

const models: readonly ModelFamily[] = [
  model('UC802', 2, 0, null, 'UC802T', 'UC802P'),
  model('UC803', 3, 0, null, 'UC803T', 'UC803P'),
  model('UC804', 4, 4, null, 'UC804T'),
  model('UC806', 4, 4, null, 'UC806T', 'UC806G'),
  model('UC840', 4, 4, null, 'UC840P', 'UC842'),
  model('UC860', 6, 14, null, 'UC860P', 'UC862'),
  model('UC902', 2, 2, 'cfg0017', 'UC902S', 'UC902G', 'UC902SP'),
  model('UC903', 3, 20, 'cfg0016', 'UC903S'),
  model('UC912', 3, 12, 'cfg0019', 'UC912E', 'UC912G'),
  model('UC921', 2, 4, null, 'UC921P', 'UC921E', 'UC921U', 'UC921G'),
  model('UC923', 3, 20, 'cfg0013', 'UC923E', 'UC923U'),
  model('UC924', 4, 28, 'cfg0012', 'UC924E', 'UC924U', 'UC924W'),
  model('UC926', 6, 36, 'cfg0010', 'UC926E', 'UC926U', 'UC926S', 'UC926W'),
  model('S205', 1, 0, null, 'Sangoma S205', 'S206'),
  model('S300', 2, 5, null, 'S305'),
  model('S400', 3, 14, null, 'S405', 'S406'),
  model('S500', 4, 28, null, 'S505'),
  model('S700', 6, 36, null, 'S705', 'S706'),
];

const persona: PersonaRows = {
  usual: { model: 'UC926', firmware: '2.0.4.4.58' },
  userAgent: ({ model, firmware, mac }) => `Htek ${model} ${firmware} ${formatMac(mac, 'colon')}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // A phone stops at the first file that it gets: the model's, its own binary, its own XML ([htek]).
  directory: ({ model, mac }) => {
    const code = models.find(({ id, names = [] }) => [id, ...names].includes(model))?.code;
    return [
      [
        ...(code === undefined ? [] : [`${code}.xml`]),
        `cfg${mac}`,
        `cfg${mac}.xml`,
        `cfg${formatMac(mac, 'upper')}.xml`,
      ],
    ];
  },
};

const identity: IdentityRows = {
  userAgents: [
    /^(?:Htek|Sangoma) (?<model>[A-Z]{1,2}\d{3}[A-Z]{0,3}) (?<version>\d[\d.]{1,30})(?: (?<mac>[0-9a-f:]{12,17}))?/i,
  ],
  paths: [/(?:^|\/)(?<code>cfg00\d\d)\.xml$/],
  ouis: ['001fc1', '005058'],
};

export const htek: Vendor = {
  id: 'htek',
  name: 'Htek',
  formats: [
    {
      id: 'htek-xml',
      recognise: ({ shape }) => (shape.kind === 'xml' && shape.root.toLowerCase() === 'hl_provision' ? 'sure' : 'no'),
      parse,
      table,
      writer: { print, refuseValue: refuseXmlValue, access: [] },
    },
  ],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['P20000', 'P3', 'P35'],
  models,
  persona,
  identity,
};
