// Grandstream: P values as XML, as text and in the binary that old phones fetch; named items. Sources as in slots.ts.
import { keyValue } from '../../parsers/key-value.ts';
import type { TextBody } from '../../parsers/sniff.ts';
import type { Entry } from '../../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue, type XmlElement, xmlAttribute, xmlText } from '../../parsers/xml.ts';
import { formatMac, type Mac, parseMac } from '../mac.ts';
import { noteWarnings } from '../note-warnings.ts';
import { rememberKeys, secretWord } from '../secret-key.ts';
import type {
  Certainty,
  IdentityRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  Target,
  Vendor,
  WrittenFile,
} from '../vendor.ts';
import { aliasTable, knownName } from './alias.ts';
import { pValueTable } from './p-values.ts';
import { PASSWORD_KEYS } from './slots.ts';

// ---- secrets

/**
 * Beside the SIP passwords ([template]): admin, user, viewer, PPPoE, HTTP, firmware and file passwords, PINs; 802.1X, VPN,
 * TR-069, RADIUS, SNMP, XSI, XMPP, LDAP; private keys; door codes.
 */
const SECRET_NUMBERS = new Set(
  [
    2,
    196,
    28_113,
    83,
    1361,
    6769,
    1359,
    794,
    795,
    7903,
    8395,
    4505,
    4512,
    28_110,
    21_900,
    21_902,
    21_908,
    21_909,
    21_914,
    21_915,
    1594,
    6773,
    2967,
    8024,
    279,
    281,
    8221,
    8472,
    1382,
    26_049,
    ...Array.from({ length: 10 }, (_, door) => 32_004 + 5 * door),
  ].map((number) => `P${number}`),
);

for (const key of PASSWORD_KEYS) SECRET_NUMBERS.add(key);

const isSecret = rememberKeys((key) => SECRET_NUMBERS.has(key) || secretWord(key));

// ---- XML

/** Comments of a file of numbers may speak of items: then the version tells. */
function holdsItems(text: string): boolean {
  if (!/<item\s/.test(text)) return false;
  return !/<P\d{1,5}[\s/>]/.test(text) || /<config\s+version\s*=\s*["']2/.test(text);
}

/** Of door stations: `<Device>`, P values in modules ([fusionpbx]). */
const DEVICE = /^Device$/;
const P_ELEMENT = /<P\d{1,5}>/;

function recogniseXml(of: 'items' | 'numbers'): (body: TextBody) => Certainty {
  return ({ shape, text }) => {
    if (shape.kind !== 'xml') return 'no';
    const isDevice = DEVICE.test(shape.root) && P_ELEMENT.test(text);
    if (!isDevice && shape.root.toLowerCase() !== 'gs_provision') return 'no';
    return holdsItems(text) === (of === 'items') ? 'sure' : 'no';
  };
}

function parseProvision(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const macs: Mac[] = [];
  for (const root of document.roots) {
    for (const config of root.children) {
      if (config.name.toLowerCase() !== 'mac') {
        for (const element of config.children) addEntries(element, entries);
        continue;
      }
      const mac = parseMac(config.text);
      if (mac.ok) macs.push(mac.mac);
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret), macs };
}

/** Every part's key begins with the name: a hostile one would make long keys of it. */
const LONGEST_NAME = 200;

function addEntries(element: XmlElement, entries: Entry[]): void {
  const name = attributeOf(element, 'name')?.trim() ?? '';
  if (name === '' || name.length > LONGEST_NAME) {
    entries.push({ key: element.name, value: element.text });
    return;
  }
  const parts = element.children.filter((child) => child.name.toLowerCase() === 'part');
  // Parts name the rest of the item (assumption).
  for (const part of parts) {
    entries.push({ key: knownName(`${name}.${attributeOf(part, 'name')?.trim() ?? ''}`), value: part.text });
  }
  if (parts.length === 0) entries.push({ key: knownName(name), value: element.text });
}

function printProvision(version: 1 | 2, row: (entry: Entry) => string) {
  return (entries: readonly Entry[], { mac }: Target): readonly [WrittenFile] => {
    const of = mac === null ? '' : `  <mac>${mac}</mac>\n`;
    const rows = entries.map((entry) => `    ${row(entry)}\n`).join('');
    const text = `<?xml version="1.0" encoding="UTF-8" ?>\n<gs_provision version="1">\n${of}  <config version="${version}">\n${rows}  </config>\n</gs_provision>\n`;
    return [{ name: `cfg${mac ?? '{mac}'}.xml`, text }];
  };
}

// ---- text, and the binary

const P_LINE = /^[ \t]*P\d{1,5}[ \t]*=/m;

/** `P271=1&P35=2601&gnkey=0b82`, values as in a web address ([wazo]). */
const QUERY = /^[ \t]*(?:P\d{1,5}=[^&\s]*&)+gnkey=[0-9a-f]{4}/m;

function recogniseText({ shape, text }: TextBody): Certainty {
  if (shape.kind !== 'key-value') return 'no';
  return P_LINE.test(text) ? 'sure' : 'no';
}

function parseText(text: string): ParsedConfig {
  if (QUERY.test(text)) return parseQuery(text);
  const { document, notes } = keyValue.parse(text);
  const warnings = noteWarnings(notes, isSecret);
  for (const { line } of document.directives) warnings.push(`line-not-understood:${line}`);
  return { entries: document.entries, includes: [], warnings };
}

function parseQuery(text: string): ParsedConfig {
  const entries: Entry[] = [];
  for (const line of text.split('\n')) {
    if (!QUERY.test(line)) continue;
    for (const pair of line.split('&')) {
      const equals = pair.indexOf('=');
      const key = pair.slice(0, equals).trim();
      if (equals > 0 && key !== 'gnkey') entries.push({ key, value: decode(pair.slice(equals + 1)).trim() });
    }
  }
  return { entries, includes: [], warnings: [] };
}

/** What is no UTF-8 stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const HEADER_LENGTH = 16;

/**
 * The binary that phones ask for as `cfg<mac>`: length in 16-bit words, checksum, MAC, two line breaks, then the query
 * ([wazo]). Gives text with the MAC in a comment, as it would stand in a text file; null: it is something else.
 */
function openBinary(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < HEADER_LENGTH) return null;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_LENGTH);
  if (header.toString('latin1', 12) !== '\r\n\r\n' || header.readUInt32BE(0) * 2 > bytes.length + 1) return null;
  const query = Buffer.from(bytes.subarray(HEADER_LENGTH)).toString('latin1').replace(/\0+$/, '');
  if (!QUERY.test(query)) return null;
  const checksum = sumOfWords(bytes) & 0xffff;
  if (checksum !== 0) return null;
  return Buffer.from(`# mac ${header.toString('hex', 6, 12)}\n${query}\n`);
}

