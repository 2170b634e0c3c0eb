// Poly phones: settings beside the account and of the whole phone, function keys, models. Knows no format.
// Sources as in polycom.ts; counts of lines and keys: [datasheet] Poly's data sheets.
import type { Entry } from '../parsers/syntax.ts';
import { refuseXmlValue } from '../parsers/xml.ts';
import { type Codec, choice, plainText, wholeNumber } from './codec.ts';
import type { FunctionKey } from './model.ts';
import { joinUrl, splitUrl } from './split-url.ts';
import { switched } from './switched.ts';
import { type Change, TIME_ZONES, type TimeZone, timeZoneByName } from './time-zones.ts';
import type {
  EffectiveValues,
  FunctionKeys,
  Group,
  ModelFamily,
  PhoneRows,
  Row,
  SettingRows,
  WrittenEntries,
} from './vendor.ts';

const PEM = /^-----BEGIN CERTIFICATE-----\r?\n[\w+/=\r\n]+-----END CERTIFICATE-----\s*$/;

/** Line breaks of certificates are written as `&#10;`, which an attribute carries. */
export function refusePolyValue(value: string): string | null {
  return PEM.test(value) ? null : refuseXmlValue(value);
}

function text(key: string, source: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

const on = choice<boolean>({ 1: true, 0: false });

// ---- beside the account

const srtp: Group<string> = {
  source: '[admin] srtp.enable, .offer, .require; of the line, else of all (sec.srtp.*)',
  read: (values, line) => {
    for (const stem of [`reg.${line}.srtp`, 'sec.srtp']) {
      const [enable, offer, require] = ['enable', 'offer', 'require'].map((name) => values.get(`${stem}.${name}`));
      if (!enable && !offer && !require) continue;
      const isOffered = enable !== '0' && offer === '1';
      const value = enable !== '0' && require === '1' ? 'required' : isOffered ? 'optional' : 'off';
      return { value, key: `${stem}.enable` };
    }
    return null;
  },
  write: (value, line) => {
    const flags: Readonly<Record<string, string>> = { off: '000', optional: '110', required: '111' };
    const found = flags[value];
    if (found === undefined) return { refused: `the format has no word for ${value}` };
    return ['enable', 'offer', 'require'].map((name, at) => ({
      key: `reg.${line}.srtp.${name}`,
      value: found[at] ?? '0',
    }));
  },
};

/** What follows voice.codecPref. ([admin]) -> RTP encoding name. */
const CODECS: Readonly<Record<string, string>> = {
  G711_Mu: 'PCMU',
  G711_A: 'PCMA',
  G722: 'G722',
  G729_AB: 'G729',
  Opus: 'opus',
  'iLBC.13_33kbps': 'iLBC',
};

const codecs: Group<readonly string[]> = {
  ofAllLines: true,
  source: '[admin] voice.codecPref.<codec>: 1 the preferred, 0 or empty not used; of the whole phone',
  read: (values) => {
    const found: { name: string; priority: number }[] = [];
    for (const [word, name] of Object.entries(CODECS)) {
      const priority = Number(values.get(`voice.codecPref.${word}`) ?? 0);
      if (Number.isInteger(priority) && priority > 0) found.push({ name, priority });
    }
    found.sort((a, b) => a.priority - b.priority);
    return found.length === 0 ? null : { value: found.map(({ name }) => name), key: 'voice.codecPref.*' };
  },
  write: (value) => {
    if (value.length === 0) return { refused: 'it must be a list of codecs' };
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const word = Object.keys(CODECS).find((key) => CODECS[key] === name);
      if (word === undefined) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      entries.push({ key: `voice.codecPref.${word}`, value: String(index + 1) });
    }
    return entries;
  },
};

const VIA_RTP = 'tone.dtmf.viaRtp';
const AS_EVENTS = 'tone.dtmf.rfc2833Control';
const VIA_INFO = 'voIpProt.SIP.dtmfViaSignaling.rfc2976';

