// Swissvoice CP phones: Fanvil's text under another name. Sources: [fusionpbx] its template of the CP2505G; what is not
// from there is an assumption: these phones are built by Fanvil.
import { isFanvilSecret, MARKS_OF_OTHERS, parseText, TEXT_START, textTable } from './fanvil/text.ts';
import type { ModelFamily, Vendor } from './vendor.ts';

/** Lines: Swissvoice's data sheets, from memory; page of function keys: [fusionpbx]. */
const models: readonly ModelFamily[] = [
  { id: 'CP2502G', lines: 3, keys: 0, modules: 0, keysPerModule: 0 },
  { id: 'CP2503G', lines: 6, keys: 9, modules: 0, keysPerModule: 0 },
  { id: 'CP2505G', lines: 12, keys: 9, modules: 0, keysPerModule: 0 },
];

export const swissvoice: Vendor = {
  id: 'swissvoice',
  name: 'Swissvoice',
  formats: [
    {
      id: 'swissvoice-text',
      recognise: ({ text }) => {
        if (!TEXT_START.test(text)) return 'no';
        return MARKS_OF_OTHERS.swissvoice.test(text) ? 'sure' : 'likely';
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
    usual: { model: 'CP2505G', firmware: '2.12.0' },
    userAgent: ({ model, firmware, mac }) => `Swissvoice ${model} ${firmware} ${mac}`,
    macVariables: { '{mac}': 'plain', $MAC: 'plain' },
    directory: ({ mac }) => [[`${mac}.cfg`]],
  },
  identity: {
    userAgents: [/^Swissvoice (?<model>CP\w{3,8}) (?<version>[\d.]{1,30})(?: (?<mac>[0-9a-f]{12}))?$/i],
    paths: [],
    ouis: [],
  },
};
