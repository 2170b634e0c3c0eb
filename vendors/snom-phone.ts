// Snom: the settings of the whole phone, function keys and models. Rows and groups; knows no format.
// Sources as in snom.ts.
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, choice, plainText, wholeNumber } from './codec.ts';
import type { FunctionKey, NumberReplacement } from './model.ts';
import type { EffectiveValues, FunctionKeys, Group, ModelFamily, PhoneRows, Row } from './vendor.ts';

function textRow(source: string, ...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source };
}

/** Words of people and templates differ in case. */
export const onOff: Codec<boolean> = {
  read: (text) => {
    const word = text.toLowerCase();
    if (word === 'on' || word === 'true') return true;
    return word === 'off' || word === 'false' ? false : undefined;
  },
  write: (value) => ({ text: value ? 'on' : 'off' }),
};

/** The first word of a language is written; the others are of older firmware. */
const LANGUAGES: Readonly<Record<string, string>> = {
  English: 'en',
  'English(UK)': 'en-GB',
  Deutsch: 'de',
  Français: 'fr',
  Francais: 'fr',
  Español: 'es',
  Espanol: 'es',
  Italiano: 'it',
  Nederlands: 'nl',
  Dutch: 'nl',
  Dansk: 'da',
  Čeština: 'cs',
  Suomi: 'fi',
  Magyar: 'hu',
  Norsk: 'no',
  Polski: 'pl',
  Português: 'pt',
  Русский: 'ru',
  Slovenščina: 'sl',
  Svenska: 'sv',
  Türkçe: 'tr',
};

/** Country and offset; the phone knows the rules of the country. */
const TIME_ZONES: Readonly<Record<string, string>> = {
  'USA-10': 'Pacific/Honolulu',
  'USA-9': 'America/Anchorage',
  'USA-8': 'America/Los_Angeles',
  'USA-7': 'America/Denver',
  'USA-6': 'America/Chicago',
  'USA-5': 'America/New_York',
  'CAN-6': 'America/Winnipeg',
  'CAN-5': 'America/Toronto',
  'CAN-4': 'America/Halifax',
  'CAN-3.5': 'America/St_Johns',
  'MEX-6': 'America/Mexico_City',
  'ARG-3': 'America/Argentina/Buenos_Aires',
  'BRA1-3': 'America/Sao_Paulo',
  'PRT-1': 'Atlantic/Azores',
  'PRT-0': 'Europe/Lisbon',
  'GBR-0': 'Europe/London',
  'GER+1': 'Europe/Berlin',
  'AUT+1': 'Europe/Vienna',
  'CHE+1': 'Europe/Zurich',
  'NLD+1': 'Europe/Amsterdam',
  'BEL+1': 'Europe/Brussels',
  'DNK+1': 'Europe/Copenhagen',
  'ESP+1': 'Europe/Madrid',
  'NOR+1': 'Europe/Oslo',
  'FRA+1': 'Europe/Paris',
  'CZE+1': 'Europe/Prague',
  'ITA+1': 'Europe/Rome',
  'SWE+1': 'Europe/Stockholm',
  'POL+1': 'Europe/Warsaw',
  'GRC+2': 'Europe/Athens',
  'FIN+2': 'Europe/Helsinki',
  'ROU+2': 'Europe/Bucharest',
  'RUS+3': 'Europe/Moscow',
  'IRN+3.5': 'Asia/Tehran',
  'IND+5.5': 'Asia/Kolkata',
  'SGP+8': 'Asia/Singapore',
  'AUS+8': 'Australia/Perth',
  'AUS+9.5': 'Australia/Adelaide',
  'AUS+10': 'Australia/Sydney',
  'NZL+12': 'Pacific/Auckland',
};

const adminPassword: Group<string> = {
  source: '[wazo], [fusionpbx] of the web page and of the menu; http_password: [tancredi]',
  read: (values) => {
    for (const key of ['http_pass', 'http_password', 'admin_mode_password', 'webserver_admin_password']) {
      const value = values.get(key);
      if (value) return { value, key };
    }
    return null;
  },
  write: (value) => [
    { key: 'http_pass', value },
    { key: 'admin_mode_password', value },
    { key: 'admin_mode_password_confirm', value },
  ],
};