/** With the checksum among them the words make 0. */
function sumOfWords(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return sum;
}

const formats: Vendor['formats'] = [
  {
    id: 'grandstream-pvalue-xml',
    recognise: recogniseXml('numbers'),
    parse: parseProvision,
    table: pValueTable,
    writer: {
      print: printProvision(1, ({ key, value }) => `<${key}>${xmlText(value)}</${key}>`),
      refuseValue: refuseXmlValue,
      access: [],
    },
  },
  {
    id: 'grandstream-alias-xml',
    recognise: recogniseXml('items'),
    parse: parseProvision,
    table: aliasTable,
    writer: {
      print: printProvision(2, ({ key, value }) => `<item name="${xmlAttribute(key)}">${xmlText(value)}</item>`),
      refuseValue: refuseXmlValue,
      access: [],
    },
  },
  { id: 'grandstream-text', recognise: recogniseText, parse: parseText, table: pValueTable, writer: null },
];

// ---- models, persona, identification

/** Lines and keys: Grandstream's data sheets, from memory; keys of the GRP261x also [wazo]. */
function model(
  id: string,
  lines: number,
  keys: number,
  [modules, keysPerModule]: readonly [number, number] = [0, 0],
  names: readonly string[] = [],
): ModelFamily {
  return { id, lines, keys, modules, keysPerModule, ...(names.length > 0 && { names }) };
}

const BOARDS: readonly [number, number] = [4, 40];

