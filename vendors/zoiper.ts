// Zoiper: `<options>` with `<accounts><account>`, an element per setting. Sources: [fusionpbx] elements as FusionPBX
// writes them; [zoiper] Zoiper's published example of a provisioning server, which lists what each element takes;
// [docs] Zoiper's "Zoiper5 configuration data documentation" 1.16.2, and that of its mobile apps, of which public
// repositories hold copies. "assumption": nobody says so.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { parseXml, refuseXmlValue, type XmlElement, xmlText } from '../parsers/xml.ts';
import { accountElements, accountEntries, lineMark } from './account-list.ts';
import { type Codec, choice, hostWithPort, plainText, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersAfter } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import { WITHOUT_OF_APPS } from './unwritten.ts';
import type { Certainty, Group, KeyTable, ParsedConfig, Target, Vendor, Writer, WrittenFile } from './vendor.ts';

const SOURCE = '[fusionpbx]';

const stunUse = choice<string>({ disabled: 'off', custom: 'stun' });

const trueFalse = choice<boolean>({ true: true, false: false });

function account(name: string): string {
  return `account.{n}.${name}`;
}

const authName = switched(
  {
    keys: [account('SIP_auth_username')],
    codec: plainText,
    source: '[fusionpbx] counts while SIP_use_auth_username is true',
  },
  { keys: [account('SIP_use_auth_username')], on: 'true' },
);

/** The first word of a way is written. */
const DTMF_STYLES: Readonly<Record<string, string>> = {
  rfc_2833: 'rfc2833',
  inband: 'inband',
  SIP_info_numeric: 'info',
  SIP_info_ascii: 'info',
  outband: 'rfc2833',
  info: 'info',
};

/** `codec_id` of `<codecs><codec>` ([zoiper]); the first number of a codec is written. */
const CODEC_IDS: readonly (readonly [id: string, name: string])[] = [
  ['0', 'PCMU'],
  ['6', 'PCMA'],
  ['7', 'G722'],
  ['16', 'G729'],
  ['1', 'GSM'],
  ['27', 'iLBC'],
  ['28', 'iLBC'],
  ['29', 'G726-32'],
  ['35', 'opus'],
  ['34', 'opus'],
  ['36', 'opus'],
  ['37', 'opus'],
];

const codecs: Group<readonly string[]> = {
  source: '[docs] codec_id, priority, enabled; the smallest number first; on where nothing is said: assumption',
  read: (values, line) => {
    const stem = `account.${line}.codec.`;
    const found: { name: string; priority: number }[] = [];
    for (const [id, name] of CODEC_IDS) {
      const priority = values.get(`${stem}${id}.enabled`) === 'false' ? null : values.get(`${stem}${id}.priority`);
      if (priority) found.push({ name, priority: Number(priority) });
    }
    found.sort((a, b) => a.priority - b.priority);
    const value = [...new Set(found.map(({ name }) => name))];
    return value.length === 0 ? null : { value, key: `${stem}*` };
  },
  write: (value, line) => {
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const id = CODEC_IDS.find(([, known]) => known === name)?.[0];
      if (id === undefined) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      const stem = `account.${line}.codec.${id}`;
      entries.push({ key: `${stem}.priority`, value: String(index + 1) }, { key: `${stem}.enabled`, value: 'true' });
    }
    return entries.length === 0 ? { refused: 'it must be a list of codecs' } : entries;
  },
};

const expiresSeconds: Group<number> = {
  source: '[docs] reregistration_mode default or custom, reregistration_time',
  read: (values, line) => {
    const key = `account.${line}.reregistration_time`;
    const value = seconds.read(values.get(key) ?? '');
    const isDefault = (values.get(`account.${line}.reregistration_mode`) ?? 'default') === 'default';
    return isDefault || value === null || value === undefined ? null : { value, key };
  },
  write: (value, line) => {
    const written = seconds.write(value);
    if ('refused' in written) return written;
    return [
      { key: `account.${line}.reregistration_mode`, value: 'custom' },
      { key: `account.${line}.reregistration_time`, value: written.text },
    ];
  },
};

