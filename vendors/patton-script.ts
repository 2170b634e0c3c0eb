// The script of a SmartNode: commands in blocks. An account is spread over them: a login in an authentication service, an
// identity in a location service, an interface that routes lead to, and the port that is bound to it. Sources: [wazo] its
// templates; [scripts] other public generators of such files. Blocks are told by their first words, not by indentation.

export interface Endpoint {
  readonly host: string;
  readonly port: string | null;
}

export interface Identity {
  readonly name: string;
  /** The group whose commands hold for it too. */
  readonly inherits: string | null;
  loginService?: string;
  loginName?: string;
  registrar?: Endpoint;
  lifetime?: string;
  registrationTransport?: string;
  callTransport?: string;
  proxy?: Endpoint;
}

export interface LocationService {
  domain: Endpoint | null;
  readonly groups: Map<string, Identity>;
  readonly identities: Map<string, Identity>;
}

export interface FxsPort {
  readonly slot: number;
  readonly port: number;
  interfaceName: string | null;
}

export interface Script {
  /** By service, by user; null: enciphered. */
  readonly logins: Map<string, Map<string, string | null>>;
  readonly locations: LocationService[];
  readonly fxsPorts: FxsPort[];
  /** By the interface of a port. */
  readonly subscribers: Map<string, string>;
  readonly tableOfInterface: Map<string, string>;
  /** What is called to reach the interface of a port: the user of a SIP address, or a number. */
  readonly calledUsers: Map<string, string>;
  readonly calledNumbers: Map<string, string>;
  readonly callerNames: Map<string, string>;
  /** Where a routing table or a hunt group leads to, in order. */
  readonly destinations: Map<string, string[]>;
  /** By interface towards a server. */
  readonly remotes: Map<string, Endpoint>;
  /** Commands that stand alone, under names of ours. */
  readonly others: Map<string, string>;
}

/** A word in quotes may hold blanks. */
function wordsOf(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).map(unquoted);
}

function unquoted(word: string): string {
  return word.length > 1 && word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : word;
}

/** `domain 1 host port`: numbered in some versions. */
function endpoint(words: readonly string[]): Endpoint | undefined {
  const [first = '', second] = words;
  const [host, port] = /^\d{1,2}$/.test(first) && second !== undefined ? words.slice(1) : words;
  if (host === undefined || host === '' || host === 'none') return undefined;
  return { host, port: /^\d{1,5}$/.test(port ?? '') ? (port ?? null) : null };
}

/** `username U password P`, where P may hold anything: it is not always quoted. */
const LOGIN = /^(?:username|administrator|operator)\s+("[^"]*"|\S+)\s+password\s+(\S.*)$/;

function login(line: string): { readonly name: string; readonly password: string | null } | null {
  const [, name, text = ''] = LOGIN.exec(line) ?? [];
  if (name === undefined) return null;
  return { name: unquoted(name), password: text.endsWith(' encrypted') ? null : unquoted(text) };
}

type Take = (words: readonly string[], line: string) => void;

function getOrSet<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function intoLogins(script: Script, service: string): Take {
  const users = getOrSet(script.logins, service, () => new Map<string, string | null>());
  return (_words, line) => {
    const found = login(line);
    if (found !== null) users.set(found.name, found.password);
  };
}

function intoLocation(location: LocationService): Take {
  let identity: Identity | null = null;
  let scope = '';
  return (words) => {
    const [command = '', first = '', second, third] = words;
    if (command === 'domain') location.domain ??= endpoint(words.slice(1)) ?? null;
    else if (command === 'identity' || command === 'identity-group') {
      const all = command === 'identity' ? location.identities : location.groups;
      identity = getOrSet(all, first, () => ({
        name: first,
        inherits: second === 'inherits' ? (third ?? null) : null,
      }));
      scope = '';
    } else if (/^(?:authentication|registration|call|message)$/.test(command)) scope = `${command} ${first}`;
    else if (identity !== null) intoIdentity(identity, scope, words);
  };
}

function intoIdentity(identity: Identity, scope: string, words: readonly string[]): void {
  const [command, ...rest] = words;
  if (scope === 'authentication outbound' && command === 'authenticate') {
    const service = rest.indexOf('authentication-service');
    const user = rest.indexOf('username', service);
    const [serviceName, userName] = [rest[service + 1], rest[user + 1]];
    if (service === -1 || serviceName === undefined) return;
    identity.loginService ??= serviceName;
    if (user !== -1 && userName !== undefined) identity.loginName ??= userName;
  } else if (scope === 'registration outbound') {
    const [value] = rest;
    const place = endpoint(rest);
    if (command === 'registrar' && place !== undefined) identity.registrar ??= place;
    if (command === 'proxy' && place !== undefined) identity.proxy ??= place;
    if (command === 'lifetime' && value !== undefined) identity.lifetime ??= value;
    if (command === 'preferred-transport-protocol' && value !== undefined) identity.registrationTransport ??= value;
  } else if (scope === 'call outbound' && command === 'preferred-transport-protocol' && rest[0] !== undefined) {
    identity.callTransport ??= rest[0];
  }
}

