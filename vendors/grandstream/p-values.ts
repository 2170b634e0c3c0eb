// Grandstream's P values: rows over the slots. Sources as in slots.ts.
import type { Entry } from '../../parsers/syntax.ts';
import { type Codec, choice, hostWithPort, minutesAsSeconds, plainText, userName, wholeNumber } from '../codec.ts';
import type { FunctionKey, Transport } from '../model.ts';
import { switched } from '../switched.ts';
import type { FunctionKeys, Group, Key, KeyTable, ModelFamily, PhoneRows, Row, Values } from '../vendor.ts';
import { lineNumbers, MOST_LINES, type Slot, slotOf, WITHOUT } from './slots.ts';
import { OWN_RULE, readRule, readZone, writeZone } from './zones.ts';

const on = choice<boolean>({ 1: true, 0: false });

type SlotKey = 'enabled' | 'label' | 'userName' | 'authName' | 'password' | 'displayName' | 'voiceMailbox';
type ServerKey = 'server' | 'outbound' | 'backupOutbound' | 'expiry' | 'srtp' | 'keepAliveSeconds';

function ofSlot(name: SlotKey): Key {
  return (line, values) => slotOf(line, values)?.[name] ?? null;
}

function ofServer(name: ServerKey): Key {
  return (line, values) => slotOf(line, values)?.server[name] ?? null;
}

function second(index: number): Key {
  return (line, values) => slotOf(line, values)?.server.second[index] ?? null;
}

function row<Value>(codec: Codec<Value>, source: string, ...keys: [Key, ...Key[]]): Row<Value> {
  return { keys, codec, source };
}

/** Writing has no slot for what is no phone. */
function written(line: number): Slot | null {
  return slotOf(line, { get: () => undefined });
}

const NO_PLACE = { refused: 'phones have 16 accounts' } as const;

const TRANSPORTS = choice<Transport>({ 0: 'udp', 1: 'tcp', 2: 'tls' });

/** How the server is found is said apart; where only that is said, it is the transport. */
const transport: Group<Transport> = {
  source: '[template] 0 UDP, 1 TCP, 2 TLS/TCP; DNS mode 1 SRV, 2 NAPTR/SRV',
  read: (values, line) => {
    const server = slotOf(line, values)?.server;
    if (server === undefined) return null;
    const text = values.get(server.transport);
    if (text) {
      const value = TRANSPORTS.read(text);
      return value
        ? { value, key: server.transport }
        : { value: null, key: server.transport, unknown: [server.transport] };
    }
    const mode = values.get(server.dnsMode);
    if (mode === '1') return { value: 'dns-srv', key: server.dnsMode };
    return mode === '2' ? { value: 'dns-naptr', key: server.dnsMode } : null;
  },
  write: (value, line) => {
    const server = written(line)?.server;
    if (server === undefined) return NO_PLACE;
    if (value === 'dns-srv') return [{ key: server.dnsMode, value: '1' }];
    if (value === 'dns-naptr') return [{ key: server.dnsMode, value: '2' }];
    const text = TRANSPORTS.write(value);
    return 'refused' in text ? text : [{ key: server.transport, value: text.text }];
  },
};

/** The jack's name. What is written is for phones, which have none. */
const port: Group<string> = {
  source: '[template] FXS and FXO ports',
  read: (values, line) => {
    const slot = slotOf(line, values);
    return slot === null || slot.port === null ? null : { value: slot.port, key: slot.userName };
  },
  write: () => [],
};

// ---- settings

const ORDER_NUMBERS: Readonly<Record<string, string>> = { 100: 'inband', 101: 'rfc2833', 102: 'info' };

