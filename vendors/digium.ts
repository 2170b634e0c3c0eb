// Digium D, Sangoma P: which key holds which of our fields, both ways. Knows no network.
// Sources: [wiki] Digium's wiki, "Digium phones configuration, XML"; [fusionpbx], [wazo] keys as they write them.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, descendants, parseXml, refuseXmlValue, type XmlElement, xmlAttribute } from '../parsers/xml.ts';
import { type Codec, choice, host, plainText, port, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
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
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- rows: attributes of <account>, of <host_primary> and of <host_alternate> in it; accounts count from 0

const on = choice<boolean>({ 1: true, 0: false });

/** FusionPBX puts its own words in. */
const transport = wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls', 'dns srv': 'dns-srv' });

const lines: LineRows = {
  enabled: { keys: ['account.{n0}.status'], codec: on, source: '[fusionpbx]' },
  label: { keys: ['account.{n0}.line_label'], codec: plainText, source: '[fusionpbx]' },
  displayName: { keys: ['account.{n0}.caller_id'], codec: plainText, source: '[fusionpbx]' },
  authName: { keys: ['account.{n0}.authname'], codec: plainText, source: '[fusionpbx]' },
  userName: {
    keys: ['account.{n0}.username', 'account.{n0}.account_id'],
    codec: userName,
    source: '[fusionpbx]; account_id alone: assumption',
  },
  password: { keys: ['account.{n0}.password'], codec: plainText, source: '[fusionpbx]' },
  registrarHost: { keys: ['account.{n0}.host_primary.server'], codec: host, source: '[fusionpbx]' },
  registrarPort: { keys: ['account.{n0}.host_primary.port'], codec: port, source: '[fusionpbx]' },
  registrarTransport: { keys: ['account.{n0}.host_primary.transport'], codec: transport, source: '[fusionpbx]' },
  expiresSeconds: { keys: ['account.{n0}.host_primary.reregister'], codec: seconds, source: '[wiki] seconds' },
  outboundHost: { keys: ['account.{n0}.outbound_proxy'], codec: host, source: '[fusionpbx]' },
  outboundPort: { keys: ['account.{n0}.outbound_port'], codec: port, source: '[fusionpbx]' },
  backupHost: { keys: ['account.{n0}.host_alternate.server'], codec: host, source: '[fusionpbx]' },
  backupPort: { keys: ['account.{n0}.host_alternate.port'], codec: port, source: '[fusionpbx]' },
};

/** `*97` or `sip:*97@host`. */
const mailbox: Codec<string> = {
  read: (text) => text.replace(/^sips?:/i, '').split('@', 1)[0] || null,
  write: (value) => (/@|^sips?:/i.test(value) ? { refused: 'it would be read as an address' } : plainText.write(value)),
};

const settings: SettingRows = {
  voiceMailbox: { keys: ['account.{n0}.voicemail'], codec: mailbox, source: '[fusionpbx]' },
};

// ---- rows: <setting id value/>

function textRow(source: string, key: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

/** `en_US`: the country is only heard in the tones, so the usual one stands for the language. */
const LOCALES: Readonly<Record<string, string>> = {
  en_US: 'en',
  de_DE: 'de',
  fr_FR: 'fr',
  es_MX: 'es',
  it_IT: 'it',
  nl_NL: 'nl',
  pt_BR: 'pt-BR',
  fr_CA: 'fr-CA',
  en_GB: 'en-GB',
};

const vlanId = switched(
  {
    keys: ['network_vlan_id'],
    codec: wholeNumber(1, 4094),
    source: '[wiki] counts in network_vlan_discovery_mode MANUAL',
  },
  { keys: ['network_vlan_discovery_mode'], on: 'MANUAL', counts: (text) => text === null || text === 'MANUAL' },
);

const ntpServer: Group<string> = {
  source: '[fusionpbx] time_source ntp, ntp_server',
  read: (values) => {
    const value = values.get('ntp_server');
    return value ? { value, key: 'ntp_server' } : null;
  },
  write: (value) => [
    { key: 'time_source', value: 'ntp' },
    { key: 'ntp_server', value },
  ],
};

const phone: PhoneRows = {
  language: { keys: ['locale'], codec: choice(LOCALES), source: '[fusionpbx] en_US; others: assumption' },
  timeZone: textRow('[fusionpbx] IANA', 'time_zone'),
  ntpServer,
  adminPassword: textRow('[fusionpbx]', 'login_password'),
  vlanId,
  vlanPriority: { keys: ['sip_qos'], codec: wholeNumber(0, 7), source: '[fusionpbx] of SIP' },
  provisioningUrl: textRow('[wiki] config_server_url', 'config_server_url'),
  phoneBookUrl: textRow('[fusionpbx] <contacts url>', 'contacts.url'),
  logoUrl: textRow('[wiki] <setting id="logo_file" path>', 'logo_file.path'),
};

/** An account may be there to be dialled from only. */
function noteNoRegister(line: Line, values: EffectiveValues, warn: (warning: string) => void): Line {
  if (values.get(`account.${line.line - 1}.register`) === '0') warn(`no-register:${line.line}`);
  return line;
}

const table: KeyTable = {
  numbers: numbersMatching(/^account\.(\d{1,3})\./, 0),
  // [wiki] P370, D80: more than any other.
  mostLines: 20,
  lines,
  settings,
  phone,
  functionKeys: null,
  finish: noteNoRegister,
};

// ---- format

function recognise(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'config') return 'no';
  if (/<section[\s>]/i.test(body.text)) return 'no';
  return /<accounts[\s>/]|<account\s|<setting\s+id\s*=|<smart_blf[\s>/]/.test(body.text) ? 'sure' : 'likely';
}

function addAttributes(entries: Entry[], stem: string, element: XmlElement): void {
  for (const { name, value } of element.attributes) entries.push({ key: `${stem}.${name}`, value });
}

function addAccount(entries: Entry[], account: XmlElement, index: string): void {
  const stem = `account.${index}`;
  addAttributes(entries, stem, account);
  for (const child of account.children) {
    if (child.name.startsWith('host_')) addAttributes(entries, `${stem}.${child.name}`, child);
    else if (child.name === 'permission') {
      entries.push({
        key: `${stem}.permission.${attributeOf(child, 'id') ?? ''}`,
        value: attributeOf(child, 'value') ?? '',
      });
    }
  }
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  let accounts = 0;
  for (const root of document.roots) {
    for (const element of descendants(root)) {
      if (element.name === 'setting') {
        const id = attributeOf(element, 'id')?.trim() ?? '';
        if (id !== '') entries.push({ key: id, value: attributeOf(element, 'value') ?? '' });
        const path = attributeOf(element, 'path');
        if (id !== '' && path !== undefined) entries.push({ key: `${id}.path`, value: path });
      } else if (element.name === 'account') {
        addAccount(entries, element, attributeOf(element, 'index')?.trim() || String(accounts));
        accounts += 1;
      } else if (element.name === 'contacts' && attributeOf(element, 'url') !== undefined) {
        entries.push({ key: 'contacts.url', value: attributeOf(element, 'url') ?? '' });
      }
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

// ---- writing

const ACCOUNT_KEY = /^account\.(\d+)\.(?:(host_\w+)\.)?(\w+)$/;

interface WrittenAccount {
  readonly own: Map<string, string>;
  readonly hosts: Map<string, Map<string, string>>;
}

function attributes(values: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [name, value] of values) text += ` ${name}="${xmlAttribute(value)}"`;
  return text;
}

function printAccount(index: string, { own, hosts }: WrittenAccount): string {
  // Without it the phone shows an account and does not register it ([wiki]).
  const head = new Map([['index', index], ['register', '1'], ...own]);
  let text = `    <account${attributes(head)}>\n`;
  for (const [name, values] of hosts) text += `      <${name}${attributes(values)}/>\n`;
  return `${text}    </account>\n`;
}

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const accounts = new Map<string, WrittenAccount>();
  let settingsText = '';
  let contacts = '';
  const logo = entries.find(({ key }) => key === 'logo_file.path')?.value;
  if (logo !== undefined)
    settingsText += `  <setting${attributes([
      ['id', 'logo_file'],
      ['value', 'user'],
      ['path', logo],
    ])}/>\n`;
  for (const { key, value } of entries) {
    const [, index, hostName, name] = ACCOUNT_KEY.exec(key) ?? [];
    if (index !== undefined && name !== undefined) {
      const account = accounts.get(index) ?? { own: new Map(), hosts: new Map() };
      accounts.set(index, account);
      if (hostName === undefined) account.own.set(name, value);
      else account.hosts.set(hostName, (account.hosts.get(hostName) ?? new Map()).set(name, value));
    } else if (key === 'contacts.url')
      contacts = `  <contacts${attributes([
        ['url', value],
        ['id', 'internal'],
      ])}/>\n`;
    else if (key !== 'logo_file.path')
      settingsText += `  <setting${attributes([
        ['id', key],
        ['value', value],
      ])}/>\n`;
  }
  const printed = [...accounts].map(([index, account]) => printAccount(index, account)).join('');
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<config>\n  <setting id="enable_check_sync" value="1"/>\n${settingsText}  <accounts>\n${printed}  </accounts>\n${contacts}</config>\n`;
  return [{ name: `${mac ?? '{mac}'}.cfg`, text }];
}

const writer: Writer = { print, refuseValue: refuseXmlValue, access: [] };

const formats: readonly [Format, ...Format[]] = [{ id: 'digium-xml', recognise, parse, table, writer }];

// ---- models ([wiki]; keys with pages: assumption), persona, identification

function model(id: string, lineCount: number, keys: number, modules = 0): ModelFamily {
  return { id, lines: lineCount, keys, modules, keysPerModule: modules === 0 ? 0 : 100 };
}

const models: readonly ModelFamily[] = [
  model('D40', 2, 0),
  model('D45', 2, 0),
  model('D50', 4, 10),
  model('D60', 2, 0),
  model('D62', 2, 0),
  model('D65', 6, 6, 1),
  model('D70', 6, 10),
  model('D80', 10, 0),
  model('P310', 2, 0),
  model('P315', 2, 0),
  model('P320', 4, 4),
  model('P325', 6, 6),
  model('P330', 8, 8),
  model('P370', 10, 10),
];

const persona: PersonaRows = {
  usual: { model: 'D65', firmware: '2_9_6' },
  // The MAC is in it only with send_mac_with_useragent=1; its place: assumption.
  userAgent: ({ model: name, firmware, mac }) => `Digium ${name} ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [['000000000000.cfg'], [`${mac}.cfg`, `${mac.toUpperCase()}.cfg`]],
};

const isSecret = rememberKeys((key) => secretWord(key));

export const digium: Vendor = {
  id: 'digium',
  name: 'Digium and Sangoma P',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['account.0.line_label', 'account.0.caller_id', 'account.0.username'],
  models,
  persona,
  identity: {
    userAgents: [
      /^(?:Digium|Sangoma) (?<model>[DP]\d{2,3})[ /](?<version>[\d_.]+)(?: (?<mac>[0-9a-fA-F:]{12,17}))?$/,
      /^digium_(?<model>D\d\d)_(?<version>[\d_]+)$/,
    ],
    paths: [
      /^Digium\/(?<mac>[0-9a-fA-F]{12})(?:-contacts\.xml|\.cfg)$/,
      /(?:^|\/)(?<mac>[0-9a-fA-F]{12})-smartblf\.cfg$/,
    ],
    ouis: ['000fd3'],
  },
};
