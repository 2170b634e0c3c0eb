// The values of the form of a user, and what they are as the body of a request. Pure: knows no components.
import type { z } from 'zod';
import type { userContract } from '../../../src/api/contract/users.ts';

type User = z.output<typeof userContract.getUser.response>;
type NewUser = z.input<typeof userContract.createUser.body>;
type UserChanges = z.input<typeof userContract.updateUser.body>;

/** Texts as they are typed; names are those of the API, so that its field errors find their field. */
export interface UserValues {
  pbxId: string;
  userType: User['userType'];
  /** '': the tenant's default. */
  voiceRouteId: string;
  name: string;
  teamsUserId: string;
  sipUserId: string;
  userTag: string;
  autoProvision: User['autoProvision'];
  did: string;
  lineRule: string;
  provUsername: string;
  provPassword: string;
  sipAuthId: string;
  sipPassword: string;
  portalLoginName: string;
  portalLoginPassword: string;
  useTeamsVoicemail: '' | 'true' | 'false';
  /** One number per line, or with commas. */
  didList: string;
  /** Index into didList as text; '': none. */
  defaultDidIndex: string;
  /** Where the MAC is from: as it is, typed, assigned, taken away. */
  macFrom: 'keep' | 'typed' | 'assign' | 'remove';
  mac: string;
  /** Secrets that are to be removed. */
  forget: readonly SecretName[];
}

export type SecretName = 'provPassword' | 'sipPassword' | 'portalLoginPassword';
const SECRETS: readonly SecretName[] = ['provPassword', 'sipPassword', 'portalLoginPassword'];
const TEXTS = [
  'name',
  'teamsUserId',
  'sipUserId',
  'userTag',
  'lineRule',
  'provUsername',
  'sipAuthId',
  'portalLoginName',
] as const;

export function emptyValues(pbxId: string): UserValues {
  return {
    pbxId,
    userType: 'pbx',
    voiceRouteId: '',
    name: '',
    teamsUserId: '',
    sipUserId: '',
    userTag: '',
    autoProvision: 'inherit',
    did: '',
    lineRule: '',
    provUsername: '',
    provPassword: '',
    sipAuthId: '',
    sipPassword: '',
    portalLoginName: '',
    portalLoginPassword: '',
    useTeamsVoicemail: '',
    didList: '',
    defaultDidIndex: '',
    macFrom: 'typed',
    mac: '',
    forget: [],
  };
}

export function valuesOf(user: User): UserValues {
  return {
    ...emptyValues(user.pbxId),
    userType: user.userType,
    voiceRouteId: user.voiceRouteId ?? '',
    ...(Object.fromEntries(TEXTS.map((name) => [name, user[name] ?? ''])) as Pick<UserValues, (typeof TEXTS)[number]>),
    autoProvision: user.autoProvision,
    // What was harvested is no value of the form: typed, it would never be harvested again.
    did: user.didSource === 'manual' ? (user.did ?? '') : '',
    useTeamsVoicemail: user.useTeamsVoicemail === null ? '' : user.useTeamsVoicemail ? 'true' : 'false',
    didList: user.didList?.join('\n') ?? '',
    defaultDidIndex: user.defaultDidIndex === null ? '' : String(user.defaultDidIndex),
    macFrom: user.mac === null ? 'typed' : 'keep',
  };
}

export const numbersOf = (didList: string): string[] =>
  didList
    .split(/[\n,;]+/)
    .map((number) => number.trim())
    .filter((number) => number !== '');

/** Only what says something. */
export function newUserOf(values: UserValues): NewUser {
  const { pbxId, userType, voiceRouteId, autoProvision, did } = values;
  const numbers = numbersOf(values.didList);
  return {
    pbxId,
    userType,
    autoProvision,
    ...(voiceRouteId !== '' && { voiceRouteId }),
    ...Object.fromEntries(
      [...TEXTS, ...SECRETS].flatMap((name) => (isSaid(values, name) ? [[name, values[name]]] : [])),
    ),
    ...(did.trim() !== '' && { did }),
    ...(values.useTeamsVoicemail !== '' && { useTeamsVoicemail: values.useTeamsVoicemail === 'true' }),
    ...(userType === 'trunk' && numbers.length > 0 && { didList: numbers }),
    ...(userType === 'trunk' && values.defaultDidIndex !== '' && { defaultDidIndex: Number(values.defaultDidIndex) }),
    ...(values.macFrom === 'assign' && { mac: 'AUTO_ASSIGN' }),
    ...(values.macFrom === 'typed' && values.mac.trim() !== '' && { mac: values.mac.trim() }),
  };
}

/** A merge patch: only what differs from the user as it was read; what was emptied is null. */
export function changesOf(values: UserValues, user: User): UserChanges {
  const before = valuesOf(user);
  const changes: Record<string, unknown> = {};
  for (const name of [...TEXTS, 'did', 'voiceRouteId'] as const) {
    if (values[name].trim() !== before[name]) changes[name] = values[name].trim() === '' ? null : values[name].trim();
  }
  for (const name of ['userType', 'autoProvision'] as const) {
    if (values[name] !== before[name]) changes[name] = values[name];
  }
  if (values.useTeamsVoicemail !== before.useTeamsVoicemail) {
    changes.useTeamsVoicemail = values.useTeamsVoicemail === '' ? null : values.useTeamsVoicemail === 'true';
  }
  const numbers = numbersOf(values.didList);
  if (JSON.stringify(numbers) !== JSON.stringify(user.didList ?? [])) {
    changes.didList = numbers.length === 0 ? null : numbers;
  }
  if (values.defaultDidIndex !== before.defaultDidIndex) {
    changes.defaultDidIndex = values.defaultDidIndex === '' ? null : Number(values.defaultDidIndex);
  }
  for (const name of SECRETS) {
    // Byte for byte: a blank may belong to a password.
    if (values[name] !== '') changes[name] = values[name];
    else if (values.forget.includes(name)) changes[name] = null;
  }
  if (values.macFrom === 'assign') changes.mac = 'AUTO_ASSIGN';
  else if (values.macFrom === 'remove') changes.mac = null;
  else if (values.macFrom === 'typed' && values.mac.trim() !== '') changes.mac = values.mac.trim();
  return changes as UserChanges;
}

const isSaid = (values: UserValues, name: (typeof TEXTS)[number] | SecretName): boolean => values[name].trim() !== '';
