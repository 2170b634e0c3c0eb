// What of a user's story may be told to somebody without an account. Built up from what is known to be harmless, not by
// searching for what is not: a sentence of ours that names logins, other users or whole numbers has another one here.
import type { ActivityEntry } from '../store/activity.ts';
import { isReasonCode, type ReasonCode } from '../sync/outcome.ts';
import type { WhyEntryView } from './contract/why-links.ts';

/** As it is stored: it speaks of hosts, statuses and certificates only. */
const AS_IS = null;

/** What is said instead of the stored sentence. */
const PUBLIC_SENTENCES: Readonly<Record<ReasonCode, string | typeof AS_IS>> = {
  QUEUED: AS_IS,
  MAC_MISSING: AS_IS,
  CANCELLED: AS_IS,
  HOST_CIRCUIT_OPEN: AS_IS,
  DNS_NXDOMAIN: AS_IS,
  DNS_TIMEOUT: AS_IS,
  TCP_REFUSED: AS_IS,
  TCP_TIMEOUT: AS_IS,
  TCP_RESET: AS_IS,
  HTTP_TIMEOUT: AS_IS,
  HTTP_429: AS_IS,
  HTTP_5XX: AS_IS,
  HTTP_4XX: AS_IS,
  TLS_UNTRUSTED: AS_IS,
  TLS_EXPIRED: AS_IS,
  TLS_NAME: AS_IS,
  TLS_PIN: AS_IS,
  TLS_LEGACY: AS_IS,
  TLS_CLIENT_CERT_REQUIRED: AS_IS,
  TLS_CLIENT_CERT_REJECTED: AS_IS,
  HTTP_401: AS_IS,
  HTTP_403: AS_IS,
  HTTP_404: AS_IS,
  ABSENT: AS_IS,
  REDIRECT_REFUSED: 'The server redirects to another address, to which no login is sent.',
  // Names addresses of networks that are nobody's business.
  TARGET_REFUSED: 'The address of the PBX is one that is not asked from here.',
  PLAIN_HTTP_REFUSED: AS_IS,
  INCLUDE_LIMIT: 'The file includes more files, or files of other servers, than are fetched.',
  BODY_EMPTY: 'The file is empty.',
  BODY_HTML: 'The file is a web page, not a phone configuration.',
  BODY_TOO_LARGE: AS_IS,
  BODY_ENCRYPTED: 'The file is encrypted and cannot be opened.',
  BODY_NOT_CONFIG: 'The file is no phone configuration.',
  PARSE_DIALECT_UNKNOWN: 'The file is a configuration in a form that is not known here.',
  PARSE_SYNTAX: 'The file is damaged or cut: it cannot be read.',
  FIELD_MISSING: 'The file has no line with a user name, a password and a server.',
  CREDENTIAL_PLACEHOLDER: 'The password in the file looks like a placeholder, not like a SIP password.',
  MAC_MISMATCH: 'The file is for another device: it names another MAC.',
  AOR_CONFLICT: 'The file gives a SIP account that another device has already.',
  DID_EMPTY: 'The field for the number is empty, or not in the file.',
  DID_INVALID: 'There is no full phone number in the field for the number.',
  DID_CONFLICT: 'The number belongs to another user already.',
};

/** What people did to a user: that it was done, not what and by whom. */
const DONE_BY_PEOPLE: Readonly<Record<string, string>> = {
  'user.create': 'The user was created.',
  'user.update': 'The settings of the user were changed.',
  'user.disable': 'The user was switched off.',
};

const SYNC = 'sync';

/** What of a timeline is told at all. */
export const TOLD_VERBS = [SYNC, ...Object.keys(DONE_BY_PEOPLE)];

const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#"'<>]*@)?([^\s/?#"'<>]*)([^\s"'<>]*)/gi;
const MAIL = /[^\s@<>"'()]+@[^\s@<>"'()]+/g;
const NUMBER = /\+\d{5,11}(\d{4})(?!\d)/g;

/** Files that were uploaded have names of our own people's making. */
const FROM_ARCHIVE = / read from .*\/.*$/s;
const OF_ARCHIVE = ' read from a file.';

/** Addresses without login, path and query (some servers have a secret in the path), numbers by their end, no mail addresses. */
function scrub(text: string): string {
  return text
    .replace(ADDRESS, (_, scheme: string, host: string, rest: string) =>
      /^\/?[.,;:)]*$/.test(rest) ? `${scheme}${host}${rest}` : `${scheme}${host}/…`,
    )
    .replace(MAIL, '…')
    .replace(NUMBER, '…$1');
}

/** The last four digits. */
export function maskNumber(did: string | null): string | null {
  return did === null ? null : `…${did.slice(-4)}`;
}

/** Why a user is as it is. Null: there is nothing to say. */
export function publicReason(code: string | null, stored: string | null): string | null {
  if (stored === null) return null;
  if (code === null || !isReasonCode(code)) return null;
  const instead = PUBLIC_SENTENCES[code];
  return instead === AS_IS ? scrub(stored) : instead;
}

function publicStep({ step, ok, ms, text }: ActivityEntry['steps'][number], failure: string) {
  return { step, ok, ...(ms !== undefined && { ms }), text: ok ? publicStepText(step, text) : failure };
}

/** Of steps that went well. */
function publicStepText(step: string, text: string): string {
  switch (step) {
    case 'fetch':
    case 'parse':
    case 'did':
    case 'compare':
      return scrub(text);
    case 'choose':
      // What follows is the user name.
      return /^Line \d+/.exec(text)?.[0].concat('.') ?? '';
    default:
      return '';
  }
}

/** @param entry of one of TOLD_VERBS */
export function publicEntry(entry: ActivityEntry): WhyEntryView {
  const { at, verb, outcome, code, nextAction, steps } = entry;
  const failed = outcome === 'failed' || outcome === 'waiting';
  const failure = publicReason(code, entry.sentence) ?? 'It did not work.';
  const sentence = DONE_BY_PEOPLE[verb] ?? (failed ? failure : scrub(entry.sentence.replace(FROM_ARCHIVE, OF_ARCHIVE)));
  return {
    at: at.toISOString(),
    outcome,
    code,
    sentence,
    nextAction: nextAction === null ? null : scrub(nextAction),
    steps: steps.map((step) => publicStep(step, failure)),
  };
}
