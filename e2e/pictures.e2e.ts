// Takes the pictures of docs/pictures from the running portal, light and dark: two PBXs of the demo, harvested by a real worker.
// `npm run pictures` writes them there; otherwise they go to a folder of their own, so that every run shows that they can be taken.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { issueClient, issueServer, makeAuthority } from '../src/demo/certificates.ts';
import { type Company, clinic, freight, WRONG_LOGIN } from '../src/demo/company.ts';
import { type SimulatedPbx, startPbx } from '../src/demo/pbx.ts';
import { changeTheme } from './help/accessible.ts';
import { openPortal, type Portal } from './help/portal.ts';

const KEPT = join(import.meta.dirname, '../docs/pictures');
const folder = process.env.PICTURES === 'keep' ? KEPT : mkdtempSync(join(tmpdir(), 'provender-pictures-'));
const PASSWORD = 'Fetch#all;phones=40';

let portal: Portal;
const servers: SimulatedPbx[] = [];
const at: Record<string, string> = {};

const CSV_WITH_MISTAKES = `Name,Email,SIP UserID,Mac Address
Ann Whitfield,ann.whitfield@lakeside.example,2201,00:00:5e:00:53:c1
Ben Okafor,ben.okafor@lakeside,2202,00:00:5e:00:53:c2
Carla Mendes,carla.mendes@lakeside.example,2203,5e0053c3
Dora Novak,dora.novak@lakeside.example,2204,AUTO_ASSIGN
Emil Sato,emil.sato@lakeside.example,2204,00:00:5e:00:53:c5
`;

function csvOf(company: Company): string {
  const rows = company.people.map((person, index) => {
    const login = person.plan === 'HTTP_401' ? [WRONG_LOGIN.username, WRONG_LOGIN.password] : ['', ''];
    return [
      person.name,
      `user${index}@${company.domain}`,
      person.extension,
      person.mac ?? 'AUTO_ASSIGN',
      ...login,
    ].join(',');
  });
  return ['Name,Email,SIP UserID,Mac Address,prov_username,prov_password', ...rows].join('\n');
}

async function made(path: string, body: unknown, headers?: Record<string, string>, method = 'POST') {
  const reply = await portal.api.call(method, path, body, headers);
  if (reply.status >= 300) throw new Error(`${path} was answered ${reply.status}: ${reply.text}`);
  return reply.json;
}

async function upload(pbxId: string, fileName: string, csv: string): Promise<string> {
  const { id } = await made(`/imports?${new URLSearchParams({ pbx: pbxId, fileName })}`, csv, {
    'content-type': 'text/csv',
  });
  await made(`/imports/${id}/validate`, undefined);
  for (;;) {
    const { job } = (await portal.api.call('GET', `/imports/${id}`)).json;
    if (job === null) return id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  portal = await openPortal({ worker: true });
  const authority = await makeAuthority({ name: 'Lakeside Provisioning CA' });
  const server = await issueServer(authority, { names: ['127.0.0.1', 'localhost'] });
  const client = await issueClient(authority, { name: 'provender.example' });
  const [one, two] = [clinic(), freight()];
  const accounts = new Map([
    ['provisioning', PASSWORD],
    [WRONG_LOGIN.username, 'another'],
  ]);
  const [digest, mtls] = await Promise.all([
    startPbx({ company: one, cert: server.cert, key: server.key, door: { kind: 'digest', accounts } }),
    startPbx({ company: two, cert: server.cert, key: server.key, door: { kind: 'mtls', ca: authority.cert } }),
  ]);
  servers.push(digest, mtls);
  const common = { country: 'US', autoProvision: true, didField: 'account.1.label' };
  const login = { username: 'provisioning', password: PASSWORD };
  const first = await made('/pbxs', { ...common, name: one.name, provisioningUrl: digest.url, ...login });
  const second = await made('/pbxs', { ...common, name: two.name, provisioningUrl: mtls.url, autoAssignMac: true });
  await made(
    `/pbxs/${first.id}/certificates`,
    { caPem: authority.cert, password: PASSWORD },
    { 'if-match': '*' },
    'PUT',
  );
  const cert = { caPem: authority.cert, clientCertPem: client.cert, clientKeyPem: client.key };
  await made(`/pbxs/${second.id}/certificates`, cert, { 'if-match': '*' }, 'PUT');
  for (const [pbx, company] of [
    [first, one],
    [second, two],
  ] as const) {
    await made(`/imports/${await upload(pbx.id, `${company.name}.csv`, csvOf(company))}/submit`, undefined);
  }
  at.mending = await upload(first.id, 'new-starters.csv', CSV_WITH_MISTAKES);
  at.pbx = first.id;
  for (;;) {
    const { items } = (await portal.api.call('GET', `/users?pbxId=${first.id}&limit=200`)).json;
    const failed = items.find((user: { reasonCode: string }) => user.reasonCode === 'MAC_MISMATCH');
    const done = items.filter((user: { status: string }) => user.status === 'provisioned').length;
    if (failed && done >= 36) {
      at.failed = failed.id;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

afterAll(async () => {
  await portal.close();
  for (const server of servers) await server.close();
  if (folder !== KEPT) rmSync(folder, { recursive: true, force: true });
});

/** By name: where, and what has to be seen before the picture is taken. */
const PICTURES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  home: async (page) => {
    await page.goto('/');
    await page.getByText('Provisioned').first().waitFor();
  },
  pbxs: async (page) => {
    await page.goto('/pbxs');
    await page.getByText('Lakeside Clinic').first().waitFor();
  },
  troubles: async (page) => {
    await page.goto('/activity?group=all');
    await page.getByText('MAC_MISMATCH').first().waitFor();
  },
  'pbx-settings': async (page) => {
    await page.goto(`/pbxs/${at.pbx}?tab=source`);
    await page.getByLabel('Provisioning Server URL').first().waitFor();
  },
  'pbx-owner': async (page) => {
    await page.goto(`/pbxs/${at.pbx}?tab=owner`);
    await page.getByRole('tabpanel').getByText('Copy all of it').waitFor();
  },
  users: async (page) => {
    await page.goto('/users');
    await page.getByRole('row').nth(8).waitFor();
  },
  why: async (page) => {
    await page.goto(`/users/${at.failed}?tab=timeline`);
    await page.getByText('MAC_MISMATCH').first().waitFor();
  },
  upload: async (page) => {
    await page.goto(`/imports/${at.mending}`);
    await page.getByText('Carla Mendes').first().waitFor();
  },
  activity: async (page) => {
    await page.goto('/activity');
    await page.getByRole('row').nth(8).waitFor();
  },
};

it('takes them in light and in dark', async () => {
  mkdirSync(folder, { recursive: true });
  const visitor = await portal.visit('owner', { height: 860 });
  const { page } = visitor;
  for (const [name, show] of Object.entries(PICTURES)) {
    await show(page);
    // Pictures and fonts come a moment after the words.
    await page.waitForLoadState('load');
    await page.mouse.move(640, 5);
    for (const theme of ['light', 'dark'] as const) {
      await changeTheme(page, theme);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
    }
  }
  await visitor.leave();
});

it('has all of them in docs/pictures', () => {
  const names = Object.keys(PICTURES).flatMap((name) => ['light', 'dark'].map((theme) => `${name}-${theme}.png`));
  expect(readdirSync(KEPT)).toEqual(expect.arrayContaining(names));
});
