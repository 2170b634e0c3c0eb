// Zenitel IP stations: which key holds which of our fields. Reads only. Knows no network.
// Sources: [wazo] keys as it writes them. A station has one account.
import { sections } from '../parsers/sections.ts';
import type { TextBody } from '../parsers/sniff.ts';
import { host, plainText, seconds, userName } from './codec.ts';
import { numbersOf } from './line-numbers.ts';
import { formatMac } from './mac.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Certainty, Format, KeyTable, LineRows, ParsedConfig, PersonaRows, Vendor } from './vendor.ts';

const lines: LineRows = {
  displayName: { keys: ['sip.nick_name'], codec: plainText, source: '[wazo]' },
  authName: { keys: ['sip.auth_user'], codec: plainText, source: '[wazo]' },
  userName: { keys: ['sip.sip_id'], codec: userName, source: '[wazo]' },
  password: { keys: ['sip.auth_pwd'], codec: plainText, source: '[wazo]' },
  registrarHost: { keys: ['sip.sip_domain'], codec: host, source: '[wazo]' },
  backupHost: { keys: ['sip.sip_domain2'], codec: host, source: '[wazo]' },
  outboundHost: { keys: ['sip.outbound_proxy'], codec: host, source: 'assumption' },
  expiresSeconds: { keys: ['sip.register_interval'], codec: seconds, source: '[wazo]' },
};

const table: KeyTable = {
  numbers: numbersOf(1, () => ['sip.sip_id', 'sip.auth_user']),
  mostLines: 1,
  lines,
  settings: {},
  phone: {},
  functionKeys: null,
};

const OWN_KEY = /^[ \t]*(?:sip_id|sip_domain|auth_pwd|auto_update_image_type|speeddial_\d_c1)[ \t]*=/m;

function recognise(body: TextBody): Certainty {
  return body.shape.kind === 'sections' && OWN_KEY.test(body.text) ? 'sure' : 'no';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = sections.parse(text);
  const entries = document.flatMap(({ name, entries: found }) =>
    found.map(({ key, value }) => ({ key: name === '' ? key : `${name}.${key}`, value })),
  );
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

const formats: readonly [Format, ...Format[]] = [{ id: 'zenitel-cfg', recognise, parse, table, writer: null }];

const persona: PersonaRows = {
  usual: { model: 'IP station', firmware: '01.11.3.2' },
  // It asks by TFTP, where there is no User-Agent.
  userAgent: ({ firmware, mac }) => `Zenitel IP station ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [['ipst_config.cfg'], [`ipst_config_${formatMac(mac, 'colon').replaceAll(':', '_')}.cfg`]],
};

const isSecret = rememberKeys((key) => secretWord(key.replaceAll('_', '.')));

export const zenitel: Vendor = {
  id: 'zenitel',
  name: 'Zenitel',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['sip.nick_name', 'sip.sip_id'],
  models: [{ id: 'IP station', lines: 1, keys: 3, modules: 0, keysPerModule: 0 }],
  persona,
  identity: {
    userAgents: [],
    paths: [/(?:^|\/)ipst_config(?:_(?<mac>[0-9a-fA-F]{2}(?:_[0-9a-fA-F]{2}){5}))?\.cfg$/],
    ouis: ['0013cb'],
  },
};
