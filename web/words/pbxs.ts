// Words of the PBX screens: the list, the settings, test connection, what the PBX's owner is told.
import type { PersonaChoice } from '../screens/pbxs/address.ts';
import type { NextStep, RunState, TlsKind } from '../screens/pbxs/pbx-state.ts';
import type { FieldName } from '../screens/pbxs/pbx-values.ts';
import { count } from './common.ts';

const VENDORS: Readonly<Record<PersonaChoice, string>> = {
  auto: 'Find out with Test connection',
  yealink: 'Yealink',
  polycom: 'Poly',
  'cisco-spa': 'Cisco SPA and MPP',
  'cisco-sep': 'Cisco call manager',
  grandstream: 'Grandstream',
  snom: 'Snom',
  fanvil: 'Fanvil',
  htek: 'Htek',
  panasonic: 'Panasonic',
  gigaset: 'Gigaset',
  mitel: 'Mitel',
  avaya: 'Avaya',
  digium: 'Digium and Sangoma P',
  obihai: 'Obihai and Poly OBi',
  ale: 'ALE',
  algo: 'Algo',
  akuvox: 'Akuvox',
  flyingvoice: 'Flyingvoice',
  vtech: 'VTech',
  linphone: 'Linphone',
  acrobits: 'Acrobits and Groundwire',
  zoiper: 'Zoiper',
  alcatel: 'Alcatel IP Touch',
  atcom: 'ATCOM',
  audiocodes: 'AudioCodes',
  escene: 'Escene',
  jitsi: 'Jitsi',
  patton: 'Patton SmartNode',
  sipnetic: 'Sipnetic',
  swissvoice: 'Swissvoice',
  technicolor: 'Technicolor and Thomson',
  '2n': '2N',
  yeastar: 'Yeastar',
  zenitel: 'Zenitel',
  generic: 'Names that many servers have',
};

const FIELDS: Readonly<Record<FieldName, string>> = {
  name: 'Name',
  autoProvision: 'Enable SIP Auto Provisioning',
  autoAssignMac: 'Auto Assign UUID',
  pseudoMacOui: 'Prefix of pseudo-MACs',
  provisioningUrl: 'Provisioning Server URL',
  didField: 'Provisioning Field for DID',
  country: 'Country of national numbers',
  lineRule: 'Which line of the file',
  username: 'Username',
  password: 'Password',
  fileKey: 'Key of encrypted files',
  pinSha256: 'Pinned certificate (SHA-256)',
  expectedName: 'Expected name in the certificate',
  legacyTls: 'Accept TLS 1.0 and weak keys',
  allowPlainHttp: 'Allow the login over plain http',
  allowedOrigins: 'Other servers for included files',
  'persona.vendor': 'Ask as a phone of',
  'persona.model': 'Model',
  'persona.phoneType': 'Phone type',
  'persona.firmwareVersion': 'Firmware version',
  'persona.userAgent': 'User-Agent',
  resyncHours: 'Check every user again after (hours)',
  maxConcurrent: 'Fetches at once, at most',
  maxPerSecond: 'Fetches a second, at most',
};

const TLS: Readonly<Record<TlsKind, { readonly word: string; readonly meaning: string; readonly dot: string }>> = {
  checked: {
    word: 'Checked',
    meaning: 'https; the certificate is checked against the public authorities.',
    dot: '--dot-ok',
  },
  'own-ca': {
    word: 'Own CA',
    meaning: 'https; the certificate is checked against the CA uploaded for this PBX.',
    dot: '--dot-ok',
  },
  pinned: { word: 'Pinned', meaning: 'https; only the pinned certificate is accepted.', dot: '--dot-ok' },
  legacy: {
    word: 'Legacy TLS',
    meaning: 'TLS 1.0 and weak keys are accepted. Have the PBX updated when you can.',
    dot: '--dot-stale',
  },
  plain: {
    word: 'Plain http',
    meaning: 'Nothing is encrypted: everybody on the way can read the SIP passwords.',
    dot: '--dot-failed',
  },
  none: { word: 'No address', meaning: 'No Provisioning Server URL is entered.', dot: '--dot-off' },
};

