// Panasonic KX-UT, HDV, TGP, UTG: which key holds which of our fields, both ways. The names are the same in the text and
// in both XML styles. Knows no network.
// Sources: [guide] Panasonic administrator guides UT670, HDV100/230, UTG200/300; [fusionpbx] keys as FusionPBX writes them;
// [wazo] as Wazo does. "assumption": nobody says so.
import { quoted } from '../parsers/quoted.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue, type XmlElement, xmlText } from '../parsers/xml.ts';
import { type Codec, choice, host, plainText, port, seconds, type UserName, userName, wholeNumber } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Access, FunctionKey, Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import { TIME_ZONES, type TimeZone, timeZoneByName } from './time-zones.ts';
import type {
  Certainty,
  Format,
  FunctionKeys,
  Group,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  PhoneRows,
  Row,
  SettingRows,
  Target,
  Values,
  Vendor,
  Without,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- rows: NAME_N

/** The address of record: `sip:user@host` or the user alone. The domain is no news beside the registrar. */
const addressOfRecord: Codec<UserName> = {
  read: (text) => {
    const found = userName.read(text);
    return found ? { user: found.user, domain: null } : found;
  },
  write: userName.write,
};

const lines: LineRows = {
  userName: {
    keys: ['SIP_URI_{n}', 'PHONE_NUMBER_{n}'],
    codec: addressOfRecord,
    source: '[guide] the address of record if set, else the phone number',
  },
  authName: { keys: ['SIP_AUTHID_{n}'], codec: plainText, source: '[guide]' },
  password: { keys: ['SIP_PASS_{n}'], codec: plainText, source: '[guide]' },
  displayName: { keys: ['DISPLAY_NAME_{n}'], codec: plainText, source: '[guide]' },
  label: { keys: ['PHONE_NUMBER_{n}'], codec: plainText, source: '[guide] what the phone shows for the line' },
  registrarHost: {
    keys: ['SIP_RGSTR_ADDR_{n}', 'SIP_PRXY_ADDR_{n}', 'SIP_SVCDOMAIN_{n}'],
    codec: host,
    source: '[guide]; the proxy and the domain where there is no registrar: assumption',
  },
  registrarPort: {
    keys: ['SIP_RGSTR_PORT_{n}', 'SIP_PRXY_PORT_{n}'],
    codec: port,
    source: '[guide]',
  },
  registrarTransport: {
    keys: ['SIP_TRANSPORT_{n}'],
    codec: choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls' }),
    source: '[guide] 0 UDP; [fusionpbx] 1 TCP, 2 TLS',
  },
  expiresSeconds: { keys: ['REG_EXPIRE_TIME_{n}'], codec: seconds, source: '[guide]' },
  outboundHost: { keys: ['SIP_OUTPROXY_ADDR_{n}'], codec: host, source: '[guide]' },
  outboundPort: { keys: ['SIP_OUTPROXY_PORT_{n}'], codec: port, source: '[guide]' },
  backupHost: {
    keys: ['SIP_2NDRGSTR_ADDR_{n}', 'SIP_2NDPROXY_ADDR_{n}'],
    codec: host,
    source: '[guide]',
  },
  backupPort: { keys: ['SIP_2NDRGSTR_PORT_{n}', 'SIP_2NDPROXY_PORT_{n}'], codec: port, source: '[guide]' },
};

const yes = choice<boolean>({ Y: true, N: false });

/** Index in CODEC_ENABLEi_N -> RTP encoding name. */
const CODEC_INDEXES: Readonly<Record<string, string>> = { 0: 'G722', 1: 'PCMA', 2: 'G726-32', 3: 'G729', 4: 'PCMU' };

const codecs: Group<readonly string[]> = {
  source: '[fusionpbx] the order of SDP_CODEC; [guide] CODEC_ENABLEi_N, CODEC_PRIORITYi_N, 1 is preferred',
  read: (values, line) => {
    const found: { name: string; priority: number }[] = [];
    for (const [index, name] of Object.entries(CODEC_INDEXES)) {
      if (values.get(`CODEC_ENABLE${index}_${line}`) !== 'Y') continue;
      found.push({ name, priority: Number(values.get(`CODEC_PRIORITY${index}_${line}`) ?? 255) || 255 });
    }
    if (found.length === 0) return null;
    found.sort((a, b) => a.priority - b.priority);
    return { value: found.map(({ name }) => name), key: `CODEC_ENABLE*_${line}` };
  },
  write: (value, line) => {
    const entries: Entry[] = [];
    const known = value.filter((name) => Object.values(CODEC_INDEXES).includes(name));
    if (known.length === 0) return { refused: `there is no codec ${value[0]}` };
    for (const [index, name] of Object.entries(CODEC_INDEXES)) {
      const rank = known.indexOf(name);
      entries.push({ key: `CODEC_ENABLE${index}_${line}`, value: rank === -1 ? 'N' : 'Y' });
      if (rank !== -1) entries.push({ key: `CODEC_PRIORITY${index}_${line}`, value: String(rank + 1) });
    }
    return known.length === value.length ? entries : { near: entries };
  },
};

const settings: SettingRows = {
  srtp: {
    keys: ['SRTP_CONNECT_MODE_{n}'],
    codec: choice<string>({ 0: 'required', 1: 'optional', 2: 'off' }),
    source: '[guide] HDV 0 SRTP, 1 both, 2 RTP: assumption',
  },
  dtmf: {
    keys: ['DTMF_METHOD_{n}', 'OUTBANDDTMF_{n}'],
    codec: choice<string>({ 0: 'rfc2833', 1: 'inband', 2: 'info', Y: 'rfc2833', N: 'inband' }, { 'rfc2833+info': '0' }),
    source: '[guide] HDV 0 RFC2833, 1 in band, 2 SIP INFO: assumption; UT Y and N',
  },
  codecs,
  voiceMailbox: { keys: ['VM_NUMBER_{n}'], codec: plainText, source: '[guide], [fusionpbx]' },
  keepAliveSeconds: {
    keys: ['PORT_PUNCH_INTVL_{n}'],
    codec: wholeNumber(1, 3600),
    source: '[guide] interval of packets that keep the way through NAT open; 0 off',
  },
  rport: { keys: ['SIP_ADD_RPORT_{n}'], codec: yes, source: '[guide]' },
};

// ---- rows: the phone

function textRow(source: string, ...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source };
}

