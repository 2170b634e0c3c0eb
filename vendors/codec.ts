// Two-way codecs: a raw text of a file to a value of ours and back. Knows no vendor: tables choose and parametrise.
import type { HostPort, Transport } from './model.ts';

/** A text that stands for a value, or the reason why there is none, as the end of "cannot write <field>: ...". */
export type Written =
  | { readonly text: string /** True: the nearest that the format has, not the same. */; readonly near?: boolean }
  | { readonly refused: string };

export interface Codec<Value> {
  /** Null: the text says "nothing" (port 0). Undefined: it is not understood. The text is never empty. */
  readonly read: (text: string) => Value | null | undefined;
  readonly write: (value: Value) => Written;
  /**
   * The lines of a phone mostly have the same value (a port, a server): what was found out about one is kept for the next.
   * Never of what people or their passwords are called.
   */
  readonly isCommon?: true;
}

/** Text as it is. */
export const plainText: Codec<string> = {
  read: (text) => text,
  write: (value) => (value === '' ? { refused: 'it is empty' } : { text: value }),
};

const MOST_DIGITS = 15;

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return text.length > 0 && text.length <= MOST_DIGITS;
}

/** A whole number from `least` to `most`; 0 below `least` says "not set". */
export function wholeNumber(least: number, most: number): Codec<number> {
  return {
    read: (text) => {
      const value = isDigits(text) ? Number(text) : Number.NaN;
      if (value === 0 && least > 0) return null;
      return value >= least && value <= most ? value : undefined;
    },
    write: (value) =>
      Number.isInteger(value) && value >= least && value <= most
        ? { text: String(value) }
        : { refused: `it is not a whole number from ${least} to ${most}` },
    isCommon: true,
  };
}

export const port = wholeNumber(1, 65_535);

/** Any number of seconds that a 32-bit counter holds. */
export const seconds = wholeNumber(1, 2_147_483_647);

/** Minutes in the file, seconds with us: written as the nearest minute. */
const minutes = wholeNumber(1, 35_791_394);
export const minutesAsSeconds: Codec<number> = {
  read: (text) => {
    const value = minutes.read(text);
    return typeof value === 'number' ? value * 60 : value;
  },
  write: (value) => {
    const whole = minutes.write(Math.max(1, Math.round(value / 60)));
    return value % 60 === 0 || 'refused' in whole ? whole : { ...whole, near: true };
  },
};

/** One of the values of a closed list. `near` names further values that can be written, not read. */
export function choice<Value extends string | boolean>(
  texts: Readonly<Record<string, Value>>,
  near: Readonly<Record<string, string>> = {},
): Codec<Value> {
  const byText = new Map(Object.entries(texts));
  const byValue = new Map<Value, Written>();
  // JavaScript puts keys that are numbers first: where a list has words too, a word is what is written.
  const words = [...byText].filter(([text]) => !/^\d+$/.test(text));
  for (const [text, value] of [...words, ...byText]) if (!byValue.has(value)) byValue.set(value, { text });
  return {
    read: (text) => byText.get(text),
    write: (value) => {
      const written = byValue.get(value);
      if (written !== undefined) return written;
      const nearest = Object.hasOwn(near, String(value)) ? near[String(value)] : undefined;
      return nearest === undefined ? { refused: `the format has no word for ${value}` } : { text: nearest, near: true };
    },
    isCommon: true,
  };
}

/** A user name that may carry its domain. */
export interface UserName {
  readonly user: string;
  readonly domain: string | null;
}

const SIP_SCHEME = /^sips?:/i;

/** Nearly no value has one: a colon is looked for first. */
function withoutScheme(text: string): string {
  return text.includes(':') ? text.replace(SIP_SCHEME, '') : text;
}

