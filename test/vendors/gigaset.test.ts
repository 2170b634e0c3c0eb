import { describe, expect, test } from 'vitest';
import type { Line } from '../../vendors/model.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

function line(number: number, host: string): Line {
  return lineWith({
    line: number,
    userName: String(3000 + number),
    password: 'a"b&c',
    registrar: { host, port: 5060, transport: 'udp' },
  });
}

describe('an N870 gets one provider for each server', () => {
  test('that its accounts point to', () => {
    const result = writeConfig('gigaset', {
      lines: [line(1, 'a.example.com'), line(2, 'b.example.com'), line(30, 'a.example.com')],
    });
    if (!result.ok) throw new Error(result.message);
    const { text } = result.files[0];
    expect(text.match(/SipProvider\.\d\.RegServerAddress" value="\w/g)).toEqual([
      'SipProvider.0.RegServerAddress" value="a',
      'SipProvider.1.RegServerAddress" value="b',
    ]);
    expect(text.match(/SipAccount\.\d+\.ProviderId" value="\d/g)).toEqual([
      'SipAccount.00001.ProviderId" value="0',
      'SipAccount.00002.ProviderId" value="1',
      'SipAccount.00030.ProviderId" value="0',
    ]);
    expect(text).toContain('<oper value="00030" name="add_hs">');
    expect(text).toContain('AuthPassword" value="a&quot;b&amp;c"');
  });

  test('and not more than ten', () => {
    const lines = Array.from({ length: 11 }, (_, index) => line(index + 1, `s${index}.example.com`));
    expect(writeConfig('gigaset', { lines })).toEqual({
      ok: false,
      message: 'cannot write file as gigaset: its lines have more than 10 different servers',
    });
  });
});
