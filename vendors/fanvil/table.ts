// Fanvil: which key holds which of our fields, both ways, in the three spellings of its formats. Data; knows no syntax.
// Sources: [fusionpbx] keys as FusionPBX writes them; [wazo] keys as Wazo writes them; [tancredi] keys as Tancredi and
// NethVoice write them; [manual] Fanvil's web pages and user manuals. "assumption": nobody says so.
import type { Entry } from '../../parsers/syntax.ts';
import { type Codec, choice, host, plainText, port, seconds, userName, wholeNumber } from '../codec.ts';
import { numbersMatching } from '../line-numbers.ts';
import type { FunctionKey, NumberReplacement, Transport } from '../model.ts';
import { switched } from '../switched.ts';
import { type Change, TIME_ZONES, type TimeZone, timeZoneByName } from '../time-zones.ts';
import type { EffectiveValues, FunctionKeys, Group, KeyTable, LineRows, PhoneRows, SettingRows } from '../vendor.ts';

/** How a format spells a key that is called `Register Addr` in words. */
export interface Naming {
  /** With `{n}` for the number of the line. */
  readonly line: (words: string) => string;
  /** Outside lines: the words, and the path of the elements above in the newest format. */
  readonly phone: (words: string, path: string) => string;
  /** Entries of a list, counted from 1: `Account1 Name`. */
  readonly item: (list: string, number: number, words: string, path: string) => string;
  readonly lineNumber: RegExp;
  /** Of the list of dial peers: null where the format's name for it is not known. */
  readonly dialPeer: ((number: number, words: string) => string) | null;
}

/** Texts to a value; the first text of a value is the one that is written. Texts in `silent` say nothing. */
function coded<Value extends string | boolean>(
  texts: readonly (readonly [text: string, value: Value])[],
  silent: readonly string[] = [],
): Codec<Value> {
  return {
    read: (text) => (silent.includes(text) ? null : texts.find(([known]) => known === text)?.[1]),
    write: (value) => {
      const text = texts.find(([, known]) => known === value)?.[0];
      return text === undefined ? { refused: `the format has no word for ${value}` } : { text };
    },
  };
}

const on = choice<boolean>({ 1: true, 0: false });

/** 3 is what current phones call TLS, older firmware and templates have 2 ([fusionpbx]: 18 newer models write 3). */
const TRANSPORTS = coded<Transport>([
  ['0', 'udp'],
  ['1', 'tcp'],
  ['3', 'tls'],
  ['2', 'tls'],
]);

export function fanvilTable(naming: Naming): KeyTable {
  return {
    numbers: numbersMatching(naming.lineNumber),
    // The largest phones have 20.
    mostLines: 64,
    lines: lineRows(naming),
    settings: settingRows(naming),
    phone: phoneRows(naming),
    functionKeys: functionKeys(naming),
  };
}

function lineRows({ line }: Naming): LineRows {
  return {
    enabled: { keys: [line('Enable Reg')], codec: on, source: '[fusionpbx], [wazo]' },
    displayName: { keys: [line('Display Name')], codec: plainText, source: '[fusionpbx], [wazo]' },
    authName: { keys: [line('Register User')], codec: plainText, source: '[fusionpbx]' },
    userName: { keys: [line('Phone Number')], codec: userName, source: '[fusionpbx], [wazo]' },
    password: {
      keys: [line('Register Pswd'), line('Register Pwd')],
      codec: plainText,
      source: '[fusionpbx], [wazo]; Pwd: gateways of the first years [fusionpbx]',
    },
    registrarHost: { keys: [line('Register Addr')], codec: host, source: '[fusionpbx], [wazo]' },
    registrarPort: { keys: [line('Register Port')], codec: port, source: '[fusionpbx], [wazo]' },
    registrarTransport: transportGroup(line),
    expiresSeconds: { keys: [line('Register TTL')], codec: seconds, source: '[fusionpbx] seconds' },
    outboundHost: { keys: [line('Proxy Addr')], codec: host, source: '[fusionpbx], [wazo]' },
    outboundPort: { keys: [line('Proxy Port')], codec: port, source: '[fusionpbx], [wazo]' },
    backupHost: { keys: [line('Backup Addr')], codec: host, source: '[wazo]' },
    backupPort: { keys: [line('Backup Port')], codec: port, source: '[wazo]' },
    backupOutboundHost: { keys: [line('BakProxy Addr')], codec: host, source: '[fusionpbx]' },
    backupOutboundPort: { keys: [line('BakProxy Port')], codec: port, source: '[fusionpbx]' },
  };
}

