// Which files a phone would ask for: the persona's variables put into an address, the file names of its vendor, its
// User-Agent. Fetches nothing.
import { formatMac, type Mac } from './mac.ts';
import type { VendorId } from './model.ts';
import { VENDORS } from './registry.ts';
import type { AskingPhone, PersonaRows } from './vendor.ts';

export type PersonaVendor = VendorId | 'generic';

/** No vendor's: names that many servers have. An assumption. */
const generic: PersonaRows = {
  usual: { model: 'Provender', firmware: '1' },
  userAgent: ({ model, firmware, mac }) => `${model}/${firmware} ${mac}`,
  macVariables: { '{mac}': 'plain', $MAC: 'plain' },
  directory: ({ mac }) => [
    ['cfg', 'xml'].flatMap((extension) => [`${mac}.${extension}`, `${formatMac(mac, 'upper')}.${extension}`]),
  ],
};

const PERSONAS: ReadonlyMap<PersonaVendor, PersonaRows> = new Map<PersonaVendor, PersonaRows>([
  ...VENDORS.map(({ id, persona }) => [id, persona] as const),
  ['generic', generic],
]);

export const PERSONA_VENDORS: readonly PersonaVendor[] = [...PERSONAS.keys()];

/** The setting "present as" of a PBX: a vendor's phone, or whatever test-connection finds. */
export type PersonaChoice = PersonaVendor | 'auto';

export const PERSONA_CHOICES: readonly PersonaChoice[] = ['auto', ...PERSONA_VENDORS];

/**
 * Which of the vendors' phones to be, by what was read: the vendor of the file, if its phones ask for that file; otherwise
 * the one as which it was asked for.
 */
