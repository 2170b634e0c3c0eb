// Webhooks from adding one to sending a delivery again, to a real receiver; and the audit, which shows all of it.
import { afterAll, expect, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { openWebhookPortal } from './help/webhook-portal.ts';

let secret = '';
const { portal, receiver, courier, close } = await openWebhookPortal(() => secret);
afterAll(close);

it('adds a webhook, tests it, sends a delivery again, pauses and deletes it', async () => {
  const owner = await portal.visit('owner');
  const { page } = owner;
  await owner.go('/webhooks');
  await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add a webhook' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill(receiver.url);
  await dialog.getByLabel('Description').fill('Ticket system');
  await dialog.getByLabel('import.finished').check();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText('Secret: shown this once').waitFor();
  secret = await dialog.locator('pre').innerText();
  await dialog.getByRole('button', { name: 'I have copied it' }).click();

  await page.getByRole('heading', { name: 'Nothing was sent yet' }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  const row = page.getByRole('row', { name: /Test/ });
  await row.getByText('Waiting').waitFor();
  receiver.behave(503);
  await courier.deliverDue();
  await row.getByText(/^503/).waitFor();
  receiver.behave(null);
  await row.click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('answer 503').waitFor();
  await drawer.getByLabel('What is sent').getByText('"type": "ping"').waitFor();
  await expectAccessible(page);
  // The list is read again, and its answer, in which the delivery still waits, comes after the news that it was delivered.
  const held = Promise.withResolvers<void>();
  const list = /\/deliveries\?/;
  const read = Promise.withResolvers<void>();
  await page.route(
    list,
    async (route) => {
      const response = await route.fetch();
      expect(await response.text()).toContain('"state":"pending"');
      read.resolve();
      await held.promise;
      await route.fulfill({ response });
    },
    { times: 1 },
  );
  await drawer.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('It is sent again, with the same id.').waitFor();
  await read.promise;
  await courier.deliverDue();
  await drawer.getByText('Delivered').waitFor();
  expect(receiver.taken).toHaveLength(1);
  const late = page.waitForResponse(list);
  held.resolve();
  await (await late).finished();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await row.getByText('Delivered').waitFor();
  expect(await row.getByText('Waiting').count()).toBe(0);

  // A new secret: what is sent from now on is signed with it.
  const before = secret;
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'New secret' }).click();
  await page.getByRole('dialog', { name: 'New secret' }).getByRole('button', { name: 'New secret' }).click();
  const rotated = page.getByRole('dialog', { name: 'The secret is new' });
  secret = await rotated.locator('pre').innerText();
  expect(secret).not.toBe(before);
  await expectAccessible(page);
  await rotated.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await row.filter({ hasText: 'Waiting' }).waitFor();
  await courier.deliverDue();
  expect(receiver.taken).toHaveLength(2);

  // Changed while somebody else changes it too: both are shown, nothing typed is lost.
  owner.expectConsole(/412/);
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  const changing = page.getByRole('dialog', { name: 'Change webhook' });
  await changing.getByLabel('Description').fill('Tickets of North');
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const theirs = { description: 'Tickets, all of them' };
  expect((await portal.api.call('PATCH', `/webhooks/${id}`, theirs, { 'if-match': '*' })).status).toBe(200);
  await changing.getByRole('button', { name: 'Save' }).click();
  await changing.getByText('Somebody else changed it meanwhile').waitFor();
  await changing.getByRole('cell', { name: 'Tickets, all of them' }).waitFor();
  expect(await changing.getByLabel('Description').inputValue()).toBe('Tickets of North');
  await expectAccessible(page);
  await changing.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByText('Saved.').waitFor();
  expect((await portal.api.call('GET', `/webhooks/${id}`)).json.description).toBe('Tickets of North');

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  await page.getByText('Paused', { exact: true }).first().waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const deleting = page.getByRole('dialog', { name: 'Delete this webhook?' });
  await deleting.getByRole('textbox').fill(new URL(receiver.url).host);
  await deleting.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor();

  await owner.leave();
});

it('the audit tells all of it, with what was changed, and compares itself with its seals', async () => {
  const owner = await portal.visit('owner');
  const { page } = owner;
  await owner.go('/audit?object=webhook');
  const audit = page.getByRole('table', { name: 'Audit' });
  for (const action of ['create', 'ping', 'resend', 'rotateSecret', 'change', 'delete'])
    await audit.getByText(`webhook.${action}`, { exact: true }).first().waitFor();
  expect(await audit.getByRole('row').count()).toBe(10);
  await expectAccessible(page);
  await audit.getByRole('row').nth(2).click();
  const entry = page.getByRole('dialog', { name: 'Entry of the audit' });
  const change = entry.getByRole('row', { name: /enabled/ });
  await change.getByRole('cell', { name: 'Yes' }).waitFor();
  await change.getByRole('cell', { name: 'No' }).waitFor();
  await expectAccessible(page);
  await entry.getByRole('button', { name: 'Only of this actor' }).click();
  await page.waitForURL(/actor=member/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'As CSV' }).click();
  expect((await download).suggestedFilename()).toBe('audit.csv');
  await page.getByRole('button', { name: 'Verify' }).click();
  const verify = page.getByRole('dialog');
  await verify.getByRole('button', { name: 'Verify' }).click();
  await verify.getByText('No day is sealed yet').waitFor();
  await expectAccessible(page);
  await owner.leave();
});
