// Yealink: the settings of the whole phone, function keys and models. Rows and groups; knows no format.
// Sources as in yealink.ts; counts of lines and keys: [datasheet] Yealink's data sheets; keys include further pages.
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, choice, plainText, wholeNumber } from './codec.ts';
import { keptPerLine } from './kept-keys.ts';
import type { FunctionKey, NumberReplacement } from './model.ts';
import { switched } from './switched.ts';
import { type Change, offsetText, TIME_ZONES, type TimeZone, timeZoneByName } from './time-zones.ts';
import type { FunctionKeys, Group, ModelFamily, PhoneRows, Row, Values } from './vendor.ts';

/** Yealink's word in lang.gui -> BCP 47. */
const LANGUAGES: Readonly<Record<string, string>> = {
  English: 'en',
  German: 'de',
  French: 'fr',
  French_CA: 'fr-CA',
  Spanish: 'es',
  Spanish_LA: 'es-419',
  Italian: 'it',
  Dutch: 'nl',
  Polish: 'pl',
  Portuguese: 'pt',
  Portuguese_LA: 'pt-BR',
  Turkish: 'tr',
  Russian: 'ru',
  Czech: 'cs',
  Swedish: 'sv',
  Chinese_S: 'zh-Hans',
  Chinese_T: 'zh-Hant',
  Japanese: 'ja',
  Korean: 'ko',
  Hebrew: 'he',
  Arabic: 'ar',
};

function textRow(source: string, ...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source };
}

const on = choice<boolean>({ 1: true, 0: false });

/** Since V80 system keys begin with `static.` ([wazo] v73 against v86); both are read, the new one is written. */
function system(key: string): [string, string] {
  return [`static.${key}`, key];
}

function vlan(port: 'internet' | 'pc'): Group<number> {
  const stem = `network.vlan.${port}_port`;
  return switched(
    { keys: system(`${stem}_vid`), codec: wholeNumber(1, 4094), source: '[admin] counts while ..._enable is 1' },
    { keys: system(`${stem}_enable`), on: '1' },
  );
}

/** local_time.start_time by week: month/week/weekday/hour, Monday is 1 and Sunday 7 ([admin]). */
function changeText({ month, week, weekday, hour }: Change): string {
  return `${month}/${week}/${weekday === 0 ? 7 : weekday}/${hour}`;
}

/**
 * Names of the automatic table that say more than offset and rule do. The rule is written by week, so that no name of a
 * firmware is needed; of zones that share one, the first of time-zones.ts is read.
 */
const ZONE_NAMES: Readonly<Record<string, string>> = {
  'Germany(Berlin)': 'Europe/Berlin',
  'Austria(Vienna)': 'Europe/Vienna',
  'France(Paris)': 'Europe/Paris',
  'Italy(Rome)': 'Europe/Rome',
  'Spain(Madrid)': 'Europe/Madrid',
  'Netherlands(Amsterdam)': 'Europe/Amsterdam',
  'Belgium(Brussels)': 'Europe/Brussels',
  'United Kingdom(London)': 'Europe/London',
  'Great Britain(London)': 'Europe/London',
  'United States-Eastern Time': 'America/New_York',
  'United States-Central Time': 'America/Chicago',
  'United States-Mountain Time': 'America/Denver',
  'United States-Pacific Time': 'America/Los_Angeles',
};

const timeZone: Group<string> = {
  source: '[admin] time_zone, summer_time 0 off, 1 on, 2 automatic by time_zone_name; names: assumption',
  read: (values) => {
    const offset = values.get('local_time.time_zone');
    const name = values.get('local_time.time_zone_name') ?? '';
    const named = Object.hasOwn(ZONE_NAMES, name) ? ZONE_NAMES[name] : undefined;
    if (named !== undefined) return { value: named, key: 'local_time.time_zone_name' };
    if (!offset) return null;
    const summer = values.get('local_time.summer_time') ?? '2';
    const start = values.get('local_time.start_time');
    const isSame = (zone: TimeZone): boolean => {
      if (offsetText(zone.offset) !== offset.replace(/^\+0$/, '0')) return false;
      if (summer === '0') return zone.summerTime === null;
      return zone.summerTime !== null && (!start || changeText(zone.summerTime.start) === start);
    };
    const found = TIME_ZONES.find(isSame);
    const key = 'local_time.time_zone';
    return found === undefined ? null : { value: found.name, key };
  },
  write: (value) => {
    const zone = timeZoneByName(value);
    if (zone === undefined) return { refused: `${value} is not in the list of time zones` };
    const entries: Entry[] = [{ key: 'local_time.time_zone', value: offsetText(zone.offset) }];
    if (zone.summerTime === null) return [...entries, { key: 'local_time.summer_time', value: '0' }];
    return [
      ...entries,
      { key: 'local_time.summer_time', value: '1' },
      { key: 'local_time.dst_time_type', value: '1' },
      { key: 'local_time.start_time', value: changeText(zone.summerTime.start) },
      { key: 'local_time.end_time', value: changeText(zone.summerTime.end) },
      { key: 'local_time.offset_time', value: '60' },
    ];
  },
};

