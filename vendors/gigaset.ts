// Gigaset: DECT systems N870/N670/N610 and Maxwell desk phones (`<param name value>`), DECT bases N510/N720
// (`<SYMB_ITEM>`), and the P phones, which have Snom's firmware. Only the N870's file is written.
// Sources: [wiki] Gigaset's wiki for partners; [wazo], [tancredi] keys as these write them. "assumption": nobody says so.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import {
  attributeOf,
  descendants,
  parseXml,
  refuseXmlValue,
  type XmlDocument,
  type XmlElement,
  xmlAttribute,
} from '../parsers/xml.ts';
import { type Codec, choice, host, plainText, port, seconds, userName, wholeNumber } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { type Mac, parseMac } from './mac.ts';
import type { HostPort, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { isSnomXml, parseSnomXml, xmlTable } from './snom.ts';
import type {
  Certainty,
  Format,
  Group,
  Key,
  KeyTable,
  ModelFamily,
  ParsedConfig,
  Row,
  Target,
  Values,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

const onOff = choice<boolean>({ 1: true, 0: false });

/** When the outbound proxy is used. `auto` leaves it to the phone, which then has an address to use. */
const proxyMode = choice<boolean>({ 0: true, 1: true, 2: false });

function textRow(source: string, ...keys: [Key, ...Key[]]): Row<string> {
  return { keys, codec: plainText, source };
}

// ---- N870: accounts 00001 and up, each pointing to a provider

function accountKey(name: string): Key {
  return (line) => `SipAccount.${String(line).padStart(5, '0')}.${name}`;
}

/** The provider of a line while it is written: which lines share one shows only at the end. */
function ownProvider(name: string): Key {
  return (line) => `SipProvider.@${line}.${name}`;
}

function providerOf(values: Values, line: number): string {
  const id = values.get(`SipAccount.${String(line).padStart(5, '0')}.ProviderId`);
  return `SipProvider.${id && /^\d{1,2}$/.test(id) ? id : '0'}.`;
}

/** Read from the provider that the account points to. */
function providerKeys(name: string): [Key, Key] {
  return [ownProvider(name), (line, values) => providerOf(values, line) + name];
}

const failover: Group<HostPort> = {
  source: '[wazo] FailoverServerEnabled, FailoverServerAddress',
  read: (values, line) => {
    const stem = providerOf(values, line);
    const text = values.get(`${stem}FailoverServerAddress`);
    const value = text && values.get(`${stem}FailoverServerEnabled`) !== '0' ? host.read(text) : null;
    return value === null || value === undefined ? null : { value, key: `${stem}FailoverServerAddress` };
  },
  write: (value, line) => {
    const written = host.write(value);
    if ('refused' in written) return written;
    return [
      { key: `SipProvider.@${line}.FailoverServerEnabled`, value: '1' },
      { key: `SipProvider.@${line}.FailoverServerAddress`, value: written.text },
    ];
  },
};

const srtp: Group<string> = {
  source: '[wazo] SRTP_Enabled; AcceptNonSRTPCalls makes it optional',
  read: (values, line) => {
    const stem = providerOf(values, line);
    const isOn = onOff.read(values.get(`${stem}SRTP_Enabled`) ?? '');
    if (typeof isOn !== 'boolean') return null;
    const isOptional = values.get(`${stem}AcceptNonSRTPCalls`) === '1';
    return { value: isOn ? (isOptional ? 'optional' : 'required') : 'off', key: `${stem}SRTP_Enabled` };
  },
  write: (value, line) => {
    if (!['off', 'optional', 'required'].includes(value)) return { refused: `the format has no word for ${value}` };
    const stem = `SipProvider.@${line}.`;
    return [
      { key: `${stem}SRTP_Enabled`, value: value === 'off' ? '0' : '1' },
      ...(value === 'off' ? [] : [{ key: `${stem}AcceptNonSRTPCalls`, value: value === 'optional' ? '1' : '0' }]),
    ];
  },
};

/** A bit each: 1 audio, 2 RFC 2833, 4 SIP INFO. */
const dtmf = choice<string>({ 1: 'inband', 2: 'rfc2833', 4: 'info', 6: 'rfc2833+info' });

const LOGIN_ELSEWHERE =
  'typed into the web page, or in the address that the redirection service gives: the Gigaset wiki names no parameter';

const n870: KeyTable = {
  numbers: numbersMatching(/^SipAccount\.(\d{5})\./),
  // Systems of several sites have more, but no file that is read whole does.
  mostLines: 6000,
  lines: {
    userName: { keys: [accountKey('UserName')], codec: userName, source: '[wazo]' },
    authName: textRow('[wazo]', accountKey('AuthName')),
    password: textRow('[wazo]', accountKey('AuthPassword')),
    displayName: textRow('[wazo]', accountKey('DisplayName')),
    registrarHost: {
      keys: [
        ...providerKeys('RegServerAddress'),
        (line, values) => `${providerOf(values, line)}ProxyServerAddress`,
        (line, values) => `${providerOf(values, line)}Domain`,
      ],
      codec: host,
      source: '[wazo]; without a registrar the proxy, then the domain: assumption',
    },
    registrarPort: {
      keys: [...providerKeys('RegServerPort'), (line, values) => `${providerOf(values, line)}ProxyServerPort`],
      codec: port,
      source: '[wazo]',
    },
    registrarTransport: {
      keys: providerKeys('TransportProtocol'),
      codec: choice<Transport>({ 1: 'udp', 2: 'tcp', 3: 'tls' }),
      source: '[wazo] 1 UDP, 2 TCP, 3 TLS',
    },
    expiresSeconds: { keys: providerKeys('RegServerRefreshTimer'), codec: seconds, source: '[wazo]' },
    outboundOn: {
      keys: providerKeys('OutboundProxyMode'),
      codec: proxyMode,
      source: '[wazo] 0 always, 1 auto, 2 never',
    },
    outboundHost: { keys: providerKeys('OutboundProxyAddress'), codec: host, source: '[wazo]' },
    outboundPort: { keys: providerKeys('OutboundProxyPort'), codec: port, source: '[wazo]' },
    backupHost: failover,
    backupPort: { keys: providerKeys('FailoverServerPort'), codec: port, source: '[wazo]' },
  },
  settings: {
    srtp,
    dtmf: {
      keys: providerKeys('DTMFTransmission'),
      codec: dtmf,
      source: '[wazo] 1, 2, 4; 6 for two of them: assumption',
    },
    voiceMailbox: textRow('[wazo]', accountKey('VoiceMailMailbox')),
  },
  phone: {
    ntpServer: textRow('[wazo]', 'DmGlobal.0.NtpServer'),
    timeZone: textRow('[wazo] IANA names', 'DmGlobal.0.TimeZone'),
    adminPassword: textRow('[wazo]', 'WebUIAccounts.1.Password'),
    provisioningUrl: textRow('[wazo]', 'Provisioning.global.ProvisioningServer'),
    pnpProvisioning: {
      keys: ['SystemSettings.global.SipMulticastEnabled'],
      codec: onOff,
      source: '[wiki] 1 by default',
    },
    firmwareUrl: textRow('[wazo] firmware: file url', 'firmware.0.url'),
    phoneBookUrl: textRow('[wazo]', 'XMLDir.1.ServerURL'),
    phoneBookName: textRow('[wazo]', 'XMLDir.1.ProviderName'),
  },
  functionKeys: null,
  without: {
    pcVlanId: 'a DECT base has no port for a PC',
    language: 'chosen where one logs in to the web page, and in each handset',
    provisioningUserName: LOGIN_ELSEWHERE,
    provisioningPassword: LOGIN_ELSEWHERE,
    trustedCertificates: 'certificates are files that a further file names, custom/updates.xml (Gigaset wiki)',
    functionKeys: 'handsets keep theirs themselves',
  },
};

// ---- Maxwell: accounts from 0, each with its own servers

function maxwell(name: string): string {
  return `SIP.Account.{n0}.${name}`;
}

const maxwellFailover: Group<HostPort> = {
  source: '[tancredi] FailoverServer.Enabled; Address: assumption, as in the N870',
  read: (values, line) => {
    const stem = `SIP.Account.${line - 1}.FailoverServer.`;
    const text = values.get(`${stem}Address`);
    const value = text && values.get(`${stem}Enabled`) !== '0' ? host.read(text) : null;
    return value === null || value === undefined ? null : { value, key: `${stem}Address` };
  },
  write: () => ({ refused: 'files of Maxwell are read only' }),
};

const maxwellTable: KeyTable = {
  numbers: numbersMatching(/^SIP\.Account\.(\d{1,2})\./, 0),
  mostLines: 12,
  lines: {
    enabled: { keys: [maxwell('Active')], codec: onOff, source: '[tancredi]' },
    userName: { keys: [maxwell('Username'), maxwell('UserName')], codec: userName, source: '[tancredi]' },
    authName: textRow('[tancredi]', maxwell('AuthName')),
    password: textRow('[tancredi]', maxwell('AuthPassword')),
    displayName: textRow('[tancredi]', maxwell('DisplayName')),
    label: textRow('[tancredi]', maxwell('AccountName')),
    registrarHost: {
      keys: [maxwell('RegistrationServer.Address'), maxwell('ProxyServer.Address'), maxwell('Domain')],
      codec: host,
      source: '[tancredi]',
    },
    registrarPort: {
      keys: [maxwell('RegistrationServer.Port'), maxwell('ProxyServer.Port')],
      codec: port,
      source: '[tancredi]',
    },
    registrarTransport: {
      keys: [() => 'SIP.TransportProtocol'],
      codec: choice<Transport>({ 1: 'udp', 2: 'tls' }),
      source: '[tancredi] of the whole phone; 1 UDP, 2 TLS, unlike the N870',
    },
    expiresSeconds: {
      keys: [maxwell('RegistrationServer.RefreshTime'), maxwell('RegistrationServer.RefreshTimer')],
      codec: seconds,
      source: 'assumption',
    },
    outboundOn: {
      keys: [maxwell('OutboundProxy.Mode')],
      codec: choice<boolean>({ 1: true, 0: false }),
      source: '[tancredi] 1 with a proxy; 0 off: assumption',
    },
    outboundHost: { keys: [maxwell('OutboundProxy.Address')], codec: host, source: 'assumption, as the registrar' },
    outboundPort: { keys: [maxwell('OutboundProxy.Port')], codec: port, source: 'assumption, as the registrar' },
    backupHost: maxwellFailover,
    backupPort: { keys: [maxwell('FailoverServer.Port')], codec: port, source: 'assumption' },
  },
  settings: { voiceMailbox: textRow('[tancredi]', maxwell('VoiceMail.Mailbox')) },
  phone: {
    ntpServer: textRow('[tancredi]', 'System.DateAndTime.TimeServer'),
    clock24Hours: {
      keys: ['System.DateAndTime.TimeFormat'],
      codec: choice<boolean>({ '24h': true, '12h': false }),
      source: '[tancredi]',
    },
    adminPassword: textRow('[tancredi]', 'WebUI.AdminPassword'),
    userPassword: textRow('[tancredi]', 'WebUI.UserPassword'),
    provisioningUrl: textRow('[tancredi]', 'System.Provision.ProvisioningServer'),
    vlanId: { keys: ['NET.VLAN.LAN.Identifier'], codec: wholeNumber(1, 4094), source: '[tancredi]' },
    vlanPriority: { keys: ['NET.VLAN.LAN.Priority'], codec: wholeNumber(0, 7), source: '[tancredi]' },
    pcVlanId: { keys: ['NET.VLAN.PC.Identifier'], codec: wholeNumber(1, 4094), source: '[tancredi]' },
  },
  functionKeys: null,
};

// ---- N510 and N720

/** `[0]` and `[%]` at the end stand for a whole text and are not part of the names here. */
const N510_AREAS = ['BS_IP_Data1', 'BS_IP_Data3', 'BS_IP_Data'];

/** N510: the first account has no suffix in most keys and `_1` in some; the others have theirs in all. */
function n510(name: string): Key[] {
  return N510_AREAS.flatMap((area) => [
    (line: number) => (line === 1 ? `${area}.${name}` : null),
    (line: number) => `${area}.${name}_${line}`,
  ]);
}

/** N720: an array of accounts, each pointing to one of an array of providers. */
function n720(name: string): Key {
  return (line) => `BS_VOIP_Data.astVoipAccounts[${line - 1}].${name}`;
}

function n720Provider(name: string): Key {
  return (line, values) => {
    const pointers = [`[${line - 1}]`, '[%]'].map((at) => `BS_VOIP_Data.astVoipAccounts${at}.ucVoipProviderIndex`);
    const id = pointers.map((key) => values.get(key)).find((text) => text !== undefined && text !== null);
    return `BS_VOIP_Data.astVoipProviders[${id ?? '0'}].${name}`;
  };
}

function symbRow<Value>(codec: Codec<Value>, keys: readonly Key[]): Row<Value> {
  return { keys: keys as [Key, ...Key[]], codec, source: '[wazo]' };
}

function server(name: string): Key[] {
  return [...n510(`aucS_${name}`), n720Provider(`auc${name}`)];
}

const symbTable: KeyTable = {
  numbers: (values) => {
    const numbers = new Set<number>();
    for (const { key } of values.entries) {
      const [, suffix, index] =
        /(?:\.aucS_SIP_(?:LOGIN_ID|USER_ID|PASSWORD)(?:_(\d{1,3}))?|astVoipAccounts\[(\d{1,3})\]\.\w+)$/.exec(key) ??
        [];
      if (index !== undefined) numbers.add(Number(index) + 1);
      else if (/\.aucS_SIP_(?:LOGIN_ID|USER_ID|PASSWORD)/.test(key)) numbers.add(Number(suffix ?? 1));
    }
    return numbers;
  },
  mostLines: 100,
  lines: {
    enabled: symbRow(onOff, [...n510('ucB_SIP_ACCOUNT_IS_ACTIVE'), n720('ucB_SIP_ACCOUNT_IS_ACTIVE_1')]),
    userName: symbRow(userName, [...n510('aucS_SIP_USER_ID'), n720('aucS_SIP_USER_ID')]),
    authName: symbRow(plainText, [...n510('aucS_SIP_LOGIN_ID'), n720('aucS_SIP_LOGIN_ID')]),
    password: symbRow(plainText, [...n510('aucS_SIP_PASSWORD'), n720('aucS_SIP_PASSWORD')]),
    displayName: symbRow(plainText, [...n510('aucS_SIP_DISPLAYNAME'), n720('aucS_SIP_DISPLAYNAME')]),
    label: symbRow(plainText, [...n510('aucS_SIP_ACCOUNT_NAME'), n720('aucS_SIP_ACCOUNT_NAME')]),
    registrarHost: symbRow(host, [...server('SIP_REGISTRAR'), ...server('SIP_SERVER'), ...server('SIP_DOMAIN')]),
    registrarPort: symbRow(port, [
      ...n510('uiI_SIP_REGISTRAR_PORT'),
      n720Provider('uiSIP_REGISTRAR_PORT'),
      ...n510('uiI_SIP_SERVER_PORT'),
      n720Provider('uiSIP_SERVER_PORT'),
    ]),
    registrarTransport: symbRow(choice<Transport>({ 17: 'udp', 6: 'tcp' }), [
      n720Provider('ucSIP_PREFERRED_TRANSPORT_LAYER'),
    ]),
    expiresSeconds: symbRow(seconds, [...n510('uiI_RE_REGISTRATION_TIMER'), n720Provider('uiRE_REGISTRATION_TIMER')]),
    outboundOn: symbRow(proxyMode, [...n510('ucI_OUTBOUND_PROXY_MODE'), n720Provider('ucOUTBOUND_PROXY_MODE')]),
    outboundHost: symbRow(host, server('OUTBOUND_PROXY')),
    outboundPort: symbRow(port, [...n510('uiI_OUTBOUND_PROXY_PORT'), n720Provider('uiOUTBOUND_PROXY_PORT')]),
  },
  settings: {
    voiceMailbox: symbRow(plainText, [...n510('aucS_VOIP_NET_AM_NUMBER'), n720('aucS_VOIP_NET_AM_NUMBER_1')]),
  },
  phone: {
    ntpServer: textRow('[wazo]', 'BS_IP_Data1.aucS_TIME_NTP_SERVER', 'BS_IP_Data.aucS_TIME_NTP_SERVER'),
    adminPassword: textRow('[wazo] N720', 'BS_CUSTOM.WebUIPassword'),
    phoneBookUrl: textRow('[wazo]', 'BS_XML_Netdirs.astNetdirProvider[0].aucServerURL'),
    provisioningUrl: textRow('[wazo]', 'S_CONFIGFILE_URL'),
    firmwareUrl: textRow('[wazo]', 'BS_IP_Data1.aucS_USER_FIRMWARE_URL', 'S_SPECIAL_DATA_SRV'),
  },
  functionKeys: null,
};

// ---- reading

function isRoot(body: TextBody, name: string): boolean {
  return body.shape.kind === 'xml' && body.shape.root.toLowerCase() === name;
}

const MAXWELL = /name\s*=\s*["'](?:SIP\.(?:Account\.|TransportProtocol)|PhoneUI\.|NET\.|WebUI\.)/;

/**
 * [wiki] A system may be given its settings in steps: `<provisioning><category type="nvm" url>` names a file whose root is
 * `<nvm>`, whose `<file url>` names one whose root is `<settings>`.
 */
function isNvm(body: TextBody): boolean {
  if (isRoot(body, 'provisioning')) return /<(?:nvm|firmware|category)[\s/>]/.test(body.text);
  const isStep = isRoot(body, 'nvm') || (isRoot(body, 'settings') && /<param\s/.test(body.text));
  return isStep && /<(?:nvm|settings)\s[^<>]{0,200}\bproductID\s*=/i.test(body.text);
}

function recogniseNvm(body: TextBody, isMaxwell: boolean): Certainty {
  return isNvm(body) && MAXWELL.test(body.text) === isMaxwell ? 'sure' : 'no';
}

/** Handsets are also called by their IPUI ([wiki], public generators): `SipAccount.029e74a599.AuthName`. */
const HANDSET_KEY = /^(SipAccount|hs)\.([0-9a-f]{10})\.(\w+)$/i;
const ACCOUNT_NUMBER = /^SipAccount\.(\d{5})\./;

/** Handsets by their IPUI become the lines that are free, in the order of the file, so that one table serves both. */
function numberHandsets(entries: readonly Entry[]): Entry[] {
  const taken = new Set(entries.map(({ key }) => Number(ACCOUNT_NUMBER.exec(key)?.[1] ?? 0)));
  const numbers = new Map<string, string>();
  let next = 1;
  const numberOf = (ipui: string): string => {
    const known = numbers.get(ipui);
    if (known !== undefined) return known;
    while (taken.has(next)) next += 1;
    const number = String(next).padStart(5, '0');
    next += 1;
    numbers.set(ipui, number);
    return number;
  };
  return entries.map((entry) => {
    const [, area, ipui, name] = HANDSET_KEY.exec(entry.key) ?? [];
    return ipui === undefined ? entry : { ...entry, key: `${area}.${numberOf(ipui.toLowerCase())}.${name}` };
  });
}

/** What stands in `<oper>` is a step to take, not a setting. */
function parseNvm(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const includes: string[] = [];
  const named = (element: XmlElement): void => {
    const url = attributeOf(element, 'url');
    if (url) includes.push(url);
  };
  for (const root of document.roots) {
    const isStep = root.name !== 'provisioning';
    for (const child of root.children) {
      if (child.name === 'category' && attributeOf(child, 'type') === 'nvm') named(child);
      if (isStep && child.name === 'file') named(child);
    }
    for (const section of isStep ? [root] : root.children) {
      for (const [number, child] of section.children.entries()) {
        const url = attributeOf(child, 'url');
        if (!isStep && child.name === 'file' && url) entries.push({ key: `firmware.${number}.url`, value: url });
        const key = child.name === 'param' ? attributeOf(child, 'name') : undefined;
        if (key) entries.push({ key, value: attributeOf(child, 'value') ?? '' });
      }
    }
  }
  return {
    entries: numberHandsets(entries),
    includes,
    warnings: noteWarnings(notes, isSecret),
    format: 'gigaset-nvm-xml',
  };
}

/** Texts have quotes of their own, numbers are hexadecimal; lists stay as they are. */
function symbValue(raw: string): string {
  const text = raw.trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1);
  return /^0x[0-9a-f]{1,8}$/i.test(text) ? String(Number.parseInt(text, 16)) : text;
}

function parseSymb(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const macs: Mac[] = [];
  for (const element of elementsOf(document)) {
    const raw = attributeOf(element, 'value');
    if (raw === undefined) continue;
    const key = element.name === 'SYMB_ITEM' ? attributeOf(element, 'ID') : element.name;
    const value = symbValue(raw);
    if (key) entries.push({ key: key.replace(/\[[0%]\]$/, ''), value });
    const mac = element.name === 'MAC_ADDRESS' ? parseMac(value) : null;
    if (mac?.ok) macs.push(mac.mac);
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret), macs };
}

function* elementsOf(document: XmlDocument): Generator<XmlElement> {
  for (const root of document.roots) yield* descendants(root);
}

// ---- writing

const OWN_PROVIDER = /^SipProvider\.@(\d+)\.(\w+)$/;
const ACCOUNT = /^SipAccount\.(\d{5})\./;

/** [wiki] provider profiles of a system. */
const MOST_PROVIDERS = 10;

interface Provider {
  readonly facts: readonly Entry[];
  /** Tells providers that say the same. */
  readonly text: string;
}

/** What each line says of its server, and the different servers among them. */
function providersOf(entries: readonly Entry[]): { providers: Provider[]; ofLine: Map<number, number> } {
  const facts = new Map<number, Entry[]>();
  for (const { key, value } of entries) {
    const [, line, name] = OWN_PROVIDER.exec(key) ?? [];
    const account = ACCOUNT.exec(key)?.[1];
    if (account !== undefined && !facts.has(Number(account))) facts.set(Number(account), []);
    if (line === undefined || name === undefined) continue;
    const list = facts.get(Number(line)) ?? [];
    list.push({ key: name, value });
    facts.set(Number(line), list);
  }
  const providers: Provider[] = [];
  const ofLine = new Map<number, number>();
  for (const [line, list] of facts) {
    const text = JSON.stringify(list);
    let index = providers.findIndex((provider) => provider.text === text);
    if (index === -1) index = providers.push({ facts: list, text }) - 1;
    ofLine.set(line, index);
  }
  return { providers, ofLine };
}

/** Calls go to a proxy and a domain that are named apart: the same as the registrar. */
const COPIES: Readonly<Record<string, readonly string[]>> = {
  RegServerAddress: ['Domain', 'ProxyServerAddress', 'RegServerAddress'],
  RegServerPort: ['ProxyServerPort', 'RegServerPort'],
};

function printNvm(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const { providers, ofLine } = providersOf(entries);
  const firmware = entries.find(({ key }) => key === 'firmware.0.url')?.value;
  const params: string[] = [];
  const param = (key: string, value: string): void => {
    params.push(`    <param name="${xmlAttribute(key)}" value="${xmlAttribute(value)}"/>`);
  };
  for (const [id, { facts }] of providers.entries()) {
    for (const { key, value } of facts) {
      for (const name of COPIES[key] ?? [key]) param(`SipProvider.${id}.${name}`, value);
    }
  }
  const begun = new Set<string>();
  for (const { key, value } of entries) {
    if (OWN_PROVIDER.test(key) || key === 'firmware.0.url') continue;
    const account = ACCOUNT.exec(key)?.[1];
    if (account !== undefined && !begun.has(account)) {
      begun.add(account);
      params.push(`    <oper value="${account}" name="add_hs"><param name="hs.RegStatus" value="ToReg"/></oper>`);
      param(`SipAccount.${account}.ProviderId`, String(ofLine.get(Number(account)) ?? 0));
    }
    param(key, value);
    if (key.endsWith('.VoiceMailMailbox')) param(key.replace(/Mailbox$/, 'Active'), '1');
    if (key === 'XMLDir.1.ServerURL') param('Netdir.1.Activated', '1');
  }
  const file =
    firmware === undefined ? '' : `  <firmware>\n    <file url="${xmlAttribute(firmware)}"/>\n  </firmware>\n`;
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<provisioning version="1.1" productID="e2">\n${file}  <nvm>\n${params.join('\n')}\n  </nvm>\n</provisioning>\n`;
  return [{ name: `${mac ?? '{mac}'}.xml`, text }];
}

const writer: Writer = {
  print: printNvm,
  refuseValue: refuseXmlValue,
  access: [],
  refuseEntries: (entries) =>
    providersOf(entries).providers.length > MOST_PROVIDERS
      ? `its lines have more than ${MOST_PROVIDERS} different servers`
      : null,
};

const formats: readonly [Format, ...Format[]] = [
  { id: 'gigaset-nvm-xml', recognise: (body) => recogniseNvm(body, false), parse: parseNvm, table: n870, writer },
  {
    id: 'gigaset-maxwell-xml',
    recognise: (body) => recogniseNvm(body, true),
    parse: parseNvm,
    table: maxwellTable,
    writer: null,
  },
  {
    id: 'gigaset-symb-xml',
    recognise: (body) => (isRoot(body, 'providerframe') ? 'sure' : 'no'),
    parse: parseSymb,
    table: symbTable,
    writer: null,
  },
  {
    // Nothing in it tells it from Snom's: read only when the vendor is named.
    id: 'gigaset-p-xml',
    recognise: (body) => (isSnomXml(body) === 'no' ? 'no' : 'likely'),
    parse: parseSnomXml,
    table: xmlTable,
    writer: null,
  },
];

// ---- models, persona, identification, secrets

function model(id: string, lines: number, names: readonly string[] = []): ModelFamily {
  return { id, names, lines, keys: 0, modules: 0, keysPerModule: 0 };
}

/** Accounts: data sheets, from memory: assumption. */
const models: readonly ModelFamily[] = [
  model('N870', 250, ['N870 IP PRO']),
  model('N870E', 6000, ['N870E IP PRO']),
  model('N670', 20, ['N670 IP PRO']),
  model('N770', 100, ['N770 IP PRO']),
  // [wiki] the User-Agent says Handset=20.
  model('N610', 20, ['N610 IP PRO']),
  model('N510', 6, ['N510 IP PRO']),
  model('N720', 100, ['N720 IP PRO', 'N720 DM PRO', 'N720-DM-PRO']),
  model('C590', 6, ['C590 IP']),
  model('Maxwell Basic', 4, ['MaxwellBasic']),
  model('Maxwell 2', 4, ['Maxwell2']),
  model('Maxwell 3', 12, ['Maxwell3']),
  model('Maxwell 4', 12, ['Maxwell4']),
  model('P710', 4),
  model('P810', 4),
  model('P820', 6),
  model('P825', 6),
  model('P850', 12),
  model('P855', 12),
];

const SECRET_KEYS = /(?:AuthPassword|Password|DECT_AC|aucKdsPin|aucS_SIP_PASSWORD(?:_\d+)?|DMPpasswd)$/i;

const isSecret = rememberKeys((key) => SECRET_KEYS.test(key) || secretWord(key));

export const gigaset: Vendor = {
  id: 'gigaset',
  name: 'Gigaset',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: [
    'SipAccount.00001.DisplayName',
    'SIP.Account.0.AccountName',
    'BS_IP_Data1.aucS_SIP_ACCOUNT_NAME_1',
    'SipAccount.00001.UserName',
  ],
  models,
  persona: {
    usual: { model: 'N870 IP PRO', firmware: '83.V2.48.0+build.ec9d7b1' },
    userAgent: ({ model: name, firmware, mac }) =>
      `Gigaset ${name.replace(/^Gigaset /i, '')}/${firmware};${mac.toUpperCase()}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [['provisioning.xml'], [`${mac}.xml`, `${mac.toUpperCase()}.xml`]],
  },
  identity: {
    userAgents: [
      // The same bases under Auerswald's name say so.
      /^Auerswald (?<model>COMfortel WS-[\w ]{1,10})\/(?<version>[\w.+-]{3,40})(?:;(?<mac>[0-9a-f]{12}))?/i,
      /^"?(?:Gigaset )?(?<model>(?:N\d{3}E?|C\d{3}|Maxwell|P\d{3})[\w -]{0,16})\/(?<version>[\w.+-]{3,40})(?:;(?<mac>[0-9a-f]{12}))?/i,
    ],
    paths: [/(?:^|\/)(?:42|70)\/\d{1,3}\/[\w.-]{1,60}\.bin$/i],
    ouis: [
      '7c2f80',
      '589ec6',
      '14b370',
      '002104',
      '00acdce3',
      '00acdce4',
      '000413e2',
      '000413e3',
      '000413e5',
      '000413e7',
    ],
  },
};