/** Values of the three switches; without them a phone sends RTP events ([admin]). */
const DTMF: Readonly<Record<string, readonly [viaRtp: string, asEvents: string, viaInfo: string]>> = {
  inband: ['1', '0', '0'],
  rfc2833: ['1', '1', '0'],
  info: ['0', '0', '1'],
  'rfc2833+info': ['1', '1', '1'],
};

const dtmf: Group<string> = {
  ofAllLines: true,
  source: '[admin] tone.dtmf.viaRtp, .rfc2833Control, 1 by default; dtmfViaSignaling.rfc2976, 0 by default',
  read: (values) => {
    const [viaRtp, asEvents, viaInfo] = [VIA_RTP, AS_EVENTS, VIA_INFO].map((key) => values.get(key) || null);
    const key = viaRtp !== null ? VIA_RTP : asEvents !== null ? AS_EVENTS : viaInfo !== null ? VIA_INFO : null;
    if (key === null) return null;
    const hasInfo = viaInfo === '1';
    if (viaRtp === '0') return hasInfo ? { value: 'info', key } : null;
    if (asEvents === '0') return hasInfo ? null : { value: 'inband', key };
    return { value: hasInfo ? 'rfc2833+info' : 'rfc2833', key };
  },
  write: (value) => {
    const found = DTMF[value];
    if (found === undefined) return { refused: `the format has no word for ${value}` };
    return [
      { key: VIA_RTP, value: found[0] },
      { key: AS_EVENTS, value: found[1] },
      { key: VIA_INFO, value: found[2] },
    ];
  },
};

const keepAliveSeconds: Group<number> = {
  ofAllLines: true,
  source: '[admin], [fusionpbx] nat.keepalive.interval; 0 off',
  read: (values) => {
    const key = 'nat.keepalive.interval';
    const value = wholeNumber(1, 3600).read(values.get(key) || '0');
    return value === undefined ? { value: null, key, unknown: [key] } : { value, key };
  },
  write: (value) => {
    const written = wholeNumber(1, 3600).write(value);
    return 'refused' in written ? written : [{ key: 'nat.keepalive.interval', value: written.text }];
  },
};

export const settings: SettingRows = {
  srtp,
  dtmf,
  codecs,
  keepAliveSeconds,
  voiceMailbox: text('msg.mwi.{n}.callBack', '[admin], [fusionpbx]; counts with callBackMode contact'),
};

// ---- of the whole phone

/** `device.*` is taken over only with `device.set` and its own `.set` ([admin]); read also without them. */
function device<Value>(key: string, codec: Codec<Value>, source = '[admin]'): Group<Value> {
  return {
    source,
    read: (values) => {
      const found = values.get(key);
      const value = found ? codec.read(found) : null;
      return value === null || value === undefined ? null : { value, key };
    },
    write: (value) => {
      const written = codec.write(value);
      if ('refused' in written) return written;
      return [
        { key: 'device.set', value: '1' },
        { key: `${key}.set`, value: '1' },
        { key, value: written.text },
      ];
    },
  };
}

/** lcl.ml.lang ([admin]: names of the language files) -> BCP 47. */
const LANGUAGES: Readonly<Record<string, string>> = {
  English_United_States: 'en',
  English_United_Kingdom: 'en-GB',
  English_Canada: 'en-CA',
  German_Germany: 'de',
  French_France: 'fr',
  French_Canada: 'fr-CA',
  Spanish_Spain: 'es',
  Italian_Italy: 'it',
  Dutch_Netherlands: 'nl',
  Danish_Denmark: 'da',
  Norwegian_Norway: 'no',
  Swedish_Sweden: 'sv',
  Polish_Poland: 'pl',
  Portuguese_Portugal: 'pt',
  Portuguese_Brazil: 'pt-BR',
  Russian_Russia: 'ru',
  Slovenian_Slovenia: 'sl',
  Turkish_Turkey: 'tr',
  Hungarian_Hungary: 'hu',
  Czech_Czech_Republic: 'cs',
  Chinese_China: 'zh-Hans',
  Chinese_Taiwan: 'zh-Hant',
  Japanese_Japan: 'ja',
  Korean_Korea: 'ko',
  Arabic_UAE: 'ar',
};