const pollingMinutes = switched(
  {
    keys: system('auto_provision.repeat.minutes'),
    codec: wholeNumber(1, 43_200),
    source: '[admin] counts while repeat.enable is 1; 1 to 43200',
  },
  { keys: system('auto_provision.repeat.enable'), on: '1' },
);

/** As many rules as phones take ([admin]). */
const MOST_RULES = 100;

const dialPlan = switched(
  {
    keys: ['dialplan.digitmap.string'],
    codec: plainText,
    source: '[admin] from V83; counts while dialplan.digitmap.enable is 1',
  },
  { keys: ['dialplan.digitmap.enable'], on: '1' },
);

const numberReplacements: Group<readonly NumberReplacement[]> = {
  source: '[admin] dialplan.replace.prefix.N, dialplan.replace.replace.N, N to 100',
  read: (values) => {
    const value: NumberReplacement[] = [];
    for (let rule = 1; rule <= MOST_RULES; rule += 1) {
      const match = values.get(`dialplan.replace.prefix.${rule}`);
      if (match) value.push({ match, replace: values.get(`dialplan.replace.replace.${rule}`) ?? '' });
    }
    return value.length === 0 ? null : { value, key: 'dialplan.replace.prefix.1' };
  },
  write: (value) => {
    if (value.length > MOST_RULES) return { refused: `phones take ${MOST_RULES} rules` };
    return value.flatMap(({ match, replace }, index) => [
      { key: `dialplan.replace.prefix.${index + 1}`, value: match },
      { key: `dialplan.replace.replace.${index + 1}`, value: replace },
    ]);
  },
};

const ADMIN = 'admin';

/** The key that `user:password` stands under while it is in our hands: files repeat the same key for each user. */
export function userPasswordKey(user: string): string {
  return `static.security.user_password:${user}`;
}

const ADMIN_PASSWORD = userPasswordKey(ADMIN);

/** Before the password stands a colon. */
const loginName: Codec<string> = {
  read: plainText.read,
  write: (value) => (value.includes(':') ? { refused: 'it holds a ":"' } : plainText.write(value)),
};

/** `admin` unless the file renames it. */
function adminName(values: Values): string {
  const [key, before] = system('security.user_name.admin');
  return values.get(key) || values.get(before) || ADMIN;
}

/** What was written before the name was known, under the name that the file gives. */
export function underAdminName(entries: readonly Entry[]): readonly Entry[] {
  if (!entries.some(({ key }) => key === ADMIN_PASSWORD)) return entries;
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const key = userPasswordKey(adminName(values));
  return entries.map((entry) => (entry.key === ADMIN_PASSWORD ? { ...entry, key } : entry));
}

