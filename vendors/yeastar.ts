// Yeastar TA gateways: a list of FXS ports, each with its login and a pointer to the server. Sources: [fusionpbx] its
// templates of TA200 to TA800; [manual] Yeastar's TA user manuals, from memory.
import type { Entry } from '../parsers/syntax.ts';
import { parseXml, type XmlElement } from '../parsers/xml.ts';
import { choice, host, plainText, port, userName, wholeNumber } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Group, Key, KeyTable, ModelFamily, ParsedConfig, Vendor } from './vendor.ts';

const isSecret = rememberKeys((key) => /(?:password|passwd|secret)$/i.test(key) || secretWord(key));

const yes = choice<boolean>({ yes: true, no: false });

/** A key of the server template that the port points to; the first where it does not say. */
function ofServer(name: string): Key {
  return (line, values) => `voiptrunktemplate.${values.get(`fxsport.${line}.voiptemplate`) || '1'}.${name}`;
}

const PORT_NAME = /^FXS (\d{1,3})$/;

const jack: Group<string> = {
  source: '[manual] ports are called FXS1 and so on; the number is the idx',
  read: (_values, line) => ({ value: `FXS ${line}`, key: `fxsport.${line}.idx` }),
  write: (value, line) =>
    Number(PORT_NAME.exec(value)?.[1]) === line
      ? [{ key: `fxsport.${line}.idx`, value: String(line) }]
      : { refused: `the port of line ${line} is FXS ${line}` },
};

const CODECS: Readonly<Record<string, string>> = {
  ulaw: 'PCMU',
  alaw: 'PCMA',
  g722: 'G722',
  g729: 'G729',
  ilbc: 'iLBC',
  gsm: 'GSM',
  speex: 'speex',
  g726: 'G726-32',
  g723: 'G723',
};

const codecs: Group<readonly string[]> = {
  source: '[fusionpbx] codec1 to codec5: ulaw, alaw; other words: [manual]',
  read: (values, line) => {
    const keyOf = ofServer('codec');
    const stem = typeof keyOf === 'string' ? keyOf : (keyOf(line, values) ?? '');
    const words = [1, 2, 3, 4, 5].map((slot) => values.get(stem + slot) ?? '');
    const value = words.map((word) => CODECS[word.toLowerCase()]).filter((name) => name !== undefined);
    return value.length === 0 ? null : { value, key: `${stem}1` };
  },
  write: () => ({ refused: 'files of Yeastar are read, not written' }),
};

const table: KeyTable = {
  numbers: numbersMatching(/^fxsport\.(\d{1,9})\./),
  // TA3200: 32; the TA6400 has 64.
  mostLines: 64,
  lines: {
    userName: { keys: ['fxsport.{n}.registerusername'], codec: userName, source: '[fusionpbx]' },
    authName: { keys: ['fxsport.{n}.registerauthname'], codec: plainText, source: '[fusionpbx]' },
    password: { keys: ['fxsport.{n}.registerauthpassword'], codec: plainText, source: '[fusionpbx]' },
    displayName: { keys: ['fxsport.{n}.name'], codec: plainText, source: '[manual] the name of the caller id' },
    registrarHost: { keys: [ofServer('host')], codec: host, source: '[fusionpbx]' },
    registrarPort: { keys: [ofServer('port')], codec: port, source: '[fusionpbx]' },
    registrarTransport: {
      keys: [ofServer('transport')],
      codec: choice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
      source: '[fusionpbx] udp; the others: [manual]',
    },
    outboundOn: { keys: [ofServer('enableproxyserver')], codec: yes, source: '[fusionpbx]' },
    outboundHost: { keys: [ofServer('proxyserver_host')], codec: host, source: '[fusionpbx]' },
    outboundPort: { keys: [ofServer('proxyserver_port')], codec: port, source: '[fusionpbx]' },
    backupHost: { keys: [ofServer('failoverhost')], codec: host, source: '[fusionpbx]' },
    backupPort: { keys: [ofServer('failoverport')], codec: port, source: '[fusionpbx]' },
    backupOutboundHost: { keys: [ofServer('failoverproxyserver_host')], codec: host, source: '[fusionpbx]' },
    backupOutboundPort: { keys: [ofServer('failoverproxyserver_port')], codec: port, source: '[fusionpbx]' },
    port: jack,
  },
  settings: {
    srtp: {
      keys: [ofServer('enablesrtp')],
      codec: choice<string>({ no: 'off', yes: 'required' }),
      source: '[fusionpbx]; that yes is mandatory: assumption',
    },
    dtmf: {
      keys: [ofServer('dtmfmode')],
      codec: choice<string>({ rfc2833: 'rfc2833', info: 'info', inband: 'inband' }),
      source: '[fusionpbx] rfc2833; the others: [manual]',
    },
    codecs,
    keepAlive: {
      keys: [ofServer('qualify')],
      codec: choice<string>({ no: 'off', yes: 'options' }),
      source: '[fusionpbx]; OPTIONS as in Asterisk: assumption',
    },
    keepAliveSeconds: { keys: [ofServer('qualifyfreq')], codec: wholeNumber(1, 86_400), source: '[fusionpbx]' },
  },
  phone: {
    ntpServer: { keys: ['system.dateandtime.ntpserver'], codec: plainText, source: '[fusionpbx]' },
    adminName: { keys: ['system.administratorsettings.1.name'], codec: plainText, source: '[fusionpbx]' },
    adminPassword: { keys: ['system.administratorsettings.1.password'], codec: plainText, source: '[fusionpbx]' },
    provisioningUrl: { keys: ['system.autopsettings.serverurl'], codec: plainText, source: '[fusionpbx]' },
    provisioningUserName: { keys: ['system.autopsettings.urlusername'], codec: plainText, source: '[fusionpbx]' },
    provisioningPassword: { keys: ['system.autopsettings.urlpassword'], codec: plainText, source: '[fusionpbx]' },
    dhcpProvisioning: { keys: ['system.autopsettings.enabledhcp'], codec: yes, source: '[fusionpbx]' },
    pnpProvisioning: { keys: ['system.autopsettings.enablepnp'], codec: yes, source: '[fusionpbx]' },
  },
  functionKeys: null,
};

