// Settings: providers and domains of single sign-on, what the installation is; and who sees what of the screens around.
import { afterAll, beforeAll, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
const records = new Map<string, string>();
beforeAll(async () => {
  portal = await openPortal({
    outboundAddresses: ['192.0.2.10', '2001:db8::/64'],
    resolveTxt: async (name) => {
      const text = records.get(name);
      if (text === undefined) throw new Error('ENOTFOUND');
      return [[text]];
    },
  });
});
afterAll(() => portal.close());

it('adds a provider and a domain, which is verified by its record', async () => {
  const owner = await portal.visit('owner');
  const { page } = owner;
  owner.expectConsole(/409|422/);
  await owner.go('/settings');
  await page.getByRole('heading', { name: 'No provider yet' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Entra ID');
  await dialog.getByLabel('Issuer').fill('https://login.example.com');
  await dialog.getByLabel('Client ID').fill('provender');
  await dialog.getByRole('textbox', { name: 'Client secret' }).fill('hush');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const providers = page.getByRole('table', { name: 'Providers' });
  await providers.getByText('https://login.example.com').waitFor();
  await page.getByRole('button', { name: 'Change Entra ID' }).click();
  await dialog.getByText('A secret is kept.').waitFor();
  await dialog.getByRole('switch', { name: 'On' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await providers.getByText('Off').waitFor();

  await page.getByRole('button', { name: 'Add a domain' }).click();
  await dialog.getByLabel('Domain').fill('acme.example');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Not yet').waitFor();
  await page.getByRole('button', { name: 'Verify acme.example' }).click();
  await page.getByRole('alert').first().waitFor();
  await expectAccessible(page);
  const { recordName, recordText } = (await portal.api.call('GET', '/domains')).json.items[0];
  await page.getByText(recordText, { exact: true }).waitFor();
  records.set(recordName, recordText);
  await page.getByRole('button', { name: 'Verify acme.example' }).click();
  await page.getByText('Verified', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Delete Entra ID' }).click();
  await dialog.getByRole('textbox').fill('Entra ID');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'No provider yet' }).waitFor();
  await owner.leave();
});

it.each([
  ['support', 1280],
  ['viewer', 360],
] as const)('shows %s what is for everybody, and says who may do the rest (%i px)', async (role, width) => {
  const visitor = await portal.visit(role, { width });
  const { page } = visitor;
  await visitor.go('/settings?tab=installation');
  await page.getByText('192.0.2.10').waitFor();
  await page.getByText('Where data and key lie is shown to owners.').waitFor();
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'About' }).click();
  await page.getByRole('table', { name: 'What the portal is built of' }).waitFor();
  await expectAccessible(page);
  for (const path of ['/settings', '/webhooks', '/audit']) {
    await visitor.go(path);
    await page.getByText(/An owner or reseller admin can change your role/).waitFor();
  }
  await expectAccessible(page);
  await visitor.leave();
});
