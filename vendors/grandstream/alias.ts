// Grandstream's named items (`account.1.sip.userid`), in words where P values have numbers. Sources: [template] the alias
// template of GRP261x 1.0.5; [fusionpbx], [wazo]: files of those servers. "assumption": nobody says so.
import type { Entry } from '../../parsers/syntax.ts';
import { type Codec, hostWithPort, minutesAsSeconds, plainText, userName, wholeNumber } from '../codec.ts';
import { numbersAfter } from '../line-numbers.ts';
import type { FunctionKey, Transport } from '../model.ts';
import { switched } from '../switched.ts';
import type { EffectiveValues, FunctionKeys, Group, KeyTable, Row } from '../vendor.ts';
import { addressGroup, LANGUAGE, POLLING } from './p-values.ts';
import { WITHOUT } from './slots.ts';
import { readZone, writeZone } from './zones.ts';

/** Words and numbers of a closed list, without regard to case, blanks and underscores; the first of a value is written. */
function worded<Value extends string | boolean>(
  words: readonly (readonly [word: string, value: Value])[],
  silent: readonly string[] = [],
): Codec<Value> {
  const bare = (text: string) => text.replace(/[ _]/g, '').toLowerCase();
  const known = words.map(([word, value]) => [bare(word), value] as const);
  return {
    read: (text) => {
      const wanted = bare(text);
      return silent.some((word) => bare(word) === wanted) ? null : known.find(([word]) => word === wanted)?.[1];
    },
    write: (value) => {
      const found = words.find(([, of]) => of === value)?.[0];
      return found === undefined ? { refused: `the format has no word for ${value}` } : { text: found };
    },
  };
}

const yes = worded<boolean>([
  ['Yes', true],
  ['No', false],
  ['1', true],
  ['0', false],
]);

const TRANSPORTS = worded<Transport>([
  ['UDP', 'udp'],
  ['TCP', 'tcp'],
  ['TlsOrTcp', 'tls'],
  ['TLS', 'tls'],
  ['0', 'udp'],
  ['1', 'tcp'],
  ['2', 'tls'],
]);

const DNS_MODES = worded<Transport>(
  [
    ['SRV', 'dns-srv'],
    ['NaptrOrSrv', 'dns-naptr'],
    ['1', 'dns-srv'],
    ['2', 'dns-naptr'],
  ],
  ['ARecord', 'UseConfiguredIP', '0', '3'],
);

/** As in P values: how the server is found is said apart. */
const transport: Group<Transport> = {
  source: '[template], [fusionpbx] words and numbers; network.dnsMode [template]',
  read: (values, line) => {
    const key = `account.${line}.sip.transport`;
    const text = values.get(key);
    if (text) {
      const value = TRANSPORTS.read(text);
      return value ? { value, key } : { value: null, key, unknown: [key] };
    }
    const modeKey = `account.${line}.network.dnsMode`;
    const mode = values.get(modeKey);
    const value = mode ? DNS_MODES.read(mode) : null;
    return value ? { value, key: modeKey } : null;
  },
  write: (value, line) => {
    const isDns = value === 'dns-srv' || value === 'dns-naptr';
    const written = (isDns ? DNS_MODES : TRANSPORTS).write(value);
    const key = `account.${line}.${isDns ? 'network.dnsMode' : 'sip.transport'}`;
    return 'refused' in written ? written : [{ key, value: written.text }];
  },
};

const DTMF_KEYS = ['sendInAudio', 'sendInRtp', 'sendInSip'] as const;

const dtmf: Group<string> = {
  source: '[template], [wazo]',
  read: (values, line) => {
    const keys = DTMF_KEYS.map((name) => `account.${line}.dtmf.${name}`);
    const [audio, rtp, info] = keys.map((key) => {
      const text = values.get(key);
      return text ? yes.read(text) === true : false;
    });
    if (rtp) return { value: info ? 'rfc2833+info' : 'rfc2833', key: keys[1] ?? '' };
    if (info) return { value: 'info', key: keys[2] ?? '' };
    return audio ? { value: 'inband', key: keys[0] ?? '' } : null;
  },
  write: (value, line) => {
    const set = { inband: '100', rfc2833: '010', info: '001', 'rfc2833+info': '011' }[value];
    if (set === undefined) return { refused: `the format has no word for ${value}` };
    return DTMF_KEYS.map((name, index) => ({
      key: `account.${line}.dtmf.${name}`,
      value: set[index] === '1' ? 'Yes' : 'No',
    }));
  },
};

