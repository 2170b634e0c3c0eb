// Avaya J100: the settings of the whole phone, function keys and models. Rows and groups; knows no format.
// Sources as in avaya.ts; counts of lines and keys: "assumption", after data sheets.
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, choice, plainText, wholeNumber } from './codec.ts';
import type { FunctionKey } from './model.ts';
import { joinUrl, splitUrl } from './split-url.ts';
import { switched } from './switched.ts';
import { type Change, TIME_ZONES, type TimeZone, timeZoneByName } from './time-zones.ts';
import type { FunctionKeys, Group, ModelFamily, PhoneRows, Row } from './vendor.ts';

function textRow(source: string, key: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

// ---- time: GMTOFFSET -5:00, DSTSTART 2SunMar2L (the second Sunday of March at 2 local time)

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function changeText({ month, week, weekday, hour }: Change): string {
  return `${week === 5 ? 'L' : week}${WEEKDAYS[weekday]}${MONTHS[month - 1]}${hour}L`;
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : ''}${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}`;
}

function zoneEntries({ offset, summerTime }: TimeZone): Entry[] {
  const entries = [{ key: 'GMTOFFSET', value: offsetText(offset) }];
  if (summerTime === null) return [...entries, { key: 'DAYLIGHT_SAVING_SETTING_MODE', value: '0' }];
  return [
    ...entries,
    { key: 'DAYLIGHT_SAVING_SETTING_MODE', value: '2' },
    { key: 'DSTSTART', value: changeText(summerTime.start) },
    { key: 'DSTSTOP', value: changeText(summerTime.end) },
  ];
}

const timeZone: Group<string> = {
  source: '[fusionpbx] GMTOFFSET, DSTSTART, DSTSTOP; [46xxsettings] DAYLIGHT_SAVING_SETTING_MODE 0 off, 2 automatic',
  read: (values) => {
    const offset = values.get('GMTOFFSET');
    if (!offset) return null;
    const rule = [values.get('DSTSTART'), values.get('DSTSTOP')].join();
    const isOff = values.get('DAYLIGHT_SAVING_SETTING_MODE') === '0' || rule === ',';
    const found = TIME_ZONES.find(({ offset: minutes, summerTime }) => {
      if (offsetText(minutes) !== offset.replace('+', '')) return false;
      if (summerTime === null || isOff) return summerTime === null && isOff;
      return rule === [summerTime.start, summerTime.end].map(changeText).join();
    });
    return found === undefined ? null : { value: found.name, key: 'GMTOFFSET' };
  },
  write: (value) => {
    const zone = timeZoneByName(value);
    return zone === undefined ? { refused: `${value} is not in the list of time zones` } : zoneEntries(zone);
  },
};

// ---- network, files

const vlanId = switched(
  { keys: ['L2QVLAN'], codec: wholeNumber(1, 4094), source: '[46xxsettings] counts unless L2Q is 2 (off)' },
  { keys: ['L2Q'], on: '1', counts: (text) => text !== '2' },
);

/** Protocol -> what the keys begin with. */
const SERVERS: Readonly<Record<string, string>> = { https: 'TLS', http: 'HTTP' };

const provisioningUrl: Group<string> = {
  source: '[46xxsettings] TLSSRVR, TLSDIR, TLSPORT; HTTPSRVR, HTTPDIR, HTTPPORT',
  read: (values) => {
    for (const [scheme, stem] of Object.entries(SERVERS)) {
      const host = values.get(`${stem}SRVR`);
      if (!host) continue;
      const path = values.get(`${stem}DIR`) ?? '';
      const url = joinUrl({ scheme, host, port: values.get(`${stem}PORT`) ?? null, path });
      return { value: url, key: `${stem}SRVR` };
    }
    return null;
  },
  write: (value) => {
    const found = splitUrl(value, Object.keys(SERVERS));
    if (found === null) return { refused: 'it is no http or https address without a login' };
    const stem = SERVERS[found.scheme] ?? 'HTTP';
    return [
      { key: `${stem}SRVR`, value: found.host },
      ...(found.port === null ? [] : [{ key: `${stem}PORT`, value: found.port }]),
      ...(found.path === '' ? [] : [{ key: `${stem}DIR`, value: found.path }]),
    ];
  },
};

// ---- language: the file of words that the phone loads beside its settings, `Mlf_J169_J179_German.xml`

/** What the end of a file's name says. */
const LANGUAGES: Readonly<Record<string, string>> = {
  English: 'en',
  German: 'de',
  ParisianFrench: 'fr',
  CanadianFrench: 'fr-CA',
  CastilianSpanish: 'es',
  LatinAmericanSpanish: 'es-419',
  Italian: 'it',
  Dutch: 'nl',
  BrazilianPortuguese: 'pt-BR',
  Russian: 'ru',
  Polish: 'pl',
  Turkish: 'tr',
  Japanese: 'ja',
  Korean: 'ko',
};
const LANGUAGE_WORDS = choice(LANGUAGES);

const LANGUAGE = 'SYSTEM_LANGUAGE';

/** The file's name, which holds the model's, is made when the model is known. */
const language: Row<string> = {
  keys: [LANGUAGE],
  codec: {
    read: (text) => LANGUAGE_WORDS.read(/(?:^|\/)Mlf_(?:J\d{3}_)*(\w{1,40})\.xml$/.exec(text)?.[1] ?? text),
    write: LANGUAGE_WORDS.write,
  },
  source: '[wazo] Mlf_J169_J179_ParisianFrench.xml, in LANGUAGES too; names of the other languages: assumption',
};

/** Files of words to load, with commas between: names beside the settings, or addresses. */
const WORDS = 'LANGUAGES';
/** Stands for an address among them while it is written: the chosen language's file is another. */
const WORDS_URL = 'LANGUAGES_URL';

const languageFileUrl: Group<string> = {
  source: '[46xxsettings] LANGUAGES: names or URLs that end in .xml',
  read: (values) => {
    const files = values.get(WORDS)?.split(',') ?? [];
    const value = files.find((file) => file.includes('://'))?.trim();
    return value === undefined ? null : { value, key: WORDS };
  },
  write: (value) =>
    /^\w+:\/\/[^,\s]+\.xml$/.test(value)
      ? [{ key: WORDS_URL, value }]
      : { refused: 'the phone takes an address that ends in .xml' },
};

/** Models that share a file; others have one under their own name (J129, J139: settings of an IP Office). */
const WITH_SHARED_FILE = ['J169', 'J179'];

/** Names the files of words: that of the language, and the one that has an address. */
export function withLanguageFiles(entries: readonly Entry[], model: ModelFamily | null): Entry[] {
  const shared = model === null || WITH_SHARED_FILE.includes(model.id);
  const stem = shared ? WITH_SHARED_FILE.join('_') : model.id;
  const valueFor = (wanted: string) => entries.find(({ key }) => key === wanted)?.value;
  const language = valueFor(LANGUAGE);
  // English is in the phone.
  const own = language === undefined || language === 'English' ? undefined : `Mlf_${stem}_${language}.xml`;
  const files = [own, valueFor(WORDS_URL)].filter((file) => file !== undefined);
  return [
    ...entries.filter(({ key }) => key !== LANGUAGE && key !== WORDS_URL),
    ...(files.length === 0 ? [] : [{ key: WORDS, value: files.join(',') }]),
    ...(language === undefined ? [] : [{ key: LANGUAGE, value: own ?? 'Mlf_English.xml' }]),
  ];
}

// ---- tones: `Display name=file or address`, with commas between

const toneFileUrl: Group<string> = {
  source: '[46xxsettings] RINGTONES: name=file or URL, WAV',
  read: (values) => {
    const value = /^[^=,]*=([^,]+)/.exec(values.get('RINGTONES') ?? '')?.[1]?.trim();
    return value ? { value, key: 'RINGTONES' } : null;
  },
  write: (value) => {
    if (value === '' || /[,\s]/.test(value)) return { refused: 'a "," or a blank divides the list of ring tones' };
    return [{ key: 'RINGTONES', value: `Ring tone=${value}` }];
  },
};

/** The phone takes the name of a file beside its settings, no address. */
const besideSettings: Codec<string> = {
  read: plainText.read,
  write: (value) =>
    value.includes('://') ? { refused: 'the phone takes a file beside its settings only' } : plainText.write(value),
};

const MINUTES_OF_DAY = 1440;
const POLICIES: Readonly<Record<string, number>> = { 1: MINUTES_OF_DAY, 2: 7 * MINUTES_OF_DAY, 3: 30 * MINUTES_OF_DAY };

/** A J100 knows days only; the minutes of a Vantage are read, not written. */
const pollingMinutes: Group<number> = {
  source: '[46xxsettings] J100: AUTOMATIC_UPDATE_POLICY 1 daily, 2 weekly, 3 monthly; Vantage: UPGRADE_POLLING_PERIOD',
  read: (values) => {
    const minutes = wholeNumber(5, 10_080).read(values.get('UPGRADE_POLLING_PERIOD') ?? '');
    if (typeof minutes === 'number') return { value: minutes, key: 'UPGRADE_POLLING_PERIOD' };
    const key = 'AUTOMATIC_UPDATE_POLICY';
    const value = POLICIES[values.get(key) ?? ''];
    return value === undefined ? null : { value, key };
  },
  write: (value) => {
    const written = wholeNumber(1, 525_600).write(value);
    if ('refused' in written) return written;
    const exact = Object.keys(POLICIES).find((policy) => POLICIES[policy] === value);
    const near = value < 4 * MINUTES_OF_DAY ? '1' : value < 18 * MINUTES_OF_DAY ? '2' : '3';
    const entries = [{ key: 'AUTOMATIC_UPDATE_POLICY', value: exact ?? near }];
    return exact === undefined ? { near: entries } : entries;
  },
};

/** A picture is loaded from the list, and shown when it is the chosen one too. */
const logoUrl: Group<string> = {
  source: '[46xxsettings] BACKGROUND_IMAGE: files beside the settings; BACKGROUND_IMAGE_DISPLAY: the one that is shown',
  read: (values) => {
    const key = 'BACKGROUND_IMAGE';
    const value = values.get(key)?.split(',', 1)[0]?.trim();
    return value ? { value, key } : null;
  },
  write: (value) => {
    if (/[,\s]/.test(value)) return { refused: 'a "," or a blank divides the list of pictures' };
    const written = besideSettings.write(value);
    if ('refused' in written) return written;
    return ['BACKGROUND_IMAGE', 'BACKGROUND_IMAGE_DISPLAY'].map((key) => ({ key, value: written.text }));
  },
};

export const phone: PhoneRows = {
  language,
  timeZone,
  ntpServer: textRow('[fusionpbx]', 'SNTPSRVR'),
  clock24Hours: {
    keys: ['ADMINTIMEFORMAT'],
    codec: choice<boolean>({ 1: true, 0: false, 3: true, 2: false }),
    source: '[fusionpbx] 0 12 hours, 1 24 hours, 2 and 3 the same forced',
  },
  adminPassword: {
    keys: ['FORCE_WEB_ADMIN_PASSWORD', 'ADMIN_PASSWORD', 'PROCPSWD'],
    codec: plainText,
    source: '[fusionpbx] of the web page, 8 to 31 letters and digits; [46xxsettings] of the menu, the last in digits',
  },
  vlanId,
  vlanPriority: { keys: ['L2QAUD'], codec: wholeNumber(0, 7), source: '[46xxsettings] of audio' },
  pcVlanId: { keys: ['PHY2VLAN'], codec: wholeNumber(1, 4094), source: '[46xxsettings]' },
  provisioningUrl,
  provisioningUserName: textRow('[46xxsettings] counts with the password', 'FORCE_HTTP_AUTH_USERNAME'),
  provisioningPassword: textRow('[46xxsettings]', 'FORCE_HTTP_AUTH_PASSWORD'),
  pollingMinutes,
  redirectProvisioning: {
    keys: ['DES_STAT'],
    codec: {
      read: choice<boolean>({ 0: false, 1: false, 2: true, 3: true }).read,
      // 0 can be undone at the phone only.
      write: (value) => ({ text: value ? '2' : '1' }),
    },
    source: '[46xxsettings] 0 off until the phone is reset, 1 off, 2 on, 3 on without asking',
  },
  firmwareUrl: { keys: ['APPNAME'], codec: besideSettings, source: '[46xxsettings] a file beside the settings' },
  phoneBookUrl: textRow('[fusionpbx]', 'DOWNLOADABLE_DIRECTORY'),
  languageFileUrl,
  toneFileUrl,
  logoUrl,
  dialPlan: textRow('[fusionpbx]', 'DIALPLAN'),
};

// ---- function keys: SET PHONEKEY "Key=4;Type=feature;Name=blf;Label=..;attr1=..", one line each

/** The key that a PHONEKEY line stands under while it is in our hands: files repeat the name for each. */
export function phoneKeyName(value: string): string {
  const key = /(?:^|;)Key=(\d{1,3})(?:;|$)/i.exec(value)?.[1];
  return key === undefined ? 'PHONEKEY' : `PHONEKEY_${key}`;
}

const PHONEKEY = /^PHONEKEY_(\d+)$/;

function readParts(text: string): Map<string, string> {
  return new Map(
    text.split(';').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, Math.max(equals, 0)).toLowerCase(), part.slice(equals + 1)] as const;
    }),
  );
}

function typeOf(parts: ReadonlyMap<string, string>): FunctionKey['type'] | null {
  const type = parts.get('type')?.toLowerCase();
  const name = parts.get('name')?.toLowerCase();
  if (type === 'line') return 'line';
  if (type === 'autodial') return 'speedDial';
  return type === 'feature' && name === 'blf' ? 'blf' : null;
}

export const functionKeys: FunctionKeys = {
  source: '[fusionpbx] line: primary; feature: blf; autodial. The phone has one account.',
  read: (values) => {
    const found: FunctionKey[] = [];
    for (const [name, text] of values.all) {
      const key = PHONEKEY.exec(name)?.[1];
      if (key === undefined || !text) continue;
      const parts = readParts(text);
      const type = typeOf(parts);
      if (type === null) continue;
      const value = type === 'line' ? null : parts.get('attr1') || null;
      found.push({ key: Number(key), module: 0, type, line: 1, value, label: parts.get('label') || null });
    }
    return found.sort((a, b) => a.key - b.key);
  },
  write: ({ key, module, type, line, value, label }) => {
    if (module > 0) return { refused: 'keys of expansion modules are not known' };
    if (type === 'park') return { refused: 'there is no key that parks at a number' };
    if (line !== null && line !== 1) return { refused: 'the phone has one account' };
    if (/;/.test(`${value ?? ''}${label ?? ''}`)) return { refused: 'a ";" divides the parts of a key' };
    const head = {
      line: 'Type=line;Name=primary;attr1=1',
      blf: `Type=feature;Name=blf;attr1=${value ?? ''};attr2=${value ?? ''}`,
      speedDial: `Type=autodial;Name=autodial;attr1=${value ?? ''}`,
    }[type];
    const text = `Key=${key};${head}${label === null ? '' : `;Label=${label}`};Forced`;
    return [{ key: `PHONEKEY_${key}`, value: text }];
  },
};

// ---- models

function model(id: string, keys: number, modules: number): ModelFamily {
  return { id, names: [`Avaya ${id}`], lines: 1, keys, modules, keysPerModule: modules === 0 ? 0 : 24 };
}

export const models: readonly ModelFamily[] = [
  model('J129', 2, 0),
  model('J139', 24, 0),
  model('J159', 24, 0),
  model('J169', 24, 3),
  model('J179', 24, 3),
  model('J189', 24, 2),
  model('9608', 24, 0),
  model('9611', 24, 0),
  model('9621', 24, 0),
  model('9641', 24, 0),
];