const dtmf: Group<string> = {
  source: '[template] a switch each for in-audio, RTP and INFO; ATAs: methods in order',
  read: (values, line) => {
    const server = slotOf(line, values)?.server;
    if (server === undefined) return null;
    const [audio, rtp, info] = server.dtmf.map((key) => values.get(key));
    const key = server.dtmf[1];
    if (rtp === '1') return { value: info === '1' ? 'rfc2833+info' : 'rfc2833', key };
    if (info === '1') return { value: 'info', key: server.dtmf[2] };
    if (audio === '1') return { value: 'inband', key: server.dtmf[0] };
    const first = server.dtmfOrder === null ? undefined : values.get(server.dtmfOrder);
    const value = ORDER_NUMBERS[first ?? ''];
    return value === undefined || server.dtmfOrder === null ? null : { value, key: server.dtmfOrder };
  },
  write: (value, line) => {
    const server = written(line)?.server;
    if (server === undefined) return NO_PLACE;
    const set = { inband: '100', rfc2833: '010', info: '001', 'rfc2833+info': '011' }[value];
    if (set === undefined) return { refused: `the format has no word for ${value}` };
    return server.dtmf.map((key, index) => ({ key, value: set[index] ?? '0' }));
  },
};

/** Payload types as Grandstream numbers codecs ([template]); the first of a codec is written. */
const CODEC_NUMBERS: readonly (readonly [number: string, name: string])[] = [
  ['0', 'PCMU'],
  ['8', 'PCMA'],
  ['9', 'G722'],
  ['18', 'G729'],
  ['123', 'opus'],
  ['128', 'opus'],
  ['98', 'iLBC'],
  ['2', 'G726-32'],
  ['4', 'G723'],
];

const codecs: Group<readonly string[]> = {
  source: '[template] eight choices; those left over repeat one',
  read: (values, line) => {
    const keys = slotOf(line, values)?.server.codecs ?? [];
    const found = keys.map((key) => CODEC_NUMBERS.find(([number]) => number === values.get(key))?.[1]);
    const value = [...new Set(found.filter((name) => name !== undefined))];
    return value.length === 0 ? null : { value, key: keys[0] ?? '' };
  },
  write: (value, line) => {
    const keys = written(line)?.server.codecs;
    if (keys === undefined) return NO_PLACE;
    if (value.length === 0 || value.length > keys.length) return { refused: `it must be 1 to ${keys.length} codecs` };
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const number = CODEC_NUMBERS.find(([, known]) => known === name)?.[0];
      const key = keys[index];
      if (number === undefined || key === undefined) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      entries.push({ key, value: number });
    }
    return entries;
  },
};

/** OPTIONS have a switch; empty packets are one of the ways through NAT. */
const keepAlive: Group<string> = {
  source: '[template] P2397 OPTIONS, P52 2 keep-alive',
  read: (values, line) => {
    const server = slotOf(line, values)?.server;
    if (server === undefined) return null;
    const options = values.get(server.keepAlive);
    if (options === '1') return { value: 'options', key: server.keepAlive };
    if (values.get(server.nat) === '2') return { value: 'packets', key: server.nat };
    return options === '0' ? { value: 'off', key: server.keepAlive } : null;
  },
  write: (value, line) => {
    const server = written(line)?.server;
    if (server === undefined) return NO_PLACE;
    if (value === 'packets') return [{ key: server.nat, value: '2' }];
    if (value === 'notify') return { refused: 'the format has no word for notify' };
    return [{ key: server.keepAlive, value: value === 'options' ? '1' : '0' }];
  },
};

const NAT: Codec<string> = {
  // 2 is keep-alive, which is no traversal; UPnP, automatic and VPN have no word with us.
  read: (text) => (/^[2345]$/.test(text) ? null : { 0: 'off', 1: 'stun' }[text]),
  write: choice<string>({ 0: 'off', 1: 'stun' }).write,
};

// ---- the whole phone

function textRow(source: string, ...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source };
}

const SCHEMES = ['tftp', 'http', 'https', 'ftp', 'ftps'] as const;

