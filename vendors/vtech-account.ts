// The names that VTech's firmware has for settings (`sip_account.1.user_id`): VTech's own phones have them as text, the
// phones that VTech makes for Snom (C520, C620, M100, M500) as XML whose elements make up the same names.
// Sources: [fusionpbx] VCS754, C520, C620, M500KLE as FusionPBX writes them. "assumption": nobody says so.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, parseXml, type XmlElement } from '../parsers/xml.ts';
import { choice, host, plainText, port, seconds, userName, wholeNumber } from './codec.ts';
import { numbersAfter } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import type { Group, KeyTable, LineRows, ParsedConfig, PhoneRows, Row, SettingRows } from './vendor.ts';

const SOURCE = '[fusionpbx]';

/** What stands before the number of a line. */
const ACCOUNT = 'sip_account.';

const on = choice<boolean>({ 1: true, 0: false });

function account(name: string): string {
  return `${ACCOUNT}{n}.${name}`;
}

const lines: LineRows = {
  enabled: { keys: [account('sip_account_enable')], codec: on, source: SOURCE },
  label: { keys: [account('label')], codec: plainText, source: SOURCE },
  displayName: { keys: [account('display_name')], codec: plainText, source: SOURCE },
  userName: { keys: [account('user_id')], codec: userName, source: SOURCE },
  authName: { keys: [account('authentication_name')], codec: plainText, source: SOURCE },
  password: { keys: [account('authentication_access_password')], codec: plainText, source: SOURCE },
  registrarHost: {
    keys: [account('primary_registration_server_address'), account('primary_sip_server_address')],
    codec: host,
    source: SOURCE,
  },
  registrarPort: {
    keys: [account('primary_registration_server_port'), account('primary_sip_server_port')],
    codec: port,
    source: SOURCE,
  },
  registrarTransport: {
    keys: [account('transport_mode')],
    codec: choice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
    source: SOURCE,
  },
  expiresSeconds: { keys: [account('primary_registration_expires')], codec: seconds, source: SOURCE },
  outboundHost: { keys: [account('primary_outbound_proxy_server_address')], codec: host, source: SOURCE },
  outboundPort: { keys: [account('primary_outbound_proxy_server_port')], codec: port, source: SOURCE },
  backupOutboundHost: { keys: [account('backup_outbound_proxy_server_address')], codec: host, source: SOURCE },
  backupOutboundPort: { keys: [account('backup_outbound_proxy_server_port')], codec: port, source: SOURCE },
};

const CODEC_NAMES: Readonly<Record<string, string>> = {
  g711u: 'PCMU',
  g711a: 'PCMA',
  g722: 'G722',
  g726: 'G726-32',
  g729: 'G729',
  ilbc: 'iLBC',
  opus: 'opus',
};
const CODEC_WORDS = new Map(Object.entries(CODEC_NAMES).map(([word, name]) => [name, word]));
const CODEC_PLACES = 7;

const codecs: Group<readonly string[]> = {
  source: '[fusionpbx] codec_priority.1 is preferred; none for an empty place',
  read: (values, line) => {
    const stem = `${ACCOUNT}${line}.codec_priority`;
    const value: string[] = [];
    const unknown: string[] = [];
    for (let place = 1; place <= CODEC_PLACES; place += 1) {
      const word = values.get(`${stem}.${place}`)?.toLowerCase();
      if (!word || word === 'none') continue;
      const name = Object.hasOwn(CODEC_NAMES, word) ? CODEC_NAMES[word] : undefined;
      if (name === undefined) unknown.push(`${stem}.${place}`);
      else if (!value.includes(name)) value.push(name);
    }
    return value.length === 0 && unknown.length === 0 ? null : { value, key: `${stem}.1`, unknown };
  },
  write: (value, line) => {
    const words = value.flatMap((name) => CODEC_WORDS.get(name) ?? []).slice(0, CODEC_PLACES);
    if (words.length === 0) return { refused: `there is no codec ${value[0]}` };
    const entries = words.map((word, place) => ({
      key: `${ACCOUNT}${line}.codec_priority.${place + 1}`,
      value: word,
    }));
    return words.length === value.length ? entries : { near: entries };
  },
};

