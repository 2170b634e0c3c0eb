// Obihai OBi and Poly OBi, VVX D230 and VVX with OBi software: which key holds which of our fields. Reads only.
// Sources: [guide] OBi device administration guide (parameter names, X_UseDefault); [fusionpbx] keys as it writes them.
// A key is the object's name and the parameter's: VoiceService.1.VoiceProfile.1.Line.2.SIP.AuthUserName.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, type XmlElement } from '../parsers/xml.ts';
import { host, plainText, port, seconds, userName, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  Format,
  Group,
  Key,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  Row,
  Values,
  Vendor,
} from './vendor.ts';

// ---- rows. SP services are the lines of profile 1; the server is in the profile that the service points to.

const VOICE = 'VoiceService.1.';
const PROFILE = `${VOICE}VoiceProfile.`;
const SERVICE = `${PROFILE}1.Line.{n}.`;

function profileStem(line: number, values: Values): string {
  const letter = values.get(`${PROFILE}1.Line.${line}.X_ServProvProfile`);
  if (letter && /^[A-J]$/i.test(letter)) return `${PROFILE}${letter.toUpperCase().charCodeAt(0) - 64}.`;
  // Without a pointer templates write a profile for each service; a device's own default is profile A.
  const own = `${PROFILE}${line}.`;
  return values.get(`${own}SIP.ProxyServer`) || values.get(`${own}SIP.RegistrarServer`) ? own : `${PROFILE}1.`;
}

function ofProfile(name: string): Key {
  return (line, values) => profileStem(line, values) + name;
}

/** The port of the server that is named: the registrar's own, else the proxy's. */
function serverPort(line: number, values: Values): string {
  const stem = profileStem(line, values);
  return values.get(`${stem}SIP.RegistrarServer`) ? `${stem}SIP.RegistrarServerPort` : `${stem}SIP.ProxyServerPort`;
}

const MOST_JACKS = 4;

/** A telephone jack whose primary line is this service. */
const jack: Group<string> = {
  source: '[guide] X_FXS.N.PrimaryLine "SP1 Service"; the first jack belongs to the first service by default',
  read: (values, line) => {
    for (let number = 1; number <= MOST_JACKS; number += 1) {
      const stem = `${VOICE}X_FXS.${number}.`;
      const key = `${stem}PrimaryLine`;
      const primary = values.get(key);
      const isThere = JACK_SIGNS.some((sign) => values.has(stem + sign));
      if (primary ? new RegExp(`^SP${line}\\b`, 'i').test(primary) : isThere && number === line) {
        return { value: `Phone ${number}`, key };
      }
    }
    return null;
  },
  write: (value, line) => {
    const number = /^Phone ([1-4])$/.exec(value)?.[1];
    if (number === undefined) return { refused: 'jacks are called Phone 1 to Phone 4' };
    return [{ key: `${VOICE}X_FXS.${number}.PrimaryLine`, value: `SP${line} Service` }];
  },
};
const JACK_SIGNS = ['Enable', 'PrimaryLine', 'DigitMap', 'OutboundCallRoute'];

const lines: LineRows = {
  enabled: {
    keys: [`${SERVICE}Enable`],
    codec: wordChoice<boolean>({ true: true, false: false, Yes: true, No: false, 1: true, 0: false }),
    source: '[guide] true, false; other words: assumption',
  },
  label: { keys: [`${SERVICE}X_DisplayLabel`], codec: plainText, source: '[fusionpbx]' },
  displayName: { keys: [`${SERVICE}CallingFeatures.CallerIDName`], codec: plainText, source: '[fusionpbx]' },
  authName: { keys: [`${SERVICE}SIP.AuthUserName`], codec: plainText, source: '[fusionpbx]' },
  userName: {
    keys: [`${SERVICE}SIP.URI`, `${SERVICE}SIP.AuthUserName`],
    codec: userName,
    source: '[guide] URI where it differs from the name for authentication',
  },
  password: { keys: [`${SERVICE}SIP.AuthPassword`], codec: plainText, source: '[fusionpbx]' },
  registrarHost: {
    keys: [ofProfile('SIP.RegistrarServer'), ofProfile('SIP.ProxyServer')],
    codec: host,
    source: '[guide] the proxy stands in for the registrar',
  },
  registrarPort: { keys: [serverPort, ofProfile('SIP.ProxyServerPort')], codec: port, source: '[fusionpbx]' },
  registrarTransport: {
    keys: [ofProfile('SIP.ProxyServerTransport')],
    codec: wordChoice<Transport>({ UDP: 'udp', TCP: 'tcp', TLS: 'tls', SRV: 'dns-srv' }),
    source: '[fusionpbx]',
  },
  expiresSeconds: {
    keys: [ofProfile('SIP.RegistrationPeriod'), ofProfile('SIP.RegisterExpires')],
    codec: seconds,
    source: '[guide] seconds',
  },
  outboundHost: { keys: [ofProfile('SIP.OutboundProxy')], codec: host, source: '[guide]' },
  outboundPort: { keys: [ofProfile('SIP.OutboundProxyPort')], codec: port, source: '[guide]' },
  port: jack,
};

