// What others change is seen without a reload: audit, deliveries, keys and members; and nothing is lost with the stream.
import { afterAll, expect, it } from 'vitest';
import { expectAccessible } from './help/accessible.ts';
import { openWebhookPortal } from './help/webhook-portal.ts';

let secret = '';
const { portal, receiver, courier, close } = await openWebhookPortal(() => secret);
afterAll(close);

let number = 0;
const addRoute = async () => {
  const name = `Route ${++number}`;
  await portal.api.call('POST', '/voice-routes', { name });
  return name;
};

it('the audit counts what comes while one points at it, shows it at once when nobody does, and opens any entry', async () => {
  const first = await addRoute();
  const [{ id }] = (await portal.api.call('GET', '/audit?objectType=voiceRoute')).json.items;
  const owner = await portal.visit('owner');
  const { page } = owner;
  await owner.go('/audit?object=voiceRoute');
  const audit = page.getByRole('table', { name: 'Audit' });
  await audit.getByText(first).waitFor();
  // Nobody reads: it comes by itself; what the filter leaves out does not.
  await portal.api.call('POST', '/pbxs', { name: 'Not asked for' });
  const second = await addRoute();
  await audit.getByText(second).waitFor();
  expect(await audit.getByText('Not asked for').count()).toBe(0);

  await audit.getByRole('row').nth(1).hover();
  const third = await addRoute();
  const fourth = await addRoute();
  const news = page.getByRole('button', { name: '2 new' });
  await news.waitFor();
  expect(await audit.getByText(third).count()).toBe(0);
  await expectAccessible(page);
  await news.click();
  await audit.getByText(fourth).waitFor();
  expect(await audit.getByRole('row').nth(1).innerText()).toContain(fourth);

  // An entry that the list does not hold is opened by its address all the same.
  await owner.go(`/audit?action=pbx.create&entry=${id}`);
  const entry = page.getByRole('dialog', { name: 'Entry of the audit' });
  await entry.getByText(`voiceRoute ${first}`).waitFor();
  await expectAccessible(page);
  owner.expectConsole(/404/);
  await owner.go('/audit?entry=01a1fd94-06ea-74e4-b19b-0dd520170800');
  await entry.getByText('This entry cannot be found').waitFor();
  await owner.leave();
});

it('goes on without the stream, by looking now and then, and catches up when it is back', async () => {
  const owner = await portal.visit('owner', { theme: 'dark' });
  const { page } = owner;
  owner.expectConsole(/503|ERR_/);
  await owner.context.route('**/audit/stream', (route) => route.fulfill({ status: 503, body: '' }));
  await owner.go('/audit?object=voiceRoute');
  const audit = page.getByRole('table', { name: 'Audit' });
  await audit.getByRole('row').nth(1).waitFor();
  await audit.getByText(await addRoute()).waitFor();
  await owner.context.unroute('**/audit/stream');
  await audit.getByText(await addRoute()).waitFor();
  await owner.leave();
});

it('deliveries change where they stand, new ones wait while one points at them', async () => {
  const made = await portal.api.call('POST', '/webhooks', { url: receiver.url, events: ['user.failed'] });
  secret = made.json.secret;
  const { id } = made.json;
  await portal.api.call('POST', `/webhooks/${id}/ping`);
  const owner = await portal.visit('owner');
  const { page } = owner;
  await owner.go(`/webhooks/${id}`);
  const deliveries = page.getByRole('table', { name: 'Deliveries' });
  const row = deliveries.getByRole('row').nth(1);
  await row.getByText('Waiting').waitFor();
  await row.hover();
  receiver.behave(503);
  await courier.deliverDue();
  await row.getByText(/^503/).waitFor();
  // The webhook itself follows.
  await page.getByText('Failing').first().waitFor();
  await portal.api.call('POST', `/webhooks/${id}/ping`);
  const news = page.getByRole('button', { name: '1 new' });
  await news.waitFor();
  expect(await deliveries.getByRole('row').count()).toBe(2);
  await expectAccessible(page);
  await news.click();
  await deliveries.getByRole('row').nth(2).waitFor();
  receiver.behave(null);
  await portal.api.call('POST', `/webhooks/${id}/resend`, {});
  await courier.deliverDue();
  await row.getByText('Delivered').waitFor();
  await owner.leave();
});

it('shows keys that others make and revoke, members who join, and how the line is in every tab', async () => {
  const { api } = portal;
  const owner = await portal.visit('owner');
  const { page } = owner;
  await owner.go('/api-keys');
  const keys = page.getByRole('table', { name: 'API keys' });
  await keys.getByText('the test key').waitFor();
  const key = (await api.call('POST', '/api-keys', { name: 'Of somebody else', scopes: ['users:read'] })).json;
  const row = keys.getByRole('row').filter({ hasText: 'Of somebody else' });
  await row.waitFor();
  await api.call('POST', `/api-keys/${key.id}/revoke`);
  await row.getByText('Revoked').waitFor();

  const roles = [{ tenantId: api.store.tenantId, role: 'viewer' }];
  await owner.go('/members');
  const members = page.getByRole('table', { name: 'Members' });
  await members.getByRole('row').nth(1).waitFor();
  const invited = (await api.call('POST', '/members', { email: 'new@example.com', name: 'Nell', roles })).json;
  const member = members.getByRole('row').filter({ hasText: 'new@example.com' });
  await member.getByText('Invited').waitFor();
  const token = new URL(invited.invitation.link, api.url).hash.replace('#token=', '');
  const guest = await portal.open();
  const reply = await guest.context.request.post('/api/v1/invitations/accept', {
    data: { token, password: 'a long enough sentence of words' },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect([reply.status(), await reply.text()]).toEqual([200, expect.anything()]);
  await guest.leave();
  await member.getByText('Active').waitFor();

  const other = await owner.context.newPage();
  await other.goto('/activity');
  await other.waitForSelector('[data-page-title]');
  // One tab reads for all: the other one knows how it is, and has no bar after the three seconds of grace.
  await other.waitForTimeout(4_000);
  expect(await other.getByText(/live connection/i).count()).toBe(0);
  await other.close();
  await owner.leave();
});
