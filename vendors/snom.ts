// Snom: which setting holds which of our fields, both ways. Desk phones, DECT bases M300 to M900 and the PA1 share the
// XML; old firmware reads the same names as text; the m3 and what is made by VTech have formats of their own.
// Sources: [service] Snom's service pages and wiki; [fusionpbx], [wazo], [tancredi] settings as these write them.
// "assumption": nobody says so.
import { endLine, hasCrlf, type LineEnds, lineBreakOf } from '../parsers/lines.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry, Note } from '../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue, type XmlElement, xmlAttribute, xmlText } from '../parsers/xml.ts';
import { type Codec, choice, hostWithTransport, plainText, seconds, userName, wholeNumber } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Access, HostPort, Line } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { m3Format } from './snom-m3.ts';
import { functionKeys, models, ORDER, onOff, phone, provisioningOrder } from './snom-phone.ts';
import type {
  AskingPhone,
  Certainty,
  Format,
  Group,
  Key,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  SettingRows,
  Target,
  Values,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';
import { isVtechXml, parseVtechXml, vtechTable } from './vtech-account.ts';

// ---- rows

/** How a setting of an identity is called: `user_name.1` in XML (from name and idx), `user_name1` in text. */
type Naming = (name: string) => string;

/**
 * DECT bases number servers apart from lines: what belongs to a server stands under the server's number, which the line
 * names ([wazo]).
 */
function serverKey(naming: Naming, name: string): Key {
  return (line, values) => {
    const server = values.get(of(naming, 'subscr_sip_ua_data_server_id', line));
    return of(naming, name, server && /^\d{1,3}$/.test(server) ? Number(server) : line);
  };
}

function of(naming: Naming, name: string, line: number): string {
  return naming(name).replace('{n}', String(line));
}

/** user_outbound is a list: the first counts, the second stands in for it. */
function outboundList(text: string): string[] {
  return text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}

const firstOfList: Codec<HostPort> = {
  read: (text) => {
    const [first] = outboundList(text);
    return first === undefined ? null : hostWithTransport.read(first);
  },
  write: hostWithTransport.write,
};

function secondOutbound(naming: Naming): Group<HostPort> {
  const keyOf = serverKey(naming, 'user_outbound') as (line: number, values: Values) => string;
  return {
    source: '[fusionpbx] the second of the list',
    read: (values, line) => {
      const key = keyOf(line, values);
      const second = outboundList(values.get(key) ?? '')[1];
      const value = second === undefined ? null : hostWithTransport.read(second);
      return value === null || value === undefined ? null : { value, key };
    },
    write: (value, line) => partOf(of(naming, 'user_outbound', line), SECOND, hostWithTransport.write(value)),
  };
}

/** What stands behind `#` is a part of a setting, or stands for several, which the writer puts together. */
const SECOND = '#2';
const FAILOVER = '#failover';

function partOf(key: string, part: string, written: ReturnType<Codec<unknown>['write']>) {
  return 'refused' in written ? written : [{ key: key + part, value: written.text }];
}

function failoverHost(naming: Naming): Group<HostPort> {
  return {
    source: '[wazo] user_failover_identity names another identity, which is hidden and only registers elsewhere',
    read: (values, line) => {
      const other = failoverOf(naming, values, line);
      if (other === null) return null;
      const key = of(naming, 'user_host', other);
      const value = hostWithTransport.read(values.get(key) ?? '');
      return value === null || value === undefined ? null : { value, key };
    },
    write: (value, line) => partOf(of(naming, 'user_host', line), FAILOVER, hostWithTransport.write(value)),
  };
}

function lineRows(naming: Naming): LineRows {
  const key = (name: string): string => naming(name);
  return {
    enabled: { keys: [key('user_active')], codec: onOff, source: '[service] on by default' },
    userName: { keys: [key('user_name')], codec: userName, source: '[service]' },
    authName: { keys: [key('user_pname')], codec: plainText, source: '[service] the user name if empty' },
    password: {
      keys: [key('user_pass'), key('user_password')],
      codec: plainText,
      source: '[service]; user_password: [fusionpbx] 820',
    },
    ha1: { keys: [key('user_hash')], codec: plainText, source: '[service] MD5 of user, realm and password' },
    displayName: { keys: [key('user_realname')], codec: plainText, source: '[service]' },
    label: {
      keys: [key('user_idle_text'), key('user_idle_number'), key('subscr_sip_line_name')],
      codec: plainText,
      source: '[service] what the idle screen shows; DECT: [wazo]',
    },
    registrarHost: {
      keys: [serverKey(naming, 'user_host')],
      codec: hostWithTransport,
      source: '[service] host[:port]; ;transport=: [fusionpbx]; DECT: [wazo]',
    },
    expiresSeconds: { keys: [serverKey(naming, 'user_expiry')], codec: seconds, source: '[service]' },
    outboundHost: {
      keys: [serverKey(naming, 'user_outbound')],
      codec: firstOfList,
      source: '[service] host:port;transport=tls, may begin with sip:',
    },
    backupHost: failoverHost(naming),
    backupOutboundHost: secondOutbound(naming),
  };
}

/** Snom's name in codec_priority_list -> RTP encoding name. */
const CODEC_NAMES: Readonly<Record<string, string>> = {
  g722: 'G722',
  pcmu: 'PCMU',
  pcma: 'PCMA',
  g729: 'G729',
  opus: 'opus',
  ilbc: 'iLBC',
  gsm: 'GSM',
  g723: 'G723',
  'g726-32': 'G726-32',
  'aal2-g726-32': 'AAL2-G726-32',
  'amr-0': 'AMR',
  'amrwb-0': 'AMR-WB',
};
const CODEC_WORDS = new Map(Object.entries(CODEC_NAMES).map(([word, name]) => [name, word]));

/** In the list beside the codecs; without it the phone sends no digits. */
const DIGITS = 'telephone-event';

function settingRows(naming: Naming): SettingRows {
  const srtp: Group<string> = {
    source: '[wazo] user_srtp on or off; user_savp off, optional, mandatory; optional by default: assumption',
    read: (values, line) => {
      const key = serverKeyOf(naming, 'user_srtp', line, values);
      const text = values.get(key);
      const isOn = text ? onOff.read(text) : undefined;
      if (isOn === undefined) return null;
      const isMandatory = values.get(of(naming, 'user_savp', line))?.toLowerCase() === 'mandatory';
      return { value: isOn ? (isMandatory ? 'required' : 'optional') : 'off', key };
    },
    write: (value, line) => {
      const words: Readonly<Record<string, readonly [string, string?]>> = {
        off: ['off'],
        optional: ['on', 'optional'],
        required: ['on', 'mandatory'],
      };
      const found = Object.hasOwn(words, value) ? words[value] : undefined;
      if (found === undefined) return { refused: `the format has no word for ${value}` };
      return [
        { key: of(naming, 'user_srtp', line), value: found[0] },
        ...(found[1] === undefined ? [] : [{ key: of(naming, 'user_savp', line), value: found[1] }]),
      ];
    },
  };
  const codecs: Group<readonly string[]> = {
    source: '[service], [wazo], [fusionpbx] names with commas between, the preferred first',
    read: (values, line) => {
      const key = of(naming, 'codec_priority_list', line);
      const words = outboundList(values.get(key) ?? '').filter((word) => word !== DIGITS);
      const known = words.flatMap((word) => CODEC_NAMES[word.toLowerCase()] ?? []);
      if (words.length === 0) return null;
      return { value: known, key, unknown: known.length === words.length ? [] : [key] };
    },
    write: (value, line) => {
      const words = value.flatMap((name) => CODEC_WORDS.get(name) ?? []);
      if (words.length === 0) return { refused: `there is no codec ${value[0]}` };
      const entries = [{ key: of(naming, 'codec_priority_list', line), value: [...words, DIGITS].join(',') }];
      return words.length === value.length ? entries : { near: entries };
    },
  };
  return {
    srtp,
    dtmf: {
      keys: [serverKey(naming, 'user_dtmf_info')],
      codec: choice<string>({ off: 'rfc2833', sip_info_only: 'info', on: 'rfc2833+info' }, { inband: 'off' }),
      source: '[service], [wazo], [tancredi]; off leaves the digits to RTP events',
    },
    codecs,
    voiceMailbox: {
      keys: [naming('user_mailbox'), naming('user_mailnumber')],
      codec: plainText,
      source: '[service]; DECT has a name there and the number apart: [wazo]',
    },
    keepAliveSeconds: {
      keys: [naming('keepalive_interval')],
      codec: wholeNumber(1, 3600),
      source: '[fusionpbx]',
    },
  };
}

function serverKeyOf(naming: Naming, name: string, line: number, values: Values): string {
  return (serverKey(naming, name) as (line: number, values: Values) => string)(line, values);
}

// ---- identities that only stand in for others

function isOn(values: Values, key: string): boolean {
  return onOff.read(values.get(key) ?? '') === true;
}

/** The identity that stands in for this one at another server; null when it has none, or when that one is a user. */
function failoverOf(naming: Naming, values: Values, line: number): number | null {
  const text = values.get(of(naming, 'user_failover_identity', line));
  if (!text || !/^\d{1,3}$/.test(text) || Number(text) === line || Number(text) === 0) return null;
  const other = Number(text);
  const get = (name: string, of_: number) => values.get(of(naming, name, of_)) ?? '';
  const user = get('user_name', other);
  if (user === '' || user === get('user_name', line)) return other;
  // Wazo's template writes the next user over the hidden identity of the one before: then it is a user.
  const isElsewhere = get('user_host', other) !== get('user_host', line);
  return isOn(values, of(naming, 'hide_identity', other)) && isElsewhere ? other : null;
}

/** Identities of a phone, hidden ones among them. */
const MOST_IDENTITIES = 12;

function finishWith(naming: Naming): NonNullable<KeyTable['finish']> {
  return (line, values, warn) => {
    for (let before = 1; before <= MOST_IDENTITIES; before += 1) {
      if (failoverOf(naming, values, before) !== line.line) continue;
      // Two that stand in for each other are both users.
      if (before < line.line || failoverOf(naming, values, line.line) !== before) return null;
    }
    const { password } = line;
    if (password !== null && password !== password.trim()) warn(`password-has-edge-blanks:${line.line}`);
    return withTransportOfProxy(line);
  };
}

/** The transport stands at the address that the phone sends to: the proxy if there is one. */
function withTransportOfProxy(line: Line): Line {
  const { outboundProxy, registrar } = line;
  const transport = outboundProxy?.transport;
  if (outboundProxy === null || transport === undefined) return line;
  if (registrar !== null && registrar.transport !== null && registrar.transport !== transport) return line;
  const { backupOutboundProxy: second, ...rest } = line;
  return {
    ...rest,
    registrar: { host: registrar?.host ?? null, port: registrar?.port ?? null, transport },
    outboundProxy: { host: outboundProxy.host, port: outboundProxy.port },
    ...(second !== undefined && {
      backupOutboundProxy: second.transport === transport ? { host: second.host, port: second.port } : second,
    }),
  };
}

function tableOf(naming: Naming, numbers: RegExp): KeyTable {
  return {
    numbers: numbersMatching(numbers),
    // M900 in a multi-cell system.
    mostLines: 1000,
    lines: lineRows(naming),
    settings: settingRows(naming),
    phone,
    functionKeys,
    finish: finishWith(naming),
  };
}

export const xmlTable = tableOf((name) => `${name}.{n}`, /^user_(?:name|pname|pass|password|hash|active)\.([1-9]\d*)$/);
const textTable = tableOf((name) => `${name}{n}`, /^user_(?:name|pname|pass|password|hash|active)([1-9]\d*)$/);

// ---- XML: reading

const SECTIONS = new Set([
  'phone-settings',
  'functionkeys',
  'function-keys',
  'setting-files',
  'tbook',
  'phone-book',
  'dialplan',
  'replacementplan',
  'uploads',
  'certificates',
  'gui-languages',
  'web-languages',
  'firmware-settings',
]);

const SECTION_TAG =
  /<(?:phone-settings|function-?keys|setting-files|tbook|phone-book|dialplan|replacementplan|certificates|gui-languages|web-languages|firmware-settings)[\s/>]/i;

/** Gigaset's P phones have the same files: only their vendor tells them apart. */
export function isSnomXml(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || isVtechXml(body)) return 'no';
  const root = body.shape.root.toLowerCase();
  if (SECTIONS.has(root)) return 'sure';
  if (root !== 'settings') return 'no';
  if (SECTION_TAG.test(body.text)) return 'sure';
  // ALE has the same root.
  return /<setting\s/i.test(body.text) ? 'no' : 'likely';
}

