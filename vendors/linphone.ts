// Linphone: `<config><section name="proxy_0"><entry name="reg_proxy">`, and the same as the text of its own file. The
// login of a proxy stands in an auth_info section of its own, often as a hash only.
// Sources: [docs] Linphone's documentation of remote provisioning; [rc] the settings that liblinphone reads from its
// file; [fusionpbx] entries as FusionPBX writes them.
import { sections } from '../parsers/sections.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue, xmlAttribute, xmlText } from '../parsers/xml.ts';
import { type Codec, choice, hostWithTransport, plainText, seconds, type UserName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { HostPort, Line } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { WITHOUT_OF_APPS } from './unwritten.ts';
import type {
  Certainty,
  Group,
  Key,
  KeyTable,
  ParsedConfig,
  Row,
  Target,
  Values,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- addresses: `"Name" <sip:user@host:port;transport=tls>`, the angle brackets often missing

interface Address {
  readonly display: string | null;
  /** From `sip:` on, without the bracket. */
  readonly uri: string;
}

/** No address is longer; it is looked at for several rows. */
const LONGEST_ADDRESS = 2000;

function readAddress(text: string): Address | null {
  if (text.length > LONGEST_ADDRESS) return null;
  const start = Math.max(text.lastIndexOf('sip:'), text.lastIndexOf('sips:'));
  if (start === -1) return null;
  const before = text.slice(0, start).replace(/<\s*$/, '').trim();
  const quoted = before.length > 1 && before.startsWith('"') && before.endsWith('"');
  const display = quoted ? before.slice(1, -1).replace(/\\(.)/gs, '$1') : before;
  return { display: display === '' ? null : display, uri: text.slice(start).replace(/>\s*$/, '') };
}

function userOf(text: string): string | null {
  const address = readAddress(text);
  const user = address?.uri.replace(/^sips?:/, '') ?? '';
  const at = user.indexOf('@');
  if (at < 1) return null;
  try {
    return decodeURIComponent(user.slice(0, at));
  } catch {
    return user.slice(0, at);
  }
}

/** `<sip:host:port;transport=tls>`, a user before the host or none. */
const addressOfServer: Codec<HostPort> = {
  read: (text) => hostWithTransport.read(readAddress(text)?.uri ?? text.replace(/^<|>$/g, '')),
  write: (value) => {
    const written = hostWithTransport.write(value);
    return 'refused' in written ? written : { text: `<sip:${written.text}>` };
  },
};

// ---- rows

/** Behind `#` stands what the writer puts into reg_identity. */
const DISPLAY = '#display';

/** More than the app takes. */
const MOST_ACCOUNTS = 50;

/** The login of a proxy: of the same user at the same domain; else the one with the same number. */
function authSection(values: Values, line: number): string {
  const identity = values.get(`proxy_${line - 1}.reg_identity`) ?? '';
  const user = userOf(identity);
  if (user === null) return `auth_info_${line - 1}`;
  const domain = hostWithTransport.read(readAddress(identity)?.uri ?? '')?.host;
  const isOfUser = (index: number): boolean => {
    const stem = `auth_info_${index}`;
    if (values.get(`${stem}.username`) !== user) return false;
    const itsDomain = values.get(`${stem}.domain`) ?? values.get(`${stem}.realm`);
    return !itsDomain || itsDomain === domain;
  };
  if (isOfUser(line - 1)) return `auth_info_${line - 1}`;
  for (let index = 0; index < MOST_ACCOUNTS; index += 1) if (isOfUser(index)) return `auth_info_${index}`;
  return `auth_info_${line - 1}`;
}

function authRow(name: string, source: string): Row<string> {
  const key: Key = (line, values) => `${authSection(values, line)}.${name}`;
  return { keys: [key], codec: plainText, source };
}

const userName: Group<UserName> = {
  source: '[docs] the user of reg_identity; without it that of the login',
  read: (values, line) => {
    const identity = `proxy_${line - 1}.reg_identity`;
    const user = userOf(values.get(identity) ?? '');
    if (user !== null) return { value: { user, domain: null }, key: identity };
    const key = `auth_info_${line - 1}.username`;
    const login = values.get(key);
    return login ? { value: { user: login, domain: null }, key } : null;
  },
  write: ({ user }, line) => [{ key: `auth_info_${line - 1}.username`, value: user }],
};

const displayName: Group<string> = {
  source: '[docs] before the address in reg_identity',
  read: (values, line) => {
    const key = `proxy_${line - 1}.reg_identity`;
    const value = readAddress(values.get(key) ?? '')?.display ?? null;
    return value === null ? null : { value, key };
  },
  write: (value, line) => [{ key: `proxy_${line - 1}${DISPLAY}`, value }],
};

// ---- beside the accounts: of the whole app

const ENCRYPTION = 'sip.media_encryption';
const MANDATORY = 'sip.media_encryption_mandatory';

const srtp: Group<string> = {
  ofAllLines: true,
  source: '[rc] media_encryption none, srtp, zrtp, dtls; media_encryption_mandatory',
  read: (values) => {
    const word = values.get(ENCRYPTION)?.toLowerCase();
    if (!word) return null;
    if (word === 'none') return { value: 'off', key: ENCRYPTION };
    return { value: values.get(MANDATORY) === '1' ? 'required' : 'optional', key: ENCRYPTION };
  },
  write: (value) => {
    if (!['off', 'optional', 'required'].includes(value)) return { refused: `the format has no word for ${value}` };
    return [
      { key: ENCRYPTION, value: value === 'off' ? 'none' : 'srtp' },
      { key: MANDATORY, value: value === 'required' ? '1' : '0' },
    ];
  },
};

/** Values of use_rfc2833 and of use_info; without them the app sends the first. */
const DTMF: Readonly<Record<string, readonly [rfc2833: string, info: string]>> = {
  inband: ['0', '0'],
  rfc2833: ['1', '0'],
  info: ['0', '1'],
  'rfc2833+info': ['1', '1'],
};

const dtmf: Group<string> = {
  ofAllLines: true,
  source: '[rc] use_rfc2833, 1 by default, and use_info, 0 by default',
  read: (values) => {
    const [rfc2833, info] = ['sip.use_rfc2833', 'sip.use_info'].map((key) => values.get(key));
    if (!rfc2833 && !info) return null;
    const found = Object.entries(DTMF).find(([, way]) => way[0] === (rfc2833 || '1') && way[1] === (info || '0'));
    return found === undefined ? null : { value: found[0], key: rfc2833 ? 'sip.use_rfc2833' : 'sip.use_info' };
  },
  write: (value) => {
    const way = DTMF[value];
    if (way === undefined) return { refused: `the format has no word for ${value}` };
    return [
      { key: 'sip.use_rfc2833', value: way[0] },
      { key: 'sip.use_info', value: way[1] },
    ];
  },
};

/** `mime`, `rate` and `channels` of an `audio_codec_N` section; the mime type is the RTP encoding name. */
const CODECS: Readonly<Record<string, readonly [rate: string, channels: string]>> = {
  opus: ['48000', '2'],
  PCMU: ['8000', '1'],
  PCMA: ['8000', '1'],
  G722: ['8000', '1'],
  G729: ['8000', '1'],
  GSM: ['8000', '1'],
  iLBC: ['8000', '1'],
};
const CODEC_OF_MIME = new Map(Object.keys(CODECS).map((name) => [name.toLowerCase(), name]));

/** More than the app has. */
const MOST_CODECS = 40;

const codecs: Group<readonly string[]> = {
  ofAllLines: true,
  source: '[rc] audio_codec_N in order of preference: mime, rate, channels, enabled',
  read: (values) => {
    const found: string[] = [];
    for (let index = 0; index < MOST_CODECS; index += 1) {
      const mime = values.get(`audio_codec_${index}.mime`);
      const name =
        mime && values.get(`audio_codec_${index}.enabled`) !== '0' ? CODEC_OF_MIME.get(mime.toLowerCase()) : undefined;
      if (name !== undefined && !found.includes(name)) found.push(name);
    }
    return found.length === 0 ? null : { value: found, key: 'audio_codec_*.mime' };
  },
  write: (value) => {
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const format = CODECS[name];
      if (format === undefined) return { refused: `there is no codec ${name}` };
      const stem = `audio_codec_${index}.`;
      entries.push(
        { key: `${stem}mime`, value: name },
        { key: `${stem}rate`, value: format[0] },
        { key: `${stem}channels`, value: format[1] },
        { key: `${stem}enabled`, value: '1' },
      );
    }
    return entries.length === 0 ? { refused: 'it must be a list of codecs' } : entries;
  },
};

const USE_RPORT = 'sip.use_rport';
const RPORT = choice<boolean>({ 1: true, 0: false });

const rport: Group<boolean> = {
  ofAllLines: true,
  source: '[rc] use_rport, 1 by default',
  read: (values) => {
    const value = RPORT.read(values.get(USE_RPORT) ?? '');
    return value === undefined || value === null ? null : { value, key: USE_RPORT };
  },
  write: (value) => [{ key: USE_RPORT, value: value ? '1' : '0' }],
};

/** A digest alone is nobody's: a server makes one of empty values too. Realm and algorithm say nothing beside a password. */
function finish(line: Line): Line | null {
  if (line.userName === null && line.authName === null) return null;
  if (line.ha1 !== undefined) return line;
  const { ha1Realm: _realm, ha1Algorithm: _algorithm, ...rest } = line;
  return rest;
}

const table: KeyTable = {
  numbers: numbersMatching(/^(?:proxy|auth_info)_(\d+)\./, 0),
  mostLines: MOST_ACCOUNTS,
  lines: {
    enabled: {
      keys: ['proxy_{n0}.reg_sendregister'],
      codec: choice<boolean>({ 1: true, 0: false }),
      source: '[docs] 1 by default',
    },
    displayName,
    authName: authRow('userid', '[fusionpbx], [docs]'),
    userName,
    password: authRow('passwd', '[docs]'),
    ha1: authRow('ha1', '[fusionpbx] of user (not of userid), realm and password'),
    ha1Realm: authRow('realm', '[fusionpbx]'),
    ha1Algorithm: authRow('algorithm', '[fusionpbx]'),
    registrarHost: {
      keys: ['proxy_{n0}.reg_proxy', 'proxy_{n0}.reg_identity'],
      codec: addressOfServer,
      source: '[docs], [fusionpbx]; the domain of the identity where there is no proxy: assumption',
    },
    expiresSeconds: { keys: ['proxy_{n0}.reg_expires'], codec: seconds, source: '[docs]' },
    outboundHost: { keys: ['proxy_{n0}.reg_route'], codec: addressOfServer, source: '[docs]' },
  },
  settings: { srtp, dtmf, codecs, rport },
  phone: {
    provisioningUrl: { keys: ['misc.config-uri'], codec: plainText, source: '[docs]' },
    phoneBookUrl: { keys: ['misc.contacts-vcard-list'], codec: plainText, source: '[rc] of a file of vCards' },
    logoUrl: { keys: ['ui.logo_uri'], codec: plainText, source: 'assumption' },
  },
  functionKeys: null,
  without: {
    ...WITHOUT_OF_APPS,
    trustedCertificates: 'the app takes the path of a file beside it, root_ca in [sip]',
  },
  finish,
};

// ---- XML and text

function recogniseXml(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'config') return 'no';
  return /<section\s/.test(body.text) || /www\.linphone\.org\/xsds/.test(body.text) ? 'sure' : 'no';
}