/** No file of theirs has more levels. */
const MOST_LEVELS = 8;
const LONGEST_NAME = 60;

/** `<fxsport0><idx>1</idx>`: items of a list are numbered from 0 in their names, and say their own number inside. */
function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const walk = (element: XmlElement, above: string, level: number): void => {
    if (element.children.length === 0) {
      entries.push({ key: above === '' ? element.name : `${above}.${element.name}`, value: element.text });
      return;
    }
    if (level >= MOST_LEVELS || element.name.length > LONGEST_NAME) return;
    const list = /^(.*?)(\d{1,4})$/.exec(element.name);
    const isItem = list !== null && (above === list[1] || above.endsWith(`.${list[1]}`));
    const idx = element.children.find(({ name }) => name === 'idx')?.text ?? '';
    const number = /^\d{1,4}$/.test(idx) ? idx : String(Number(list?.[2]) + 1);
    // The lists of the gateway itself stand without it: they are what lines are made of.
    const inside = isItem
      ? `${above}.${number}`
      : above === '' || above === 'gateway'
        ? element.name
        : `${above}.${element.name}`;
    for (const child of element.children) walk(child, inside, level + 1);
  };
  for (const root of document.roots) for (const child of root.children) walk(child, '', 0);
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

function model(id: string, ports: number, ...names: string[]): ModelFamily {
  return { id, lines: ports, keys: 0, modules: 0, keysPerModule: 0, ...(names.length > 0 && { names }) };
}

export const yeastar: Vendor = {
  id: 'yeastar',
  name: 'Yeastar',
  formats: [
    {
      id: 'yeastar-ta-xml',
      recognise: ({ shape }) => (shape.kind === 'xml' && shape.root.toLowerCase() === 'ta' ? 'sure' : 'no'),
      parse,
      table,
      writer: null,
    },
  ],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['fxsport.1.registerusername', 'fxsport.1.name', 'fxsport.1.number', 'fxsport.1.didnumber'],
  models: [
    model('TA100', 1),
    model('TA200', 2),
    model('TA400', 4),
    model('TA800', 8),
    model('TA1600', 16),
    model('TA2400', 24),
    model('TA3200', 32),
  ],
  persona: {
    usual: { model: 'TA800', firmware: '41.19.0.34' },
    userAgent: ({ model, firmware, mac }) => `Yeastar ${model} ${firmware} ${mac}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`cfg${mac}.xml`]],
  },
  identity: {
    userAgents: [/^Yeastar (?<model>TA\d{3,4}) (?<version>[\d.]{1,30})(?: (?<mac>[0-9a-f]{12}))?$/i],
    paths: [],
    ouis: ['f4b549'],
  },
};