/** DNS SRV is no transport here but a switch of its own, beside which FusionPBX leaves the transport out. */
function transportGroup(line: Naming['line']): Group<Transport> {
  const keyOf = (words: string, number: number) => line(words).replace('{n}', String(number));
  return {
    source: '[fusionpbx]; DNS Mode 2 for NAPTR: assumption',
    read: (values, number) => {
      const key = keyOf('Transport', number);
      const text = values.get(key);
      if (typeof text === 'string') {
        const value = TRANSPORTS.read(text);
        return value ? { value, key } : { value: null, key, unknown: [key] };
      }
      const mode = values.get(keyOf('DNS Mode', number));
      if (mode === '2') return { value: 'dns-naptr', key: keyOf('DNS Mode', number) };
      if (mode === '1' || values.get(keyOf('DNS SRV', number)) === '1') {
        return { value: 'dns-srv', key: keyOf('DNS Mode', number) };
      }
      return null;
    },
    write: (value, number) => {
      if (value === 'dns-srv' || value === 'dns-naptr') {
        return [{ key: keyOf('DNS Mode', number), value: value === 'dns-srv' ? '1' : '2' }];
      }
      const written = TRANSPORTS.write(value);
      return 'refused' in written ? written : [{ key: keyOf('Transport', number), value: written.text }];
    },
  };
}

/** Fanvil's codec names that differ from those of RTP ([fusionpbx] in the older files). */
const CODEC_NAMES: Readonly<Record<string, string>> = { G711U: 'PCMU', G711A: 'PCMA', OPUS: 'opus', ILBC: 'iLBC' };

const codecList: Codec<readonly string[]> = {
  read: (text) => {
    const names = text.split(',').map((part) => part.trim().replace(/\/8000$/, ''));
    return names.filter((name) => name !== '').map((name) => CODEC_NAMES[name] ?? name);
  },
  write: (names) =>
    names.length === 0 || names.some((name) => !/^[\w-]+$/.test(name) || Object.hasOwn(CODEC_NAMES, name))
      ? { refused: 'it must be a list of codec names' }
      : { text: names.join(',') },
};

function settingRows({ line }: Naming): SettingRows {
  return {
    srtp: {
      keys: [line('Media Crypto')],
      codec: coded([
        ['0', 'off'],
        ['1', 'required'],
        ['2', 'optional'],
      ]),
      source: '[fusionpbx] 0 and 1; which is mandatory and which optional: assumption',
    },
    dtmf: {
      keys: [line('DTMF Mode')],
      // 3 is AUTO: RFC 2833 when the other side has it, tones otherwise.
      codec: coded(
        [
          ['0', 'inband'],
          ['1', 'rfc2833'],
          ['2', 'info'],
        ],
        ['3'],
      ),
      source: '[wazo] 0 in-band, 1 RFC 2833, 2 INFO; [manual] 3 AUTO',
    },
    codecs: { keys: [line('VoiceCodecMap')], codec: codecList, source: '[fusionpbx]' },
    voiceMailbox: { keys: [line('MWI Num'), line('Mwi No')], codec: plainText, source: '[wazo], [fusionpbx]' },
    keepAlive: {
      keys: [line('NAT UDPUpdate')],
      codec: coded([
        ['0', 'off'],
        ['1', 'packets'],
        ['2', 'options'],
      ]),
      source: '[fusionpbx] 2; [manual] names Disabled, UDP, SIP Option; their numbers: assumption',
    },
    keepAliveSeconds: { keys: [line('UDPUpdate TTL')], codec: seconds, source: '[fusionpbx] seconds' },
    nat: {
      keys: [line('NAT Type')],
      codec: choice<string>({ 0: 'off', 1: 'stun' }),
      source: '[manual]; numbers: assumption',
    },
    rport: { keys: [line('Enable Rport')], codec: on, source: '[fusionpbx]' },
  };
}

// ---- the whole phone

const AP = 'ap.';
const DATE = 'phone.date.';

