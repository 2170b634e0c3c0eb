// Cisco phones of the call manager kind: SEP<MAC>.cnf.xml, the ATA190's files, and the older SIP<MAC>.cnf of the 7940 and
// 7960. Read, not written. Sources: [fusionpbx], [wazo] files as these servers write them; [cisco] administration guides
// of the 7900 series. "assumption": nobody says so.
import { quotedColons } from '../parsers/quoted-lines.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, type XmlElement } from '../parsers/xml.ts';
import { CISCO_OUIS } from './cisco-ouis.ts';
import { choice, host, plainText, port, seconds, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac, type Mac } from './mac.ts';
import type { FunctionKey, Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  FunctionKeys,
  Key,
  KeyTable,
  ModelFamily,
  ParseContext,
  ParsedConfig,
  PersonaRows,
  Row,
  Values,
  Vendor,
} from './vendor.ts';

function text(key: Key, source: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

function warnWithoutPassword(line: Line, _values: EffectiveValues, warn: (warning: string) => void): Line {
  if (line.password === null) warn(`no-password:${line.line}`);
  return line;
}

// ---- SEP<MAC>.cnf.xml, in names made by parseSep: line.<button>.<element>, callManager.<n>.<element>, sipProxies.*

/** In place of an address: the call manager's. */
const MANAGER = 'USECALLMANAGER';

function usesManager(line: number, values: Values): boolean {
  return (values.get(`line.${line}.proxy`) ?? MANAGER).toUpperCase() === MANAGER;
}

function managed(key: string): Key {
  return (line, values) => (usesManager(line, values) ? key : null);
}

function own(field: string): Key {
  return (line, values) => (usesManager(line, values) ? null : `line.${line}.${field}`);
}

const SECURE = '3';

/** The manager's port for the transport of the file. */
function managerPort(number: 1 | 2, values: Values): string {
  const isSecure = values.get('transportLayerProtocol') === SECURE;
  return `callManager.${number}.${isSecure ? 'securedSipPort' : 'sipPort'}`;
}

const registrarPort: Key = (line, values) => (usesManager(line, values) ? managerPort(1, values) : null);

/** A second manager comes before the proxy of old: what is asked for its port must be the same that gave the name. */
const backupPort: Key = (line, values) =>
  usesManager(line, values) && values.get('callManager.2.processNodeName')
    ? managerPort(2, values)
    : 'sipProxies.backupProxyPort';

function proxyHost(key: string): Key {
  return (_line, values) => (values.get(key)?.toUpperCase() === MANAGER ? null : key);
}

const sepFunctionKeys: FunctionKeys = {
  source: '[fusionpbx] featureID 21 with speedDialNumber and featureOptionMask; 2 a speed dial: assumption',
  read: (values) => {
    const found: FunctionKey[] = [];
    for (const name of values.all.keys()) {
      const key = Number(/^button\.(\d{1,3})\.featureID$/.exec(name)?.[1] ?? 0);
      const feature = key === 0 ? undefined : values.get(name);
      const value = values.get(`button.${key}.speedDialNumber`) ?? null;
      if (value === null || (feature !== '21' && feature !== '2')) continue;
      const type = feature === '21' ? 'blf' : 'speedDial';
      found.push({ key, module: 0, type, line: null, value, label: values.get(`button.${key}.featureLabel`) ?? null });
    }
    return found.sort((a, b) => a.key - b.key);
  },
  write: () => ({ refused: 'these files are read, not written' }),
};

const sepTable: KeyTable = {
  numbers: numbersMatching(/^line\.(\d{1,3})\./),
  mostLines: 200,
  lines: {
    userName: { keys: ['line.{n}.name'], codec: userName, source: '[fusionpbx], [wazo]' },
    authName: text('line.{n}.authName', '[fusionpbx], [wazo]'),
    password: text('line.{n}.authPassword', '[fusionpbx], [wazo]'),
    displayName: text('line.{n}.displayName', '[fusionpbx], [wazo]'),
    label: text('line.{n}.featureLabel', '[fusionpbx], [wazo]'),
    registrarHost: {
      keys: [own('proxy'), managed('callManager.1.processNodeName')],
      codec: host,
      source: '[fusionpbx]; USECALLMANAGER: [wazo]',
    },
    registrarPort: { keys: [registrarPort, 'line.{n}.port'], codec: port, source: '[fusionpbx], [wazo]' },
    registrarTransport: {
      keys: ['transportLayerProtocol'],
      codec: choice<Transport>({ 1: 'tcp', 2: 'udp', 3: 'tls' }),
      source: '[wazo] 1 TCP, 2 UDP, 3 TLS',
    },
    expiresSeconds: { keys: ['sipStack.timerRegisterExpires'], codec: seconds, source: '[fusionpbx], [wazo]' },
    outboundHost: { keys: [proxyHost('sipProxies.outboundProxy')], codec: host, source: '[fusionpbx], [wazo]' },
    outboundPort: { keys: ['sipProxies.outboundProxyPort'], codec: port, source: '[fusionpbx], [wazo]' },
    backupHost: {
      keys: [managed('callManager.2.processNodeName'), proxyHost('sipProxies.backupProxy')],
      codec: host,
      source: '[fusionpbx], [wazo]',
    },
    backupPort: { keys: [backupPort], codec: port, source: '[fusionpbx], [wazo]' },
    port: text('line.{n}.jack', '[wazo] ATA190: a file for each port'),
  },
  settings: { voiceMailbox: text('line.{n}.messagesNumber', '[fusionpbx], [wazo]') },
  phone: {
    ntpServer: text('devicePool.dateTimeSetting.ntps.ntp.name', '[fusionpbx], [wazo]'),
    adminName: text('sshUserId', '[fusionpbx], [wazo]'),
    adminPassword: text('sshPassword', '[fusionpbx], [wazo]'),
    phoneBookUrl: text('directoryURL', '[wazo]'),
  },
  functionKeys: sepFunctionKeys,
  finish: warnWithoutPassword,
};

/** Deeper than any of these files; what is deeper is passed over. */
const DEEPEST = 8;

/** Elements whose name alone tells nothing: left out of keys. */
const WRAPPERS = /^(?:sipProfile|sipLines|commonProfile)$/;

function recogniseSep({ shape, text: body }: TextBody): Certainty {
  if (shape.kind !== 'xml' || /<flat-profile[\s>]/i.test(body)) return 'no';
  const isDevice = /^(?:device|Default)$/.test(shape.root);
  return isDevice &&
    /<(?:sipProfile|deviceProtocol|devicePool|callManagerGroup|loadInformation\d*|vendorConfig)[\s>/]/.test(body)
    ? 'sure'
    : 'no';
}

function parseSep(body: string, context: ParseContext): ParsedConfig {
  const { document, notes } = parseXml(body);
  const entries: Entry[] = [];
  const port = ataPort(context);
  for (const root of document.roots) addElements(root, '', 0, port, entries);
  if (port !== null && entries.some(({ key }) => key.startsWith(`line.${port}.`))) {
    entries.push({ key: `line.${port}.jack`, value: `Phone ${port}` });
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

function addElements(parent: XmlElement, path: string, depth: number, port: number | null, entries: Entry[]): void {
  if (depth > DEEPEST) return;
  if (parent.name === 'members' && path.endsWith('callManagerGroup.members.')) {
    addManagers(parent, entries);
    return;
  }
  let lines = 0;
  for (const child of parent.children) {
    if (child.name === 'line' && parent.name === 'sipLines') {
      lines += 1;
      const button = /^[1-9]\d{0,2}$/.exec(attributeOf(child, 'button') ?? '')?.[0] ?? String(lines);
      addElements(child, lineStem(child, button, port), depth + 1, port, entries);
    } else if (child.children.length === 0) entries.push({ key: path + child.name, value: child.text });
    else addElements(child, WRAPPERS.test(child.name) ? path : `${path}${child.name}.`, depth + 1, port, entries);
  }
}

/** featureID 9 is a line; a button for anything else is none, though it may have the number of one. */
function lineStem(element: XmlElement, button: string, port: number | null): string {
  const feature = element.children.find(({ name }) => name === 'featureID')?.text ?? '';
  return feature === '' || feature === '9' ? `line.${port ?? button}.` : `button.${button}.`;
}

/** Members of the call manager group, the first to be asked first. */
function addManagers(members: XmlElement, entries: Entry[]): void {
  const priority = (member: XmlElement) => Number(attributeOf(member, 'priority') || 0);
  const inOrder = members.children.toSorted((a, b) => priority(a) - priority(b));
  for (const [index, member] of inOrder.entries()) {
    const manager = member.children.find(({ name }) => name === 'callManager');
    const ports = manager?.children.find(({ name }) => name === 'ports');
    for (const { name, text: value, children } of [...(manager?.children ?? []), ...(ports?.children ?? [])]) {
      if (children.length === 0) entries.push({ key: `callManager.${index + 1}.${name}`, value });
    }
  }
}

/** ATA<MAC>.cnf.xml is for the first port, ATA<MAC without its first octet>01.cnf.xml for the second ([wazo]). */
function ataPort({ name, mac }: ParseContext): 1 | 2 | null {
  const named = /(?:^|\/)ATA([0-9A-F]{12})\.cnf(?:\.xml)?$/i.exec(name)?.[1]?.toLowerCase();
  if (named === undefined) return null;
  return mac !== null && named !== mac && named === shifted(mac) ? 2 : 1;
}

function shifted(mac: Mac): string {
  return `${mac.slice(2)}01`;
}

// ---- SIP<MAC>.cnf

/** Proxies are numbered as lines; a line without one of its own has that of the first. */
function proxy(field: string): [Key, Key] {
  const named: Key = (line, values) => (values.get(`proxy${line}_address`) ? `proxy${line}_${field}` : null);
  const first: Key = (line, values) => (values.get(`proxy${line}_address`) ? null : `proxy1_${field}`);
  return [named, first];
}

const cnfTable: KeyTable = {
  numbers: numbersMatching(/^line(\d{1,2})_/),
  // The 7960 has six.
  mostLines: 20,
  lines: {
    userName: { keys: ['line{n}_name'], codec: userName, source: '[cisco], [fusionpbx]' },
    authName: text('line{n}_authname', '[cisco], [fusionpbx]'),
    password: text('line{n}_password', '[cisco], [fusionpbx]'),
    displayName: text('line{n}_displayname', '[cisco], [fusionpbx]'),
    label: text('line{n}_shortname', '[cisco], [fusionpbx]'),
    registrarHost: { keys: proxy('address'), codec: host, source: '[cisco]; the first for all: assumption' },
    registrarPort: { keys: proxy('port'), codec: port, source: '[cisco], [fusionpbx]' },
    expiresSeconds: { keys: ['timer_register_expires'], codec: seconds, source: '[cisco] seconds' },
    outboundHost: { keys: ['outbound_proxy'], codec: host, source: '[cisco], [fusionpbx]' },
    outboundPort: { keys: ['outbound_proxy_port'], codec: port, source: '[cisco], [fusionpbx]' },
    backupHost: { keys: ['proxy_backup'], codec: host, source: '[cisco], [fusionpbx]' },
    backupPort: { keys: ['proxy_backup_port'], codec: port, source: '[cisco], [fusionpbx]' },
  },
  settings: {},
  phone: {
    ntpServer: text('sntp_server', '[cisco], [fusionpbx]'),
    clock24Hours: { keys: ['time_format_24hr'], codec: choice<boolean>({ 1: true, 0: false }), source: '[fusionpbx]' },
    adminPassword: text('phone_password', '[fusionpbx] of the console'),
    phoneBookUrl: text('directory_url', '[fusionpbx]'),
    logoUrl: text('logo_url', '[fusionpbx]'),
  },
  functionKeys: null,
};

const CNF_KEY =
  /^[ \t]*(?:line\d{1,2}_(?:name|password|authname|displayname|shortname)|proxy\d{1,2}_(?:address|port)|image_version|phone_label|proxy_(?:register|backup|emergency)|timer_register_expires|dial_template|tftp_cfg_dir|sip_invite_retx)[ \t]*:/m;

function recogniseCnf({ shape, text: body }: TextBody): Certainty {
  return shape.kind !== 'xml' && CNF_KEY.test(body) ? 'sure' : 'no';
}

function parseCnf(body: string): ParsedConfig {
  const { document, notes } = quotedColons.parse(body);
  return { entries: document, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [
  { id: 'cisco-sep', recognise: recogniseSep, parse: parseSep, table: sepTable, writer: null },
  { id: 'cisco-cnf', recognise: recogniseCnf, parse: parseCnf, table: cnfTable, writer: null },
];

// ---- models, persona, identification

function model(id: string, lines: number, modules: readonly [number, number] = [0, 0]): ModelFamily {
  return { id, names: [`CP-${id}`], lines, keys: lines, modules: modules[0], keysPerModule: modules[1] };
}

/** Buttons of the phone ([datasheet] Cisco's data sheets). */
const models: readonly ModelFamily[] = [
  model('7905', 1),
  model('7906', 1),
  model('7911', 1),
  model('7912', 1),
  model('7940', 2),
  model('7941', 2),
  model('7942', 2),
  model('7945', 2),
  model('7960', 6, [2, 14]),
  model('7961', 6, [2, 24]),
  model('7962', 6, [2, 24]),
  model('7965', 6, [2, 24]),
  model('7970', 8, [2, 24]),
  model('7971', 8, [2, 24]),
  model('7975', 8, [2, 24]),
  model('8941', 4),
  model('8945', 4),
  model('8961', 5, [1, 36]),
  model('9951', 5, [2, 36]),
  model('9971', 6, [3, 36]),
  { id: 'ATA190', lines: 2, keys: 0, modules: 0, keysPerModule: 0 },
];

const persona: PersonaRows = {
  usual: { model: 'CP-7962', firmware: '9.4.2' },
  userAgent: ({ model: name, firmware }) =>
    `Cisco-${name.startsWith('CP-') || name.startsWith('ATA') ? name : `CP-${name}`}/${firmware}`,
  macVariables: { '{mac}': 'upper', $MAC: 'upper' },
  directory: ({ mac, model: name }) => {
    const upper = formatMac(mac, 'upper');
    if (/ATA/i.test(name)) return [[`ATA${upper}.cnf.xml`], [`ATA${shifted(mac).toUpperCase()}.cnf.xml`]];
    if (/79[46]0/.test(name)) return [['SIPDefault.cnf'], [`SIP${upper}.cnf`]];
    return [[`SEP${upper}.cnf.xml`, 'XMLDefault.cnf.xml']];
  },
};

const identity: Vendor['identity'] = {
  // Most ask by TFTP, without one. The shape of the persona's: assumption.
  userAgents: [/^Cisco-(?<model>CP-?\d{4}G?)\/(?<version>\d[\w.-]{1,30})$/i],
  paths: [
    /(?:^|\/)(?:CTL|ITL)?SEP(?<mac>[0-9A-F]{12})\.(?:cnf\.xml|tlv)(?:\.sgn|\.enc\.sgn)?$/i,
    /(?:^|\/)(?<model>ATA)(?<mac>[0-9A-F]{12})\.cnf\.xml$/i,
    /(?:^|\/)SIP(?<mac>[0-9A-F]{12})\.cnf$/i,
    /(?:^|\/)(?:XMLDefault\.cnf\.xml|SIPDefault\.cnf)$/i,
  ],
  ouis: CISCO_OUIS,
};

const isSecret = rememberKeys((key) => /(?:sshPassword|phonePassword|authPassword)$/i.test(key) || secretWord(key));

export const ciscoSep: Vendor = {
  id: 'cisco-sep',
  name: 'Cisco call manager',
  formats,
  merge: 'later',
  nothing: ['UNPROVISIONED'],
  repeats: () => false,
  isSecret,
  didFields: ['line.1.featureLabel', 'phoneLabel', 'line.1.displayName', 'line.1.name'],
  models,
  persona,
  identity,
};