function whileOn(source: string, onKey: string, key: string, codec: Codec<number>): Group<number> {
  return switched({ keys: [key], codec, source }, { keys: [onKey], on: 'Y' });
}

const timeZone: Group<string> = {
  source:
    '[guide] TIME_ZONE in minutes; DST_*: month, ordinal 1 to 4 or 5 = last, weekday 0 = Sunday, minutes of the day',
  read: (values) => {
    const text = values.get('TIME_ZONE');
    if (!text || !/^[+-]?\d{1,4}$/.test(text)) return null;
    const isSummer = values.get('DST_ENABLE') === 'Y';
    const start = ['MONTH', 'ORDINAL_DAY', 'DAY_OF_WEEK', 'TIME'].map(
      (name) => values.get(`DST_START_${name}`) ?? null,
    );
    const isSame = ({ offset, summerTime }: TimeZone): boolean => {
      if (offset !== Number(text) || (summerTime !== null) !== isSummer) return false;
      if (summerTime === null || start.includes(null)) return true;
      const { month, week, weekday, hour } = summerTime.start;
      return [month, week, weekday, hour * 60].every((value, index) => Number(start[index]) === value);
    };
    const found = TIME_ZONES.find(isSame);
    return found === undefined ? null : { value: found.name, key: 'TIME_ZONE' };
  },
  write: (value) => {
    const zone = timeZoneByName(value);
    if (zone === undefined) return { refused: `${value} is not in the list of time zones` };
    const entries: Entry[] = [{ key: 'TIME_ZONE', value: String(zone.offset) }];
    if (zone.summerTime === null) return [...entries, { key: 'DST_ENABLE', value: 'N' }];
    entries.push({ key: 'DST_ENABLE', value: 'Y' }, { key: 'DST_OFFSET', value: '60' });
    for (const [name, { month, week, weekday, hour }] of [
      ['START', zone.summerTime.start],
      ['STOP', zone.summerTime.end],
    ] as const) {
      entries.push(
        { key: `DST_${name}_MONTH`, value: String(month) },
        { key: `DST_${name}_ORDINAL_DAY`, value: String(week) },
        { key: `DST_${name}_DAY_OF_WEEK`, value: String(weekday) },
        { key: `DST_${name}_TIME`, value: String(hour * 60) },
      );
    }
    return entries;
  },
};