/** [service] `!` keeps what the user changed; `&`, R and a blank are read-only; `$`, RW and nothing are written again. */
function accessOfPerm(perm: string | undefined): Access | undefined {
  if (perm === undefined) return undefined;
  const flags = perm.replace('V', '');
  if (flags.includes('!')) return 'default';
  if (flags === 'R' || flags.includes('&') || /^\s+$/.test(flags)) return 'locked';
  // V alone is volatile and protects against writing.
  return flags === '' && perm !== '' ? 'locked' : 'open';
}

export function parseSnomXml(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const found: Found = { entries: [], includes: [] };
  for (const root of document.roots) {
    if (root.name.toLowerCase() === 'settings') for (const child of root.children) readSection(child, found);
    else readSection(root, found);
  }
  const namesOthersOnly = found.includes.length > 0 && found.entries.length === 0;
  return {
    entries: found.entries,
    includes: found.includes,
    warnings: noteWarnings(notes, isSecret),
    ...(namesOthersOnly && { format: 'snom-setting-files' }),
  };
}

interface Found {
  readonly entries: Entry[];
  readonly includes: string[];
}

function readSection(section: XmlElement, found: Found): void {
  switch (section.name.toLowerCase()) {
    case 'phone-settings':
    case 'firmware-settings':
    case 'functionkeys':
    case 'function-keys':
      for (const child of section.children) readSetting(child, found.entries);
      break;
    case 'setting-files':
      for (const child of section.children) {
        const url = attributeOf(child, 'url')?.trim();
        if (url) found.includes.push(url);
      }
      break;
    case 'dialplan':
      for (const [rule, child] of section.children.entries()) readDialRule(child, rule, found.entries);
      break;
    case 'certificates':
      for (const [number, child] of section.children.entries()) {
        const url = attributeOf(child, 'url');
        if (url) found.entries.push({ key: `certificates.${number}.url`, value: url });
        else found.entries.push({ key: `certificates.${number}`, value: child.text });
      }
      break;
    case 'gui-languages':
    case 'web-languages':
      for (const [number, child] of section.children.entries()) {
        const url = attributeOf(child, 'url');
        if (url) found.entries.push({ key: `${section.name.toLowerCase()}.${number}.url`, value: url });
      }
      break;
    default:
      // Contacts and pictures are no settings; what stands straight below <settings> is.
      if (!SECTIONS.has(section.name.toLowerCase())) readSetting(section, found.entries);
  }
}

