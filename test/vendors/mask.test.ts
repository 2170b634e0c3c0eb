import { expect, test } from 'vitest';
import { MASK, maskLine } from '../../vendors/mask.ts';
import { lineWith } from '../help/line.ts';

const LINE = lineWith({ enabled: true, userName: '2101', password: null, registrar: null });

test('a password and the hash that stands for one are dots, whatever their length; what is not there stays so', () => {
  expect(maskLine({ ...LINE, password: 'Kx7plainSecret' })).toEqual({ ...LINE, password: MASK });
  expect(maskLine({ ...LINE, ha1: '0f359460687e5299', ha1Realm: 'pbx' })).toEqual({
    ...LINE,
    ha1: MASK,
    ha1Realm: 'pbx',
  });
  expect(maskLine(LINE)).toEqual(LINE);
});