const firmwareUrl: Group<string> = {
  source: '[guide], [fusionpbx] asked for while FIRM_UPGRADE_ENABLE is Y',
  read: (values) => {
    const value = values.get('FIRM_FILE_PATH');
    return value ? { value, key: 'FIRM_FILE_PATH' } : null;
  },
  write: (value) => [
    { key: 'FIRM_UPGRADE_ENABLE', value: 'Y' },
    { key: 'FIRM_FILE_PATH', value },
  ],
};

const phone: PhoneRows = {
  language: textRow('[fusionpbx] en-US', 'DEFAULT_LANGUAGE'),
  timeZone,
  ntpServer: textRow('[guide]', 'NTP_ADDR'),
  clock24Hours: {
    keys: ['DISPLAY_TIME_PATTERN'],
    codec: choice<boolean>({ 0: false, 1: true }),
    source: '[fusionpbx] 0; that it is the 12-hour clock, and 1 the other: assumption',
  },
  adminName: textRow('[guide]', 'ADMIN_ID'),
  adminPassword: textRow('[guide]', 'ADMIN_PASS'),
  userPassword: textRow('[guide]', 'USER_PASS'),
  vlanId: whileOn('[fusionpbx]', 'VLAN_ENABLE', 'VLAN_ID_IP_PHONE', wholeNumber(1, 4094)),
  vlanPriority: { keys: ['VLAN_PRI_IP_PHONE'], codec: wholeNumber(0, 7), source: '[fusionpbx]' },
  pcVlanId: whileOn('[fusionpbx]', 'VLAN_ENABLE', 'VLAN_ID_PC', wholeNumber(1, 4094)),
  provisioningUrl: textRow('[guide]; UTG', 'CFG_STANDARD_FILE_PATH', 'USR_PROV_SVR_URL'),
  provisioningUserName: textRow('[fusionpbx] UTG; HDV: assumption', 'HTTP_AUTH_ID', 'USR_PROV_SVR_AUTH_ID'),
  provisioningPassword: textRow(
    '[guide] HDV: assumption; [fusionpbx] UTG',
    'HTTP_AUTH_PASS',
    'HTTP_AUTH_PASSWORD',
    'USR_PROV_SVR_AUTH_PASSWORD',
  ),
  pollingMinutes: whileOn('[guide] 10080 is a week', 'CFG_CYCLIC', 'CFG_CYCLIC_INTVL', wholeNumber(1, 40_320)),
  dhcpProvisioning: { keys: ['OPTION66_ENABLE'], codec: yes, source: '[guide], [fusionpbx]' },
  pnpProvisioning: {
    keys: ['SIPPNP_PROV_ENABLE', 'SIPPNP_ENABLE'],
    codec: yes,
    source: 'HDV: assumption; [guide] UTG',
  },
  firmwareUrl,
  phoneBookUrl: switched(
    { keys: ['XMLAPP_LDAP_URL'], codec: plainText, source: '[guide] HDV, while XMLAPP_ENABLE is Y: assumption' },
    { keys: ['XMLAPP_ENABLE'], on: 'Y' },
  ),
  dialPlan: textRow('[guide] of the first line', 'DIAL_PLAN_1'),
};

