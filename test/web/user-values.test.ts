// The form of a user as a request: only what was typed, only what changed.
import { describe, expect, it } from 'vitest';
import { changesOf, emptyValues, newUserOf, numbersOf, valuesOf } from '../../web/screens/users/user-values.ts';

const ID = '01a1fd94-06ea-74e4-b19b-0dd520170800';
const user = {
  name: 'Ann',
  teamsUserId: null,
  sipUserId: '101',
  userTag: null,
  pbxId: ID,
  userType: 'pbx',
  voiceRouteId: null,
  lineRule: null,
  autoProvision: 'inherit',
  provUsername: 'prov',
  provPasswordSet: true,
  sipAuthId: null,
  sipPasswordSet: false,
  portalLoginName: null,
  useTeamsVoicemail: null,
  didList: null,
  defaultDidIndex: null,
  did: '+12025550142',
  didSource: 'harvest',
  mac: '00005e005301',
} as unknown as Parameters<typeof valuesOf>[0];

describe('newUserOf', () => {
  it('says what was typed and nothing else', () => {
    expect(newUserOf({ ...emptyValues(ID), name: 'Ann', sipPassword: ' p w ', mac: ' 00-00-5e-00-53-01 ' })).toEqual({
      pbxId: ID,
      userType: 'pbx',
      autoProvision: 'inherit',
      name: 'Ann',
      sipPassword: ' p w ',
      mac: '00-00-5e-00-53-01',
    });
  });

  it('asks for a pseudo-MAC, and sends numbers for a trunk only', () => {
    const values = { ...emptyValues(ID), macFrom: 'assign', mac: 'typed before', didList: '+1 202\n+1 203' } as const;
    expect(newUserOf(values)).toEqual({ pbxId: ID, userType: 'pbx', autoProvision: 'inherit', mac: 'AUTO_ASSIGN' });
    expect(newUserOf({ ...values, userType: 'trunk', defaultDidIndex: '1' })).toMatchObject({
      didList: ['+1 202', '+1 203'],
      defaultDidIndex: 1,
    });
  });
});

describe('changesOf', () => {
  it('is empty when nothing was touched', () => {
    expect(changesOf(valuesOf(user), user)).toEqual({});
  });

  it('clears what was emptied, and sends secrets only when they were typed', () => {
    const values = { ...valuesOf(user), name: '', provUsername: 'other', useTeamsVoicemail: 'false' } as const;
    expect(changesOf(values, user)).toEqual({ name: null, provUsername: 'other', useTeamsVoicemail: false });
    expect(changesOf({ ...valuesOf(user), provPassword: ' x' }, user)).toEqual({ provPassword: ' x' });
    expect(changesOf({ ...valuesOf(user), forget: ['provPassword'] }, user)).toEqual({ provPassword: null });
  });

  it('leaves a harvested number alone, and takes one that is typed', () => {
    expect(valuesOf(user).did).toBe('');
    expect(changesOf({ ...valuesOf(user), did: '+12025550143' }, user)).toEqual({ did: '+12025550143' });
  });

  it.each([
    [{ macFrom: 'remove' } as const, null],
    [{ macFrom: 'assign' } as const, 'AUTO_ASSIGN'],
    [{ macFrom: 'typed', mac: '00005e005302' } as const, '00005e005302'],
  ])('changes the MAC by %j', (change, mac) => {
    expect(changesOf({ ...valuesOf(user), ...change }, user)).toEqual({ mac });
  });
});

describe('numbersOf', () => {
  it('takes lines, commas and semicolons', () => {
    expect(numbersOf('+1202, +1203;\n\n +1204 ')).toEqual(['+1202', '+1203', '+1204']);
  });
});
