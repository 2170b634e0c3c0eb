// Which addresses may be asked. Decides by what an address says itself (scheme, port, IP literal) and again by what its
// name resolved to; it opens no connection. Callers connect to an address that passed here and to no other.
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { FetchFailure } from './fetcher.ts';

/**
 * `public`: addresses of the internet only. `onprem`: private ones too. `local`: loopback and any port too (command line
 * with --allow-private, demo, tests). Link-local and cloud metadata addresses: never.
 */
export type OutboundMode = 'public' | 'onprem' | 'local';

export interface GuardOptions {
  readonly mode: OutboundMode;
  /** Where this program listens itself: never asked, or it would harvest itself. `0.0.0.0` and `::` mean every interface. */
  readonly own?: readonly { host: string; port: number }[];
  /** Of the installation's own database and mail server: not asked on any host, whose names may be many. Not in `local` mode. */
  readonly closedPorts?: readonly number[];
}

export interface Guard {
  readonly mode: OutboundMode;
  /** What can be said before any name is looked up. Null: nothing against it so far. */
  checkUrl(url: URL): FetchFailure | null;
  /** Whether a connection to this address (as a resolver gave it) and port is allowed. Anything that is no IP address: no. */
  allows(address: string, port: number): boolean;
}

/** Databases, queues and control planes: nobody provisions phones there, and some act on whatever text they get. */
const DENIED_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 1883, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3306, 3389, 4369, 5060, 5061, 5432, 5433, 5671, 5672,
  5900, 5984, 6000, 6379, 6380, 6443, 6667, 7001, 8086, 8125, 8500, 9042, 9092, 9160, 9200, 9300, 10250, 10255, 11211,
  15672, 25672, 26257, 26379, 27017, 27018, 27019, 50000,
]);

const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.com',
  'metadata.azure.internal',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
]);

// Addresses inside otherwise allowed ranges at which cloud providers hand out credentials of the machine: Azure's wire
// server, Alibaba, Oracle, AWS over IPv6 (with its DNS and time servers), Google over IPv6.
const metadata = new BlockList();
metadata.addAddress('168.63.129.16');
metadata.addAddress('100.100.100.200');
metadata.addAddress('192.0.0.192');
metadata.addSubnet('fd00:ec2::', 32, 'ipv6');
metadata.addSubnet('fd20:ce::', 32, 'ipv6');

/** Makes the guard of one installation (or of one command). */
export function createGuard(options: GuardOptions): Guard {
  const { mode } = options;
  const own = options.own ?? [];
  const closed: ReadonlySet<number> = new Set(options.closedPorts);

  /** Of every request to an address without a name the same is asked: the last answer that was a yes. */
  let lastAllowed: string | null = null;

  function addressAllowed(address: string): boolean {
    if (address === lastAllowed) return true;
    const allowed = everyFaceOf(address).every((face) => faceAllowed(face, mode));
    if (allowed) lastAllowed = address;
    return allowed;
  }

  function allows(address: string, port: number): boolean {
    // A zone (`fe80::1%eth0`) names an interface of this machine: nothing that a phone's server has.
    if (isIP(address) === 0 || address.includes('%')) return false;
    if (isOwn(address, port, own)) return false;
    return addressAllowed(address);
  }

  function checkUrl(url: URL): FetchFailure | null {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      return refusal(
        `Only http and https addresses are fetched, not ${url.protocol.slice(0, 20)}. Correct the address.`,
      );
    }
    if (url.username !== '' || url.password !== '') {
      return refusal(
        `The address for ${url.hostname} holds a user name or password. Remove them and enter the login in its own fields.`,
      );
    }
    const port = portOf(url);
    if (mode !== 'local' && (closed.has(port) || !portAllowed(port))) {
      return refusal(
        `Port ${port} of ${url.hostname} is not asked: provisioning servers are fetched from port 80, 443 or from 1024 up, except ports of databases and the like. Correct the port.`,
      );
    }
    const name = bareHost(url);
    if (isIP(name) !== 0) return allows(name, port) ? null : targetRefused(name);
    const plain = name.replace(/\.$/, '');
    if (plain === '' || METADATA_NAMES.has(plain)) return targetRefused(name);
    if (mode !== 'local' && (plain === 'localhost' || plain.endsWith('.localhost'))) return targetRefused(name);
    return null;
  }

  return { mode, checkUrl, allows };
}

