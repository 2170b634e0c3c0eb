// Grandstream's P numbers: where a line's values stand on phones, ATAs and gateways. Knows no syntax.
// Sources: [template] Grandstream's configuration templates (GXP21xx 1.0.11, GXV3380 1.0.3, HT80x and HT818 1.0.19, HT813
// 1.0.9, DP75x 1.0.13); [fusionpbx], [wazo]: files of those servers. "assumption": nobody says so.
import type { EffectiveValues, Values, Without } from '../vendor.ts';

/** Keys of one line; null: that kind of device has none, or we do not know it. */
export interface Slot {
  readonly enabled: string | null;
  readonly label: string | null;
  readonly userName: string;
  readonly authName: string;
  readonly password: string;
  readonly displayName: string | null;
  readonly server: Server;
  readonly voiceMailbox: string | null;
  /** The jack that the line belongs to. */
  readonly port: string | null;
}

/** What belongs to the server: of the account, or of the profile that it points to. */
export interface Server {
  readonly server: string;
  /** The first that is set. */
  readonly second: readonly string[];
  readonly outbound: string;
  readonly backupOutbound: string;
  readonly expiry: string;
  readonly transport: string;
  readonly dnsMode: string;
  readonly nat: string;
  readonly srtp: string;
  readonly keepAlive: string;
  readonly keepAliveSeconds: string;
  /** In audio, by RTP, by INFO: a switch each. */
  readonly dtmf: readonly [string, string, string];
  /** ATAs and gateways: the methods in order. */
  readonly dtmfOrder: string | null;
  readonly codecs: readonly string[];
  readonly dialPlan: string;
}

function p(number: number): string {
  return `P${number}`;
}

function range(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => p(first + index));
}

// ---- phones

const FIRST_SERVER: Server = {
  server: 'P47',
  second: ['P2312', 'P967'],
  outbound: 'P48',
  backupOutbound: 'P2333',
  expiry: 'P32',
  transport: 'P130',
  dnsMode: 'P103',
  nat: 'P52',
  srtp: 'P183',
  keepAlive: 'P2397',
  keepAliveSeconds: 'P2398',
  dtmf: ['P2301', 'P2302', 'P2303'],
  dtmfOrder: 'P850',
  codecs: ['P57', 'P58', 'P59', 'P60', 'P61', 'P62', 'P46', 'P98'],
  dialPlan: 'P290',
};

const FIRST: Slot = {
  enabled: 'P271',
  label: 'P270',
  userName: 'P35',
  authName: 'P36',
  password: 'P34',
  displayName: 'P3',
  server: FIRST_SERVER,
  voiceMailbox: 'P33',
  port: null,
};

/** Two hundreds of numbers per account: `base`, and `more` for what came later ([template]). */
function serverAt(base: number, more: number): Server {
  return {
    server: p(base + 2),
    second: [p(more + 12)],
    outbound: p(base + 3),
    backupOutbound: p(more + 33),
    expiry: p(base + 12),
    transport: p(base + 48),
    dnsMode: p(base + 8),
    nat: p(base + 14),
    srtp: p(base + 43),
    keepAlive: p(more + 97),
    keepAliveSeconds: p(more + 98),
    dtmf: [p(more + 1), p(more + 2), p(more + 3)],
    dtmfOrder: null,
    codecs: range(base + 51, 8),
    dialPlan: p(base + 59),
  };
}

function slotAt(base: number, more: number): Slot {
  return {
    enabled: p(base + 1),
    label: p(base + 17),
    userName: p(base + 4),
    authName: p(base + 5),
    password: p(base + 6),
    displayName: p(base + 7),
    server: serverAt(base, more),
    voiceMailbox: p(base + 26),
    port: null,
  };
}

/** Accounts 1 to 4 in hundreds, 5 and 6 at 17xx and 18xx, from 7 on at 506xx ([template] of the GXV3380). */
const PHONE_SLOTS: readonly Slot[] = [
  FIRST,
  slotAt(400, 2400),
  slotAt(500, 2500),
  slotAt(600, 2600),
  slotAt(1700, 2700),
  slotAt(1800, 2800),
  ...Array.from({ length: 10 }, (_, index) => slotAt(50_600 + 100 * index, 51_600 + 100 * index)),
];