// ---- function keys

const BUTTON = 'FLEX_BUTTON_';
const KEY_TYPES: Readonly<Record<string, FunctionKey['type']>> = {
  X_PANASONIC_IPTEL_DN: 'line',
  X_PANASONIC_IPTEL_CONTACT: 'blf',
  X_PANASONIC_IPTEL_ONETOUCH: 'speedDial',
};
const KEY_NAMES = new Map(Object.entries(KEY_TYPES).map(([name, type]) => [type, name]));

const functionKeys: FunctionKeys = {
  source: '[fusionpbx] FLEX_BUTTON_FACILITY_ACTn DN, CONTACT; ONETOUCH: assumption',
  read: (values) => {
    const found: FunctionKey[] = [];
    for (const key of values.all.keys()) {
      const number = /^FLEX_BUTTON_FACILITY_ACT(\d{1,3})$/.exec(key)?.[1];
      const type = number === undefined ? undefined : KEY_TYPES[values.get(key) ?? ''];
      if (number === undefined || type === undefined) continue;
      const argument = values.get(`${BUTTON}FACILITY_ARG${number}`) ?? null;
      const line = type === 'line' ? Number(argument?.split(',', 1)[0]) : 0;
      found.push({
        key: Number(number),
        module: 0,
        type,
        line: Number.isInteger(line) && line > 0 ? line : null,
        value: type === 'line' ? null : argument || (values.get(`${BUTTON}QUICK_DIAL${number}`) ?? null),
        label: values.get(`${BUTTON}LABEL${number}`) ?? null,
      });
    }
    return found.sort((a, b) => a.key - b.key);
  },
  write: ({ key, module, type, line, value, label }) => {
    if (module > 0) return { refused: 'the phone takes no expansion module' };
    const name = KEY_NAMES.get(type);
    if (name === undefined) return { refused: 'there are no such keys' };
    const argument = type === 'line' ? String(line ?? 1) : value;
    if (argument === null) return { refused: 'it has no number' };
    const entries: Entry[] = [
      { key: `${BUTTON}FACILITY_ACT${key}`, value: name },
      { key: `${BUTTON}FACILITY_ARG${key}`, value: argument },
      ...(label === null ? [] : [{ key: `${BUTTON}LABEL${key}`, value: label }]),
    ];
    // No place for the line that a key dials with.
    return line !== null && type !== 'line' ? { near: entries } : entries;
  },
};

// ---- table

const OFF = /^(?:n|no|disabled?|false|0)$/i;

/** A switch that files hardly set: where none says "off", the line is on. */
function finish(line: Line, values: Values): Line {
  const keys = [`LINE_ENABLE_${line.line}`, `PROFILE_ENABLE_${line.line}`, `PROFILE_ENABLE${line.line}`];
  const isOff = keys.some((key) => OFF.test(values.get(key) ?? ''));
  return isOff ? { ...line, enabled: false } : line;
}

/** In both namings ([guide]). */
const WITHOUT: Without = { trustedCertificates: 'the phone fetches them from an address, CFG_ROOT_CERTIFICATE_PATH' };

const table: KeyTable = {
  numbers: numbersMatching(/^(?:PHONE_NUMBER|SIP_URI|SIP_AUTHID|SIP_PASS)_(\d+)$/),
  // KX-UT670 has 6, TGP600 has 8.
  mostLines: 16,
  lines,
  settings,
  phone,
  functionKeys,
  without: WITHOUT,
  finish,
};

// ---- text