function readSetting(element: XmlElement, entries: Entry[]): void {
  if (element.children.length > 0) return;
  const idx = attributeOf(element, 'idx')?.trim();
  const key = idx ? `${element.name}.${idx}` : element.name;
  const access = accessOfPerm(attributeOf(element, 'perm'));
  entries.push({ key, value: element.text, ...(access !== undefined && { access }) });
  if (element.name !== 'fkey') return;
  for (const name of ['context', 'label']) {
    const value = attributeOf(element, name);
    if (value) entries.push({ key: `${key}.${name}`, value });
  }
}

function readDialRule(element: XmlElement, rule: number, entries: Entry[]): void {
  for (const { name, value } of element.attributes) {
    const lower = name.toLowerCase();
    if (lower === 'match' || lower === 'rewrite') entries.push({ key: `dialplan.${rule}.${lower}`, value });
  }
}

// ---- XML: writing

/** Always written: without it every firmware has a default of its own ([service]). */
const PERM: Readonly<Record<Access, string>> = { open: 'RW', default: '!', locked: 'R' };

function permOf({ access = 'open' }: Entry): string {
  return PERM[access];
}

/** A setting with the parts that stand apart in the entries put together. */
function assemble(entries: readonly Entry[]): Map<string, Entry> {
  const settings = new Map<string, Entry>();
  const parts = new Map<string, Entry>();
  for (const entry of entries) (entry.key.includes('#') ? parts : settings).set(entry.key, entry);
  for (const [key, entry] of parts) {
    const [name = '', part] = key.split('#');
    const before = settings.get(name);
    if (`#${part}` === SECOND && before !== undefined) {
      settings.set(name, { ...before, value: `${before.value},${entry.value}` });
    } else if (`#${part}` === FAILOVER) addFailover(settings, Number(name.slice('user_host.'.length)), entry);
    else if (name === ORDER && before === undefined) {
      settings.set(name, {
        ...entry,
        key: name,
        value: provisioningOrder((way) => parts.get(`${ORDER}#${way}`)?.value === 'off'),
      });
    }
  }
  for (const [key, entry] of settings) {
    if (key.startsWith('user_outbound.')) settings.set(key, withTransport(entry, settings));
    if (/^fkey\.\d+$/.test(key)) settings.set(key, withHost(entry, settings));
  }
  return settings;
}

