// Every command that works, with its options: the usage texts and the parser of the command line both read this table.
import { PERSONA_VENDORS } from '../../vendors/persona.ts';
import type { Command, OptionSpecs } from './command.ts';

const HELP = { type: 'boolean', text: 'this text' } as const;
const JSON_OUT = { type: 'boolean', text: 'JSON on stdout, also when it fails' } as const;
const SHOW_SECRETS = { type: 'boolean', text: 'passwords in clear instead of dots' } as const;
const VENDOR = { type: 'string', value: 'V', text: 'the vendor of the file, instead of finding out' } as const;

/** What `fetch` and `harvest` share: who we say we are, and how we are sure of the server. */
const FETCH_OPTIONS = {
  username: { type: 'string', value: 'U', text: 'login at the provisioning server' },
  'password-file': { type: 'string', value: 'F', text: 'file that holds the password (a trailing newline is dropped)' },
  ca: { type: 'string', value: 'F', text: 'PEM of the CA that signed the server certificate' },
  cert: { type: 'string', value: 'F', text: 'PEM of our client certificate' },
  key: { type: 'string', value: 'F', text: 'PEM of its private key' },
  p12: { type: 'string', value: 'F', text: 'PKCS#12 file with both, instead of --cert and --key' },
  'passphrase-file': {
    type: 'string',
    value: 'F',
    text: 'file that holds the passphrase of the key or the PKCS#12 file',
  },
  pin: { type: 'string', value: 'SHA256', text: 'accept exactly the server certificate with this fingerprint' },
  'expected-name': { type: 'string', value: 'H', text: 'the name that the server certificate has, if not the host' },
  'legacy-tls': { type: 'boolean', text: 'allow TLS 1.0 and weak keys, for old servers' },
  vendor: {
    type: 'string',
    value: 'V',
    text: `the phone that we ask as: ${PERSONA_VENDORS.join(', ')} (default yealink)`,
  },
  'user-agent': { type: 'string', value: 'S', text: 'User-Agent to send; {mac} is replaced' },
  'allow-private': { type: 'boolean', text: 'allow addresses of this machine and of private networks' },
  'allow-http': { type: 'boolean', text: 'allow a Basic login over plain http' },
} as const satisfies OptionSpecs;

const DATABASE_NOTE =
  'DATABASE_URL names the PostgreSQL server. The key file must be the same on every machine (PROVENDER_KEY_FILE).';

