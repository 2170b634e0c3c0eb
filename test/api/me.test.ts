// One's own name, and the views that one saved.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, type Browser, openBrowser } from '../help/browser.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(() => api.store.database.sql`delete from throttles`);

let number = 0;
async function signIn(): Promise<{ browser: Browser; email: string; id: string }> {
  number += 1;
  const email = `ann-${number}@example.com`;
  const id = await addMember(api, email, 'viewer');
  const browser = openBrowser(api);
  await browser.signIn(email);
  return { browser, email, id };
}

describe('the own name', () => {
  it('is changed by its owner, whatever the role, and the address stays', async () => {
    const { browser, email, id } = await signIn();
    const before = await api.call('GET', `/members/${id}`);
    const changed = await browser.call('PATCH', '/me', { name: '  Ann Other ' });
    expect([changed.status, changed.json]).toMatchObject([200, { id, email, name: 'Ann Other' }]);
    expect(changed.json).toEqual((await browser.call('GET', '/me')).json);
    // Whoever has the member open elsewhere is told.
    const stale = { 'if-match': before.headers.get('etag') ?? '' };
    expect((await api.call('PATCH', `/members/${id}`, { name: 'Bob' }, stale)).status).toBe(412);
    const [entry] = await api.store.database
      .sql`select * from audit where action = 'member.rename' and object_id = ${id}`;
    expect(entry).toMatchObject({
      actor: `member:${id}`,
      before: { name: email.split('@')[0] },
      after: { name: 'Ann Other' },
    });
  });

  it('A2: is all that can be changed so', async () => {
    const { browser } = await signIn();
    for (const body of [
      { email: 'x@example.com' },
      { name: 'Ann', roles: [] },
      { name: '' },
      { name: ' ' },
      { name: 'a\nb' },
      { name: 'x'.repeat(201) },
      {},
    ]) {
      expect([body, (await browser.call('PATCH', '/me', body)).status]).toEqual([body, 422]);
    }
  });
});

const view = (id: string, more: object = {}) => ({
  id,
  screen: 'users',
  name: 'Failed',
  search: 'status=failed',
  ...more,
});

describe('saved views', () => {
  const save = (browser: Browser, views: unknown, ifMatch = '*') =>
    browser.call('PUT', '/me/views', { views }, { 'if-match': ifMatch });

  it('are kept as they were saved, for this member alone', async () => {
    const [ann, bob] = [await signIn(), await signIn()];
    const empty = await ann.browser.call('GET', '/me/views');
    expect(empty.json).toMatchObject({ version: 0, views: [] });
    const views = [
      view('b', { screen: 'audit', search: '' }),
      view('a', { name: 'Zwölf "Ämter"', search: 'q=%00&x=ü' }),
    ];
    const saved = await save(ann.browser, views, empty.headers.get('etag') ?? '');
    expect([saved.status, saved.json]).toMatchObject([200, { version: 1, views }]);
    expect((await ann.browser.call('GET', '/me/views')).json).toMatchObject({ version: 1, views });
    expect((await bob.browser.call('GET', '/me/views')).json).toMatchObject({ views: [] });
    expect((await save(ann.browser, [])).json).toMatchObject({ views: [] });
  });

  it('of one window are not overwritten by another that has not seen them, the first ones neither', async () => {
    const { browser } = await signIn();
    const none = (await browser.call('GET', '/me/views')).headers.get('etag') ?? '';
    const both = await Promise.all([save(browser, [view('a')], none), save(browser, [view('b')], none)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const [won, lost] = both.toSorted((x, y) => x.status - y.status);
    expect(lost?.json).toMatchObject({ code: 'stale', current: won?.json });
    expect(lost?.headers.get('etag')).toBe(won?.headers.get('etag'));
    expect((await browser.call('PUT', '/me/views', { views: [] })).status).toBe(428);
  });

  it('are at most 50, and what does not fit is named', async () => {
    const { browser } = await signIn();
    const many = (count: number) => Array.from({ length: count }, (_, n) => view(`v${n}`));
    expect((await save(browser, many(50))).status).toBe(200);
    for (const [views, at] of [
      [many(51), '#/body/views'],
      [[view('a'), view('a')], '#/body/views'],
      [[view('a', { screen: 'members' })], '#/body/views/0/screen'],
      [[view('a', { search: 'x'.repeat(2001) })], '#/body/views/0/search'],
      [[view('a', { search: 'a\0b' })], '#/body/views/0/search'],
      [[view('a', { name: '' })], '#/body/views/0/name'],
      [[view('a b')], '#/body/views/0/id'],
      [[view('a', { more: 1 })], '#/body/views/0/more'],
    ] as const) {
      const refused = await save(browser, views);
      expect([refused.status, refused.json.errors?.[0]?.pointer]).toEqual([422, at]);
    }
    expect((await browser.call('GET', '/me/views')).json.views).toHaveLength(50);
  });

  it('go with their member', async () => {
    const { browser, id } = await signIn();
    await save(browser, [view('a')]);
    expect((await api.call('DELETE', `/members/${id}`, undefined, { 'if-match': '*' })).status).toBe(204);
    expect(await api.store.database.sql`select 1 from member_views where member_id = ${id}`).toHaveLength(0);
  });
});