/** Addresses stand without the scheme, whose number is a setting of its own ([fusionpbx] P237 and P212). */
export function addressGroup(
  source: string,
  key: string,
  schemeKeys: readonly [string, ...string[]],
  schemes: Readonly<Record<string, string>>,
): Group<string> {
  return {
    source,
    read: (values) => {
      const text = values.get(key);
      if (!text) return null;
      if (/^\w+:\/\//.test(text)) return { value: text, key };
      const number = schemeKeys.map((schemeKey) => values.get(schemeKey)).find(Boolean) ?? '';
      return { value: `${schemes[number] ?? 'http'}://${text}`, key };
    },
    write: (value) => {
      const parts = /^(\w+):\/\/(.+)$/.exec(value);
      const number = Object.keys(schemes).find((known) => schemes[known] === parts?.[1]);
      if (parts === null || number === undefined) {
        return { refused: `the phone fetches by ${[...new Set(Object.values(schemes))].join(', ')}` };
      }
      return [
        { key: schemeKeys[0], value: number },
        { key, value: parts[2] ?? '' },
      ];
    },
  };
}

const SCHEME_NUMBERS: Readonly<Record<string, string>> = Object.fromEntries(
  SCHEMES.map((name, number) => [number, name]),
);

const timeZone: Group<string> = {
  source: '[template] P64, or P246 with a POSIX rule where P64 is "customize"',
  read: (values) => {
    const text = values.get('P64');
    if (!text) return null;
    const rule = values.get('P246');
    const value = text === OWN_RULE ? rule && readRule(rule) : readZone(text);
    return value ? { value, key: text === OWN_RULE ? 'P246' : 'P64' } : null;
  },
  write: (name) => {
    const zone = writeZone(name);
    if (zone === null) return { refused: `${name} is not in the list of time zones` };
    if ('text' in zone) return [{ key: 'P64', value: zone.text }];
    return [
      { key: 'P64', value: OWN_RULE },
      { key: 'P246', value: zone.rule },
    ];
  },
};

/** Files have less than the hour that the phone takes at least. */
export const POLLING: Codec<number> = {
  read: wholeNumber(1, 5_256_000).read,
  write: wholeNumber(60, 5_256_000).write,
};

const pollingMinutes = switched(
  {
    keys: ['P193'],
    codec: POLLING,
    source: '[template] P194 1 every so many minutes, P193 60 to 5256000',
  },
  { keys: ['P194'], on: '1' },
);

export const LANGUAGE: Codec<string> = {
  read: (text) => (text === 'auto' ? null : /^[a-z]{2}$/.test(text) ? text : undefined),
  write: (value) => (/^[a-z]{2}$/.test(value) ? { text: value } : { refused: `there is no language ${value}` }),
};

const phone: PhoneRows = {
  language: { keys: ['P1362'], codec: LANGUAGE, source: '[wazo] en, de, fr, es, it, nl' },
  timeZone,
  ntpServer: textRow('[template], [wazo]', 'P30'),
  clock24Hours: { keys: ['P122'], codec: on, source: '[fusionpbx] 1 is 0-24h' },
  adminPassword: textRow('[template]', 'P2'),
  userPassword: textRow('[template]', 'P196'),
  vlanId: { keys: ['P51'], codec: wholeNumber(1, 4094), source: '[wazo]; 0 is none [template]' },
  vlanPriority: { keys: ['P87', 'P5038'], codec: wholeNumber(0, 7), source: '[wazo]; P5038: ATAs [template]' },
  pcVlanId: { keys: ['P229'], codec: wholeNumber(1, 4094), source: 'assumption, as with Htek' },
  provisioningUrl: addressGroup('[template], [fusionpbx]', 'P237', ['P212'], SCHEME_NUMBERS),
  provisioningUserName: textRow('[template]', 'P1360'),
  provisioningPassword: textRow('[template]', 'P1361'),
  pollingMinutes,
  dhcpProvisioning: { keys: ['P145'], codec: on, source: '[template] options 66 and 43' },
  pnpProvisioning: { keys: ['P1414'], codec: on, source: '[template] "3CX auto provision": SIP PnP' },
  firmwareUrl: addressGroup(
    '[template] P192; P6767, before P212, for the protocol',
    'P192',
    ['P6767', 'P212'],
    SCHEME_NUMBERS,
  ),
  phoneBookUrl: addressGroup('[fusionpbx] P331; P330: assumption', 'P331', ['P330'], {
    1: 'http',
    2: 'tftp',
    3: 'https',
  }),
  logoUrl: switched(
    { keys: ['P2917'], codec: plainText, source: 'public templates: wallpaper, downloaded while P2916 is 1' },
    { keys: ['P2916'], on: '1' },
  ),
  dialPlan: textRow('[template]; P4200: ATAs', 'P290', 'P4200'),
};

// ---- function keys

interface KeyNumbers {
  readonly mode: string;
  readonly account: string;
  readonly label: string;
  readonly value: string;
}

/** Keys beside the display of older phones; 7 have numbers that we know ([wazo]). */
const MOST_BESIDE = 7;

function keyBeside(key: number): KeyNumbers {
  const start = 301 + 3 * (key - 1);
  return { mode: `P${322 + key}`, account: `P${start}`, label: `P${start + 1}`, value: `P${start + 2}` };
}

/** On the display: VPK ([template]). */
const MOST_ON_DISPLAY = 60;

function keyOnDisplay(key: number): KeyNumbers {
  if (key <= 6) {
    const at = 2 * (key - 1);
    return { mode: `P${1363 + at}`, account: `P${1364 + at}`, label: `P${1465 + at}`, value: `P${1466 + at}` };
  }
  const start = 23_800 + 4 * (key - 7);
  return { mode: `P${start}`, account: `P${start + 1}`, label: `P${start + 2}`, value: `P${start + 3}` };
}

/** Of extension boards, 40 each ([wazo]). */
const KEYS_PER_BOARD = 40;
const MOST_BOARDS = 4;

function keyOnBoard(board: number, key: number): KeyNumbers {
  const start = 23_000 + 5 * (KEYS_PER_BOARD * (board - 1) + key - 1);
  return { mode: `P${start}`, account: `P${start + 1}`, label: `P${start + 2}`, value: `P${start + 3}` };
}

/** Modes of keys that have no line of their own ([template], [wazo]). */
const MODES: readonly (readonly [mode: string, type: FunctionKey['type']])[] = [
  ['0', 'speedDial'],
  ['1', 'blf'],
  ['9', 'park'],
  ['16', 'park'],
];

/** Of the keys on the display that are lines first: the same, counted from 10 ([template]). */
const LINE_KEY_MODES: readonly (readonly [mode: string, type: FunctionKey['type']])[] = [
  ['0', 'line'],
  ['10', 'speedDial'],
  ['11', 'blf'],
  ['19', 'park'],
  ['26', 'park'],
];

/** Phones whose keys are on the display. */
const HAS_DISPLAY_KEYS = /^(?:GXP(?:17|21[3-9])|GRP)/;

/** A phone has at least so many keys that are lines first, and at most. */
const LEAST_LINE_KEYS = 3;
const MOST_LINE_KEYS = 12;

/** On reading the model is not known: both counts, as keys of the modes that they share without a value are left out. */
function modesOnDisplay(key: number): typeof MODES {
  if (key <= LEAST_LINE_KEYS) return LINE_KEY_MODES;
  return key <= MOST_LINE_KEYS ? [...MODES, ...LINE_KEY_MODES.slice(1)] : MODES;
}

const functionKeys: FunctionKeys = {
  source:
    '[template] VPK; [wazo] MPK; which keys are lines first: by the lines of the model, on reading the first three',
  read: (values) => {
    const keys: FunctionKey[] = [];
    const add = (numbers: KeyNumbers, key: number, module: number, modes: typeof MODES): void => {
      const found = readKey(values, numbers, key, module, modes);
      if (found !== null) keys.push(found);
    };
    for (let key = 1; key <= MOST_BESIDE; key += 1) add(keyBeside(key), key, 0, MODES);
    for (let key = 1; key <= MOST_ON_DISPLAY; key += 1) {
      add(keyOnDisplay(key), key, 0, modesOnDisplay(key));
    }
    for (let board = 1; board <= MOST_BOARDS; board += 1) {
      for (let key = 1; key <= KEYS_PER_BOARD; key += 1) add(keyOnBoard(board, key), key, board, MODES);
    }
    return keys;
  },
  write: ({ key, module, type, line, value, label }, model) => {
    const numbers = keyNumbers(key, module, model);
    if ('refused' in numbers) return numbers;
    const mode = numbers.modes.find(([, known]) => known === type)?.[0];
    if (mode === undefined) return { refused: 'this key is no line key' };
    if (type !== 'line' && (value === null || value === '')) return { refused: 'it has no number' };
    return [
      { key: numbers.mode, value: mode },
      ...(line === null ? [] : [{ key: numbers.account, value: String(line - 1) }]),
      ...(label === null || label === '' ? [] : [{ key: numbers.label, value: label }]),
      ...(value === null || value === '' ? [] : [{ key: numbers.value, value }]),
    ];
  },
};

function keyNumbers(
  key: number,
  module: number,
  model: ModelFamily | null,
): (KeyNumbers & { readonly modes: typeof MODES }) | { readonly refused: string } {
  if (module > 0) {
    if (module > MOST_BOARDS || key > KEYS_PER_BOARD) return { refused: 'there are 4 boards of 40 keys' };
    return { ...keyOnBoard(module, key), modes: MODES };
  }
  if (model !== null && HAS_DISPLAY_KEYS.test(model.id)) {
    return { ...keyOnDisplay(key), modes: key <= Math.max(LEAST_LINE_KEYS, model.lines) ? LINE_KEY_MODES : MODES };
  }
  if (key > MOST_BESIDE) return { refused: `keys above ${MOST_BESIDE} have numbers that depend on the model: name it` };
  return { ...keyBeside(key), modes: MODES };
}

function readKey(
  values: Values,
  numbers: KeyNumbers,
  key: number,
  module: number,
  modes: typeof MODES,
): FunctionKey | null {
  const type = modes.find(([mode]) => mode === values.get(numbers.mode))?.[1];
  const value = values.get(numbers.value) ?? null;
  if (type === undefined || (type !== 'line' && value === null)) return null;
  const account = values.get(numbers.account);
  const line = account && /^\d{1,2}$/.test(account) ? Number(account) + 1 : null;
  return { key, module, type, line, value: type === 'line' ? null : value, label: values.get(numbers.label) ?? null };
}

export const pValueTable: KeyTable = {
  numbers: lineNumbers,
  mostLines: MOST_LINES,
  lines: {
    enabled: row(on, '[template], [fusionpbx]', ofSlot('enabled')),
    label: row(plainText, '[fusionpbx], [wazo]', ofSlot('label')),
    displayName: row(plainText, '[fusionpbx], [wazo]', ofSlot('displayName')),
    authName: row(plainText, '[fusionpbx]', ofSlot('authName')),
    userName: row(userName, '[fusionpbx]', ofSlot('userName')),
    password: row(plainText, '[fusionpbx], [wazo]', ofSlot('password')),
    registrarHost: row(hostWithPort, '[fusionpbx] host[:port]', ofServer('server')),
    registrarTransport: transport,
    expiresSeconds: row(minutesAsSeconds, '[template] minutes', ofServer('expiry')),
    outboundHost: row(hostWithPort, '[fusionpbx]', ofServer('outbound')),
    backupHost: row(hostWithPort, '[template]; P967, P987: ATAs', second(0), second(1)),
    backupOutboundHost: row(hostWithPort, '[template]', ofServer('backupOutbound')),
    port,
  },
  settings: {
    srtp: row(
      choice<string>({ 0: 'off', 1: 'optional', 2: 'required', 3: 'optional' }),
      '[template] 1 enabled but not forced, 2 forced, 3 optional',
      ofServer('srtp'),
    ),
    dtmf,
    codecs,
    voiceMailbox: row(plainText, '[template], [wazo]', ofSlot('voiceMailbox')),
    keepAlive,
    keepAliveSeconds: row(wholeNumber(1, 64_800), '[template]', ofServer('keepAliveSeconds')),
    nat: row(NAT, '[template] 0 no, 1 STUN', (line, values) => slotOf(line, values)?.server.nat ?? null),
  },
  phone,
  functionKeys,
  without: WITHOUT,
};
