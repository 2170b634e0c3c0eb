// Sipnetic: one line `d=host;u=user;p=password;...`. Source: [fusionpbx] the names as FusionPBX writes them.

import { refuseLineValue } from '../parsers/lines.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, choice, hostWithPort, plainText, seconds, userName } from './codec.ts';
import { numbersOf } from './line-numbers.ts';
import type { HostPort, Transport } from './model.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { WITHOUT_OF_APPS } from './unwritten.ts';
import type { Certainty, KeyTable, ParsedConfig, Vendor, Writer } from './vendor.ts';

const SOURCE = '[fusionpbx]';

/** Servers write the colon and the port without a proxy too. */
const proxy: Codec<HostPort> = {
  read: (text) => (text.startsWith(':') ? null : hostWithPort.read(text)),
  write: hostWithPort.write,
};

const table: KeyTable = {
  numbers: numbersOf(1, () => ['u', 'p', 'au']),
  mostLines: 1,
  lines: {
    displayName: { keys: ['n'], codec: plainText, source: SOURCE },
    userName: { keys: ['u'], codec: userName, source: SOURCE },
    authName: { keys: ['au'], codec: plainText, source: SOURCE },
    password: { keys: ['p'], codec: plainText, source: SOURCE },
    registrarHost: { keys: ['d'], codec: hostWithPort, source: SOURCE },
    registrarTransport: {
      keys: ['dt'],
      codec: choice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
      source: SOURCE,
    },
    outboundHost: { keys: ['op'], codec: proxy, source: `${SOURCE} host:port` },
    expiresSeconds: { keys: ['exp'], codec: seconds, source: SOURCE },
  },
  settings: { voiceMailbox: { keys: ['vm'], codec: plainText, source: SOURCE } },
  phone: {},
  functionKeys: null,
  without: WITHOUT_OF_APPS,
};

function recognise({ text }: TextBody): Certainty {
  return /^\s*d=[^;\n]{0,300};u=[^\n]*;/.test(text) ? 'sure' : 'no';
}

/** Before a name that we know: a password may hold `;` too. */
const SEPARATOR = /;(?=(?:d|u|p|n|au|R|dt|op|exp|vm)=|\s*$)/;

function parse(text: string): ParsedConfig {
  const lines = text.trim().split(/\r?\n/);
  const warnings = lines.slice(1, 20).map((_, index) => `line-not-understood:${index + 2}`);
  const entries: Entry[] = [];
  for (const part of (lines[0] ?? '').split(SEPARATOR)) {
    const equals = part.indexOf('=');
    if (equals > 0) entries.push({ key: part.slice(0, equals).trim(), value: part.slice(equals + 1) });
    else if (part.trim() !== '') warnings.push('line-not-understood:1');
  }
  return { entries, includes: [], warnings };
}

const writer: Writer = {
  print: (entries, { mac }) => [
    {
      name: `${mac ?? '{mac}'}.csv`,
      // The domain and the user come first: that is what the line is known by.
      text: `${[...entries]
        .sort((a, b) => rank(a) - rank(b))
        .map(({ key, value }) => `${key}=${value};`)
        .join('')}\n`,
    },
  ],
  refuseValue: (value) => (value.includes(';') ? 'it holds a ";", which ends the value' : refuseLineValue(value)),
  access: [],
  refuseEntries: (entries) =>
    ['d', 'u'].every((name) => entries.some(({ key }) => key === name)) ? null : 'it needs a registrar and a user name',
};

function rank({ key }: Entry): number {
  const at = ['d', 'u', 'p'].indexOf(key);
  return at === -1 ? 3 : at;
}

const isSecret = rememberKeys((key) => key === 'p' || secretWord(key));

export const sipnetic: Vendor = {
  id: 'sipnetic',
  name: 'Sipnetic',
  formats: [{ id: 'sipnetic-csv', recognise, parse, table, writer }],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['n', 'u', 'au'],
  models: [{ id: 'Sipnetic', lines: 1, keys: 0, modules: 0, keysPerModule: 0 }],
  persona: {
    usual: { model: 'Sipnetic', firmware: '1.0' },
    userAgent: ({ model, firmware }) => `${model}/${firmware}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.csv`]],
  },
  identity: { userAgents: [/^(?<model>Sipnetic)[ /](?<version>[\d.]{1,20})/i], paths: [], ouis: [] },
};
