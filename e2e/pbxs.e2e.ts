// PBXs: an admin adds one behind a server that wants a client certificate, and tests until it passes; what support sees; what is
// not one's own.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Authority, issueClient, issueServer, makeAuthority } from '../src/demo/certificates.ts';
import { type ProvisioningServer, startProvisioningServer } from '../test/help/provisioning-server.ts';
import { expectAccessible } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

let portal: Portal;
let authority: Authority;
let server: ProvisioningServer;

const MAC = '00005e005301';
const FILE = `#!version:1.0.0.1
## MAC ${MAC}
account.1.enable = 1
account.1.label = Reception
account.1.display_name = Reception +1 202 555 0142
account.1.user_name = 2101
account.1.auth_name = 2101
account.1.password = canary-sip-password
account.1.sip_server.1.address = pbx.example.com
`;

beforeAll(async () => {
  authority = await makeAuthority();
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  server = await startProvisioningServer({
    tls: { cert, key, clientCa: authority.cert },
    files: {
      [`/p/${MAC}.cfg`]: FILE,
    },
  });
  portal = await openPortal({ outboundAddresses: ['192.0.2.10', '198.51.100.0/24'] });
});
afterAll(async () => {
  await portal?.close();
  await server?.close();
});

it('an admin adds a PBX, uploads its certificates, tests until it passes, and chooses the DID', async () => {
  const { page, ...visitor } = await portal.visit('pbxAdmin');
  const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

  // The empty list leads to the form.
  await visitor.go('/pbxs');
  await page.getByRole('heading', { name: 'Add your first PBX' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('main').getByRole('button', { name: 'Add PBX' }).last().click();
  await page.getByRole('heading', { name: 'Add PBX', level: 1 }).waitFor();

  // What the server says stands at the field.
  visitor.expectConsole(/422/);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Head office');
  const url = page.getByLabel('Provisioning Server URL');
  await url.fill(`${server.origin}/p/{ma}.cfg`);
  await page.getByText('{ma} is not a variable.').waitFor();
  await page.getByRole('button', { name: 'Add PBX' }).click();
  await page.getByText('{ma} is not a variable. Known ones').waitFor();
  await url.fill(`${server.origin}/p/{mac}.cfg`);
  await page.getByText(`${server.origin}/p/0015651133aa.cfg`).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add and test connection' }).click();

  // Test connection: the failing step, why, and where it is mended.
  const drawer = page.getByRole('dialog', { name: 'Test connection' });
  await drawer.getByRole('combobox', { name: 'MACs' }).fill(MAC);
  await drawer.getByRole('button', { name: 'Test', exact: true }).click();
  await drawer.getByText('Certificate not trusted').waitFor();
  await drawer.getByRole('button', { name: 'Copy report' }).waitFor();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'To certificates and checks' }).click();
  await page
    .getByRole('button', { name: 'Choose files: CA of the server' })
    .setInputFiles(file('ca.pem', authority.cert));
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('CN=Example Provisioning CA').waitFor();

  await page.getByRole('button', { name: 'Test connection' }).click();
  await drawer.getByRole('combobox', { name: 'MACs' }).fill(MAC);
  await drawer.getByRole('button', { name: 'Test', exact: true }).click();
  await drawer.getByText('Client certificate needed').waitFor();
  await drawer.getByRole('button', { name: 'To certificates and checks' }).click();
  const client = await issueClient(authority, { name: 'harvester.example' });
  await page
    .getByRole('button', { name: 'Choose files: Client certificate' })
    .setInputFiles([file('client.pem', client.cert)]);
  await page.getByText('The private key is missing').waitFor();
  await page
    .getByRole('button', { name: 'Choose files: Client certificate' })
    .setInputFiles([file('client.key', client.key)]);
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('CN=harvester.example').waitFor();
  await expectAccessible(page);

  // It passes all but the number, which stands in another field.
  await page.getByRole('button', { name: 'Test connection' }).click();
  await drawer.getByRole('combobox', { name: 'MACs' }).fill('00:00:5E:00:53:01');
  await drawer.getByRole('button', { name: 'Test', exact: true }).click();
  await drawer.getByRole('heading', { name: 'As it is read' }).waitFor();
  await drawer.getByText('canary').waitFor({ state: 'detached' });
  await drawer.getByRole('button', { name: 'Use as DID: account.1.display_name' }).click();
  await drawer.getByText('1 change not saved: Provisioning Field for DID.').waitFor();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).first().waitFor();
  await drawer.getByRole('button', { name: 'Test again' }).click();
  await drawer.getByText('Passed', { exact: true }).last().waitFor();
  await drawer.getByText('+12025550142, from account.1.display_name').waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  await page.getByRole('tab', { name: 'Mapping' }).click();
  await page.getByRole('combobox', { name: 'Provisioning Field for DID' }).waitFor();
  expect(server.requests.at(-1)?.clientName).toBe('harvester.example');
  await visitor.leave();
});
