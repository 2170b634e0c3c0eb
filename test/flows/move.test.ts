// A user that is moved to another PBX while it is fetched: what the PBX before answers counts no more.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePseudoMac } from '../../src/intake/pseudo-mac.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { readContent } from '../../src/store/slices.ts';
import { matchUsers, runBulk } from '../../src/store/users-bulk.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';

let harvest: Harvest;
const servers: ProvisioningServer[] = [];
beforeAll(async () => {
  harvest = await openHarvest();
  await harvest.startWorker();
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await harvest.close();
});

test('is fetched from the other one, and keeps nothing of the first', async () => {
  const mac = '00005e005301';
  let answer: () => void = () => undefined;
  const slow = await startPbx({
    calm: 'one request is held back, and there is no other',
    files: {
      [`/${mac}.cfg`]: (_, response) => {
        answer = () => response.end(yealinkFile({ userName: '101', password: 'of-the-first', mac }));
      },
    },
  });
  const other = await startPbx({
    calm: 'its one answer is the only entry',
    files: { [`/${mac}.cfg`]: yealinkFile({ userName: '201', password: 'of-the-other', label: '+12025550143', mac }) },
  });
  servers.push(slow, other);
  const from = await harvest.addPbx({ provisioningUrl: `${slow.origin}/{mac}.cfg` });
  const to = await harvest.addPbx({ provisioningUrl: `${other.origin}/{mac}.cfg`, name: 'The other' });
  const id = await harvest.addUser(from, { mac });
  await harvest.queue.enqueue(from, 5);
  await harvest.until(
    'asked',
    async () => slow.requests.length,
    (count) => count > 0,
  );

  const selection = { reach: tenantReach(harvest.tenantId), userIds: [id] };
  const order = {
    task: { action: 'move', to: { id: to, tenantId: harvest.tenantId, name: 'The other' } },
    tools: { ring: harvest.ring, makeMac: makePseudoMac },
    selection,
    meant: await matchUsers(harvest.database.db, selection),
    actor: 'ann@acme.example',
  } as const;
  const moved = await runBulk(harvest.database, order, false);
  expect(moved).toMatchObject({ changed: 1, pbxIds: [to], failure: null });
  answer();
  await harvest.queue.enqueue(to, 5);
  const user = await harvest.until(
    'provisioned',
    () => harvest.user(id),
    (row) => row.status === 'provisioned',
  );
  expect(user).toMatchObject({ pbxId: to, did: '+12025550143', linesVersion: 1, claimEpoch: null });
  const content = await readContent(harvest.database, harvest.ring, user);
  expect(content?.lines[0]).toMatchObject({ userName: '201', password: 'of-the-other' });
  const entries = await harvest.feed({ userId: id });
  expect(entries.map(({ verb, pbxId }) => [verb, pbxId])).toEqual([['sync', to]]);
  expect(slow.requests).toHaveLength(1);
});