/** The same user once more, hidden, at the other server. */
function addFailover(settings: Map<string, Entry>, line: number, { value, access }: Entry): void {
  const idx = freeIdentity(settings);
  const add = (name: string, at: number, text: string): void => {
    settings.set(`${name}.${at}`, { key: `${name}.${at}`, value: text, ...(access !== undefined && { access }) });
  };
  add('user_failover_identity', line, String(idx));
  for (const name of ['user_name', 'user_pname', 'user_pass', 'user_hash', 'user_realname']) {
    const entry = settings.get(`${name}.${line}`);
    if (entry !== undefined) settings.set(`${name}.${idx}`, { ...entry, key: `${name}.${idx}` });
  }
  add('user_active', idx, 'on');
  add('user_host', idx, value);
  add('hide_identity', idx, 'true');
}

function usedIdentities(keys: Iterable<string>): Set<number> {
  const used = new Set<number>();
  for (const key of keys) {
    const idx = /^user_\w+\.(\d+)$/.exec(key)?.[1];
    if (idx !== undefined) used.add(Number(idx));
  }
  return used;
}

function freeIdentity(settings: ReadonlyMap<string, Entry>): number {
  const used = usedIdentities(settings.keys());
  let idx = 1;
  while (used.has(idx)) idx += 1;
  return idx;
}