export const phone: PhoneRows = {
  language: { keys: ['lang.gui'], codec: choice(LANGUAGES), source: '[admin]; words: [admin] T4x, T5x' },
  timeZone,
  ntpServer: textRow('[admin]', 'local_time.ntp_server1'),
  clock24Hours: { keys: ['local_time.time_format'], codec: on, source: '[admin] 0 12 hours, 1 24 hours' },
  adminName: { keys: system('security.user_name.admin'), codec: loginName, source: '[wazo]' },
  adminPassword: {
    keys: [(_line, values) => userPasswordKey(adminName(values))],
    codec: plainText,
    source: '[admin] user:password, repeated for each user [wazo]; the user is the one of security.user_name.admin',
  },
  userPassword: textRow('[admin] as for the admin', userPasswordKey('user')),
  vlanId: vlan('internet'),
  vlanPriority: {
    keys: system('network.vlan.internet_port_priority'),
    codec: wholeNumber(0, 7),
    source: '[admin]',
  },
  pcVlanId: vlan('pc'),
  provisioningUrl: textRow('[admin]', ...system('auto_provision.server.url')),
  provisioningUserName: textRow('[admin]', ...system('auto_provision.server.username')),
  provisioningPassword: textRow('[admin]', ...system('auto_provision.server.password')),
  pollingMinutes,
  dhcpProvisioning: { keys: system('auto_provision.dhcp_option.enable'), codec: on, source: '[admin]' },
  pnpProvisioning: { keys: system('auto_provision.pnp_enable'), codec: on, source: '[admin]' },
  firmwareUrl: textRow('[admin]', ...system('firmware.url')),
  phoneBookUrl: textRow('[admin]', 'remote_phonebook.data.1.url'),
  phoneBookName: textRow('[admin]', 'remote_phonebook.data.1.name'),
  languageFileUrl: textRow('[admin]', 'gui_lang.url'),
  toneFileUrl: textRow('[admin] an own ring tone', 'ringtone.url'),
  logoUrl: textRow('[admin]', 'lcd_logo.url'),
  dialPlan,
  numberReplacements,
};

// ---- function keys

/** [wazo] 10 park, 13 speed dial, 15 line, 16 BLF. */
const KEY_TYPES: Readonly<Record<string, FunctionKey['type']>> = {
  10: 'park',
  13: 'speedDial',
  15: 'line',
  16: 'blf',
};
const KEY_NUMBERS = new Map(Object.entries(KEY_TYPES).map(([number, type]) => [type, number]));

const TYPE_KEY = /^(?:linekey\.(\d{1,3})|expansion_module\.(\d{1,2})\.key\.(\d{1,3}))\.type$/;

interface KeysOfKey {
  readonly type: string;
  readonly line: string;
  readonly value: string;
  readonly label: string;
}

function keysUnder(stem: string): KeysOfKey {
  return { type: `${stem}.type`, line: `${stem}.line`, value: `${stem}.value`, label: `${stem}.label` };
}

const keysOfLineKey = keptPerLine((key) => keysUnder(`linekey.${key}`));

export const functionKeys: FunctionKeys = {
  source: '[admin] linekey.N.*, expansion_module.X.key.Y.*; types: [wazo]',
  read: (values) => {
    const found: FunctionKey[] = [];
    for (const key of values.all.keys()) {
      const parts = TYPE_KEY.exec(key);
      const type = parts === null ? undefined : KEY_TYPES[values.get(key) ?? ''];
      if (parts === null || type === undefined) continue;
      const stem = key.slice(0, -'type'.length);
      const line = Number(values.get(`${stem}line`) ?? 0);
      found.push({
        key: Number(parts[1] ?? parts[3]),
        module: Number(parts[2] ?? 0),
        type,
        line: Number.isInteger(line) && line > 0 ? line : null,
        value: (type === 'line' ? null : values.get(`${stem}value`)) ?? null,
        label: values.get(`${stem}label`) ?? null,
      });
    }
    return found.sort((a, b) => a.module - b.module || a.key - b.key);
  },
  write: ({ key, module, type, line, value, label }) => {
    const keys = module === 0 ? keysOfLineKey(key) : keysUnder(`expansion_module.${module}.key.${key}`);
    if (type !== 'line' && value === null) return { refused: 'it has no number' };
    const entries: Entry[] = [{ key: keys.type, value: KEY_NUMBERS.get(type) ?? '' }];
    if (line !== null) entries.push({ key: keys.line, value: String(line) });
    if (value !== null && type !== 'line') entries.push({ key: keys.value, value });
    if (label !== null) entries.push({ key: keys.label, value: label });
    return entries;
  },
};

// ---- models

/** `modules` as [how many, keys of each]. */
function model(
  id: string,
  code: number | null,
  lines: number,
  keys: number,
  [modules, keysPerModule]: readonly [number, number] = [0, 0],
  names: readonly string[] = [],
): ModelFamily {
  return {
    id,
    names: [`SIP-${id}`, ...names],
    lines,
    keys,
    modules,
    keysPerModule,
    ...(code !== null && { code: `y${String(code).padStart(12, '0')}` }),
  };
}

