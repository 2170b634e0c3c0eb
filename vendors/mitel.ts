// Mitel 68xx and 69xx, Aastra 67xx and 57i (text), Mitel 53xx (XML): which key holds which of our fields. Knows no network.
// Sources: [admin] Aastra and Mitel SIP phone administrator guides 2.6 to 6.x; [fusionpbx], [wazo] keys as they write them.
import { flaggedColon } from '../parsers/flagged-colon.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, type XmlElement } from '../parsers/xml.ts';
import { type Codec, choice, host, plainText, port, seconds, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac, type Mac } from './mac.ts';
import { functionKeys, models, phone } from './mitel-phone.ts';
import type { HostPort, Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  Group,
  KeyTable,
  LineRows,
  ParseContext,
  ParsedConfig,
  PersonaRows,
  Row,
  SettingRows,
  Target,
  Values,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- text: rows. A key without its line is the default of every line ([admin]).

function perLine<Value>(name: string, codec: Codec<Value>, source: string): Row<Value> {
  return { keys: [`sip line{n} ${name}`, `sip ${name}`], codec, source };
}

/** 0 leaves the choice between UDP and TCP to the phone. */
const transport: Codec<Transport> = {
  read: (text) => (text === '0' ? null : TRANSPORTS.read(text)),
  write: (value) => TRANSPORTS.write(value),
};
const TRANSPORTS = choice<Transport>({ 1: 'udp', 2: 'tcp', 4: 'tls' });

/** That of all lines counts only where the line says nothing: its 0 is a choice too, unlike 0.0.0.0 and port 0. */
function defaultTransport(line: number, values: Values): string | null {
  return values.get(`sip line${line} transport protocol`) ? null : 'sip transport protocol';
}

const lines: LineRows = {
  label: perLine('screen name', plainText, '[admin] the first line of the idle screen and the line key'),
  displayName: perLine('display name', plainText, '[admin]'),
  authName: perLine('auth name', plainText, '[admin]'),
  userName: perLine('user name', userName, '[admin]'),
  password: perLine('password', plainText, '[admin]'),
  registrarHost: perLine('registrar ip', host, '[admin] 0.0.0.0 = none'),
  registrarPort: perLine('registrar port', port, '[admin] 0 = found by DNS'),
  registrarTransport: {
    keys: ['sip line{n} transport protocol', defaultTransport],
    codec: transport,
    source: '[fusionpbx] 0 UDP and TCP, 1 UDP, 2 TCP, 4 TLS',
  },
  expiresSeconds: perLine('registration period', seconds, '[fusionpbx] seconds; 0 = what the registrar says'),
  outboundHost: perLine('outbound proxy', host, '[admin]'),
  outboundPort: perLine('outbound proxy port', port, '[admin]'),
  backupHost: perLine('backup registrar ip', host, '[admin], [wazo]'),
  backupPort: perLine('backup registrar port', port, '[admin], [wazo]'),
  backupOutboundHost: perLine('backup proxy ip', host, '[admin], [wazo]'),
  backupOutboundPort: perLine('backup proxy port', port, '[admin], [wazo]'),
};

/** Value of `out-of-band dtmf` and of `dtmf method`, by our word. */
const DTMF: Readonly<Record<string, readonly [string, string]>> = {
  inband: ['0', '0'],
  rfc2833: ['1', '0'],
  info: ['1', '1'],
  'rfc2833+info': ['1', '2'],
};

function lineOrGlobal(values: Values, line: number, name: string): string | undefined {
  return values.get(`sip line${line} ${name}`) ?? values.get(`sip ${name}`) ?? undefined;
}

const dtmf: Group<string> = {
  source: '[fusionpbx, wazo] dtmf method 0 RTP, 1 SIP INFO, 2 both; out-of-band dtmf 1 = RFC 2833 in RTP',
  read: (values, line) => {
    const method = lineOrGlobal(values, line, 'dtmf method');
    if (method === undefined) return null;
    const outOfBand = lineOrGlobal(values, line, 'out-of-band dtmf') ?? '1';
    const key = `sip line${line} dtmf method`;
    const found = Object.entries(DTMF).find(([, [band, code]]) => {
      return code === method && (method === '0' ? band === outOfBand : true);
    });
    return found === undefined ? null : { value: found[0], key };
  },
  write: (value, line) => {
    const [band, method] = DTMF[value] ?? [];
    if (band === undefined || method === undefined) return { refused: `the format has no word for ${value}` };
    return [
      // One switch for all lines: two that differ are refused.
      ...(method === '0' ? [{ key: 'sip out-of-band dtmf', value: band }] : []),
      { key: `sip line${line} dtmf method`, value: method },
    ];
  },
};

/** RTP payload types as the phones number them ([fusionpbx]; opus, iLBC: assumption). */
const PAYLOADS: Readonly<Record<string, string>> = {
  0: 'PCMU',
  8: 'PCMA',
  9: 'G722',
  18: 'G729',
  98: 'iLBC',
  107: 'opus',
};
const PAYLOAD_OF = new Map(Object.entries(PAYLOADS).map(([payload, name]) => [name, payload]));

const codecs: Group<readonly string[]> = {
  ofAllLines: true,
  source: '[fusionpbx] one list for all lines: payload=9;ptime=20;silsupp=on,...',
  read: (values) => {
    const key = 'sip customized codec';
    const text = values.get(key);
    if (!text) return null;
    const found = text.split(',').map((part) => PAYLOADS[/^\s*payload=(\d+)/.exec(part)?.[1] ?? '']);
    const value = found.filter((name): name is string => name !== undefined);
    return { value, key, ...(value.length < found.length && { unknown: [key] }) };
  },
  write: (value) => {
    const parts = value.map((name) => PAYLOAD_OF.get(name));
    if (value.length === 0 || parts.includes(undefined))
      return { refused: `there is no codec list ${value.join(', ')}` };
    const text = parts.map((payload) => `payload=${payload};ptime=20;silsupp=off`).join(',');
    return [{ key: 'sip customized codec', value: text }];
  },
};

const RPORT = choice<boolean>({ 1: true, 0: false });

const rport: Group<boolean> = {
  ofAllLines: true,
  source: '[admin] sip rport, 0 by default',
  read: (values) => {
    const key = 'sip rport';
    const value = RPORT.read(values.get(key) ?? '');
    return typeof value === 'boolean' ? { value, key } : null;
  },
  write: (value) => [{ key: 'sip rport', value: value ? '1' : '0' }],
};

const settings: SettingRows = {
  rport,
  srtp: perLine('srtp mode', choice<string>({ 0: 'off', 1: 'optional', 2: 'required' }), '[wazo]'),
  dtmf,
  codecs,
  voiceMailbox: perLine('vmail', plainText, '[fusionpbx, wazo]'),
};

function hostOf(values: Values, line: number, name: string): HostPort | null {
  for (const key of [`sip line${line} ${name}`, `sip ${name}`]) {
    const found = host.read(values.get(key) || '0.0.0.0');
    if (found) return found;
  }
  return null;
}

/** Without a registrar the phone registers at its proxy ([admin]). */
function useProxy(line: Line, values: EffectiveValues, warn: (warning: string) => void): Line {
  if (line.registrar !== null && line.registrar.host !== null) return line;
  // `sip proxy` without `ip` is written by some templates.
  const proxy = hostOf(values, line.line, 'proxy ip') ?? hostOf(values, line.line, 'proxy');
  if (proxy === null) return line;
  warn(`registrar-unset-using-proxy:${line.line}`);
  const proxyPort = port.read(lineOrGlobal(values, line.line, 'proxy port') ?? '0') ?? null;
  return {
    ...line,
    registrar: {
      host: proxy.host,
      port: proxy.port ?? proxyPort ?? line.registrar?.port ?? null,
      transport: line.registrar?.transport ?? null,
    },
  };
}

const LINE_KEY = /^sip line(\d{1,3}) /;

const table: KeyTable = {
  numbers: (values) => {
    const numbers = new Set(numbersMatching(LINE_KEY)(values));
    // An account without a line's number is that of every line; the first is there in any case.
    if (values.has('sip user name')) numbers.add(1);
    return numbers;
  },
  // [admin] 6869i and later.
  mostLines: 24,
  lines,
  settings,
  phone,
  functionKeys,
  without: {
    adminName: 'the phones call them admin and user',
    trustedCertificates: 'the phone fetches them as files, sips trusted certificates',
  },
  finish: useProxy,
};

// ---- text: format

const OWN_KEY =
  /^[ \t]*[!^]?(?:sip (?:line\d{1,3} |proxy|registrar|registration|backup|outbound|transport|vmail|user name|customized|dtmf|out-of-band|srtp|rport|explicit|digit|dial)|sips |(?:top)?softkey\d{1,3} |prgkey\d{1,3} |expmod\d key\d|time server|download protocol|https? (?:server|path)|t?ftp server|firmware server|auto resync|directed call pickup|xml application|tone set|options password)[^:\n]*:/im;

function recogniseText(body: TextBody): Certainty {
  if (body.shape.kind === 'comments') return 'likely';
  if (body.shape.kind !== 'colon') return 'no';
  return OWN_KEY.test(body.text) ? 'sure' : 'likely';
}

function parseText(text: string): ParsedConfig {
  const { document, notes } = flaggedColon.parse(text);
  return { entries: document, includes: [], warnings: noteWarnings(notes, isSecret) };
}

function fileName(mac: Mac | null): string {
  return `${mac === null ? '{mac}' : formatMac(mac, 'upper')}.cfg`;
}

const writer: Writer = {
  print: (entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] => [
    { name: fileName(mac), text: flaggedColon.print([...entries]) },
  ],
  refuseValue: flaggedColon.refuseValue,
  // [admin] `!` locks; `^` puts back what the user changed; without a flag what the user changed stays.
  access: ['open', 'default', 'locked'],
};

// ---- 53xx: <Parameter Model="5330">, settings as elements, accounts as <User .../>, keys as <Key .../>

/** More than any phone has: what comes behind them is no file of a phone. */
const MOST_USERS = 100;

/** A common file has a root for each model. */
function rootsFor(roots: readonly XmlElement[], model: string | null): readonly XmlElement[] {
  const own = roots.filter(({ name }) => name.toLowerCase() === 'parameter');
  if (own.length < 2) return own;
  const wanted = model?.replace(/^mitel\s*/i, '').toLowerCase();
  return own.filter((root) => attributeOf(root, 'Model')?.toLowerCase() === wanted);
}

function parse53xx(text: string, { model }: ParseContext): ParsedConfig {
  const { document, notes } = parseXml(text);
  const roots = rootsFor(document.roots, model);
  const warnings = noteWarnings(notes, isSecret);
  if (roots.length === 0 && document.roots.length > 1) warnings.push('sections-for-models');
  const entries: Entry[] = [];
  let users = 0;
  for (const child of roots.flatMap(({ children }) => children)) {
    if (child.children.length === 0) entries.push({ key: child.name, value: child.text });
    for (const inner of child.children) {
      if (inner.name === 'User') users += 1;
      if (users > MOST_USERS) break;
      const stem = inner.name === 'Key' ? `Key.${attributeOf(inner, 'Line') ?? '0'}` : `${inner.name}.${users}`;
      for (const { name, value } of inner.attributes) entries.push({ key: `${stem}.${name}`, value });
    }
  }
  return { entries, includes: [], warnings };
}

/** Features 6 and up of a programmable key: lines 1 and up ([fusionpbx]). */
const FIRST_LINE_FEATURE = 6;
const MOST_KEYS = 60;

/** The text of the key that stands for this line. */
function lineKeyText(line: number, values: Values): string | null {
  for (let key = 1; key <= MOST_KEYS; key += 1) {
    const isOfLine = values.get(`Key.${key}.Fea`) === String(FIRST_LINE_FEATURE + line - 1);
    if (isOfLine && values.get(`Key.${key}.Des`)) return `Key.${key}.Des`;
  }
  return null;
}

const table53xx: KeyTable = {
  numbers: numbersMatching(/^User\.(\d+)\./),
  mostLines: 8,
  lines: {
    enabled: { keys: ['User.{n}.State'], codec: choice<boolean>({ 1: true, 0: false }), source: '[fusionpbx]' },
    label: { keys: [lineKeyText], codec: plainText, source: '[fusionpbx] Key@Des of the key with the line as Fea' },
    displayName: { keys: ['User.{n}.DispName'], codec: plainText, source: '[fusionpbx]' },
    authName: { keys: ['User.{n}.AuthName'], codec: plainText, source: '[fusionpbx]' },
    userName: { keys: ['User.{n}.ID'], codec: userName, source: '[fusionpbx]' },
    password: { keys: ['User.{n}.Pwd'], codec: plainText, source: '[fusionpbx]' },
    registrarHost: { keys: ['User.{n}.RegSvr', 'User.{n}.ProxySvr'], codec: host, source: '[fusionpbx]' },
    registrarPort: { keys: ['User.{n}.RegPort', 'User.{n}.ProxyPort'], codec: port, source: '[fusionpbx]' },
    expiresSeconds: { keys: ['register_expire'], codec: seconds, source: '[fusionpbx]; seconds: assumption' },
    outboundHost: { keys: ['User.{n}.OutSvr'], codec: host, source: '[fusionpbx]' },
    outboundPort: { keys: ['User.{n}.OutPort'], codec: port, source: '[fusionpbx]' },
  },
  settings: { voiceMailbox: { keys: ['voicemail_key'], codec: plainText, source: '[fusionpbx]' } },
  phone: {
    ntpServer: { keys: ['sntp'], codec: plainText, source: '[fusionpbx]' },
    provisioningUrl: { keys: ['http_download'], codec: plainText, source: '[fusionpbx]' },
  },
  functionKeys: null,
};

function recognise53xx(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'parameter') return 'no';
  return /<Parameter\s+Model\s*=/i.test(body.text) ? 'sure' : 'likely';
}

