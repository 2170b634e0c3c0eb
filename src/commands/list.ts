// Every command that works, with its options: the usage texts and the parser of the command line both read this table.
import type { Command, OptionSpecs } from './command.ts';

const HELP = { type: 'boolean', text: 'this text' } as const;
const JSON_OUT = { type: 'boolean', text: 'JSON on stdout, also when it fails' } as const;
const SHOW_SECRETS = { type: 'boolean', text: 'passwords in clear instead of dots' } as const;
const VENDOR = {
  type: 'string',
  value: 'V',
  text: 'read it as a file of this vendor instead of finding out (provender vendors lists them)',
} as const;

const KEY_FILE = {
  type: 'string',
  value: 'F',
  text: 'file that holds the key of encrypted files: a pass phrase, an AES key or an RSA private key (PEM)',
} as const;
const MODEL = {
  type: 'string',
  value: 'M',
  text: 'the phone that it is for: lines and keys that it does not have are refused',
} as const;

const FORMAT = {
  type: 'string',
  value: 'F',
  text: 'one of the formats that the vendor writes (provender vendors lists them); the first otherwise',
} as const;

const LISTEN = {
  host: { type: 'string', value: 'H', text: 'address to listen on (default 127.0.0.1)' },
  port: { type: 'string', value: 'N', text: 'port to listen on (default 8080; 0: any free one)' },
} as const satisfies OptionSpecs;
const KEY_DATA = {
  data: { type: 'string', value: 'DIR', text: 'where the key file lives (default ./data)' },
} as const satisfies OptionSpecs;

/** What `fetch` and `harvest` share: who we say we are, and how we are sure of the server. */
const FETCH_OPTIONS = {
  username: { type: 'string', value: 'U', text: 'user name at the provisioning server' },
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
  pin: { type: 'string', value: 'SHA256', text: 'accept the server certificate with this fingerprint and no other' },
  'expected-name': { type: 'string', value: 'H', text: 'the name that the server certificate has, if not the host' },
  'legacy-tls': { type: 'boolean', text: 'allow TLS 1.0 and weak keys, for old servers' },
  vendor: {
    type: 'string',
    value: 'V',
    text: 'the phone that we ask as: one of provender vendors, or generic (default yealink)',
  },
  'user-agent': {
    type: 'string',
    value: 'S',
    text: 'User-Agent to send, {mac} for the MAC (default: as the phone has it)',
  },
  'allow-private': { type: 'boolean', text: 'allow addresses of this machine and of private networks' },
  'allow-http': { type: 'boolean', text: 'allow a Basic login over plain http' },
} as const satisfies OptionSpecs;

const DATABASE_NOTE =
  'DATABASE_URL is the address of the PostgreSQL. All machines need the same key file (PROVENDER_KEY_FILE names it).';

