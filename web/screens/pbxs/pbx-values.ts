// The settings of a PBX as a form holds them, what of them changed, what that does to its users, and what happens when
// somebody else changed them meanwhile. Pure.
import type { PbxInput, PbxView } from '../../../src/api/contract/pbxs.ts';
import type { PersonaChoice } from './address.ts';

/** Undefined: stays as it is. Null: is removed. */
export type SecretChange = string | null | undefined;

export interface PbxValues {
  readonly name: string;
  readonly autoProvision: boolean;
  readonly autoAssignMac: boolean;
  readonly pseudoMacOui: string;
  readonly provisioningUrl: string;
  readonly didField: string;
  readonly country: string;
  readonly lineRule: string;
  readonly username: string;
  readonly password: SecretChange;
  readonly fileKey: SecretChange;
  readonly pinSha256: string;
  readonly expectedName: string;
  readonly legacyTls: boolean;
  readonly allowPlainHttp: boolean;
  readonly allowedOrigins: readonly string[];
  readonly persona: {
    readonly vendor: PersonaChoice;
    readonly model: string;
    readonly phoneType: string;
    readonly firmwareVersion: string;
    readonly userAgent: string;
  };
  readonly resyncHours: number | string;
  readonly maxConcurrent: number | string;
  readonly maxPerSecond: number | string;
  /** No setting: what is said with a change of the server. */
  readonly userPasswords: 'forget' | undefined;
}

export type FieldName = Exclude<keyof PbxValues, 'persona' | 'userPasswords'> | `persona.${keyof PbxValues['persona']}`;

export function valuesOf(pbx: PbxView): PbxValues {
  return {
    name: pbx.name,
    autoProvision: pbx.autoProvision,
    autoAssignMac: pbx.autoAssignMac,
    pseudoMacOui: pbx.pseudoMacOui ?? '',
    provisioningUrl: pbx.provisioningUrl ?? '',
    didField: pbx.didField,
    country: pbx.country ?? '',
    lineRule: pbx.lineRule,
    username: pbx.username ?? '',
    password: undefined,
    fileKey: undefined,
    pinSha256: pbx.pinSha256 ?? '',
    expectedName: pbx.expectedName ?? '',
    legacyTls: pbx.legacyTls,
    allowPlainHttp: pbx.allowPlainHttp,
    allowedOrigins: pbx.allowedOrigins,
    persona: {
      vendor: pbx.persona.vendor as PersonaChoice,
      model: pbx.persona.model ?? '',
      phoneType: pbx.persona.phoneType ?? '',
      firmwareVersion: pbx.persona.firmwareVersion ?? '',
      userAgent: pbx.persona.userAgent ?? '',
    },
    resyncHours: pbx.resyncHours,
    maxConcurrent: pbx.maxConcurrent,
    maxPerSecond: pbx.maxPerSecond ?? '',
    userPasswords: undefined,
  };
}

export const NEW_PBX: PbxValues = {
  name: '',
  autoProvision: true,
  autoAssignMac: false,
  pseudoMacOui: '',
  provisioningUrl: '',
  didField: 'account.1.label',
  country: '',
  lineRule: 'first',
  username: '',
  password: undefined,
  fileKey: undefined,
  pinSha256: '',
  expectedName: '',
  legacyTls: false,
  allowPlainHttp: false,
  allowedOrigins: [],
  persona: { vendor: 'yealink', model: '', phoneType: '', firmwareVersion: '', userAgent: '' },
  resyncHours: 24,
  maxConcurrent: 32,
  maxPerSecond: '',
  userPasswords: undefined,
};

type Flat = Readonly<Record<FieldName, unknown>>;

function flat({ persona, userPasswords: _, ...values }: PbxValues): Flat {
  const named = Object.entries(persona).map(([name, value]) => [`persona.${name}`, value]);
  return { ...values, ...Object.fromEntries(named) } as Flat;
}

function same(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => (typeof value === 'string' ? value.trim() : JSON.stringify(value));
  return plain(a) === plain(b);
}

/** Names of the settings that differ. */
export function changedFields(base: PbxValues, now: PbxValues): FieldName[] {
  const before = flat(base);
  return Object.entries(flat(now))
    .filter(([name, value]) => !same(value, before[name as FieldName]))
    .map(([name]) => name as FieldName);
}

/** Those that may be emptied: the API says null of what is not set. */
const NULLABLE: ReadonlySet<string> = new Set([
  'pseudoMacOui',
  'provisioningUrl',
  'country',
  'username',
  'pinSha256',
  'expectedName',
  'maxPerSecond',
  'persona.model',
  'persona.phoneType',
  'persona.firmwareVersion',
  'persona.userAgent',
]);
/** Where an empty line is what the server should complain about, or what it has anyway. */
const NUMBERS: ReadonlySet<string> = new Set(['resyncHours', 'maxConcurrent', 'maxPerSecond']);