/** The phone wants these 44 bytes first. TGP500 has a name of its own. */
const HEADER = '# Panasonic SIP Phone Standard Format File # DO NOT CHANGE THIS LINE!';
const HEADERS = /^\s*# (?:Panasonic SIP Phone|PCC) Standard Format File #/;
const PANASONIC_KEY =
  /^[ \t]*(?:SIP_(?:RGSTR_ADDR|AUTHID|PASS|URI)_\d|FLEX_BUTTON_|CFG_(?:STANDARD|PRODUCT|MASTER)_FILE_PATH)[\w]*[ \t]*="/m;

function recogniseText(body: TextBody): Certainty {
  if (HEADERS.test(body.text)) return 'sure';
  if (body.shape.kind !== 'key-value') return 'no';
  return PANASONIC_KEY.test(body.text) ? 'sure' : 'likely';
}

function parseText(text: string): ParsedConfig {
  const { document, notes } = quoted.parse(text);
  return { entries: document, includes: [], warnings: noteWarnings(notes, isSecret) };
}

/** A line longer than 537 bytes is ignored by a KX-UT ([guide]); names take up to 30. */
const MOST_BYTES = 500;
/** [guide]: 120 KB in all. */
const MOST_FILE_BYTES = 120 * 1024;

/** What calls go through is a key of its own: the same server as the registrar. */
const COPIES: readonly (readonly [string, string])[] = [
  ['SIP_RGSTR_', 'SIP_PRXY_'],
  ['SIP_2NDRGSTR_', 'SIP_2NDPROXY_'],
];

function withProxies(entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => {
    const copy = COPIES.find(([from]) => entry.key.startsWith(from));
    return copy === undefined ? [entry] : [entry, { ...entry, key: entry.key.replace(copy[0], copy[1]) }];
  });
}

function printText(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const name = `Config${mac === null ? '{mac}' : formatMac(mac, 'upper')}.cfg`;
  return [{ name, text: `${HEADER}\r\n\r\n${quoted.print(withProxies(entries))}\r\n` }];
}

const writer: Writer = {
  print: printText,
  refuseValue: (value) =>
    Buffer.byteLength(value) > MOST_BYTES ? `it is longer than ${MOST_BYTES} bytes` : quoted.refuseValue(value),
  access: [],
  refuseEntries,
};

function refuseLabelWithoutUser(entries: readonly Entry[]): string | null {
  const keys = new Set(entries.map(({ key }) => key));
  for (const key of keys) {
    const line = /^PHONE_NUMBER_(\d+)$/.exec(key)?.[1];
    if (line !== undefined && !keys.has(`SIP_URI_${line}`)) {
      return `line ${line} has no user name, and its label would be taken for one`;
    }
  }
  return null;
}

function refuseEntries(entries: readonly Entry[]): string | null {
  const objection = refuseLabelWithoutUser(entries);
  if (objection !== null) return objection;
  return Buffer.byteLength(quoted.print(withProxies(entries))) > MOST_FILE_BYTES - 200
    ? 'it would be longer than the 120 KB that phones read'
    : null;
}

// ---- XML: parameters as attributes of any element (UT), or as elements (UTG)

function recogniseXml(body: TextBody): Certainty {
  return body.shape.kind === 'xml' && /^panasipphoneconfig$/i.test(body.shape.root) ? 'sure' : 'no';
}

const PARAMETER = /^[A-Z][A-Z0-9]*_[A-Z0-9_]*$/;

/** [guide] UTG: `!` overwrites what the user changed; without it the user's value stays. */
function accessOf(perm: string | undefined): Access | undefined {
  if (perm === undefined) return undefined;
  if (!perm.includes('W') && perm.includes('R')) return 'locked';
  return perm.includes('!') ? 'open' : 'default';
}