/** The first word of a codec is written ([template]); others: [fusionpbx] GSC, numbers as in P values. */
const CODEC_WORDS: readonly (readonly [word: string, name: string])[] = [
  ['PCMU', 'PCMU'],
  ['PCMA', 'PCMA'],
  ['G.722', 'G722'],
  ['G_722', 'G722'],
  ['G.729A/B', 'G729'],
  ['G_729AOrB', 'G729'],
  ['iLBC', 'iLBC'],
  ['OPUS', 'opus'],
  ['G.726-32', 'G726-32'],
  ['G_726_32', 'G726-32'],
  ['G.723.1', 'G723'],
];

const CODEC_CHOICES = 8;

const codecs: Group<readonly string[]> = {
  source: '[template] codec.choice.1 to 8; those left over repeat one',
  read: (values, line) => {
    const found: string[] = [];
    for (let choice = 1; choice <= CODEC_CHOICES; choice += 1) {
      const word = values.get(`account.${line}.codec.choice.${choice}`)?.toLowerCase();
      const name = CODEC_WORDS.find(([known]) => known.toLowerCase() === word)?.[1];
      if (name !== undefined && !found.includes(name)) found.push(name);
    }
    return found.length === 0 ? null : { value: found, key: `account.${line}.codec.choice.1` };
  },
  write: (value, line) => {
    if (value.length === 0 || value.length > CODEC_CHOICES)
      return { refused: `it must be 1 to ${CODEC_CHOICES} codecs` };
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      const word = CODEC_WORDS.find(([, known]) => known === name)?.[0];
      if (word === undefined) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      entries.push({ key: `account.${line}.codec.choice.${index + 1}`, value: word });
    }
    return entries;
  },
};

const keepAlive: Group<string> = {
  source: '[template] sip.keepAlive.enable is OPTIONS; network.natTraversal KeepAlive is packets',
  read: (values, line) => {
    const key = `account.${line}.sip.keepAlive.enable`;
    const natKey = `account.${line}.network.natTraversal`;
    const options = values.get(key);
    const isOn = options ? yes.read(options) : null;
    if (isOn === true) return { value: 'options', key };
    if (/^(?:keepalive|2)$/i.test(values.get(natKey) ?? '')) return { value: 'packets', key: natKey };
    return isOn === false ? { value: 'off', key } : null;
  },
  write: (value, line) => {
    if (value === 'notify') return { refused: 'the format has no word for notify' };
    if (value === 'packets') return [{ key: `account.${line}.network.natTraversal`, value: 'KeepAlive' }];
    return [{ key: `account.${line}.sip.keepAlive.enable`, value: value === 'options' ? 'Yes' : 'No' }];
  },
};

function row<Value>(codec: Codec<Value>, source: string, ...keys: [string, ...string[]]): Row<Value> {
  return { keys, codec, source };
}

const SCHEMES: Readonly<Record<string, string>> = {
  TFTP: 'tftp',
  HTTP: 'http',
  HTTPS: 'https',
  FTP: 'ftp',
  FTPS: 'ftps',
};

const timeZone: Group<string> = {
  source: '[wazo] the same texts as in P64; a rule of one s own has no known item',
  read: (values) => {
    const value = readZone(values.get('dateTime.timezone') ?? '');
    return value === null ? null : { value, key: 'dateTime.timezone' };
  },
  write: (name) => {
    const zone = writeZone(name);
    return zone !== null && 'text' in zone
      ? [{ key: 'dateTime.timezone', value: zone.text }]
      : { refused: `${name} is not in the list of time zones` };
  },
};

const pollingMinutes = switched(
  {
    keys: ['provisioning.auto.minute'],
    codec: POLLING,
    source: 'assumption, after P194 and P193: provisioning.auto.mode YesUpgradeMin',
  },
  { keys: ['provisioning.auto.mode'], on: 'YesUpgradeMin' },
);

// ---- function keys

