// Acrobits, Groundwire and apps made with them: `<account>` with an element per setting, one root for each account; and
// the text in a QR code. Sources: [docs] doc.acrobits.net, "Account XML"; [demo] the account of Acrobits' demo app;
// [fusionpbx] elements as FusionPBX writes them. "assumption": nobody says so.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue } from '../parsers/xml.ts';
import { accountElements, accountEntries, lineMark } from './account-list.ts';
import { type Codec, choice, hostWithPort, plainText, seconds, userName } from './codec.ts';
import { numbersAfter } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { WITHOUT_OF_APPS } from './unwritten.ts';
import type { Certainty, Group, Key, KeyTable, ParsedConfig, Target, Vendor, Writer, WrittenFile } from './vendor.ts';

const SOURCE = '[fusionpbx]';

const words = choice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls', 'tls+sip:': 'tls', 'tls+sips:': 'tls' });
const transport: Codec<Transport> = { read: (text) => words.read(text.toLowerCase()), write: words.write };

function account(name: string): string {
  return `account.{n}.${name}`;
}

const sdes = choice<string>({ disabled: 'off', enabled: 'optional', required: 'required' });

/** Calls out and calls in have a switch each. */
const srtp: Group<string> = {
  source: 'assumption: sdesOutgoing and sdesIncoming, of which the word enabled is seen in public generators',
  read: (values, line) => {
    const key = `account.${line}.sdesOutgoing`;
    const text = values.get(key);
    if (!text) return null;
    const value = sdes.read(text) ?? null;
    return { value, key, unknown: value === null ? [key] : [] };
  },
  write: (value, line) => {
    const written = sdes.write(value);
    if ('refused' in written) return written;
    return ['sdesIncoming', 'sdesOutgoing'].map((name) => ({ key: `account.${line}.${name}`, value: written.text }));
  },
};

/** Payload types of RTP; that of iLBC is not fixed. */
const CODECS: Readonly<Record<string, string>> = { 0: 'PCMU', 3: 'GSM', 8: 'PCMA', 9: 'G722', 18: 'G729', 102: 'iLBC' };
const PAYLOAD_TYPES = new Map(Object.entries(CODECS).map(([type, name]) => [name, type]));

/** There is a second list for mobile networks, `codecOrder3G`, which has no place in ours. */
const codecs: Group<readonly string[]> = {
  source: '[demo] codecOrder 0,8,9,3,102; 102 iLBC: assumption',
  read: (values, line) => {
    const key = `account.${line}.codecOrder`;
    const text = values.get(key);
    if (!text) return null;
    const found = text.split(',').map((type) => CODECS[type.trim()]);
    const value = found.filter((name) => name !== undefined);
    return { value, key, ...(value.length < found.length && { unknown: [key] }) };
  },
  write: (value, line) => {
    const types = value.map((name) => PAYLOAD_TYPES.get(name));
    if (value.length === 0 || types.includes(undefined))
      return { refused: 'it names a codec whose number is not known' };
    return [{ key: `account.${line}.codecOrder`, value: types.join(',') }];
  },
};

const MOST_ACCOUNTS = 100;

/** Each account may say where it comes from: the first of them speaks for the app. */
function ofFirstAccount(name: string): Key {
  return (_line, values) => {
    for (let number = 1; number <= MOST_ACCOUNTS; number += 1) {
      const stem = `account.${number}.`;
      if (['username', 'password'].some((own) => values.get(stem + own))) return stem + name;
    }
    return null;
  };
}

/** Words of the list in dtmfOrder; the first is what is tried first. */
const DTMF_WORDS: Readonly<Record<string, string>> = { rfc2833: 'rfc2833', audio: 'inband', sipinfo: 'info' };

const dtmf: Codec<string> = {
  read: (text) => DTMF_WORDS[text.split(',', 1)[0]?.trim().toLowerCase() ?? ''],
  write: choice<string>({ rfc2833: 'rfc2833', audio: 'inband', sipInfo: 'info' }, { 'rfc2833+info': 'rfc2833,sipInfo' })
    .write,
};

/** Seconds in the file. */
const pollingMinutes: Codec<number> = {
  read: (text) => {
    const value = seconds.read(text);
    return typeof value === 'number' && value % 60 !== 0 ? null : typeof value === 'number' ? value / 60 : value;
  },
  write: (value) => seconds.write(value * 60),
};

