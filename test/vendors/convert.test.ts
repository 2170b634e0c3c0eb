import { expect, test } from 'vitest';
import { convertConfig } from '../../vendors/convert.ts';
import { readConfig } from '../../vendors/read.ts';

test('what two lines say differently and the other vendor has one key for is left out, not the whole file', () => {
  const account = (line: number, codec: string) =>
    `account.${line}.user_name = 33${line}\naccount.${line}.password = p${line}\n` +
    `account.${line}.codec.1.enable = 1\naccount.${line}.codec.1.payload_type = ${codec}\n`;
  const text = `#!version:1.0.0.1\n${account(1, 'PCMU')}${account(2, 'PCMA')}`;
  const read = readConfig([{ name: 'x.cfg', bytes: Buffer.from(text) }]);
  if (read.kind !== 'config') throw new Error(read.message);
  const result = convertConfig(read.reading, 'mitel');
  if (!result.ok) throw new Error(result.message);
  expect(result.files[0].text).toContain('sip line2 user name: 332');
  expect(result.files[0].text).toContain('sip customized codec: payload=0;');
  expect(result.warnings).toContain('not-written:codecs:2');
});
