// Technicolor, Thomson ST2022, ST2030 and TB30: which key holds which of our fields. Reads only. Knows no network.
// Sources: [wazo] keys as it writes them. The files are ISO-8859-1; no name of a key stands in two sections.
import { sections } from '../parsers/sections.ts';
import type { TextBody } from '../parsers/sniff.ts';
import { choice, host, plainText, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Certainty, Format, KeyTable, LineRows, ParsedConfig, PersonaRows, Vendor } from './vendor.ts';

const transport = choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls' });

const lines: LineRows = {
  enabled: { keys: ['TEL0{n}Use'], codec: choice<boolean>({ 1: true, 0: false }), source: '[wazo]' },
  label: { keys: ['DisplayNum{n}'], codec: plainText, source: '[wazo] the number shown' },
  displayName: { keys: ['DisplayName{n}'], codec: plainText, source: '[wazo]' },
  authName: { keys: ['regid{n}'], codec: plainText, source: '[wazo]' },
  userName: { keys: ['TEL{n}Number'], codec: userName, source: '[wazo]' },
  password: { keys: ['regpwd{n}'], codec: plainText, source: '[wazo]' },
  registrarHost: { keys: ['RegisterServerMP{n}', 'ProxyServerMP{n}'], codec: host, source: '[wazo]' },
  registrarTransport: { keys: ['TransportFlgMP{n}'], codec: transport, source: '[wazo] 0 UDP, 1 TCP, 2 TLS' },
  backupHost: { keys: ['RegisterServerBK{n}', 'ProxyServerBK{n}'], codec: host, source: '[wazo]' },
};

const table: KeyTable = {
  numbers: numbersMatching(/^(?:regid|TEL0?|DisplayName)(\d)(?:Number|Use)?$/),
  mostLines: 4,
  lines,
  settings: { voiceMailbox: { keys: ['VoiceMailTelNum'], codec: plainText, source: '[wazo]' } },
  phone: {
    phoneBookUrl: { keys: ['Phonebook1_url'], codec: plainText, source: '[wazo]' },
    phoneBookName: { keys: ['Phonebook1_name'], codec: plainText, source: '[wazo]' },
    userPassword: { keys: ['UserPWD'], codec: plainText, source: '[wazo]' },
  },
  functionKeys: null,
};

const OWN_KEY = /^[ \t]*(?:regid\d|regpwd\d|TEL\dNumber|TEL0\dUse|config_sn|TransportFlg(?:MP|BK)\d)[ \t]*=/m;

function recognise(body: TextBody): Certainty {
  return body.shape.kind === 'sections' && OWN_KEY.test(body.text) ? 'sure' : 'no';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = sections.parse(text);
  const entries = document.flatMap((section) => section.entries);
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [{ id: 'technicolor-txt', recognise, parse, table, writer: null }];

const persona: PersonaRows = {
  usual: { model: 'ST2030', firmware: '2.74' },
  userAgent: ({ model, firmware, mac }) => {
    const hardware = model.startsWith('TB') ? 'hw1' : 'hw5';
    return `THOMSON ${model} ${hardware} fw${firmware} ${formatMac(mac, 'colon').toUpperCase().replaceAll(':', '-')}`;
  },
  macVariables: { '{mac}': 'upper', $MAC: 'upper' },
  directory: ({ mac, model }) => [[`${model}S_${formatMac(mac, 'upper')}.txt`]],
};

const isSecret = rememberKeys((key) => /pwd\d?$/i.test(key) || secretWord(key));

export const technicolor: Vendor = {
  id: 'technicolor',
  name: 'Technicolor and Thomson',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['DisplayNum1', 'DisplayName1', 'TEL1Number'],
  models: [
    { id: 'ST2022', lines: 2, keys: 0, modules: 0, keysPerModule: 0 },
    { id: 'ST2030', lines: 4, keys: 10, modules: 1, keysPerModule: 56 },
    { id: 'TB30', lines: 4, keys: 10, modules: 1, keysPerModule: 56 },
  ],
  persona,
  identity: {
    userAgents: [/^(?:Thomson|THOMSON) (?<model>\w+) hw\S+ fw(?<version>\S+) (?<mac>[0-9A-Fa-f-]{17})$/],
    paths: [/(?:^|\/)(?<model>ST2022|ST2030|TB30)S_(?<mac>[0-9A-Fa-f]{12})\.txt$/],
    ouis: ['00147f', '001f9f', '0018f6'],
  },
};
