// Reading and writing vendors' files against the bare work on the same bytes: the tokenizer alone, a template literal.
import { Tokenizer } from 'htmlparser2';
import type { Mac } from '../vendors/mac.ts';
import type { FunctionKey, Line, VendorId } from '../vendors/model.ts';
import { readConfig } from '../vendors/read.ts';
import { vendorById } from '../vendors/registry.ts';
import { writeConfig } from '../vendors/write.ts';
import { cpuSeconds, type Figure, median, shareOf } from './figure.ts';

const MAC = '00005e005301' as Mac;
const ROUNDS = 7;
/** Of each side in each round, in seconds: long enough for the clock of CPU time. */
const LENGTH = 0.25;

/** CPU seconds of one call. */
function cpuOf(run: () => void): number {
  const before = cpuSeconds();
  let calls = 0;
  do {
    for (let count = 0; count < 10; count += 1) run();
    calls += 10;
  } while (cpuSeconds() - before < LENGTH);
  return (cpuSeconds() - before) / calls;
}

interface Sides {
  readonly ours: () => void;
  readonly bare: () => void;
}

function compare({ ours, bare }: Sides): { readonly ratio: number; readonly ours: number; readonly bare: number } {
  for (const run of [ours, bare]) cpuOf(run);
  const rounds = Array.from({ length: ROUNDS }, () => ({ bare: cpuOf(bare), ours: cpuOf(ours) }));
  return {
    ratio: median(rounds.map((round) => shareOf(round.bare, round.ours))),
    ours: median(rounds.map((round) => round.ours)),
    bare: median(rounds.map((round) => round.bare)),
  };
}

const micros = (seconds: number): string => `${(seconds * 1e6).toFixed(0)} µs`;

// ---- reading

/** As long as a file of that size is: a few accounts, then settings. */
function filled(size: number, begin: string, row: (number: number) => string, end: string): string {
  const rows = [begin];
  let length = begin.length + end.length;
  for (let number = 1; length < size; number += 1) {
    const text = row(number);
    rows.push(text);
    length += text.length + 1;
  }
  rows.push(end);
  return rows.join('\n');
}

const YEALINK = filled(
  4096,
  `#!version:1.0.0.1
account.1.enable = 1
account.1.label = 2025550101
account.1.user_name = 2101
account.1.password = Kx7plainSecret
account.1.sip_server.1.address = pbx.example.com
account.1.sip_server.1.port = 5061
account.1.sip_server.1.transport_type = 2`,
  (number) => `features.sample_${number}.mode = ${number % 4}`,
  '',
);

const POLY = filled(
  50_000,
  `<?xml version="1.0" encoding="utf-8"?>
<polycomConfig>
<reg reg.1.address="2101" reg.1.auth.userId="2101" reg.1.auth.password="Kx7plainSecret" reg.1.label="2025550101"
 reg.1.server.1.address="pbx.example.com" reg.1.server.1.port="5061" reg.1.server.1.transport="TLS"/>`,
  (number) =>
    `<key key.${number}.function.prim="Line${number}" key.${number}.subPoint.prim="${number}" feature.${number}.enabled="0"/>`,
  '</polycomConfig>',
);

const GRANDSTREAM = filled(
  50_000,
  `<?xml version="1.0" encoding="UTF-8"?>
<gs_provision version="1"><config version="1">
<P271>1</P271><P270>2025550101</P270><P47>pbx.example.com:5061</P47><P35>2101</P35><P36>2101</P36><P34>Kx7plainSecret</P34>`,
  (number) => `<P${number + 30_000}>${number % 7}</P${number + 30_000}>`,
  '</config></gs_provision>',
);

/** Lines cut at the first "=": what nobody who reads such a file can leave out. */
function bareLines(text: string): number {
  let found = 0;
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0 && line.slice(0, equals).trim() !== '' && line.slice(equals + 1).trim() !== '') found += 1;
  }
  return found;
}

const nothing = (): void => undefined;
const NO_HANDLERS = {
  onattribdata: nothing,
  onattribentity: nothing,
  onattribend: nothing,
  onattribname: nothing,
  oncdata: nothing,
  onclosetag: nothing,
  oncomment: nothing,
  ondeclaration: nothing,
  onend: nothing,
  onopentagend: nothing,
  onopentagname: nothing,
  onprocessinginstruction: nothing,
  onselfclosingtag: nothing,
  ontext: nothing,
  ontextentity: nothing,
  isInForeignContext: () => false,
};

