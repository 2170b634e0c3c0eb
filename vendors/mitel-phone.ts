// Mitel 68xx/69xx, Aastra: the settings of the whole phone, function keys and models. Rows and groups; knows no format.
// Sources as in mitel.ts; counts of lines: "assumption", after data sheets; of keys: [wazo].
import type { Entry } from '../parsers/syntax.ts';
import { choice, plainText, wholeNumber } from './codec.ts';
import type { FunctionKey } from './model.ts';
import { joinUrl, splitUrl } from './split-url.ts';
import { switched } from './switched.ts';
import { type Change, TIME_ZONES, type TimeZone, timeZoneByName } from './time-zones.ts';
import type { FunctionKeys, Group, ModelFamily, PhoneRows, Row, Values } from './vendor.ts';

function textRow(source: string, ...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source };
}

const on = choice<boolean>({ 1: true, 0: false });

// ---- language: 0 is English, 1 to 4 are packs that the phone loads

/** What follows `lang_` in a pack's file name, where it is not the language in small letters. */
const PACKS: Readonly<Record<string, string>> = { nl: 'nl_nl' };
const LANGUAGE_OF_PACK = new Map(Object.entries(PACKS).map(([language, pack]) => [pack, language]));

function languageOfFile(file: string): string | null {
  const pack = /(?:^|\/)lang_([a-z]{2}(?:_[a-z]{2})?)\.txt$/i.exec(file)?.[1]?.toLowerCase();
  if (pack === undefined) return null;
  const [language = '', country] = (LANGUAGE_OF_PACK.get(pack) ?? pack).split('_');
  return country === undefined ? language : `${language}-${country.toUpperCase()}`;
}

const language: Group<string> = {
  source: '[admin] language 0 to 4, language N: file of the pack; file names: [wazo]',
  read: (values) => {
    const index = values.get('language');
    if (!index) return null;
    if (index === '0') return { value: 'en', key: 'language' };
    const key = `language ${index}`;
    const found = languageOfFile(values.get(key) ?? '');
    return found === null ? null : { value: found, key };
  },
  write: (value) => {
    if (value === 'en') return [{ key: 'language', value: '0' }];
    const pack = PACKS[value] ?? value.toLowerCase().replace('-', '_');
    if (!/^[a-z]{2}(?:_[a-z]{2})?$/.test(pack)) return { refused: `there is no language pack for ${value}` };
    return [
      { key: 'language', value: '1' },
      { key: 'language 1', value: `lang_${pack}.txt` },
    ];
  },
};

// ---- time zone: always as offset and rule, which needs no name of a firmware

/** [wazo] month, week (-1: the last), day 1 = Sunday, hour. */
function changeEntries(which: 'start' | 'end', { month, week, weekday, hour }: Change): Entry[] {
  return [
    { key: `dst ${which} month`, value: String(month) },
    { key: `dst ${which} hour`, value: String(hour) },
    { key: `dst ${which} week`, value: week === 5 ? '-1' : String(week) },
    { key: `dst ${which} day`, value: String(weekday + 1) },
  ];
}

function zoneEntries({ offset, summerTime }: TimeZone): Entry[] {
  const entries: Entry[] = [
    { key: 'time zone name', value: 'Custom' },
    // Minutes west of UTC.
    { key: 'time zone minutes', value: String(-offset) },
  ];
  if (summerTime === null) return [...entries, { key: 'dst config', value: '0' }];
  return [
    ...entries,
    { key: 'dst config', value: '3' },
    { key: 'dst minutes', value: '60' },
    { key: 'dst [start|end] relative date', value: '1' },
    ...changeEntries('start', summerTime.start),
    ...changeEntries('end', summerTime.end),
  ];
}

