// Cisco SPA and MPP: settings beside the account and of the whole phone, profile rules, function keys, models. Knows no
// format. Sources as in cisco-spa.ts; counts of lines and keys: [datasheet] Cisco's data sheets, [wazo] keys of SPA phones.
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, choice, plainText, seconds, wholeNumber, wordChoice } from './codec.ts';
import type { FunctionKey } from './model.ts';
import { switched } from './switched.ts';
import { type Change, TIME_ZONES, type TimeZone, timeZoneByName } from './time-zones.ts';
import type { EffectiveValues, FunctionKeys, Group, ModelFamily, PhoneRows, Row, SettingRows } from './vendor.ts';

export const yesNo = wordChoice<boolean>({ Yes: true, No: false, 1: true, 0: false });

function text(key: string, source: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

// ---- ports of ATAs

/** In status pages of the devices ([spa]); files that we are told the model of get it. */
export const PRODUCT_NAME = 'Product_Name';

export const ATA_MODEL = /^(?:CISCO |LINKSYS )?(?:SPA-?(?:1\d\d|1001|2\d{3}|3000|3102|8000|8800)|PAP-?2|ATA-?\d)/i;

/** Only devices with analogue ports have these, only phones those. */
const ANALOGUE_KEYS = [
  'FXS_Port_Impedance',
  'FXS_Port_Input_Gain',
  'Ring_Voltage',
  'Caller_ID_Method',
  'Idle_Polarity_1_',
];
const PHONE_KEYS = ['Station_Name', 'Short_Name_1_', 'Extension_1_', 'Text_Logo'];

/** The name of the jack; null: this is a phone. */
export function portNameOf(values: EffectiveValues, line: number): string | null {
  const product = values.get(PRODUCT_NAME) ?? '';
  const has = (key: string) => values.has(key);
  if (!ATA_MODEL.test(product) && !(ANALOGUE_KEYS.some(has) && !PHONE_KEYS.some(has))) return null;
  if (/3000|3102/.test(product)) return line === 1 ? 'Phone' : 'Line';
  return `Phone ${line}`;
}

// ---- profile rules

export const RULE = /^(?:Profile_Rule(?:_[BCD])?|Upgrade_Rule|Report_Rule|Custom_CA_Rule|PRT_Upload_Rule)$/;

const OPTIONS = /^\[([^\]]{0,500})\][ \t]*/;