export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    synopsis: '[--demo [--exit]] [--host 127.0.0.1] [--port 8080] [--data ./data]',
    summary: 'everything in one process, with an embedded PostgreSQL',
    notes: [
      'With DATABASE_URL set that server is used instead of the embedded one.',
      '--demo shows a harvest: two simulated PBXs, 50 users, live. Its data: ./data-demo, made anew each time;',
      'with --data: that folder, which must be new or empty and is kept.',
    ],
    options: {
      demo: { type: 'boolean', text: 'watch 50 users being provisioned from two simulated PBXs' },
      exit: { type: 'boolean', text: 'with --demo: end when all is settled; exit 0 if all came out as planned' },
      host: { type: 'string', value: 'H', text: 'address to listen on (default 127.0.0.1)' },
      port: { type: 'string', value: 'N', text: 'port to listen on (default 8080; 0: any free one)' },
      data: { type: 'string', value: 'DIR', text: 'where the database and the key file live (default ./data)' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'api',
    synopsis: '[--host 127.0.0.1] [--port 8080] [--data ./data]',
    summary: 'the API only, for several machines on one DATABASE_URL',
    notes: [DATABASE_NOTE],
    options: {
      host: { type: 'string', value: 'H', text: 'address to listen on (default 127.0.0.1)' },
      port: { type: 'string', value: 'N', text: 'port to listen on (default 8080; 0: any free one)' },
      data: { type: 'string', value: 'DIR', text: 'where the key file lives (default ./data)' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./roles.ts')).api,
  },
  {
    name: 'worker',
    synopsis: '[--data ./data]',
    summary: 'the harvester only; start as many as you like on one DATABASE_URL',
    notes: [DATABASE_NOTE],
    options: {
      data: { type: 'string', value: 'DIR', text: 'where the key file lives (default ./data)' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./roles.ts')).worker,
  },
  {
    name: 'parse',
    synopsis: 'FILE... [--vendor V] [--json] [--show-secrets]',
    summary: 'read configuration files: which vendor, which lines',
    options: { vendor: VENDOR, json: JSON_OUT, 'show-secrets': SHOW_SECRETS, help: HELP },
    positionals: 'some',
    load: async () => (await import('./parse.ts')).parse,
  },
  {
    name: 'fetch',
    synopsis: '--url URL --mac MAC [fetch options] [--json] [--show-secrets]',
    summary: 'ask a provisioning server for one phone, once, and read the answer',
    notes: [
      'URL may be a directory (the file names of the persona are tried) or hold variables such as {mac}.',
      'Names and passwords in the URL are refused: use --username and --password-file.',
    ],
    options: {
      url: { type: 'string', value: 'URL', text: 'address of the provisioning server' },
      mac: { type: 'string', value: 'MAC', text: 'MAC of the phone, in any spelling' },
      ...FETCH_OPTIONS,
      json: JSON_OUT,
      'show-secrets': SHOW_SECRETS,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./fetch.ts')).fetchOne,
  },
  {
    name: 'harvest',
    synopsis: '--url URL --csv users.csv --out result.csv [fetch options] [--show-secrets]',
    summary: 'ask for every MAC of a CSV and write the credentials to a CSV; no database',
    notes: [
      'The CSV needs a MAC column (mac, mac address, uuid...); prov_username and prov_password are used where given.',
      'OUT has one row per input row, in the same order, and is readable by you alone (mode 0600).',
    ],
    options: {
      url: { type: 'string', value: 'URL', text: 'address of the provisioning server' },
      csv: { type: 'string', value: 'FILE', text: 'the users: a CSV with a MAC column' },
      out: { type: 'string', value: 'FILE', text: 'the result; replaced in one step when all is done' },
      'did-field': {
        type: 'string',
        value: 'K',
        text: 'the field that holds the number, or none (default account.1.label)',
      },
      country: { type: 'string', value: 'CC', text: 'country that completes national numbers, such as US' },
      line: { type: 'string', value: 'N', text: 'the line to take (default: the first enabled one)' },
      concurrency: { type: 'string', value: 'N', text: 'how many at once (default 4)' },
      for: {
        type: 'string',
        value: 'TIME',
        text: 'how long transient failures are tried again, such as 90s or 5m (default 120s)',
      },
      ...FETCH_OPTIONS,
      'show-secrets': SHOW_SECRETS,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./harvest.ts')).harvest,
  },
  {
    name: 'vendors',
    synopsis: '[--json]',
    summary: 'whose files this version reads',
    options: { json: { type: 'boolean', text: 'JSON on stdout' }, help: HELP },
    positionals: 'none',
    load: async () => (await import('./vendors.ts')).vendors,
  },
  {
    name: 'mac',
    synopsis: '[--count N] [--oui HHHHHH]',
    summary: 'make pseudo-MACs: random, unicast, locally administered unless --oui',
    options: {
      count: { type: 'string', value: 'N', text: 'how many (default 1, at most 100000)' },
      oui: { type: 'string', value: 'HHHHHH', text: 'the first six hex digits, such as a vendor has' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./mac.ts')).mac,
  },
  {
    name: 'check',
    synopsis: '[--data ./data] [--json]',
    summary: 'say whether the installation is in order: migrations, key file, stored data',
    options: {
      data: { type: 'string', value: 'DIR', text: 'where the database and the key file live (default ./data)' },
      json: JSON_OUT,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./check.ts')).check,
  },
];

/** Named in the plan of the project, not part of this version. */
export const NOT_YET: readonly string[] = ['phones', 'render', 'convert', 'admin', 'keys', 'audit', 'notify'];

export function commandByName(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
