// Patton SmartNode gateways: one line per FXS port, from a script. Reads only. Knows no network.
// Sources: [wazo] files as it writes them (6.9, 6.11); [scripts] other public generators; the rest is an assumption.
import type { TextBody } from '../parsers/sniff.ts';
import type { Entry } from '../parsers/syntax.ts';
import { type Codec, host, plainText, port, seconds, userName, wholeNumber, wordChoice } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Transport } from './model.ts';
import { type FxsPort, type Identity, type LocationService, readScript, type Script } from './patton-script.ts';
import { rememberKeys, secretWord } from './secret-key.ts';
import type { Certainty, Group, KeyTable, ModelFamily, ParsedConfig, Vendor } from './vendor.ts';

const CODECS: Readonly<Record<string, string>> = {
  g711alaw64k: 'PCMA',
  g711ulaw64k: 'PCMU',
  g729: 'G729',
  'g722-64k': 'G722',
};

const codecs: Group<readonly string[]> = {
  source: '[scripts] g711alaw64k, g711ulaw64k; the others: assumption',
  read: (values) => {
    const slots = Array.from({ length: 10 }, (_, n) => `voip.codec.${n + 1}`).filter((key) => values.get(key));
    const value = slots.map((key) => CODECS[values.get(key) ?? '']).filter((name) => name !== undefined);
    return value.length === 0 ? null : { value, key: 'voip.codec.1' };
  },
  write: () => ({ refused: 'files of Patton are read, not written' }),
};

