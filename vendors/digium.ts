// Digium D, Sangoma P: which key holds which of our fields, both ways. Knows no network.
// Sources: [wiki] Digium's and Sangoma's wiki, "XML configuration", "Smart BLF", "Contacts"; [fusionpbx], [wazo] keys as
// they write them; [fspbx] the same of FS PBX; [dpma] the user guide of Asterisk's module for these phones. How digits are
// sent and how often the file is asked for has no key in any of them: the phone asks when it starts and on check-sync.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { attributeOf, descendants, parseXml, refuseXmlValue, type XmlElement, xmlAttribute } from '../parsers/xml.ts';
import { type Codec, choice, host, plainText, port, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { FunctionKey, Line, Transport } from './model.ts';
import { noteWarnings } from './note-warnings.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import { switched } from './switched.ts';
import type {
  Certainty,
  EffectiveValues,
  Format,
  FunctionKeys,
  Group,
  KeyTable,
  LineRows,
  ModelFamily,
  ParsedConfig,
  PersonaRows,
  PhoneRows,
  Row,
  SettingRows,
  Target,
  Vendor,
  Writer,
  WrittenFile,
} from './vendor.ts';

// ---- rows: attributes of <account>, of <host_primary> and of <host_alternate> in it; accounts count from 0

const on = choice<boolean>({ 1: true, 0: false });

/** FusionPBX puts its own words in. */
const transport = wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls', 'dns srv': 'dns-srv' });

const lines: LineRows = {
  enabled: { keys: ['account.{n0}.status'], codec: on, source: '[fusionpbx]' },
  label: { keys: ['account.{n0}.line_label'], codec: plainText, source: '[fusionpbx]' },
  displayName: { keys: ['account.{n0}.caller_id'], codec: plainText, source: '[fusionpbx]' },
  authName: { keys: ['account.{n0}.authname'], codec: plainText, source: '[fusionpbx]' },
  userName: {
    keys: ['account.{n0}.username', 'account.{n0}.account_id'],
    codec: userName,
    source: '[fusionpbx]; account_id alone: assumption',
  },
  password: { keys: ['account.{n0}.password'], codec: plainText, source: '[fusionpbx]' },
  registrarHost: { keys: ['account.{n0}.host_primary.server'], codec: host, source: '[fusionpbx]' },
  registrarPort: { keys: ['account.{n0}.host_primary.port'], codec: port, source: '[fusionpbx]' },
  registrarTransport: { keys: ['account.{n0}.host_primary.transport'], codec: transport, source: '[fusionpbx]' },
  expiresSeconds: { keys: ['account.{n0}.host_primary.reregister'], codec: seconds, source: '[wiki] seconds' },
  outboundHost: { keys: ['account.{n0}.outbound_proxy'], codec: host, source: '[fusionpbx]' },
  outboundPort: { keys: ['account.{n0}.outbound_port'], codec: port, source: '[fusionpbx]' },
  backupHost: { keys: ['account.{n0}.host_alternate.server'], codec: host, source: '[fusionpbx]' },
  backupPort: { keys: ['account.{n0}.host_alternate.port'], codec: port, source: '[fusionpbx]' },
};

/** `*97` or `sip:*97@host`. */
const mailbox: Codec<string> = {
  read: (text) => text.replace(/^sips?:/i, '').split('@', 1)[0] || null,
  write: (value) => (/@|^sips?:/i.test(value) ? { refused: 'it would be read as an address' } : plainText.write(value)),
};

const srtp: Group<string> = {
  source: '[wiki], [fusionpbx] host_primary media_encryption; sdes, and that it is not optional: assumption',
  read: (values, line) => {
    const key = `account.${line - 1}.host_primary.media_encryption`;
    const text = values.get(key);
    if (!text) return null;
    return text.toLowerCase() === 'sdes' ? { value: 'required', key } : { value: null, key, unknown: [key] };
  },
  write: (value, line) => {
    // Without a word for it a phone does not encrypt.
    if (value === 'off') return { near: [] };
    const entries = [{ key: `account.${line - 1}.host_primary.media_encryption`, value: 'sdes' }];
    return value === 'required' ? entries : { near: entries };
  },
};

/** `id` of `<codecs><codec>` is the RTP encoding name ([wiki]). */
const CODECS = ['PCMU', 'PCMA', 'G722', 'G726-32', 'G729', 'opus', 'iLBC'];
const HIGHEST_PRIORITY = 255;

const codecs: Group<readonly string[]> = {
  ofAllLines: true,
  source: '[wiki] <codec id priority enabled>: 255 is preferred, 1 the last; opus, iLBC: assumption',
  read: (values) => {
    const found = CODECS.flatMap((name) => {
      const priority = values.get(`codec.${name}.enabled`) === '0' ? null : values.get(`codec.${name}.priority`);
      return priority ? [{ name, priority: Number(priority) }] : [];
    });
    found.sort((a, b) => b.priority - a.priority);
    return found.length === 0 ? null : { value: found.map(({ name }) => name), key: 'codec.*.priority' };
  },
  write: (value) => {
    const entries: Entry[] = [];
    for (const [index, name] of value.entries()) {
      if (!CODECS.includes(name)) return { refused: `there is no codec ${name}` };
      if (value.indexOf(name) !== index) return { refused: `${name} stands there twice` };
      entries.push({ key: `codec.${name}.priority`, value: String(HIGHEST_PRIORITY - index) });
    }
    return entries.length === 0 ? { refused: 'it must be a list of codecs' } : entries;
  },
};

const keepAliveSeconds: Group<number> = {
  ofAllLines: true,
  source: '[wiki] udp_ka_interval, 60 by default; 0 for none: assumption',
  read: (values) => {
    const key = 'udp_ka_interval';
    const text = values.get(key);
    if (!text) return null;
    const value = seconds.read(text);
    return value === undefined ? { value: null, key, unknown: [key] } : { value, key };
  },
  write: (value) => {
    const written = seconds.write(value);
    return 'refused' in written ? written : [{ key: 'udp_ka_interval', value: written.text }];
  },
};

const settings: SettingRows = {
  srtp,
  codecs,
  keepAliveSeconds,
  voiceMailbox: { keys: ['account.{n0}.voicemail'], codec: mailbox, source: '[fusionpbx]' },
};

// ---- rows: <setting id value/>

function textRow(source: string, key: string): Row<string> {
  return { keys: [key], codec: plainText, source };
}

/** `en_US`: the country is only heard in the tones, so the usual one stands for the language. */
const LOCALES: Readonly<Record<string, string>> = {
  en_US: 'en',
  de_DE: 'de',
  fr_FR: 'fr',
  es_MX: 'es',
  it_IT: 'it',
  nl_NL: 'nl',
  pt_BR: 'pt-BR',
  fr_CA: 'fr-CA',
  en_GB: 'en-GB',
};

const vlanId = switched(
  {
    keys: ['network_vlan_id'],
    codec: wholeNumber(1, 4094),
    source: '[wiki] counts in network_vlan_discovery_mode MANUAL',
  },
  { keys: ['network_vlan_discovery_mode'], on: 'MANUAL', counts: (text) => text === null || text === 'MANUAL' },
);

const ntpServer: Group<string> = {
  source: '[fusionpbx] time_source ntp, ntp_server',
  read: (values) => {
    const value = values.get('ntp_server');
    return value ? { value, key: 'ntp_server' } : null;
  },
  write: (value) => [
    { key: 'time_source', value: 'ntp' },
    { key: 'ntp_server', value },
  ],
};

// ---- the server's address, in which its login stands: the parts behind `#` are put together by the writer

const SERVER = 'config_server_url';
const SERVER_USER = `${SERVER}#user`;
const SERVER_PASSWORD = `${SERVER}#password`;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitLogin(url: string): Entry[] {
  const [, scheme, user = '', password, rest] = /^(\w+:\/\/)([^/@:]*)(?::([^/@]*))?@(.*)$/s.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return [{ key: SERVER, value: url }];
  return [
    { key: SERVER, value: scheme + rest },
    { key: SERVER_USER, value: decoded(user) },
    ...(password === undefined ? [] : [{ key: SERVER_PASSWORD, value: decoded(password) }]),
  ];
}

function joinLogin(values: ReadonlyMap<string, string>): string | undefined {
  const url = values.get(SERVER);
  const user = values.get(SERVER_USER);
  const password = values.get(SERVER_PASSWORD);
  if (user === undefined && password === undefined) return url;
  const login = `${encodeURIComponent(user ?? '')}${password === undefined ? '' : `:${encodeURIComponent(password)}`}`;
  return url?.replace('://', `://${login}@`);
}

// ---- firmware

/** Its version is compared by the phone, and stands in the names of the maker's files. */
const FIRMWARE_FILE = /(?:^|\/)(\d+(?:_\d+)+)_([DP]\d{2,3})_firmware[^/]*$/;

const firmwareUrl: Group<string> = {
  source: '[fusionpbx] <firmware model version url>, files called 2_8_0_D65_firmware.eff',
  read: (values) => {
    const keys = [...values.all.keys()].filter((key) => /^firmware\.\w+\.url$/.test(key) && values.get(key));
    const [key, another] = keys;
    const value = key === undefined || another !== undefined ? undefined : values.get(key);
    return value && key !== undefined ? { value, key } : null;
  },
  write: (value) => {
    const [, version, model] = FIRMWARE_FILE.exec(value) ?? [];
    if (version === undefined || model === undefined) {
      return { refused: 'the phone needs the version and the model in the name, as in 2_8_0_D65_firmware.eff' };
    }
    return [
      { key: `firmware.${model}.version`, value: version },
      { key: `firmware.${model}.url`, value },
    ];
  },
};

// ---- function keys: places that point to contacts, both in files of their own

const BLF = /^blf\.(main|side|expansion)\.(\d{1,3})\.(\d{1,3})$/;
const SIDE_KEYS = 10;
const EXPANSION_KEYS = 20;

/** Phones with keys beside the display. */
const HAS_SIDE_KEYS = /^D[57]0$/;

function placeOf({ key, module }: FunctionKey, model: ModelFamily | null): string {
  const paged = (location: string, keys: number) =>
    `blf.${location}.${Math.floor((key - 1) / keys) + 1}.${(key - 1) % keys}`;
  if (module > 0) return paged('expansion', EXPANSION_KEYS);
  return model !== null && HAS_SIDE_KEYS.test(model.id) ? paged('side', SIDE_KEYS) : `blf.main.0.${key - 1}`;
}

const functionKeys: FunctionKeys = {
  source: '[wiki], [fspbx] blf_item location, paging, index, contact_id; contact; keys of a page: assumption',
  read: (values) => {
    const found: FunctionKey[] = [];
    for (const [place, id] of values.all) {
      const [, location, page, index] = BLF.exec(place) ?? [];
      const value = id ? values.get(`contact.${id}.dial`) : undefined;
      if (location === undefined || !id || !value) continue;
      // Pages count from 1; the main keys have one only.
      const pagesBefore = location === 'main' ? 0 : Math.max(Number(page) - 1, 0);
      found.push({
        key: pagesBefore * (location === 'side' ? SIDE_KEYS : EXPANSION_KEYS) + Number(index) + 1,
        module: location === 'expansion' ? 1 : 0,
        type: values.get(`contact.${id}.subscribe`) ? 'blf' : 'speedDial',
        line: null,
        value,
        label: values.get(`contact.${id}.label`) ?? null,
      });
    }
    return found.sort((a, b) => a.module - b.module || a.key - b.key);
  },
  write: (key, model) => {
    const { type, line, value, label } = key;
    if (type === 'line') return { refused: 'accounts stand on the first keys, in their order' };
    if (type === 'park') return { refused: 'there is no key that parks at a number' };
    if (key.module > 1) return { refused: 'the phone takes one expansion module' };
    if (value === null || value === '') return { refused: 'it has no number' };
    const id = `key-${key.module}-${key.key}`;
    const entries: Entry[] = [
      { key: placeOf(key, model), value: id },
      { key: `contact.${id}.dial`, value },
      ...(label === null ? [] : [{ key: `contact.${id}.label`, value: label }]),
      ...(type === 'blf' ? [{ key: `contact.${id}.subscribe`, value }] : []),
    ];
    // Contacts are dialled with the first account.
    return line === null ? entries : { near: entries };
  },
};

const phone: PhoneRows = {
  language: { keys: ['locale'], codec: choice(LOCALES), source: '[fusionpbx] en_US; others: assumption' },
  timeZone: textRow('[fusionpbx] IANA', 'time_zone'),
  ntpServer,
  adminPassword: textRow('[fusionpbx]', 'login_password'),
  vlanId,
  vlanPriority: { keys: ['sip_qos'], codec: wholeNumber(0, 7), source: '[fusionpbx] of SIP' },
  pcVlanId: { keys: ['pc_vlan_id'], codec: wholeNumber(1, 4094), source: 'assumption: its name in [dpma]' },
  provisioningUrl: textRow('[wiki] [protocol://][user:password@]server[:port][/path]', SERVER),
  provisioningUserName: textRow('[wiki] in the address', SERVER_USER),
  provisioningPassword: textRow('[wiki] in the address', SERVER_PASSWORD),
  firmwareUrl,
  phoneBookUrl: textRow('[fusionpbx] <contacts url>', 'contacts.url'),
  logoUrl: textRow('[wiki] <setting id="logo_file" url>; path is where the phone keeps it', 'logo_file.url'),
  dialPlan: textRow('[dpma] dial_plan of an account: that of the first', 'account.0.dial_plan'),
};

/** An account may be there to be dialled from only. */
function noteNoRegister(line: Line, values: EffectiveValues, warn: (warning: string) => void): Line {
  if (values.get(`account.${line.line - 1}.register`) === '0') warn(`no-register:${line.line}`);
  return line;
}

const table: KeyTable = {
  numbers: numbersMatching(/^account\.(\d{1,3})\./, 0),
  // [wiki] P370, D80: more than any other.
  mostLines: 20,
  lines,
  settings,
  phone,
  functionKeys,
  without: {
    adminName: 'the phone asks for a password alone',
    dhcpProvisioning: 'there is no switch: option 66 counts while no server is set (Sangoma wiki, Provisioning)',
    pnpProvisioning: 'the phone looks for servers by multicast DNS, not by SIP (Sangoma wiki, Provisioning)',
  },
  finish: noteNoRegister,
};

// ---- format

function recognise(body: TextBody): Certainty {
  if (body.shape.kind === 'xml' && body.shape.root.toLowerCase() === 'phonebooks') {
    return /<contacts\s[^>]{0,200}\bgroup_name\s*=/.test(body.text) ? 'sure' : 'likely';
  }
  if (body.shape.kind !== 'xml' || body.shape.root.toLowerCase() !== 'config') return 'no';
  if (/<section[\s>]/i.test(body.text)) return 'no';
  return /<accounts[\s>/]|<account\s|<setting\s+id\s*=|<smart_blf[\s>/]/.test(body.text) ? 'sure' : 'likely';
}

function addAttributes(entries: Entry[], stem: string, element: XmlElement): void {
  for (const { name, value } of element.attributes) entries.push({ key: `${stem}.${name}`, value });
}

function addAccount(entries: Entry[], account: XmlElement, index: string): void {
  const stem = `account.${index}`;
  addAttributes(entries, stem, account);
  for (const child of account.children) {
    if (child.name.startsWith('host_')) addAttributes(entries, `${stem}.${child.name}`, child);
    else if (child.name === 'permission') {
      entries.push({
        key: `${stem}.permission.${attributeOf(child, 'id') ?? ''}`,
        value: attributeOf(child, 'value') ?? '',
      });
    }
  }
}

/** The contacts that our own keys stand for: no phone book. */
const KEY_CONTACTS = 'keys';

function addContact(entries: Entry[], contact: XmlElement): void {
  const id = attributeOf(contact, 'id');
  const actions = contact.children.filter(({ name }) => name === 'actions').flatMap(({ children }) => children);
  const action = actions.find((one) => attributeOf(one, 'id') === 'primary') ?? actions[0];
  if (!id || action === undefined) return;
  const say = (name: string, value: string | undefined): void => {
    if (value) entries.push({ key: `contact.${id}.${name}`, value });
  };
  say('dial', attributeOf(action, 'dial'));
  say('label', attributeOf(action, 'label'));
  say('subscribe', attributeOf(contact, 'subscribe_to'));
}

function addSetting(entries: Entry[], setting: XmlElement): void {
  const id = attributeOf(setting, 'id')?.trim() ?? '';
  if (id === '') return;
  const value = attributeOf(setting, 'value') ?? '';
  entries.push(...(id === SERVER ? splitLogin(value) : [{ key: id, value }]));
  for (const name of ['path', 'url']) {
    const text = attributeOf(setting, name);
    if (text !== undefined) entries.push({ key: `${id}.${name}`, value: text });
  }
}

function parse(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  let accounts = 0;
  const attribute = (element: XmlElement, name: string): string => attributeOf(element, name)?.trim() ?? '';
  for (const root of document.roots) {
    for (const element of descendants(root)) {
      switch (element.name) {
        case 'setting':
          addSetting(entries, element);
          break;
        case 'account':
          addAccount(entries, element, attribute(element, 'index') || String(accounts));
          accounts += 1;
          break;
        case 'contacts':
          if (attributeOf(element, 'url') !== undefined && attribute(element, 'id') !== KEY_CONTACTS) {
            entries.push({ key: 'contacts.url', value: attributeOf(element, 'url') ?? '' });
          }
          break;
        case 'contact':
          addContact(entries, element);
          break;
        case 'codec':
          addAttributes(entries, `codec.${attribute(element, 'id')}`, element);
          break;
        case 'firmware':
          addAttributes(entries, `firmware.${attribute(element, 'model')}`, element);
          break;
        case 'blf_item':
          entries.push({
            key: `blf.${attribute(element, 'location')}.${attribute(element, 'paging') || '0'}.${attribute(element, 'index')}`,
            value: attribute(element, 'contact_id'),
          });
          break;
      }
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isSecret) };
}

// ---- writing

const ACCOUNT_KEY = /^account\.(\d+)\.(?:(host_\w+)\.)?(\w+)$/;

interface WrittenAccount {
  readonly own: Map<string, string>;
  readonly hosts: Map<string, Map<string, string>>;
}

function attributes(values: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [name, value] of values) text += ` ${name}="${xmlAttribute(value)}"`;
  return text;
}