/** Where [wazo] and [fusionpbx] (GRP26xx) put account 5 by simple counting. */
const FIFTH_BY_COUNTING = slotAt(700, 2700);

export const MOST_LINES = 96;

// ---- ATAs

const SECOND_SERVER: Server = {
  server: 'P747',
  second: ['P987'],
  outbound: 'P748',
  backupOutbound: 'P2433',
  expiry: 'P732',
  transport: 'P830',
  dnsMode: 'P702',
  nat: 'P730',
  srtp: 'P443',
  keepAlive: 'P2497',
  keepAliveSeconds: 'P2498',
  dtmf: ['P2401', 'P2402', 'P2403'],
  dtmfOrder: 'P860',
  codecs: ['P757', 'P758', 'P759', 'P760', 'P761', 'P762', 'P814', 'P815'],
  dialPlan: 'P4201',
};

const ATA_SECOND: Slot = {
  enabled: 'P401',
  label: null,
  userName: 'P735',
  authName: 'P736',
  password: 'P734',
  displayName: 'P703',
  server: SECOND_SERVER,
  voiceMailbox: null,
  port: null,
};

/** Profiles 3 and 4 of gateways have the numbers of phones' accounts ([fusionpbx] GXW42xx; DP75x: assumption). */
const PROFILES: readonly Server[] = [FIRST_SERVER, SECOND_SERVER, serverAt(500, 2500), serverAt(600, 2600)];

// ---- ports of gateways, and accounts of DECT bases

interface PortKeys {
  readonly userName: string;
  readonly authName: string;
  readonly password: string;
  readonly displayName: string;
  readonly profile: string;
  readonly enabled: string;
}

/** [wazo] GXW4200; the first thirty also [template] HT818, DP75x. */
function portKeys(port: number): PortKeys {
  if (port > 32) {
    const at = port - 33;
    return portAt([21_000, 21_064, 21_128, 21_192, 21_256, 21_384], at);
  }
  if (port > 30) return portAt([4240, 4242, 4244, 4262, 4246, 4625], port - 31);
  const at = port - 1;
  return {
    ...portAt([4060, 4090, 4120, 4180, 4150, 4595], at),
    displayName: p(port > 20 ? 4252 + port - 21 : 4180 + at),
  };
}

function portAt(starts: readonly [number, number, number, number, number, number], at: number): PortKeys {
  const [userName, authName, password, displayName, profile, enabled] = starts;
  return {
    userName: p(userName + at),
    authName: p(authName + at),
    password: p(password + at),
    displayName: p(displayName + at),
    profile: p(profile + at),
    enabled: p(enabled + at),
  };
}

const PORT_SLOTS: readonly { readonly keys: PortKeys }[] = Array.from({ length: MOST_LINES }, (_, index) => ({
  keys: portKeys(index + 1),
}));

/** Lines of the telephone network in GXW410x ([fusionpbx]). */
const MOST_FXO = 30;

function fxoSlot(port: number): Slot {
  const at = port - 1;
  return {
    ...FIRST,
    enabled: null,
    label: null,
    userName: p(3060 + at),
    authName: p(3090 + at),
    password: p(3120 + at),
    displayName: null,
    voiceMailbox: null,
    port: `FXO ${port}`,
  };
}

// ---- which device a file is for

type Device = 'phone' | 'ata' | 'ports' | 'dect' | 'fxo';

/** Settings of the PSTN jack of HT503 and HT813: stage method, PINs ([template]). */
const PSTN_JACK = ['P3304', 'P3303', 'P794', 'P795'];

/** Of analogue jacks: SLIC, caller ID scheme, hook flash ([template] HT8xx). */
const ANALOGUE = ['P854', 'P863', 'P833', 'P4424'];

/** Names and modes of handsets ([template] DP75x). */
const HANDSETS = ['P27020', 'P27080', 'P20002'];

/** Whether one of the keys says something: writing has nothing but what it wrote. */
function anySet(values: Values, keys: readonly string[]): boolean {
  return keys.some((key) => values.get(key));
}

function isPortList(values: Values): boolean {
  for (let port = 1; port <= MOST_LINES; port += 1) {
    const { userName, password } = portKeysOf(port);
    if (anySet(values, [userName, password])) return true;
  }
  return false;
}

function portKeysOf(port: number): PortKeys {
  return PORT_SLOTS[port - 1]?.keys ?? portKeys(port);
}

