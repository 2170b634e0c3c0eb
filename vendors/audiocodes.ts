// AudioCodes phones (400HD, C400HD): which key holds which of our fields. Reads only. Knows no network.
// Sources: [scripts] files of several public provisioning scripts; what is not from there is an assumption, from memory of
// AudioCodes' administrator's manual for the 400HD series. The names are paths; lines are counted from 0.
import { keyValue } from '../parsers/key-value.ts';
import type { TextBody } from '../parsers/sniff.ts';
import { type Codec, choice, host, plainText, port, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Certainty, Format, Group, Key, KeyTable, LineRows, ModelFamily, ParsedConfig, Vendor } from './vendor.ts';

const SIP = 'voip/signalling/sip';

const on = choice<boolean>({ 1: true, 0: false });

/** `{"..."}` is enciphered with a key of the firmware. */
const password: Codec<string> = {
  read: (text) => (/^\{".*"\}$/.test(text) ? undefined : text),
  write: plainText.write,
};

/** Where a phone registers: at the proxy unless it is told another place and that is switched on. */
function ofRegistrar(name: 'addr' | 'port'): Key {
  const ofProxy = { addr: `${SIP}/proxy_address`, port: `${SIP}/proxy_port` };
  return (_line, values) => {
    const registrar = `${SIP}/sip_registrar`;
    const hasOwn =
      values.get(`${registrar}/addr`) &&
      values.get(`${registrar}/enabled`) !== '0' &&
      values.get(`${SIP}/use_proxy_ip_port_for_registrar`) !== '1';
    return hasOwn ? `${registrar}/${name}` : ofProxy[name];
  };
}

const lines: LineRows = {
  enabled: { keys: ['voip/line/{n0}/enabled'], codec: on, source: '[scripts]' },
  userName: { keys: ['voip/line/{n0}/id'], codec: userName, source: '[scripts]' },
  authName: { keys: ['voip/line/{n0}/auth_name'], codec: plainText, source: '[scripts]' },
  password: { keys: ['voip/line/{n0}/auth_password'], codec: password, source: '[scripts]; enciphered: assumption' },
  displayName: { keys: ['voip/line/{n0}/description'], codec: plainText, source: '[scripts]' },
  label: { keys: ['voip/line/{n0}/extension_display'], codec: plainText, source: '[scripts]; its meaning: assumption' },
  registrarHost: { keys: [ofRegistrar('addr')], codec: host, source: '[scripts]; which of two: assumption' },
  registrarPort: { keys: [ofRegistrar('port')], codec: port, source: '[scripts]' },
  registrarTransport: {
    keys: [`${SIP}/transport_protocol`],
    codec: wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
    source: '[scripts]',
  },
  expiresSeconds: {
    keys: [`${SIP}/registration_expires`, `${SIP}/proxy_timeout`],
    codec: seconds,
    source: '[scripts]; the second: assumption',
  },
  outboundOn: { keys: [`${SIP}/sip_outbound_proxy/enabled`], codec: on, source: '[scripts]' },
  outboundHost: { keys: [`${SIP}/sip_outbound_proxy/addr`], codec: host, source: '[scripts]' },
  outboundPort: { keys: [`${SIP}/sip_outbound_proxy/port`], codec: port, source: '[scripts]' },
  backupHost: { keys: [`${SIP}/redundant_proxy/address`], codec: host, source: 'assumption' },
  backupPort: { keys: [`${SIP}/redundant_proxy/port`], codec: port, source: 'assumption' },
};

const CODECS: Readonly<Record<string, string>> = {
  PCMU: 'PCMU',
  PCMA: 'PCMA',
  G722: 'G722',
  G722_8000: 'G722',
  G729: 'G729',
  OPUS: 'opus',
};

/** Slots 0 to 9 are the order of preference. */
const codecs: Group<readonly string[]> = {
  source: '[scripts] names PCMU and PCMA; enabled and the other names: assumption',
  read: (values) => {
    const slot = (n: number) => `voip/codec/codec_info/${n}`;
    const slots = Array.from({ length: 10 }, (_, n) => n).filter(
      (n) => values.get(`${slot(n)}/name`) && values.get(`${slot(n)}/enabled`) !== '0',
    );
    const names = slots.map((n) => [`${slot(n)}/name`, values.get(`${slot(n)}/name`) ?? ''] as const);
    const value = names.map(([, name]) => CODECS[name.toUpperCase()]).filter((name) => name !== undefined);
    const unknown = names.filter(([, name]) => CODECS[name.toUpperCase()] === undefined).map(([key]) => key);
    return names[0] === undefined ? null : { value: value.length === 0 ? null : value, key: names[0][0], unknown };
  },
  write: () => ({ refused: 'files of AudioCodes are read, not written' }),
};

const LANGUAGES = wordChoice<string>({
  english: 'en',
  german: 'de',
  french: 'fr',
  spanish: 'es',
  italian: 'it',
  dutch: 'nl',
  portuguese: 'pt',
  portuguesebrazilian: 'pt-BR',
});

