// ATCOM: gateways and phones of the first years have Fanvil's text, with names of their own for the passwords. Sources:
// [fusionpbx] its template of the AG198; the rest is an assumption.
import { isFanvilSecret, MARKS_OF_OTHERS, parseText, TEXT_START, textTable } from './fanvil/text.ts';
import type { ModelFamily, Vendor } from './vendor.ts';

/** From memory of ATCOM's data sheets. */
const models: readonly ModelFamily[] = [
  { id: 'AG198', lines: 2, keys: 0, modules: 0, keysPerModule: 0, names: ['AG188N'] },
  { id: 'AT810', lines: 2, keys: 0, modules: 0, keysPerModule: 0, names: ['AT810P'] },
  { id: 'AT820', lines: 3, keys: 0, modules: 0, keysPerModule: 0, names: ['AT820P'] },
  { id: 'AT840', lines: 4, keys: 0, modules: 0, keysPerModule: 0, names: ['AT840P'] },
];

export const atcom: Vendor = {
  id: 'atcom',
  name: 'ATCOM',
  formats: [
    {
      id: 'atcom-text',
      recognise: ({ text }) => {
        if (!TEXT_START.test(text)) return 'no';
        return MARKS_OF_OTHERS.atcom.test(text) ? 'sure' : 'likely';
      },
      parse: parseText,
      table: textTable,
      writer: null,
    },
  ],
  merge: 'later',
  nothing: ['%NULL%'],
  repeats: (key) => !/^SIP\d/.test(key),
  isSecret: isFanvilSecret,
  didFields: ['SIP1 Display Name', 'SIP1 Phone Number', 'SIP1 Register User'],
  models,
  persona: {
    usual: { model: 'AT820', firmware: '2.6.11' },
    userAgent: ({ model, firmware, mac }) => `ATCOM ${model} ${firmware} ${mac}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.cfg`]],
  },
  identity: {
    userAgents: [/^ATCOM (?<model>[A-Z]{1,2}\d{2,4}\w{0,2}) (?<version>[\d.]{1,30})(?: (?<mac>[0-9a-f]{12}))?$/i],
    paths: [],
    ouis: [],
  },
};
