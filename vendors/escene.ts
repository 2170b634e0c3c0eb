// Escene phones: attributes of one element per account. Source: [fusionpbx] its template of the E3xx; what else is here is
// marked as an assumption.
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, descendants, parseXml } from '../parsers/xml.ts';
import { choice, hostWithPort, plainText, seconds, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Group, KeyTable, ModelFamily, ParsedConfig, Vendor } from './vendor.ts';

const isSecret = rememberKeys((key) => /(?:password|passwd|pin)$/i.test(key) || secretWord(key));

const on = choice<boolean>({ 1: true, 0: false });

function keyOf(name: string): string {
  return `sipUser.{n0}.${name}`;
}

const CODECS: Readonly<Record<string, string>> = {
  G711A: 'PCMA',
  G711U: 'PCMU',
  G722: 'G722',
  G729: 'G729',
  iLBC: 'iLBC',
  G726_32: 'G726-32',
  G723: 'G723',
};

/** One list for all accounts. */
const codecs: Group<readonly string[]> = {
  source: '[fusionpbx] enableCode0 and following',
  read: (values) => {
    const value: string[] = [];
    for (let slot = 0; slot <= 9; slot += 1) {
      const name = CODECS[values.get(`dsp.enableCode${slot}`) ?? ''];
      if (name !== undefined) value.push(name);
    }
    return value.length === 0 ? null : { value, key: 'dsp.enableCode0' };
  },
  write: () => ({ refused: 'files of Escene are read, not written' }),
};

const table: KeyTable = {
  numbers: numbersMatching(/^sipUser\.(\d{1,9})\./, 0),
  mostLines: 16,
  lines: {
    enabled: { keys: [keyOf('EnableAccount')], codec: on, source: '[fusionpbx]' },
    label: { keys: [keyOf('Describe')], codec: plainText, source: '[fusionpbx]' },
    displayName: { keys: [keyOf('UserName')], codec: plainText, source: '[fusionpbx]' },
    userName: { keys: [keyOf('UserNumber')], codec: userName, source: '[fusionpbx]' },
    authName: { keys: [keyOf('approveName')], codec: plainText, source: '[fusionpbx]' },
    password: { keys: [keyOf('Password')], codec: plainText, source: '[fusionpbx]' },
    registrarHost: { keys: [keyOf('DomainName')], codec: hostWithPort, source: '[fusionpbx]' },
    registrarTransport: {
      keys: [keyOf('LinkUse')],
      codec: choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls' }),
      source: '[fusionpbx]',
    },
    outboundHost: { keys: [keyOf('ProxyServerAddress')], codec: hostWithPort, source: '[fusionpbx] host:port' },
    backupHost: { keys: [keyOf('SecondDomainName')], codec: hostWithPort, source: 'assumption, after its name' },
    backupOutboundHost: {
      keys: [keyOf('SecondProxyServerAddress')],
      codec: hostWithPort,
      source: 'assumption, after its name',
    },
    expiresSeconds: { keys: [keyOf('RefreshTime')], codec: seconds, source: '[fusionpbx] seconds' },
  },
  settings: {
    codecs,
    voiceMailbox: { keys: [keyOf('CallLeaveMessageNum')], codec: plainText, source: '[fusionpbx]' },
    keepAlive: {
      keys: [keyOf('KeepaliveEnable')],
      codec: choice<string>({ 0: 'off', 1: 'packets' }),
      source: '[fusionpbx]; what is sent: assumption',
    },
    keepAliveSeconds: { keys: [keyOf('KeepaliveInterval')], codec: seconds, source: '[fusionpbx]' },
    nat: { keys: [keyOf('STUNEnableFlag')], codec: choice<string>({ 0: 'off', 1: 'stun' }), source: '[fusionpbx]' },
    rport: { keys: [keyOf('RPortEnable')], codec: on, source: '[fusionpbx]' },
  },
  phone: {
    ntpServer: { keys: ['systime.SNTPAddress'], codec: plainText, source: '[fusionpbx]' },
    provisioningUserName: { keys: ['privision.username'], codec: plainText, source: '[fusionpbx]' },
    provisioningPassword: { keys: ['privision.password'], codec: plainText, source: '[fusionpbx]' },
    pnpProvisioning: { keys: ['privision.PNP'], codec: on, source: '[fusionpbx]' },
    dhcpProvisioning: { keys: ['privision.DHCPOptionFlag'], codec: on, source: '[fusionpbx]' },
  },
  functionKeys: null,
  finish: withoutOwnProxy,
};

/** FusionPBX fills the proxy with the server itself where there is none, and its port stands only there. */
function withoutOwnProxy(line: Line): Line {
  const { registrar, outboundProxy } = line;
  if (registrar === null || outboundProxy === null || registrar.host !== outboundProxy.host) return line;
  return { ...line, registrar: { ...registrar, port: registrar.port ?? outboundProxy.port }, outboundProxy: null };
}

/** Of a hostile file: every attribute's key begins with the name. */
const LONGEST_NAME = 60;

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  for (const root of document.roots) {
    for (const element of descendants(root)) {
      if (element.name.length > LONGEST_NAME) continue;
      const id = attributeOf(element, 'id') ?? '';
      const stem = /^\d{1,6}$/.test(id) ? `${element.name}.${id}` : element.name;
      for (const { name, value } of element.attributes) {
        if (name !== 'id') entries.push({ key: `${stem}.${name}`, value });
      }
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

/** Lines: Escene's data sheets, from memory. */
function model(id: string, lines: number, ...names: string[]): ModelFamily {
  return { id, lines, keys: 0, modules: 0, keysPerModule: 0, names };
}

export const escene: Vendor = {
  id: 'escene',
  name: 'Escene',
  formats: [
    {
      id: 'escene-xml',
      recognise: ({ shape, text }) =>
        shape.kind === 'xml' && shape.root === 'all' && /<(?:sipUsers?|Privisions?|SipDSPs)\b/.test(text)
          ? 'sure'
          : 'no',
      parse,
      table,
      writer: null,
    },
  ],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['sipUser.0.Describe', 'sipUser.0.UserName', 'sipUser.0.UserNumber'],
  models: [
    model('ES206', 2, 'WS206'),
    model('ES220', 2, 'ES220-N'),
    model('ES290', 2, 'WS290', 'ES290-N'),
    model('ES320', 2, 'WS320', 'ES320-N'),
    model('ES330', 3, 'WS330', 'ES330-PEN'),
    model('ES410', 4, 'ES410-PEN'),
    model('ES620', 8, 'WS620', 'ES620-PEN'),
  ],
  persona: {
    usual: { model: 'ES620', firmware: '1.0.3.1' },
    userAgent: ({ model, firmware, mac }) => `Escene ${model} ${firmware} ${mac}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.xml`]],
  },
  identity: {
    userAgents: [/^Escene (?<model>[A-Z]{2}\d{3}[\w-]{0,6}) (?<version>[\w.]{1,30})(?: (?<mac>[0-9a-f]{12}))?$/i],
    paths: [],
    ouis: [],
  },
};
