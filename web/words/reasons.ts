// What each reason code is called, what it means and what to do, wherever one is shown. Meaning and next action are those of
// docs/reason-codes.md and of the table in src/sync/outcome.ts: a test compares them. A code without words does not compile.
import type { FeedCode, ReasonCode } from '../../src/api/contract/reason-codes.ts';

export interface ReasonWords {
  /** A few words for a row of a table. */
  readonly title: string;
  readonly meaning: string;
  /** What the code alone says; what the API says of a user or an entry knows more and goes first. */
  readonly nextAction: string | null;
}

const REASON_WORDS: Readonly<Record<ReasonCode, ReasonWords>> = {
  QUEUED: { title: 'In the queue', meaning: 'The user is due and has not been asked yet.', nextAction: null },
  MAC_MISSING: {
    title: 'No MAC',
    meaning: 'The user has no MAC, so there is no file to ask for.',
    nextAction: "Enter the device's MAC, or have one assigned with AUTO_ASSIGN.",
  },
  CANCELLED: {
    title: 'Called off',
    meaning: 'The attempt was called off because the program stopped. No user keeps this code.',
    nextAction: null,
  },
  HOST_CIRCUIT_OPEN: {
    title: 'PBX cannot be reached',
    meaning: 'Five attempts in a row did not reach the PBX: the others wait for one probe.',
    nextAction: 'Check the Provisioning Server URL of the PBX and that its firewall lets this system in.',
  },
  DNS_NXDOMAIN: {
    title: 'Host name does not exist',
    meaning: 'The host name of the PBX does not exist.',
    nextAction: 'Check the host name in the Provisioning Server URL of the PBX.',
  },
  DNS_TIMEOUT: {
    title: 'Host name not looked up in time',
    meaning: 'The host name could not be looked up in time.',
    nextAction: 'Nothing to do now: it is asked again by itself. If it stays so, ask the owner of the PBX.',
  },
  TCP_REFUSED: {
    title: 'Connection refused',
    meaning: 'Nothing accepts connections at that address and port.',
    nextAction: 'Check the Provisioning Server URL of the PBX and that its firewall lets this system in.',
  },
  TCP_TIMEOUT: {
    title: 'No connection',
    meaning: 'The server cannot be reached, or does not answer the connection.',
    nextAction: 'Check the Provisioning Server URL of the PBX and that its firewall lets this system in.',
  },
  TCP_RESET: {
    title: 'Connection cut',
    meaning: 'The connection was cut, or what came is not HTTP.',
    nextAction: 'Nothing to do now: it is asked again by itself. If it stays so, ask the owner of the PBX.',
  },
  HTTP_TIMEOUT: {
    title: 'No answer in time',
    meaning: 'The answer did not come in time: 15 seconds for one exchange, 20 for all files of a user.',
    nextAction: 'Nothing to do now: it is asked again by itself. If it stays so, ask the owner of the PBX.',
  },
  HTTP_429: {
    title: 'Asked too often',
    meaning: 'The server says that it is asked too often.',
    nextAction: 'Nothing to do now: it is asked again by itself. If it stays so, ask the owner of the PBX.',
  },
  HTTP_5XX: {
    title: 'Error of the PBX server',
    meaning: 'The server failed with an error of its own (500 to 599).',
    nextAction: 'Nothing to do now: it is asked again by itself. If it stays so, ask the owner of the PBX.',
  },
  HTTP_4XX: {
    title: 'Request refused',
    meaning: 'The server refused the request with a status that has no code of its own here (400, 405, 407 and so on).',
    nextAction: 'Run Test connection; check the Provisioning Server URL of the PBX.',
  },
  TLS_UNTRUSTED: {
    title: 'Certificate not trusted',
    meaning: 'The certificate of the server is signed by nobody that we trust.',
    nextAction: 'Upload the CA of the PBX, or pin its certificate, then press Sync.',
  },
  TLS_EXPIRED: {
    title: 'Certificate not valid now',
    meaning: 'The certificate of the server has expired or is not valid yet.',
    nextAction: 'Have the certificate of the PBX renewed, or pin it, then press Sync.',
  },
  TLS_NAME: {
    title: 'Certificate for another name',
    meaning: 'The certificate of the server is for another name.',
    nextAction: 'Correct the host name in the URL, or set the expected name of the PBX.',
  },
  TLS_PIN: {
    title: 'Not the pinned certificate',
    meaning: 'The server has another certificate than the pinned one.',
    nextAction: 'Compare the new certificate with the owner of the PBX; pin it only if it is really theirs.',
  },
  TLS_LEGACY: {
    title: 'TLS too old',
    meaning: 'The server only speaks a TLS version, or only has a key, that is too old.',
    nextAction: 'Have the PBX updated to TLS 1.2, or switch on legacy TLS for it.',
  },
  TLS_CLIENT_CERT_REQUIRED: {
    title: 'Client certificate needed',
    meaning: 'The server wants a client certificate, and none is set.',
    nextAction: 'Upload the client certificate and key for this PBX.',
  },
  TLS_CLIENT_CERT_REJECTED: {
    title: 'Client certificate refused',
    meaning: 'The server does not accept our client certificate.',
    nextAction: 'Upload a client certificate that the PBX accepts (its CA, not expired).',
  },
  HTTP_401: {
    title: 'Login refused',
    meaning: 'The server refused user name and password, or asks for a login and none is set.',
    nextAction: 'Correct user name and password, then press Sync.',
  },
  HTTP_403: {
    title: 'File not given out',
    meaning: 'The server does not give out this file. Often it does not know the MAC.',
    nextAction: 'Check that a device with this MAC exists in the PBX and has provisioning switched on.',
  },
  HTTP_404: {
    title: 'No file for this MAC',
    meaning: 'The server has no file for this MAC (404 or 410).',
    nextAction: 'Check that a device with this MAC exists in the PBX and has provisioning switched on.',
  },
  ABSENT: {
    title: 'MAC unknown for seven days',
    meaning: 'The server has not known the MAC for seven days. It is not asked any more.',
    nextAction:
      'Check that a device with this MAC exists in the PBX and has provisioning switched on. Then press Sync.',
  },
  REDIRECT_REFUSED: {
    title: 'Redirect not followed',
    meaning:
      'The server redirects where we do not follow: from https to http, more than three times, or without saying where.',
    nextAction: 'Enter the address that the server redirects to, if it is right.',
  },
  TARGET_REFUSED: {
    title: 'Address not allowed',
    meaning:
      'The address is one that this installation does not ask (private network, this machine, port of a database).',
    nextAction: 'Use an address that this installation may ask.',
  },
  PLAIN_HTTP_REFUSED: {
    title: 'Login over plain http',
    meaning: 'The server asks for the login over plain http, where everybody on the way can read it.',
    nextAction: 'Use https, or allow a login over plain http for this PBX.',
  },
  INCLUDE_LIMIT: {
    title: 'Too many includes',
    meaning: 'The boot file includes too many files (20), too deep (3), or from a server that this PBX does not allow.',
    nextAction: 'Reduce the includes of the boot file, or allow their server.',
  },
  BODY_EMPTY: {
    title: 'Empty file',
    meaning: 'The file is empty.',
    nextAction: 'Run Test connection with this MAC to see what the server sends.',
  },
  BODY_HTML: {
    title: 'Web page instead of a file',
    meaning: 'The file is a web page instead of a configuration.',
    nextAction: 'Run Test connection with this MAC to see what the server sends.',
  },
  BODY_TOO_LARGE: {
    title: 'File too large',
    meaning: 'The answer is larger than 2 MiB, or unpacks to a hundred times what was sent.',
    nextAction: 'Run Test connection with this MAC to see what the server sends.',
  },
  BODY_ENCRYPTED: {
    title: 'Encrypted file',
    meaning: 'The file is encrypted.',
    nextAction: 'Switch encryption of config files off in the PBX for this device.',
  },
  BODY_NOT_CONFIG: {
    title: 'Not a configuration',
    meaning: 'The answer is no configuration: a PHP error, JSON, binary data.',
    nextAction: 'Run Test connection with this MAC to see what the server sends.',
  },
  PARSE_DIALECT_UNKNOWN: {
    title: 'Unknown kind of file',
    meaning: 'The file is a configuration for phones that this version does not read, or none that it knows.',
    nextAction: 'Let the PBX present this device as a Yealink phone.',
  },
  PARSE_SYNTAX: {
    title: 'Damaged file',
    meaning: 'The file begins like a configuration and then is damaged or cut.',
    nextAction: 'Run Test connection with this MAC to see what the server sends.',
  },
  FIELD_MISSING: {
    title: 'SIP account incomplete',
    meaning: 'The line has no user name, password or server, or there is no such line.',
    nextAction: 'Complete the SIP account of this device in the PBX.',
  },
  CREDENTIAL_PLACEHOLDER: {
    title: 'Placeholder password',
    meaning: 'The password is a placeholder of the template, such as changeme or {password}.',
    nextAction: 'Set the real SIP password of this device in the PBX.',
  },
  MAC_MISMATCH: {
    title: 'File of another device',
    meaning: 'The file names the MAC of another device. It may be accepted once.',
    nextAction: 'Check which device the PBX has under this MAC. If the file is right all the same, accept it once.',
  },
  AOR_CONFLICT: {
    title: 'SIP account used twice',
    meaning: 'Another device of the PBX has the same SIP account. It may be accepted once.',
    nextAction: 'Give each device its own SIP account in the PBX, or accept it once.',
  },
  DID_EMPTY: {
    title: 'No DID in the file',
    meaning: 'The field for the DID is empty or not in the file.',
    nextAction: 'Fill the field in the PBX, or choose another Provisioning Field for DID.',
  },
  DID_INVALID: {
    title: 'DID is no phone number',
    meaning: 'There is no phone number in the field for the DID.',
    nextAction: 'Correct the number in the PBX, set the country of the PBX, or choose another field for the DID.',
  },
  DID_CONFLICT: {
    title: 'DID of another user',
    meaning: 'Another user has the same number.',
    nextAction: 'Give the number to one user only.',
  },
};