function bareXml(text: string): void {
  const tokenizer = new Tokenizer({ xmlMode: true, decodeEntities: true }, NO_HANDLERS);
  tokenizer.write(text);
  tokenizer.end();
}

/** Twice: text to entries, and the whole way from bytes to lines: decoding, whose file it is, values, lines, settings. */
function reading(name: string, vendor: VendorId, text: string, bare: (text: string) => void): Figure[] {
  const bytes = Buffer.from(text);
  const [format] = vendorById(vendor).formats;
  const context = { name: 'sample', mac: null, model: null };
  const parse = () => void format.parse(text, context);
  const read = () => {
    const result = readConfig([{ name: 'sample', bytes }]);
    if (result.kind !== 'config' || result.reading.lines.length === 0) throw new Error(`${name}: not read`);
  };
  const figure = (way: string, what: string, sides: Sides): Figure => {
    const { ratio, ours, bare } = compare(sides);
    const detail = `${bytes.length} bytes, ${what}: ${micros(ours)}; tokenizer alone ${micros(bare)}`;
    return { name: `${name}-${way}-vs-tokenizer`, ratio, aim: 0.5, better: 'higher', detail };
  };
  return [
    figure('parse', 'text to entries', { ours: parse, bare: () => bare(text) }),
    // Both begin with bytes: decoding belongs to the work.
    figure('read', 'bytes to lines', { ours: read, bare: () => bare(new TextDecoder().decode(bytes)) }),
  ];
}

// ---- writing

const LINES: Line[] = Array.from({ length: 16 }, (_, index) => ({
  line: index + 1,
  enabled: true,
  userName: String(2101 + index),
  authName: String(2101 + index),
  password: `Kx7plainSecret${index}`,
  displayName: `Example ${index}`,
  label: `202555010${index % 10}`,
  registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
  outboundProxy: null,
  backup: null,
  expiresSeconds: 600,
}));
const KEYS: FunctionKey[] = Array.from({ length: 10 }, (_, index) => ({
  key: index + 1,
  module: 0,
  type: 'blf',
  line: 1,
  value: String(2201 + index),
  label: `Example ${index}`,
}));

function written(): string {
  const result = writeConfig('yealink', { lines: LINES, phone: { functionKeys: KEYS } }, { mac: MAC });
  if (!result.ok) throw new Error(result.message);
  return result.files[0].text;
}

function literal(): string {
  let text = '#!version:1.0.0.1\n';
  for (const line of LINES) {
    const { line: n, registrar } = line;
    text += `account.${n}.enable = 1
account.${n}.label = ${line.label}
account.${n}.display_name = ${line.displayName}
account.${n}.auth_name = ${line.authName}
account.${n}.user_name = ${line.userName}
account.${n}.password = ${line.password}
account.${n}.sip_server.1.address = ${registrar?.host}
account.${n}.sip_server.1.port = ${registrar?.port}
account.${n}.sip_server.1.transport_type = 2
account.${n}.sip_server.1.expires = ${line.expiresSeconds}
`;
  }
  for (const { key, line, value, label } of KEYS) {
    text += `linekey.${key}.type = 16
linekey.${key}.line = ${line}
linekey.${key}.value = ${value}
linekey.${key}.label = ${label}
`;
  }
  return text;
}

/** Of configurations of 200 lines a second and core. */
const RENDERS = 20_000;

function rendering(): Figure {
  if (written() !== literal()) throw new Error('the template writes another text');
  // V8 joins a template's parts only when somebody reads the text: both are made into bytes.
  const result = compare({ ours: () => void Buffer.from(written()), bare: () => void Buffer.from(literal()) });
  const count = literal().split('\n').length - 1;
  return {
    name: 'yealink-render-vs-literal',
    ratio: result.ratio,
    // What 20,000 a second are of the literal's own speed, on this machine.
    aim: Number((result.bare * RENDERS).toFixed(3)),
    better: 'higher',
    detail: `${count} lines: ${Math.round(1 / result.ours)} a second and core (aim ${RENDERS}); literal ${micros(result.bare)}`,
  };
}

/** Takes about half a minute. */
export function benchVendors(): Figure[] {
  return [
    ...reading('yealink-4k', 'yealink', YEALINK, (text) => void bareLines(text)),
    ...reading('poly-50k', 'polycom', POLY, bareXml),
    ...reading('grandstream-50k', 'grandstream', GRANDSTREAM, bareXml),
    rendering(),
  ];
}
