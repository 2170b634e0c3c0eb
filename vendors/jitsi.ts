// Jitsi (the softphone): which property holds which of our fields. Reads only. Knows no network.
// Sources: [jitsi] Jitsi's provisioning and its account properties. Accounts have made-up ids (acc1403273890647): they
// are numbered as they come, and stand as sip.N.USER_ID in our hands.
import { properties } from '../parsers/properties.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, host, plainText, port, userName, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  KeyTable,
  LineRows,
  ParsedConfig,
  PersonaRows,
  Vendor,
} from './vendor.ts';

const lines: LineRows = {
  enabled: {
    keys: ['sip.{n}.IS_ACCOUNT_DISABLED'],
    codec: wordChoice<boolean>({ false: true, true: false }),
    source: '[jitsi]',
  },
  label: { keys: ['sip.{n}.ACCOUNT_DISPLAY_NAME'], codec: plainText, source: '[jitsi]' },
  displayName: { keys: ['sip.{n}.DISPLAY_NAME'], codec: plainText, source: '[jitsi]' },
  authName: { keys: ['sip.{n}.AUTHORIZATION_NAME'], codec: plainText, source: '[jitsi]' },
  userName: {
    keys: ['sip.{n}.USER_ID', 'sip.{n}.ACCOUNT_UID'],
    codec: accountUid(userName),
    source: '[jitsi] user or user@domain; the UID begins with SIP:',
  },
  password: { keys: ['sip.{n}.PASSWORD'], codec: plainText, source: '[jitsi] in plain text when provisioned' },
  registrarHost: { keys: ['sip.{n}.SERVER_ADDRESS'], codec: host, source: '[jitsi]' },
  registrarPort: { keys: ['sip.{n}.SERVER_PORT'], codec: port, source: '[jitsi]' },
  registrarTransport: {
    keys: ['sip.{n}.PREFERRED_TRANSPORT'],
    codec: wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
    source: '[jitsi]',
  },
  outboundHost: { keys: ['sip.{n}.PROXY_ADDRESS'], codec: host, source: '[jitsi]' },
  outboundPort: { keys: ['sip.{n}.PROXY_PORT'], codec: port, source: '[jitsi]' },
};

function accountUid<Value>(codec: Codec<Value>): Codec<Value> {
  return { ...codec, read: (text) => codec.read(text.replace(/^sip:/i, '')) };
}

/** Without a server the domain of the user is asked. */
function useDomain(line: Line, values: EffectiveValues, warn: (warning: string) => void): Line {
  if (line.registrar !== null && line.registrar.host !== null) return line;
  const id = values.get(`sip.${line.line}.USER_ID`) ?? values.get(`sip.${line.line}.ACCOUNT_UID`) ?? '';
  const domain = host.read(id.includes('@') ? id.slice(id.lastIndexOf('@') + 1) : '');
  if (!domain) return line;
  warn(`registrar-from-user:${line.line}`);
  return {
    ...line,
    registrar: {
      host: domain.host,
      port: line.registrar?.port ?? domain.port,
      transport: line.registrar?.transport ?? null,
    },
  };
}

const table: KeyTable = {
  numbers: numbersMatching(/^sip\.(\d{1,3})\./),
  mostLines: 100,
  lines,
  settings: {
    voiceMailbox: { keys: ['sip.{n}.VOICEMAIL_CHECK_URI'], codec: plainText, source: '[jitsi]' },
  },
  phone: {},
  functionKeys: null,
  finish: useDomain,
};

const ACCOUNTS = 'net.java.sip.communicator.impl.protocol.sip.';
const ACCOUNT_KEY = /^net\.java\.sip\.communicator\.impl\.protocol\.sip\.(acc[^.]+)\.(.+)$/;

function recognise(body: TextBody): Certainty {
  if (body.shape.kind === 'xml') return 'no';
  return /^[ \t]*(?:net\.java\.sip\.communicator|provisioning\.[A-Z])[\w.]*[^\n]*=/m.test(body.text) ? 'sure' : 'no';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = properties.parse(text);
  const numbers = new Map<string, number>();
  const entries: Entry[] = document.map(({ key, value }) => {
    const [, account, name] = key.startsWith(ACCOUNTS) ? (ACCOUNT_KEY.exec(key) ?? []) : [];
    if (account === undefined || name === undefined) return { key, value };
    const number = numbers.get(account) ?? numbers.size + 1;
    numbers.set(account, number);
    return { key: `sip.${number}.${name}`, value };
  });
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [{ id: 'jitsi-properties', recognise, parse, table, writer: null }];

const persona: PersonaRows = {
  usual: { model: 'Jitsi', firmware: '2.10.5550' },
  userAgent: ({ firmware }) => `Jitsi/${firmware}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // It asks for the address as it stands, with an id of its own (?uuid=..).
  directory: () => [['jitsi']],
};

const isSecret = rememberKeys((key) => /PASSWORD$/i.test(key) || secretWord(key));

export const jitsi: Vendor = {
  id: 'jitsi',
  name: 'Jitsi',
  formats,
  merge: 'later',
  // Takes a property away.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so it stands in the files
  nothing: ['${null}'],
  repeats: () => false,
  isSecret,
  didFields: ['sip.1.DISPLAY_NAME', 'sip.1.USER_ID', 'sip.1.ACCOUNT_DISPLAY_NAME'],
  models: [{ id: 'Jitsi', lines: 100, keys: 0, modules: 0, keysPerModule: 0 }],
  persona,
  identity: { userAgents: [/^Jitsi\/(?<version>\S+)$/], paths: [], ouis: [] },
};