const STATES: Readonly<Record<RunState['kind'], { readonly word: string; readonly dot: string }>> = {
  off: { word: 'Off', dot: '--dot-off' },
  'no-address': { word: 'No address', dot: '--dot-off' },
  'login-refused': { word: 'Login refused', dot: '--dot-failed' },
  paused: { word: 'Paused', dot: '--dot-waiting' },
  probing: { word: 'Trying the login', dot: '--dot-fetching' },
  idle: { word: 'No users', dot: '--dot-off' },
  running: { word: 'Running', dot: '--dot-ok' },
};

const PAUSES: Readonly<Record<string, string>> = {
  HOST_CIRCUIT_OPEN: 'The server cannot be reached: one probe at a time until it answers.',
  HTTP_403: 'Five MACs in a row were refused: it is asked only every 5 minutes.',
  HTTP_429: 'The server asked to be left alone for a while.',
  HTTP_5XX: 'The server asked to be left alone for a while.',
};

const NEXT: Readonly<Record<NextStep, string>> = {
  'enter-address': 'Enter the Provisioning Server URL',
  'switch-on': 'Enable SIP Auto Provisioning',
  'mend-login': 'Correct Username and Password',
  'mend-way': 'Test connection',
  'check-macs': 'Check that the PBX knows these MACs',
  'renew-certificate': 'Renew a certificate that ends',
  'add-users': 'Upload users',
  'look-at-failed': 'Look at the users that failed',
  'look-at-stale': 'Look at the users that are stale',
  'hand-over': 'Hand over the pseudo-MACs',
};