/** settings_refresh_timer in seconds; 0 is off. */
const refreshMinutes: Codec<number> = {
  read: (text) => {
    const seconds = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    if (seconds === 0) return null;
    return seconds === undefined ? undefined : Math.max(1, Math.round(seconds / 60));
  },
  write: (value) => wholeNumber(1, 10_000_000).write(value * 60),
};

/** What stands behind `#` is a part of one setting, which the writer puts together. */
export const ORDER = 'provisioning_order';

/** The ways in which a phone looks for its server, in the order of the phone's default. */
const ORDER_TOKENS = ['redirection', 'pnp', 'dhcp', 'tr69'];

function orderSwitch(way: 'redirection' | 'dhcp'): Group<boolean> {
  return {
    source: '[service] provisioning_order: redirection:stop pnp:stop dhcp:stop tr69:stop by default',
    read: (values) => {
      const order = values.get(ORDER);
      if (!order) return null;
      return { value: order.split(/\s+/).some((token) => token.startsWith(way)), key: ORDER };
    },
    write: (value) => [{ key: `${ORDER}#${way}`, value: value ? 'on' : 'off' }],
  };
}

/** The setting as the phone wants it; what nobody asked for stays as it is by default. */
export function provisioningOrder(isOff: (way: string) => boolean): string {
  return ORDER_TOKENS.filter((way) => !isOff(way))
    .map((way) => `${way}:stop`)
    .join(' ');
}

const firmwareUrl: Group<string> = {
  source: '[service] firmware; asked for while update_policy is auto_update',
  read: (values) => {
    for (const key of ['firmware', 'firmware_status']) {
      const value = values.get(key);
      if (value) return { value, key };
    }
    return null;
  },
  write: (value) => [
    { key: 'update_policy', value: 'auto_update' },
    { key: 'firmware', value },
  ],
};