/**
 * The one sentence for every refused address, so that an answer tells nothing about what is behind it. It names what
 * the user wrote, never what a name resolved to.
 */
export function targetRefused(host: string): FetchFailure {
  return refusal(
    `${host} is not an address that this installation asks. Enter the public address of the provisioning server, or have the operator allow private addresses.`,
  );
}

/** Host of an address without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function refusal(message: string): FetchFailure {
  return { kind: 'failure', code: 'TARGET_REFUSED', message };
}

function portAllowed(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && !DENIED_PORTS.has(port));
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * The address itself and every IPv4 address that a translator or tunnel on the way could make of it. A BlockList sees
 * through `::ffff:` only; NAT64, 6to4, Teredo and ISATAP would lead to an inner address that nobody had checked.
 */
function everyFaceOf(text: string): Address[] {
  const address = ipaddr.parse(text);
  if (!(address instanceof ipaddr.IPv6)) return [address];
  const bytes = address.toByteArray();
  const v4At = (...positions: number[]) => new ipaddr.IPv4(positions.map((position) => bytes[position] ?? 0));
  const starts = (...head: number[]) => head.every((byte, position) => bytes[position] === byte);
  const zero = (from: number, to: number) => bytes.slice(from, to).every((byte) => byte === 0);
  const last = v4At(12, 13, 14, 15);

  // Mapped (::ffff:a.b.c.d), compatible (::a.b.c.d, but not :: and ::1) and translated (::ffff:0:a.b.c.d): only the inner counts.
  if (zero(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff) return [last];
  if (zero(0, 8) && bytes[8] === 0xff && bytes[9] === 0xff && zero(10, 12)) return [last];
  if (zero(0, 12)) return zero(12, 15) ? [address] : [last];
  // NAT64, the well-known prefix (RFC 6052).
  if (starts(0, 0x64, 0xff, 0x9b) && zero(4, 12)) return [last];
  // NAT64, a prefix of the network's own within 64:ff9b:1::/48 (RFC 8215): its length is unknown, so every place that
  // RFC 6052 gives for the IPv4 address is read; what begins with a zero there is the filling of another length.
  if (starts(0, 0x64, 0xff, 0x9b, 0, 1)) {
    const places = [v4At(6, 7, 9, 10), v4At(7, 9, 10, 11), v4At(9, 10, 11, 12), last];
    const used = places.filter((place) => place.octets[0] !== 0);
    return used.length > 0 ? used : [last];
  }
  const faces: Address[] = [];
  if (starts(0x20, 0x02)) faces.push(v4At(2, 3, 4, 5));
  else if (starts(0x20, 0x01, 0, 0)) {
    faces.push(v4At(4, 5, 6, 7), new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff)));
  } else faces.push(address);
  // ISATAP: any prefix, then 0:5efe or 200:5efe and the IPv4 address.
  if ((bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe)
    faces.push(last);
  return faces;
}

function faceAllowed(address: Address, mode: OutboundMode): boolean {
  const text = address.toString();
  if (metadata.check(text, address instanceof ipaddr.IPv6 ? 'ipv6' : 'ipv4')) return false;
  const range = address.range();
  // ipaddr.js calls everything unlisted unicast; of IPv6 only 2000::/3 is given out.
  if (range === 'unicast') return !(address instanceof ipaddr.IPv6) || ((address.parts[0] ?? 0) & 0xe000) === 0x2000;
  if (range === 'private' || range === 'carrierGradeNat' || range === 'uniqueLocal') return mode !== 'public';
  if (range === 'loopback') return mode === 'local';
  return false;
}

function isOwn(address: string, port: number, own: readonly { host: string; port: number }[]): boolean {
  for (const listener of own) {
    if (listener.port !== port) continue;
    const everywhere = listener.host === '0.0.0.0' || listener.host === '::' || listener.host === '';
    if (everywhere ? isThisMachine(address) : sameAddress(address, listener.host)) return true;
  }
  return false;
}

function isThisMachine(address: string): boolean {
  if (everyFaceOf(address).some((face) => face.range() === 'loopback')) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((one) => sameAddress(address, one.address)));
}

function sameAddress(a: string, b: string): boolean {
  const host = b === 'localhost' ? '127.0.0.1' : (b.split('%')[0] ?? b);
  if (isIP(host) === 0) return false;
  const other = everyFaceOf(host).map(String);
  if (b === 'localhost') other.push('::1');
  return everyFaceOf(a).some((face) => other.includes(face.toString()));
}
