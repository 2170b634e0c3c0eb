// Akuvox: which key holds which of our fields, both ways. Knows no network.
// Sources: [tancredi] keys as Tancredi writes them; [elastix] as Elastix writes them for its own phones, which Akuvox made;
// [files] configurations in public use, with other capitals.
import { keyValue } from '../parsers/key-value.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { choice, host, plainText, port, seconds, userName, wholeNumber } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import type {
  Certainty,
  Format,
  Group,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  PhoneRows,
  Row,
  SettingRows,
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

/** Names in the slots of an account, and the payload types beside them. */
const CODECS: Readonly<Record<string, readonly [name: string, payload: string]>> = {
  PCMU: ['PCMU', '0'],
  PCMA: ['PCMA', '8'],
  G729: ['G729', '18'],
  G722: ['G722', '9'],
  'G726-32': ['G726-32', '2'],
  iLBC: ['iLBC_13_3', '97'],
};
const CODEC_OF_NAME = new Map(Object.entries(CODECS).map(([codec, [name]]) => [name, codec]));
const SLOTS = 13;

const codecs: Group<readonly string[]> = {
  source: '[elastix] Audio0 to Audio12: Enable, Name, Priority, of which the highest is preferred',
  read: (values, line) => {
    const found: { readonly name: string; readonly priority: number }[] = [];
    const key = `Config.Account${line}.Audio0.Name`;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const stem = `Config.Account${line}.Audio${slot}.`;
      const name = CODEC_OF_NAME.get(values.get(`${stem}Name`) ?? '');
      const isOn = values.get(`${stem}Enable`) === '1';
      if (name !== undefined && isOn) found.push({ name, priority: Number(values.get(`${stem}Priority`) ?? 0) });
    }
    found.sort((a, b) => b.priority - a.priority);
    return found.length === 0 ? null : { value: found.map(({ name }) => name), key };
  },
  write: (value, line) => {
    const slots = value.map((name) => CODECS[name]);
    if (value.length === 0 || slots.includes(undefined)) return { refused: 'it names a codec that the phone has not' };
    return slots.flatMap((slot, index) => {
      const stem = `Config.Account${line}.Audio${index}.`;
      return [
        { key: `${stem}Enable`, value: '1' },
        { key: `${stem}Name`, value: slot?.[0] ?? '' },
        { key: `${stem}Priority`, value: String(SLOTS - index) },
        { key: `${stem}Payload`, value: slot?.[1] ?? '' },
      ];
    });
  },
};

const settings: SettingRows = {
  srtp: {
    keys: [`${ACCOUNT}ENCRYPTION.SRTPEncryption`],
    codec: choice<string>({ 0: 'off', 1: 'optional', 2: 'required' }),
    source: '[elastix] 0; the others: assumption',
  },
  codecs,
  voiceMailbox: { keys: [`${ACCOUNT}VOICEMSG.Number`], codec: plainText, source: '[elastix]' },
  keepAlive: {
    keys: [`${ACCOUNT}NAT.UdpKeepEnable`],
    codec: choice<string>({ 0: 'off', 1: 'packets' }, { options: '1', notify: '1' }),
    source: '[elastix]',
  },
  keepAliveSeconds: { keys: [`${ACCOUNT}NAT.UdpKeepInterval`], codec: seconds, source: '[elastix] 30' },
  nat: {
    keys: [`${ACCOUNT}NAT.NatTraversal`],
    codec: choice<string>({ 0: 'off', 1: 'stun' }),
    source: '[elastix] 0; 1: assumption, beside StunServer',
  },
  rport: { keys: [`${ACCOUNT}NAT.Rport`], codec: on, source: '[elastix]' },
};

function vlan(name: string): Group<number> {
  const key = `Config.Network.VLAN.${name}`;
  return switched(
    { keys: [`${key}Vid`], codec: wholeNumber(1, 4094), source: '[elastix]' },
    { keys: [`${key}VlanEnable`], on: '1' },
  );
}

const SERVER = 'Config.Autoprovision.Server.';
const GENERAL = 'Config.Autoprovision.GENERAL.';

function serverRow(source: string, tancredi: string, elastix: string): Row<string> {
  return { keys: [SERVER + tancredi, GENERAL + elastix], codec: plainText, source };
}

const phone: PhoneRows = {
  ntpServer: textRow('[elastix]', 'Config.Settings.SNTP.NTPServer1'),
  adminName: textRow('[elastix] of the web page', 'Config.Settings.WEB_LOGIN.User'),
  adminPassword: textRow('[elastix]', 'Config.Settings.WEB_LOGIN.Password'),
  vlanId: vlan('Lan'),
  vlanPriority: { keys: ['Config.Network.VLAN.LanPriority'], codec: wholeNumber(0, 7), source: '[elastix]' },
  pcVlanId: vlan('Pc'),
  provisioningUrl: serverRow('[tancredi], [elastix]', 'URL', 'Url'),
  provisioningUserName: serverRow('[elastix]; of Server: assumption', 'UserName', 'UserName'),
  provisioningPassword: serverRow('[elastix]; of Server: assumption', 'Password', 'Pwd'),
  dhcpProvisioning: { keys: ['Config.Autoprovision.DHCP_OPTION.Enable'], codec: on, source: '[elastix]' },
  pnpProvisioning: { keys: ['Config.Autoprovision.PNP.Enable'], codec: on, source: '[elastix]' },
  redirectProvisioning: { keys: ['Config.Autoprovision.REDIRECT.Enable'], codec: on, source: '[elastix]' },
  firmwareUrl: textRow('[elastix] a file .rom', 'Config.Firmware.Url'),
  phoneBookUrl: textRow('[elastix]', 'Config.RemotePhoneBook.REMOTE_PHONE_BOOK0.Url'),
  phoneBookName: textRow('[elastix]', 'Config.RemotePhoneBook.REMOTE_PHONE_BOOK0.DisplayName'),
  toneFileUrl: textRow('[elastix] a file .wav', 'Config.Ringtone.Url'),
};

const table: KeyTable = {
  numbers: numbersMatching(/^Config\.Account(\d{1,2})\./),
  mostLines: 16,
  lines,
  settings,
  phone,
  functionKeys: null,
  without: { trustedCertificates: 'the phone fetches them from addresses, Config.Certificate.01.Url and on' },
};

/** Files in public use differ in capitals; the rows' own spelling stands for all. */
const SPELLINGS = new Map(
  [...Object.values(lines), ...Object.values(settings)]
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
