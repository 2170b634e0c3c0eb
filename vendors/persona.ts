// Which files a phone would ask for: the persona's variables put into an address, the file names of its vendor, its
// User-Agent. Fetches nothing.
import { formatMac, type Mac } from './mac.ts';

export const PERSONA_VENDORS = ['yealink', 'snom', 'cisco-spa', 'generic'] as const;
export type PersonaVendor = (typeof PERSONA_VENDORS)[number];

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
  macVariable('{mac}', (persona, mac) => formatMac(mac, persona.vendor === 'snom' ? 'upper' : 'plain')),
  macVariable('{MAC}', (_persona, mac) => formatMac(mac, 'upper')),
  { name: '{phone_type}', isMac: false, value: (persona) => persona.phoneType },
  { name: '{firmware_version}', isMac: false, value: (persona) => persona.firmwareVersion },
  macVariable('$mac', (_persona, mac) => mac),
  macVariable('$MA', (_persona, mac) => mac),
  macVariable('$MAU', (_persona, mac) => formatMac(mac, 'upper')),
  macVariable('$MAC', (persona, mac) => formatMac(mac, persona.vendor === 'cisco-spa' ? 'colon' : 'plain')),
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
    const url = base + tail + query;
    if (!URL.canParse(url)) continue;
    const { href } = new URL(url);
    if (!candidates.includes(href)) candidates.push(href);
  }
  return { candidates, required };
}

/** Snom asks `name.ext` and then `name-<MAC>.ext` (Snom service pages); nobody else adds a file to a named one. */
function filesBesideNamed(persona: Persona, mac: Mac, path: string): string[][] {
  if (persona.vendor !== 'snom') return [];
  const dot = path.lastIndexOf('.');
  return [bothCases(mac, 'upper', (text) => `${path.slice(0, dot)}-${text}${path.slice(dot)}`)];
}

/**
 * File names that a phone asks for in a directory. Yealink: admin guides T2/T4/T5 (boot files), the MAC file first since
 * that is where the account is. Cisco SPA: usual profile rules. Generic: an assumption.
 */
function filesInDirectory(persona: Persona, mac: Mac): string[][] {
  switch (persona.vendor) {
    case 'yealink':
      return [[...bothCases(mac, 'plain', (text) => `${text}.cfg`), `${mac}.boot`, 'y000000000000.boot']];
    case 'snom': {
      const device = (type: string) => bothCases(mac, 'upper', (text) => `${type}-${text}.htm`);
      const type = encode(snomType(persona));
      return [[`${type}.htm`], device(type)];
    }
    case 'cisco-spa':
      return [
        [...bothCases(mac, 'plain', (text) => `${text}.xml`), ...bothCases(mac, 'plain', (text) => `spa${text}.cfg`)],
      ];
    case 'generic':
      return [
        [...bothCases(mac, 'plain', (text) => `${text}.cfg`), ...bothCases(mac, 'plain', (text) => `${text}.xml`)],
      ];
  }
}

function bothCases(mac: Mac, first: 'plain' | 'upper', name: (text: string) => string): string[] {
  const second = first === 'plain' ? 'upper' : 'plain';
  return [name(formatMac(mac, first)), name(formatMac(mac, second))];
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

/** Firmware and model that stand in a User-Agent when the persona names none: ones that are widely in use. */
const USUAL: Readonly<Record<PersonaVendor, { readonly model: string; readonly firmware: string }>> = {
  yealink: { model: 'SIP-T46U', firmware: '108.86.0.90' },
  snom: { model: 'snomD785', firmware: '10.1.169.16' },
  'cisco-spa': { model: 'SPA504G', firmware: '7.4.4' },
  generic: { model: 'Provender', firmware: '1' },
};

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
  const usual = USUAL[persona.vendor];
  const model = headerText(persona.model) || usual.model;
  const firmware = headerText(persona.firmwareVersion) || usual.firmware;
  switch (persona.vendor) {
    case 'yealink':
      // T and VP phones call themselves SIP-...; W and CP devices do not.
      return `Yealink ${/^T\d/.test(model) ? `SIP-${model}` : model} ${firmware} ${formatMac(mac, 'colon')}`;
    case 'snom': {
      // The build and its date are there because FusionPBX takes the 11th blank-separated field as the MAC.
      return `Mozilla/4.0 (compatible; ${snomType(persona)}-SIP ${firmware} 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) ${formatMac(mac, 'upper')} SXM:0 UXM:0 UXMC:0)`;
    }
    case 'cisco-spa':
      return `Cisco/${model}-${firmware} (${formatMac(mac, 'upper')})`;
    case 'generic':
      return `${model}/${firmware} ${mac}`;
  }
}

/** Snom's phone type is `snom` and the model. */
function snomType(persona: Persona): string {
  const model = headerText(persona.model) || USUAL.snom.model;
  return headerText(persona.phoneType) || (model.startsWith('snom') ? model : `snom${model}`);
}

function headerText(text: string | null): string {
  return (text ?? '').replace(/[^\x20-\x7e]/g, '').trim();
}
