import { expect, test } from 'vitest';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

test('everybody who sees PBXs is told from where they are asked', async () => {
  const outboundAddresses = ['192.0.2.1', '2001:db8::/64'];
  const publicUrl = 'http://provender.example.com';
  const api = await startTestApi({ outboundAddresses, publicUrl, mode: 'onprem' });
  try {
    const said = {
      version: '0.0.0-test',
      publicUrl,
      outboundMode: 'onprem',
      outboundAddresses,
      uploadLimits: { bytes: 64 * 1024 * 1024, rows: 500_000 },
      activityRetentionDays: 90,
    };
    const places = { dataDirectory: '/srv/provender/data', keyFile: '/srv/provender/data/master.key' };
    expect((await api.call('GET', '/installation')).json).toEqual({ ...said, places });
    const customer = await addTenant(api.store, 'Customer');
    await addMember(api, 'ann@example.com', 'viewer', customer);
    const browser = openBrowser(api);
    await browser.signIn('ann@example.com');
    // Directories of the machine are for its owners.
    expect((await browser.call('GET', '/installation')).json).toEqual({ ...said, places: null });
    const key = await addKey(api.store, customer, { scopes: ['users:read'] });
    expect((await api.call('GET', '/installation', undefined, key)).status).toBe(403);
  } finally {
    await api.close();
  }
});

test('says nothing where the operator said nothing', async () => {
  const api = await startTestApi();
  try {
    expect((await api.call('GET', '/installation')).json).toMatchObject({ publicUrl: null, outboundAddresses: [] });
  } finally {
    await api.close();
  }
});
