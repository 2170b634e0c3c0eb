// 2N intercoms: which key holds which of our fields. Reads only. Knows no network.
// Sources: [fusionpbx] keys as it writes them; [guide] 2N IP intercoms configuration guide.
// A key is the path of elements below the root, with the number of those that have one: Phone.Sip.0.User.Id.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, type XmlElement } from '../parsers/xml.ts';
import { choice, host, plainText, port, seconds, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Line } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  Vendor,
} from './vendor.ts';

const SIP = 'Phone.Sip.{n0}.';

const lines: LineRows = {
  enabled: { keys: [`${SIP}Enabled`], codec: choice<boolean>({ 1: true, 0: false }), source: '[fusionpbx]' },
  displayName: { keys: [`${SIP}User.DisplayName`], codec: plainText, source: '[fusionpbx]' },
  authName: { keys: [`${SIP}User.AuthId`], codec: plainText, source: '[fusionpbx]' },
  userName: { keys: [`${SIP}User.Id`], codec: userName, source: '[fusionpbx] which puts the label in' },
  password: {
    keys: [`${SIP}User.PasswordString`, `${SIP}User.Password`],
    codec: plainText,
    source: '[fusionpbx]; the second: assumption',
  },
  registrarHost: {
    keys: [`${SIP}Registrar.Address`, `${SIP}Client.Domain`, `${SIP}Proxy.Address`],
    codec: host,
    source: '[fusionpbx]',
  },
  registrarPort: {
    keys: [`${SIP}Registrar.Port`, `${SIP}Proxy.Port`, `${SIP}Client.Port`],
    codec: port,
    source: '[fusionpbx] 0 = not set; the last, where it writes the port of the PBX: assumption',
  },
  expiresSeconds: { keys: [`${SIP}Registrar.ExpireTime`], codec: seconds, source: '[fusionpbx]' },
  outboundHost: { keys: [`${SIP}Proxy.Address`], codec: host, source: '[fusionpbx]' },
  outboundPort: { keys: [`${SIP}Proxy.Port`], codec: port, source: '[fusionpbx]' },
  backupHost: { keys: [`${SIP}Registrar.BackupAddress`], codec: host, source: '[fusionpbx]' },
  backupPort: { keys: [`${SIP}Registrar.BackupPort`], codec: port, source: '[fusionpbx]' },
  backupOutboundHost: { keys: [`${SIP}Proxy.BackupAddress`], codec: host, source: '[fusionpbx]' },
  backupOutboundPort: { keys: [`${SIP}Proxy.BackupPort`], codec: port, source: '[fusionpbx]' },
};

/** A proxy that is the registrar says nothing more. */
function finish(line: Line, values: EffectiveValues, warn: (warning: string) => void): Line {
  if (values.get(`Phone.Sip.${line.line - 1}.Registrar.Enabled`) === '0') warn(`no-register:${line.line}`);
  const isRegistrar = line.outboundProxy !== null && line.outboundProxy.host === line.registrar?.host;
  return isRegistrar ? { ...line, outboundProxy: null } : line;
}

const table: KeyTable = {
  numbers: numbersMatching(/^Phone\.Sip\.(\d{1,2})\.User\./, 0),
  mostLines: 16,
  lines,
  settings: {},
  phone: {},
  functionKeys: null,
  finish,
};

function recognise(body: TextBody): Certainty {
  return body.shape.kind === 'xml' && body.shape.root.toLowerCase() === 'devicedatabase' ? 'sure' : 'no';
}

/** Deeper than any setting: what goes on below it is no setting. */
const DEEPEST = 12;

function addLeaves(entries: Entry[], element: XmlElement, path: string, depth: number): void {
  if (element.children.length === 0) {
    entries.push({ key: path, value: element.text });
    return;
  }
  if (depth === DEEPEST) return;
  for (const child of element.children) {
    const at = attributeOf(child, 'At')?.trim();
    const step = at === undefined ? child.name : `${child.name}.${at}`;
    addLeaves(entries, child, path === '' ? step : `${path}.${step}`, depth + 1);
  }
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  for (const root of document.roots) {
    if (root.name.toLowerCase() === 'devicedatabase') addLeaves(entries, root, '', 0);
  }
  return { entries: entries.filter(({ key }) => key !== ''), includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [{ id: '2n-xml', recognise, parse, table, writer: null }];

function model(id: string): ModelFamily {
  return { id, names: [`2N ${id}`], lines: 4, keys: 0, modules: 0, keysPerModule: 0 };
}

const persona: PersonaRows = {
  usual: { model: 'IP Verso', firmware: '2.48.1.72.5' },
  userAgent: ({ model: name, firmware, mac }) => `2N ${name} ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [[`${mac}.xml`, `${mac.toUpperCase()}.xml`]],
};

const isSecret = rememberKeys((key) => /Password(?:String)?$|Pin$|Secret$|Code$/i.test(key) || secretWord(key));

export const twoN: Vendor = {
  id: '2n',
  name: '2N',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['Phone.Sip.0.User.Id', 'Phone.Sip.0.User.DisplayName'],
  models: [model('IP Verso'), model('IP Verso 2'), model('IP Solo'), model('IP Style'), model('IP One')],
  persona,
  identity: {
    userAgents: [/^2N (?<model>[\w ]+) (?<version>\d[\d.]+) (?<mac>[0-9a-f]{12})$/],
    paths: [],
    ouis: ['7c1eb3'],
  },
};
