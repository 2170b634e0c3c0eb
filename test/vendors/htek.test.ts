import { describe, expect, test } from 'vitest';
import { identify } from '../../vendors/identify.ts';
import type { Mac } from '../../vendors/mac.ts';
import { planFiles } from '../../vendors/persona.ts';
import { readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';

function read(rows: string) {
  const text = `<hl_provision version="1"><config version="1">${rows}</config></hl_provision>`;
  const result = readConfig([{ name: 'cfg.xml', bytes: Buffer.from(text) }]);
  if (result.kind !== 'config') throw new Error(result.message);
  return result.reading;
}

describe('profiles', () => {
  const servers = '<P47>one.example.com</P47><P747>two.example.com:5070</P747><P830>1</P830>';
  const hostOf = (rows: string) => read(servers + rows).lines[0]?.registrar;

  test('an account without a pointer has its own server', () => {
    expect(hostOf('<P735>2</P735>')).toEqual({ host: 'two.example.com', port: 5070, transport: 'tcp' });
  });

  test('a pointer counts from 0, and 0 is one', () => {
    expect(hostOf('<P735>2</P735><P24083>0</P24083>')).toEqual({
      host: 'one.example.com',
      port: null,
      transport: null,
    });
    expect(hostOf('<P35>1</P35><P24082>1</P24082>')).toMatchObject({ host: 'two.example.com' });
  });

  test('a pointer to where there is nothing gives no server', () => {
    expect(hostOf('<P35>1</P35><P24082>9</P24082>')).toBeNull();
  });
});

test('a server that writes the numbers of account 1 for all accounts leaves the last', () => {
  const { lines, warnings } = read(
    '<P35 para="Account1.SipUserId">1</P35><P34>a</P34><P35 para="Account2.SipUserId">2</P35><P34>b</P34>',
  );
  expect(lines).toMatchObject([{ line: 1, userName: '2', password: 'b' }]);
  expect(warnings).toEqual(['duplicate-key:P35', 'duplicate-key:P34']);
});

test('a secret is known by number, or by the name beside an unknown number', () => {
  const { fields } = read(
    '<P2>s3cret</P2><P83 para="PPPoEPassword">s3cret</P83><P777 para="Wifi.Password">s3cret</P777><P72 para="Account1.Use#AsDialKey">1</P72>',
  );
  expect({ ...fields }).toEqual({ P72: '1' });
});

test('writes P numbers with their names', () => {
  const result = writeConfig(
    'htek',
    {
      lines: [
        {
          line: 5,
          enabled: true,
          userName: '2905',
          authName: null,
          password: 'q&r',
          displayName: null,
          label: 'Five',
          registrar: { host: 'pbx.example.com', port: 5060, transport: 'udp' },
          outboundProxy: null,
          backup: null,
          expiresSeconds: 600,
        },
      ],
    },
    { mac: '00005e005305' as Mac },
  );
  if (!result.ok) throw new Error(result.message);
  expect(result.files[0]).toEqual({
    name: 'cfg00005e005305.xml',
    text: [
      '<?xml version="1.0" encoding="UTF-8" ?>',
      '<hl_provision version="1">',
      '  <config version="1">',
      '    <P1701 para="Account5.Active">1</P1701>',
      '    <P20378 para="Account5.Label">Five</P20378>',
      '    <P1704 para="Account5.SipUserId">2905</P1704>',
      '    <P1706 para="Account5.AuthenticatePassword">q&amp;r</P1706>',
      '    <P20362 para="Account5.Sipserver">pbx.example.com:5060</P20362>',
      '    <P20374 para="Account5.SipTransport">0</P20374>',
      '    <P1712 para="Account5.RegisterExpiration">10</P1712>',
      '  </config>',
      '</hl_provision>',
      '',
    ].join('\n'),
  });
});

test('a phone stops at the first file that it gets', () => {
  const persona = { vendor: 'htek', model: 'UC926', phoneType: null, firmwareVersion: null, userAgent: null } as const;
  const slots = planFiles('https://pbx.example.com/p/', persona, '00005e005305' as Mac);
  expect(slots.map(({ candidates }) => candidates.map((url) => url.split('/').at(-1)))).toEqual([
    ['cfg0010.xml', 'cfg00005e005305', 'cfg00005e005305.xml', 'cfg00005E005305.xml'],
  ]);
});

test.each([
  ['Htek UC926 2.0.4.2 00:1f:c1:1c:22:a8', 'UC926', '001fc11c22a8'],
  ['Htek UC903 2.0.4.2 00:1f:c1:1c:22:a9', 'UC903', '001fc11c22a9'],
])('%s', (userAgent, model, mac) => {
  expect(identify({ userAgent })[0]).toMatchObject({ vendor: 'htek', model, version: '2.0.4.2', mac });
});