function parseXmlFile(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  for (const root of document.roots) collect(root, null, entries);
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

/** `suffix`: the number of the `<Line idx>` around; its parameters may leave it out. Iterative: files may nest deeply. */
function collect(root: XmlElement, suffix: string | null, entries: Entry[]): void {
  const open: { readonly element: XmlElement; readonly suffix: string | null }[] = [{ element: root, suffix }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { element } = next;
    const index = element.name === 'Line' ? attributeOf(element, 'idx') : undefined;
    const inner = index ?? next.suffix;
    if (element.children.length === 0 && PARAMETER.test(element.name)) {
      const access = accessOf(attributeOf(element, 'perm'));
      const key = inner === null || /_\d+$/.test(element.name) ? element.name : `${element.name}_${inner}`;
      entries.push({ key, value: element.text, ...(access !== undefined && { access }) });
    } else {
      for (const { name, value } of element.attributes) if (PARAMETER.test(name)) entries.push({ key: name, value });
    }
    for (let at = element.children.length - 1; at >= 0; at -= 1) {
      const child = element.children[at];
      if (child !== undefined) open.push({ element: child, suffix: inner });
    }
  }
}

/** UTG phones name some parameters otherwise; what has no place in their files that we know is not in their table. */
const CODEC_WORDS: Readonly<Record<string, string>> = { G722: 'G722', PCMU: 'PCMU', PCMA: 'PCMA', G729: 'G729' };

const utgCodecs: Group<readonly string[]> = {
  source: '[fusionpbx] CODEC_ENABLE_G722, CODEC_PRIORITY_G722, _PCMU; _PCMA, _G729: assumption; 1 is preferred',
  read: (values, line) => {
    const found: { name: string; priority: number }[] = [];
    for (const [word, name] of Object.entries(CODEC_WORDS)) {
      if (values.get(`CODEC_ENABLE_${word}_${line}`) !== 'Y') continue;
      found.push({ name, priority: Number(values.get(`CODEC_PRIORITY_${word}_${line}`) ?? 255) || 255 });
    }
    found.sort((a, b) => a.priority - b.priority);
    if (found.length === 0) return codecs.read(values, line);
    return { value: found.map(({ name }) => name), key: `CODEC_ENABLE_*_${line}` };
  },
  write: (value, line) => {
    const known = value.filter((name) => Object.hasOwn(CODEC_WORDS, name));
    if (known.length === 0) return { refused: `there is no codec ${value[0]}` };
    const entries: Entry[] = [];
    for (const word of Object.keys(CODEC_WORDS)) {
      const rank = known.indexOf(word);
      entries.push({ key: `CODEC_ENABLE_${word}_${line}`, value: rank === -1 ? 'N' : 'Y' });
      if (rank !== -1) entries.push({ key: `CODEC_PRIORITY_${word}_${line}`, value: String(rank + 1) });
    }
    return known.length === value.length ? entries : { near: entries };
  },
};

const xmlTable: KeyTable = {
  ...table,
  settings: {
    dtmf: {
      keys: ['DTMF_MODE_{n}', 'OUTBANDDTMF_{n}'],
      codec: choice<string>(
        { 1: 'rfc2833', 0: 'inband', 2: 'info', Y: 'rfc2833', N: 'inband' },
        { 'rfc2833+info': '1' },
      ),
      source: '[fusionpbx] DTMF_MODE 1; its numbers: assumption; UT Y and N',
    },
    codecs: utgCodecs,
    voiceMailbox: { keys: ['VM_NUMBER_{n}'], codec: plainText, source: '[guide], [fusionpbx]' },
  },
  phone: {
    language: textRow('[fusionpbx] en-US', 'DEFAULT_LANGUAGE'),
    timeZone,
    ntpServer: textRow('[guide]', 'NTP_ADDR'),
    ...(phone.clock24Hours !== undefined && { clock24Hours: phone.clock24Hours }),
    adminName: textRow('[guide]', 'ADMIN_ID'),
    adminPassword: textRow('[guide]', 'ADMIN_PASS'),
    userPassword: textRow('[guide]', 'USER_PASS'),
    provisioningUrl: textRow('[fusionpbx]', 'USR_PROV_SVR_URL', 'CFG_STANDARD_FILE_PATH'),
    provisioningUserName: textRow('[fusionpbx]', 'HTTP_AUTH_ID', 'USR_PROV_SVR_AUTH_ID'),
    provisioningPassword: textRow('[fusionpbx]', 'HTTP_AUTH_PASSWORD', 'HTTP_AUTH_PASS', 'USR_PROV_SVR_AUTH_PASSWORD'),
    pollingMinutes: whileOn('[fusionpbx]', 'CFG_CYCLIC', 'CFG_CYCLIC_INTVL', wholeNumber(1, 40_320)),
    dhcpProvisioning: { keys: ['OPTION66_ENABLE'], codec: yes, source: '[guide], [fusionpbx]' },
    pnpProvisioning: { keys: ['SIPPNP_ENABLE', 'SIPPNP_PROV_ENABLE'], codec: yes, source: '[guide] UTG' },
    firmwareUrl,
    dialPlan: textRow('[guide] of the first line', 'DIAL_PLAN_1'),
  },
  functionKeys: null,
  without: WITHOUT,
};

/** Where a parameter of the phone stands ([fusionpbx] UTG300): the first that fits. */
const PLACES: readonly (readonly [key: RegExp, area: string, part: string])[] = [
  [/^(?:ADMIN|USER)_(?:ID|PASS)$/, 'System', 'LoginAcc'],
  [/^(?:TIME_ZONE|DST_)/, 'System', 'SysTime'],
  [/^FIRM_/, 'System', 'FwUpdt'],
  [/^(?:OPTION|SIPPNP|CFG_|USR_PROV)/, 'System', 'Prov'],
  [/^NTP_/, 'Network', 'NTP'],
  [/^HTTP_/, 'Network', 'HTTP'],
  [/^/, 'Phone', 'Telephone'],
];
const LINE_PLACES: readonly (readonly [key: RegExp, part: string])[] = [
  [/^(?:CODEC_|DTMF_)/, 'Voip'],
  [/^(?:DISPLAY_NAME|VM_NUMBER|DIAL_PLAN)$/, 'CallCtrl'],
  [/^/, 'Sip'],
];
const LINE_PARAMETER = /^([A-Z0-9_]+)_(\d+)$/;

/** `!` counts although the user changed the value; R takes the change from the user ([guide]). */
const PERMS: Readonly<Record<Access, string>> = { open: '!RW', default: 'RW', locked: '!R' };

function grouped<Value>(groups: Map<string, Value>, name: string, make: () => Value): Value {
  const known = groups.get(name) ?? make();
  groups.set(name, known);
  return known;
}

type Parts = Map<string, string[]>;

function printParts(parts: Parts, indent: string): string {
  const printed = Array.from(parts, ([name, rows]) => {
    const inner = rows.map((row) => `${indent}  ${row}\n`).join('');
    return `${indent}<${name}>\n${inner}${indent}</${name}>\n`;
  });
  return printed.join('');
}

function printXml(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const areas = new Map<string, Parts>();
  const lineParts = new Map<string, Parts>();
  const newParts = (): Parts => new Map();
  const newRows = (): string[] => [];
  for (const { key, value, access } of withProxies(entries)) {
    const perm = access === undefined ? '' : ` perm="${PERMS[access]}"`;
    const [, ofLine, line] = LINE_PARAMETER.exec(key) ?? [];
    const name = ofLine ?? key;
    const row = `<${name}${perm}>${xmlText(value)}</${name}>`;
    if (line !== undefined) {
      const part = LINE_PLACES.find(([start]) => start.test(name))?.[1] ?? 'Sip';
      grouped(grouped(lineParts, line, newParts), part, newRows).push(row);
    } else {
      const [, area = 'Phone', part = 'Telephone'] = PLACES.find(([start]) => start.test(name)) ?? [];
      grouped(grouped(areas, area, newParts), part, newRows).push(row);
    }
  }
  const device = Array.from(areas, ([area, parts]) => `    <${area}>\n${printParts(parts, '      ')}    </${area}>\n`);
  const lineTexts = [...lineParts]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([line, parts]) => `      <Line idx="${line}">\n${printParts(parts, '        ')}      </Line>\n`);
  const text = `<PANASIPPhoneConfig>\n  <Device>\n${device.join('')}    <Lines>\n${lineTexts.join('')}    </Lines>\n  </Device>\n</PANASIPPhoneConfig>\n`;
  return [{ name: `${mac ?? '{mac}'}.xml`, text }];
}