const formats: readonly [Format, ...Format[]] = [
  { id: 'mitel-cfg', recognise: recogniseText, parse: parseText, table, writer },
  { id: 'mitel-53xx', recognise: recognise53xx, parse: parse53xx, table: table53xx, writer: null },
];

// ---- persona, identification, secrets

const persona: PersonaRows = {
  usual: { model: '6867i', firmware: '6.3.0.1020' },
  // [wazo] `Aastra6867i MAC:00-08-5D-.. V:4.1.0.128-SIP`, `Mitel6930 MAC:.. V:6.4.0.140-SIP`.
  userAgent: ({ model, firmware, mac }) => {
    const name = /^(?:Aastra|Mitel)/.test(model) ? model : `${model.endsWith('i') ? 'Aastra' : 'Mitel'}${model}`;
    return `${name} MAC:${formatMac(mac, 'colon').toUpperCase().replaceAll(':', '-')} V:${firmware}-SIP`;
  },
  macVariables: { '{mac}': 'upper', $MAC: 'upper' },
  // [admin] startup.cfg (aastra.cfg before 5.0), then that of the model, then its own; the last one read wins.
  directory: ({ mac, model }) => {
    const upper = formatMac(mac, 'upper');
    // [fusionpbx] 5304 to 5340.
    if (/^(?:Mitel ?)?53\d\d/i.test(model)) return [['MN_Generic.cfg'], [`MN_${upper}.cfg`, `MN_${mac}.cfg`]];
    return [
      ['startup.cfg', 'aastra.cfg'],
      [`${model.replace(/^(?:Aastra|Mitel)/, '')}.cfg`],
      [`${upper}.cfg`, `${mac}.cfg`],
    ];
  },
};

const isSecret = rememberKeys((key) => /(?:^|[._])pwd|passwd$/i.test(key) || secretWord(key));

export const mitel: Vendor = {
  id: 'mitel',
  name: 'Mitel',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: [
    'sip line1 screen name',
    'sip line1 screen name 2',
    'sip line1 display name',
    'sip line1 user name',
    'Key.1.Des',
    'User.1.DispName',
  ],
  models,
  persona,
  identity: {
    userAgents: [/^(?:Aastra|Mitel)(?<model>\w+) MAC:(?<mac>[0-9A-Fa-f-]{17}) V:(?<version>[^ ]+)-SIP$/],
    paths: [
      /(?:^|\/)Aastra\/(?<mac>[0-9A-Fa-f]{12})\.cfg$/,
      /(?:^|\/)aastra\.cfg$/,
      /(?:^|\/)MN_(?<mac>[0-9A-Fa-f]{12})\.cfg$/,
    ],
    ouis: ['00085d', '0010bc', '1400e9', '08000f'],
  },
};
