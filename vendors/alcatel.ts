// Alcatel IP Touch 4008 to 4068 with SIP firmware: which key holds which of our fields. Reads only. Knows no network.
// Sources: [wazo] keys as it writes them. A phone has one account; no name of a key stands in two sections.
import { sections } from '../parsers/sections.ts';
import type { TextBody } from '../parsers/sniff.ts';
import { choice, host, plainText, port, userName } from './codec.ts';
import { numbersOf } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Certainty, Format, KeyTable, LineRows, ParsedConfig, PersonaRows, Values, Vendor } from './vendor.ts';

/** The port of the server that is named. */
function serverPort(_line: number, values: Values): string {
  return values.get('registrar_addr') ? 'registrar_port' : 'proxy_port';
}

const lines: LineRows = {
  displayName: { keys: ['display_name'], codec: plainText, source: '[wazo]' },
  authName: { keys: ['authentication_name'], codec: plainText, source: '[wazo]' },
  userName: { keys: ['user_name'], codec: userName, source: '[wazo]' },
  password: { keys: ['authentication_password'], codec: plainText, source: '[wazo]' },
  registrarHost: { keys: ['registrar_addr', 'proxy_addr'], codec: host, source: '[wazo]' },
  registrarPort: { keys: [serverPort, 'proxy_port'], codec: port, source: '[wazo]' },
  registrarTransport: {
    keys: ['sip_transport_mode'],
    codec: choice<Transport>({ 1: 'udp', 2: 'tcp' }),
    source: '[wazo] 1 UDP, 2 TCP',
  },
  outboundHost: { keys: ['outbound_proxy_addr'], codec: host, source: '[wazo]' },
  outboundPort: { keys: ['outbound_proxy_port'], codec: port, source: '[wazo]' },
  backupHost: { keys: ['registrar2_addr', 'proxy2_addr'], codec: host, source: '[wazo]' },
  backupPort: { keys: ['registrar2_port', 'proxy2_port'], codec: port, source: '[wazo]' },
};

const table: KeyTable = {
  numbers: numbersOf(1, () => ['user_name', 'authentication_name']),
  mostLines: 1,
  lines,
  settings: {
    voiceMailbox: { keys: ['voice_mail_uri'], codec: plainText, source: '[wazo]' },
    dtmf: {
      keys: ['dtmf_type'],
      codec: choice<string>({ 0: 'rfc2833', 1: 'inband', 2: 'info' }),
      source: '[wazo]',
    },
  },
  phone: {
    ntpServer: { keys: ['sntp_addr'], codec: plainText, source: '[wazo]' },
    adminPassword: { keys: ['admin_password'], codec: plainText, source: '[wazo]' },
  },
  functionKeys: null,
};

const OWN_KEY =
  /^[ \t]*(?:authentication_(?:name|password|realm)|sip_transport_mode|telnet_password|sntp_addr)[ \t]*=/m;

/** The keys may come without their sections. */
function recognise(body: TextBody): Certainty {
  const { kind } = body.shape;
  return (kind === 'sections' || kind === 'key-value') && OWN_KEY.test(body.text) ? 'sure' : 'no';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = sections.parse(text);
  const entries = document.flatMap((section) => section.entries);
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [{ id: 'alcatel-iptouch', recognise, parse, table, writer: null }];

const persona: PersonaRows = {
  usual: { model: '4018', firmware: '2.01.10' },
  // Without the MAC, as the phone says it: servers take it from the path.
  userAgent: ({ model, firmware }) => `Alcatel IP Touch ${model}/${firmware}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [['sipconfig.txt'], [`sipconfig-${mac}.txt`]],
};

const isSecret = rememberKeys((key) => /password$/.test(key) || secretWord(key));

export const alcatel: Vendor = {
  id: 'alcatel',
  name: 'Alcatel IP Touch',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['display_name', 'user_name'],
  models: ['4008', '4018', '4028', '4038', '4068'].map((id) => ({
    id,
    lines: 1,
    keys: id < '4028' ? 4 : 0,
    modules: 0,
    keysPerModule: 0,
  })),
  persona,
  identity: {
    userAgents: [/^Alcatel IP Touch (?<model>\d+)\/(?<version>[\w.]+)$/],
    paths: [/(?:^|\/)sipconfig(?:-(?<mac>[0-9a-fA-F]{12}))?\.txt$/],
    ouis: ['00809f'],
  },
};