const ZONE_NAMES: Readonly<Record<string, string>> = {
  'US-Eastern': 'America/New_York',
  'US-Central': 'America/Chicago',
  'US-Mountain': 'America/Denver',
  'US-Pacific': 'America/Los_Angeles',
  'GB-London': 'Europe/London',
  'IE-Dublin': 'Europe/Dublin',
  'PT-Lisbon': 'Europe/Lisbon',
  'DE-Berlin': 'Europe/Berlin',
  'FR-Paris': 'Europe/Paris',
  'IT-Rome': 'Europe/Rome',
  'ES-Madrid': 'Europe/Madrid',
  'NL-Amsterdam': 'Europe/Amsterdam',
  'BE-Brussels': 'Europe/Brussels',
  'AT-Vienna': 'Europe/Vienna',
  'CH-Zurich': 'Europe/Zurich',
  'SE-Stockholm': 'Europe/Stockholm',
  'NO-Oslo': 'Europe/Oslo',
  'DK-Copenhagen': 'Europe/Copenhagen',
  'FI-Helsinki': 'Europe/Helsinki',
  'PL-Warsaw': 'Europe/Warsaw',
  'CZ-Prague': 'Europe/Prague',
};

const timeZone: Group<string> = {
  source: '[wazo] Custom, minutes west, dst rule by week; names such as US-Eastern: [fusionpbx], others assumption',
  read: (values) => {
    const key = 'time zone name';
    const name = values.get(key) ?? 'Custom';
    if (Object.hasOwn(ZONE_NAMES, name)) return { value: ZONE_NAMES[name] ?? '', key };
    if (name.toLowerCase() !== 'custom' || !values.get('time zone minutes')) return null;
    const isSame = (zone: TimeZone) =>
      zoneEntries(zone).every((entry) => (values.get(entry.key) ?? '') === entry.value);
    const found = TIME_ZONES.find(isSame);
    return found === undefined ? null : { value: found.name, key: 'time zone minutes' };
  },
  write: (value) => {
    const zone = timeZoneByName(value);
    return zone === undefined ? { refused: `${value} is not in the list of time zones` } : zoneEntries(zone);
  },
};

// ---- the way to the files

const SCHEMES = ['https', 'http', 'ftp', 'tftp'];

const provisioningUrl: Group<string> = {
  source: '[admin] download protocol, <protocol> server, path, port',
  read: (values) => {
    const scheme = values.get('download protocol')?.toLowerCase() ?? '';
    const key = `${scheme} server`;
    const host = SCHEMES.includes(scheme) ? values.get(key) : null;
    if (!host) return null;
    const port = values.get(`${scheme} port`) ?? null;
    return { value: joinUrl({ scheme, host, port, path: values.get(`${scheme} path`) ?? '' }), key };
  },
  write: (value) => {
    const found = splitUrl(value, SCHEMES);
    if (found === null) return { refused: `it is no address that begins with ${SCHEMES.join(', ')} and has no login` };
    const { scheme, host, port, path } = found;
    return [
      { key: 'download protocol', value: scheme.toUpperCase() },
      { key: `${scheme} server`, value: host },
      ...(port === null ? [] : [{ key: `${scheme} port`, value: port }]),
      ...(path === '' ? [] : [{ key: `${scheme} path`, value: path }]),
    ];
  },
};

const MINUTES_OF_DAY = 1440;

/** The phone asks at a time of day, every so many days. */
const pollingMinutes: Group<number> = {
  source: '[fusionpbx] auto resync mode 1 = configuration, days, time',
  read: (values) => {
    const key = 'auto resync days';
    const days = wholeNumber(1, 364).read(values.get(key) ?? '');
    const mode = values.get('auto resync mode') ?? '0';
    return typeof days !== 'number' || mode === '0' ? null : { value: days * MINUTES_OF_DAY, key };
  },
  write: (value) => {
    if (!Number.isInteger(value) || value < 1) return { refused: 'it is no number of minutes' };
    const days = Math.min(364, Math.max(1, Math.round(value / MINUTES_OF_DAY)));
    const entries = [
      { key: 'auto resync mode', value: '1' },
      { key: 'auto resync time', value: '03:00' },
      { key: 'auto resync max delay', value: '60' },
      { key: 'auto resync days', value: String(days) },
    ];
    return days * MINUTES_OF_DAY === value ? entries : { near: entries };
  },
};