const pollingMinutes: Group<number> = {
  source: '[scripts] hours_interval while the type is HOURLY; DAILY: assumption',
  read: (values) => {
    const type = (values.get('provisioning/period/type') ?? '').toUpperCase();
    const key = 'provisioning/period/hourly/hours_interval';
    const hours = wholeNumber(1, 168).read(values.get(key) ?? '');
    if (type === 'HOURLY' && typeof hours === 'number') return { value: hours * 60, key };
    return type === 'DAILY' ? { value: 24 * 60, key: 'provisioning/period/type' } : null;
  },
  write: () => ({ refused: 'files of AudioCodes are read, not written' }),
};

const table: KeyTable = {
  numbers: numbersMatching(/^voip\/line\/(\d{1,9})\//, 0),
  mostLines: 8,
  lines,
  settings: {
    dtmf: {
      keys: ['voip/media/out_of_band_dtmf'],
      codec: wordChoice<string>({ rfc2833: 'rfc2833', inband: 'inband', via_sip: 'info' }),
      source: 'assumption',
    },
    srtp: {
      keys: ['voip/media/srtp/enabled'],
      codec: choice<string>({ 0: 'off', 1: 'required' }),
      source: 'assumption',
    },
    codecs,
    voiceMailbox: {
      keys: ['voip/services/msg_waiting_ind/voice_mail_number'],
      codec: plainText,
      source: '[scripts]',
    },
  },
  phone: {
    language: { keys: ['personal_settings/language'], codec: LANGUAGES, source: '[scripts]; other words: assumption' },
    ntpServer: { keys: ['system/ntp/primary_server_address'], codec: plainText, source: '[scripts]' },
    adminName: { keys: ['system/user_name'], codec: plainText, source: 'assumption' },
    adminPassword: { keys: ['system/password'], codec: password, source: '[scripts]' },
    vlanId: { keys: ['network/lan/vlan/id'], codec: wholeNumber(1, 4094), source: 'assumption' },
    vlanPriority: { keys: ['network/lan/vlan/priority'], codec: wholeNumber(0, 7), source: 'assumption' },
    provisioningUrl: { keys: ['provisioning/configuration/url'], codec: plainText, source: '[scripts]' },
    firmwareUrl: { keys: ['provisioning/firmware/url'], codec: plainText, source: '[scripts]' },
    dhcpProvisioning: {
      keys: ['provisioning/method'],
      codec: wordChoice<boolean>({ dynamic: true, static: false }),
      source: '[scripts]',
    },
    pollingMinutes,
  },
  functionKeys: null,
};

const OWN_KEY = /^[ \t]*(?:voip|provisioning|personal_settings|ems_server)\/[\w/]+[ \t]*=/m;

function recognise({ shape, text }: TextBody): Certainty {
  return shape.kind !== 'xml' && OWN_KEY.test(text) ? 'sure' : 'no';
}

const INCLUDE = /^include[ \t]+(\S.*)$/i;

/** Assumption, from memory of the manual: `;` begins a comment too, and `include <file>` names a further file. */
function parse(text: string): ParsedConfig {
  const { document, notes } = keyValue.parse(text);
  const others = document.directives.filter((directive) => !directive.text.startsWith(';'));
  const misread = others
    .filter((directive) => !INCLUDE.test(directive.text))
    .map(({ line }) => `line-not-understood:${line}`);
  return {
    entries: document.entries.filter(({ key }) => !key.startsWith(';')),
    includes: others.flatMap((directive) => INCLUDE.exec(directive.text)?.[1] ?? []),
    warnings: [...noteWarnings(notes, isSecret), ...misread],
  };
}

const formats: readonly [Format, ...Format[]] = [{ id: 'audiocodes-cfg', recognise, parse, table, writer: null }];

function model(id: string, count: number, keys = 0, modules = 0, ...names: string[]): ModelFamily {
  return {
    id,
    lines: count,
    keys,
    modules,
    keysPerModule: modules === 0 ? 0 : 22,
    names: [`AudioCodes ${id}`, ...names],
  };
}

const isSecret = rememberKeys((key) => /(?:password|passwd|secret)$/i.test(key) || secretWord(key));

export const audiocodes: Vendor = {
  id: 'audiocodes',
  name: 'AudioCodes',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['voip/line/0/description', 'voip/line/0/extension_display', 'voip/line/0/id', 'voip/line/0/auth_name'],
  // Counts: assumption, after data sheets.
  models: [
    model('405', 2, 0, 0, '405HD'),
    model('420HD', 2, 0, 0, '420HDG'),
    model('430HD', 2, 12),
    model('440HD', 2, 12, 1, '440HDG'),
    model('445HD', 8, 12),
    model('450HD', 8, 8, 1, 'C450HD'),
    model('C448HD', 8, 8),
    model('C470HD', 8, 8),
  ],
  persona: {
    usual: { model: '440HDG', firmware: '2.2.8.61' },
    userAgent: ({ model: name, firmware, mac }) => `AUDC-IPPhone/${firmware} (${name}-Rev0; ${mac.toUpperCase()})`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    // The case of the letters: assumption.
    directory: ({ mac }) => [[`${mac}.cfg`, `${mac.toUpperCase()}.cfg`]],
  },
  identity: {
    userAgents: [/^AUDC-IPPhone\/(?<version>[\w.]{1,30}) \((?<model>\w{1,12})-Rev\w{1,4}; (?<mac>[0-9A-Fa-f]{12})\)/],
    paths: [],
    ouis: ['00908f', '0005e7', '001719'],
  },
};