const xmlWriter: Writer = {
  print: printXml,
  refuseValue: refuseXmlValue,
  access: ['open', 'default', 'locked'],
  refuseEntries: refuseLabelWithoutUser,
};

const formats: readonly [Format, ...Format[]] = [
  { id: 'panasonic-text', recognise: recogniseText, parse: parseText, table, writer },
  { id: 'panasonic-xml', recognise: recogniseXml, parse: parseXmlFile, table: xmlTable, writer: xmlWriter },
];

// ---- models, persona, identification, secrets

function model(id: string, lineCount: number, keys: number): ModelFamily {
  return { id: `KX-${id}`, names: [id], lines: lineCount, keys, modules: 0, keysPerModule: 0 };
}

/** Lines and keys: [guide]; DECT: lines of the base. */
const models: readonly ModelFamily[] = [
  model('UT113', 2, 0),
  model('UT123', 2, 0),
  model('UT133', 4, 24),
  model('UT136', 4, 24),
  model('UT248', 6, 24),
  model('UT670', 6, 24),
  model('HDV100', 1, 2),
  model('HDV130', 2, 2),
  model('HDV230', 6, 24),
  model('HDV330', 12, 24),
  model('HDV340', 4, 24),
  model('HDV430', 16, 24),
  model('HDV800', 6, 0),
  model('UTG200', 4, 24),
  model('UTG300', 6, 24),
  model('TGP500', 8, 0),
  model('TGP550', 8, 6),
  model('TGP600', 8, 0),
];