function phoneRows(naming: Naming): PhoneRows {
  const { phone, item } = naming;
  const account = (number: number, words: string) => item('Account', number, words, 'web.account.');
  const book = (words: string) => item('XML-PBook', 1, words, 'phone.xmlContact.');
  return {
    language: {
      keys: [phone('Default Language', 'phone.display.'), phone('Language', 'phone.display.')],
      codec: LANGUAGE,
      source: '[wazo] DefaultLanguage',
    },
    timeZone: timeZoneGroup(naming),
    ntpServer: { keys: [phone('SNTP Server', DATE)], codec: plainText, source: '[wazo], [fusionpbx]' },
    clock24Hours: {
      keys: [phone('Time Display Style', 'phone.timeDisplay.')],
      codec: choice<boolean>({ 0: true, 1: false }),
      source: '[wazo] 0; that 1 is the 12-hour clock: assumption',
    },
    adminName: { keys: [account(1, 'Name')], codec: plainText, source: '[wazo] level 10' },
    adminPassword: {
      keys: [account(1, 'Password'), account(1, 'Pass')],
      codec: plainText,
      source: '[wazo], [fusionpbx]',
    },
    userPassword: { keys: [account(2, 'Password'), account(2, 'Pass')], codec: plainText, source: '[wazo] level 5' },
    vlanId: switched(
      { keys: [phone('VLAN ID', 'qos.')], codec: wholeNumber(1, 4094), source: '[wazo], [fusionpbx]' },
      { keys: [phone('Enable VLAN', 'qos.')], on: '1' },
    ),
    vlanPriority: {
      keys: [phone('Signalling Priority', 'qos.')],
      codec: wholeNumber(0, 7),
      source: '[wazo]',
    },
    pcVlanId: switched(
      {
        keys: [phone('PVID Value', 'qos.')],
        codec: wholeNumber(1, 4094),
        source: '[fusionpbx] counts while EnablePVID is 2; 0 is none, 1 the VLAN of the phone',
      },
      { keys: [phone('Enable PVID', 'qos.')], on: '2' },
    ),
    provisioningUrl: serverGroup(phone('Flash Server IP', AP), phone('Flash Protocol', AP)),
    provisioningUserName: {
      keys: [phone('Default Username', AP), phone('Download Username', AP)],
      codec: plainText,
      source: '[wazo]; Download Username: [tancredi]',
    },
    provisioningPassword: {
      keys: [phone('Default Password', AP), phone('Download password', AP)],
      codec: plainText,
      source: '[wazo]; Download password: [tancredi]',
    },
    pollingMinutes: switched(
      {
        keys: [phone('Flash Interval', AP)],
        codec: hoursAsMinutes,
        source: '[wazo] hours; mode 2 for every so many hours: [manual]',
      },
      { keys: [phone('Flash Mode', AP)], on: '2' },
    ),
    dhcpProvisioning: {
      keys: [phone('DHCP Option', 'ap.opt.')],
      codec: {
        read: (text) => (/^\d{1,3}$/.test(text) ? Number(text) > 0 : undefined),
        write: (value) => ({ text: value ? '66' : '0' }),
      },
      source: '[wazo] the number of the option; 0 for none: assumption',
    },
    pnpProvisioning: { keys: [phone('PNP Enable', 'ap.pnp.')], codec: on, source: '[wazo]' },
    firmwareUrl: switched(
      {
        keys: [phone('Upgrade Server 1', 'fwCheck.')],
        codec: plainText,
        source: '[wazo] counts while EnableAutoUpgrade is 1; text: exports of phones',
      },
      { keys: [phone('Enable Auto Upgrade', 'fwCheck.')], on: '1' },
    ),
    phoneBookUrl: { keys: [book('Addr')], codec: plainText, source: '[wazo]' },
    phoneBookName: { keys: [book('Name')], codec: plainText, source: '[wazo]' },
    ...(naming.dialPeer !== null && { numberReplacements: dialPeers(naming.dialPeer) }),
  };
}

