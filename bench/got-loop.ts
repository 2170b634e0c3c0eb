// The bare limit of fetching: got in a loop over the same files, 32 at once, one keep-alive agent. Nothing is read.
import { Agent } from 'node:https';
import got from 'got';
import { cpuSeconds } from './figure.ts';

const [port = '', caPem = '', count = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const client = got.extend({
  agent: { https: agent },
  https: { certificateAuthority: Buffer.from(caPem, 'base64').toString() },
  retry: { limit: 0 },
});
const cpuBefore = cpuSeconds();
const begun = performance.now();
let next = 0;
async function loop(): Promise<void> {
  while (next < Number(count)) {
    const mac = (next++).toString(16).padStart(12, '0');
    await client(`https://127.0.0.1:${port}/${mac}.cfg`).buffer();
  }
}
await Promise.all(Array.from({ length: 32 }, loop));
process.stdout.write(
  `${JSON.stringify({ cpu: cpuSeconds() - cpuBefore, seconds: (performance.now() - begun) / 1000 })}\n`,
);
agent.destroy();