function textRow(source: string, key: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

const table: KeyTable = {
  numbers: numbersMatching(/^VoiceService\.1\.VoiceProfile\.1\.Line\.(\d{1,2})\./),
  // VVX phones have 12 services.
  mostLines: 24,
  lines,
  settings: {
    voiceMailbox: textRow('[guide]', `${SERVICE}X_CheckVoiceMailNumber`),
  },
  phone: {
    ntpServer: textRow('[fusionpbx]', 'DeviceInfo.Time.NTPServer1'),
    adminPassword: textRow('[fusionpbx]', 'X_DeviceManagement.WebServer.AdminPassword'),
    userPassword: textRow('[fusionpbx]', 'X_DeviceManagement.WebServer.UserPassword'),
    provisioningUrl: textRow('[fusionpbx]', 'X_DeviceManagement.ITSPProvisioning.ConfigURL'),
    firmwareUrl: textRow('[fusionpbx]', 'X_DeviceManagement.FirmwareUpdate.FirmwareURL'),
  },
  functionKeys: null,
};

// ---- format

function recognise(body: TextBody): Certainty {
  return body.shape.kind === 'xml' && body.shape.root.toLowerCase() === 'parameterlist' ? 'sure' : 'no';
}

/** Names of the elements, long and short. */
const OBJECT = new Set(['Object', 'O']);
const PARAMETER = new Set(['ParameterValueStruct', 'P']);
const NAME = new Set(['Name', 'N']);
const VALUE = new Set(['Value', 'V']);

function childOf(element: XmlElement, names: ReadonlySet<string>): XmlElement | undefined {
  return element.children.find(({ name }) => names.has(name));
}

function isDefault(value: XmlElement): boolean {
  const flag = attributeOf(value, 'X_UseDefault') ?? attributeOf(value, 'X_UD') ?? '';
  return /^y/i.test(flag);
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const warnings = noteWarnings(notes, isSecret);
  const entries: Entry[] = [];
  for (const root of document.roots) {
    for (const object of root.children) {
      if (!OBJECT.has(object.name)) continue;
      const stem = childOf(object, NAME)?.text.replace(/\.?$/, '.') ?? '';
      for (const parameter of object.children) {
        if (!PARAMETER.has(parameter.name)) continue;
        const name = childOf(parameter, NAME)?.text ?? '';
        const value = childOf(parameter, VALUE);
        if (name === '' || value === undefined) continue;
        const key = stem + name;
        // The factory's value, which the file does not say; templates leave the flag and put a value in.
        if (isDefault(value) && value.text === '') continue;
        if (isDefault(value)) warnings.push(`default-with-value:${key}`);
        entries.push({ key, value: value.text });
      }
    }
  }
  return { entries, includes: [], warnings };
}

const formats: readonly [Format, ...Format[]] = [{ id: 'obihai-xml', recognise, parse, table, writer: null }];

// ---- models (data sheets), persona, identification

function model(id: string, lineCount: number, keys: number, names: readonly string[] = []): ModelFamily {
  return { id, names, lines: lineCount, keys, modules: 0, keysPerModule: 0 };
}

const models: readonly ModelFamily[] = [
  model('OBi110', 2, 0),
  model('OBi200', 4, 0),
  model('OBi202', 4, 0),
  model('OBi300', 4, 0),
  model('OBi302', 4, 0),
  model('OBi504', 9, 0),
  model('OBi508', 9, 0),
  model('OBi1022', 6, 5),
  model('OBi1032', 6, 12),
  model('OBi1062', 6, 5),
  model('OBi2182', 12, 24),
  model('VVXD230', 8, 0, ['VVX-D230', 'D230']),
  model('VVX450-OBi', 12, 12),
];

const persona: PersonaRows = {
  usual: { model: 'OBi202', firmware: '3.2.2.5921' },
  // The shape that its SIP requests have; that of its HTTP client ($DM by default): assumption.
  userAgent: ({ model: name, firmware, mac }) => `OBIHAI/${name}-${firmware} ${mac}`,
  macVariables: { '{mac}': 'upper', $MAC: 'upper' },
  directory: ({ mac }) => [[`${formatMac(mac, 'upper')}.xml`, `${mac}.xml`]],
};

const isSecret = rememberKeys(
  (key) => /Password$|PassPhrase$|Passcode$|\.PIN$|AuthToken$/i.test(key) || secretWord(key),
);

export const obihai: Vendor = {
  id: 'obihai',
  name: 'Obihai and Poly OBi',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: [
    `${PROFILE}1.Line.1.X_DisplayNumber`,
    `${PROFILE}1.Line.1.X_DisplayLabel`,
    `${PROFILE}1.Line.1.SIP.AuthUserName`,
  ],
  models,
  persona,
  identity: {
    userAgents: [/^OBIHAI\/(?<model>OBi\w+)-(?<version>[\d.]+)(?: (?<mac>[0-9a-fA-F]{12}))?$/],
    paths: [],
    ouis: ['9cadef'],
  },
};