const table: KeyTable = {
  numbers: numbersAfter('account.'),
  mostLines: MOST_ACCOUNTS,
  lines: {
    label: { keys: [account('title')], codec: plainText, source: SOURCE },
    displayName: {
      keys: [account('userDisplayName'), account('displayName')],
      codec: plainText,
      source: `[docs]; the second: ${SOURCE}`,
    },
    userName: { keys: [account('username')], codec: userName, source: SOURCE },
    authName: { keys: [account('authUsername')], codec: plainText, source: SOURCE },
    password: { keys: [account('password')], codec: plainText, source: SOURCE },
    registrarHost: { keys: [account('host')], codec: hostWithPort, source: SOURCE },
    registrarTransport: { keys: [account('transport')], codec: transport, source: '[docs] udp, tcp, tls, tls+sip:' },
    outboundHost: { keys: [account('proxy')], codec: hostWithPort, source: `${SOURCE} host:port` },
    expiresSeconds: { keys: [account('expires')], codec: seconds, source: SOURCE },
  },
  settings: {
    srtp,
    codecs,
    dtmf: {
      keys: [account('dtmfOrder')],
      codec: dtmf,
      source: 'rfc2833,audio: seen in a public app; sipInfo: assumption',
    },
    voiceMailbox: {
      keys: [account('voiceMailNumber'), account('voicemailNumber')],
      codec: plainText,
      source: `public generators, and an app that reads such files; the other letters: ${SOURCE}`,
    },
  },
  phone: {
    provisioningUrl: {
      keys: [ofFirstAccount('extProvUrl')],
      codec: plainText,
      source: 'extProvUrl, seen in public generators',
    },
    provisioningUserName: {
      keys: [ofFirstAccount('cloud_username')],
      codec: plainText,
      source: '[docs] the login of requests for the file',
    },
    provisioningPassword: { keys: [ofFirstAccount('cloud_password')], codec: plainText, source: '[docs]' },
    pollingMinutes: {
      keys: [ofFirstAccount('extProvInterval')],
      codec: pollingMinutes,
      source: '[fusionpbx] extProvInterval; seconds: public generators',
    },
  },
  functionKeys: null,
  without: {
    ...WITHOUT_OF_APPS,
    functionKeys: 'the app lists the numbers that it watches, <blf>, and has no places for them',
  },
};

function recognise(body: TextBody): Certainty {
  if (body.shape.kind !== 'xml' || !/^accounts?$/i.test(body.shape.root)) return 'no';
  return /<(?:username|authUsername|cloud_username|password)[\s/>]/.test(body.text) ? 'sure' : 'likely';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const accounts = document.roots.flatMap((root) => (root.name.toLowerCase() === 'account' ? [root] : root.children));
  const entries = accountEntries(accounts, (element) => attributeOf(element, 'id'));
  // One root for each account is the form of the file.
  const oddities = notes.filter(({ code }) => code !== 'not-well-formed' || notes.length > 1);
  return { entries, includes: [], warnings: noteWarnings(oddities, isSecret) };
}

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] {
  const accounts = [...accountElements(entries, '  ')].sort(([a], [b]) => Number(a) - Number(b));
  const text = accounts.map(
    ([number, elements]) => `<account id="${lineMark(number)}">\n${elements.join('')}</account>\n`,
  );
  return [{ name: `${mac ?? '{mac}'}.xml`, text: text.join('') }];
}

const writer: Writer = { print, refuseValue: refuseXmlValue, access: [] };

// ---- QR code: csc:user@host:password@CODE

const QR = /^\s*csc:(\S{1,2000})\s*$/;

/** A password may hold both separators: the host ends at the first colon, the cloud code begins at the last `@`. */
function parseQr(text: string): ParsedConfig {
  const content = QR.exec(text)?.[1] ?? '';
  const colon = content.indexOf(':');
  const at = content.lastIndexOf('@', colon === -1 ? undefined : colon);
  const code = content.lastIndexOf('@');
  if (colon === -1 || at < 1 || code < colon) return { entries: [], includes: [], warnings: ['line-not-understood:1'] };
  return {
    entries: [
      { key: 'account.1.username', value: content.slice(0, at) },
      { key: 'account.1.host', value: content.slice(at + 1, colon) },
      { key: 'account.1.password', value: content.slice(colon + 1, code) },
      { key: 'cloud_code', value: content.slice(code + 1) },
    ],
    includes: [],
    warnings: [],
  };
}

const isSecret = rememberKeys(secretWord);

export const acrobits: Vendor = {
  id: 'acrobits',
  name: 'Acrobits and Groundwire',
  formats: [
    { id: 'acrobits-xml', recognise, parse, table, writer },
    {
      id: 'acrobits-qr',
      recognise: ({ text }) => (text.length < 2100 && QR.test(text) ? 'sure' : 'no'),
      parse: parseQr,
      table,
      writer: null,
    },
  ],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['account.1.title', 'account.1.displayName', 'account.1.username'],
  models: [{ id: 'Groundwire', names: ['Acrobits'], lines: 100, keys: 0, modules: 0, keysPerModule: 0 }],
  persona: {
    usual: { model: 'Groundwire', firmware: '24.1' },
    userAgent: ({ model, firmware }) => `${model}/${firmware}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.xml`]],
  },
  identity: {
    userAgents: [/^(?<model>Acrobits|Groundwire)[\w .-]{0,30}\/(?<version>[\w.]{1,20})/i],
    paths: [],
    ouis: [],
  },
};