const settings: SettingRows = {
  srtp: {
    keys: [account('voice_encryption_enable')],
    codec: choice<string>({ 0: 'off', 1: 'required' }, { optional: '0' }),
    source: '[fusionpbx] 0; 1 requires it: assumption',
  },
  dtmf: {
    keys: [account('dtmf_transport_method')],
    codec: choice<string>(
      { rfc2833: 'rfc2833', auto: 'rfc2833', inband: 'inband', info: 'info' },
      { 'rfc2833+info': 'auto' },
    ),
    source: '[fusionpbx] auto; the other words: assumption',
  },
  codecs,
  voiceMailbox: { keys: [account('access_code_retrieve_voicemail')], codec: plainText, source: SOURCE },
  keepAliveSeconds: {
    keys: [
      account('nat_traversal_udp_keep_alive_interval'),
      account('keep_alive_interval'),
      account('nat_traversal_stun_keep_alive_interval'),
    ],
    codec: wholeNumber(1, 86_400),
    source: SOURCE,
  },
  nat: {
    keys: [account('nat_traversal_stun_enable')],
    codec: choice<string>({ 0: 'off', 1: 'stun' }),
    source: SOURCE,
  },
};

function textRow(...keys: [string, ...string[]]): Row<string> {
  return { keys, codec: plainText, source: SOURCE };
}

function isNotOff(text: string | null): boolean {
  return text !== '0';
}

const phone: PhoneRows = {
  language: textRow('user_pref.language'),
  timeZone: textRow('time_date.selected_timezone'),
  ntpServer: switched(
    { keys: ['time_date.ntp_server_addr'], codec: plainText, source: SOURCE },
    { keys: ['time_date.ntp_server'], on: '1', counts: isNotOff },
  ),
  clock24Hours: { keys: ['time_date.24hr_clock', 'time_date.hr24_clock'], codec: on, source: SOURCE },
  adminPassword: textRow('profile.admin.access_password'),
  userPassword: textRow('profile.user.access_password'),
  vlanId: switched(
    { keys: ['network.vlan.wan.id'], codec: wholeNumber(1, 4094), source: SOURCE },
    { keys: ['network.vlan.wan.enable'], on: '1', counts: isNotOff },
  ),
  vlanPriority: { keys: ['network.vlan.wan.priority'], codec: wholeNumber(0, 7), source: SOURCE },
  provisioningUrl: textRow('provisioning.server_address'),
  provisioningUserName: textRow('provisioning.server_username'),
  provisioningPassword: textRow('provisioning.server_access_password'),
  pollingMinutes: {
    keys: ['provisioning.resync_time'],
    codec: wholeNumber(1, 65_535),
    source: '[fusionpbx] 1440; minutes: assumption',
  },
  dhcpProvisioning: { keys: ['provisioning.dhcp_option_enable'], codec: on, source: SOURCE },
  pnpProvisioning: { keys: ['provisioning.pnp_enable'], codec: on, source: SOURCE },
  firmwareUrl: textRow('provisioning.firmware_url'),
  phoneBookUrl: textRow('file.contact.directory.overwrite'),
  dialPlan: textRow('sip_account.1.dial_plan'),
};

export const vtechTable: KeyTable = {
  numbers: numbersAfter(ACCOUNT),
  mostLines: 48,
  lines,
  settings,
  phone,
  functionKeys: null,
};

// ---- XML

const XML_TAG = /<(?:sip_account|call_settings|page_zone|remoteDir)[\s>]/;

export function isVtechXml(body: TextBody): boolean {
  return body.shape.kind === 'xml' && XML_TAG.test(body.text);
}

/** No name is longer; a hostile file nests without end. */
const MOST_LEVELS = 8;

/** Elements make up the name, `<idx id="2">` its numbers. Files have one root or several. */
export function parseVtechXml(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  for (const root of document.roots) {
    if (root.name.toLowerCase() === 'settings') for (const child of root.children) flatten(child, '', entries, 1);
    else flatten(root, '', entries, 1);
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isVtechSecret) };
}

function flatten(element: XmlElement, stem: string, entries: Entry[], level: number): void {
  const id = element.name === 'idx' ? attributeOf(element, 'id') : undefined;
  const key = stem + (id ?? element.name);
  if (element.children.length === 0) entries.push({ key, value: element.text });
  else if (level < MOST_LEVELS) for (const child of element.children) flatten(child, `${key}.`, entries, level + 1);
}

export const isVtechSecret = rememberKeys((key) => /access_password$|crypto_passphrase$/.test(key) || secretWord(key));