const MOST_DIAL_PEERS = 100;
const ALIAS = /^(?:(?:add|all):[\d*#+]{1,30}|del|rep:[\d*#+]{1,30})$/i;

/** What is done to a number, and how many of its digits are taken away: `rep:0044 1`, `del 3`, `add:0`, `all:112`. */
function dialPeers(keyOf: NonNullable<Naming['dialPeer']>): Group<readonly NumberReplacement[]> {
  return {
    source: '[manual] dial peers: number, alias add:, all:, del, rep:, length deleted; keys: a public template',
    read: (values) => {
      const value: NumberReplacement[] = [];
      for (let peer = 1; peer <= MOST_DIAL_PEERS; peer += 1) {
        const match = values.get(keyOf(peer, 'Number'));
        const alias = values.get(keyOf(peer, 'Alias'));
        if (!match || !alias || !ALIAS.test(alias)) continue;
        const deleted = Number(values.get(keyOf(peer, 'DelLen')) ?? 0);
        value.push({ match, replace: deleted > 0 ? `${alias} ${deleted}` : alias });
      }
      return value.length === 0 ? null : { value, key: keyOf(1, 'Alias') };
    },
    write: (value) => {
      if (value.length > MOST_DIAL_PEERS) return { refused: `phones take ${MOST_DIAL_PEERS} dial peers at most` };
      const entries: Entry[] = [];
      for (const [index, { match, replace }] of value.entries()) {
        const [alias = '', deleted, ...more] = replace.split(' ');
        if (!ALIAS.test(alias) || more.length > 0 || (deleted !== undefined && !/^[1-9]\d?$/.test(deleted))) {
          return { refused: 'phones replace as in "add:0", "all:112", "del 3", "rep:0044 1"' };
        }
        const key = (words: string) => keyOf(index + 1, words);
        entries.push(
          { key: key('Number'), value: match },
          // SIP, by the line that dials.
          { key: key('protocol'), value: '2' },
          { key: key('address'), value: '0.0.0.0' },
          { key: key('port'), value: '5060' },
          { key: key('Alias'), value: alias },
          { key: key('DelLen'), value: deleted ?? '0' },
        );
      }
      return entries.length === 0 ? { refused: 'it must be a list of rules' } : entries;
    },
  };
}

/** Fanvil writes ISO 639 letters; `cn` is Chinese. */
const LANGUAGE: Codec<string> = {
  read: (text) => {
    const known = text.toLowerCase();
    if (known === 'cn') return 'zh';
    return /^[a-z]{2}$/.test(known) ? known : undefined;
  },
  write: (value) => {
    if (value === 'zh') return { text: 'cn' };
    return /^[a-z]{2}$/.test(value) && value !== 'cn' ? { text: value } : { refused: `there is no language ${value}` };
  },
};

/** Fanvil's number of a protocol: 1 FTP, 2 TFTP, 4 HTTP, 5 HTTPS. */
const PROTOCOLS: Readonly<Record<string, string>> = { 1: 'ftp', 2: 'tftp', 4: 'http', 5: 'https' };

function serverGroup(key: string, protocolKey: string): Group<string> {
  return {
    source: '[wazo] a whole address and protocol 4; the other numbers: [manual]',
    read: (values) => {
      const text = values.get(key);
      if (typeof text !== 'string' || text === '0.0.0.0') return null;
      if (/^\w+:\/\//.test(text)) return { value: text, key };
      const scheme = PROTOCOLS[values.get(protocolKey) ?? '4'] ?? 'http';
      return { value: `${scheme}://${text}`, key };
    },
    write: (value) => {
      const scheme = /^(\w+):\/\//.exec(value)?.[1];
      const protocol = Object.keys(PROTOCOLS).find((number) => PROTOCOLS[number] === scheme);
      if (protocol === undefined) return { refused: 'the phone fetches by http, https, ftp and tftp' };
      return [
        { key, value },
        { key: protocolKey, value: protocol },
      ];
    },
  };
}

const hoursAsMinutes: Codec<number> = {
  read: (text) => (/^\d{1,4}$/.test(text) ? Number(text) * 60 || null : undefined),
  write: (value) =>
    value % 60 === 0 && value > 0 ? { text: String(value / 60) } : { refused: 'the phone counts whole hours' },
};

/** Offsets count quarters of an hour; summer time is spelled out. */
function timeZoneGroup({ phone }: Naming): Group<string> {
  const key = (words: string) => phone(words, DATE);
  const changeEntries = (edge: string, { month, week, weekday, hour }: Change): Entry[] => [
    { key: key(`DST ${edge} Mon`), value: String(month) },
    { key: key(`DST ${edge} Week`), value: String(week) },
    { key: key(`DST ${edge} Wday`), value: String(weekday) },
    { key: key(`DST ${edge} Hour`), value: String(hour) },
  ];
  return {
    source:
      '[wazo], [fusionpbx] quarters of an hour (32 is UTC+8); zones of the same rule are read as the first of them',
    read: (values) => {
      const text = values.get(key('Time Zone'));
      if (typeof text !== 'string' || !/^-?\d{1,2}$/.test(text)) return null;
      const summer = values.get(key('Enable DST'));
      if (!summer) return null;
      const hasSummer = summer !== '0';
      const month = values.get(key('DST Start Mon'));
      const fits = ({ offset, summerTime }: TimeZone) =>
        offset === Number(text) * 15 &&
        (summerTime !== null) === hasSummer &&
        (summerTime === null || typeof month !== 'string' || summerTime.start.month === Number(month));
      const value = TIME_ZONES.find(fits)?.name;
      return value === undefined ? null : { value, key: key('Time Zone') };
    },
    write: (name) => {
      const zone = timeZoneByName(name);
      if (zone === undefined) return { refused: `there is no time zone ${name} in our table` };
      const { offset, summerTime } = zone;
      const entries: Entry[] = [{ key: key('Time Zone'), value: String(offset / 15) }];
      if (summerTime === null) return [...entries, { key: key('Enable DST'), value: '0' }];
      return [
        ...entries,
        { key: key('Enable DST'), value: '2' },
        { key: key('DST Fixed Type'), value: '2' },
        { key: key('DST Min Offset'), value: '60' },
        ...changeEntries('Start', summerTime.start),
        ...changeEntries('End', summerTime.end),
      ];
    },
  };
}

// ---- function keys

const KEY_LINE = '2';
const KEY_MEMORY = '1';
const MOST_KEYS = 200;

/** What follows the slash in the value of a memory key: `204@1/ba`. */
const USES: readonly (readonly [start: string, type: FunctionKey['type'], written: string])[] = [
  ['f', 'speedDial', 'f'],
  ['b', 'blf', 'ba'],
  ['c', 'park', 'c'],
];

function functionKeys(naming: Naming): FunctionKeys {
  const keyOf = (number: number, words: string) => naming.item('Fkey', number, words, 'dsskey.internal.1.Fkey.');
  return {
    source: '[wazo] types 1 and 2, /f, /ba, /c; pages behind the first are left alone',
    read: (values) => {
      const keys: FunctionKey[] = [];
      for (let number = 1; number <= MOST_KEYS; number += 1) {
        const found = readKey(values, number, keyOf);
        if (found !== null) keys.push(found);
      }
      return keys;
    },
    write: ({ key, module, type, line, value, label }) => {
      if (module !== 0) return { refused: 'how the format names keys of expansion modules is not known' };
      if (type !== 'line' && (value === null || value === '')) return { refused: 'it has no number' };
      const use = USES.find(([, known]) => known === type)?.[2];
      if (value?.includes('@')) return { refused: 'its number holds a "@"' };
      const target = use === undefined ? `SIP${line ?? 1}` : `${value}@${line ?? AUTO_LINE}/${use}`;
      return [
        { key: keyOf(key, 'Type'), value: use === undefined ? KEY_LINE : KEY_MEMORY },
        { key: keyOf(key, 'Value'), value: target },
        ...(label === null || label === '' ? [] : [{ key: keyOf(key, 'Title'), value: label }]),
      ];
    },
  };
}

/** Any line; an assumption, after what the phone book's Sipline has. */
const AUTO_LINE = -1;

function readKey(
  values: EffectiveValues,
  key: number,
  keyOf: (number: number, words: string) => string,
): FunctionKey | null {
  const type = values.get(keyOf(key, 'Type'));
  const target = values.get(keyOf(key, 'Value')) ?? '';
  const label = values.get(keyOf(key, 'Title')) ?? null;
  if (type === KEY_LINE) {
    const line = /^SIP(\d{1,2})$/.exec(target)?.[1];
    return { key, module: 0, type: 'line', line: line === undefined ? null : Number(line), value: null, label };
  }
  const parts = type === KEY_MEMORY && target.length < 200 ? /^([^@]+)@(-?\d{1,2})\/([a-z]+)/.exec(target) : null;
  const use = USES.find(([start]) => parts?.[3]?.startsWith(start))?.[1];
  if (parts === null || use === undefined) return null;
  const line = Number(parts[2]);
  return { key, module: 0, type: use, line: line < 1 ? null : line, value: parts[1] ?? null, label };
}