/** What no plain address has: blanks, and brackets other than those of an IPv6 address. */
const NO_URL = /\s|(?<!:\/\/)\[/;

/**
 * `[--uid u --pwd p --key k]https://...` in parts, so that the login is hidden and the address is not. A rule with
 * conditions is kept whole, as a secret.
 */
export function ruleParts(entry: Entry): Entry[] {
  const { key, value } = entry;
  const options = OPTIONS.exec(value);
  const url = options === null ? value : value.slice(options[0].length);
  // `#` in front switches a rule off; `?` and `|` with blanks are conditions.
  if (value === '' || value.startsWith('#')) return [{ key, value: '' }];
  if (NO_URL.test(url)) return [{ key: `${key}:private`, value }];
  const parts: Entry[] = [{ ...entry, value: url }];
  for (const [, name, argument = ''] of (options?.[1] ?? '').matchAll(/--(uid|pwd|key)[ \t]{1,20}(\S{1,200})/g)) {
    parts.push({ ...entry, key: `${key}:${name}`, value: argument });
  }
  return parts;
}

/** The way back of ruleParts. */
export function ruleText(entries: readonly Entry[]): Entry[] {
  const options = new Map<string, string[]>();
  for (const { key, value } of entries) {
    const [rule = '', option] = key.split(':', 2);
    if (option === undefined) continue;
    options.set(rule, [...(options.get(rule) ?? []), `--${option} ${value}`]);
  }
  return entries
    .filter(({ key }) => !key.includes(':'))
    .map((entry) => {
      const found = options.get(entry.key);
      return found === undefined ? entry : { ...entry, value: `[${found.join(' ')}]${entry.value}` };
    });
}

/** A login that no rule is there for. */
export function refuseLoneLogin(entries: readonly Entry[]): string | null {
  const keys = new Set(entries.map(({ key }) => key));
  const isLone = [...keys].some((key) => key.includes(':') && !keys.has(key.split(':', 1)[0] ?? ''));
  return isLone ? 'the login stands in the rule with the address: give provisioningUrl too' : null;
}

/** An argument of a rule: one word. */
const ruleWord: Codec<string> = {
  read: (value) => value,
  write: (value) => {
    if (value === '') return { refused: 'it is empty' };
    return /[\s[\]$]/.test(value) || value.length > 200
      ? { refused: 'a profile rule cannot carry blanks, brackets and "$"' }
      : { text: value };
  },
};

const ruleUrl: Codec<string> = {
  read: (value) => value,
  write: (value) =>
    NO_URL.test(value) || value.startsWith('#') || value === ''
      ? { refused: 'a profile rule cannot carry blanks and brackets' }
      : { text: value },
};

// ---- beside the account

/** Words of Preferred_Codec_N_ ([spa], [mpp]) -> RTP encoding name. */
const CODECS: Readonly<Record<string, string>> = {
  G711u: 'PCMU',
  G711a: 'PCMA',
  G722: 'G722',
  G729a: 'G729',
  OPUS: 'opus',
  iLBC: 'iLBC',
};
const CODEC_KEYS = ['Preferred_Codec', 'Second_Preferred_Codec', 'Third_Preferred_Codec'] as const;

const codecs: Group<readonly string[]> = {
  source: '[spa], [mpp] three preferred codecs',
  read: (values, line) => {
    const value: string[] = [];
    const unknown: string[] = [];
    for (const stem of CODEC_KEYS) {
      const key = `${stem}_${line}_`;
      const found = values.get(key);
      if (!found || found === 'Unspecified') continue;
      const name = Object.hasOwn(CODECS, found) ? CODECS[found] : undefined;
      if (name === undefined) unknown.push(key);
      else if (!value.includes(name)) value.push(name);
    }
    return value.length + unknown.length === 0 ? null : { value, key: `Preferred_Codec_${line}_`, unknown };
  },
  write: (value, line) => {
    if (value.length === 0) return { refused: 'it must be a list of codecs' };
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const found = Object.keys(CODECS).find((key) => CODECS[key] === name);
      if (found === undefined) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      const stem = CODEC_KEYS[index];
      if (stem !== undefined) entries.push({ key: `${stem}_${line}_`, value: found });
    }
    return value.length > CODEC_KEYS.length ? { near: entries } : entries;
  },
};

const keepAlive: Group<string> = {
  source: '[spa], [mpp] NAT_Keep_Alive_Enable_N_ with NAT_Keep_Alive_Msg_N_: $NOTIFY a NOTIFY, other text as it is',
  read: (values, line) => {
    const key = `NAT_Keep_Alive_Enable_${line}_`;
    const isOn = yesNo.read(values.get(key) ?? '');
    if (typeof isOn !== 'boolean') return null;
    const message = values.get(`NAT_Keep_Alive_Msg_${line}_`) ?? '$NOTIFY';
    return { value: !isOn ? 'off' : message === '$NOTIFY' ? 'notify' : 'packets', key };
  },
  write: (value, line) => {
    const enable = (isOn: string) => ({ key: `NAT_Keep_Alive_Enable_${line}_`, value: isOn });
    const message = (content: string) => ({ key: `NAT_Keep_Alive_Msg_${line}_`, value: content });
    if (value === 'off') return [enable('No')];
    if (value === 'notify') return [enable('Yes'), message('$NOTIFY')];
    if (value === 'packets') return [enable('Yes'), message('CRLF')];
    return { near: [enable('Yes'), message('$NOTIFY')] };
  },
};

