// What the owner of a PBX is told, as a text that can be sent: whom the firewall lets in, who asks how, which MACs. Pure.
import type { PbxView } from '../../../src/api/contract/pbxs.ts';

interface OwnerWords {
  greeting(name: string): string;
  readonly firewall: string;
  readonly firewallUnknown: string;
  toPort(host: string, port: string, protocol: string): string;
  readonly noAddress: string;
  path(path: string): string;
  asks(vendor: string): string;
  userAgent(text: string): string;
  login(username: string): string;
  readonly noLogin: string;
  client(subject: string, fingerprint: string): string;
  readonly noClient: string;
  readonly plain: string;
  macs(number: number): string;
  readonly macList: string;
  rest(number: number): string;
}

const MOST_MACS = 50;

/** @param macs pseudo-MACs that the PBX does not have yet */
export function writeOwnerText(
  pbx: PbxView,
  addresses: readonly string[],
  macs: readonly string[],
  vendorName: string,
  words: OwnerWords,
): string {
  const { provisioningUrl: url, certificates, persona } = pbx;
  const server = url !== null && URL.canParse(url) ? new URL(url) : null;
  const protocol = server?.protocol.slice(0, -1) ?? '';
  const port = server === null ? '' : server.port || (protocol === 'http' ? '80' : '443');
  const firewall =
    addresses.length === 0 ? [words.firewallUnknown] : [words.firewall, ...addresses.map((one) => `  ${one}`)];
  const where =
    server === null
      ? [words.noAddress]
      : [`  ${words.toPort(server.hostname, port, protocol)}`, words.path(decodeURI(server.pathname))];
  const lines = [
    words.greeting(pbx.name),
    '',
    ...firewall,
    ...where,
    words.asks(persona.model === null ? vendorName : `${vendorName} ${persona.model}`),
    ...(persona.userAgent === null ? [] : [words.userAgent(persona.userAgent)]),
    pbx.username === null ? words.noLogin : words.login(pbx.username),
    certificates.client === null
      ? words.noClient
      : words.client(certificates.client.subject, certificates.client.fingerprint256),
    ...(protocol === 'http' ? [words.plain] : []),
    words.macs(macs.length),
  ];
  if (macs.length > 0) {
    lines.push('', words.macList, ...macs.slice(0, MOST_MACS).map((mac) => `  ${mac}`));
    if (macs.length > MOST_MACS) lines.push(`  ${words.rest(macs.length - MOST_MACS)}`);
  }
  return lines.join('\n');
}