const models: readonly ModelFamily[] = [
  model('GXP1100', 1, 0, [0, 0], ['GXP1105']),
  model('GXP1160', 1, 0, [0, 0], ['GXP1165']),
  model('GXP1400', 2, 0, [0, 0], ['GXP1405']),
  model('GXP1450', 2, 0),
  model('GXP1610', 1, 0, [0, 0], ['GXP1615']),
  model('GXP1620', 2, 0, [0, 0], ['GXP1625']),
  model('GXP1628', 2, 8),
  model('GXP1630', 3, 8),
  model('GXP1760', 3, 24, [0, 0], ['GXP1760W']),
  model('GXP1780', 4, 32, [0, 0], ['GXP1782']),
  model('GXP2000', 4, 7),
  model('GXP2010', 4, 18),
  model('GXP2020', 6, 7),
  model('GXP2100', 4, 7),
  model('GXP2110', 4, 18),
  model('GXP2120', 6, 7),
  model('GXP2124', 4, 24),
  model('GXP2130', 3, 8),
  model('GXP2135', 4, 32),
  model('GXP2140', 4, 20, BOARDS),
  model('GXP2160', 6, 24),
  model('GXP2170', 6, 48, BOARDS),
  model('GXP2200', 6, 0),
  model('GRP2601', 2, 0, [0, 0], ['GRP2601P', 'GRP2601W']),
  model('GRP2602', 2, 0, [0, 0], ['GRP2602P', 'GRP2602W', 'GRP2602G']),
  model('GRP2603', 3, 0, [0, 0], ['GRP2603P']),
  model('GRP2604', 3, 10, [0, 0], ['GRP2604P']),
  model('GRP2612', 2, 16, [0, 0], ['GRP2612P', 'GRP2612W', 'GRP2612G']),
  model('GRP2613', 3, 24, [0, 0], ['GRP2613W']),
  model('GRP2614', 4, 40),
  model('GRP2615', 5, 40, BOARDS),
  model('GRP2616', 6, 40),
  model('GRP2624', 4, 32),
  model('GRP2634', 4, 20),
  model('GRP2636', 6, 24),
  // 14 line keys, 6 accounts.
  model('GRP2650', 6, 40, BOARDS),
  model('GRP2670', 6, 40, BOARDS),
  model('GHP610', 2, 0, [0, 0], ['GHP610W', 'GHP611', 'GHP611W']),
  model('GHP620', 2, 0, [0, 0], ['GHP620W', 'GHP621', 'GHP621W', 'GHP630', 'GHP630W', 'GHP631', 'GHP631W']),
  model('GXV3140', 3, 0),
  model('GXV3175', 3, 0, [0, 0], ['GXV3175v2']),
  model('GXV3240', 6, 0),
  model('GXV3275', 6, 0),
  model('GXV3350', 16, 0),
  model('GXV3370', 16, 0),
  model('GXV3380', 16, 0),
  model('GXV3450', 16, 0, [0, 0], ['GXV3470', 'GXV3480']),
  model('WP810', 2, 0, [0, 0], ['WP816', 'WP820', 'WP822', 'WP825', 'WP826', 'WP836']),
  model('DP715', 5, 0, [0, 0], ['DP710']),
  model('DP750', 10, 0, [0, 0], ['DP752', 'DP760']),
  model('GAC2500', 6, 0, [0, 0], ['GAC2570']),
  model('GDS3710', 4, 0, [0, 0], ['GDS3705', 'GDS3712', 'GDS3725', 'GDS3727']),
  model('GSC3505', 16, 0, [0, 0], ['GSC3510', 'GSC3506', 'GSC3515', 'GSC3516', 'GSC3518']),
  model('HT286', 1, 0),
  model('HT502', 2, 0),
  model('HT503', 2, 0),
  model('HT701', 1, 0),
  model('HT702', 2, 0),
  model('HT704', 4, 0),
  model('HT801', 1, 0, [0, 0], ['HT801V2']),
  model('HT802', 2, 0, [0, 0], ['HT802V2']),
  model('HT812', 2, 0, [0, 0], ['HT812V2']),
  model('HT813', 2, 0),
  model('HT814', 4, 0, [0, 0], ['HT814V2']),
  model('HT818', 8, 0, [0, 0], ['HT818V2']),
  model('HT841', 4, 0, [0, 0], ['HT881']),
  model('GXW4004', 4, 0),
  model('GXW4008', 8, 0),
  model('GXW4104', 4, 0),
  model('GXW4108', 8, 0),
  model('GXW4216', 16, 0, [0, 0], ['GXW4216V2']),
  model('GXW4224', 24, 0, [0, 0], ['GXW4224V2']),
  model('GXW4232', 32, 0, [0, 0], ['GXW4232V2']),
  model('GXW4248', 48, 0, [0, 0], ['GXW4248V2']),
];

const persona: PersonaRows = {
  usual: { model: 'GXP2170', firmware: '1.0.11.64' },
  userAgent: ({ model, firmware, mac }) => `Grandstream Model HW ${model} SW ${firmware} DevId ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // The binary is applied before the XML is asked for; cfg.xml only where there is no own XML. cfg<model>.xml: assumption.
  directory: ({ model, mac }) => [
    [`cfg${mac}`],
    [`cfg${mac}.xml`, `cfg${formatMac(mac, 'upper')}.xml`, `cfg${model.toLowerCase()}.xml`, 'cfg.xml'],
  ],
};

const identity: IdentityRows = {
  // A hardware version may follow the model, with one blank or two.
  userAgents: [
    /^Grandstream Model HW (?<model>[\w-]{3,20})(?: {1,3}V[\w.]{1,10})? {1,3}SW (?<version>[\d.]{3,30})(?: DevId (?<mac>[0-9a-f]{12}))?/i,
    /^Grandstream (?<model>\w{3,20}) \([^():]{1,40}:(?<version>[\d.]{3,20})[^()]{0,80}\) DevId (?<mac>[0-9a-f]{12})/i,
  ],
  paths: [
    /(?:^|\/)cfg(?<mac>[0-9a-f]{12})(?:\.xml|\.cfg)?$/i,
    /(?:^|\/)cfg(?<model>(?:gxp|grp|gxv|ht|gxw|wp|dp|ghp)\w{2,8})\.xml$/i,
  ],
  ouis: ['000b82', 'c074ad', 'ec74d7', '144cff'],
};

export const grandstream: Vendor = {
  id: 'grandstream',
  name: 'Grandstream',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['account.1.name', 'P270', 'account.1.sip.subscriber.name', 'P3', 'account.1.sip.userid', 'P35'],
  models,
  persona,
  identity,
  open: openBinary,
};