function deviceOf(values: Values): Device {
  if (isPortList(values)) return anySet(values, HANDSETS) ? 'dect' : 'ports';
  if (anySet(values, [...range(3060, MOST_FXO), ...range(3120, MOST_FXO)])) return 'fxo';
  if (anySet(values, ['P735', 'P734', 'P736', 'P747', 'P748', ...ANALOGUE])) return 'ata';
  return 'phone';
}

/** Looked at once per configuration: every key of every line asks. */
const DEVICES = new WeakMap<object, Device>();

function device(values: Values): Device {
  // What is being written grows, and is for phones.
  if (!('all' in values)) return 'phone';
  const known = DEVICES.get(values);
  if (known !== undefined) return known;
  const found = deviceOf(values);
  DEVICES.set(values, found);
  return found;
}

/** The keys of a line of the device that the file is for; null: it has no such line. */
export function slotOf(line: number, values: Values): Slot | null {
  switch (device(values)) {
    case 'phone': {
      const slot = PHONE_SLOTS[line - 1] ?? null;
      return line === 5 && slot !== null && isFifthCounted(slot, values) ? FIFTH_BY_COUNTING : slot;
    }
    case 'ata':
      if (line === 1) return { ...FIRST, label: null, port: 'FXS 1' };
      return ataSlot(line, values);
    case 'ports':
    case 'dect':
      return portSlot(line, values);
    case 'fxo':
      return line <= MOST_FXO ? fxoSlot(line) : null;
  }
}

/** The second jack, or an account with the numbers of phones: [wazo] fills one template for ATAs of any size. */
function ataSlot(line: number, values: Values): Slot | null {
  const phones = PHONE_SLOTS[line - 1];
  const isPhones = phones !== undefined && values.get(phones.userName) && values.get(phones.password);
  const isOwn = line === 2 && (!isPhones || anySet(values, [ATA_SECOND.userName, ATA_SECOND.password]));
  if (isOwn) return { ...ATA_SECOND, port: anySet(values, PSTN_JACK) ? 'FXO 1' : 'FXS 2' };
  return isPhones ? { ...phones, label: null, port: `FXS ${line}` } : null;
}

/** In ATAs' files P702 is the DNS mode and P704 a payload type: an account needs an address in the one. */
function isFifthCounted(slot: Slot, values: Values): boolean {
  if (anySet(values, [slot.userName, slot.password])) return false;
  return anySet(values, ['P704', 'P706']) && !/^\d{0,3}$/.test(values.get('P702') ?? '');
}

function portSlot(line: number, values: Values): Slot | null {
  if (line > MOST_LINES) return null;
  const keys = portKeysOf(line);
  const pointer = values.get(keys.profile) ?? '0';
  const server = /^\d$/.test(pointer) ? PROFILES[Number(pointer)] : undefined;
  return {
    ...keys,
    label: null,
    server: server ?? FIRST_SERVER,
    voiceMailbox: null,
    port: device(values) === 'dect' ? null : `FXS ${line}`,
  };
}

/** The lines that the file speaks of. Jacks and handsets that nobody uses have keys and a switch that is on all the same. */
export function lineNumbers(values: EffectiveValues): number[] {
  const isPhone = device(values) === 'phone';
  const numbers: number[] = [];
  for (let line = 1; line <= MOST_LINES; line += 1) {
    const slot = slotOf(line, values);
    if (slot === null) continue;
    const { userName, password, enabled } = slot;
    const speaks = isPhone
      ? [userName, password, enabled].some((key) => key !== null && values.has(key))
      : anySet(values, [userName, password]);
    if (speaks) numbers.push(line);
  }
  return numbers;
}

/** Every SIP password. */
export const PASSWORD_KEYS: readonly string[] = [
  ...PHONE_SLOTS.map(({ password }) => password),
  FIFTH_BY_COUNTING.password,
  ATA_SECOND.password,
  ...PORT_SLOTS.map(({ keys }) => keys.password),
  ...range(3120, MOST_FXO),
];

/** In both namings: the maker's guides on language files, custom ring tones and dial plans. */
export const WITHOUT: Without = {
  adminName: 'the phones call them admin and user',
  languageFileUrl: 'files of words come from the directory of the firmware',
  toneFileUrl: 'ring tones come from the directory of the firmware',
  numberReplacements: 'they are part of the dial plan, `<=+49>x+`',
};
