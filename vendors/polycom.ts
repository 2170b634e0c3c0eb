// Poly phones with UC software (SoundPoint, SoundStation, VVX, Trio, CCX, Edge E): which attribute holds which of our
// fields, both ways. Sources: [admin] UC Software administrator guides 2.2 to 5.9; [fusionpbx], [wazo] keys as these
// servers write them. "assumption": nobody says so.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import {
  attributeOf,
  descendants,
  eachElement,
  parseXml,
  type XmlAttribute,
  type XmlElement,
  xmlAttribute,
} from '../parsers/xml.ts';
import { host, plainText, port, seconds, userName, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { functionKeys, models, phone, refusePolyValue, settings } from './polycom-phone.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  Format,
  Key,
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

/** TCPpreferred tries UDP after TCP; DNSnaptr asks NAPTR, then SRV ([admin]). */
const transport = wordChoice<Transport>(
  { UDPOnly: 'udp', TCPOnly: 'tcp', TLS: 'tls', DNSnaptr: 'dns-naptr', TCPpreferred: 'tcp' },
  { 'dns-srv': 'DNSnaptr' },
);

/** The key of all lines counts for a line that has no server of its own ([admin]: a line's server hides all of it). */
function shared(key: string): Key {
  return (line, values) => (values.get(`reg.${line}.server.1.address`) ? null : key);
}

function sharedProxy(key: string): Key {
  return (line, values) => (values.get(`reg.${line}.outboundProxy.address`) ? null : key);
}

/** `reg.1.address="2201@pbx.example.com"`: the domain, where no server is named. */
const ownAddress: Key = (line, values) => {
  const key = `reg.${line}.address`;
  return values.get(key)?.includes('@') ? key : null;
};

/** One of the servers of a line: 1, and 2 to fall back to. */
function server(number: 1 | 2, field: string): [Key, Key] {
  return [`reg.{n}.server.${number}.${field}`, shared(`voIpProt.server.${number}.${field}`)];
}

function outbound(field: string): [Key, Key] {
  return [`reg.{n}.outboundProxy.${field}`, sharedProxy(`voIpProt.SIP.outboundProxy.${field}`)];
}

function text(key: string, source: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

const lines: LineRows = {
  label: text('reg.{n}.label', '[admin]'),
  displayName: text('reg.{n}.displayName', '[admin]'),
  authName: text('reg.{n}.auth.userId', '[admin]'),
  userName: { keys: ['reg.{n}.address'], codec: userName, source: '[admin] user or user@domain' },
  password: text('reg.{n}.auth.password', '[admin]'),
  registrarHost: {
    keys: [...server(1, 'address'), ownAddress],
    codec: host,
    source: '[admin]; the domain of the address: assumption',
  },
  registrarPort: { keys: server(1, 'port'), codec: port, source: '[admin] 0 with a name: NAPTR, SRV' },
  registrarTransport: { keys: server(1, 'transport'), codec: transport, source: '[admin] empty: DNSnaptr' },
  expiresSeconds: { keys: server(1, 'expires'), codec: seconds, source: '[admin]' },
  outboundHost: { keys: outbound('address'), codec: host, source: '[admin]' },
  outboundPort: { keys: outbound('port'), codec: port, source: '[admin]' },
  outboundTransport: { keys: outbound('transport'), codec: transport, source: '[admin]' },
  backupHost: { keys: server(2, 'address'), codec: host, source: '[admin]' },
  backupPort: { keys: server(2, 'port'), codec: port, source: '[admin]' },
  backupTransport: { keys: server(2, 'transport'), codec: transport, source: '[admin]' },
};

/** The proxy is reached as the registrar is, unless it says otherwise. */
function withoutSameTransport(line: Line): Line {
  const proxy = line.outboundProxy;
  if (proxy?.transport === undefined || proxy.transport !== line.registrar?.transport) return line;
  return { ...line, outboundProxy: { host: proxy.host, port: proxy.port } };
}

const table: KeyTable = {
  numbers: numbersMatching(/^reg\.(\d{1,3})\./),
  // The most registrations of any model ([admin] VVX 600: 34).
  mostLines: 99,
  lines,
  settings,
  phone,
  functionKeys,
  without: {
    adminName: 'the phones call them Polycom and User',
    languageFileUrl: 'files of words are fetched from the directory of the settings',
    numberReplacements: 'they are part of the dial plan, `R9RR`',
  },
  finish: withoutSameTransport,
};

// ---- formats

/** Areas of attributes that no other maker has; roots and nesting are free text. */
const POLY_ATTRIBUTE =
  /[\s"'](?:reg\.\d{1,3}|voIpProt|tcpIpApp|device|msg|attendant|lineKey|softkey|efk|dialplan|voice|tone|sec|prov|httpd|lcl|feature|up|nat|qos|dir|call|se|log|diags|powerSaving|video|key\.\d{1,3})\.[\w.]{1,100}\s{0,20}=\s{0,20}["']/;

function recogniseSettings({ shape, text: body }: TextBody): Certainty {
  if (shape.kind !== 'xml' || isMaster(body)) return 'no';
  if (POLY_ATTRIBUTE.test(body)) return 'sure';
  return /^(?:polycomConfig|PHONE_CONFIG)$/i.test(shape.root) ? 'sure' : /^phone$/i.test(shape.root) ? 'likely' : 'no';
}

function recogniseMaster({ shape, text: body }: TextBody): Certainty {
  return shape.kind === 'xml' && isMaster(body) ? 'sure' : 'no';
}

function isMaster(body: string): boolean {
  return (
    /<APPLICATION(?:_\w{1,40})?\s/.test(body) &&
    /\s(?:CONFIG_FILES|APP_FILE_PATH|MISC_FILES)\w{0,40}\s{0,20}=/.test(body)
  );
}

function* allElements(roots: readonly XmlElement[]): Generator<XmlElement> {
  for (const root of roots) {
    yield root;
    yield* descendants(root);
  }
}

/** Attributes are the settings wherever they stand; names of elements mean nothing. */
function parseSettings(body: string): ParsedConfig {
  const { document, notes } = parseXml(body);
  const entries: Entry[] = [];
  eachElement(document.roots, ({ attributes }) => {
    // An iterator for each of hundreds of elements costs more than what it goes over.
    for (let at = 0; at < attributes.length; at += 1) {
      const { name, value } = attributes[at] as XmlAttribute;
      entries.push({ key: name, value });
    }
  });
  // A repeated attribute is a repeated key, and told of as such.
  const told = notes.filter(({ code }) => code !== 'duplicate-attribute');
  return { entries, includes: [], warnings: noteWarnings(told, isSecret) };
}

/** A list of files, the strongest first. That for the phone's own model stands in place of the general one. */
function parseMaster(body: string, context: ParseContext): ParsedConfig {
  const { document, notes } = parseXml(body);
  const warnings = noteWarnings(notes, isSecret);
  let general = '';
  let ofModel: string | null = null;
  for (const element of allElements(document.roots)) {
    for (const { name, value } of element.attributes) {
      const suffix = /^CONFIG_FILES(?:_(\w+))?$/.exec(name);
      if (suffix === null || value === '') continue;
      if (suffix[1] === undefined) general = attributeOf(element, name) ?? general;
      else if (context.model !== null && modelWord(suffix[1]) === modelWord(context.model)) ofModel = value;
    }
  }
  const includes = new Set<string>();
  for (const part of (ofModel ?? general).split(',')) {
    const name = withVariables(part.trim(), context);
    const unknown = /\[[A-Z_]+\]/.exec(name)?.[0];
    if (unknown !== undefined) warnings.push(`variable-not-known:${unknown}`);
    if (name !== '') includes.add(name);
  }
  return { entries: [], includes: [...includes], warnings };
}

/** `VVX_410`, `VVX 410` and `VVX410` are one. */
function modelWord(model: string): string {
  return model.replace(/[^a-z0-9]/gi, '').toUpperCase();
}

/** [wazo], [admin]; MACADDRESS and PHONE_MODEL: assumption. */
function withVariables(name: string, { mac, model }: ParseContext): string {
  const filled = mac === null ? name : name.replaceAll(/\[(?:PHONE_MAC_ADDRESS|MACADDRESS)\]/g, mac);
  return model === null ? filled : filled.replaceAll('[PHONE_MODEL]', modelWord(model));
}

const HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** The master and the file that it names. */
function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile, WrittenFile] {
  const name = `${mac ?? '{mac}'}-user.cfg`;
  const attributes = entries.map(({ key, value }) => `\n  ${key}="${xmlAttribute(value)}"`).join('');
  return [
    {
      name: `${mac ?? '{mac}'}.cfg`,
      text: `${HEADER}<APPLICATION CONFIG_FILES="${mac === null ? '[PHONE_MAC_ADDRESS]-user.cfg' : name}"/>\n`,
    },
    { name, text: `${HEADER}<polycomConfig${attributes}/>\n` },
  ];
}

const writer: Writer = { print, refuseValue: refusePolyValue, access: [] };

const formats: readonly [Format, ...Format[]] = [
  { id: 'polycom-xml', recognise: recogniseSettings, parse: parseSettings, table, writer },
  { id: 'polycom-master', recognise: recogniseMaster, parse: parseMaster, table, writer: null },
];

// ---- persona, identification

/** What stands before the model in a User-Agent ([wazo]); CCX, Trio and Edge: assumption. */
const PRODUCT_LINES: readonly (readonly [RegExp, string])[] = [
  [/^SPIP/, 'PolycomSoundPointIP'],
  [/^SSIP|^SSDuo/, 'PolycomSoundStationIP'],
  [/^Trio/, 'PolycomRealPresenceTrio'],
  [/^CCX/, 'PolyCCX'],
  [/^Edge/, 'PolyEdge'],
];

/** `VVX410` -> `VVX_410`, as phones write it. */
function spelledModel(model: string): string {
  return /^[A-Za-z]+\d/.test(model) ? model.replace(/^([A-Za-z]+)/, '$1_') : model.replaceAll(' ', '_');
}

const persona: PersonaRows = {
  usual: { model: 'VVX_410', firmware: '5.9.5.0614' },
  userAgent: ({ model, firmware }) => {
    const spelled = spelledModel(model);
    const line = PRODUCT_LINES.find(([pattern]) => pattern.test(spelled))?.[1] ?? 'PolycomVVX';
    return `FileTransport ${line}-${spelled}-UA/${firmware} Type/Application`;
  },
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // [admin] the MAC's own file, else the one for all.
  directory: ({ mac }) => [[`${mac}.cfg`, `${formatMac(mac, 'upper')}.cfg`, '000000000000.cfg']],
};

const identity: Vendor['identity'] = {
  userAgents: [
    // [wazo]; (SN:...) with device.prov.tagSerialNo: assumption.
    /^FileTransport Poly(?:com)?[A-Za-z]{1,30}-(?<model>[A-Za-z]{1,10}_\w{1,12})-UA\/(?<version>\d[\d.]{2,30})(?: \(SN:(?<mac>[0-9a-f]{12})\))?(?: |$)/i,
  ],
  paths: [
    /(?:^|\/)(?<mac>[0-9a-f]{12})-(?:user|phone|web|license|directory|registration|sip|app|boot)\.(?:cfg|xml|log)$/i,
    /(?:^|\/)(?!0{12})(?<mac>[0-9a-f]{12})\.cfg$/i,
    /(?:^|\/)0{12}(?:-directory)?\.(?:cfg|xml)$/,
  ],
  // [fusionpbx], [wazo]
  ouis: ['0004f2', '64167f', '482567', '00907a'],
};

/** Keys that no word gives away ([admin]): private keys of certificates, of wireless networks. */
const SECRET_KEYS = /(?:DeviceKey\.?\d{0,2}|\.key\d{0,2})$/i;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

export const polycom: Vendor = {
  id: 'polycom',
  name: 'Poly',
  formats,
  merge: 'first',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['reg.1.label', 'reg.1.displayName', 'reg.1.address', 'reg.1.thirdPartyName'],
  models,
  persona,
  identity,
};