const FEED_WORDS: Readonly<Record<FeedCode, ReasonWords>> = {
  CERTIFICATE_EXPIRING: {
    title: 'Certificate ends soon',
    meaning:
      "A certificate that the PBX depends on (its server's, our client certificate, its CA) ends within 30, 7 or 1 days.",
    nextAction: 'Have it renewed before it ends, then upload or pin the new one.',
  },
  CERTIFICATE_EXPIRED: {
    title: 'Certificate has ended',
    meaning: 'It has ended.',
    nextAction: 'Have it renewed, then upload or pin the new one.',
  },
  WEBHOOK_STATUS: {
    title: 'Webhook refused',
    meaning: 'The receiver of a webhook answered with something else than 2xx.',
    nextAction: 'Look at the receiver of the webhook; it is tried again by itself.',
  },
  WEBHOOK_DEAD: {
    title: 'Webhook given up',
    meaning: 'Events were given up: the receiver took none for three days.',
    nextAction: 'Mend the receiver, then send the events again from the page of the webhook.',
  },
};

/** Of every code there is, in the order of the table. */
export const reasonWords: Readonly<Record<string, ReasonWords>> = { ...REASON_WORDS, ...FEED_WORDS };

/** Null for a code that a newer server knows and this page does not. */
export function sayReason(code: string): ReasonWords | null {
  return Object.hasOwn(reasonWords, code) ? (reasonWords[code] ?? null) : null;
}