/** `$(dhcp.66)/...` names no server. */
const wholeUrl: Codec<string> = {
  read: (text) => (/^[a-z]{3,5}:\/\//i.test(text) ? text : null),
  write: plainText.write,
};

/** The largest models have 32 ports; there are racks with several cards of them. */
const MOST_LINES = 256;

const table: KeyTable = {
  numbers: numbersMatching(/^line\.(\d{1,9})\./),
  mostLines: MOST_LINES,
  lines: {
    userName: { keys: ['line.{n}.identity'], codec: userName, source: '[wazo] identity' },
    authName: { keys: ['line.{n}.username'], codec: plainText, source: '[wazo] authenticate ... username' },
    password: { keys: ['line.{n}.password'], codec: plainText, source: '[wazo] username ... password' },
    displayName: { keys: ['line.{n}.name'], codec: plainText, source: '[scripts] mapping-table ... calling-name' },
    registrarHost: { keys: ['line.{n}.registrar'], codec: host, source: '[wazo] registrar; domain: assumption' },
    registrarPort: { keys: ['line.{n}.registrar.port'], codec: port, source: '[wazo]' },
    registrarTransport: {
      keys: ['line.{n}.transport'],
      codec: wordChoice<Transport>({ udp: 'udp', tcp: 'tcp', tls: 'tls' }),
      source: '[wazo] preferred-transport-protocol udp, tcp; tls: assumption',
    },
    expiresSeconds: { keys: ['line.{n}.lifetime'], codec: seconds, source: '[wazo] lifetime' },
    outboundHost: { keys: ['line.{n}.proxy'], codec: host, source: 'assumption: proxy of a registration' },
    outboundPort: { keys: ['line.{n}.proxy.port'], codec: port, source: 'assumption' },
    backupHost: { keys: ['line.{n}.backup'], codec: host, source: '[wazo] a second location service' },
    backupPort: { keys: ['line.{n}.backup.port'], codec: port, source: '[wazo]' },
    port: { keys: ['line.{n}.port'], codec: plainText, source: '[wazo] port fxs SLOT PORT' },
  },
  settings: {
    dtmf: {
      keys: ['voip.dtmf-relay'],
      codec: wordChoice<string>({ default: 'inband', rtp: 'rfc2833', signaling: 'info' }),
      source: '[wazo]',
    },
    codecs,
  },
  phone: {
    ntpServer: { keys: ['sntp.server'], codec: plainText, source: '[wazo]' },
    adminName: { keys: ['administrator.name'], codec: plainText, source: '[wazo]' },
    adminPassword: { keys: ['administrator.password'], codec: plainText, source: '[wazo]' },
    vlanId: { keys: ['vlan.id'], codec: wholeNumber(1, 4094), source: '[wazo]' },
    provisioningUrl: { keys: ['provisioning.location'], codec: wholeUrl, source: '[wazo]' },
  },
  functionKeys: null,
};

const OWN_COMMAND =
  /^[ \t]*(?:cli version \d|(?:authentication|location)-service[ \t]+\S|context (?:cs|sip-gateway)\b|port fxs \d|profile (?:tone-set|voip|pstn|provisioning)[ \t])/m;

function recognise({ shape, text }: TextBody): Certainty {
  return shape.kind !== 'xml' && OWN_COMMAND.test(text) ? 'sure' : 'no';
}

/** Where an identity is told something, or its group is. */
function told<Name extends keyof Identity>(location: LocationService, identity: Identity, name: Name) {
  const group = identity.inherits === null ? undefined : location.groups.get(identity.inherits);
  return identity[name] ?? group?.[name];
}

/** Who is called at a port: what its routes say, then its own number. Null: nobody that registers. */
function userOf(script: Script, { interfaceName }: FxsPort, users: ReadonlyMap<string, unknown>): string | null {
  if (interfaceName === null) return null;
  const { calledUsers, subscribers, calledNumbers } = script;
  const names = [calledUsers, subscribers, calledNumbers].map((found) => found.get(interfaceName));
  return names.find((name) => name !== undefined && users.has(name)) ?? null;
}

/** The services that register a user, the one that the port calls through first: the others are its backups. */
function inOrderOfCalls(script: Script, found: readonly LocationService[], from: FxsPort | null): LocationService[] {
  const hosts = from?.interfaceName && found.length > 1 ? remoteHosts(script, from.interfaceName) : [];
  const rank = ({ domain }: LocationService) => {
    const at = hosts.indexOf(domain?.host ?? '');
    return at === -1 ? hosts.length : at;
  };
  return found.toSorted((a, b) => rank(a) - rank(b));
}

/** The hosts that calls of an interface go to, in order: through tables and hunt groups. */
function remoteHosts(script: Script, interfaceName: string): string[] {
  const hosts: string[] = [];
  const seen = new Set<string>();
  const next = [script.tableOfInterface.get(interfaceName)];
  for (const name of next) {
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    const remote = script.remotes.get(name);
    if (remote === undefined) next.push(...(script.destinations.get(name) ?? []));
    else hosts.push(remote.host);
  }
  return hosts;
}

class Lines {
  readonly entries: Entry[] = [];
  readonly warnings: string[] = [];
  readonly #script: Script;
  readonly #services: ReadonlyMap<string, readonly LocationService[]>;

  constructor(script: Script, services: ReadonlyMap<string, readonly LocationService[]>) {
    this.#script = script;
    this.#services = services;
  }

  /** `from`: the port, or null for an account that none has. */
  add(number: number, user: string | null, from: FxsPort | null): void {
    const { subscribers, callerNames, logins } = this.#script;
    const say = (name: string, value: string | null | undefined) => {
      if (value?.trim()) this.entries.push({ key: `line.${number}.${name}`, value });
    };
    const subscriber = from?.interfaceName ? subscribers.get(from.interfaceName) : undefined;
    if (from !== null) say('port', `FXS ${from.slot}/${from.port}`);
    say('subscriber', subscriber);
    say('name', callerNames.get(subscriber ?? '') ?? callerNames.get(user ?? ''));
    if (user === null) return;
    say('identity', user);
    const [main, backup] = inOrderOfCalls(this.#script, this.#services.get(user) ?? [], from);
    const identity = main?.identities.get(user);
    if (main === undefined || identity === undefined) return;
    const service = told(main, identity, 'loginService');
    const loginName = told(main, identity, 'loginName') ?? user;
    const password = service === undefined ? undefined : logins.get(service)?.get(loginName);
    if (service !== undefined) say('username', loginName);
    if (password === null) this.warnings.push(`value-not-understood:line.${number}.password`);
    say('password', password);
    const registrar = told(main, identity, 'registrar') ?? main.domain;
    say('registrar', registrar?.host);
    say('registrar.port', registrar?.port);
    say('transport', told(main, identity, 'registrationTransport') ?? told(main, identity, 'callTransport'));
    say('lifetime', told(main, identity, 'lifetime'));
    const proxy = told(main, identity, 'proxy');
    say('proxy', proxy?.host);
    say('proxy.port', proxy?.port);
    const second = backup?.identities.get(user);
    if (backup === undefined || second === undefined) return;
    const other = told(backup, second, 'registrar') ?? backup.domain;
    say('backup', other?.host);
    say('backup.port', other?.port);
  }
}

function servicesByUser({ locations }: Script): Map<string, LocationService[]> {
  const services = new Map<string, LocationService[]>();
  for (const location of locations) {
    for (const user of location.identities.keys()) {
      const found = services.get(user);
      if (found === undefined) services.set(user, [location]);
      else found.push(location);
    }
  }
  return services;
}

function parse(text: string): ParsedConfig {
  const script = readScript(text);
  const services = servicesByUser(script);
  const lines = new Lines(script, services);
  const withPort = new Set<string>();
  // The first card's ports have the numbers that stand beside the jacks; further cards follow.
  const ports = script.fxsPorts.toSorted((a, b) => a.slot - b.slot || a.port - b.port);
  let last = 0;
  let before: FxsPort | null = null;
  for (const fxs of ports) {
    // A port may be opened again, to switch it on.
    if (before?.slot === fxs.slot && before.port === fxs.port) continue;
    before = fxs;
    last = fxs.slot === ports[0]?.slot ? fxs.port + 1 : last + 1;
    if (last > MOST_LINES) break;
    const user = userOf(script, fxs, services);
    if (user !== null) withPort.add(user);
    lines.add(last, user, fxs);
  }
  for (const [user, found] of services) {
    if (last >= MOST_LINES) break;
    if (withPort.has(user) || !found.some((location) => hasLogin(location, user))) continue;
    last += 1;
    lines.add(last, user, null);
  }
  const others = Array.from(script.others, ([key, value]) => ({ key, value }));
  return { entries: [...lines.entries, ...others], includes: [], warnings: lines.warnings };
}

/** One without it belongs to somebody who registers at the gateway. */
function hasLogin(location: LocationService, user: string): boolean {
  const identity = location.identities.get(user);
  return identity !== undefined && told(location, identity, 'loginService') !== undefined;
}

function model(id: string, ports: number, ...names: string[]): ModelFamily {
  return { id, lines: ports, keys: 0, modules: 0, keysPerModule: 0, ...(names.length > 0 && { names }) };
}

const isSecret = rememberKeys((key) => secretWord(key));

export const patton: Vendor = {
  id: 'patton',
  name: 'Patton SmartNode',
  formats: [{ id: 'patton-cli', recognise, parse, table, writer: null }],
  merge: 'later',
  nothing: [],
  repeats: () => false,
  isSecret,
  didFields: ['line.1.subscriber', 'line.1.identity', 'line.1.name', 'line.1.username'],
  // Ports: assumption, after Patton's names of models.
  models: [
    model('SN4112', 2),
    model('SN4114', 4),
    model('SN4116', 6),
    model('SN4118', 8),
    model('SN4316', 16),
    model('SN4324', 24),
    model('SN4332', 32),
  ],
  persona: {
    usual: { model: 'SN4118', firmware: '6.11' },
    userAgent: ({ model: name, firmware, mac }) =>
      `SmartNode (Model:${name}/JS/EUI; Serial:${mac.toUpperCase()}; Software Version:R${firmware} 2018-06-05 H323 SIP FXS FXO; Hardware Version:4.4)`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.cfg`]],
  },
  identity: {
    userAgents: [
      /^SmartNode \(Model:(?<model>\w+)\/[^;]+; Serial:(?<serial>\w+); Software Version:R(?<version>[^ ;]+)/,
    ],
    paths: [],
    ouis: ['00a0ba'],
  },
};