const SNTP = 'tcpIpApp.sntp';
const DST = `${SNTP}.daylightSavings`;

/** A change by week: date 1, 8, 15, 22 is the first to fourth such weekday; dayOfWeek 1 is Sunday ([admin]). */
function changeEntries(when: 'start' | 'stop', { month, week, weekday, hour }: Change): Entry[] {
  const isLast = week === 5;
  return [
    { key: `${DST}.${when}.month`, value: String(month) },
    { key: `${DST}.${when}.date`, value: String(isLast ? 1 : (week - 1) * 7 + 1) },
    { key: `${DST}.${when}.time`, value: String(hour) },
    { key: `${DST}.${when}.dayOfWeek`, value: String(weekday + 1) },
    { key: `${DST}.${when}.dayOfWeek.lastInMonth`, value: isLast ? '1' : '0' },
  ];
}

/** Without a month the phone's own rule holds, that of North America ([admin]). */
function saysChange(values: EffectiveValues, zone: TimeZone): boolean {
  const start = zone.summerTime?.start;
  if (start === undefined) return false;
  const month = values.get(`${DST}.start.month`);
  if (!month) return start.month === 3 && start.week === 2;
  const told = changeEntries('start', start).filter(({ key }) => /month$|date$|lastInMonth$/.test(key));
  return told.every(({ key, value }) => (values.get(key) ?? (key.endsWith('lastInMonth') ? '0' : value)) === value);
}

const timeZone: Group<string> = {
  source: '[admin] tcpIpApp.sntp.gmtOffset in seconds, daylightSavings.*',
  read: (values) => {
    const key = `${SNTP}.gmtOffset`;
    const text = values.get(key);
    if (!text || !/^-?\d{1,5}$/.test(text)) return null;
    const isSummer = values.get(`${DST}.enable`) !== '0';
    const found = TIME_ZONES.find(
      (zone) => zone.offset * 60 === Number(text) && (isSummer ? saysChange(values, zone) : zone.summerTime === null),
    );
    return found === undefined ? null : { value: found.name, key };
  },
  write: (value) => {
    const zone = timeZoneByName(value);
    if (zone === undefined) return { refused: `${value} is not in the list of time zones` };
    const offset = { key: `${SNTP}.gmtOffset`, value: String(zone.offset * 60) };
    if (zone.summerTime === null) return [offset, { key: `${DST}.enable`, value: '0' }];
    return [
      offset,
      { key: `${DST}.enable`, value: '1' },
      { key: `${DST}.fixedDayEnable`, value: '0' },
      ...changeEntries('start', zone.summerTime.start),
      ...changeEntries('stop', zone.summerTime.end),
    ];
  },
};

const PRIORITIES = ['callControl', 'rtp', 'other'].map((of) => `qos.ethernet.${of}.user_priority`);

const vlanPriority: Group<number> = {
  source: '[admin] qos.ethernet.*.user_priority: of signalling, of voice, of the rest',
  read: (values) => {
    for (const key of PRIORITIES) {
      const found = values.get(key);
      if (!found) continue;
      const value = wholeNumber(0, 7).read(found);
      return value === undefined ? { value: null, key, unknown: [key] } : { value, key };
    }
    return null;
  },
  write: (value) => {
    const written = wholeNumber(0, 7).write(value);
    return 'refused' in written ? written : PRIORITIES.map((key) => ({ key, value: written.text }));
  },
};

/** device.prov.serverType ([admin]). */
const SERVER_TYPES: Readonly<Record<string, string>> = { 0: 'ftp', 1: 'tftp', 2: 'http', 3: 'https', 4: 'ftps' };