const TRANSPORT = /;transport=\w+/;

/** What the registrar is reached by, the proxy in front of it is. */
function withTransport(entry: Entry, settings: ReadonlyMap<string, Entry>): Entry {
  const idx = entry.key.slice('user_outbound.'.length);
  const transport = TRANSPORT.exec(settings.get(`user_host.${idx}`)?.value ?? '')?.[0];
  if (transport === undefined) return entry;
  const addresses = outboundList(entry.value).map((address) =>
    TRANSPORT.test(address) ? address : address + transport,
  );
  return { ...entry, value: addresses.join(',') };
}

/** Phones subscribe to an address: the host of the key's line, or of the first. */
function withHost(entry: Entry, settings: ReadonlyMap<string, Entry>): Entry {
  if (!/^(?:blf|orbit) /.test(entry.value)) return entry;
  const context = settings.get(`${entry.key}.context`)?.value ?? '';
  const host = (settings.get(`user_host.${context}`) ?? settings.get('user_host.1'))?.value.split(';', 1)[0];
  return host === undefined ? entry : { ...entry, value: `${entry.value}@${host}` };
}

function printXml(entries: readonly Entry[], { mac, model }: Target): readonly [WrittenFile] {
  const settings = assemble(entries);
  const parts: Record<'settings' | 'firmware' | 'keys' | 'rules' | 'languages' | 'certificates', string[]> = {
    settings: [],
    firmware: [],
    keys: [],
    rules: [],
    languages: [],
    certificates: [],
  };
  for (const [key, entry] of settings) {
    const [name = '', idx, attribute] = key.split('.');
    const value = xmlText(entry.value);
    const where = idx === undefined ? '' : ` idx="${idx}"`;
    if (name === 'fkey') {
      if (attribute !== undefined) continue;
      const more = ['context', 'label'].map((of_) => {
        const text = settings.get(`${key}.${of_}`)?.value;
        return text === undefined ? '' : ` ${of_}="${xmlAttribute(text)}"`;
      });
      parts.keys.push(`    <fkey${where}${more.join('')} perm="${permOf(entry)}">${value}</fkey>`);
    } else if (name === 'dialplan') {
      if (attribute !== 'match') continue;
      const rewrite = settings.get(`dialplan.${idx}.rewrite`)?.value ?? '';
      parts.rules.push(
        `    <template match="${xmlAttribute(entry.value)}" timeout="0" rewrite="${xmlAttribute(rewrite)}"/>`,
      );
    } else if (name === 'certificates') {
      parts.certificates.push(`    <certificate type="base64">${value}</certificate>`);
    } else if (name === 'gui-languages') {
      const language = settings.get('language')?.value ?? 'English';
      parts.languages.push(`    <language url="${xmlAttribute(entry.value)}" name="${xmlAttribute(language)}"/>`);
    } else {
      const line = `    <${name}${where} perm="${permOf(entry)}">${value}</${name}>`;
      (name === 'firmware' ? parts.firmware : parts.settings).push(line);
    }
  }
  const section = (name: string, lines: readonly string[], attributes = ''): string =>
    lines.length === 0 ? '' : `  <${name}${attributes}>\n${lines.join('\n')}\n  </${name}>\n`;
  const text = [
    '<?xml version="1.0" encoding="utf-8"?>\n<settings>\n',
    section('phone-settings', parts.settings, ' e="2"'),
    section('firmware-settings', parts.firmware),
    section('functionKeys', parts.keys, ' e="2"'),
    section('dialplan', parts.rules, ' e="2"'),
    section('gui-languages', parts.languages),
    section('certificates', parts.certificates),
    '</settings>\n',
  ].join('');
  const upper = mac === null ? '{mac}' : formatMac(mac, 'upper');
  return [{ name: model?.phoneType ? `${model.phoneType}-${upper}.htm` : `${upper}.xml`, text }];
}