function parseXmlFile(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  for (const section of document.roots.flatMap((root) => root.children)) {
    const stem = attributeOf(section, 'name');
    if (section.name !== 'section' || !stem) continue;
    for (const entry of section.children) {
      const name = attributeOf(entry, 'name');
      if (name) entries.push({ key: `${stem}.${name}`, value: entry.text });
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

function parseText(text: string): ParsedConfig {
  const { document, notes } = sections.parse(text);
  const entries = document.flatMap(({ name, entries: inner }) =>
    inner.map(({ key, value }) => ({ key: `${name}.${key}`, value })),
  );
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

/** The address of record, of what stands apart in the entries. */
function withIdentities(entries: readonly Entry[]): Entry[] {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const whole: Entry[] = [];
  for (const { key, value } of entries) {
    if (key.endsWith(DISPLAY)) continue;
    whole.push({ key, value });
    const index = /^auth_info_(\d+)\.username$/.exec(key)?.[1];
    if (index === undefined) continue;
    const server = addressOfServer.read(values.get(`proxy_${index}.reg_proxy`) ?? '');
    const host = server?.host.includes(':') ? `[${server.host}]` : (server?.host ?? '');
    const display = values.get(`proxy_${index}${DISPLAY}`);
    const name = display === undefined ? '' : `"${display.replace(/["\\]/g, '\\$&')}" `;
    whole.push(
      { key: `auth_info_${index}.domain`, value: host },
      { key: `proxy_${index}.reg_identity`, value: `${name}<sip:${encodeURIComponent(value)}@${host}>` },
    );
  }
  return whole;
}

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const found = new Map<string, string[]>();
  for (const { key, value } of withIdentities(entries)) {
    const dot = key.indexOf('.');
    const lines = found.get(key.slice(0, dot)) ?? [];
    const name = xmlAttribute(key.slice(dot + 1));
    lines.push(`    <entry name="${name}" overwrite="true">${xmlText(value)}</entry>\n`);
    found.set(key.slice(0, dot), lines);
  }
  const body = [...found].map(([name, lines]) => `  <section name="${name}">\n${lines.join('')}  </section>\n`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">\n${body.join('')}</config>\n`;
  return [{ name: `${mac ?? '{mac}'}.xml`, text }];
}

const writer: Writer = {
  print,
  refuseValue: refuseXmlValue,
  access: [],
  refuseEntries: (entries) => {
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of keys) {
      const index = /^(?:proxy|auth_info)_(\d+)[.#]/.exec(key)?.[1];
      if (index === undefined) continue;
      const isWhole = keys.has(`auth_info_${index}.username`) && keys.has(`proxy_${index}.reg_proxy`);
      if (!isWhole) return `line ${Number(index) + 1} needs a user name and a registrar`;
    }
    return null;
  },
};

const isSecret = rememberKeys((key) => /\.(?:passwd|ha1)$/.test(key) || secretWord(key));

export const linphone: Vendor = {
  id: 'linphone',
  name: 'Linphone',
  formats: [
    { id: 'linphone-xml', recognise: recogniseXml, parse: parseXmlFile, table, writer },
    {
      id: 'linphone-rc',
      recognise: ({ text, shape }) =>
        shape.kind === 'sections' && /^[ \t]*\[(?:proxy|auth_info)_\d+\]/m.test(text) ? 'sure' : 'no',
      parse: parseText,
      table,
      writer: null,
    },
  ],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['proxy_0.reg_identity', 'auth_info_0.username', 'auth_info_0.userid'],
  models: [{ id: 'Linphone', lines: MOST_ACCOUNTS, keys: 0, modules: 0, keysPerModule: 0 }],
  persona: {
    usual: { model: 'LinphoneAndroid', firmware: '5.2.5' },
    userAgent: ({ model, firmware }) => `${model}/${firmware}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.xml`]],
  },
  identity: { userAgents: [/^(?<model>Linphone\w{0,20})[ /](?<version>[\w.+-]{1,30})/i], paths: [], ouis: [] },
};