const provisioningUrl: Group<string> = {
  source: '[admin] device.prov.serverName, a name or a URL, and serverType',
  read: (values) => {
    const key = 'device.prov.serverName';
    const name = values.get(key);
    if (!name) return null;
    const scheme = SERVER_TYPES[values.get('device.prov.serverType') ?? ''];
    return { value: name.includes('://') || scheme === undefined ? name : `${scheme}://${name}`, key };
  },
  write: (value) => {
    const scheme = /^([a-z]+):\/\//.exec(value)?.[1];
    const type = Object.keys(SERVER_TYPES).find((number) => SERVER_TYPES[number] === scheme);
    if (type === undefined) return { refused: 'it is no address that begins with https:// or the like' };
    return [
      { key: 'device.set', value: '1' },
      { key: 'device.prov.serverType.set', value: '1' },
      { key: 'device.prov.serverType', value: type },
      { key: 'device.prov.serverName.set', value: '1' },
      { key: 'device.prov.serverName', value },
    ];
  },
};

const pollingMinutes: Group<number> = {
  source: '[admin] prov.polling.period in seconds, 3600 at least, with mode rel',
  read: (values) => {
    const key = 'prov.polling.period';
    const text = values.get(key);
    if (!text || !/^\d{2,8}$/.test(text) || values.get('prov.polling.enabled') !== '1') return null;
    return Number(text) % 60 === 0 ? { value: Number(text) / 60, key } : null;
  },
  write: (value) => {
    const written = wholeNumber(60, 100_000).write(value);
    if ('refused' in written) return written;
    return [
      { key: 'prov.polling.enabled', value: '1' },
      { key: 'prov.polling.mode', value: 'rel' },
      { key: 'prov.polling.period', value: String(value * 60) },
    ];
  },
};

/** device.dhcp.bootSrvUseOpt ([admin]): 0 option 66, 1 own option, 2 the server that is set, 3 own option, then 66. */
const dhcpBoot = choice<boolean>({ 3: true, 2: false, 0: true, 1: true });

const MOST_CERTIFICATES = 6;

const trustedCertificates: Group<readonly string[]> = {
  source: '[admin] sec.TLS.customCaCert.1 to 6; [fusionpbx]',
  read: (values) => {
    const value: string[] = [];
    for (let number = 1; number <= MOST_CERTIFICATES; number += 1) {
      const found = values.get(`sec.TLS.customCaCert.${number}`);
      if (found) value.push(found);
    }
    return value.length === 0 ? null : { value, key: 'sec.TLS.customCaCert.*' };
  },
  write: (value) => {
    if (value.length > MOST_CERTIFICATES) return { refused: `phones take ${MOST_CERTIFICATES} certificates` };
    return value.map((pem, index) => ({ key: `sec.TLS.customCaCert.${index + 1}`, value: pem }));
  },
};

/** The company's directory is asked by LDAP: an address of `ldap://host:port/base` is its host, port and base. */
const DIRECTORY = 'dir.corp';
const LDAP: Readonly<Record<string, string>> = { ldap: 'TCP', ldaps: 'TLS' };

const phoneBookUrl: Group<string> = {
  source: '[admin] dir.corp.address, .port, .transport, .baseDN count while feature.corporateDirectory.enabled is 1',
  read: (values) => {
    const key = `${DIRECTORY}.address`;
    const host = values.get(key);
    if (!host || values.get('feature.corporateDirectory.enabled') !== '1') return null;
    const transport = (values.get(`${DIRECTORY}.transport`) || 'TCP').toUpperCase();
    const scheme = Object.keys(LDAP).find((name) => LDAP[name] === transport) ?? 'ldap';
    const base = values.get(`${DIRECTORY}.baseDN`) || '';
    const url = joinUrl({ scheme, host, port: values.get(`${DIRECTORY}.port`) || null, path: encodeURI(base) });
    return { value: url, key };
  },
  write: (value) => {
    const found = splitUrl(value, Object.keys(LDAP));
    if (found === null) return { refused: 'it is no ldap or ldaps address without a login' };
    const base = decoded(found.path);
    return [
      { key: 'feature.corporateDirectory.enabled', value: '1' },
      { key: `${DIRECTORY}.address`, value: found.host },
      ...(found.port === null ? [] : [{ key: `${DIRECTORY}.port`, value: found.port }]),
      { key: `${DIRECTORY}.transport`, value: LDAP[found.scheme] ?? 'TCP' },
      ...(base === '' ? [] : [{ key: `${DIRECTORY}.baseDN`, value: base }]),
    ];
  },
};