/** A credential with `!` would be kept from the first time on: a new one would never reach the phone ([service]). */
const CREDENTIALS = /^(?:user_(?:name|pname|hash)\.|user_host\.\d+#|http_user$|http_client_user$|webserver_\w+_name$)/;

function refuseEntries(entries: readonly Entry[], model: ModelFamily | null): string | null {
  const keys = new Set(entries.map(({ key }) => key));
  for (const key of keys) {
    if (key.endsWith(SECOND) && !keys.has(key.slice(0, -SECOND.length))) {
      return `identity ${key.slice('user_outbound.'.length, -SECOND.length)} has a second outbound proxy but no first`;
    }
  }
  const standIns = [...keys].filter((key) => key.endsWith(FAILOVER));
  if (standIns.length === 0) return null;
  const most = Math.min(model?.lines ?? MOST_IDENTITIES, MOST_IDENTITIES);
  const used = usedIdentities([...keys].filter((key) => !key.includes('#')));
  return Math.max(...used) > most || used.size + standIns.length > most
    ? `a second registrar takes an identity of its own, and there are ${most}`
    : null;
}

const writer: Writer = {
  print: printXml,
  refuseValue: refuseXmlValue,
  access: ['open', 'default', 'locked'],
  allows: (access, key) => access !== 'default' || !(isSecret(key) || CREDENTIALS.test(key)),
  refuseEntries,
};

// ---- text of firmware up to 7

const TEXT_KEY =
  /^[ \t]*(?:user_(?:name|host|pass|pname|realname|active|outbound)(?:\[\d{1,3}\]|\d{0,3})|setting_server)[!$&#]?[ \t]*:/m;

function recogniseText(body: TextBody): Certainty {
  if (/^\s*<html>\s*<pre>/i.test(body.text)) return 'sure';
  return body.shape.kind === 'colon' && TEXT_KEY.test(body.text) ? 'sure' : 'no';
}

/** [service] behind the name: `!` the user's value stays, `$` written again, `&` or nothing read-only. */
const FLAGS: Readonly<Record<string, Access>> = { '!': 'default', $: 'open', '&': 'locked', '': 'locked' };

const TEXT_LINE = /^([A-Za-z0-9_]+)(?:\[(\d{1,3})\])?([!$&#]?)[ \t]*:(.*)$/;

function parseText(text: string): ParsedConfig {
  const entries: Entry[] = [];
  const notes: Note[] = hasCrlf(text) ? [{ code: 'crlf' }] : [];
  const lineBreak = lineBreakOf(text);
  const ends: LineEnds = { end: 0, trimmed: false, next: 0 };
  let line = 0;
  for (let start = 0; start < text.length; start = ends.next) {
    line += 1;
    endLine(text, start, lineBreak, ends);
    const content = text.slice(start, ends.end).trimStart();
    if (content === '' || content.startsWith('#') || content.startsWith('<')) continue;
    const [, name, idx = '', flag = '', rest = ''] = TEXT_LINE.exec(content) ?? [];
    if (name === undefined) {
      notes.push({ code: 'line-not-understood', at: String(line) });
      continue;
    }
    const key = name + idx;
    const access = FLAGS[flag];
    // Blanks and tabs only: others are part of a value.
    const value = rest.replace(/^[ \t]+/, '');
    entries.push({ key, value, ...(access !== undefined && { access }) });
    if (ends.trimmed && value !== '') notes.push({ code: 'trailing-space-trimmed', at: key });
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [
  { id: 'snom-xml', recognise: isSnomXml, parse: parseSnomXml, table: xmlTable, writer },
  { id: 'snom-text', recognise: recogniseText, parse: parseText, table: textTable, writer: null },
  m3Format,
  {
    id: 'snom-vtech-xml',
    recognise: (body) => (isVtechXml(body) ? 'sure' : 'no'),
    parse: parseVtechXml,
    table: vtechTable,
    writer: null,
  },
];

// ---- persona, identification, secrets

/** `snom` and the model. */
function phoneType({ phoneType, model }: AskingPhone): string {
  return phoneType ?? (model.startsWith('snom') ? model : `snom${model}`);
}

const persona: PersonaRows = {
  usual: { model: 'snomD785', firmware: '10.1.169.16' },
  // The build and its date are there because FusionPBX takes the 11th blank-separated field as the MAC.
  userAgent: (phone) => {
    const base = /^snom(M\d{3})$/i.exec(phoneType(phone))?.[1];
    // DECT bases say less ([wazo]).
    if (base !== undefined) return `Mozilla/4.0 (compatible; Snom ${base} ${phone.firmware} ${phone.mac})`;
    return `Mozilla/4.0 (compatible; ${phoneType(phone)}-SIP ${phone.firmware} 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) ${formatMac(phone.mac, 'upper')} SXM:0 UXM:0 UXMC:0)`;
  },
  macVariables: { '{mac}': 'upper', $MAC: 'plain' },
  directory: (phone) => {
    const type = phoneType(phone);
    const upper = formatMac(phone.mac, 'upper');
    // [fusionpbx] the conference phone that VTech makes.
    if (/^snomC520/i.test(type)) return [[`C520-WiMi_${phone.mac}.cfg`, `C520-WiMi_${upper}.cfg`]];
    const own = [`${type}-${upper}.htm`, `${type}-${phone.mac}.htm`];
    // [fusionpbx] has files under the bare MAC for these.
    if (/^snom(?:m3|PA1)/i.test(type)) own.push(`${phone.mac}.cfg`);
    return [[`${type}.htm`], own];
  },
  besideNamed: ({ mac }, stem, extension) => [
    [`${stem}-${formatMac(mac, 'upper')}.${extension}`, `${stem}-${mac}.${extension}`],
  ],
};

/** Real strings: `Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)`. */
const identity: Vendor['identity'] = {
  userAgents: [
    /^Mozilla\/4\.0 \(compatible; snom(?<model>\w{2,12})-SIP (?<version>\d[\d.]{1,20})(?:[^)]{0,120}\([^)]{0,40}\))?(?:(?: [^ )]{1,40}){0,6}? (?<mac>[0-9A-F]{12})(?=[ )]))?/i,
    /^Mozilla\/4\.0 \(compatible; Snom (?<model>M\d{2,3}) (?<version>\d[\d.]{1,20}) (?<mac>[0-9a-f]{12})\)/i,
    /^Snom (?<model>M\d{2,3}) (?<version>\d[\d.]{1,20}) (?<mac>[0-9a-f]{12})/i,
    /^Mozilla\/4\.0 \(compatible; snom lid \d+\)/i,
  ],
  paths: [
    /(?:^|\/)snom(?<model>\w{2,12})-(?<mac>[0-9a-f]{12})\.(?:htm|xml)$/i,
    /(?:^|\/)snom(?<model>\w{2,12})(?:-firmware)?\.(?:htm|xml)$/i,
    /(?:^|\/)(?<model>[CM]\d{3})-\w{2,10}_(?<mac>[0-9a-f]{12})\.cfg$/i,
  ],
  ouis: ['000413', '00087b'],
};

/** Settings that no word gives away ([service]). */
const SECRET_KEYS =
  /^(?:user_(?:pass|password|hash)[.\d]|\w+_pass(?:word)?(?:_confirm)?$|subscr_dect_ac_code[.\d]|SUBSCR_\d+_UA_DATA_AUTH_PASS$|keyboard_lock_pw$)/;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

export const snom: Vendor = {
  id: 'snom',
  name: 'Snom',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['user_realname.1', 'user_idle_text.1', 'user_idle_number.1', 'user_name.1', 'fkey.0.label'],
  models,
  persona,
  identity,
};