const EXP20: readonly [number, number] = [6, 40];
const EXP40: readonly [number, number] = [6, 40];
const EXP43: readonly [number, number] = [3, 60];
const EXP50: readonly [number, number] = [3, 60];

/** Codes: FusionPBX's template folders. Lines and keys: [datasheet]. */
export const models: readonly ModelFamily[] = [
  model('T18P', null, 1, 0, [0, 0], ['T18']),
  model('T19P_E2', 53, 1, 0, [0, 0], ['T19P']),
  model('T20P', 7, 2, 2),
  model('T21P_E2', 52, 2, 2, [0, 0], ['T21P']),
  model('T22P', 5, 3, 3),
  model('T23G', 44, 3, 3, [0, 0], ['T23', 'T23P']),
  model('T26P', 4, 3, 13, [6, 40]),
  model('T27P', 45, 6, 21, EXP20),
  model('T27G', 69, 6, 21, EXP20),
  model('T28P', 0, 6, 16, [6, 40]),
  model('T29G', 46, 16, 27, EXP20),
  model('T30P', 127, 1, 1, [0, 0], ['T30']),
  model('T31G', 123, 2, 2, [0, 0], ['T31P', 'T31']),
  model('T31W', 172, 2, 2),
  model('T32G', 32, 3, 3),
  model('T33G', 124, 4, 12, [0, 0], ['T33P']),
  model('T34W', 171, 4, 12),
  model('T38G', 38, 6, 16, [6, 40]),
  model('T40P', 54, 3, 3),
  model('T40G', 76, 3, 3),
  model('T41P', 36, 6, 15),
  model('T41S', 68, 6, 15),
  model('T42G', 29, 12, 15),
  model('T42S', 67, 12, 15),
  model('T42U', 116, 12, 15),
  model('T43U', 107, 12, 21, EXP43),
  model('T44W', 174, 12, 21, EXP43, ['T44U']),
  model('T46G', 28, 16, 27, EXP40),
  model('T46S', 66, 16, 27, EXP40),
  model('T46U', 108, 16, 27, EXP43),
  model('T48G', 35, 16, 29, EXP40),
  model('T48S', 65, 16, 29, EXP40),
  model('T48U', 109, 16, 29, EXP43),
  model('T49G', 51, 16, 29, [0, 0], ['VP-T49G', 'SIP VP-T49G']),
  model('T52S', 74, 12, 21, EXP50),
  model('T53', 95, 12, 21, EXP50, ['T53W', 'T53C']),
  model('T54S', 70, 16, 27, EXP50),
  model('T54W', 96, 16, 27, EXP50),
  model('T56A', 56, 16, 27, EXP50),
  model('T57W', 97, 16, 29, EXP50),
  model('T58A', 58, 16, 27, EXP50, ['T58', 'T58V']),
  model('T58W', 150, 16, 27, EXP50),
  model('T73U', 186, 12, 21, EXP50),
  model('T73W', 183, 12, 21, EXP50),
  model('T74U', 187, 12, 21, EXP50),
  model('T74W', 184, 12, 21, EXP50),
  model('T77U', 188, 16, 29, EXP50),
  model('T85W', 196, 16, 27, EXP50),
  model('T87W', 197, 16, 29, EXP50),
  model('T88', 192, 16, 29, EXP50, ['T88W', 'T88V']),
  model('AX83H', 180, 2, 0),
  model('AX86R', 182, 2, 0),
  model('CP860', 37, 1, 0),
  model('CP920', 78, 1, 0),
  model('CP925', 148, 1, 0),
  model('CP960', 73, 1, 0),
  model('CP965', 143, 1, 0),
  model('VP59', 91, 16, 27, EXP50),
  model('VP530', 23, 4, 4, [0, 0], ['VP530P']),
  model('W52P', 25, 5, 0, [0, 0], ['W56P']),
  model('W60B', 77, 8, 0),
  model('W70B', 146, 10, 0, [0, 0], ['W73P', 'W76P', 'W78P', 'W79P']),
  model('W80B', 175, 30, 0, [0, 0], ['W80']),
  model('W80DM', null, 100, 0),
  model('W90DM', 130, 250, 0, [0, 0], ['W90']),
];