const KEY_MODES: readonly (readonly [mode: string, type: FunctionKey['type']])[] = [
  ['SpeedDial', 'speedDial'],
  ['BLF', 'blf'],
  ['CallPark', 'park'],
  ['MonitoredCallPark', 'park'],
  ['Default', 'line'],
  ['0', 'speedDial'],
  ['1', 'blf'],
  ['9', 'park'],
  ['31', 'line'],
];

const MOST_KEYS = 100;

/** Keys on the display are `vpk`; those of extension boards follow on as `mpk` ([wazo]). */
const SECTIONS = ['vpk', 'mpk'] as const;

const functionKeys: FunctionKeys = {
  source: '[fusionpbx], [wazo] pks.vpk and pks.mpk; numbers of modes: [wazo]; words: assumption',
  read: (values) => {
    const keys: FunctionKey[] = [];
    for (const [module, section] of SECTIONS.entries()) {
      for (let key = 1; key <= MOST_KEYS; key += 1) {
        const found = readKey(values, section, key, module);
        if (found !== null) keys.push(found);
      }
    }
    return keys;
  },
  write: ({ key, module, type, line, value, label }) => {
    const section = SECTIONS[module];
    if (section === undefined || key > MOST_KEYS) return { refused: `there are two lists of ${MOST_KEYS} keys` };
    if (type !== 'line' && (value === null || value === '')) return { refused: 'it has no number' };
    const mode = KEY_MODES.find(([, known]) => known === type)?.[0] ?? '';
    const stem = `pks.${section}.${key}`;
    return [
      { key: `${stem}.keyMode`, value: mode },
      ...(line === null ? [] : [{ key: `${stem}.account`, value: String(line - 1) }]),
      ...(label === null || label === '' ? [] : [{ key: `${stem}.description`, value: label }]),
      ...(value === null || value === '' ? [] : [{ key: `${stem}.value`, value }]),
    ];
  },
};

function readKey(values: EffectiveValues, section: string, key: number, module: number): FunctionKey | null {
  const stem = `pks.${section}.${key}`;
  const mode = values.get(`${stem}.keyMode`)?.toLowerCase();
  const type = KEY_MODES.find(([word]) => word.toLowerCase() === mode)?.[1];
  const value = values.get(`${stem}.value`) ?? null;
  if (type === undefined || (type !== 'line' && value === null)) return null;
  // A number from 0, or a word: Account1.
  const account = /^(Account)?(\d{1,2})$/i.exec(values.get(`${stem}.account`) ?? '');
  const line = account === null ? null : Number(account[2]) + (account[1] === undefined ? 1 : 0);
  const label = values.get(`${stem}.description`) ?? null;
  return { key, module, type, line, value: type === 'line' ? null : value, label };
}

const ACCOUNT = 'account.{n}.';

