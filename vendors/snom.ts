// Snom: what a phone asks for. Sources: Snom service pages (file names, {mac} in upper case).
import { formatMac } from './mac.ts';
import type { AskingPhone, PersonaRows } from './vendor.ts';

/** `snom` and the model. */
function phoneType({ phoneType, model }: AskingPhone): string {
  return phoneType ?? (model.startsWith('snom') ? model : `snom${model}`);
}

export const snomPersona: PersonaRows = {
  usual: { model: 'snomD785', firmware: '10.1.169.16' },
  // The build and its date are there because FusionPBX takes the 11th blank-separated field as the MAC.
  userAgent: (phone) =>
    `Mozilla/4.0 (compatible; ${phoneType(phone)}-SIP ${phone.firmware} 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) ${formatMac(phone.mac, 'upper')} SXM:0 UXM:0 UXMC:0)`,
  macVariables: { '{mac}': 'upper', $MAC: 'plain' },
  directory: (phone) => {
    const type = phoneType(phone);
    return [[`${type}.htm`], [`${type}-${formatMac(phone.mac, 'upper')}.htm`, `${type}-${phone.mac}.htm`]];
  },
  besideNamed: ({ mac }, stem, extension) => [
    [`${stem}-${formatMac(mac, 'upper')}.${extension}`, `${stem}-${mac}.${extension}`],
  ],
};