function intoInterface(script: Script, kind: string, name: string): Take {
  return ([command, ...rest]) => {
    const [first, second, third] = rest;
    if (command === 'subscriber-number' && kind === 'fxs' && first) script.subscribers.set(name, first);
    if (command === 'remote' && kind === 'sip') {
      const place = endpoint(rest);
      if (place !== undefined) script.remotes.set(name, place);
    }
    if (command === 'route' && first === 'call' && second?.startsWith('dest-') && third !== undefined) {
      script.tableOfInterface.set(name, third);
    }
  };
}

/** `route sip:user@.% dest-interface NAME`, `route call dest-interface NAME` of a hunt group. */
function intoRoutes(script: Script, kind: string, name: string): Take {
  const destinations = getOrSet(script.destinations, name, () => []);
  return ([command, called = '', how = '', where]) => {
    if (command !== 'route' || where === undefined || !how.startsWith('dest-')) return;
    destinations.push(where);
    const user = /^sip:(.+)@[^@]*$/.exec(called)?.[1];
    if (kind === 'called-uri' && user !== undefined) script.calledUsers.set(where, user);
    // `.` and `%` stand for any digits.
    if (kind === 'called-e164' && /^\+?\d+$/.test(called)) script.calledNumbers.set(where, called);
  };
}

function intoPort(port: FxsPort): Take {
  return ([command, kind, name]) => {
    if (command === 'bind' && kind === 'interface') port.interfaceName = name ?? null;
  };
}

const NOTHING: Take = () => {};

/** The block that a line opens, or what takes the lines from here on; null: it opens none. */
function open(script: Script, words: readonly string[]): Take | null {
  const [command, first = '', second = '', third = ''] = words;
  const { others } = script;
  switch (command) {
    case 'authentication-service':
      return intoLogins(script, first);
    case 'location-service': {
      const location: LocationService = { domain: null, groups: new Map(), identities: new Map() };
      script.locations.push(location);
      return intoLocation(location);
    }
    case 'interface':
      return intoInterface(script, first, second);
    case 'routing-table':
      return intoRoutes(script, first, second);
    case 'service':
      return first === 'hunt-group' ? intoRoutes(script, '', second) : NOTHING;
    case 'mapping-table':
      // `mapping-table calling-e164 to calling-name NAME`
      if (third !== 'calling-name') return NOTHING;
      return ([map, number, , name]) => {
        if (map === 'map' && number !== undefined && name?.trim()) script.callerNames.set(number, name);
      };
    case 'port': {
      if (first === 'ethernet') {
        return ([vlan, id]) => void (vlan === 'vlan' && id !== undefined && others.set('vlan.id', id));
      }
      if (first !== 'fxs' || !/^\d{1,3}$/.test(second) || !/^\d{1,3}$/.test(third)) return NOTHING;
      const port: FxsPort = { slot: Number(second), port: Number(third), interfaceName: null };
      script.fxsPorts.push(port);
      return intoPort(port);
    }
    case 'profile':
      return intoProfile(script, `${first} ${second}`);
    case 'context':
      return NOTHING;
    default:
      return null;
  }
}

function intoProfile({ others }: Script, name: string): Take {
  if (name === 'voip default') {
    return ([command, first, second]) => {
      if (command === 'codec' && first && second && /^\d{1,2}$/.test(first)) others.set(`voip.codec.${first}`, second);
      if (command === 'dtmf-relay' && first) others.set('voip.dtmf-relay', first);
    };
  }
  if (!name.startsWith('provisioning ')) return NOTHING;
  let isConfiguration = false;
  return ([command, first, second]) => {
    if (command === 'destination') isConfiguration = first === 'configuration';
    if (command === 'location' && isConfiguration && second !== undefined) others.set('provisioning.location', second);
  };
}

/** Commands that stand alone close no block: they are told by what they are. */
function takeAlone({ others }: Script, words: readonly string[], line: string): boolean {
  const [command, first, second, third] = words;
  if (command === 'administrator') {
    const found = login(line);
    if (found === null) return false;
    others.set('administrator.name', found.name);
    if (found.password !== null) others.set('administrator.password', found.password);
    return true;
  }
  if (command === 'sntp-client' && first === 'server' && second === 'primary' && third !== undefined) {
    others.set('sntp.server', third);
    return true;
  }
  if (command === 'system' && first === 'hostname' && second !== undefined) {
    others.set('system.hostname', second);
    return true;
  }
  return false;
}

export function readScript(text: string): Script {
  const script: Script = {
    logins: new Map(),
    locations: [],
    fxsPorts: [],
    subscribers: new Map(),
    tableOfInterface: new Map(),
    calledUsers: new Map(),
    calledNumbers: new Map(),
    callerNames: new Map(),
    destinations: new Map(),
    remotes: new Map(),
    others: new Map(),
  };
  let take = NOTHING;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const words = wordsOf(line);
    if (takeAlone(script, words, line)) continue;
    const opened = open(script, words);
    if (opened !== null) take = opened;
    else take(words, line);
  }
  return script;
}
