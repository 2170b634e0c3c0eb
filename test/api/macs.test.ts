import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

it('checks MACs in any spelling and names what a spreadsheet did to them', async () => {
  const macs = [
    '00-00-5E-00-53-01',
    '0000.5e00.5301',
    '0015651133E5',
    '1.56511E+12',
    '1565113399',
    '01005e000001',
    'x',
    '',
  ];
  const answer = await api.call('POST', '/macs/check', { macs });
  expect(answer.status).toBe(200);
  const items = answer.body.items.map((item: { mac: string | null; problems: { code: string }[] }) => [
    item.mac,
    item.problems[0]?.code ?? null,
  ]);
  expect(items).toEqual([
    ['00005e005301', null],
    ['00005e005301', null],
    ['0015651133e5', null],
    [null, 'MAC_READ_AS_NUMBER'],
    [null, 'MAC_LOST_ZEROS'],
    [null, 'MAC_MULTICAST'],
    [null, 'MAC_INVALID'],
    [null, 'MAC_EMPTY'],
  ]);
  expect(answer.body.items[4].problems[0].detail).toContain('001565113399');
  expect(answer.body.items[0]).toMatchObject({ colon: '00:00:5e:00:53:01', locallyAdministered: false });
});

it('makes as many pseudo-MACs as asked, all different', async () => {
  const local = await api.call('POST', '/macs', { count: 500 });
  expect(new Set(local.body.macs).size).toBe(500);
  for (const mac of local.body.macs) expect(mac).toMatch(/^[0-9a-f][26ae][0-9a-f]{10}$/);
  const vendor = await api.call('POST', '/macs', { oui: '00:15:65' });
  expect(vendor.body.macs).toHaveLength(1);
  expect(vendor.body.macs[0]).toMatch(/^001565/);
});

it.each([{ count: 0 }, { count: 1001 }, { oui: '011565' }, { oui: 'xyz' }, { keep: true }])(
  'refuses %j',
  async (body) => {
    expect((await api.call('POST', '/macs', body)).status).toBe(422);
  },
);
