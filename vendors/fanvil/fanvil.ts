// Fanvil, and what is built by Fanvil: Linkvil, Digium A, Nethesis NP, Telekonnectors. Sources: [fusionpbx], [wazo],
// [tancredi]: files of those servers; [digium] Digium's wiki on the A series; [datasheet] Fanvil's data sheets, from memory.
import type { TextBody } from '../../parsers/sniff.ts';
import { formatMac } from '../mac.ts';
import type { Certainty, Format, IdentityRows, ModelFamily, PersonaRows, Vendor } from '../vendor.ts';
import { isFanvilSecret, MARKS_OF_OTHERS, parseText, TEXT_START, textTable, textWriter } from './text.ts';
import { parseSysConf, parseVoip, sysConfTable, sysConfWriter, voipTable } from './xml.ts';

function recogniseText(body: TextBody): Certainty {
  if (!TEXT_START.test(body.text)) return 'no';
  return Object.values(MARKS_OF_OTHERS).some((mark) => mark.test(body.text)) ? 'likely' : 'sure';
}

function hasRoot(name: string): Format['recognise'] {
  return ({ shape }) => (shape.kind === 'xml' && shape.root.toLowerCase() === name ? 'sure' : 'no');
}

const formats: Vendor['formats'] = [
  {
    id: 'fanvil-sysconf-xml',
    recognise: hasRoot('sysconf'),
    parse: parseSysConf,
    table: sysConfTable,
    writer: sysConfWriter,
  },
  { id: 'fanvil-text', recognise: recogniseText, parse: parseText, table: textTable, writer: textWriter },
  {
    id: 'fanvil-voip-xml',
    recognise: hasRoot('voip_config_file'),
    parse: parseVoip,
    table: voipTable,
    writer: null,
  },
];

/** Function keys are those of the first page ([datasheet]); no expansion module is written. */
function model(id: string, lines: number, keys: number, ...names: string[]): ModelFamily {
  return { id, lines, keys, modules: 0, keysPerModule: 0, ...(names.length > 0 && { names }) };
}

const models: readonly ModelFamily[] = [
  model('X1S', 2, 0, 'X1SP', 'X1SG'),
  model('X2', 2, 0, 'X2P', 'X2C', 'X2CP'),
  model('X3S', 4, 0, 'X3SP', 'X3SG', 'X3G', 'X3S Pro', 'X3SP Pro', 'X3SG Pro'),
  model('X3U', 6, 0, 'X3U Pro'),
  model('X4', 4, 10, 'X4G', 'X4SG'),
  model('X4U', 12, 10, 'X4U-V2'),
  model('X5S', 6, 8),
  model('X5U', 16, 6, 'X5U-V2'),
  model('X6', 6, 12),
  model('X6U', 20, 12, 'X6U Pro', 'X6U-V2'),
  model('X7', 20, 20, 'X7-V2'),
  model('X7A', 20, 20),
  model('X7C', 20, 20, 'X7C-V2'),
  model('X210', 20, 20, 'X210i', 'X210-V2', 'X210i-V2'),
  model('V61', 6, 0, 'V61W', 'V61G'),
  model('V62', 6, 0, 'V62 Pro', 'V62W', 'V62G'),
  model('V63', 8, 0),
  model('V64', 12, 21),
  model('V65', 20, 9),
  model('V67', 20, 29),
  model('H5', 2, 6, 'H5W'),
  model('H2U', 2, 6, 'H2U-V2', 'H2S'),
  model('H3', 2, 6, 'H3W', 'H4'),
  model('W611W', 4, 0, 'W610W'),
  model('W620W', 4, 0),
  model('i10', 2, 1, 'i10S', 'i10V', 'i10SV'),
  model('i16', 2, 2, 'i16S', 'i16V', 'i16SV'),
  model('i30', 2, 1, 'i31S', 'i32V', 'i33V'),
  model('i51', 2, 0, 'i51W', 'i52', 'i53', 'i55A', 'i57A', 'i56A'),
  model('i62', 2, 1, 'i61', 'i63', 'i64'),
  model('A20', 2, 0),
  model('A22', 2, 0),
  model('A25', 4, 8),
  model('A30', 6, 30),
];

/** Of the current phones; older ones ask for `f0<MODEL>hw1.100.cfg` ([wazo], [digium]). */
const persona: PersonaRows = {
  usual: { model: 'X4U', firmware: '2.12.2.7' },
  userAgent: ({ model, firmware, mac }) => `Fanvil ${model} ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  // The common file, then the phone's own, which wins; a server may have either.
  directory: ({ model, mac }) => [
    [`f0${model.replaceAll(' ', '-')}hw1.100.cfg`],
    // [fusionpbx] has a file of the cordless ones as XML.
    [`${mac}.cfg`, `${formatMac(mac, 'upper')}.cfg`, ...(/^W6\d\d/i.test(model) ? [`${mac}.xml`] : [])],
  ],
};

const identity: IdentityRows = {
  // The last 13 characters are a blank and the MAC ([fusionpbx]); models may hold a blank.
  userAgents: [
    /^(?:Fanvil|Linkvil) (?<model>[A-Za-z]{1,3}\d{1,4}[\w-]{0,8}(?: Pro)?) +(?<version>[\d.]{1,30})(?: +(?<mac>[0-9a-f]{12}))?$/i,
  ],
  paths: [
    /(?:^|\/)f0(?<model>[A-Z]\d{1,3}[A-Z]{0,2})hw\d\.\d{3}\.cfg$/i,
    /(?:^|\/)[fF]0V0{0,2}(?<model>[XCV]\d[A-Z]?)0{4,5}\.cfg$/,
    /(?:^|\/)fanvil_(?<model>[a-z]{1,2}\d{1,4}[a-z]{0,2})(?:_v\d)?_hwv\d_\d\.txt$/i,
    /(?:^|\/)Fanvil\/(?<mac>[0-9a-f]{12})\.cfg$/i,
  ],
  ouis: ['0c383e', '00a859', '00a85a', 'e0e656'],
};

/** Only lines are settings that a file says once: modules share the names of others, and lists repeat theirs. */
const LINE_KEY = /^(?:SIP|line\.)\d/;

export const fanvil: Vendor = {
  id: 'fanvil',
  name: 'Fanvil',
  formats,
  merge: 'later',
  nothing: ['%NULL%'],
  repeats: (key) => !LINE_KEY.test(key),
  isSecret: isFanvilSecret,
  didFields: [
    'SIP1 Display Name',
    'SIP1 Phone Number',
    'LCD Title',
    'SIP1 Register User',
    'line.1.DisplayName',
    'line.1.PhoneNumber',
    'line.1.RegisterUser',
    'phone.display.LCDTitle',
    'SIP1 Display_Name',
    'SIP1 Phone_Number',
    'LCD_Title',
  ],
  models,
  persona,
  identity,
};
