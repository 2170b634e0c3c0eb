// A provisioning server for the bench, a process of its own: HTTPS, one Yealink file per MAC, no login.
// Says its port and CA as one JSON line; each line on standard input is answered with the CPU seconds used so far, and
// `change-half` gives every other device another password.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { issueServer, makeAuthority } from '../src/demo/certificates.ts';
import { cpuSeconds } from './figure.ts';

const authority = await makeAuthority();
const certificate = await issueServer(authority, { names: ['127.0.0.1', 'localhost'] });

/** About as long as what a PBX really sends for one phone. */
const FILLER = Array.from({ length: 120 }, (_, i) => `features.setting_${i}.enable = ${i % 2}`).join('\n');

let changedHalf = false;

/** Full North American numbers, as they are written in most files that we know. */
function didOf(number: number): string {
  return `+1${202 + (Math.floor(number / 10_000) % 700)}555${String(number % 10_000).padStart(4, '0')}`;
}

function fileFor(mac: string): string {
  return `#!version:1.0.0.1
account.1.enable = 1
account.1.label = ${didOf(Number.parseInt(mac.slice(-6), 16))}
account.1.display_name = User ${mac}
account.1.user_name = u${mac}
account.1.auth_name = u${mac}
account.1.password = pw-${mac}#;=${changedHalf && Number.parseInt(mac.slice(-1), 16) % 2 === 1 ? 'new' : ''}
account.1.sip_server.1.address = pbx.example.com
account.1.sip_server.1.port = 5061
account.1.sip_server.1.transport_type = 2
${FILLER}
`;
}

const server = createServer(
  { cert: certificate.cert, key: certificate.key, keepAliveTimeout: 60_000 },
  (request, response) => {
    const mac = /([0-9a-f]{12})\.cfg$/.exec(request.url ?? '')?.[1];
    if (mac === undefined) response.writeHead(404).end('not found');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(fileFor(mac));
  },
);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, ca: authority.cert })}\n`);
});
createInterface(process.stdin)
  .on('line', (line) => {
    if (line === 'change-half') changedHalf = true;
    process.stdout.write(`${JSON.stringify({ cpu: cpuSeconds() })}\n`);
  })
  .on('close', () => process.exit(0));