const persona: PersonaRows = {
  usual: { model: 'KX-HDV230', firmware: '08.107' },
  userAgent: ({ model: name, firmware, mac }) =>
    `Panasonic_${/^KX-/i.test(name) ? name : `KX-${name}`}/${firmware} (${mac})`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // Standard settings count before those of the product, and those before the master file's ([guide]).
  directory: ({ mac, model: name }) => {
    const product = /^KX-/i.test(name) ? name : `KX-${name}`;
    // [fusionpbx] has files of these under the MAC as XML.
    const xml = /^KX-UT/i.test(product) ? [`${mac}.xml`] : [];
    return [
      ['ConfigCommon.cfg'],
      [`Config${product}.cfg`, `${product}.cfg`],
      [`Config${formatMac(mac, 'upper')}.cfg`, `Config${mac}.cfg`, `${mac}.cfg`, ...xml],
    ];
  },
};

const identity: Vendor['identity'] = {
  userAgents: [/^Panasonic[_ -](?<model>KX-[\w-]{2,20})\/(?<version>[\w.]{1,20})(?: \((?<mac>[0-9a-f]{12})\))?/i],
  paths: [/(?:^|\/)Config(?<mac>[0-9a-f]{12})\.cfg$/i, /(?:^|\/)(?:Config)?(?<model>KX-[\w-]{2,20})\.cfg$/i],
  ouis: ['0080f0', 'bcc342', '080023'],
};

const SECRET_KEYS =
  /^(?:SIP_PASS_\d+|(?:ADMIN|USER)_PASS|CFG_FILE_KEY\d?|XMLAPP_USERPASS|SNMP_\w*(?:AUTH|PRIV)PASS\w*)$/;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

export const panasonic: Vendor = {
  id: 'panasonic',
  name: 'Panasonic',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['PHONE_NUMBER_1', 'DISPLAY_NAME_1', 'SIP_URI_1'],
  models,
  persona,
  identity,
};