function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

export const phone: PhoneRows = {
  language: { keys: ['lcl.ml.lang'], codec: choice(LANGUAGES), source: '[admin]' },
  timeZone,
  ntpServer: { keys: [`${SNTP}.address`, 'device.sntp.serverName'], codec: plainText, source: '[admin], [fusionpbx]' },
  clock24Hours: { keys: ['lcl.datetime.time.24HourClock'], codec: on, source: '[admin]' },
  adminPassword: device('device.auth.localAdminPassword', plainText),
  userPassword: device('device.auth.localUserPassword', plainText),
  vlanId: device('device.net.vlanId', wholeNumber(1, 4094)),
  vlanPriority,
  provisioningUrl,
  provisioningUserName: device('device.prov.user', plainText),
  provisioningPassword: device('device.prov.password', plainText),
  pollingMinutes,
  dhcpProvisioning: device('device.dhcp.bootSrvUseOpt', dhcpBoot),
  redirectProvisioning: device('device.prov.ztpEnabled', on, '[admin] zero touch provisioning by the maker'),
  firmwareUrl: device('device.prov.upgradeServer', plainText, '[admin], [fusionpbx]'),
  phoneBookUrl,
  toneFileUrl: text('saf.1', '[admin] the first sampled audio file'),
  logoUrl: switched(
    { keys: ['bg.color.bm.1.name'], codec: plainText, source: '[admin] the picture behind, chosen by selection 2,1' },
    { keys: ['bg.color.selection'], on: '2,1' },
  ),
  dialPlan: text('dialplan.digitmap', '[admin]'),
  trustedCertificates,
};

// ---- function keys

/**
 * lineKey.N says what a key is; what it dials stands in lists of their own: those watched in attendant.resourceList, in
 * the order of their keys, what is dialled or parked at in efk.efklist.
 */
const KEY = /^lineKey\.(\d{1,3})\.category$/i;
const RESOURCE = /^attendant\.resourceList\.(\d{1,3})\.address$/;
const DIAL_END = '$Tinvite$';
const PARK_END = '$Trefer$';

function watched(
  values: EffectiveValues,
): { readonly number: number; readonly value: string; readonly label: string | null }[] {
  const found = [];
  for (const key of values.all.keys()) {
    const number = Number(RESOURCE.exec(key)?.[1] ?? 0);
    const value = number === 0 ? undefined : values.get(key);
    if (!value) continue;
    found.push({ number, value, label: values.get(`attendant.resourceList.${number}.label`) ?? null });
  }
  return found.sort((a, b) => a.number - b.number);
}

function readEfk(values: EffectiveValues, key: number, index: string): FunctionKey | null {
  const action = values.get(`efk.efklist.${index}.action.string`) ?? '';
  const end = [DIAL_END, PARK_END].find((suffix) => action.endsWith(suffix));
  if (end === undefined) return null;
  return {
    key,
    module: 0,
    type: end === PARK_END ? 'park' : 'speedDial',
    line: null,
    value: action.slice(0, -end.length),
    label: values.get(`efk.efklist.${index}.label`) ?? null,
  };
}

