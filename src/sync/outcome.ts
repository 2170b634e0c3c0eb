// All that can happen to one sync: its code, how it is retried, what the reader can do. Knows no SQL and no clock.
import type { FetchFailureCode } from '../../fetchers/fetcher.ts';
import type { Line, LineSetting } from '../../vendors/model.ts';
import type { NotConfigReason } from '../../vendors/read.ts';

/**
 * transient: 5 s to 15 min with jitter. absence: the PBX does not know this MAC (yet): 30 s, 5 min, hourly, for seven
 * days. doubt: the answer cannot be used as it is; asked again soon at first, then three times a day. human: only a
 * person can mend it; waits for a change of settings or Sync (TLS codes are probed every six hours beside). none: nothing
 * is wrong.
 */
export type RetryClass = 'none' | 'transient' | 'absence' | 'doubt' | 'human';

interface Reason {
  readonly retry: RetryClass;
  /** What the reader can do; null where nothing is to be done. */
  readonly nextAction: string | null;
}

const SERVER_BUSY = 'Nothing to do now: it is asked again by itself. If it stays so, ask the owner of the PBX.';
const CHECK_ADDRESS = 'Check the Provisioning Server URL of the PBX and that its firewall lets this system in.';
const CHECK_MAC = 'Check that a device with this MAC exists in the PBX and has provisioning switched on.';
const OPEN_FILE = 'Run Test connection with this MAC to see what the server sends.';

/** Every reason code there is. Codes are stable: they are a contract of the API, the CLI and the feed. */
export const REASONS = {
  QUEUED: { retry: 'none', nextAction: null },
  MAC_MISSING: { retry: 'human', nextAction: "Enter the device's MAC, or have one assigned with AUTO_ASSIGN." },
  CANCELLED: { retry: 'transient', nextAction: null },
  HOST_CIRCUIT_OPEN: { retry: 'transient', nextAction: CHECK_ADDRESS },

  DNS_NXDOMAIN: { retry: 'transient', nextAction: 'Check the host name in the Provisioning Server URL of the PBX.' },
  DNS_TIMEOUT: { retry: 'transient', nextAction: SERVER_BUSY },
  TCP_REFUSED: { retry: 'transient', nextAction: CHECK_ADDRESS },
  TCP_TIMEOUT: { retry: 'transient', nextAction: CHECK_ADDRESS },
  TCP_RESET: { retry: 'transient', nextAction: SERVER_BUSY },
  HTTP_TIMEOUT: { retry: 'transient', nextAction: SERVER_BUSY },
  HTTP_429: { retry: 'transient', nextAction: SERVER_BUSY },
  HTTP_5XX: { retry: 'transient', nextAction: SERVER_BUSY },
  HTTP_4XX: { retry: 'doubt', nextAction: 'Run Test connection; check the Provisioning Server URL of the PBX.' },

  TLS_UNTRUSTED: { retry: 'human', nextAction: 'Upload the CA of the PBX, or pin its certificate, then press Sync.' },
  TLS_EXPIRED: { retry: 'human', nextAction: 'Have the certificate of the PBX renewed, or pin it, then press Sync.' },
  TLS_NAME: { retry: 'human', nextAction: 'Correct the host name in the URL, or set the expected name of the PBX.' },
  TLS_PIN: {
    retry: 'human',
    nextAction: 'Compare the new certificate with the owner of the PBX; pin it only if it is really theirs.',
  },
  TLS_LEGACY: { retry: 'human', nextAction: 'Have the PBX updated to TLS 1.2, or switch on legacy TLS for it.' },
  TLS_CLIENT_CERT_REQUIRED: { retry: 'human', nextAction: 'Upload the client certificate and key for this PBX.' },
  TLS_CLIENT_CERT_REJECTED: {
    retry: 'human',
    nextAction: 'Upload a client certificate that the PBX accepts (its CA, not expired).',
  },

  HTTP_401: { retry: 'human', nextAction: 'Correct user name and password, then press Sync.' },
  HTTP_403: { retry: 'absence', nextAction: CHECK_MAC },
  HTTP_404: { retry: 'absence', nextAction: CHECK_MAC },
  ABSENT: { retry: 'human', nextAction: `${CHECK_MAC} Then press Sync.` },

  REDIRECT_REFUSED: { retry: 'human', nextAction: 'Enter the address that the server redirects to, if it is right.' },
  TARGET_REFUSED: { retry: 'human', nextAction: 'Use an address that this installation may ask.' },
  PLAIN_HTTP_REFUSED: { retry: 'human', nextAction: 'Use https, or allow a login over plain http for this PBX.' },
  INCLUDE_LIMIT: { retry: 'doubt', nextAction: 'Reduce the includes of the boot file, or allow their server.' },

  BODY_EMPTY: { retry: 'doubt', nextAction: OPEN_FILE },
  BODY_HTML: { retry: 'doubt', nextAction: OPEN_FILE },
  BODY_TOO_LARGE: { retry: 'doubt', nextAction: OPEN_FILE },
  BODY_ENCRYPTED: { retry: 'doubt', nextAction: 'Switch encryption of config files off in the PBX for this device.' },
  BODY_NOT_CONFIG: { retry: 'doubt', nextAction: OPEN_FILE },
  PARSE_DIALECT_UNKNOWN: { retry: 'doubt', nextAction: 'Let the PBX present this device as a Yealink phone.' },
  PARSE_SYNTAX: { retry: 'doubt', nextAction: OPEN_FILE },

  FIELD_MISSING: { retry: 'doubt', nextAction: 'Complete the SIP account of this device in the PBX.' },
  CREDENTIAL_PLACEHOLDER: { retry: 'doubt', nextAction: 'Set the real SIP password of this device in the PBX.' },
  MAC_MISMATCH: {
    retry: 'doubt',
    nextAction: 'Check which device the PBX has under this MAC. If the file is right all the same, accept it once.',
  },
  AOR_CONFLICT: {
    retry: 'doubt',
    nextAction: 'Give each device its own SIP account in the PBX, or accept it once.',
  },
  DID_EMPTY: { retry: 'doubt', nextAction: 'Fill the field in the PBX, or choose another Provisioning Field for DID.' },
  DID_INVALID: {
    retry: 'doubt',
    nextAction: 'Correct the number in the PBX, set the country of the PBX, or choose another field for the DID.',
  },
  DID_CONFLICT: { retry: 'doubt', nextAction: 'Give the number to one user only.' },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

// Every failure of fetching and reading has its row above: the compiler checks it here.
type Covered = FetchFailureCode | NotConfigReason;
const _everyCodeHasAReason: Record<Covered, Reason> = REASONS;
void _everyCodeHasAReason;

export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}