/** A setting of lines that the format has once. */
function ofAllLines<Value>(key: string, codec: Codec<Value>, source: string): Group<Value> {
  return {
    ofAllLines: true,
    source,
    read: (values) => {
      const found = values.get(key);
      if (!found) return null;
      const value = codec.read(found);
      return value === undefined ? { value: null, key, unknown: [key] } : { value, key };
    },
    write: (value) => {
      const written = codec.write(value);
      return 'refused' in written ? written : [{ key, value: written.text }];
    },
  };
}

const nat: Group<string> = {
  ofAllLines: true,
  source: '[spa], [mpp] STUN_Enable; EXT_IP, the address outside, which is read only',
  read: (values) => {
    const isOn = yesNo.read(values.get('STUN_Enable') ?? '');
    if (isOn === true) return { value: 'stun', key: 'STUN_Enable' };
    if (values.get('EXT_IP')) return { value: 'manual', key: 'EXT_IP' };
    return isOn === false ? { value: 'off', key: 'STUN_Enable' } : null;
  },
  write: (value) => (value === 'manual' ? [] : [{ key: 'STUN_Enable', value: value === 'stun' ? 'Yes' : 'No' }]),
};

const voiceMailbox: Group<string> = {
  source: '[wazo], [mpp] Voice_Mail_Number: one for all lines',
  read: (values) => {
    const key = 'Voice_Mail_Number';
    const value = values.get(key);
    return value ? { value, key } : null;
  },
  // It holds for the other lines too.
  write: (value) => ({ near: [{ key: 'Voice_Mail_Number', value }] }),
};

export const settings: SettingRows = {
  dtmf: {
    keys: ['DTMF_Tx_Method_{n}_'],
    codec: wordChoice<string>({
      AVT: 'rfc2833',
      InBand: 'inband',
      INFO: 'info',
      'AVT+INFO': 'rfc2833+info',
      Auto: 'rfc2833',
    }),
    source: '[spa], [mpp]; Auto (AVT where the other side has it): assumption',
  },
  srtp: {
    keys: ['Secure_Call_Option_{n}_'],
    codec: wordChoice<string>({ Optional: 'optional', Required: 'required', Strict: 'required' }, { off: 'Optional' }),
    source: '[mpp]',
  },
  codecs,
  voiceMailbox,
  keepAlive,
  keepAliveSeconds: ofAllLines('NAT_Keep_Alive_Intvl', seconds, '[spa], [mpp] seconds'),
  nat,
  rport: ofAllLines('Insert_VIA_rport', yesNo, '[spa], [mpp]'),
};

// ---- of the whole phone

/** Names of one password in SPA and MPP files; elements that a phone does not know it passes over. */
function either(source: string, ...keys: readonly [string, string]): Group<string> {
  return {
    source,
    read: (values) => {
      for (const key of keys) {
        const value = values.get(key);
        if (value) return { value, key };
      }
      return null;
    },
    write: (value) => keys.map((key) => ({ key, value })),
  };
}

/** Language_Selection: the name in the phone's dictionaries ([spa]); of MPP phones with the country: assumption. */
const LANGUAGES: Readonly<Record<string, string>> = {
  'English-US': 'en',
  English: 'en',
  'English-UK': 'en-GB',
  German: 'de',
  'German-DE': 'de',
  French: 'fr',
  'French-FR': 'fr',
  'French-CA': 'fr-CA',
  Spanish: 'es',
  'Spanish-ES': 'es',
  Italian: 'it',
  'Italian-IT': 'it',
  Dutch: 'nl',
  'Dutch-NL': 'nl',
  Portuguese: 'pt',
  Polish: 'pl',
  Swedish: 'sv',
  Danish: 'da',
  Norwegian: 'no',
};

