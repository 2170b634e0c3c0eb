// Files that servers make anew for each request: the time, a version stamp or a random number in them is no news.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { users } from '../../src/store/schema.ts';
import { readContent } from '../../src/store/slices.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';

let harvest: Harvest;
const servers: ProvisioningServer[] = [];

beforeAll(async () => {
  harvest = await openHarvest();
  await harvest.startWorker(MEAN_CLOCK);
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await harvest.close();
});

interface Made {
  readonly mac: string;
  readonly password: string;
  /** Another one in each answer. */
  readonly nonce: string;
  readonly time: string;
  readonly count: number;
}

const FILES: Record<string, (made: Made) => string> = {
  'Yealink, a comment with the time': ({ mac, password, nonce }) =>
    yealinkFile({ userName: '2001', password, mac }).replace('\n', `\n#${nonce}\n`),
  'Yealink, an address with a random number': ({ mac, password, nonce, time }) =>
    `${yealinkFile({ userName: '2001', password, mac })}static.auto_provision.server.url = https://pbx.example.com/?t=${nonce}\nlocal_time.set = ${time}\n`,
  'Yealink, CRLF and LF by turns, BOM and none': ({ mac, password, count }) => {
    const text = yealinkFile({ userName: '2001', password, mac });
    return count % 2 === 0 ? text : `\ufeff${text.replaceAll('\n', '\r\n')}`;
  },
  'Yealink, accounts and keys in any order': ({ mac, password, count }) => {
    const second = 'account.2.enable = 1\naccount.2.user_name = 2002\naccount.2.password = other\n';
    const text = yealinkFile({ userName: '2001', password, mac });
    const [head = '', ...rest] = text.split('\n');
    return count % 2 === 0 ? `${text}${second}` : `${head}\n${second}${rest.reverse().join('\n')}\n`;
  },
  'Technicolor, a serial number': ({ password, count, time }) =>
    `[sys]\nconfig_sn=${20260101000000 + count}\n\n[sip]\n; ${time}\nTEL1Number=2001\nregid1=2001\nregpwd1=${password}\nRegisterServerMP1=pbx.example.com\n`,
  'Poly, comment and a changing attribute': ({ password, nonce, time }) =>
    `<?xml version="1.0"?>\n<!-- ${time} -->\n<polycomConfig made="${nonce}">\n<reg reg.1.address="2001" reg.1.auth.userId="2001" reg.1.auth.password="${password}" reg.1.server.1.address="pbx.example.com" device.prov.tag="${nonce}"/>\n</polycomConfig>\n`,
  'Cisco call manager, version stamps': ({ password, nonce }) =>
    `<device>\n<versionStamp>{${nonce}}</versionStamp>\n<devicePool><callManagerGroup><members><member priority="0"><callManager><ports><sipPort>5060</sipPort></ports><processNodeName>pbx.example.com</processNodeName></callManager></member></members></callManagerGroup></devicePool>\n<sipProfile><sipLines><line button="1"><featureID>9</featureID><proxy>USECALLMANAGER</proxy><name>2001</name><authName>2001</authName><authPassword>${password}</authPassword></line></sipLines></sipProfile>\n<addOnModules idle="${nonce}"/>\n</device>\n`,
  'Snom, the time and a picture of today': ({ password, nonce, time }) =>
    `<?xml version="1.0" encoding="utf-8"?>\n<!-- ${time} -->\n<settings><phone-settings>\n<user_active idx="1" perm="R">on</user_active>\n<user_name idx="1" perm="R">2001</user_name>\n<user_pass idx="1" perm="R">${password}</user_pass>\n<user_host idx="1" perm="R">pbx.example.com</user_host>\n<logon_wizard perm="R">off</logon_wizard><custom_bg_image_url perm="R">https://pbx.example.com/p.png?${nonce}</custom_bg_image_url>\n</phone-settings></settings>\n`,
  'Grandstream, a random second password of the web page': ({ password, nonce }) =>
    `<?xml version="1.0"?>\n<gs_provision version="1"><config version="1">\n<P271>1</P271><P35>2001</P35><P36>2001</P36><P34>${password}</P34><P47>pbx.example.com</P47><P196>hidden-${nonce}</P196>\n</config></gs_provision>\n`,
  'Fanvil, a version that grows': ({ password, count }) =>
    `<<VOIP CONFIG FILE>>Version:2.${String(count).padStart(4, '0')}\n\n<SIP CONFIG MODULE>\n--SIP Line List--  :\nSIP1 Phone Number       :2001\nSIP1 Display Name       :2001\nSIP1 Register Addr      :pbx.example.com\nSIP1 Register Port      :5060\nSIP1 Register User      :2001\nSIP1 Register Pswd      :${password}\nSIP1 Enable Reg         :1\n<<END OF FILE>>\n`,
};

let next = 0x5700;

test.each(Object.keys(FILES))('%s: one version and one entry, however often it is read', async (name) => {
  const file = FILES[name];
  if (file === undefined) throw new Error(`no such file: ${name}`);
  const mac = `00005e00${(next++).toString(16)}`;
  let count = 0;
  let password = 'first';
  const server = await startPbx({
    calm: 'entries of the feed are counted, and a failure would make some',
    files: {
      [`/${mac}.cfg`]: (_request: IncomingMessage, response: ServerResponse) => {
        count += 1;
        const time = new Date(1_790_000_000_000 + count * 3_600_000).toUTCString();
        response.writeHead(200, { etag: `"${count}"`, 'last-modified': time, 'content-type': 'text/plain' });
        response.end(file({ mac, password, nonce: randomUUID(), time, count }));
      },
    },
  });
  servers.push(server);
  const pbxId = await harvest.addPbx({ provisioningUrl: `${server.origin}/{mac}.cfg`, didField: 'none' });
  const id = await harvest.addUser(pbxId, { mac });
  const read = () => harvest.user(id);
  const checked = async () => {
    const before = await read();
    await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.id, id));
    await harvest.queue.enqueue(pbxId, 0);
    return harvest.until('checked', read, (user) => (user.lastCheckedAt ?? 0) > (before.lastCheckedAt ?? 0));
  };

  await harvest.until('provisioned', read, (user) => user.status === 'provisioned');
  for (let round = 0; round < 3; round += 1) {
    expect(await checked()).toMatchObject({ status: 'provisioned', linesVersion: 1 });
  }
  expect(server.requests.map((request) => request.status)).toEqual([200, 200, 200, 200]);
  expect(await harvest.feed({ userId: id })).toHaveLength(1);

  password = 'second';
  expect(await checked()).toMatchObject({ status: 'provisioned', linesVersion: 2 });
  expect((await readContent(harvest.database, harvest.ring, await read()))?.lines[0]?.password).toBe('second');
  const feed = await harvest.feed({ userId: id });
  expect(feed).toHaveLength(2);
  expect(feed[0]).toMatchObject({ detail: { changes: ['password'] } });
});
