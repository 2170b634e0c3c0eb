// A simulated PBX: serves the configuration files of its phones over real HTTPS, behind a digest login or asking for a
// client certificate. Knows nothing of Provender: it only answers requests, as somebody else's PBX would.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Company, Person } from './company.ts';

export interface PbxOptions {
  readonly company: Company;
  readonly cert: string;
  readonly key: string;
  /** Who may ask: everybody with one of these logins, or everybody with a certificate of this CA. */
  readonly door:
    | { readonly kind: 'digest'; readonly accounts: ReadonlyMap<string, string> }
    | { readonly kind: 'mtls'; readonly ca: string };
}

export interface RequestLogEntry {
  readonly at: Date;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface SimulatedPbx {
  /** Address of the folder that holds the files; ends with `/`. */
  readonly url: string;
  readonly requests: readonly RequestLogEntry[];
  /** What the PBX's admin does with a pseudo-MAC: enters it as the phone of an extension. */
  enterMac(extension: string, mac: string): void;
  /** How many MACs were entered so. */
  entered(): number;
  close(): Promise<void>;
}

const LOGIN_PAGE = `<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post"><input name="user"><input name="password" type="password"><button>Sign in</button></form></body></html>
`;

function colons(mac: string): string {
  return (mac.match(/../g) ?? []).join(':');
}

/** What a Yealink phone of this person would fetch. `mac` is the one that the file names. */
function configFor(company: Company, person: Person, mac: string): string {
  return [
    '#!version:1.0.0.1',
    `## ${company.name}, extension ${person.extension}, phone ${colons(mac)}`,
    'account.1.enable = 1',
    `account.1.label = ${person.label}`,
    `account.1.display_name = ${person.name}`,
    `account.1.user_name = ${person.extension}`,
    `account.1.auth_name = ${person.extension}`,
    `account.1.password = ${person.sipPassword}`,
    `account.1.sip_server.1.address = ${company.domain}`,
    'account.1.sip_server.1.port = 5061',
    'account.1.sip_server.1.transport_type = 2',
    'account.1.sip_server.1.expires = 600',
    'account.1.srtp_encryption = 2',
    'account.1.codec.opus.enable = 1',
    'voice_mail.number.1 = *97',
    '',
  ].join('\n');
}

/** The digest login of RFC 7616 with SHA-256, as the server sees it. */
class DigestDoor {
  readonly #accounts: ReadonlyMap<string, string>;
  readonly #nonces = new Set<string>();
  readonly #realm: string;

  constructor(realm: string, accounts: ReadonlyMap<string, string>) {
    this.#realm = realm;
    this.#accounts = accounts;
  }

  admits(request: IncomingMessage): boolean {
    const header = request.headers.authorization ?? '';
    if (!/^Digest /i.test(header)) return false;
    const given = new Map(
      [...header.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map((match) => [
        (match[1] ?? '').toLowerCase(),
        (match[2] ?? match[3] ?? '').replace(/\\(.)/g, '$1'),
      ]),
    );
    const value = (name: string) => given.get(name) ?? '';
    const password = this.#accounts.get(value('username'));
    if (password === undefined || !this.#nonces.has(value('nonce')) || value('uri') !== request.url) return false;
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const ha1 = hash(`${value('username')}:${this.#realm}:${password}`);
    const ha2 = hash(`${request.method}:${value('uri')}`);
    const wanted = hash([ha1, value('nonce'), value('nc'), value('cnonce'), 'auth', ha2].join(':'));
    const got = value('response');
    return got.length === wanted.length && timingSafeEqual(Buffer.from(got), Buffer.from(wanted));
  }

  challenge(): string {
    const nonce = randomBytes(16).toString('hex');
    this.#nonces.add(nonce);
    return `Digest realm="${this.#realm}", nonce="${nonce}", qop="auth", algorithm=SHA-256`;
  }
}

export async function startPbx(options: PbxOptions): Promise<SimulatedPbx> {
  const { company, door } = options;
  const phones = new Map<string, Person>();
  for (const person of company.people) if (person.mac !== null) phones.set(person.mac, person);
  const requests: RequestLogEntry[] = [];
  let entered = 0;
  const digest = door.kind === 'digest' ? new DigestDoor(company.name, door.accounts) : null;

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'https://pbx.example').pathname;
    const send = (status: number, type: string, body: string, headers: Record<string, string> = {}) => {
      requests.push({ at: new Date(), method: request.method ?? '', path, status });
      response.writeHead(status, { 'content-type': type, ...headers }).end(body);
    };
    if (digest !== null && !digest.admits(request)) {
      send(401, 'text/plain', 'Unauthorized\n', { 'www-authenticate': digest.challenge() });
      return;
    }
    const mac = /^\/prov\/([0-9a-f]{12})\.cfg$/.exec(path)?.[1];
    const person = mac === undefined ? undefined : phones.get(mac);
    if (mac === undefined || person === undefined || person.plan === 'HTTP_404') {
      send(404, 'text/plain', 'Not found\n');
    } else if (person.plan === 'BODY_HTML') {
      send(200, 'text/html; charset=utf-8', LOGIN_PAGE);
    } else {
      const named = person.plan === 'MAC_MISMATCH' ? '00005e0053ee' : mac;
      send(200, 'text/plain; charset=utf-8', configFor(company, person, named));
    }
  };

  const server = createServer(
    {
      cert: options.cert,
      key: options.key,
      ...(door.kind === 'mtls' ? { ca: door.ca, requestCert: true, rejectUnauthorized: true } : {}),
    },
    answer,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}/prov/`,
    requests,
    enterMac(extension, mac) {
      const person = company.people.find((candidate) => candidate.extension === extension);
      if (person === undefined) throw new Error(`${company.name} has no extension ${extension}`);
      phones.set(mac, person);
      entered += 1;
    },
    entered: () => entered,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
