// Akuvox: which key holds which of our fields, both ways. Knows no network.
// Sources: [tancredi] keys as Tancredi writes them; [files] configurations in public use, with other capitals.
import { keyValue } from '../parsers/key-value.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { choice, host, plainText, port, seconds, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  Format,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  PhoneRows,
  Row,
  Target,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

const ACCOUNT = 'Config.Account{n}.';

const on = choice<boolean>({ 1: true, 0: false });

const lines: LineRows = {
  enabled: { keys: [`${ACCOUNT}GENERAL.Enable`], codec: on, source: '[tancredi]' },
  label: { keys: [`${ACCOUNT}GENERAL.Label`], codec: plainText, source: '[tancredi]' },
  displayName: { keys: [`${ACCOUNT}GENERAL.DisplayName`], codec: plainText, source: '[tancredi]' },
  authName: { keys: [`${ACCOUNT}GENERAL.AuthName`], codec: plainText, source: '[tancredi]' },
  userName: { keys: [`${ACCOUNT}GENERAL.UserName`], codec: userName, source: '[tancredi]' },
  password: { keys: [`${ACCOUNT}GENERAL.Pwd`], codec: plainText, source: '[tancredi]' },
  registrarHost: { keys: [`${ACCOUNT}SIP.Server`], codec: host, source: '[tancredi]' },
  registrarPort: { keys: [`${ACCOUNT}SIP.Port`], codec: port, source: '[tancredi]' },
  registrarTransport: {
    keys: [`${ACCOUNT}SIP.TransType`],
    codec: choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls', 3: 'dns-srv' }),
    source: '[tancredi] 0 UDP, 2 TLS; 1 TCP, 3 DNS-SRV: assumption',
  },
  expiresSeconds: { keys: [`${ACCOUNT}REG.Timeout`], codec: seconds, source: '[tancredi] seconds' },
  outboundOn: { keys: [`${ACCOUNT}OUTPROXY.Enable`], codec: on, source: '[tancredi]' },
  outboundHost: { keys: [`${ACCOUNT}OUTPROXY.Server`], codec: host, source: '[tancredi]' },
  outboundPort: { keys: [`${ACCOUNT}OUTPROXY.Port`], codec: port, source: '[tancredi]' },
  backupHost: { keys: [`${ACCOUNT}SIP.Server2`], codec: host, source: '[tancredi]' },
  backupPort: { keys: [`${ACCOUNT}SIP.Port2`], codec: port, source: '[tancredi]' },
  backupOutboundHost: { keys: [`${ACCOUNT}OUTPROXY.BakServer`], codec: host, source: '[tancredi]' },
  backupOutboundPort: { keys: [`${ACCOUNT}OUTPROXY.BakPort`], codec: port, source: 'assumption' },
};

function textRow(source: string, key: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

const phone: PhoneRows = {
  ntpServer: textRow('assumption', 'Config.Settings.SNTP.NTPServer1'),
  provisioningUrl: textRow('[tancredi]', 'Config.Autoprovision.Server.URL'),
  provisioningUserName: textRow('assumption', 'Config.Autoprovision.Server.UserName'),
  provisioningPassword: textRow('assumption', 'Config.Autoprovision.Server.Password'),
};

const table: KeyTable = {
  numbers: numbersMatching(/^Config\.Account(\d{1,2})\./),
  mostLines: 16,
  lines,
  settings: {},
  phone,
  functionKeys: null,
};

/** Files in public use differ in capitals; the rows' own spelling stands for all. */
const SPELLINGS = new Map(
  Object.values(lines)
    .flatMap((fact) => ('keys' in fact ? fact.keys : []))
    .filter((key): key is string => typeof key === 'string')
    .map((key) => [key.slice(ACCOUNT.length).toLowerCase(), key.slice(ACCOUNT.length)]),
);

const ACCOUNT_KEY = /^config\.account(\d{1,2})\.(.+)$/i;

function spelled(key: string): string {
  const [, number, rest] = ACCOUNT_KEY.exec(key) ?? [];
  if (number === undefined || rest === undefined) return key;
  return `Config.Account${number}.${SPELLINGS.get(rest.toLowerCase()) ?? rest}`;
}

const OWN_KEY = /^[ \t]*Config\.(?:Account\d|\w+\.\w+\.)/im;

function recognise(body: TextBody): Certainty {
  if (body.shape.kind === 'comments') return 'likely';
  if (body.shape.kind !== 'key-value') return 'no';
  return OWN_KEY.test(body.text) ? 'sure' : 'likely';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = keyValue.parse(text);
  const misread = document.directives.filter((directive) => !directive.text.startsWith(';'));
  return {
    entries: document.entries.map(({ key, value }) => ({ key: spelled(key), value })),
    includes: [],
    warnings: [...noteWarnings(notes, isSecret), ...misread.map(({ line }) => `line-not-understood:${line}`)],
  };
}

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const text = `#!version:1.0.0.1\n${keyValue.print({ entries, directives: [] })}`;
  return [{ name: `${mac ?? '{mac}'}.cfg`, text }];
}

const writer: Writer = { print, refuseValue: keyValue.refuseValue, access: [] };

const formats: readonly [Format, ...Format[]] = [{ id: 'akuvox-cfg', recognise, parse, table, writer }];

function model(id: string, lineCount: number): ModelFamily {
  return { id, names: [`Akuvox ${id}`], lines: lineCount, keys: 0, modules: 0, keysPerModule: 0 };
}

const persona: PersonaRows = {
  usual: { model: 'R20A', firmware: '20.30.4.110' },
  userAgent: ({ model: name, firmware, mac }) => `Akuvox ${name} ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [[`${mac}.cfg`, `${mac.toUpperCase()}.cfg`]],
};

const SECRET_KEYS = /\.(?:Pwd|Password|Key16(?:Mac)?)$/i;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

export const akuvox: Vendor = {
  id: 'akuvox',
  name: 'Akuvox',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: [
    'Config.Account1.GENERAL.Label',
    'Config.Account1.GENERAL.DisplayName',
    'Config.Account1.GENERAL.UserName',
  ],
  models: [model('R15P', 6), model('R20A', 2), model('R29', 2), model('C313', 2), model('C315', 2), model('S562', 2)],
  persona,
  identity: {
    userAgents: [/^Akuvox (?<model>[\w-]+) (?<version>[\d.]+) (?<mac>[0-9a-fA-F:]{12,17})$/],
    paths: [],
    ouis: ['0c1105', '9c7514'],
  },
};
