// Cisco SPA phones and ATAs, MPP (3PCC) phones, Linksys and Sipura before them: which element of a flat profile holds
// which of our fields, both ways. Sources: [spa] Cisco SPA and ATA provisioning guides; [mpp] Cisco 6800/7800/8800 3PCC
// provisioning guides; [fusionpbx], [wazo] names as these servers write them. "assumption": nobody says so.
import { quotedStatements } from '../parsers/quoted-lines.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, descendants, parseXml, refuseXmlValue, type XmlElement, xmlText } from '../parsers/xml.ts';
import { CISCO_OUIS } from './cisco-ouis.ts';
import {
  ATA_MODEL,
  functionKeys,
  models,
  PRODUCT_NAME,
  phone,
  portNameOf,
  RULE,
  refuseLoneLogin,
  ruleParts,
  ruleText,
  settings,
  yesNo,
} from './cisco-spa-phone.ts';
import { type Codec, hostWithPort, plainText, seconds, userName, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Access, HostPort, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  Format,
  Group,
  KeyTable,
  LineRows,
  ParseContext,
  ParsedConfig,
  PersonaRows,
  Row,
  Target,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- rows

function text(key: string, source: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

/** `name:SRV=a.example.com:5060:p=0|b.example.com:5060:p=1`: servers without a DNS that knows them ([spa], [wazo]). */
const SERVER_LIST = /^[\w.-]*:(?:SRV|A)=(.+)$/i;

function serversOf(list: string): HostPort[] {
  const servers: { readonly address: HostPort; readonly priority: number }[] = [];
  for (const part of list.split('|').slice(0, 20)) {
    const priority = Number(/:p=(\d{1,5})/i.exec(part)?.[1] ?? 0);
    const address = hostWithPort.read(part.replace(/:[pw]=.*$/i, ''));
    if (address) servers.push({ address, priority });
  }
  return servers.sort((a, b) => a.priority - b.priority).map(({ address }) => address);
}

const firstServer: Codec<HostPort> = {
  read: (value) => {
    const list = SERVER_LIST.exec(value)?.[1];
    return list === undefined ? hostWithPort.read(value) : serversOf(list)[0];
  },
  write: hostWithPort.write,
};

/** The other server, or the second of a list. */
function second(own: string, listed: string): Group<HostPort> {
  return {
    source: `[mpp] ${own}; [wazo] a list in ${listed}`,
    read: (values, line) => {
      const key = `${own}_${line}_`;
      const named = values.get(key);
      const value = named ? hostWithPort.read(named) : undefined;
      if (value) return { value, key };
      const list = SERVER_LIST.exec(values.get(`${listed}_${line}_`) ?? '')?.[1];
      const other = list === undefined ? undefined : serversOf(list)[1];
      return other === undefined ? null : { value: other, key: `${listed}_${line}_` };
    },
    write: (value, line) => {
      const written = hostWithPort.write(value);
      return 'refused' in written ? written : [{ key: `${own}_${line}_`, value: written.text }];
    },
  };
}

/** Use_Auth_ID No: an id that stands there does not count. MPP phones have no such switch. */
const authName: Group<string> = {
  source: '[spa] Use_Auth_ID_N_; [mpp] without it',
  read: (values, line) => {
    const key = `Auth_ID_${line}_`;
    const value = values.get(key);
    const isOff = yesNo.read(values.get(`Use_Auth_ID_${line}_`) ?? '') === false;
    return value && !isOff ? { value, key } : null;
  },
  write: (value, line) => [
    { key: `Use_Auth_ID_${line}_`, value: 'Yes' },
    { key: `Auth_ID_${line}_`, value },
  ],
};

/** As many line keys as any phone has. */
const MOST_LINE_KEYS = 32;

/** A key shows a line: Extension_K_ says which, Short_Name_K_ what stands beside it. ATAs and short files have neither. */
const label: Group<string> = {
  source: '[spa], [mpp]; $USER (the user id) stays as it is',
  read: (values, line) => {
    let shown: number | null = null;
    for (let key = 1; key <= MOST_LINE_KEYS && shown === null; key += 1) {
      if (values.get(`Extension_${key}_`) === String(line)) shown = key;
    }
    if (shown === null && values.get(`Extension_${line}_`)) return null;
    const key = `Short_Name_${shown ?? line}_`;
    const value = values.get(key);
    return value ? { value, key } : null;
  },
  write: (value, line) => [{ key: LABEL_OF + line, value }],
};

/** Stands for the text of the key that shows a line, while it is in our hands: which key that is, all keys tell. */
const LABEL_OF = 'Short_Name#';

/** The key that shows the line; without one, that of the line's own number; null: that one is another key. */
function keyShowing(line: string, written: ReadonlyMap<string, string>): string | null {
  for (let key = 1; key <= MOST_LINE_KEYS; key += 1) {
    if (written.get(`Extension_${key}_`) === line) return String(key);
  }
  return written.has(`Extension_${line}_`) ? null : line;
}

function withLabels(entries: readonly Entry[]): Entry[] {
  const written = new Map(entries.map(({ key, value }) => [key, value]));
  const said = new Set<string>();
  return entries.flatMap((entry) => {
    if (!entry.key.startsWith(LABEL_OF)) return said.has(entry.key) ? [] : [entry];
    const line = entry.key.slice(LABEL_OF.length);
    const key = keyShowing(line, written) ?? line;
    const both = [
      { ...entry, key: `Extension_${key}_`, value: line },
      { ...entry, key: `Short_Name_${key}_` },
    ];
    // A line key that comes later says the same again.
    for (const { key: name } of both) said.add(name);
    return both;
  });
}

/** A label without a key to stand on, or two texts for one key. */
function refuseLabels(entries: readonly Entry[]): string | null {
  const written = new Map(entries.map(({ key, value }) => [key, value]));
  for (const { key: name, value } of entries) {
    if (!name.startsWith(LABEL_OF)) continue;
    const line = name.slice(LABEL_OF.length);
    const key = keyShowing(line, written);
    if (key === null) return `key ${line} is no line key: give line ${line} one, which shows its label`;
    const other = written.get(`Short_Name_${key}_`);
    if (other !== undefined && other !== value) return `key ${key} says ${other} and line ${line} says ${value}`;
  }
  return null;
}

const port: Group<string> = {
  source: '[spa] ATA guides: Phone 1, Phone 2; SPA3102: Phone and Line',
  read: (values, line) => {
    const value = portNameOf(values, line);
    return value === null ? null : { value, key: PRODUCT_NAME };
  },
  // Told by the kind of device, not by the file.
  write: () => [],
};

const lines: LineRows = {
  enabled: { keys: ['Line_Enable_{n}_'], codec: yesNo, source: '[spa], [mpp]' },
  userName: { keys: ['User_ID_{n}_'], codec: userName, source: '[spa], [mpp]' },
  authName,
  password: text('Password_{n}_', '[spa], [mpp]'),
  displayName: text('Display_Name_{n}_', '[spa], [mpp]'),
  label,
  registrarHost: {
    keys: ['Proxy_{n}_'],
    codec: firstServer,
    source: '[spa], [mpp] host or host:port; SIP_Port_N_ is the local port',
  },
  registrarTransport: {
    keys: ['SIP_Transport_{n}_'],
    codec: wordChoice<Transport>({ UDP: 'udp', TCP: 'tcp', TLS: 'tls', AUTO: 'dns-naptr', 'DNS SRV': 'dns-srv' }),
    source: '[spa], [mpp]; AUTO: assumption; DNS SRV is no word of the phone but FusionPBX writes it',
  },
  expiresSeconds: { keys: ['Register_Expires_{n}_'], codec: seconds, source: '[spa], [mpp]' },
  outboundOn: { keys: ['Use_Outbound_Proxy_{n}_'], codec: yesNo, source: '[spa], [mpp]' },
  outboundHost: { keys: ['Outbound_Proxy_{n}_'], codec: firstServer, source: '[spa], [mpp]' },
  backupHost: second('Alternate_Proxy', 'Proxy'),
  backupOutboundHost: second('Alternate_Outbound_Proxy', 'Outbound_Proxy'),
  port,
};

const table: KeyTable = {
  numbers: numbersMatching(/^(?:User_ID|Password|Line_Enable|Proxy|Auth_ID)_(\d{1,3})_$/),
  // SPA8000: 8 ports; 8800: 16 lines; room for 9800s.
  mostLines: 32,
  lines,
  settings,
  phone,
  functionKeys,
  without: {
    adminName: 'the phones call them admin and user',
    languageFileUrl: 'Dictionary_Server_Script names files together with the languages in them',
    numberReplacements: 'they are part of the dial plan, `<9:>`',
    trustedCertificates: 'the phone fetches them from an address, Custom_CA_Rule',
  },
};

// ---- formats

function recogniseProfile({ shape, text: body }: TextBody): Certainty {
  if (shape.kind !== 'xml') return 'no';
  if (/^flat-profile$/i.test(shape.root)) return 'sure';
  return /^device$/i.test(shape.root) && /<flat-profile[\s>]/i.test(body) ? 'sure' : 'no';
}

/** ua of MPP phones: na and ro, the user cannot change it; rw, he can ([mpp]). */
const ACCESS: ReadonlyMap<string, Access> = new Map([
  ['na', 'locked'],
  ['ro', 'locked'],
  ['rw', 'open'],
]);

function parseProfile(body: string, context: ParseContext): ParsedConfig {
  const { document, notes } = parseXml(body);
  const entries: Entry[] = [];
  for (const profile of profilesOf(document.roots)) {
    for (const element of descendants(profile)) {
      // Only a leaf says something; where an end is missing, what stands before the next element does.
      if (element.children.length > 0 && element.text === '') continue;
      const access = ACCESS.get(attributeOf(element, 'ua') ?? '');
      const entry = { key: element.name, value: element.text };
      entries.push(access === undefined ? entry : { ...entry, access });
    }
  }
  return toConfig(entries, noteWarnings(notes, isSecret), context);
}

/** The outermost elements of that name. */
function profilesOf(roots: readonly XmlElement[]): XmlElement[] {
  return roots.flatMap((root) => {
    if (/^flat-profile$/i.test(root.name)) return [root];
    return root.children.filter(({ name }) => /^flat-profile$/i.test(name));
  });
}

/** `User_ID_1_` or, in older files, `User_ID[1]`. */
const TEXT_KEY =
  /^[ \t]*(?:User_ID|Line_Enable|Password|Proxy|Display_Name|Profile_Rule(?:_[BCD])?|Provision_Enable|Resync_\w{1,40}|Restricted_Access_Domains|Admin_Passw\w{1,3}|Upgrade_Rule)(?:_\d{1,2}_|\[\d{1,2}\])?[ \t]{1,200}(?:[!?][ \t]{0,20})?"/m;

function recogniseText({ shape, text: body }: TextBody): Certainty {
  return shape.kind !== 'xml' && TEXT_KEY.test(body) ? 'sure' : 'no';
}

function parseText(body: string, context: ParseContext): ParsedConfig {
  const { document, notes } = quotedStatements.parse(body);
  const entries = document.map(({ key, value }) => ({ key: key.replace(/\[(\d{1,2})\]$/, '_$1_'), value }));
  return toConfig(entries, noteWarnings(notes, isSecret), context);
}

function toConfig(found: readonly Entry[], warnings: readonly string[], { model }: ParseContext): ParsedConfig {
  const entries = found.flatMap((entry) => (RULE.test(entry.key) ? ruleParts(entry) : [entry]));
  // Which port a line is only the kind of device tells.
  if (model !== null && ATA_MODEL.test(model)) entries.push({ key: PRODUCT_NAME, value: model });
  const hasAccount = entries.some(({ key, value }) => value !== '' && /^(?:User_ID|Password)_\d{1,3}_$/.test(key));
  return { entries, includes: hasAccount ? [] : furtherProfiles(entries), warnings };
}

/** A profile without an account is there for the rules in it: the phone runs them in this order. */
function furtherProfiles(entries: readonly Entry[]): string[] {
  const urls = ['Profile_Rule', 'Profile_Rule_B', 'Profile_Rule_C', 'Profile_Rule_D'].map(
    (rule) => entries.findLast(({ key, value }) => key === rule && value !== '')?.value ?? '',
  );
  return [...new Set(urls)].filter((url) => url !== '');
}

function printProfile(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const written = withLabels(ruleText(entries)).map(({ key, value, access }) => {
    const ua = access === undefined ? '' : ` ua="${access === 'open' ? 'rw' : isSecret(key) ? 'na' : 'ro'}"`;
    return `<${key}${ua}>${xmlText(value)}</${key}>\n`;
  });
  return [{ name: `${mac ?? '{mac}'}.xml`, text: `<flat-profile>\n${written.join('')}</flat-profile>\n` }];
}

const writer: Writer = {
  print: printProfile,
  refuseValue: refuseXmlValue,
  access: ['open', 'locked'],
  refuseEntries: (entries) => refuseLoneLogin(entries) ?? refuseLabels(entries),
};

const formats: readonly [Format, ...Format[]] = [
  { id: 'cisco-flat-profile', recognise: recogniseProfile, parse: parseProfile, table, writer },
  { id: 'cisco-spa-text', recognise: recogniseText, parse: parseText, table, writer: null },
];

// ---- persona, identification

const persona: PersonaRows = {
  usual: { model: 'SPA504G', firmware: '7.4.4' },
  userAgent: ({ model, firmware, mac }) => {
    const mpp = /^(?:CP-)?(\d{4})(?:-3PCC)?$/i.exec(model)?.[1];
    if (mpp !== undefined) return `Cisco-CP-${mpp}-3PCC/${firmware} (${mac})`;
    return `Cisco/${model}-${firmware} (${formatMac(mac, 'upper')})`;
  },
  macVariables: { '{mac}': 'plain', $MAC: 'colon' },
  // Usual profile rules: $MA.xml, spa$MA.cfg.
  directory: ({ mac }) => {
    const upper = formatMac(mac, 'upper');
    return [[`${mac}.xml`, `${upper}.xml`, `spa${mac}.cfg`, `spa${upper}.cfg`]];
  },
};

const identity: Vendor['identity'] = {
  // [wazo]: the last group in brackets is the serial, the first of two the MAC; Linksys has the MAC as serial.
  userAgents: [
    /^Cisco\/(?<model>(?:SPA|ATA)\w{3,8}?)-(?:MPP-)?(?<version>\d[\w.()-]{1,30}) \((?<mac>[0-9A-F]{12})\)(?:\((?<serial>\w{4,20})\))?$/i,
    /^Cisco\/(?<model>(?:SPA|ATA)\w{3,8}?)-(?:MPP-)?(?<version>\d[\w.()-]{1,30}) \((?<serial>\w{4,20})\)$/i,
    /^Linksys\/(?<model>(?:SPA|PAP)-?\w{3,6})-(?<version>\d[\w.()]{1,30}) \((?<mac>[0-9A-F]{12})\)$/i,
    /^Linksys\/(?<model>(?:SPA|PAP)-?\w{3,6})-(?<version>\d[\w.()]{1,30}) \((?<serial>\w{4,20})\)$/i,
    /^Cisco-(?<model>CP-\d{4}[A-Z0-9]{0,4}-3PCC)\/(?<version>\d[\w.-]{1,30}) \((?<mac>[0-9a-f]{12})\)/i,
  ],
  paths: [
    /(?:^|\/)spa(?<mac>[0-9a-f]{12})\.(?:cfg|xml)$/i,
    /(?:^|\/)(?<model>spa\d{3,4}[a-z0-9]{0,3})\.cfg$/i,
    /(?:^|\/)Cisco\/(?<model>CP-\d{4}-3PCC)\/(?<mac>[0-9a-f]{12})\.cfg$/i,
    /(?:^|\/)(?<mac>[0-9a-f]{12})\.xml$/i,
  ],
  // [fusionpbx]; the last two from User-Agents
  ouis: CISCO_OUIS,
};

/** Keys that no word gives away: GPP_SA to GPP_SD are for secrets of rules ([spa]). */
const isSecret = rememberKeys((key) => /^GPP_S[A-D]$/.test(key) || secretWord(key));

export const ciscoSpa: Vendor = {
  id: 'cisco-spa',
  name: 'Cisco SPA and MPP',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['Display_Name_1_', 'Short_Name_1_', 'Station_Display_Name', 'Station_Name', 'User_ID_1_'],
  models,
  persona,
  identity,
};