/** What is sent: only what changed. */
export function changesOf(base: PbxValues, now: PbxValues): Partial<PbxInput> {
  const values = flat(now);
  const changes: Record<string, unknown> = {};
  const persona: Record<string, unknown> = {};
  for (const name of changedFields(base, now)) {
    const value = values[name];
    const text = typeof value === 'string' && name !== 'password' && name !== 'fileKey' ? value.trim() : value;
    const sent = text === '' && NULLABLE.has(name) ? null : NUMBERS.has(name) && text !== '' ? Number(text) : text;
    if (name.startsWith('persona.')) persona[name.slice('persona.'.length)] = sent;
    else changes[name] = sent;
  }
  return { ...changes, ...(Object.keys(persona).length > 0 && { persona }) } as Partial<PbxInput>;
}

/** A change of these makes every user due at once: another file, or another reading of it (src/store/pbxs.ts). */
const MAKES_DUE: ReadonlySet<FieldName> = new Set<FieldName>([
  'provisioningUrl',
  'username',
  'password',
  'pinSha256',
  'expectedName',
  'legacyTls',
  'allowPlainHttp',
  'allowedOrigins',
  'didField',
  'lineRule',
  'country',
  'fileKey',
  'persona.vendor',
  'persona.model',
  'persona.phoneType',
  'persona.firmwareVersion',
  'persona.userAgent',
]);

/** What saving does to the users. */
export function consequenceOf(
  base: PbxValues,
  now: PbxValues,
): 'due' | 'switched-on' | 'switched-off' | 'no-address' | null {
  const changed = changedFields(base, now);
  if (changed.includes('autoProvision')) return now.autoProvision ? 'switched-on' : 'switched-off';
  if (changed.includes('provisioningUrl') && now.provisioningUrl.trim() === '') return 'no-address';
  return now.provisioningUrl.trim() !== '' && changed.some((name) => MAKES_DUE.has(name)) ? 'due' : null;
}

/** Whether what was given for the server before has to be given again: another origin, or another pin. */
export function isOtherServer(base: PbxValues, now: PbxValues): boolean {
  const url = now.provisioningUrl.trim();
  if (url !== '' && originOf(url) !== originOf(base.provisioningUrl)) return true;
  return plainPin(now.pinSha256) !== plainPin(base.pinSha256);
}

function originOf(url: string): string {
  return URL.canParse(url.trim()) ? new URL(url.trim()).origin : url.trim();
}

function plainPin(text: string): string {
  return text.replaceAll(/[:\s]/g, '').toUpperCase();
}

export interface Meanwhile {
  /** The form's values on top of what is there now: what was typed stays. */
  readonly values: PbxValues;
  /** What the other one changed and this form did not touch: taken over. */
  readonly taken: readonly { readonly name: FieldName; readonly before: unknown; readonly now: unknown }[];
  /** What both changed. */
  readonly both: readonly { readonly name: FieldName; readonly mine: unknown; readonly theirs: unknown }[];
}

/** @param base what the form began with, @param mine what it holds, @param theirs what is stored now */
export function mergeMeanwhile(base: PbxValues, mine: PbxValues, theirs: PbxValues): Meanwhile {
  const touched = new Set(changedFields(base, mine));
  const [before, typed, now] = [flat(base), flat(mine), flat(theirs)];
  const taken: Meanwhile['taken'][number][] = [];
  const both: Meanwhile['both'][number][] = [];
  let values = mine;
  for (const name of changedFields(base, theirs)) {
    if (!touched.has(name)) {
      taken.push({ name, before: before[name], now: now[name] });
      values = withField(values, name, now[name]);
    } else if (!same(typed[name], now[name])) {
      both.push({ name, mine: typed[name], theirs: now[name] });
    }
  }
  return { values, taken, both };
}

function withField(values: PbxValues, name: FieldName, value: unknown): PbxValues {
  if (!name.startsWith('persona.')) return { ...values, [name]: value };
  return { ...values, persona: { ...values.persona, [name.slice('persona.'.length)]: value } };
}

export const TAB_OF: Readonly<Record<FieldName, 'general' | 'source' | 'login' | 'tls' | 'mapping' | 'schedule'>> = {
  name: 'general',
  autoProvision: 'general',
  autoAssignMac: 'general',
  pseudoMacOui: 'general',
  provisioningUrl: 'source',
  'persona.vendor': 'source',
  'persona.model': 'source',
  'persona.phoneType': 'source',
  'persona.firmwareVersion': 'source',
  'persona.userAgent': 'source',
  allowedOrigins: 'source',
  username: 'login',
  password: 'login',
  fileKey: 'login',
  pinSha256: 'tls',
  expectedName: 'tls',
  legacyTls: 'tls',
  allowPlainHttp: 'tls',
  didField: 'mapping',
  country: 'mapping',
  lineRule: 'mapping',
  resyncHours: 'schedule',
  maxConcurrent: 'schedule',
  maxPerSecond: 'schedule',
};
