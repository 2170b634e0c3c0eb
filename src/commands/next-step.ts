// What a person at a terminal can do about a failed fetch. Messages of the fetcher speak to somebody in front of the
// portal ("Upload the CA"); here the same is an option.
import { flag, type Given } from './command.ts';

/** By reason code: what to give on the command line. */
const OPTIONS: Readonly<Record<string, string>> = {
  TLS_UNTRUSTED: '--ca FILE with that CA, or --pin with the fingerprint',
  TLS_EXPIRED: '--pin with the fingerprint of the certificate',
  TLS_NAME: '--expected-name with a name that the certificate has',
  TLS_PIN: '--pin with the new fingerprint',
  TLS_LEGACY: '--legacy-tls',
  TLS_CLIENT_CERT_REQUIRED: '--cert FILE and --key FILE, or --p12 FILE',
  TLS_CLIENT_CERT_REJECTED: '--cert FILE and --key FILE of another certificate, or --p12 FILE',
  HTTP_401: '--username and --password-file',
  REDIRECT_REFUSED: '--url with the address that it redirects to',
  TARGET_REFUSED: '--allow-private, for a server in your own network',
  PLAIN_HTTP_REFUSED: '--allow-http, or --url with https',
  PARSE_DIALECT_UNKNOWN: '--vendor with another phone to ask as',
};

/** Switches that would change nothing: they are given already. */
const SWITCHES: Readonly<Record<string, string>> = {
  TLS_LEGACY: 'legacy-tls',
  TARGET_REFUSED: 'allow-private',
  PLAIN_HTTP_REFUSED: 'allow-http',
};

/** The message, with the option of this command line that may help at its end. */
export function withNextStep(given: Given, code: string, message: string): string {
  const option = Object.hasOwn(OPTIONS, code) ? OPTIONS[code] : undefined;
  const already = SWITCHES[code];
  if (option === undefined || (already !== undefined && flag(given, already))) return message;
  return `${message} On the command line: ${option}.`;
}