const keepAliveModes = choice<string>({ disabled: 'off' }, { packets: 'custom', options: 'custom', notify: 'custom' });

const keepAlive: Codec<string> = {
  read: (text) => (text === 'default' || text === 'custom' ? null : keepAliveModes.read(text)),
  write: keepAliveModes.write,
};

/** `default` is the server of the whole app. */
const nat: Group<string> = {
  source: '[docs] stun.use_stun disabled, default, custom; the server is stun.zoiper.com where none is named',
  read: (values, line) => {
    const own = `account.${line}.stun.use_stun`;
    const key = values.get(own) === 'default' ? 'stun.use_stun' : own;
    const text = values.get(key);
    if (!text || text === 'default') return null;
    const value = stunUse.read(text) ?? null;
    return { value, key, unknown: value === null ? [key] : [] };
  },
  write: (value, line) => {
    const written = stunUse.write(value);
    return 'refused' in written ? written : [{ key: `account.${line}.stun.use_stun`, value: written.text }];
  },
};

/** The app keeps what stands in the file only where it is told to. */
const provisioningUserName: Group<string> = {
  source: '[docs] provision: username, remember_username_password',
  read: (values) => {
    const key = 'provision.username';
    const value = values.get(key);
    return value ? { value, key } : null;
  },
  write: (value) => [
    { key: 'provision.remember_username_password', value: 'true' },
    { key: 'provision.username', value },
  ],
};

/** The first form of a language is written: the table of the documents says names, its example has a code. */
const LANGUAGES: Readonly<Record<string, string>> = {
  en_US: 'en',
  de_DE: 'de',
  fr_FR: 'fr',
  es_ES: 'es',
  it_IT: 'it',
  pt_PT: 'pt',
  nl_NL: 'nl',
  pl_PL: 'pl',
  ru_RU: 'ru',
  bg_BG: 'bg',
  english: 'en',
  german: 'de',
  french: 'fr',
  spanish: 'es',
  italian: 'it',
};

const PHONE_BOOK = 'contact_service';

const table: KeyTable = {
  numbers: numbersAfter('account.'),
  mostLines: 100,
  lines: {
    label: { keys: [account('name')], codec: plainText, source: SOURCE },
    displayName: { keys: [account('SIP_callerId')], codec: plainText, source: SOURCE },
    userName: { keys: [account('username')], codec: userName, source: SOURCE },
    authName,
    password: { keys: [account('password')], codec: plainText, source: SOURCE },
    registrarHost: { keys: [account('SIP_domain')], codec: hostWithPort, source: `${SOURCE} host[:port]` },
    registrarTransport: {
      keys: [account('SIP_transport_type')],
      codec: wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
      source: '[fusionpbx] small letters; [zoiper] capitals',
    },
    expiresSeconds,
    outboundOn: { keys: [account('SIP_use_outbound_proxy')], codec: trueFalse, source: SOURCE },
    outboundHost: { keys: [account('SIP_outbound_proxy')], codec: hostWithPort, source: SOURCE },
  },
  settings: {
    srtp: {
      keys: [account('SIP_srtp_mode')],
      codec: wordChoice<string>({ none: 'off', sdes: 'required' }, { optional: 'sdes' }),
      source: '[docs] none, sdes, [zoiper] capitals; that calls without it fail: assumption',
    },
    dtmf: {
      keys: [account('SIP_dtmf_style')],
      codec: choice<string>(DTMF_STYLES, { 'rfc2833+info': 'rfc_2833' }),
      source: '[docs]; info: assumption',
    },
    codecs,
    voiceMailbox: { keys: [account('voicemail_check_extension')], codec: plainText, source: SOURCE },
    keepAlive: {
      keys: [account('SIP_keep_alive_mode')],
      codec: keepAlive,
      source: '[docs] disabled, default, custom; what is sent stands nowhere',
    },
    keepAliveSeconds: {
      keys: [account('SIP_keep_alive_timeout')],
      codec: wholeNumber(1, 86_400),
      source: '[docs] beside SIP_keep_alive_mode custom, which is written with it where nothing else stands there',
    },
    nat,
    rport: { keys: [account('SIP_use_rport')], codec: trueFalse, source: SOURCE },
  },
  phone: {
    language: {
      keys: ['gui.language'],
      codec: wordChoice<string>(LANGUAGES),
      source: '[docs] gui: language, en_US or english; the other codes and names: assumption',
    },
    provisioningUserName,
    provisioningPassword: { keys: ['provision.password'], codec: plainText, source: '[docs] provision: password' },
    phoneBookUrl: {
      keys: [`${PHONE_BOOK}.uri`],
      codec: plainText,
      source: '[docs] contact_service of the type xml: uri',
    },
    phoneBookName: { keys: [`${PHONE_BOOK}.name`], codec: plainText, source: '[docs]' },
  },
  functionKeys: null,
  without: {
    ...WITHOUT_OF_APPS,
    languageFileUrl: 'the languages are those of the app (Zoiper5 configuration data documentation)',
    toneFileUrl:
      'ring tones are paths of files beside the app, ring_tone_file (Zoiper5 configuration data documentation)',
    numberReplacements: 'the app adds a country code and a prefix, number_rewriting_country, and has no list',
    trustedCertificates: 'the app takes the path of a file beside it, tls_certificate_file in <sip_options>',
  },
};

