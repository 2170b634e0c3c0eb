// ALE (Alcatel-Lucent) Myriad M3, M5, M7 and 8028s: which key holds which of our fields, both ways. Knows no network.
// Sources: [wazo] keys as it writes them (2.13.02 Myriad, 1.51.52 8028s); [guide] ALE Myriad provisioning guide.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, descendants, parseXml, refuseXmlValue, xmlAttribute } from '../parsers/xml.ts';
import { type Codec, choice, host, plainText, port, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { FunctionKey, Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  FunctionKeys,
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

// ---- rows: Myriad's AccountN*, behind them the SIPGroupN* of an 8028s

const on = wordChoice<boolean>({ true: true, false: false, 1: true, 0: false });

const lines: LineRows = {
  enabled: { keys: ['Account{n}Enable'], codec: on, source: '[wazo]; an 8028s has no switch' },
  label: { keys: ['Account{n}Label', 'SIPGroup{n}LabelName'], codec: plainText, source: '[wazo]' },
  displayName: { keys: ['Account{n}DisplayName', 'SIPGroup{n}DisplayName'], codec: plainText, source: '[wazo]' },
  authName: { keys: ['Account{n}RegName', 'SIPGroup{n}AuthenticationName'], codec: plainText, source: '[wazo]' },
  userName: { keys: ['Account{n}UserName', 'SIPGroup{n}DeviceUri'], codec: userName, source: '[wazo]' },
  password: {
    keys: ['Account{n}Password', 'SIPGroup{n}AuthenticationPassword'],
    codec: plainText,
    source: '[wazo]',
  },
  registrarHost: {
    keys: ['Account{n}Server1Address', 'SIPServer{n}Address', 'SIPGroup{n}DomainName'],
    codec: host,
    source: '[wazo]',
  },
  registrarPort: {
    keys: ['Account{n}Server1Port', 'SIPServer{n}Port'],
    codec: port,
    source: '[wazo]; of the 8028s: assumption',
  },
  registrarTransport: {
    keys: ['Account{n}Server1Transport'],
    codec: wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls', 0: 'udp', 1: 'tcp', 2: 'tls', 3: 'dns-srv' }),
    source: '[wazo] words; numbers: assumption',
  },
  expiresSeconds: { keys: ['Account{n}Server1Expire', 'SIPRegisterExpire'], codec: seconds, source: '[wazo] seconds' },
  outboundHost: {
    keys: ['Account{n}OutboundProxy1Address', 'SIPGroup{n}OutBoundProxyAddress'],
    codec: host,
    source: '[wazo]',
  },
  outboundPort: {
    keys: ['Account{n}OutboundProxy1Port', 'SIPGroup{n}OutBoundProxyPort'],
    codec: port,
    source: '[wazo]',
  },
  backupHost: { keys: ['Account{n}Server2Address'], codec: host, source: '[wazo]' },
  backupPort: { keys: ['Account{n}Server2Port'], codec: port, source: '[wazo]' },
  backupOutboundHost: { keys: ['Account{n}OutboundProxy2Address'], codec: host, source: 'assumption' },
  backupOutboundPort: { keys: ['Account{n}OutboundProxy2Port'], codec: port, source: 'assumption' },
};

const DTMF_MODES = choice<string>({ 1: 'inband', 2: 'rfc2833', 4: 'info' }, { 'rfc2833+info': '2' });
const dtmf: Codec<string> = {
  // 0: digits are not sent on.
  read: (text) => (text === '0' || text === 'off' ? null : DTMF_MODES.read(text)),
  write: (value) => DTMF_MODES.write(value),
};

/** Payload types of RTP; the last two are not fixed. */
const CODECS: Readonly<Record<string, string>> = {
  0: 'PCMU',
  8: 'PCMA',
  9: 'G722',
  18: 'G729',
  98: 'iLBC',
  125: 'opus',
};
const PAYLOAD_TYPES = new Map(Object.entries(CODECS).map(([type, name]) => [name, type]));

const codecs: Group<readonly string[]> = {
  source: '[wazo] AudioCodec 0;8;18;9;98;125, SIPPreferredVocoder of an 8028s; 98 iLBC, 125 opus: assumption',
  read: (values, line) => {
    const key = [`Account${line}AudioCodec`, 'SIPPreferredVocoder'].find((name) => values.get(name));
    const text = key === undefined ? null : values.get(key);
    if (!text || key === undefined) return null;
    const found = text.split(';').map((type) => CODECS[type.trim()]);
    const value = found.filter((name) => name !== undefined);
    return { value, key, ...(value.length < found.length && { unknown: [key] }) };
  },
  write: (value, line) => {
    const types = value.map((name) => PAYLOAD_TYPES.get(name));
    if (value.length === 0 || types.includes(undefined)) return { refused: 'it names a codec that the phone has not' };
    return [{ key: `Account${line}AudioCodec`, value: types.join(';') }];
  },
};

const settings: SettingRows = {
  dtmf: {
    keys: ['Account{n}DtmfMode'],
    codec: dtmf,
    source: '[wazo] 0 off, 1 in-band, 2 RTP, 4 INFO',
  },
  codecs,
  keepAliveSeconds: { keys: ['Account{n}KeepAliveInterval'], codec: seconds, source: '[wazo]; seconds: assumption' },
  rport: {
    keys: ['Account{n}RportEnable'],
    codec: on,
    source: '[wazo]; its values as those of the others: assumption',
  },
  srtp: {
    keys: ['Account{n}SrtpWorkingMode'],
    codec: choice<string>({ 0: 'off', 1: 'optional', 2: 'required' }),
    source: '[wazo] 0; others: assumption',
  },
  voiceMailbox: { keys: ['Account{n}VmNumber', 'TelephonyVmNumber'], codec: plainText, source: '[wazo]' },
};

function textRow(source: string, ...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source };
}

type Keys = [string, ...string[]];

function vlan(switchKeys: Keys, keys: Keys): Group<number> {
  return switched({ keys, codec: wholeNumber(1, 4094), source: '[wazo]' }, { keys: switchKeys, on: 'true' });
}

/** In the order of Wazo's list, from 0. */
const LANGUAGES = 'en fr de it es nl pt hu cs sk sl et pl lt lv tr el sv no da fi is zh'.split(' ');

const phone: PhoneRows = {
  language: {
    keys: ['SettingLanguage'],
    codec: choice<string>(Object.fromEntries(LANGUAGES.entries())),
    source: '[wazo] 0 English, 1 French, 2 German ..',
  },
  timeZone: textRow('[wazo] IANA', 'SettingTimeZoneLocation'),
  ntpServer: textRow('[wazo]', 'SettingSntpServer', 'LocalEnetcfgSntp'),
  adminName: textRow('[wazo]', 'DeviceSecurityAdminName'),
  adminPassword: textRow('[wazo]', 'DeviceSecurityAdminPwd', 'DmAdminPasswd'),
  userPassword: textRow('[wazo]', 'DeviceSecurityUserPwd', 'WebUserPasswd'),
  vlanId: vlan(
    ['DeviceNetworkLanVlanEnable', 'LocalEnetcfgVlanEnabl'],
    ['DeviceNetworkLanVlanNumber', 'LocalEnetcfgVlan'],
  ),
  pcVlanId: vlan(['DeviceNetworkPcVlanEnable'], ['DeviceNetworkPcVlanNumber']),
  provisioningUrl: textRow('[wazo]', 'DeviceProvisionServerUrl', 'LocalEnetcfgDmUrl'),
  provisioningUserName: textRow('[wazo]', 'DeviceProvisionServerUsername'),
  provisioningPassword: textRow('[wazo]', 'DeviceProvisionServerPassword'),
  dhcpProvisioning: { keys: ['DeviceProvisionDhcpEnable'], codec: on, source: '[wazo]' },
  pnpProvisioning: { keys: ['DeviceProvisionPnpEnable'], codec: on, source: '[wazo]' },
  firmwareUrl: textRow('[wazo]', 'DeviceFirmwareUpgradeUrl'),
  phoneBookUrl: textRow('[wazo]', 'RemotePhoneBook1Url'),
  phoneBookName: textRow('[wazo]', 'RemotePhoneBook1GroupName'),
  logoUrl: textRow('[wazo]', 'SettingWallpaperUploadUrl'),
  dialPlan: switched(
    { keys: ['DigitMap'], codec: plainText, source: '[wazo] rules with ";" between; off only when the switch says so' },
    { keys: ['DigitMapEnable'], on: 'true', counts: (text) => text !== 'false' },
  ),
};

// ---- function keys

const KEY_TYPES: Readonly<Record<string, FunctionKey['type']>> = { 1: 'speedDial', 59: 'blf' };

const functionKeys: FunctionKeys = {
  source: '[wazo] ProgramKey1Type 1 speed dial, 59 BLF; Account, Label, Value, Extension: the number stands in both',
  read: (values) => {
    const found: FunctionKey[] = [];
    for (const [name, code] of values.all) {
      const stem = /^(ProgramKey\d{1,3})Type$/.exec(name)?.[1];
      const type = KEY_TYPES[code ?? ''];
      const value = values.get(`${stem}Value`) || values.get(`${stem}Extension`);
      if (stem === undefined || type === undefined || !value) continue;
      const line = wholeNumber(1, 20).read(values.get(`${stem}Account`) ?? '') ?? null;
      const label = values.get(`${stem}Label`) || null;
      found.push({ key: Number(stem.replace('ProgramKey', '')), module: 0, type, line, value, label });
    }
    return found.sort((a, b) => a.key - b.key);
  },
  write: ({ key, module, type, line, value, label }) => {
    const code = Object.keys(KEY_TYPES).find((one) => KEY_TYPES[one] === type);
    if (module > 0) return { refused: 'keys of expansion modules are not known' };
    if (code === undefined) return { refused: `the code of a ${type} key is not known` };
    if (!value) return { refused: 'it has no number' };
    const stem = `ProgramKey${key}`;
    return [
      { key: `${stem}Type`, value: code },
      ...(line === null ? [] : [{ key: `${stem}Account`, value: String(line) }]),
      ...(label === null ? [] : [{ key: `${stem}Label`, value: label }]),
      { key: `${stem}Value`, value },
      { key: `${stem}Extension`, value },
    ];
  },
};

/** The switch is that of a Myriad: what an 8028s has is on. */
function finish(line: Line, values: EffectiveValues): Line {
  const names = ['DeviceUri', 'AuthenticationName', 'AuthenticationPassword'];
  const isGroup = names.some((name) => values.has(`SIPGroup${line.line}${name}`));
  return isGroup && line.enabled === null ? { ...line, enabled: true } : line;
}

const table: KeyTable = {
  numbers: numbersMatching(/^(?:Account|SIPGroup)(\d{1,2})[A-Z]/),
  // Myriad M7: 20.
  mostLines: 20,
  lines,
  settings,
  phone,
  functionKeys,
  finish,
};

// ---- format

/** Another maker's files have the same root; theirs hold no <setting>. */
function recognise(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'settings') return 'no';
  return /<setting\s[^<>]*\bid\s*=/.test(body.text) ? 'sure' : 'no';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  for (const root of document.roots) {
    for (const element of descendants(root)) {
      const id = element.name === 'setting' ? (attributeOf(element, 'id')?.trim() ?? '') : '';
      if (id !== '') entries.push({ key: id, value: attributeOf(element, 'value') ?? '' });
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n<settings>\n';
  for (const { key, value } of entries) {
    text += `  <setting id="${xmlAttribute(key)}" value="${xmlAttribute(value)}" override="true"/>\n`;
  }
  return [{ name: `config.${mac ?? '{mac}'}.xml`, text: `${text}</settings>\n` }];
}

const writer: Writer = { print, refuseValue: refuseXmlValue, access: [] };

const formats: readonly [Format, ...Format[]] = [{ id: 'ale-xml', recognise, parse, table, writer }];

// ---- models (data sheets), persona, identification

function model(id: string, lineCount: number, keys: number, names: readonly string[] = []): ModelFamily {
  return { id, names, lines: lineCount, keys, modules: 0, keysPerModule: 0 };
}

const models: readonly ModelFamily[] = [
  model('M3', 8, 20, ['M3-CE', 'ALE M3']),
  model('M5', 8, 28, ['M5-CE', 'ALE M5']),
  model('M7', 20, 28, ['M7-CE', 'ALE M7']),
  model('M8', 20, 28, ['M8-CE', 'ALE M8']),
  model('8028s', 4, 6, ['8028s-GE', 'ALE 8028s']),
];

const persona: PersonaRows = {
  usual: { model: 'M3-CE', firmware: '2.13.02.1604' },
  userAgent: ({ model: name, firmware, mac }) => `ALE ${name} ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // [guide] in turn.
  directory: ({ mac, model: name }) => [['config.xml'], [`config.${name}.xml`], [`config.${mac}.xml`]],
};

const isSecret = rememberKeys((key) => /Password$|Passwd$|Pwd$|AesKey$/.test(key) || secretWord(key));

export const ale: Vendor = {
  id: 'ale',
  name: 'ALE',
  formats,
  merge: 'later',
  nothing: [],
  // Wazo gives the standard and then the chosen ones, and a mailbox for each line.
  repeats: (key) => /^(?:WebUserPasswd|DmAdminPasswd|SIPMessageWaitingIndicationUri)$/.test(key),
  isSecret,
  didFields: ['Account1Label', 'Account1DisplayName', 'Account1UserName', 'SIPGroup1LabelName', 'SIPGroup1DisplayName'],
  models,
  persona,
  identity: {
    userAgents: [/^ALE (?<model>[\w-]+) (?<version>[\d.]+) (?<mac>[0-9a-fA-F]{12})$/],
    paths: [/(?:^|\/)config\.(?<mac>[0-9a-fA-F]{12})\.xml$/],
    ouis: ['3c28a6', '487a55'],
  },
};
