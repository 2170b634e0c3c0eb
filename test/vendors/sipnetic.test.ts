import { expect, test } from 'vitest';
import { readConfig } from '../../vendors/read.ts';

test.each(['\u00a0', ' a ', 'a;b=c'])('keeps a display name of %j', (name) => {
  const bytes = Buffer.from(`d=pbx.example.com;u=2001;p=x;n=${name};`);
  expect(readConfig([{ name: 'x.csv', bytes }])).toMatchObject({ reading: { lines: [{ displayName: name }] } });
});