function recognise(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'options') return 'no';
  return /<(?:accounts|SIP_domain|audio|codecs)[\s/>]/.test(body.text) ? 'sure' : 'likely';
}

function accountsOf(root: XmlElement): readonly XmlElement[] {
  return root.children.filter(({ name }) => name === 'accounts').flatMap(({ children }) => children);
}

function markOf({ children }: XmlElement): string | undefined {
  return children.find(({ name }) => name === 'ident')?.text;
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const accounts = document.roots.flatMap(accountsOf).filter(({ name }) => name === 'account');
  const phone = document.roots.flatMap(({ children }) => children.flatMap(phoneEntries));
  const entries = [...accountEntries(accounts.map(withCodecs).map(withStun), markOf), ...phone];
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const PHONE_SECTIONS = ['gui', 'provision', 'stun'];

function phoneEntries({ name, children }: XmlElement): Entry[] {
  if (PHONE_SECTIONS.includes(name)) return entriesOf(name, children);
  if (name !== 'contact_services') return [];
  // The first address book that is an address.
  const book = children.find((service) => service.name === PHONE_BOOK && isPhoneBook(service));
  return book === undefined ? [] : entriesOf(PHONE_BOOK, book.children);
}

function isPhoneBook({ children }: XmlElement): boolean {
  const says = (element: string, text: string) =>
    children.some((child) => child.name === element && child.text === text);
  return says('type', 'xml') && !says('enabled', 'false');
}

function entriesOf(section: string, children: readonly XmlElement[]): Entry[] {
  const plain = children.filter((child) => child.children.length === 0);
  return plain.map(({ name, text }) => ({ key: `${section}.${name}`, value: text }));
}

/** `stun.use_stun`, as if it were an element of the account. */
function withStun(element: XmlElement): XmlElement {
  const stun = element.children.filter(({ name }) => name === 'stun').flatMap(({ children }) => children);
  const children = stun.map((child) => ({ ...child, name: `stun.${child.name}` }));
  return { ...element, children: [...element.children, ...children] };
}

/** `codec.0.priority`, `codec.0.enabled` for each codec of the account, as if they were elements of it. */
function withCodecs(account: XmlElement): XmlElement {
  const list = account.children.filter(({ name }) => name === 'codecs').flatMap(({ children }) => children);
  const children = list.flatMap((codec) => {
    const id = codec.children.find(({ name }) => name === 'codec_id')?.text.trim();
    if (id === undefined || !/^\d{1,3}$/.test(id)) return [];
    const rest = codec.children.filter(({ name }) => name !== 'codec_id');
    return rest.map((child) => ({ ...child, name: `codec.${id}.${child.name}` }));
  });
  return children.length === 0 ? account : { ...account, children: [...account.children, ...children] };
}

const CODEC_KEY = /^account\.(\d+)\.codec\.(\d+)\.priority$/;

function printCodecs(entries: readonly Entry[], account: string): string {
  const rows = entries.flatMap(({ key, value }) => {
    const [, number, id] = CODEC_KEY.exec(key) ?? [];
    if (number !== account) return [];
    return [
      `        <codec>\n          <codec_id>${id}</codec_id>\n          <priority>${value}</priority>\n          <enabled>true</enabled>\n        </codec>\n`,
    ];
  });
  return rows.length === 0 ? '' : `      <codecs>\n${rows.join('')}      </codecs>\n`;
}

function printSection(entries: readonly Entry[], stem: string, indent: string, more = ''): string {
  const prefix = `${stem}.`;
  const own = entries.filter(({ key }) => key.startsWith(prefix));
  const name = stem.slice(stem.lastIndexOf('.') + 1);
  const elements = own.map(({ key, value }) => {
    const element = key.slice(prefix.length);
    return `${indent}  <${element}>${xmlText(value)}</${element}>\n`;
  });
  return own.length === 0 ? '' : `${indent}<${name}>\n${more}${elements.join('')}${indent}</${name}>\n`;
}

function printPhoneBook(entries: readonly Entry[]): string {
  const more = '      <type>xml</type>\n      <enabled>true</enabled>\n';
  const service = printSection(entries, PHONE_BOOK, '    ', more);
  return service === '' ? '' : `  <contact_services>\n${service}  </contact_services>\n`;
}

/** Seconds count only in the mode custom. */
function withKeepAliveMode(entries: readonly Entry[]): readonly Entry[] {
  const keys = new Set(entries.map(({ key }) => key));
  return entries.flatMap((entry) => {
    const mode = entry.key.replace(/\.SIP_keep_alive_timeout$/, '.SIP_keep_alive_mode');
    return mode === entry.key || keys.has(mode) ? [entry] : [{ key: mode, value: 'custom' }, entry];
  });
}

function print(entries: readonly Entry[]): readonly [WrittenFile] {
  const plain = withKeepAliveMode(entries).filter(({ key }) => !/^account\.\d+\.(?:codec|stun)\./.test(key));
  const accounts = [...accountElements(plain, '      ')].sort(([a], [b]) => Number(a) - Number(b));
  const text = accounts.map(([number, elements]) => {
    const sections = printCodecs(entries, number) + printSection(entries, `account.${number}.stun`, '      ');
    return `    <account>\n      <ident>${lineMark(number)}</ident>\n      <protocol>sip</protocol>\n${elements.join('')}${sections}    </account>\n`;
  });
  const head = '<?xml version="1.0" encoding="utf-8"?>\n<options>\n  <accounts>\n';
  const phone = `${PHONE_SECTIONS.map((name) => printSection(entries, name, '  ')).join('')}${printPhoneBook(entries)}`;
  return [{ name: 'config.xml', text: `${head}${text.join('')}  </accounts>\n${phone}</options>\n` }];
}

const writer: Writer = {
  print: (entries: readonly Entry[], _target: Target) => print(entries),
  refuseValue: refuseXmlValue,
  access: [],
};

const isSecret = rememberKeys(secretWord);

export const zoiper: Vendor = {
  id: 'zoiper',
  name: 'Zoiper',
  formats: [{ id: 'zoiper-xml', recognise, parse, table, writer }],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['account.1.name', 'account.1.SIP_callerId', 'account.1.SIP_callerNumber', 'account.1.username'],
  models: [{ id: 'Zoiper', names: ['Zoiper5'], lines: 100, keys: 0, modules: 0, keysPerModule: 0 }],
  persona: {
    usual: { model: 'Zoiper', firmware: '5.6.5' },
    // An assumption: the SIP User-Agent is `Zoiper rv2.10...`.
    userAgent: ({ model, firmware }) => `${model}/${firmware}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: () => [['config.xml']],
  },
  identity: { userAgents: [/^(?<model>Zoiper)[ /]r?v?(?<version>[\d.]{1,20})/i], paths: [], ouis: [] },
};
