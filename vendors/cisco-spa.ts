// Cisco SPA, ATA and MPP (3PCC) phones: what a phone asks for. Sources: usual profile rules; Cisco 6851 guide ($MA, $MAC).
import { formatMac } from './mac.ts';
import type { PersonaRows } from './vendor.ts';

export const ciscoSpaPersona: PersonaRows = {
  usual: { model: 'SPA504G', firmware: '7.4.4' },
  userAgent: ({ model, firmware, mac }) => `Cisco/${model}-${firmware} (${formatMac(mac, 'upper')})`,
  macVariables: { '{mac}': 'plain', $MAC: 'colon' },
  directory: ({ mac }) => {
    const upper = formatMac(mac, 'upper');
    return [[`${mac}.xml`, `${upper}.xml`, `spa${mac}.cfg`, `spa${upper}.cfg`]];
  },
};