/** `user`, `user@domain` or `sip:user@domain`; written without a domain. */
export const userName: Codec<UserName> = {
  read: (text) => {
    const bare = withoutScheme(text);
    const at = bare.lastIndexOf('@');
    const user = at === -1 ? bare : bare.slice(0, at);
    if (user === '') return null;
    return { user, domain: at === -1 ? null : bare.slice(at + 1).split(';', 1)[0] || null };
  },
  write: ({ user }) => {
    if (user === '') return { refused: 'it is empty' };
    if (user.includes('@')) return { refused: 'what follows "@" would be read as a domain' };
    return withoutScheme(user) !== user ? { refused: 'it begins like a SIP address' } : { text: user };
  },
};

const TRANSPORT_WORDS: Readonly<Record<string, Transport>> = { udp: 'udp', tcp: 'tcp', tls: 'tls' };

/** Nearly every host, and nothing in it to be told apart. */
const NAME_ALONE = /^[\w.-]+$/;

/**
 * A host as files have it: `host`, `host:port`, `[2001:db8::1]:port`, `sip:user@host:port;transport=tls`. 0.0.0.0 says
 * "none". Undefined: no host at all.
 */
function readHost(text: string): HostPort | null | undefined {
  if (NAME_ALONE.test(text)) return text === '0.0.0.0' ? null : { host: text, port: null };
  const [whole = '', ...parameters] = withoutScheme(text).split(';');
  const address = whole.slice(whole.lastIndexOf('@') + 1).trim();
  const parts = /^\[([0-9a-f:.%]+)\](?::(\d{0,5}))?$/i.exec(address) ?? /^([^\s:[\]]+)(?::(\d{0,5}))?$/.exec(address);
  // Several colons without brackets: an IPv6 address, which then has no port.
  const name = parts?.[1] ?? (/^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address) ? address : undefined);
  if (name === undefined) return undefined;
  if (name === '0.0.0.0' || name === '::') return null;
  const number = Number(parts?.[2] || 0);
  if (number > 65_535) return undefined;
  const word = parameters.map((parameter) => /^transport=(\w+)$/i.exec(parameter.trim())?.[1]).find(Boolean);
  const transport = word === undefined ? undefined : TRANSPORT_WORDS[word.toLowerCase()];
  return { host: name, port: number === 0 ? null : number, ...(transport === undefined ? {} : { transport }) };
}

/** How much of an address stands in one value: `host` alone, with its port, with `;transport=` behind. */
function address(carries: 'host' | 'port' | 'transport'): Codec<HostPort> {
  return {
    read: readHost,
    write: ({ host, port, transport }) => {
      if (host === '') return { refused: 'it is empty' };
      const isName = NAME_ALONE.test(host);
      if (!isName && (/[\s;@[\]]/.test(host) || SIP_SCHEME.test(host))) {
        return { refused: 'it is no host name or IP address' };
      }
      if (port !== null && carries === 'host') return { refused: 'the format has no place for its port' };
      const name = !isName && host.includes(':') ? `[${host}]` : host;
      const text = port === null ? name : `${name}:${port}`;
      if (transport === undefined) return { text };
      if (carries !== 'transport') return { refused: 'the format has no place for its transport' };
      if (!Object.hasOwn(TRANSPORT_WORDS, transport)) return { refused: `the format has no word for ${transport}` };
      return { text: `${text};transport=${transport}` };
    },
    isCommon: true,
  };
}

/** Written as the host alone, IPv6 in brackets; a port or transport in the text is read. */
export const host = address('host');
export const hostWithPort = address('port');
export const hostWithTransport = address('transport');

/** A closed list of words that are read without regard to case. */
export function wordChoice<Value extends string | boolean>(
  texts: Readonly<Record<string, Value>>,
  near: Readonly<Record<string, string>> = {},
): Codec<Value> {
  const byWord = new Map(Object.entries(texts).map(([text, value]) => [text.toLowerCase(), value]));
  return { read: (text) => byWord.get(text.toLowerCase()), write: choice(texts, near).write };
}
