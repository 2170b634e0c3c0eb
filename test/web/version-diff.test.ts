// What differs between two harvested versions.
import { describe, expect, it } from 'vitest';
import { diffVersions, sayValue, type VersionContent } from '../../web/screens/users/version-diff.ts';

const line = {
  line: 1,
  enabled: true,
  userName: '101',
  authName: '101',
  password: '••••••••',
  displayName: 'Ann',
  label: '+12025550142',
  registrar: { host: 'pbx.example.com', port: 5060, transport: 'udp' },
  outboundProxy: null,
  backup: null,
  expiresSeconds: null,
};
const version: VersionContent = { line: 1, didField: 'label', didText: '+12025550142', lines: [line], settings: [] };

describe('diffVersions', () => {
  it('finds nothing between equal versions', () => {
    expect(diffVersions(version, structuredClone(version))).toEqual([]);
  });

  it('names what changed, what came and what went', () => {
    const after: VersionContent = {
      ...version,
      lines: [
        {
          ...line,
          displayName: null,
          expiresSeconds: 600,
          registrar: { host: 'sip.example.com', port: null, transport: 'tls' },
        },
      ],
      settings: [{ line: 0, name: 'language', value: 'de', key: 'lang.gui' }],
    };
    expect(diffVersions(version, after)).toEqual([
      { what: 'line 1: registrar', before: 'pbx.example.com:5060 udp', after: 'sip.example.com tls' },
      { what: 'line 1: expiresSeconds', before: null, after: '600' },
      { what: 'lang.gui: language', before: null, after: 'de' },
      { what: 'line 1: displayName', before: 'Ann', after: null },
    ]);
  });

  it('sees another line chosen', () => {
    expect(diffVersions(version, { ...version, line: 2 })).toEqual([{ what: 'chosen line', before: '1', after: '2' }]);
  });
});

describe('sayValue', () => {
  it('says values of every shape', () => {
    expect([null, 7, true, ['a', 'b'], { x: 1, y: [2] }, { host: 'h', port: 1 }].map(sayValue)).toEqual([
      '',
      '7',
      'true',
      'a, b',
      'x 1, y 2',
      'h:1',
    ]);
  });
});