function printAccount(index: string, { own, hosts }: WrittenAccount): string {
  // Without it the phone shows an account and does not register it ([wiki]).
  const head = new Map([['index', index], ['register', '1'], ...own]);
  let text = `    <account${attributes(head)}>\n`;
  for (const [name, values] of hosts) text += `      <${name}${attributes(values)}/>\n`;
  return `${text}    </account>\n`;
}

/** Directories that the files of the keys are fetched from: beside the phone's own. */
function directoryOf(values: ReadonlyMap<string, string>): string | null {
  const url = joinLogin(values);
  if (url === undefined || !/^https?:\/\//i.test(url)) return null;
  const path = url.replace(/[?#].*$/s, '');
  return /^\w+:\/\/[^/]*$/.test(path) ? `${path}/` : path.replace(/[^/]*\.[^/]*$/, '').replace(/\/?$/, '/');
}

/** What the main file says in a place of its own. */
const OWN_PLACE =
  /^(?:account\.\d|codec\.|firmware\.|blf\.|contact\.|contacts\.url$|logo_file\.(?:url|path)$|config_server_url)/;

function element(name: string, values: Iterable<readonly [string, string]>, indent: string): string {
  return `${indent}<${name}${attributes(values)}/>\n`;
}

function print(entries: readonly Entry[], { mac }: Target): readonly [WrittenFile, ...WrittenFile[]] {
  const name = mac ?? '{mac}';
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const accounts = new Map<string, WrittenAccount>();
  for (const { key, value } of entries) {
    const [, index, hostName, attributeName] = ACCOUNT_KEY.exec(key) ?? [];
    if (index === undefined || attributeName === undefined) continue;
    const account = accounts.get(index) ?? { own: new Map(), hosts: new Map() };
    accounts.set(index, account);
    if (hostName === undefined) account.own.set(attributeName, value);
    else account.hosts.set(hostName, (account.hosts.get(hostName) ?? new Map()).set(attributeName, value));
  }
  const keys = entries.filter(({ key }) => BLF.test(key));
  const directory = directoryOf(values) ?? '';
  const logo = values.get('logo_file.url');
  const server = joinLogin(values);
  const phoneBook = values.get('contacts.url');
  const said: readonly (readonly [string, string])[] = [
    ['enable_check_sync', '1'],
    ...(server === undefined ? [] : [[SERVER, server] as const]),
    ...(keys.length === 0 ? [] : [['blf_contact_group', KEY_GROUP] as const]),
    ...entries.filter(({ key }) => !OWN_PLACE.test(key)).map(({ key, value }) => [key, value] as const),
  ];
  const settingRows = said
    .map(([id, value]) =>
      element(
        'setting',
        [
          ['id', id],
          ['value', value],
        ],
        '  ',
      ),
    )
    .join('');
  const logoRow =
    logo === undefined
      ? ''
      : element(
          'setting',
          [
            ['id', 'logo_file'],
            ['value', 'user'],
            ['path', '/user_image.png'],
            ['url', logo],
          ],
          '  ',
        );
  const accountRows = [...accounts].map(([index, account]) => printAccount(index, account)).join('');
  const bookRow =
    phoneBook === undefined
      ? ''
      : element(
          'contacts',
          [
            ['url', phoneBook],
            ['id', 'internal'],
          ],
          '  ',
        );
  const keyRows =
    keys.length === 0
      ? ''
      : `${element(
          'contacts',
          [
            ['url', `${directory}${name}-contacts.xml`],
            ['id', KEY_CONTACTS],
          ],
          '  ',
        )}  <smart_blf>\n${element('blf_items', [['url', `${directory}${name}-smartblf.cfg`]], '    ')}  </smart_blf>\n`;
  const text = `${XML}<config>\n${logoRow}${settingRows}  <accounts>\n${accountRows}  </accounts>\n${printCodecs(entries)}${bookRow}${keyRows}${printFirmware(values)}</config>\n`;
  const own: WrittenFile = { name: `${name}.cfg`, text };
  if (keys.length === 0) return [own];
  return [
    own,
    { name: `${name}-contacts.xml`, text: printContacts(keys, values) },
    { name: `${name}-smartblf.cfg`, text: printPlaces(keys) },
  ];
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** A phone watches the contacts of one group ([wiki]). */
const KEY_GROUP = 'Keys';

function printCodecs(entries: readonly Entry[]): string {
  const rows = entries.flatMap(({ key, value }) => {
    const id = /^codec\.(.+)\.priority$/.exec(key)?.[1];
    return id === undefined
      ? []
      : [
          element(
            'codec',
            [
              ['id', id],
              ['priority', value],
              ['packetization', '20'],
              ['enabled', '1'],
            ],
            '    ',
          ),
        ];
  });
  return rows.length === 0 ? '' : `  <codecs>\n${rows.join('')}  </codecs>\n`;
}

function printFirmware(values: ReadonlyMap<string, string>): string {
  const rows = Array.from(values, ([key, value]) => {
    const model = /^firmware\.(\w+)\.url$/.exec(key)?.[1];
    const version = values.get(`firmware.${model}.version`) ?? '';
    return model === undefined
      ? ''
      : element(
          'firmware',
          [
            ['model', model],
            ['version', version],
            ['url', value],
          ],
          '    ',
        );
  }).join('');
  return rows === '' ? '' : `  <firmwares>\n${rows}  </firmwares>\n`;
}

function printContacts(keys: readonly Entry[], values: ReadonlyMap<string, string>): string {
  const rows = keys.map(({ value: id }) => {
    const dial = values.get(`contact.${id}.dial`) ?? '';
    const label = values.get(`contact.${id}.label`);
    const watched = values.get(`contact.${id}.subscribe`);
    const head: (readonly [string, string])[] = [
      ['id', id],
      ['first_name', label ?? dial],
      ['last_name', ''],
      ['contact_type', 'special'],
      ...(watched === undefined ? [] : [['subscribe_to', watched] as const]),
    ];
    const action: (readonly [string, string])[] = [
      ['id', 'primary'],
      ['dial', dial],
      ...(label === undefined ? [] : [['label', label] as const]),
      ['name', 'Dial'],
    ];
    return `    <contact${attributes(head)}>\n      <actions>\n${element('action', action, '        ')}      </actions>\n    </contact>\n`;
  });
  return `${XML}<phonebooks>\n  <contacts${attributes([
    ['group_name', KEY_GROUP],
    ['id', KEY_CONTACTS],
    ['editable', '0'],
  ])}>\n${rows.join('')}  </contacts>\n</phonebooks>\n`;
}

/** Pressed while a call is on, a key transfers it; else it dials. */
function printPlaces(keys: readonly Entry[]): string {
  const behaviour = (state: string, does: string) =>
    element(
      'behavior',
      [
        ['phone_state', state],
        ['press_action', 'primary'],
        ['press_function', does],
      ],
      '          ',
    );
  const rows = keys.map(({ key, value }) => {
    const [, location = '', paging = '', index = ''] = BLF.exec(key) ?? [];
    const head = attributes([
      ['location', location],
      ['index', index],
      ['paging', paging],
      ['contact_id', value],
    ]);
    const does = behaviour('idle', 'dial') + behaviour('connected', 'transfer');
    return `      <blf_item${head}>\n        <behaviors>\n${does}        </behaviors>\n      </blf_item>\n`;
  });
  return `${XML}<config>\n  <smart_blf>\n    <blf_items>\n${rows.join('')}    </blf_items>\n  </smart_blf>\n</config>\n`;
}

function refuseEntries(entries: readonly Entry[]): string | null {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const hasLogin = values.has(SERVER_USER) || values.has(SERVER_PASSWORD);
  if (hasLogin && !values.get(SERVER)?.includes('://'))
    return 'a login stands in the address of the server: name that too';
  const keys = entries.filter(({ key }) => BLF.test(key));
  if (keys.length === 0) return null;
  if (directoryOf(values) === null) {
    return 'function keys stand in files that the phone is given the addresses of: name an http or https address of the server';
  }
  for (const { key } of keys) {
    const index = /^blf\.main\.0\.(\d+)$/.exec(key)?.[1];
    const isTaken = index !== undefined && entries.some((entry) => ACCOUNT_KEY.exec(entry.key)?.[1] === index);
    if (isTaken) return `line ${Number(index) + 1} stands on key ${Number(index) + 1}`;
  }
  return null;
}

const writer: Writer = { print, refuseValue: refuseXmlValue, access: [], refuseEntries };

const formats: readonly [Format, ...Format[]] = [{ id: 'digium-xml', recognise, parse, table, writer }];

// ---- models ([wiki]; keys with pages: assumption), persona, identification

function model(id: string, lineCount: number, keys: number, modules = 0): ModelFamily {
  return { id, lines: lineCount, keys, modules, keysPerModule: modules === 0 ? 0 : 100 };
}

const models: readonly ModelFamily[] = [
  model('D40', 2, 0),
  model('D45', 2, 0),
  model('D50', 4, 10),
  model('D60', 2, 0),
  model('D62', 2, 0),
  model('D65', 6, 6, 1),
  model('D70', 6, 100),
  model('D80', 10, 0),
  model('P310', 2, 0),
  model('P315', 2, 0),
  model('P320', 4, 4),
  model('P325', 6, 6),
  model('P330', 8, 8),
  model('P370', 10, 10),
];

const persona: PersonaRows = {
  usual: { model: 'D65', firmware: '2_9_6' },
  // The MAC is in it only with send_mac_with_useragent=1; its place: assumption.
  userAgent: ({ model: name, firmware, mac }) => `Digium ${name} ${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [['000000000000.cfg'], [`${mac}.cfg`, `${mac.toUpperCase()}.cfg`]],
};

const isSecret = rememberKeys((key) => secretWord(key));

export const digium: Vendor = {
  id: 'digium',
  name: 'Digium and Sangoma P',
  formats,
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['account.0.line_label', 'account.0.caller_id', 'account.0.username'],
  models,
  persona,
  identity: {
    userAgents: [
      /^(?:Digium|Sangoma) (?<model>[DP]\d{2,3})[ /](?<version>[\d_.]+)(?: (?<mac>[0-9a-fA-F:]{12,17}))?$/,
      /^digium_(?<model>D\d\d)_(?<version>[\d_]+)$/,
    ],
    paths: [
      /^Digium\/(?<mac>[0-9a-fA-F]{12})(?:-contacts\.xml|\.cfg)$/,
      /(?:^|\/)(?<mac>[0-9a-fA-F]{12})-smartblf\.cfg$/,
    ],
    ouis: ['000fd3'],
  },
};
