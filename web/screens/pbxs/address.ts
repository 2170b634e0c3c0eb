// What an address with variables becomes for one MAC, to be shown while it is typed. The server decides what is really asked
// (vendors/persona.ts); test/web/address.test.ts compares the two for every vendor.
import type { PbxInput } from '../../../src/api/contract/pbxs.ts';

export type PersonaChoice = NonNullable<NonNullable<PbxInput['persona']>['vendor']>;

export interface Asker {
  readonly vendor: PersonaChoice;
  /** Of `auto`: what the last test-connection found. */
  readonly found: string | null;
  readonly model: string | null;
  readonly phoneType: string | null;
  readonly firmwareVersion: string | null;
}

export type Expansion =
  | {
      readonly kind: 'url';
      readonly url: string;
      /** `directory`: the device's own file; phones ask there for more than this one. */
      readonly from: 'variables' | 'file' | 'directory';
    }
  | { readonly kind: 'unknown-variable'; readonly name: string }
  | { readonly kind: 'needs-persona'; readonly name: string }
  | { readonly kind: 'no-url' };

type Style = 'plain' | 'upper' | 'colon';

/** Whose `{mac}` and `$MAC` are not twelve small hex digits. */
const STYLES: Readonly<Record<string, { readonly '{mac}': Style; readonly $MAC: Style }>> = {
  algo: { '{mac}': 'upper', $MAC: 'upper' },
  'cisco-sep': { '{mac}': 'upper', $MAC: 'upper' },
  'cisco-spa': { '{mac}': 'plain', $MAC: 'colon' },
  mitel: { '{mac}': 'upper', $MAC: 'upper' },
  obihai: { '{mac}': 'upper', $MAC: 'upper' },
  snom: { '{mac}': 'upper', $MAC: 'plain' },
  technicolor: { '{mac}': 'upper', $MAC: 'upper' },
  vtech: { '{mac}': 'upper', $MAC: 'upper' },
};

/** The device's own file in a directory; what a phone that is not named here asks for is `{mac}.cfg`. */
const OWN_FILE: Readonly<Record<string, string>> = {
  '2n': '{mac}.xml',
  acrobits: '{mac}.xml',
  alcatel: 'sipconfig-{mac}.txt',
  ale: 'config.{mac}.xml',
  algo: 'algom{MAC}.conf',
  avaya: '{mac}.txt',
  'cisco-sep': 'SEP{MAC}.cnf.xml',
  'cisco-spa': '{mac}.xml',
  escene: '{mac}.xml',
  gigaset: '{mac}.xml',
  grandstream: 'cfg{mac}.xml',
  htek: 'cfg{mac}.xml',
  jitsi: 'jitsi',
  linphone: '{mac}.xml',
  mitel: '{MAC}.cfg',
  obihai: '{MAC}.xml',
  panasonic: 'Config{MAC}.cfg',
  sipnetic: '{mac}.csv',
  snom: '{type}-{MAC}.htm',
  technicolor: '{model:ST2030}S_{MAC}.txt',
  vtech: '{model:VCS754}_{MAC}.cfg',
  yeastar: 'cfg{mac}.xml',
  zenitel: 'ipst_config_{mac_}.cfg',
  zoiper: 'config.xml',
};

const BRACES = ['{mac}', '{MAC}', '{phone_type}', '{firmware_version}'];
const ADDRESS = /^(https?):\/\/([^/?#\\]*)([^#]*)/i;

/** Those that an address may hold, as a person is told of them. */
export const VARIABLES = [...BRACES, '$mac', '$MA', '$MAU', '$MAC'] as const;

/** @param mac twelve lower-case hex digits */
export function expandAddress(template: string, asker: Asker, mac: string): Expansion {
  const parts = ADDRESS.exec(template.trim());
  if (parts === null || !URL.canParse(`https://${parts[2]}/`)) return { kind: 'no-url' };
  const [, scheme = '', authority = '', tail = ''] = parts;
  const unknown = [...template.matchAll(/\{[^{}]*\}/g)].map(([name]) => name).find((name) => !BRACES.includes(name));
  if (unknown !== undefined) return { kind: 'unknown-variable', name: unknown };
  const vendor = asker.vendor === 'auto' ? (asker.found ?? 'generic') : asker.vendor;
  const values = valuesOf(asker, vendor, mac);
  const empty = VARIABLES.find((name) => tail.includes(name) && !values.get(name));
  if (empty !== undefined) return { kind: 'needs-persona', name: empty };
  const base = `${scheme.toLowerCase()}://${authority}`;
  const filled = fill(tail, values);
  if (filled !== tail) return urlOf(base + filled, 'variables');
  const queryAt = tail.indexOf('?');
  const path = (queryAt === -1 ? tail : tail.slice(0, queryAt)) || '/';
  const query = queryAt === -1 ? '' : tail.slice(queryAt);
  if (path.slice(path.lastIndexOf('/') + 1).includes('.')) return urlOf(base + path + query, 'file');
  const directory = path.endsWith('/') ? path : `${path}/`;
  return urlOf(base + directory + ownFile(asker, vendor, mac) + query, 'directory');
}

function urlOf(url: string, from: 'variables' | 'file' | 'directory'): Expansion {
  return URL.canParse(url) ? { kind: 'url', url: new URL(url).href, from } : { kind: 'no-url' };
}

function styled(mac: string, style: Style): string {
  if (style === 'colon') return mac.match(/../g)?.join(':') ?? mac;
  return style === 'upper' ? mac.toUpperCase() : mac;
}

function valuesOf(asker: Asker, vendor: string, mac: string): ReadonlyMap<string, string | null> {
  const styles = STYLES[vendor] ?? { '{mac}': 'plain', $MAC: 'plain' };
  return new Map<string, string | null>([
    ['{mac}', styled(mac, styles['{mac}'])],
    ['{MAC}', styled(mac, 'upper')],
    ['{phone_type}', asker.phoneType],
    ['{firmware_version}', asker.firmwareVersion],
    ['$mac', mac],
    ['$MA', mac],
    ['$MAU', styled(mac, 'upper')],
    ['$MAC', styled(mac, styles.$MAC)],
  ]);
}

/** The longest name first: `$MAU` before `$MA`. An unknown `$name` stays. */
function fill(text: string, values: ReadonlyMap<string, string | null>): string {
  return text.replace(/\{(?:mac|MAC|phone_type|firmware_version)\}|\$(?:MAU|MAC|mac|MA)/g, (name) =>
    encodeURIComponent(values.get(name) ?? '').replaceAll('%3A', ':'),
  );
}

function ownFile({ model, phoneType }: Asker, vendor: string, mac: string): string {
  const name = (OWN_FILE[vendor] ?? '{mac}.cfg')
    .replace('{type}', phoneType ?? snomType(model))
    .replace(/\{model:(\w+)\}/, (_all, usual: string) => model ?? usual)
    .replace('{mac_}', mac.match(/../g)?.join('_') ?? mac)
    .replace('{mac}', mac)
    .replace('{MAC}', mac.toUpperCase());
  return encodeURIComponent(name);
}

/** `D785` and `snomD785` alike, as the server has it. */
function snomType(model: string | null): string {
  if (model === null) return 'snomD785';
  return model.startsWith('snom') ? model : `snom${model}`;
}

/** Twelve hex digits in any spelling, as lower case; null: it is no MAC. */
export function readMac(text: string): string | null {
  const digits = text.replaceAll(/[:.\-\s]/g, '').toLowerCase();
  return /^[0-9a-f]{12}$/.test(digits) ? digits : null;
}

/** The host of an address, for a list; null: there is none. */
export function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}
