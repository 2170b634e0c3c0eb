// VTech VCS and ErisTerminal phones: `sip_account.1.user_id = 2001` as text. The names: vtech-account.ts.
import { keyValue } from '../parsers/key-value.ts';
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { formatMac } from './mac.ts';
import { noteWarnings } from './note-warnings.ts';
import type { Certainty, ModelFamily, ParsedConfig, Target, Vendor, Writer, WrittenFile } from './vendor.ts';
import { isVtechSecret, vtechTable } from './vtech-account.ts';

const VTECH_KEY =
  /^[ \t]*(?:sip_account\.\d{1,3}\.|remoteDir\.|user_pref\.|time_date\.|page_zone\.\d|profile\.(?:admin|user)\.access_password)[\w.]*[ \t]*=/m;

function recognise(body: TextBody): Certainty {
  if (body.shape.kind !== 'key-value') return 'no';
  return VTECH_KEY.test(body.text) ? 'sure' : 'likely';
}

function parse(text: string): ParsedConfig {
  const { document, notes } = keyValue.parse(text);
  const warnings = noteWarnings(notes, isVtechSecret);
  for (const { line } of document.directives) warnings.push(`line-not-understood:${line}`);
  return { entries: document.entries, includes: [], warnings };
}

/** Calls go through a server that is named apart: the same as the registrar. */
function withServers(entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => {
    const key = entry.key.replace('.primary_registration_server_', '.primary_sip_server_');
    return key === entry.key ? [entry] : [entry, { ...entry, key }];
  });
}

function print(entries: readonly Entry[], { mac, model }: Target): readonly [WrittenFile] {
  const name = `${model?.id ?? 'VCS754'}_${mac === null ? '{mac}' : formatMac(mac, 'upper')}.cfg`;
  return [{ name, text: keyValue.print({ entries: withServers(entries), directives: [] }) }];
}

const writer: Writer = { print, refuseValue: keyValue.refuseValue, access: [] };

function model(id: string, lines: number): ModelFamily {
  return { id, lines, keys: 0, modules: 0, keysPerModule: 0 };
}

/** Lines: [fusionpbx] VCS754; the others: assumption. */
const models: readonly ModelFamily[] = [
  model('VCS754', 3),
  model('VCS752', 3),
  model('VSP725', 2),
  model('VSP726', 2),
  model('VSP735', 5),
  model('VSP736', 6),
  model('VSP600', 6),
  model('VSP861', 8),
];

export const vtech: Vendor = {
  id: 'vtech',
  name: 'VTech',
  formats: [{ id: 'vtech-text', recognise, parse, table: vtechTable, writer }],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret: isVtechSecret,
  didFields: ['sip_account.1.label', 'sip_account.1.display_name', 'sip_account.1.user_id'],
  models,
  persona: {
    usual: { model: 'VCS754', firmware: '1.1.4.0-0' },
    // An assumption: vendor, model, version, MAC, as the User-Agent of SIP is made.
    userAgent: ({ model: name, firmware, mac }) => `VTech ${name} ${firmware} ${formatMac(mac, 'upper')}`,
    macVariables: { '{mac}': 'upper', $MAC: 'upper' },
    directory: ({ model: name, mac }) => [
      [`${name}.cfg`],
      [`${name}_${formatMac(mac, 'upper')}.cfg`, `${name}_${mac}.cfg`],
    ],
  },
  identity: {
    userAgents: [/^VTech (?:Vesa )?(?<model>\w{3,12})[ /](?<version>[\d.-]{3,20})(?: (?<mac>[0-9a-f]{12}))?/i],
    paths: [
      /(?:^|\/)(?<model>V[CS][SP]\d{3}\w?)_(?<mac>[0-9a-f]{12})\.cfg$/i,
      /(?:^|\/)(?<model>V[CS][SP]\d{3}\w?)\.cfg$/i,
    ],
    ouis: ['001165'],
  },
};