export const phone: PhoneRows = {
  language,
  timeZone,
  ntpServer: switched(
    { keys: ['time server1'], codec: plainText, source: '[fusionpbx, wazo]' },
    { keys: ['time server disabled'], on: '0', counts: (text) => text === null || text === '0' },
  ),
  clock24Hours: { keys: ['time format'], codec: on, source: '[fusionpbx] 0 12 hours, 1 24 hours' },
  adminPassword: textRow('[admin] the phone takes digits only', 'admin password'),
  userPassword: textRow('[admin] the phone takes digits only', 'user password'),
  vlanId: switched(
    { keys: ['vlan id'], codec: wholeNumber(1, 4094), source: '[wazo] counts while tagging enabled is 1' },
    { keys: ['tagging enabled'], on: '1', counts: (text) => text === null || text === '1' },
  ),
  vlanPriority: { keys: ['priority non-ip'], codec: wholeNumber(0, 7), source: 'assumption' },
  pcVlanId: { keys: ['vlan id port 1'], codec: wholeNumber(1, 4094), source: '[wazo] 4095 = untagged' },
  provisioningUrl,
  provisioningUserName: textRow('assumption', 'http digest username'),
  provisioningPassword: textRow('assumption', 'http digest password'),
  pollingMinutes,
  dhcpProvisioning: {
    keys: ['dhcp config option override'],
    codec: choice<boolean>({ 0: true, '-1': false }),
    source: 'assumption: -1 takes no server from DHCP',
  },
  redirectProvisioning: { keys: ['contact rcs'], codec: on, source: 'assumption' },
  firmwareUrl: textRow('[fusionpbx]', 'firmware server'),
  phoneBookUrl: textRow('[admin] a CSV', 'directory 1'),
  languageFileUrl: textRow('[admin] a further pack: language 1 is that of the language', 'language 2'),
  toneFileUrl: textRow('an own ring tone, seen in a public template', 'custom ringtone 1'),
  logoUrl: textRow('assumption', 'background image'),
  dialPlan: textRow('[admin]', 'sip dial plan'),
};

// ---- function keys

const KEY_TYPES: Readonly<Record<string, FunctionKey['type']>> = {
  line: 'line',
  blf: 'blf',
  speeddial: 'speedDial',
  park: 'park',
};
const WORD_OF_TYPE = new Map(Object.entries(KEY_TYPES).map(([word, type]) => [type, word]));

/** Keys beside the screen, programmable keys, keys under the screen: a phone's own keys are those of its first kind. */
const KINDS = ['topsoftkey', 'prgkey', 'softkey'] as const;
type Kind = (typeof KINDS)[number];

const TYPE_KEY = /^(?:(topsoftkey|prgkey|softkey)(\d{1,3})|expmod(\d) key(\d{1,3})) type$/;

/** Behind a park key's number stands the kind of PBX: `asterisk;701` ([wazo]). */
const PARK_SERVER = 'asterisk;';

function readKey(values: Values, stem: string, key: number, module: number): FunctionKey | null {
  const type = KEY_TYPES[values.get(`${stem} type`)?.toLowerCase() ?? ''];
  if (type === undefined) return null;
  const line = wholeNumber(1, 24).read(values.get(`${stem} line`) ?? '');
  const value = values.get(`${stem} value`) || null;
  return {
    key,
    module,
    type,
    line: typeof line === 'number' ? line : null,
    value: type === 'park' && value !== null ? value.replace(/^\w+;/, '') : value,
    label: values.get(`${stem} label`) || null,
  };
}

