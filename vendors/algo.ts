// Algo speakers and intercoms: which key holds which of our fields, both ways. Knows no network.
// Sources: [8188] Algo 8188 user guide (provisioning, .md5); [fusionpbx] keys as it writes them.
import { createHash } from 'node:crypto';
import { keyValue } from '../parsers/key-value.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { choice, hostWithPort, plainText, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
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

const lines: LineRows = {
  displayName: { keys: ['sip.u{n}.dname'], codec: plainText, source: '[fusionpbx]' },
  authName: { keys: ['sip.u{n}.auth'], codec: plainText, source: '[fusionpbx]' },
  userName: { keys: ['sip.u{n}.user'], codec: userName, source: '[fusionpbx]' },
  password: { keys: ['sip.u{n}.pwd'], codec: plainText, source: '[fusionpbx]' },
  registrarHost: { keys: ['sip.proxy', 'sip.registrar'], codec: hostWithPort, source: '[fusionpbx] host[:port]' },
  registrarTransport: {
    keys: ['sip.transp'],
    codec: wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls', 'dns srv': 'dns-srv' }, { 'dns-srv': 'udp' }),
    source: '[fusionpbx]',
  },
  expiresSeconds: { keys: ['sip.regexp'], codec: seconds, source: '[fusionpbx]; seconds: assumption' },
  outboundHost: { keys: ['sip.obproxy'], codec: hostWithPort, source: '[fusionpbx]' },
  backupHost: { keys: ['sip.bkproxy1'], codec: hostWithPort, source: '[fusionpbx]' },
};

function textRow(source: string, key: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

const vlanId = switched(
  {
    keys: ['net.vlan.id'],
    codec: wholeNumber(1, 4094),
    source: '[fusionpbx] counts while net.vlan.use is 1',
  },
  { keys: ['net.vlan.use'], on: '1' },
);

const phone: PhoneRows = {
  timeZone: textRow('[fusionpbx]', 'admin.timezone'),
  ntpServer: textRow('[fusionpbx]', 'net.time1'),
  adminPassword: textRow('[fusionpbx]', 'admin.pwd'),
  vlanId,
  vlanPriority: { keys: ['net.vlan.priority'], codec: wholeNumber(0, 7), source: '[fusionpbx]' },
  provisioningUserName: textRow('[fusionpbx]', 'prov.auth.user'),
  provisioningPassword: textRow('[fusionpbx]', 'prov.auth.pwd'),
  redirectProvisioning: {
    keys: ['prov.ztp.use'],
    codec: choice<boolean>({ 1: true, 0: false }),
    source: '[fusionpbx]',
  },
};

const table: KeyTable = {
  numbers: numbersMatching(/^sip\.u(\d)\./),
  // The other extensions (sip.alertN) ring and page; they are no telephones.
  mostLines: 1,
  lines,
  settings: {
    srtp: {
      keys: ['sip.srtp'],
      codec: wordChoice<string>({ disabled: 'off', optional: 'optional', required: 'required' }),
      source: 'assumption',
    },
  },
  phone,
  functionKeys: null,
};

const OWN_KEY =
  /^[ \t]*(?:sip\.u\d\.|sip\.(?:obproxy|regexp|transp|bkproxy\d)[ \t]*=|mcast\.|admin\.pwd[ \t]*=|prov\.download\.)/m;

function recognise(body: TextBody): Certainty {
  if (body.shape.kind === 'comments') return 'likely';
  if (body.shape.kind !== 'key-value') return 'no';
  return OWN_KEY.test(body.text) ? 'sure' : 'likely';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = keyValue.parse(text);
  const misread = document.directives.map(({ line }) => `line-not-understood:${line}`);
  return { entries: document.entries, includes: [], warnings: [...noteWarnings(notes, isSecret), ...misread] };
}

/** The device takes a file only with the hash of its bytes beside it ([8188]). */
function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile, WrittenFile] {
  const name = `algom${mac === null ? '{mac}' : formatMac(mac, 'upper')}.conf`;
  const text = keyValue.print({ entries, directives: [] });
  return [
    { name, text },
    { name: `${name}.md5`, text: `${createHash('md5').update(text).digest('hex')}\n` },
  ];
}

const writer: Writer = { print, refuseValue: keyValue.refuseValue, access: [] };

/** The file of a hash: it is asked for together with the other. */
function recogniseHash(body: TextBody): Certainty {
  return /^[0-9a-f]{32}\s*$/.test(body.text.slice(0, 100)) ? 'sure' : 'no';
}

const formats: readonly [Format, ...Format[]] = [
  { id: 'algo-conf', recognise, parse, table, writer },
  {
    id: 'algo-md5',
    recognise: recogniseHash,
    parse: () => ({ entries: [], includes: [], warnings: [] }),
    table,
    writer: null,
  },
];

function model(id: string): ModelFamily {
  return { id, names: [`Algo ${id}`], lines: 1, keys: 0, modules: 0, keysPerModule: 0 };
}

const persona: PersonaRows = {
  usual: { model: '8301', firmware: '5.4' },
  userAgent: ({ model: name, firmware, mac }) => `Algo-${name}/${firmware} ${mac}`,
  macVariables: { '{mac}': 'upper', $MAC: 'upper' },
  directory: ({ mac, model: name }) => [
    [`algop${name}.conf`],
    ['algom', 'algo'].flatMap((stem) => [`${stem}${formatMac(mac, 'upper')}.conf`, `${stem}${mac}.conf`]),
  ],
};

const isSecret = rememberKeys((key) => /\.(?:pwd|authkey|privkey|community)$/.test(key) || secretWord(key));

export const algo: Vendor = {
  id: 'algo',
  name: 'Algo',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['sip.u1.dname', 'sip.u1.user', 'sip.u1.auth'],
  models: ['8103', '8180', '8186', '8188', '8189', '8196', '8201', '8301', '8373'].map(model),
  persona,
  identity: {
    userAgents: [/^Algo-(?<model>\d{4})\w*\/(?<version>[\d.]+)(?: (?<mac>[0-9a-fA-F]{12}))?$/],
    paths: [/(?:^|\/)algom?(?<mac>[0-9a-fA-F]{12})\.(?:conf|md5)/, /(?:^|\/)algop(?<model>\d{4})\.conf/],
    ouis: ['0022ee'],
  },
};