export function personaFor(
  read: VendorId,
  asked: Persona,
  answer: { readonly template: string; readonly mac: Mac; readonly url: string },
): PersonaVendor {
  if (!PERSONAS.has(read)) return asked.vendor;
  const slots = planFiles(answer.template, { ...asked, vendor: read }, answer.mac);
  const isAsked = slots.some(({ candidates }) => candidates.some((url) => url.split(/[?#]/, 1)[0] === answer.url));
  return isAsked ? read : asked.vendor;
}

/** Who is asked as where the choice is `auto`; before a test-connection has found it, names that many servers have. */
export function personaOf(choice: PersonaChoice, found: PersonaVendor | null): PersonaVendor {
  return choice === 'auto' ? (found ?? 'generic') : choice;
}

function rowsOf(vendor: PersonaVendor): PersonaRows {
  return PERSONAS.get(vendor) ?? generic;
}

function askingPhone(persona: Persona, mac: Mac): AskingPhone {
  const { usual } = rowsOf(persona.vendor);
  return {
    mac,
    model: headerText(persona.model) || usual.model,
    firmware: headerText(persona.firmwareVersion) || usual.firmware,
    phoneType: headerText(persona.phoneType) || null,
  };
}

/** The phone that we present ourselves as. */
export interface Persona {
  readonly vendor: PersonaVendor;
  /** As the vendor writes it in a User-Agent: `SIP-T46U`, `SPA504G`. */
  readonly model: string | null;
  /** Snom's name for the kind of phone: `snomD785`. Fills `{phone_type}`. */
  readonly phoneType: string | null;
  readonly firmwareVersion: string | null;
  /** Sent instead of the vendor's usual one. `{mac}` stands for the MAC in lower case, `{MAC}` in upper case. */
  readonly userAgent: string | null;
}

/**
 * One of the files that make up a configuration; slots are merged in order. Of the candidates (absolute URLs) the first
 * that is not answered 404 is the file. Where no slot is required, any of them makes a configuration.
 */
export interface FileSlot {
  readonly candidates: string[];
  readonly required: boolean;
}

type AddressCode =
  | 'ADDRESS_NOT_URL'
  | 'ADDRESS_SCHEME'
  | 'ADDRESS_HAS_LOGIN'
  | 'ADDRESS_UNKNOWN_VARIABLE'
  | 'ADDRESS_VARIABLE_IN_HOST'
  | 'ADDRESS_NEEDS_PERSONA';

export type AddressCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: AddressCode; readonly message: string };

interface Variable {
  readonly name: string;
  readonly isMac: boolean;
  /** Null: the persona does not say. */
  readonly value: (persona: Persona, mac: Mac) => string | null;
}

function macVariable(name: string, value: (persona: Persona, mac: Mac) => string): Variable {
  return { name, isMac: true, value };
}

/** Sources: Snom service pages ({mac}, {phone_type}, {firmware_version}); Cisco 6851 guide ($MA, $MAU, $MAC). */
const VARIABLES: readonly Variable[] = [
  macVariable('{mac}', (persona, mac) => formatMac(mac, rowsOf(persona.vendor).macVariables['{mac}'])),
  macVariable('{MAC}', (_persona, mac) => formatMac(mac, 'upper')),
  { name: '{phone_type}', isMac: false, value: (persona) => persona.phoneType },
  { name: '{firmware_version}', isMac: false, value: (persona) => persona.firmwareVersion },
  macVariable('$mac', (_persona, mac) => mac),
  macVariable('$MA', (_persona, mac) => mac),
  macVariable('$MAU', (_persona, mac) => formatMac(mac, 'upper')),
  macVariable('$MAC', (persona, mac) => formatMac(mac, rowsOf(persona.vendor).macVariables.$MAC)),
];

const LONGEST_FIRST = VARIABLES.toSorted((a, b) => b.name.length - a.name.length);
const BRACE_NAMES = VARIABLES.map(({ name }) => name).filter((name) => name.startsWith('{'));

/** Scheme with host, then path and query. What follows `#` never reaches a server. */
const ADDRESS = /^(https?):\/\/([^/?#\\]*)([^#]*)/i;

/**
 * Whether an address may be saved as a Provisioning Server URL. With a persona also whether that persona can fill its
 * variables.
 */
export function checkAddress(template: string, persona?: Persona): AddressCheck {
  const text = template.trim();
  const parts = ADDRESS.exec(text);
  if (parts === null) {
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
      ? refuse(
          'ADDRESS_SCHEME',
          `The address must begin with https:// or http://, not with ${text.split(':', 1)[0]}://.`,
        )
      : refuse(
          'ADDRESS_NOT_URL',
          'This is no web address: give it whole, as in https://pbx.example.com/provision/{mac}.cfg.',
        );
  }
  const [, , authority = '', tail = ''] = parts;
  if (authority.includes('@')) {
    return refuse(
      'ADDRESS_HAS_LOGIN',
      'The address holds a user name or password: take it out, up to and including the "@", and enter the login in its own fields.',
    );
  }
  const unknown = [...text.matchAll(/\{[^{}]*\}/g)].map(([name]) => name).find((name) => !BRACE_NAMES.includes(name));
  if (unknown !== undefined) {
    return refuse(
      'ADDRESS_UNKNOWN_VARIABLE',
      `${unknown.slice(0, 60)} is not a variable. Known ones: ${VARIABLES.map(({ name }) => name).join(', ')}.`,
    );
  }
  if (VARIABLES.some(({ name }) => authority.includes(name))) {
    return refuse(
      'ADDRESS_VARIABLE_IN_HOST',
      'Variables are filled in the path and the query only, not in the host name.',
    );
  }
  if (!URL.canParse(`https://${authority}/`) || authority === '') {
    return refuse(
      'ADDRESS_NOT_URL',
      `"${authority.slice(0, 100)}" is not a host name or address with an optional port.`,
    );
  }
  if (persona !== undefined) {
    const missing = VARIABLES.find(
      ({ name, isMac, value }) => !isMac && tail.includes(name) && !value(persona, '' as Mac),
    );
    if (missing !== undefined) {
      return refuse(
        'ADDRESS_NEEDS_PERSONA',
        `The address uses ${missing.name}, but the persona has none: fill in its ${missing.name.slice(1, -1).replace('_', ' ')}.`,
      );
    }
  }
  return { ok: true };
}

function refuse(code: AddressCode, message: string): AddressCheck {
  return { ok: false, code, message };
}

/**
 * The files that this persona asks for at this address, in the order in which they are merged. The address must have
 * passed `checkAddress`; otherwise there are no slots.
 */
export function planFiles(template: string, persona: Persona, mac: Mac): FileSlot[] {
  const parts = ADDRESS.exec(template.trim());
  if (parts === null) return [];
  const [, scheme = '', authority = '', tail = ''] = parts;
  const filled = fillAddress(tail, persona, mac);
  const base = `${scheme.toLowerCase()}://${authority}`;
  if (filled.variables > 0) return [slot(base, [filled.text, filled.otherCase], true)];

  const queryAt = tail.indexOf('?');
  const path = (queryAt === -1 ? tail : tail.slice(0, queryAt)) || '/';
  const query = queryAt === -1 ? '' : tail.slice(queryAt);
  const lastSegment = path.slice(path.lastIndexOf('/') + 1);
  if (lastSegment.includes('.')) {
    const named = filesBesideNamed(persona, mac, path);
    return [slot(base, [path + query], named.length === 0), ...named.map((names) => slot(base, names, false, query))];
  }
  const directory = path.endsWith('/') ? path : `${path}/`;
  const inDirectory = filesInDirectory(persona, mac);
  return inDirectory.map((names) =>
    slot(
      base,
      names.map((name) => directory + name),
      inDirectory.length === 1,
      query,
    ),
  );
}

function slot(base: string, tails: readonly string[], required: boolean, query = ''): FileSlot {
  const candidates: string[] = [];
  for (const tail of tails) {
    const href = URL.parse(base + tail + query)?.href;
    if (href !== undefined && !candidates.includes(href)) candidates.push(href);
  }
  return { candidates, required };
}

/** What a phone asks for beside a file that the address names. */
function filesBesideNamed(persona: Persona, mac: Mac, path: string): string[][] {
  const slash = path.lastIndexOf('/') + 1;
  const dot = path.lastIndexOf('.');
  const { besideNamed } = rowsOf(persona.vendor);
  const slots = besideNamed?.(askingPhone(persona, mac), path.slice(slash, dot), path.slice(dot + 1)) ?? [];
  return slots.map((names) => names.map((name) => path.slice(0, slash) + name));
}

function filesInDirectory(persona: Persona, mac: Mac): string[][] {
  const slots = rowsOf(persona.vendor).directory(askingPhone(persona, mac));
  return slots.map((names) => names.map((name) => name.split('/').map(encode).join('/')));
}

interface Filled {
  readonly text: string;
  /** The same with each MAC in the other case: servers differ in what they find. */
  readonly otherCase: string;
  readonly variables: number;
}

/** Puts values in place of variables, the longest name first (`$MAU` before `$MA`). An unknown `$name` stays. */
function fillAddress(text: string, persona: Persona, mac: Mac): Filled {
  let filled = '';
  let otherCase = '';
  let variables = 0;
  for (let at = 0; at < text.length; ) {
    const variable = LONGEST_FIRST.find(({ name }) => text.startsWith(name, at));
    if (variable === undefined) {
      filled += text[at];
      otherCase += text[at];
      at += 1;
      continue;
    }
    const value = variable.value(persona, mac) ?? '';
    filled += encode(value);
    otherCase += encode(variable.isMac ? swapCase(value) : value);
    variables += 1;
    at += variable.name.length;
  }
  return { text: filled, otherCase, variables };
}

function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
}

/** Colons stay: phones send them raw, and both path and query may hold them. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll('%3A', ':');
}

/**
 * The address of a file that a boot file includes: relative to the boot file, `../`, or absolute, its variables filled.
 * Null when that makes no http(s) address, or leads from a server to a file.
 */
export function resolveInclude(include: string, from: string, persona: Persona, mac: Mac): string | null {
  const { text } = fillAddress(include, persona, mac);
  if (!URL.canParse(text, from)) return null;
  const url = new URL(text, from);
  // Within an archive (fetchers/archive.ts) files include each other by addresses of their own.
  const isOfArchive = url.protocol === 'file:' && from.startsWith('file:');
  return url.protocol === 'https:' || url.protocol === 'http:' || isOfArchive ? url.href : null;
}

/**
 * The User-Agent of the persona with the MAC in it, since FusionPBX and others find the device by that. The persona's
 * own text wins; control characters are dropped from it.
 */
export function personaUserAgent(persona: Persona, mac: Mac): string {
  if (persona.userAgent !== null && persona.userAgent.trim() !== '') {
    return persona.userAgent
      .replaceAll('{mac}', mac)
      .replaceAll('{MAC}', formatMac(mac, 'upper'))
      .replace(/[^\x20-\x7e]/g, '')
      .trim();
  }
  return rowsOf(persona.vendor).userAgent(askingPhone(persona, mac));
}

function headerText(text: string | null): string {
  return (text ?? '').replace(/[^\x20-\x7e]/g, '').trim();
}