export const functionKeys: FunctionKeys = {
  source: '[wazo, fusionpbx] topsoftkeyN, prgkeyN, softkeyN, expmodM keyN; type, line, value, label',
  read: (values) => {
    const found: { readonly kind: Kind | 'module'; readonly key: FunctionKey }[] = [];
    for (const name of values.all.keys()) {
      const [, kind, number, module, moduleKey] = TYPE_KEY.exec(name) ?? [];
      if (number === undefined && moduleKey === undefined) continue;
      const key = readKey(values, name.slice(0, -' type'.length), Number(number ?? moduleKey), Number(module ?? 0));
      if (key !== null) found.push({ kind: (kind as Kind | undefined) ?? 'module', key });
    }
    const own = KINDS.find((kind) => found.some((one) => one.kind === kind));
    return found
      .filter(({ kind }) => kind === own || kind === 'module')
      .map(({ key }) => key)
      .sort((a, b) => a.module - b.module || a.key - b.key);
  },
  write: ({ key, module, type, line, value, label }, model) => {
    const kind = model === null ? 'topsoftkey' : (KIND_OF_MODEL[model.id] ?? 'topsoftkey');
    const stem = module === 0 ? `${kind}${key}` : `expmod${module} key${key}`;
    const word = WORD_OF_TYPE.get(type);
    if (word === undefined) return { refused: `there is no key of type ${type}` };
    const entries: Entry[] = [{ key: `${stem} type`, value: word }];
    if (line !== null) entries.push({ key: `${stem} line`, value: String(line) });
    if (value !== null) entries.push({ key: `${stem} value`, value: type === 'park' ? PARK_SERVER + value : value });
    if (label !== null) entries.push({ key: `${stem} label`, value: label });
    return entries;
  },
};

// ---- models

function model(id: string, lines: number, keys: number, modules: number, keysPerModule: number): ModelFamily {
  // The older phones were sold as Aastra with an "i" behind the number, and call themselves so to this day.
  const bare = id.replace(/i$/, '');
  const names = bare === id ? [`Mitel${id}`] : [bare, `Aastra${id}`, `Mitel${bare}`];
  return { id, names, lines, keys, modules, keysPerModule };
}

/** Keys of an M675 and of an M685 or M695, the largest modules of their families. */
const OLD_MODULE = 60;
const NEW_MODULE = 84;

export const models: readonly ModelFamily[] = [
  model('6730i', 6, 8, 0, 0),
  model('6731i', 6, 8, 0, 0),
  model('6735i', 9, 6, 3, OLD_MODULE),
  model('6737i', 9, 10, 3, OLD_MODULE),
  model('6739i', 9, 55, 3, OLD_MODULE),
  { ...model('6753i', 9, 6, 3, OLD_MODULE), names: ['6753', '53i', 'Aastra53i'] },
  { ...model('6755i', 9, 6, 3, OLD_MODULE), names: ['6755', '55i', 'Aastra55i'] },
  { ...model('6757i', 9, 10, 3, OLD_MODULE), names: ['6757', '57i', 'Aastra57i', '6757iCT', '57iCT'] },
  model('6863i', 2, 3, 0, 0),
  model('6865i', 9, 8, 3, NEW_MODULE),
  model('6867i', 9, 20, 3, NEW_MODULE),
  model('6869i', 12, 44, 3, NEW_MODULE),
  model('6873i', 24, 48, 3, NEW_MODULE),
  model('6905', 2, 3, 0, 0),
  model('6910', 8, 8, 0, 0),
  model('6915', 12, 20, 3, NEW_MODULE),
  model('6920', 24, 20, 3, NEW_MODULE),
  model('6930', 24, 44, 3, NEW_MODULE),
  model('6940', 24, 48, 3, NEW_MODULE),
  model('9143i', 9, 7, 0, 0),
  model('9480i', 9, 6, 0, 0),
];

/** Of the models whose keys are no top softkeys. */
const KIND_OF_MODEL: Readonly<Record<string, Kind>> = {
  '6730i': 'prgkey',
  '6731i': 'prgkey',
  '6735i': 'prgkey',
  '6739i': 'softkey',
  '6753i': 'prgkey',
  '6755i': 'prgkey',
  '6863i': 'prgkey',
  '6865i': 'prgkey',
  '6905': 'prgkey',
  '6910': 'prgkey',
  '9143i': 'prgkey',
  '9480i': 'softkey',
};