export const pbxWords = {
  fields: FIELDS,
  vendors: VENDORS,
  tlsKinds: TLS,
  states: STATES,
  next: NEXT,

  list: {
    title: 'PBXs',
    about: 'The phone systems whose provisioning servers are asked for the credentials of your users.',
    add: 'Add PBX',
    label: 'PBXs',
    filter: 'Filter by name or address',
    tenant: 'Tenant',
    allTenants: 'All tenants',
    state: 'State',
    allStates: 'All states',
    columns: {
      name: 'PBX',
      tenant: 'Tenant',
      autoProvision: 'Auto-provision',
      users: 'Users',
      lastSuccess: 'Last success',
      tls: 'TLS',
      state: 'State and next step',
    },
    sorts: {
      label: 'Order',
      name: 'Name, A to Z',
      '-name': 'Name, Z to A',
      '-createdAt': 'Newest first',
      createdAt: 'Oldest first',
    },
    on: 'On',
    off: 'Off',
    emptyTitle: 'Add your first PBX',
    emptyText:
      'Tell Provender where the provisioning server of the PBX is. Test connection then shows step by step whether it is reached, and what the file of a phone holds.',
    emptySample: 'Such an address looks like this:',
    sampleUrl: 'https://pbx.example.com/provision/{mac}.cfg',
    sync: 'Sync',
    syncRequested: (name: string, users: number) =>
      users === 0
        ? `${name}: no user is due. They are off, or have no MAC.`
        : `${name}: ${count(users, 'user')} asked for now.`,
    selection: {
      selected: (number: number) => `${count(number, 'PBX', 'PBXs')} selected`,
      all: (about: number | null) => `Select all${about === null ? '' : ` ${about.toLocaleString('en')}`} that match`,
      allSelected: (about: number | null) => `All${about === null ? '' : ` ${about.toLocaleString('en')}`} that match`,
      clear: 'Clear',
    },
  },

  bar: {
    none: 'No users',
    parts: { ok: 'ok', waiting: 'waiting', stale: 'stale', failed: 'failed', off: 'off' },
    says: (parts: readonly string[], total: number) => `${count(total, 'user')}: ${parts.join(', ')}`,
  },

  run: {
    paused: (until: string) => `until ${until}`,
    pauseWhy: (code: string | null) => (code === null ? '' : (PAUSES[code] ?? code)),
    refused: 'Nobody asks with this login until it is changed or Sync is pressed.',
    running: (pace: { concurrent: number; perSecond: number } | null) =>
      pace === null ? 'Pace not learned yet' : `${round(pace.concurrent)} at once, ${round(pace.perSecond)} a second`,
    probing: 'One user goes first.',
    off: 'Nothing is fetched.',
    noAddress: 'Nothing can be asked. Files can be uploaded.',
    idle: 'Nobody to ask for yet.',
    latency: (ms: number) => `answers in about ${Math.round(ms)} ms`,
  },

  page: {
    loading: 'Loading the PBX',
    sync: 'Sync',
    test: 'Test connection',
    tabs: {
      overview: 'Overview',
      general: 'General',
      source: 'Source',
      login: 'Login',
      tls: 'TLS',
      mapping: 'Mapping',
      schedule: 'Schedule',
      owner: "For the PBX's owner",
      danger: 'Danger',
    },
    tabsLabel: 'Parts of this PBX',
    tabHasError: 'something is not right here yet',
    tabHasChange: 'changed, not saved',
  },

  save: {
    label: 'Changes that are not saved',
    changes: (names: readonly string[]) => `${count(names.length, 'change')} not saved: ${names.join(', ')}.`,
    save: 'Save',
    saveAndTest: 'Save and test',
    discard: 'Discard',
    saved: 'Saved.',
    savedDue: (users: number) => `Saved. ${count(users, 'user')} due now.`,
    due: (users: number) =>
      users === 0
        ? 'The PBX has no users yet, so nothing is fetched because of it.'
        : `Saving makes all ${count(users, 'user')} due at once: their files are fetched and read again, as fast as the PBX bears it. Credentials stay until then.`,
    switchedOn: (users: number) =>
      users === 0
        ? 'Users that are added from now on are fetched.'
        : `Saving switches on the users that follow the PBX, and makes all of them due at once (${count(users, 'user')}).`,
    switchedOff: 'Saving switches off all users that follow the PBX. What is stored of them stays.',
    noAddress: 'Without an address nobody is asked any more. What is stored stays.',
    otherServer: 'This is another server',
    otherServerWhy:
      'What was given for one server is not sent to another one: neither by mistake nor by somebody who only wants to see it.',
    passwordAgain: 'Password for the new server',
    passwordRemove: 'Remove the password',
    passwordRemoved: 'The password is removed when you save.',
    passwordKeep: 'Enter it instead',
    clientAgain:
      'The stored client certificate was given for the server before. Remove it first, and upload it again once the new address is saved.',
    clientRemove: 'Remove the client certificate now',
    userPasswords: 'Remove the provisioning passwords that users have of their own',
    leaveTitle: 'Leave without saving?',
    leaveText: (names: readonly string[]) => `Not saved: ${names.join(', ')}.`,
    leave: 'Leave',
    stay: 'Stay here',
    readOnly: 'You can read these settings.',
  },

  meanwhile: {
    title: 'Somebody else changed it meanwhile',
    text: 'What you typed is kept. Look at the differences, then save.',
    taken: 'Changed by somebody else, taken over:',
    both: 'Changed by both:',
    from: (before: string, now: string) => `${before} → ${now}`,
    theirs: (value: string) => `Theirs: ${value}`,
    mine: (value: string) => `Yours: ${value}`,
    takeTheirs: 'Take theirs',
    dismiss: 'Seen',
    empty: 'empty',
    on: 'on',
    off: 'off',
  },

  secret: {
    setAgo: 'Set',
    isSet: 'Set. It is never shown.',
    notSet: 'Not set.',
    set: 'Set',
    replace: 'Replace',
    remove: 'Remove',
    keep: 'Keep the old one',
    cancel: 'Cancel',
    willBeRemoved: 'Is removed when you save.',
    undo: 'Undo',
    of: (deed: string, label: string) => `${deed}: ${label}`,
  },

  general: {
    heading: 'General',
    name: 'How it is called in lists, in the feed and in uploads.',
    tenant: 'Tenant',
    tenantWhat: 'To whom it belongs.',
    autoProvision: 'Users follow this switch, unless they have one of their own.',
    autoAssign: 'Users without a MAC get a pseudo-MAC (UUID), which the admin of the PBX enters there.',
    oui: 'First half of the pseudo-MACs that are made. Some PBXs only take prefixes of a vendor. Empty: locally administered.',
    ouiPlaceholder: '00-15-65',
    added: 'Added',
    changed: 'Changed',
  },

  source: {
    heading: 'Where the files are',
    url: 'A directory or a file. {mac} stands for the MAC in lower case, {MAC} in upper case.',
    urlMore: (variables: readonly string[]) => `Variables: ${variables.join(' ')}`,
    sample: 'Sample MAC',
    sampleWhat: 'Only for the line below.',
    sampleBad: 'A MAC has twelve hex digits.',
    asksFor: 'Asked for with it:',
    asksInDirectory: 'Asked for in this directory, among others:',
    asksFile: 'The same file is asked for, whatever the MAC:',
    noUrl: 'Begin with https:// and the host name.',
    unknownVariable: (name: string) => `${name} is not a variable.`,
    needsPersona: (name: string) => `${name} needs a value: fill it in below.`,
    persona: 'The phone that we ask as',
    personaWhat:
      'Provisioning servers look at names of files and at the User-Agent. Ask as the phone that the PBX has for these devices.',
    vendor: 'Decides the names of the files, and the User-Agent.',
    found: (vendor: string) => `Test connection found ${vendor}.`,
    model: 'As its vendor writes it, such as SIP-T46U. Empty: a usual one.',
    phoneType: 'Fills {phone_type}, such as snomD785.',
    firmware: 'Fills {firmware_version}.',
    userAgent: 'Sent instead of the usual one. {mac} stands for the MAC.',
    userAgentPlaceholder: 'Yealink SIP-T46U {mac}',
    more: 'Included files',
    origins: 'One per line, such as https://cdn.example.com. Files that a boot file includes may be fetched from there too.',
  },

  login: {
    heading: 'Login at the provisioning server',
    about: 'Sent when the server asks for it (Basic or Digest). Users may have a login of their own, which goes first.',
    username: 'Empty: the server asks for none.',
    password: 'Sealed as soon as it is saved, and never shown again.',
    fileKey: 'Key of encrypted files',
    fileKeyWhat: 'For files that the PBX encrypts: a pass phrase, an AES key, or an RSA private key (PEM).',
    files: 'Encrypted files',
    loginState: {
      none: 'No login is set.',
      probing: 'The login was not tried yet: one user goes first.',
      open: 'The server has not asked for the login yet.',
      good: 'The server accepts the login.',
      refused: 'The server refused the login for two different MACs. It is tried again after a change, or with Sync.',
    },
  },

  tls: {
    heading: 'Upload Security Certificate',
    about: 'PEM or PKCS#12 (.p12, .pfx). Only subject, fingerprint and end are ever shown.',
    client: 'Client certificate',
    clientWhat: 'Shown to a server that asks for one (mTLS). With its private key.',
    clientDrop: 'Drop a .p12 or .pfx file, or PEM files with certificate and key',
    ca: 'CA of the server',
    caWhat: 'For a server whose certificate is signed by an authority of its own.',
    caDrop: 'Drop a PEM file with the CA certificates',
    choose: 'Choose files',
    none: 'None is uploaded.',
    subject: 'Subject',
    fingerprint: 'Fingerprint (SHA-256)',
    ends: 'Ends',
    ended: 'Has ended',
    replace: 'Replace',
    remove: 'Remove',
    passphrase: 'Passphrase of the file',
    passphraseWhat: 'Empty when it has none. It is not kept.',
    upload: 'Upload',
    uploaded: 'The certificate is stored.',
    removed: 'The certificate is removed.',
    files: (names: readonly string[]) => `Chosen: ${names.join(', ')}`,
    needsKey: 'The private key is missing: drop its file too (PEM), or a .p12 file with both.',
    needsCertificate: 'This is a private key without its certificate: drop the certificate too.',
    notReadable: (name: string) =>
      `${name} is neither PEM nor PKCS#12. Export it as .p12, or as PEM (it begins with -----BEGIN).`,
    holdsKey: 'This file holds a private key. A CA is a certificate without one: did you mean the client certificate?',
    removeTitle: (what: string) => `Remove: ${what}`,
    removeText: 'All users of this PBX are fetched again without it.',
    saveFirst: 'Save or discard your changes first: both change the same PBX.',
    passwordAgain: 'Password at the provisioning server',
    passwordAgainWhy: 'Another CA vouches for the server from now on: enter the stored password again to show that you have it.',
    check: 'Checks of the server',
    pin: 'Only this certificate is accepted. Test connection shows the one that the server has now.',
    expectedName: "The server's certificate must carry this name instead of the host of the address.",
    legacy: 'For servers that cannot do better. For this PBX only.',
    plainHttp: 'Username and Password may be sent where everybody on the way can read them.',
  },

  mapping: {
    heading: 'What is read from the file',
    didField: 'Where the phone number of a user is.',
    didNone: 'None (DIDs are typed by hand)',
    didRoles: 'Fields of the chosen line, whatever the vendor',
    didSeen: 'Seen in the last test',
    didHarvested: 'Seen in the last harvest',
    didUsual: 'Usual',
    didOther: 'Another field …',
    didOtherLabel: 'Name of the field',
    didOtherWhat: 'As the file has it, such as account.1.display_name. The part 1 stands for the chosen line.',
    roles: {
      label: 'label',
      displayName: 'display name',
      userName: 'user name',
      authName: 'auth name',
    },
    seen: (field: string, value: string, did: string | null) => `${field}: ${value}${did === null ? '' : ` → ${did}`}`,
    notSeen: 'Run Test connection to choose from the fields that your files really have.',
    country: 'Completes numbers without a country code. Empty: only numbers that begin with + count.',
    lineRule: 'Of files with several SIP accounts. Users may have a rule of their own.',
    lineFirst: 'The first that is switched on',
    lineNumber: 'The line with this number',
    lineUser: 'The line of this SIP user',
    lineNumberLabel: 'Number of the line',
    lineUserLabel: 'SIP user of the line',
  },

  schedule: {
    heading: 'How often, and how fast',
    resync: 'Beside Sync, changes and retries.',
    concurrent: 'The pace is learned; this is its ceiling.',
    perSecond: 'Empty: as many as the PBX bears.',
    learned: 'What the PBX bore',
    notLearned: 'Not learned yet: it begins with 4 at once and 10 a second.',
  },

  fresh: {
    title: 'Add PBX',
    about: 'Name and address are enough to begin with; then test the connection.',
    create: 'Add PBX',
    createAndTest: 'Add and test connection',
    added: (name: string) => `${name} was added.`,
    later: 'Certificates, checks of the server, the DID field and the pace are set on the next page.',
  },

  danger: {
    heading: 'Delete this PBX',
    what: (users: number) =>
      users === 0
        ? 'It has no users. What the feed says of it stays.'
        : `Its ${count(users, 'user')} with their credentials go with it. What the feed says of them stays.`,
    delete: 'Delete PBX',
    deleteWithUsers: (users: number) => `Delete PBX and ${count(users, 'user')}`,
    title: (name: string) => `Delete ${name}`,
    confirm: (users: number) =>
      users === 0
        ? 'This cannot be taken back.'
        : `The PBX and its ${count(users, 'user')} with all credentials are deleted. This cannot be taken back.`,
    deleted: (name: string) => `${name} was deleted.`,
    instead: 'To stop fetching for a while, switch off "Enable SIP Auto Provisioning" instead.',
  },
} as const;

function round(number: number): string {
  return number >= 10 ? String(Math.round(number)) : String(Math.round(number * 10) / 10);
}