export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    synopsis: '[--demo [--exit]] [--host 127.0.0.1] [--port 8080] [--data ./data]',
    summary: 'API and harvester in one process, with a PostgreSQL that comes along',
    notes: [
      'With DATABASE_URL set, that PostgreSQL is used instead. docs/running.md has all settings of the environment.',
      '--demo shows a harvest, live: two simulated PBXs, 50 users. ./data-demo is made anew each time; a folder named with',
      '--data must be new or empty, and is kept.',
    ],
    options: {
      demo: { type: 'boolean', text: 'watch 50 users being provisioned from two simulated PBXs' },
      exit: { type: 'boolean', text: 'with --demo: end when all is settled; exit 0 if all came out as planned' },
      ...LISTEN,
      data: {
        type: 'string',
        value: 'DIR',
        text: 'where the database and the key file live (default ./data, with --demo ./data-demo)',
      },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'api',
    synopsis: '[--host 127.0.0.1] [--port 8080] [--data ./data]',
    summary: 'the API alone, for several machines that share a PostgreSQL (DATABASE_URL)',
    notes: [DATABASE_NOTE],
    options: {
      ...LISTEN,
      ...KEY_DATA,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./roles.ts')).api,
  },
  {
    name: 'worker',
    synopsis: '[--data ./data]',
    summary: 'the harvester alone; start as many as you like on one PostgreSQL (DATABASE_URL)',
    notes: [DATABASE_NOTE],
    options: {
      ...KEY_DATA,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./roles.ts')).worker,
  },
  {
    name: 'parse',
    synopsis: 'FILE... [--vendor V] [--key-file F] [--json] [--show-secrets]',
    summary: 'read configuration files: which vendor, which lines',
    notes: [
      'FILE may be a directory: then all files in it and below are read.',
      'Each file is read by itself: the includes of a boot file are named, not followed.',
    ],
    options: { vendor: VENDOR, 'key-file': KEY_FILE, json: JSON_OUT, 'show-secrets': SHOW_SECRETS, help: HELP },
    positionals: 'some',
    load: async () => (await import('./parse.ts')).parse,
  },
  {
    name: 'render',
    synopsis: '--vendor V [--model M] --mac MAC --lines lines.json [--format F] [--json]',
    summary: 'write the configuration file of a phone',
    notes: [
      'lines.json holds an array of lines, an object { lines, settings, phone, access }, or what parse --json',
      '--show-secrets prints. The finished file goes to stdout, secrets included. What the format has no place for is',
      'named on stderr; what it cannot carry is refused.',
    ],
    options: {
      vendor: { type: 'string', value: 'V', text: 'whose file to write (provender vendors lists them)' },
      model: MODEL,
      mac: { type: 'string', value: 'MAC', text: 'MAC of the phone, in any spelling' },
      lines: { type: 'string', value: 'F', text: 'JSON file with the lines' },
      format: FORMAT,
      json: { type: 'boolean', text: 'all files and warnings as JSON: { vendor, files: [{ name, text }], warnings }' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./write-config.ts')).render,
  },
  {
    name: 'convert',
    synopsis: 'FILE --to V [--model M] [--format F] [--vendor V] [--key-file F] [--json]',
    summary: "write one vendor's configuration file as another's",
    notes: [
      'The lines must come over whole; settings that the other vendor has no place for are named on stderr.',
      'The finished file goes to stdout, secrets included.',
    ],
    options: {
      to: { type: 'string', value: 'V', text: 'whose file to write (provender vendors lists them)' },
      model: MODEL,
      format: FORMAT,
      vendor: VENDOR,
      'key-file': KEY_FILE,
      json: { type: 'boolean', text: 'all files and warnings as JSON: { vendor, files: [{ name, text }], warnings }' },
      help: HELP,
    },
    positionals: 'some',
    load: async () => (await import('./write-config.ts')).convert,
  },
  {
    name: 'fetch',
    synopsis: '--url URL --mac MAC [options]',
    summary: 'ask a provisioning server for one phone, once, and read the answer',
    notes: [
      'URL may be a directory: then the files are asked for that the phone of --vendor would ask for. It may hold variables,',
      'such as {mac}, or {MAC} for capitals.',
      'A login in the URL is refused, as it would end up in logs: use --username and --password-file.',
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
    synopsis: '(--url URL --csv users.csv | --from DIR|FILE.zip [--csv users.csv]) --out result.csv [options]',
    summary: 'ask for every MAC of a CSV and write the credentials to a CSV; no database',
    notes: [
      '--from reads the configuration files of a PBX that lets nobody in: those that the phone of --vendor would ask for, in',
      'any folder and case. Without --csv every MAC in the name of a file is a row.',
      'The CSV needs a MAC column (mac, mac address, uuid...); prov_username and prov_password are used where given.',
      'OUT has one row per input row, in the same order, and is readable by you alone (mode 0600). Its passwords are dots',
      'unless --show-secrets is given. URL: see provender fetch --help.',
    ],
    options: {
      url: { type: 'string', value: 'URL', text: 'address of the provisioning server' },
      from: {
        type: 'string',
        value: 'DIR|FILE.zip',
        text: 'a folder or zip file of configuration files, instead of --url',
      },
      csv: { type: 'string', value: 'FILE', text: 'the users: a CSV with a MAC column' },
      out: { type: 'string', value: 'FILE', text: 'the result; replaced in one step when all is done' },
      'did-field': {
        type: 'string',
        value: 'K',
        text: 'the field of the file that holds the phone number, or none (default account.1.label)',
      },
      country: {
        type: 'string',
        value: 'CC',
        text: 'country of numbers without a country code, two letters such as US',
      },
      line: { type: 'string', value: 'N', text: 'the line of each phone to take (default: the first enabled one)' },
      concurrency: { type: 'string', value: 'N', text: 'how many phones are asked at once (default 4, at most 64)' },
      for: {
        type: 'string',
        value: 'TIME',
        text: 'how long failures that may pass, such as time-outs, are tried again: 90s, 5m (default 120s)',
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
    synopsis: '[--json | --markdown]',
    summary: 'list the vendors whose files this version reads and writes',
    options: {
      json: { type: 'boolean', text: 'JSON on stdout' },
      markdown: { type: 'boolean', text: 'the table of docs/vendors.md' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./vendors.ts')).vendors,
  },
  {
    name: 'mac',
    synopsis: '[--count N] [--oui HHHHHH]',
    summary: 'make up MACs of phones that do not exist (pseudo-MACs), to be entered at a PBX',
    notes: ['Random, unicast, and marked as locally administered unless --oui is given.'],
    options: {
      count: { type: 'string', value: 'N', text: 'how many (default 1, at most 100000)' },
      oui: { type: 'string', value: 'HHHHHH', text: 'the first six hex digits, such as those of a vendor' },
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./mac.ts')).mac,
  },
  {
    name: 'check',
    synopsis: '[--data ./data] [--json]',
    summary: 'say whether an installation is in order: migrations, key file, stored data',
    notes: ['Changes nothing, and runs beside a running Provender. Exit 1 when something is wrong.'],
    options: {
      data: { type: 'string', value: 'DIR', text: 'where the database and the key file live (default ./data)' },
      json: JSON_OUT,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'export',
    synopsis: '--recipient key.pem --out users.cms [--pbx ID] [--tenant ID]',
    summary: 'the SIP accounts of all users, encrypted to a public key of their owner',
    notes: [
      'A line of JSON per user, as GET /users/credentials gives them, in a file of mode 0600 that only the holder of the',
      'private key can open: openssl cms -decrypt -inform DER -binary -in users.cms -inkey key.pem (OpenSSL 3).',
      'Leaves an entry in the audit.',
    ],
    options: {
      recipient: { type: 'string', value: 'F', text: 'PEM of the RSA public key, or of a certificate with it' },
      out: { type: 'string', value: 'F', text: 'the file to write; replaced in one step when all is done' },
      pbx: { type: 'string', value: 'ID', text: 'only the users of this PBX' },
      tenant: { type: 'string', value: 'ID', text: 'only the users of this tenant' },
      ...KEY_DATA,
      help: HELP,
    },
    positionals: 'none',
    load: async () => (await import('./export.ts')).exportCredentials,
  },
  {
    name: 'audit',
    synopsis: 'verify [--json] | export [--format jsonl|csv]',
    summary: 'compare the audit with its seals, or write it out',
    notes: [
      'verify names entries that were altered, deleted or added in days that are sealed: exit 1. Keep the hash that it',
      'shows elsewhere, and nobody can cut off the end unseen. export writes all entries to stdout, newest first.',
    ],
    options: {
      format: { type: 'string', value: 'F', text: 'of export: jsonl (default) or csv' },
      ...KEY_DATA,
      json: { type: 'boolean', text: 'of verify: JSON on stdout' },
      help: HELP,
    },
    positionals: 'some',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'keys',
    synopsis: 'rotate [--data ./data] | new',
    summary: 'change the key that seals the stored passwords, while all programs run; or make a key',
    notes: [
      'rotate makes a new key, hands it to every running program, seals everything anew, and retires the old key. Ended in',
      'the middle, it goes on when called again; until then both keys are needed. Back up the key file afterwards.',
      'Keys of PROVENDER_KEY or PROVENDER_KEY_COMMAND: make one with new, add it there beside the old one, then rotate.',
    ],
    options: { ...KEY_DATA, help: HELP },
    positionals: 'some',
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    name: 'admin',
    synopsis: 'reset EMAIL [--data ./data]',
    summary: 'print a link with which a member who cannot sign in sets a new password',
    notes: [
      'Runs beside a running Provender. The link works once, for an hour; a second factor of the member is taken away.',
      'It begins with PROVENDER_PUBLIC_URL, or with the host and port of the settings.',
    ],
    options: {
      data: { type: 'string', value: 'DIR', text: 'where the database and the key file live (default ./data)' },
      host: { type: 'string', value: 'HOST', text: 'how the link names this machine (default 127.0.0.1)' },
      port: { type: 'string', value: 'PORT', text: 'where it listens (default 8080)' },
      help: HELP,
    },
    positionals: 'some',
    load: async () => (await import('./admin.ts')).admin,
  },
];

/** Named in the plan of the project, not part of this version. */
export const NOT_YET: readonly string[] = ['phones', 'notify'];

export function commandByName(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