function readKeys(values: EffectiveValues): FunctionKey[] {
  const keys: { readonly number: number; readonly name: string; readonly category: string }[] = [];
  for (const name of values.all.keys()) {
    const number = Number(KEY.exec(name)?.[1] ?? 0);
    const category = number === 0 ? undefined : values.get(name);
    if (category) keys.push({ number, name, category: category.toLowerCase() });
  }
  keys.sort((a, b) => a.number - b.number);
  const resources = watched(values);
  if (keys.length === 0) {
    // Without places of their own they follow the lines; servers number them as the keys they mean.
    return resources.map(({ number, value, label }) => ({
      key: number,
      module: 0,
      type: 'blf',
      line: null,
      value,
      label,
    }));
  }
  const found: FunctionKey[] = [];
  for (const { number: key, name, category } of keys) {
    const index = values.get(name.replace(/category$/i, 'index')) ?? '';
    if (category === 'line') {
      found.push({ key, module: 0, type: 'line', line: Number(index) || null, value: null, label: null });
    } else if (category === 'blf') {
      const resource = resources.shift();
      if (resource !== undefined) {
        found.push({ key, module: 0, type: 'blf', line: null, value: resource.value, label: resource.label });
      }
    } else if (category === 'efk') {
      const efk = readEfk(values, key, index);
      if (efk !== null) found.push(efk);
    }
  }
  return found;
}

function writeKey(of: FunctionKey, model: ModelFamily | null): ReturnType<FunctionKeys['write']> {
  if (of.module === 0) return keyEntries(of);
  if (model === null) return { refused: 'name the model: keys are counted on from those of the phone' };
  const written = keyEntries({ ...of, key: model.keys + (of.module - 1) * model.keysPerModule + of.key });
  // Read again, a key of a module counts on from those of the phone.
  return Array.isArray(written) ? { near: written } : written;
}

function keyEntries({ key, type, line, value, label }: FunctionKey): WrittenEntries {
  const place = [
    { key: 'lineKey.reassignment.enabled', value: '1' },
    {
      key: `lineKey.${key}.category`,
      value: type === 'line' ? 'Line' : type === 'blf' ? 'BLF' : 'EFK',
    },
  ];
  if (type === 'line') {
    if (line === null) return { refused: 'it names no line' };
    const entries = [...place, { key: `lineKey.${key}.index`, value: String(line) }];
    return label === null ? entries : { near: entries };
  }
  if (value === null) return { refused: 'it has no number' };
  const named = (stem: string) => (label === null ? [] : [{ key: `${stem}.label`, value: label }]);
  const entries =
    type === 'blf'
      ? [
          ...place,
          { key: `attendant.resourceList.${key}.address`, value },
          { key: `attendant.resourceList.${key}.type`, value: 'normal' },
          ...named(`attendant.resourceList.${key}`),
        ]
      : [
          ...place,
          { key: `lineKey.${key}.index`, value: String(key) },
          { key: 'feature.enhancedFeatureKeys.enabled', value: '1' },
          { key: `efk.efklist.${key}.mname`, value: `key${key}` },
          { key: `efk.efklist.${key}.status`, value: '1' },
          { key: `efk.efklist.${key}.action.string`, value: value + (type === 'park' ? PARK_END : DIAL_END) },
          ...named(`efk.efklist.${key}`),
        ];
  // Keys dial with the line that is chosen: another than the first cannot be named.
  return line === null ? entries : { near: entries };
}

export const functionKeys: FunctionKeys = {
  source:
    '[admin] lineKey.*, attendant.resourceList.*, efk.efklist.*; [fusionpbx]. Gaps in resourceList, parking by transfer, counting on over expansion modules: assumption',
  read: readKeys,
  write: writeKey,
};

// ---- models

function model(
  id: string,
  spelled: string,
  lines: number,
  keys: number,
  [modules, keysPerModule]: readonly [number, number] = [0, 0],
): ModelFamily {
  const names = [spelled, id.replace(/^([A-Za-z]+)(?=\d)/, '$1 '), spelled.replaceAll('_', '')];
  return { id, names: [...new Set(names)].filter((name) => name !== id), lines, keys, modules, keysPerModule };
}

const VVX_MODULES: readonly [number, number] = [3, 28];
const EDGE_MODULES: readonly [number, number] = [3, 40];