export const aliasTable: KeyTable = {
  numbers: numbersAfter('account.'),
  mostLines: 16,
  lines: {
    enabled: row(yes, '[template], [fusionpbx]', `${ACCOUNT}enable`),
    label: row(plainText, '[template], [fusionpbx]', `${ACCOUNT}name`),
    displayName: row(plainText, '[template], [fusionpbx]', `${ACCOUNT}sip.subscriber.name`),
    authName: row(plainText, '[template], [fusionpbx]', `${ACCOUNT}sip.subscriber.userid`),
    userName: row(userName, '[template], [fusionpbx]', `${ACCOUNT}sip.userid`),
    password: row(plainText, '[template], [fusionpbx]', `${ACCOUNT}sip.subscriber.password`),
    registrarHost: row(hostWithPort, '[fusionpbx] host:port', `${ACCOUNT}sip.server.1.address`),
    registrarTransport: transport,
    expiresSeconds: row(minutesAsSeconds, '[template] minutes', `${ACCOUNT}sip.registerExpiration`),
    outboundHost: row(hostWithPort, '[template]', `${ACCOUNT}sip.outboundProxy.1.address`),
    backupHost: row(hostWithPort, '[template]', `${ACCOUNT}sip.server.2.address`),
    backupOutboundHost: row(hostWithPort, '[template]', `${ACCOUNT}sip.outboundProxy.2.address`),
  },
  settings: {
    srtp: row(
      worded<string>([
        ['Disabled', 'off'],
        ['EnabledButNotForced', 'optional'],
        ['EnabledAndForced', 'required'],
        ['Optional', 'optional'],
        ['0', 'off'],
        ['1', 'optional'],
        ['2', 'required'],
        ['3', 'optional'],
      ]),
      '[template]; numbers: as in P values',
      `${ACCOUNT}audio.srtpMode`,
    ),
    dtmf,
    codecs,
    voiceMailbox: row(plainText, '[template], [wazo]', `${ACCOUNT}sip.voicemail.number`),
    keepAlive,
    keepAliveSeconds: row(wholeNumber(1, 64_800), '[template]', `${ACCOUNT}sip.keepAlive.interval`),
    nat: row(
      worded<string>(
        [
          ['No', 'off'],
          ['STUN', 'stun'],
          ['0', 'off'],
          ['1', 'stun'],
        ],
        ['KeepAlive', 'UPnP', 'Auto', 'VPN', '2', '3', '4', '5'],
      ),
      '[template]',
      `${ACCOUNT}network.natTraversal`,
    ),
    rport: row(yes, '[fusionpbx] GHP', `${ACCOUNT}network.supportRport`),
  },
  phone: {
    language: row(LANGUAGE, '[wazo]', 'language.gui'),
    timeZone,
    ntpServer: row(plainText, '[wazo]', 'dateTime.ntp.server.1'),
    clock24Hours: row(
      worded<boolean>([
        ['24Hour', true],
        ['12Hour', false],
        ['1', true],
        ['0', false],
      ]),
      'assumption: seen in one public script',
      'dateTime.format.time',
    ),
    adminPassword: row(plainText, '[wazo]', 'users.admin.password'),
    userPassword: row(plainText, 'assumption: seen in one public script', 'users.user.password'),
    vlanId: row(wholeNumber(1, 4094), '[wazo]', 'network.port.eth.1.vlan.tag'),
    vlanPriority: row(wholeNumber(0, 7), '[wazo]', 'network.port.eth.1.vlan.priority'),
    pcVlanId: row(wholeNumber(1, 4094), 'assumption, after the first port', 'network.port.eth.2.vlan.tag'),
    provisioningUrl: addressGroup(
      'seen in public templates',
      'provisioning.config.serverPath',
      ['provisioning.config.protocol'],
      SCHEMES,
    ),
    provisioningUserName: row(plainText, 'seen in public templates', 'provisioning.config.username'),
    provisioningPassword: row(plainText, 'seen in public templates', 'provisioning.config.password'),
    pollingMinutes,
    dhcpProvisioning: row(yes, 'the phone s own map of P145', 'provisioning.override.dhcp.allowCommonOptions'),
    firmwareUrl: addressGroup(
      'seen in public templates',
      'provisioning.firmware.serverPath',
      ['provisioning.firmware.protocol'],
      SCHEMES,
    ),
    phoneBookUrl: addressGroup(
      '[fusionpbx] phonebook.download.mode; the server: seen in one public script',
      'phonebook.download.server',
      ['phonebook.download.mode'],
      { EnabledUseHTTP: 'http', EnabledUseHTTPS: 'https', EnabledUseTFTP: 'tftp' },
    ),
    dialPlan: row(plainText, '[template] of the first account', 'account.1.call.dialplan'),
  },
  functionKeys,
  without: WITHOUT,
};

/** Names as the table has them, by their lower case: files write some with other letters ([fusionpbx]). */
const KNOWN_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...[...Object.values(aliasTable.lines), ...Object.values(aliasTable.settings)].flatMap((fact) =>
      'keys' in fact ? fact.keys : [],
    ),
    `${ACCOUNT}sip.transport`,
    `${ACCOUNT}network.dnsMode`,
    `${ACCOUNT}sip.keepAlive.enable`,
    ...DTMF_KEYS.map((name) => `${ACCOUNT}dtmf.${name}`),
  ]
    .filter((key) => typeof key === 'string' && key.startsWith(ACCOUNT))
    .map((key) => [String(key).slice(ACCOUNT.length).toLowerCase(), String(key).slice(ACCOUNT.length)]),
);

const ACCOUNT_NAME = /^account\.(\d{1,9})\.([\w.]{1,80})$/i;

/** The name as the table has it. */
export function knownName(name: string): string {
  const parts = ACCOUNT_NAME.exec(name);
  if (parts === null) return name;
  const rest = parts[2] ?? '';
  return `account.${parts[1]}.${KNOWN_NAMES.get(rest.toLowerCase()) ?? rest}`;
}