/** What the table says of the code alone; of a user nextActionOf knows more. */
export function nextActionFor(code: ReasonCode): string | null {
  return REASONS[code].nextAction;
}

/** What of a user decides what a person can do about its failure. */
export interface Failing {
  readonly reasonCode: ReasonCode;
  /** As it was judged; null: as the table has it. */
  readonly retryClass: RetryClass | null;
  readonly mac: string | null;
  readonly macAssigned: boolean;
  /** Null: never provisioned. */
  readonly linesVersion: number | null;
}

/** A pseudo-MAC that the PBX does not know yet: what is expected until somebody has entered it there. */
export function awaitsPbx(user: Failing): boolean {
  return isAbsent(user) && user.macAssigned && user.linesVersion === null;
}

/** What a person can do for this user, in the feed and on the screen alike; null where nothing is to be done. */
export function nextActionOf(user: Failing): string | null {
  if (awaitsPbx(user)) {
    return `Enter the MAC ${user.mac} for this user's device in the PBX; it is asked for again by itself.`;
  }
  // A refusal while others get in with the same login speaks of the MAC, not of the password.
  return isAbsent(user) && user.reasonCode === 'HTTP_401' ? CHECK_MAC : nextActionFor(user.reasonCode);
}

function isAbsent({ reasonCode, retryClass }: Failing): boolean {
  return (retryClass ?? REASONS[reasonCode].retry) === 'absence';
}

/** Doubts that a person may accept for one attempt. */
export const ACCEPTABLE = ['MAC_MISMATCH', 'AOR_CONFLICT', 'CREDENTIAL_PLACEHOLDER'] as const;
export type AcceptableDoubt = (typeof ACCEPTABLE)[number];

/** What is kept, sealed, of one harvest. */
export interface HarvestedContent {
  readonly lines: readonly Line[];
  readonly settings: readonly LineSetting[];
  /** The line that was chosen. */
  readonly line: number;
  readonly didField: string | null;
  readonly didText: string | null;
}

/** Names of what differs, in the order of the model; never values. */
export function compareContent(before: HarvestedContent, after: HarvestedContent): string[] {
  const changes: string[] = [];
  const add = (name: string, a: unknown, b: unknown) => {
    if (JSON.stringify(a) !== JSON.stringify(b)) changes.push(name);
  };
  if (before.line !== after.line) changes.push('line chosen');
  const numbers = [...new Set([...before.lines, ...after.lines].map((line) => line.line))].sort((a, b) => a - b);
  for (const number of numbers) {
    const a = before.lines.find((line) => line.line === number);
    const b = after.lines.find((line) => line.line === number);
    const prefix = number === after.line ? '' : `line ${number} `;
    if (a === undefined || b === undefined) {
      changes.push(`line ${number} ${a === undefined ? 'added' : 'removed'}`);
      continue;
    }
    for (const field of LINE_FIELDS) add(`${prefix}${field.name}`, a[field.key], b[field.key]);
  }
  add('phone settings', before.settings, after.settings);
  if (before.didField === after.didField) add('DID field', before.didText, after.didText);
  else changes.push('choice of the DID field');
  return changes;
}

/** Whether a change can only have come from the PBX: what is chosen of a file may have changed on our side. */
export function cameFromPbx(changes: readonly string[]): boolean {
  return !changes.some((change) => change === 'line chosen' || change === 'choice of the DID field');
}

const LINE_FIELDS = [
  { key: 'enabled', name: 'enabled' },
  { key: 'userName', name: 'user name' },
  { key: 'authName', name: 'auth name' },
  { key: 'password', name: 'password' },
  { key: 'displayName', name: 'display name' },
  { key: 'label', name: 'label' },
  { key: 'registrar', name: 'registrar' },
  { key: 'outboundProxy', name: 'outbound proxy' },
  { key: 'backup', name: 'backup' },
  { key: 'backupOutboundProxy', name: 'backup outbound proxy' },
  { key: 'expiresSeconds', name: 'expiry' },
  { key: 'port', name: 'jack' },
  { key: 'ha1', name: 'password hash' },
  { key: 'ha1Realm', name: 'realm of the password hash' },
  { key: 'ha1Algorithm', name: 'algorithm of the password hash' },
] as const satisfies readonly { key: keyof Line; name: string }[];
