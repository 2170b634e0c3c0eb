// Flyingvoice: the names of keys are Yealink's, and so is the look of the files: only who asks can tell them apart.
// Sources: [fusionpbx] files as it writes them.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { formatMac } from './mac.ts';
import type { Certainty, Format, ModelFamily, ParseContext, ParsedConfig, PersonaRows, Vendor } from './vendor.ts';
import { yealink } from './yealink.ts';

const [twin] = yealink.formats;

/** Never sure: the setting "vendor" of the PBX decides. */
function recognise(body: TextBody): Certainty {
  return twin.recognise(body) === 'no' ? 'no' : 'likely';
}

const ACCOUNT_KEY = /^account\.(\d{1,2})\.(.+)$/;
const SERVER_KEY = /^(?:sip_server|outbound_proxy)\.\d\./;

/**
 * A template in public use writes the server of every further account under account.1, in the middle of that account's
 * block. There it is put back, unless the account has a server of its own.
 */
function putBackServers(entries: readonly Entry[], warnings: Set<string>): Entry[] {
  const withServer = new Set<string>();
  for (const { key, value } of entries) {
    const [, number, rest = ''] = ACCOUNT_KEY.exec(key) ?? [];
    if (number !== undefined && rest === 'sip_server.1.address' && value !== '') withServer.add(number);
  }
  let block = '1';
  return entries.map((entry) => {
    const [, number, rest = ''] = ACCOUNT_KEY.exec(entry.key) ?? [];
    if (number === undefined) return entry;
    const isServer = SERVER_KEY.test(rest);
    if (number !== '1' || !isServer) {
      block = number;
      return entry;
    }
    if (block === '1' || withServer.has(block)) return entry;
    warnings.add(`misplaced-key:${entry.key}`);
    return { ...entry, key: `account.${block}.${rest}` };
  });
}

function parse(text: string, context: ParseContext): ParsedConfig {
  const { format, ...parsed } = twin.parse(text, context);
  const warnings = new Set(parsed.warnings);
  const entries = putBackServers(parsed.entries, warnings);
  return {
    ...parsed,
    entries,
    warnings: [...warnings],
    ...(format !== undefined && { format: format.replace('yealink', 'flyingvoice') }),
  };
}

const formats: readonly [Format, ...Format[]] = [
  { id: 'flyingvoice-cfg', recognise, parse, table: twin.table, writer: null },
];

function model(id: string, lines: number, names: readonly string[] = []): ModelFamily {
  return { id, names, lines, keys: lines, modules: 0, keysPerModule: 0 };
}

const persona: PersonaRows = {
  usual: { model: 'FIP13G', firmware: 'V0.6.24' },
  // [fusionpbx] finds the MAC in its last 17 characters.
  userAgent: ({ model: name, firmware, mac }) =>
    `Flyingvoice ${name} ${firmware} ${formatMac(mac, 'colon').toUpperCase()}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [[`${mac}.cfg`, `${formatMac(mac, 'upper')}.cfg`, `${mac}.boot`, 'y000000000000.boot']],
};

export const flyingvoice: Vendor = {
  id: 'flyingvoice',
  name: 'Flyingvoice',
  formats,
  merge: 'later',
  nothing: yealink.nothing,
  repeats: yealink.repeats,
  isSecret: yealink.isSecret,
  didFields: yealink.didFields,
  // Counts of lines: assumption, after data sheets.
  models: [
    model('FIP10', 1, ['FIP10P']),
    model('FIP11C', 3, ['FIP11CP']),
    model('FIP12WP', 2),
    model('FIP13G', 4),
    model('FIP14G', 4),
    model('FIP15G', 20),
    model('FIP16', 20, ['FIP16Plus']),
    model('P10', 2, ['P10G', 'P10LTE', 'P10P', 'P10W']),
    model('P11', 2, ['P11P', 'P11W', 'P11LTE']),
    model('P20', 4, ['P20P', 'P20W', 'P20G']),
    model('P21', 4, ['P21P', 'P21W']),
    model('P22P', 6),
    model('P23G', 8, ['P23GW']),
    model('P24G', 12, ['P24GW']),
  ],
  persona,
  identity: {
    userAgents: [/^Flyingvoice (?<model>\S+) (?<version>\S+) (?<mac>[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})$/],
    paths: [],
    ouis: ['0021f2'],
  },
};