function gmtText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (number: number) => String(number).padStart(2, '0');
  return `GMT${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** month/day/weekday/time: the weekday (7 = Sunday) on or behind the day; day -1: the last of the month ([spa], [wazo]). */
function changeText({ month, week, weekday, hour }: Change): string {
  return `${month}/${week === 5 ? -1 : (week - 1) * 7 + 1}/${weekday === 0 ? 7 : weekday}/${hour}:0:0`;
}

function ruleOf({ summerTime }: TimeZone): string {
  if (summerTime === null) return '';
  return `start=${changeText(summerTime.start)};end=${changeText(summerTime.end)};save=1`;
}

/** `3/8/7/02:0` -> `3/8/7/2`: servers write the time in several ways. */
function startOf(rule: string): string | null {
  const found = /start=(\d{1,2})\/(-?\d{1,2})\/(\d)\/(\d{1,2})/.exec(rule);
  return found === null ? null : found.slice(1).map(Number).join('/');
}

const timeZone: Group<string> = {
  source: '[spa], [mpp] Time_Zone with Daylight_Saving_Time_Rule',
  read: (values) => {
    const offset = values.get('Time_Zone');
    if (!offset) return null;
    const isSummer = yesNo.read(values.get('Daylight_Saving_Time_Enable') ?? 'No') === true;
    const start = startOf(values.get('Daylight_Saving_Time_Rule') ?? '');
    const found = TIME_ZONES.find(
      (zone) =>
        gmtText(zone.offset) === offset &&
        (isSummer ? zone.summerTime !== null && startOf(ruleOf(zone)) === start : zone.summerTime === null),
    );
    return found === undefined ? null : { value: found.name, key: 'Time_Zone' };
  },
  write: (value) => {
    const zone = timeZoneByName(value);
    if (zone === undefined) return { refused: `${value} is not in the list of time zones` };
    const offset = { key: 'Time_Zone', value: gmtText(zone.offset) };
    if (zone.summerTime === null) return [offset, { key: 'Daylight_Saving_Time_Enable', value: 'No' }];
    return [
      offset,
      { key: 'Daylight_Saving_Time_Enable', value: 'Yes' },
      { key: 'Daylight_Saving_Time_Rule', value: ruleOf(zone) },
    ];
  },
};

const vlanId = switched(
  { keys: ['VLAN_ID'], codec: wholeNumber(1, 4094), source: '[spa], [mpp] counts while Enable_VLAN is Yes' },
  { keys: ['Enable_VLAN'], on: 'Yes', counts: (text) => yesNo.read(text ?? '') === true },
);

/** Options that the phone looks for its server in, by default; an empty list would not differ from none at all. */
const DHCP_OPTIONS = '66,160,159,150,60,43,125';

const dhcpProvisioning: Row<boolean> = {
  keys: ['DHCP_Option_To_Use'],
  codec: {
    read: (options) => (/^\d{1,3}(?:[ \t]*,[ \t]*\d{1,3})*$/.test(options) ? true : undefined),
    write: (value) => (value ? { text: DHCP_OPTIONS } : { refused: 'the format has no word for no option at all' }),
  },
  source: '[spa], [mpp] the numbers of DHCP options; others do not matter',
};

const pollingMinutes: Group<number> = {
  source: '[spa], [mpp] Resync_Periodic in seconds; 0: never',
  read: (values) => {
    const found = values.get('Resync_Periodic');
    const value = found && /^\d{1,9}$/.test(found) ? Number(found) / 60 : 0;
    return Number.isInteger(value) && value > 0 ? { value, key: 'Resync_Periodic' } : null;
  },
  write: (value) => {
    const written = wholeNumber(1, 1_000_000).write(value);
    return 'refused' in written ? written : [{ key: 'Resync_Periodic', value: String(value * 60) }];
  },
};

export const phone: PhoneRows = {
  language: { keys: ['Language_Selection'], codec: choice(LANGUAGES), source: '[spa]; of MPP phones: assumption' },
  timeZone,
  ntpServer: text('Primary_NTP_Server', '[spa], [mpp]'),
  clock24Hours: {
    keys: ['Time_Format'],
    codec: choice<boolean>({ '24hr': true, '12hr': false }),
    source: '[spa], [mpp]',
  },
  adminPassword: either('[spa] Admin_Passwd; [mpp] Admin_Password', 'Admin_Passwd', 'Admin_Password'),
  userPassword: text('User_Password', '[spa], [mpp]'),
  vlanId,
  pcVlanId: { keys: ['PC_Port_VLAN_ID'], codec: wholeNumber(1, 4094), source: '[mpp]' },
  provisioningUrl: { keys: ['Profile_Rule'], codec: ruleUrl, source: '[spa], [mpp]' },
  provisioningUserName: { keys: ['Profile_Rule:uid'], codec: ruleWord, source: '[spa], [mpp] --uid of the rule' },
  provisioningPassword: { keys: ['Profile_Rule:pwd'], codec: ruleWord, source: '[spa], [mpp] --pwd of the rule' },
  pollingMinutes,
  dhcpProvisioning,
  firmwareUrl: { keys: ['Upgrade_Rule'], codec: ruleUrl, source: '[spa], [mpp]' },
  phoneBookUrl: text('XML_Directory_Service_URL', '[spa], [mpp]'),
  phoneBookName: text('XML_Directory_Service_Name', '[spa], [mpp]'),
  logoUrl: {
    keys: ['Picture_Download_URL', 'BMP_Picture_Download_URL'],
    codec: plainText,
    source: '[mpp]; BMP: [spa] 300, 500',
  },
  dialPlan: text('Dial_Plan_1_', '[spa], [mpp] of the first line; each line has one'),
};

// ---- function keys

const FUNCTION_KEY = /^(?:Extended_Function_(\d{1,2})_|Unit_(\d)_Key_(\d{1,2})_?)$/;
const LINE_KEY = /^Extension_(\d{1,2})_$/;

/** `fnc=blf+sd+cp;sub=2001@$PROXY;nme=Ada;vid=1` */
function readFunction(key: number, module: number, value: string): FunctionKey | null {
  const parts = new Map(
    value
      .slice(0, 500)
      .split(';')
      .map((part) => {
        const equals = part.indexOf('=');
        return [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()] as const;
      }),
  );
  const kinds = (parts.get('fnc') ?? '').toLowerCase().split('+');
  const type = kinds.includes('prk')
    ? 'park'
    : kinds.includes('blf')
      ? 'blf'
      : kinds.includes('sd')
        ? 'speedDial'
        : null;
  if (type === null) return null;
  const target = (type === 'blf' ? parts.get('sub') : parts.get('ext')) ?? parts.get('sub') ?? parts.get('ext') ?? '';
  const line = Number(parts.get('vid') ?? 0);
  return {
    key,
    module,
    type,
    line: Number.isInteger(line) && line > 0 ? line : null,
    value: target.replace(/@\$PROXY$/i, '') || null,
    label: parts.get('nme') || null,
  };
}

function readKeys(values: EffectiveValues): FunctionKey[] {
  const found: FunctionKey[] = [];
  for (const name of values.all.keys()) {
    const value = values.get(name);
    if (!value) continue;
    const parts = FUNCTION_KEY.exec(name);
    const key = parts === null ? null : readFunction(Number(parts[1] ?? parts[3]), Number(parts[2] ?? 0), value);
    if (key !== null) found.push(key);
    const line = /^\d{1,2}$/.test(value) ? LINE_KEY.exec(name)?.[1] : undefined;
    if (line === undefined) continue;
    const label = values.get(`Short_Name_${line}_`) ?? null;
    found.push({ key: Number(line), module: 0, type: 'line', line: Number(value), value: null, label });
  }
  return found.sort((a, b) => a.module - b.module || a.key - b.key);
}

/** Kinds, and what names the number. */
const KINDS = { blf: ['blf+sd+cp', 'sub'], speedDial: ['sd', 'ext'], park: ['prk', 'ext'] } as const;

function writeKey({ key, module, type, line, value, label }: FunctionKey): ReturnType<FunctionKeys['write']> {
  if (type === 'line') {
    if (module > 0) return { refused: 'expansion modules show no lines' };
    if (line === null) return { refused: 'it names no line' };
    const extension = { key: `Extension_${key}_`, value: String(line) };
    return label === null ? [extension] : [extension, { key: `Short_Name_${key}_`, value: label }];
  }
  if (value === null) return { refused: 'it has no number' };
  if (/[;@$]/.test(value) || label?.includes(';')) return { refused: 'a key cannot carry ";", "@" or "$"' };
  const [kind, target] = KINDS[type];
  const parts = [`fnc=${kind}`, `${target}=${value}@$PROXY`];
  if (line !== null) parts.push(`vid=${line}`);
  if (label !== null) parts.push(`nme=${label}`);
  const text = parts.join(';');
  if (module > 0) return [{ key: `Unit_${module}_Key_${key}_`, value: text }];
  return [
    { key: `Extension_${key}_`, value: 'Disabled' },
    { key: `Extended_Function_${key}_`, value: text },
  ];
}

export const functionKeys: FunctionKeys = {
  source: '[spa], [wazo] fnc=sd, blf; [mpp] vid, prk; park by ext: assumption',
  read: readKeys,
  write: writeKey,
};

// ---- models

function model(
  id: string,
  lines: number,
  keys: number,
  [modules, keysPerModule]: readonly [number, number] = [0, 0],
  names: readonly string[] = [],
): ModelFamily {
  const mpp = /^CP-(\d{4})$/.exec(id)?.[1];
  const spelled = mpp === undefined ? [id.replace(/^(SPA|PAP)/, '$1-')] : [mpp, `${id}-3PCC`, `${mpp}-3PCC`];
  return { id, names: [...spelled, ...names].filter((name) => name !== id), lines, keys, modules, keysPerModule };
}

const SPA500S: readonly [number, number] = [2, 32];

export const models: readonly ModelFamily[] = [
  model('SPA301', 1, 0),
  // The SPA500S is for the 500 series only.
  model('SPA303', 3, 3),
  model('SPA501G', 8, 8, SPA500S),
  model('SPA502G', 1, 0, SPA500S),
  model('SPA504G', 4, 4, SPA500S),
  model('SPA508G', 8, 8, SPA500S),
  model('SPA509G', 12, 12, SPA500S),
  model('SPA512G', 1, 0, SPA500S),
  model('SPA514G', 4, 4, SPA500S),
  model('SPA525G', 5, 5, SPA500S, ['SPA525G2']),
  model('SPA901', 1, 0),
  model('SPA921', 1, 0),
  model('SPA922', 1, 0),
  model('SPA941', 4, 4),
  model('SPA942', 4, 4),
  model('SPA962', 6, 6, [2, 32]),
  model('SPA112', 2, 0),
  model('SPA122', 2, 0),
  model('SPA2102', 2, 0),
  model('SPA3102', 2, 0),
  model('SPA8000', 8, 0),
  model('SPA8800', 8, 0),
  model('PAP2T', 2, 0, [0, 0], ['PAP2']),
  model('ATA191', 2, 0),
  model('ATA192', 2, 0),
  model('CP-6821', 2, 2),
  model('CP-6841', 4, 4),
  model('CP-6851', 4, 4, [2, 14]),
  model('CP-6861', 4, 4),
  model('CP-6871', 6, 6),
  model('CP-7811', 1, 1),
  model('CP-7821', 2, 2),
  model('CP-7832', 1, 1),
  model('CP-7841', 4, 4),
  model('CP-7861', 16, 16),
  model('CP-8811', 10, 10),
  model('CP-8832', 1, 1),
  model('CP-8841', 10, 10),
  model('CP-8845', 10, 10),
  model('CP-8851', 10, 10, [2, 28]),
  model('CP-8861', 10, 10, [3, 28]),
  model('CP-8865', 10, 10, [3, 28]),
  model('CP-9841', 4, 4),
  model('CP-9851', 8, 8, [2, 28]),
  model('CP-9861', 16, 16, [3, 28]),
  model('CP-9871', 32, 32, [3, 28]),
];