/** Lines and keys: [datasheet]; Edge and CCX: assumption. */
export const models: readonly ModelFamily[] = [
  model('IP320', 'SPIP_320', 2, 2),
  model('IP321', 'SPIP_321', 2, 2),
  model('IP330', 'SPIP_330', 2, 2),
  model('IP331', 'SPIP_331', 2, 2),
  model('IP335', 'SPIP_335', 2, 2),
  model('IP430', 'SPIP_430', 2, 2),
  model('IP450', 'SPIP_450', 3, 3),
  model('IP501', 'SPIP_501', 3, 3),
  model('IP550', 'SPIP_550', 4, 4),
  model('IP560', 'SPIP_560', 4, 4),
  model('IP601', 'SPIP_601', 6, 6, [3, 14]),
  model('IP650', 'SPIP_650', 6, 6, [3, 14]),
  model('IP670', 'SPIP_670', 6, 6, [3, 14]),
  model('IP5000', 'SSIP_5000', 1, 1),
  model('IP6000', 'SSIP_6000', 1, 1),
  model('IP7000', 'SSIP_7000', 1, 1),
  model('Duo', 'SSDuo', 1, 1),
  model('VVX101', 'VVX_101', 1, 1),
  model('VVX150', 'VVX_150', 2, 2),
  model('VVX201', 'VVX_201', 2, 2),
  model('VVX250', 'VVX_250', 4, 4),
  model('VVX300', 'VVX_300', 6, 6, VVX_MODULES),
  model('VVX301', 'VVX_301', 6, 6, VVX_MODULES),
  model('VVX310', 'VVX_310', 6, 6, VVX_MODULES),
  model('VVX311', 'VVX_311', 6, 6, VVX_MODULES),
  model('VVX350', 'VVX_350', 6, 6, VVX_MODULES),
  model('VVX400', 'VVX_400', 12, 12, VVX_MODULES),
  model('VVX401', 'VVX_401', 12, 12, VVX_MODULES),
  model('VVX410', 'VVX_410', 12, 12, VVX_MODULES),
  model('VVX411', 'VVX_411', 12, 12, VVX_MODULES),
  model('VVX450', 'VVX_450', 12, 12, VVX_MODULES),
  model('VVX500', 'VVX_500', 12, 12, VVX_MODULES),
  model('VVX501', 'VVX_501', 12, 12, VVX_MODULES),
  model('VVX600', 'VVX_600', 16, 16, VVX_MODULES),
  model('VVX601', 'VVX_601', 16, 16, VVX_MODULES),
  model('VVX1500', 'VVX_1500', 6, 6),
  model('Trio8300', 'Trio_8300', 1, 0),
  model('Trio8500', 'Trio_8500', 1, 0),
  model('Trio8800', 'Trio_8800', 1, 0),
  model('CCX350', 'CCX_350', 8, 8),
  model('CCX400', 'CCX_400', 24, 24),
  model('CCX500', 'CCX_500', 24, 24, EDGE_MODULES),
  model('CCX505', 'CCX_505', 24, 24, EDGE_MODULES),
  model('CCX600', 'CCX_600', 24, 24, EDGE_MODULES),
  model('CCX700', 'CCX_700', 24, 24, EDGE_MODULES),
  model('EdgeE100', 'Edge_E100', 2, 2),
  model('EdgeE220', 'Edge_E220', 4, 16),
  model('EdgeE300', 'Edge_E300', 8, 32),
  model('EdgeE320', 'Edge_E320', 8, 32),
  model('EdgeE350', 'Edge_E350', 8, 32),
  model('EdgeE400', 'Edge_E400', 12, 48, EDGE_MODULES),
  model('EdgeE450', 'Edge_E450', 12, 48, EDGE_MODULES),
  model('EdgeE500', 'Edge_E500', 16, 60, EDGE_MODULES),
  model('EdgeE550', 'Edge_E550', 16, 60, EDGE_MODULES),
];
