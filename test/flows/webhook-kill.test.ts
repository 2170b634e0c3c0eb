// Workers that are killed while they send: every event arrives all the same, and what arrives twice has the same id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { createWebhook } from '../../src/store/webhooks.ts';
import { WEBHOOK_EVENTS } from '../../src/webhooks/events.ts';
import { newWebhookSecret } from '../../src/webhooks/signature.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { startPbx } from '../help/mean-pbx.ts';
import { startWebhookReceiver } from '../help/webhook-receiver.ts';

let harvest: Harvest;

beforeAll(async () => {
  harvest = await openHarvest();
});

afterAll(() => harvest.close());

async function startWorkerProcess(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../help/worker-process.ts', import.meta.url)), harvest.url, harvest.keyFile],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

test('C7 kill -9 of a worker in the middle of harvest and deliveries: each provisioned user is told of, with one id', {
  timeout: 120_000,
}, async () => {
  const count = 120;
  const secret = newWebhookSecret();
  const receiver = await startWebhookReceiver({ secret: () => secret });
  // Slow enough to be killed while it answers, and it has taken what it is answering.
  receiver.behave((received, response) => {
    receiver.taken.push(received);
    setTimeout(() => response.writeHead(200).end(), 30);
  });
  const server = await startPbx({
    calm: 'a user whose try fails first is told of twice, and the events are counted',
    otherwise: (request, response) => {
      const mac = /([0-9a-f]{12})\.cfg/.exec(request.url ?? '')?.[1] ?? '';
      setTimeout(() => response.end(yealinkFile({ userName: `u-${mac}`, password: `pw-${mac}`, mac })), 10);
    },
  });
  const settings = { description: null, url: receiver.url, events: WEBHOOK_EVENTS, enabled: true };
  await createWebhook(harvest.database.db, harvest.ring, harvest.tenantId, settings, new Secret(secret));
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, didField: 'none' });
  const macs = Array.from({ length: count }, (_, n) => (0x00_00_5e_00_54_00 + n).toString(16).padStart(12, '0'));
  const ids = await harvest.addUsers(pbxId, macs);
  let child: ChildProcess | null = null;
  try {
    for (const some of [10, 40, 80]) {
      child = await startWorkerProcess();
      await harvest.until(
        `${some} told`,
        async () => receiver.taken.length,
        (taken) => taken >= some,
        40_000,
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
      // A minute passes, in which nobody says anything of what was under way.
      await harvest.database.sql`
        update webhook_deliveries set due_at = due_at - interval '60 seconds' where state = 'pending'`;
    }
    child = await startWorkerProcess();
    const told = () => new Set(receiver.taken.map(({ body }) => body.user.id)).size;
    await harvest.until(
      'all told',
      async () => told(),
      (taken) => taken === count,
      60_000,
    );
    await harvest.until(
      'all settled',
      () => harvest.database.sql`select 1 from webhook_deliveries where state <> 'delivered'`,
      (rows) => rows.length === 0,
    );
  } finally {
    if (child !== null && child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await receiver.close();
    await server.close();
  }
  const idsOf = new Map<string, Set<string>>();
  for (const { id, body } of receiver.taken) {
    idsOf.set(body.user.id, (idsOf.get(body.user.id) ?? new Set()).add(id));
  }
  expect([...idsOf.keys()].sort()).toEqual([...ids].sort());
  expect([...idsOf.values()].filter((seen) => seen.size !== 1)).toEqual([]);
});