/** A key of the phone that opens an address: `url https://...`. Other actions of it are no phone book. */
const phoneBookKey: Codec<string> = {
  read: (text) => /^url\s+(\S.*)$/.exec(text)?.[1] ?? (/^[a-z]+:\/\//i.test(text) ? text : null),
  write: (value) => ({ text: `url ${value}` }),
};

/** More than a person enters; a hostile file is not read further. */
const MOST_RULES = 1000;

const numberReplacements: Group<readonly NumberReplacement[]> = {
  source: '[service] dialplan: template with match and rewrite',
  read: (values) => {
    const value: NumberReplacement[] = [];
    for (let rule = 0; rule < MOST_RULES; rule += 1) {
      if (!values.has(`dialplan.${rule}.match`)) break;
      const match = values.get(`dialplan.${rule}.match`);
      const replace = values.get(`dialplan.${rule}.rewrite`);
      if (match && replace) value.push({ match, replace });
    }
    return value.length === 0 ? null : { value, key: 'dialplan' };
  },
  write: (value) => {
    if (value.length > MOST_RULES) return { refused: `there are more than ${MOST_RULES} rules` };
    return value.flatMap(({ match, replace }, rule) => [
      { key: `dialplan.${rule}.match`, value: match },
      { key: `dialplan.${rule}.rewrite`, value: replace },
    ]);
  },
};

function pemOf(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const trustedCertificates: Group<readonly string[]> = {
  source: '[service] certificate type="base64" counts at once, so the next file can already need it',
  read: (values) => {
    const value: string[] = [];
    for (let number = 0; values.has(`certificates.${number}`); number += 1) {
      const text = values.get(`certificates.${number}`)?.replace(/-----[A-Z ]+-----|\s/g, '');
      if (text && /^[A-Za-z0-9+/]+=*$/.test(text)) value.push(pemOf(text));
    }
    return value.length === 0 ? null : { value, key: 'certificates' };
  },
  write: (value) => {
    const entries: Entry[] = [];
    for (const pem of value) {
      const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
      if (body === undefined) return { refused: 'it is no certificate in PEM' };
      entries.push({ key: `certificates.${entries.length}`, value: body.replace(/\s/g, '') });
    }
    return entries;
  },
};

export const phone: PhoneRows = {
  language: { keys: ['language'], codec: choice(LANGUAGES), source: '[wazo], [tancredi], [fusionpbx]' },
  timeZone: {
    keys: ['timezone'],
    codec: choice(TIME_ZONES, { 'Europe/Dublin': 'GBR-0' }),
    source: '[tancredi]; AUT+1, CHE+1: assumption',
  },
  ntpServer: textRow('[wazo], [fusionpbx]', 'ntp_server'),
  clock24Hours: { keys: ['time_24_format'], codec: onOff, source: '[tancredi], [fusionpbx]' },
  adminName: textRow('[wazo], [fusionpbx]', 'http_user', 'webserver_admin_name'),
  adminPassword,
  userPassword: textRow('[wazo]', 'webserver_user_password', 'http_basic_pass'),
  vlanId: { keys: ['vlan_id'], codec: wholeNumber(1, 4094), source: '[wazo]' },
  vlanPriority: { keys: ['vlan_qos'], codec: wholeNumber(0, 7), source: '[wazo]' },
  pcVlanId: { keys: ['vlan_pc_id'], codec: wholeNumber(1, 4094), source: '[wazo]' },
  provisioningUrl: textRow('[service]', 'setting_server'),
  provisioningUserName: textRow('[service]', 'http_client_user'),
  provisioningPassword: textRow('[service]', 'http_client_pass'),
  pollingMinutes: { keys: ['settings_refresh_timer'], codec: refreshMinutes, source: '[service] seconds' },
  dhcpProvisioning: orderSwitch('dhcp'),
  redirectProvisioning: orderSwitch('redirection'),
  pnpProvisioning: { keys: ['pnp_config'], codec: onOff, source: '[service]' },
  firmwareUrl,
  phoneBookUrl: {
    keys: ['dkey_directory', 'phonebook_location'],
    codec: phoneBookKey,
    source: '[wazo] desk phones; DECT bases have an address of their own',
  },
  languageFileUrl: textRow('[wazo] gui-languages: language url', 'gui-languages.0.url'),
  toneFileUrl: textRow('assumption: an own melody', 'custom_melody_url'),
  logoUrl: textRow('[fusionpbx] the picture behind', 'custom_bg_image_url'),
  dialPlan: textRow('[service] of the first identity: assumption', 'user_dp_str.1'),
  numberReplacements,
  trustedCertificates,
};

// ---- function keys

/** The first word of an fkey. `dest` is an extension, watched too. */
const KEY_TYPES: Readonly<Record<string, FunctionKey['type']>> = {
  line: 'line',
  blf: 'blf',
  dest: 'blf',
  speed: 'speedDial',
  orbit: 'park',
};
const KEY_WORDS: Readonly<Record<FunctionKey['type'], string>> = {
  line: 'line',
  blf: 'blf sip:',
  speedDial: 'speed ',
  park: 'orbit sip:',
};

/** `<sip:2001@pbx.example.com>|*8` -> `2001`. */
function numberOf(argument: string): string | null {
  const target = argument.split('|', 1)[0]?.trim().replace(/^<|>$/g, '') ?? '';
  const bare = target.replace(/^sips?:/i, '').split(/[;>]/, 1)[0] ?? '';
  return bare.split('@', 1)[0]?.trim() || null;
}

/** More keys than any phone with its modules has. */
const MOST_KEYS = 1000;

export const functionKeys: FunctionKeys = {
  source: '[service] fkey: idx from 0 over the phone and its modules, context, label; words: [service], [wazo]',
  read: (values: EffectiveValues) => {
    const found: FunctionKey[] = [];
    for (const key of values.all.keys()) {
      const idx = /^fkey\.(\d{1,3})$/.exec(key)?.[1];
      if (idx === undefined || Number(idx) >= MOST_KEYS) continue;
      const [, word = '', argument = ''] = /^([a-z]\w*)\s*(.*)$/s.exec(values.get(key) ?? '') ?? [];
      const type = Object.hasOwn(KEY_TYPES, word) ? KEY_TYPES[word] : undefined;
      if (type === undefined) continue;
      const context = Number(values.get(`${key}.context`));
      found.push({
        key: Number(idx) + 1,
        module: 0,
        type,
        line: Number.isInteger(context) && context > 0 ? context : null,
        value: type === 'line' ? null : numberOf(argument),
        label: values.get(`${key}.label`) ?? null,
      });
    }
    return found.sort((a, b) => a.key - b.key);
  },
  write: ({ key, module, type, line, value, label }, model) => {
    if (module > 0 && model === null) return { refused: 'name the model: keys are counted on from those of the phone' };
    if (type !== 'line' && (value === null || /[\s@|<>;]/.test(value))) return { refused: 'it has no plain number' };
    const idx = module === 0 || model === null ? key - 1 : model.keys + (module - 1) * model.keysPerModule + key - 1;
    const entries: Entry[] = [
      { key: `fkey.${idx}`, value: type === 'line' ? KEY_WORDS.line : `${KEY_WORDS[type]}${value}` },
      { key: `fkey.${idx}.context`, value: line === null ? 'active' : String(line) },
      ...(label === null ? [] : [{ key: `fkey.${idx}.label`, value: label }]),
    ];
    // Read again, a key of a module counts on from those of the phone.
    return module > 0 ? { near: entries } : entries;
  },
};

// ---- models

const D7: readonly [number, number] = [3, 18];

function model(
  id: string,
  lines: number,
  keys: number,
  [modules, keysPerModule]: readonly [number, number] = [0, 0],
): ModelFamily {
  const phoneType = `snom${id}`;
  return { id, names: [phoneType], lines, keys, modules, keysPerModule, phoneType };
}

/** Identities: [fusionpbx]; keys and modules: data sheets, from memory: assumption. */
export const models: readonly ModelFamily[] = [
  model('300', 4, 6),
  model('320', 12, 12, [1, 42]),
  model('360', 12, 12, [1, 42]),
  model('370', 12, 12, [1, 42]),
  model('710', 4, 5),
  model('715', 4, 5),
  model('720', 12, 18, D7),
  model('725', 12, 18, D7),
  model('760', 12, 16, D7),
  model('820', 12, 12),
  model('821', 12, 12),
  model('870', 12, 15),
  model('D120', 2, 0),
  model('D140', 2, 4),
  model('D150', 2, 4),
  model('D305', 4, 5),
  model('D315', 4, 5),
  model('D335', 12, 32, [3, 18]),
  model('D345', 12, 48),
  model('D375', 12, 12, D7),
  model('D385', 12, 48, [3, 72]),
  model('D710', 4, 5),
  model('D712', 4, 5),
  model('D713', 6, 9, D7),
  model('D715', 4, 5, D7),
  model('D717', 6, 9, D7),
  model('D725', 12, 18, D7),
  model('D735', 12, 32, D7),
  model('D745', 12, 32, D7),
  model('D765', 12, 16, D7),
  model('D785', 12, 24, D7),
  model('D812', 12, 8, D7),
  model('D815', 12, 10, D7),
  model('D862', 12, 32, D7),
  model('D865', 12, 40, D7),
  { ...model('PA1', 4, 0), names: ['snomPA1', 'PA1+', 'PA1plus'] },
  model('C520', 3, 0),
  model('C620', 3, 0),
  model('M100', 8, 4),
  model('M500', 8, 16),
  model('M300', 20, 0),
  model('M400', 20, 0),
  model('M430', 20, 0),
  model('M700', 30, 0),
  model('M900', 1000, 0),
  model('m3', 8, 0),
];
