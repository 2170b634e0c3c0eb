// Zoiper: `<options>` with `<accounts><account>`, an element per setting. Sources: [fusionpbx] elements as FusionPBX
// writes them. "assumption": nobody says so.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { parseXml, refuseXmlValue, type XmlElement } from '../parsers/xml.ts';
import { accountElements, accountEntries, lineMark } from './account-list.ts';
import { choice, hostWithPort, plainText, seconds, userName, wholeNumber } from './codec.ts';
import { numbersAfter } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import type { Certainty, Group, KeyTable, ParsedConfig, Target, Vendor, Writer, WrittenFile } from './vendor.ts';

const SOURCE = '[fusionpbx]';

const trueFalse = choice<boolean>({ true: true, false: false });

function account(name: string): string {
  return `account.{n}.${name}`;
}

const authName = switched(
  {
    keys: [account('SIP_auth_username')],
    codec: plainText,
    source: '[fusionpbx] counts while SIP_use_auth_username is true',
  },
  { keys: [account('SIP_use_auth_username')], on: 'true' },
);

const expiresSeconds: Group<number> = {
  source: '[fusionpbx] reregistration_mode default, reregistration_time 0; the mode "custom": assumption',
  read: (values, line) => {
    const key = `account.${line}.reregistration_time`;
    const value = seconds.read(values.get(key) ?? '');
    const isDefault = (values.get(`account.${line}.reregistration_mode`) ?? 'default') === 'default';
    return isDefault || value === null || value === undefined ? null : { value, key };
  },
  write: (value, line) => {
    const written = seconds.write(value);
    if ('refused' in written) return written;
    return [
      { key: `account.${line}.reregistration_mode`, value: 'custom' },
      { key: `account.${line}.reregistration_time`, value: written.text },
    ];
  },
};

const table: KeyTable = {
  numbers: numbersAfter('account.'),
  mostLines: 100,
  lines: {
    label: { keys: [account('name')], codec: plainText, source: SOURCE },
    displayName: { keys: [account('SIP_callerId')], codec: plainText, source: SOURCE },
    userName: { keys: [account('username')], codec: userName, source: SOURCE },
    authName,
    password: { keys: [account('password')], codec: plainText, source: SOURCE },
    registrarHost: { keys: [account('SIP_domain')], codec: hostWithPort, source: `${SOURCE} host[:port]` },
    registrarTransport: {
      keys: [account('SIP_transport_type')],
      codec: choice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
      source: SOURCE,
    },
    expiresSeconds,
    outboundOn: { keys: [account('SIP_use_outbound_proxy')], codec: trueFalse, source: SOURCE },
    outboundHost: { keys: [account('SIP_outbound_proxy')], codec: hostWithPort, source: SOURCE },
  },
  settings: {
    dtmf: {
      keys: [account('SIP_dtmf_style')],
      codec: choice<string>({ outband: 'rfc2833', inband: 'inband', info: 'info' }, { 'rfc2833+info': 'outband' }),
      source: '[fusionpbx] outband; the other words: assumption',
    },
    voiceMailbox: { keys: [account('voicemail_check_extension')], codec: plainText, source: SOURCE },
    keepAliveSeconds: { keys: [account('SIP_keep_alive_timeout')], codec: wholeNumber(1, 86_400), source: SOURCE },
    rport: { keys: [account('SIP_use_rport')], codec: trueFalse, source: SOURCE },
  },
  phone: {},
  functionKeys: null,
};

function recognise(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'options') return 'no';
  return /<(?:accounts|SIP_domain|audio|codecs)[\s/>]/.test(body.text) ? 'sure' : 'likely';
}

function accountsOf(root: XmlElement): readonly XmlElement[] {
  return root.children.filter(({ name }) => name === 'accounts').flatMap(({ children }) => children);
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const accounts = document.roots.flatMap(accountsOf).filter(({ name }) => name === 'account');
  const entries = accountEntries(accounts, ({ children }) => children.find(({ name }) => name === 'ident')?.text);
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

function print(entries: readonly Entry[]): readonly [WrittenFile] {
  const accounts = [...accountElements(entries, '      ')].sort(([a], [b]) => Number(a) - Number(b));
  const text = accounts.map(
    ([number, elements]) =>
      `    <account>\n      <ident>${lineMark(number)}</ident>\n      <protocol>sip</protocol>\n${elements.join('')}    </account>\n`,
  );
  const head = '<?xml version="1.0" encoding="utf-8"?>\n<options>\n  <accounts>\n';
  return [{ name: 'config.xml', text: `${head}${text.join('')}  </accounts>\n</options>\n` }];
}

const writer: Writer = {
  print: (entries: readonly Entry[], _target: Target) => print(entries),
  refuseValue: refuseXmlValue,
  access: [],
};

const isSecret = rememberKeys(secretWord);

export const zoiper: Vendor = {
  id: 'zoiper',
  name: 'Zoiper',
  formats: [{ id: 'zoiper-xml', recognise, parse, table, writer }],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['account.1.name', 'account.1.SIP_callerId', 'account.1.SIP_callerNumber', 'account.1.username'],
  models: [{ id: 'Zoiper', names: ['Zoiper5'], lines: 100, keys: 0, modules: 0, keysPerModule: 0 }],
  persona: {
    usual: { model: 'Zoiper', firmware: '5.6.5' },
    // An assumption: the SIP User-Agent is `Zoiper rv2.10...`.
    userAgent: ({ model, firmware }) => `${model}/${firmware}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: () => [['config.xml']],
  },
  identity: { userAgents: [/^(?<model>Zoiper)[ /]r?v?(?<version>[\d.]{1,20})/i], paths: [], ouis: [] },
};
