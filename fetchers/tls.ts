// TLS of one PBX: its own authority, a pinned certificate, an expected name, a client certificate, old protocols; and what
// OpenSSL's errors mean in words. Opens no connection itself.
import { constants } from 'node:crypto';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { FetchFailure, FetchFailureCode, TlsIdentity } from './fetcher.ts';
import type { Secret } from './secret.ts';

export interface TlsSettings {
  /** PEM of the authorities trusted for this PBX, instead of the well-known ones. */
  readonly ca?: string;
  /** PEM of the client certificate, its chain after it. */
  readonly cert?: string;
  readonly key?: Secret;
  /** PKCS#12 with certificate and key, instead of the two. */
  readonly p12?: Uint8Array;
  /** Opens an encrypted key, or the PKCS#12. */
  readonly passphrase?: Secret;
  /**
   * SHA-256 of the one certificate that the server may show: hex, with or without colons. With it, authority, dates and
   * name are not looked at: the pin says more than they do.
   */
  readonly pinSha256?: string;
  /** The name that the certificate must hold instead of the host of the address. */
  readonly expectedName?: string;
  /** TLS 1.0 and weak keys and ciphers too, for this PBX only. */
  readonly legacy?: boolean;
}

/** An error of ours on its way through a socket: carries what to tell, and nothing that must not be told. */
export class ConnectFailure extends Error {
  readonly failure: FetchFailure;

  constructor(failure: FetchFailure) {
    super(failure.code);
    this.name = 'ConnectFailure';
    this.failure = failure;
  }
}

/**
 * For a host that a redirect led to: no client certificate, pin or expected name. The well-known authorities count beside
 * the PBX's own, for the other host may belong to its owner or to anybody.
 */
export function tlsForStrangers(settings: TlsSettings): TlsSettings {
  return {
    ...(settings.ca === undefined ? {} : { ca: [settings.ca, ...getCACertificates()].join('\n') }),
    ...(settings.legacy === undefined ? {} : { legacy: settings.legacy }),
  };
}

/** The same server, asked by nobody in particular. */
export function tlsWithoutClientCertificate(settings: TlsSettings): TlsSettings {
  const { cert: _cert, key: _key, p12: _p12, passphrase: _passphrase, ...rest } = settings;
  return rest;
}

/**
 * Certificates, key and protocols, read once and used for every connection of the PBX.
 * @throws ConnectFailure when the stored certificate or key cannot be used.
 */
export function makeSecureContext(settings: TlsSettings): SecureContext {
  try {
    return createSecureContext({
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
      ...(settings.cert === undefined ? {} : { cert: settings.cert }),
      ...(settings.key === undefined ? {} : { key: settings.key.reveal() }),
      ...(settings.p12 === undefined ? {} : { pfx: Buffer.from(settings.p12) }),
      ...(settings.passphrase === undefined ? {} : { passphrase: settings.passphrase.reveal() }),
      ...(settings.legacy
        ? {
            minVersion: 'TLSv1' as const,
            // minVersion alone is not enough: OpenSSL's default level refuses the hashes of TLS 1.0 and keys below 2048 bits.
            ciphers: 'DEFAULT@SECLEVEL=0',
            secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
          }
        : { minVersion: 'TLSv1.2' as const }),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
        ? 'its private key belongs to another certificate'
        : code === 'ERR_OSSL_BAD_DECRYPT' || code === 'ERR_MISSING_PASSPHRASE'
          ? 'its private key cannot be opened with the passphrase'
          : 'the certificate or its private key cannot be read';
    throw new ConnectFailure({
      kind: 'failure',
      code: 'TLS_CLIENT_CERT_REJECTED',
      message: `The client certificate stored for this PBX cannot be used: ${reason}. Upload certificate and key again, together.`,
    });
  }
}

/** The options of tls.connect for one host, without its address. Follow with `verifyOnConnect`. */
export function tlsConnectionOptions(host: string, hostIsIp: boolean, settings: TlsSettings): ConnectionOptions {
  const { expectedName } = settings;
  // SNI is what the address says, so that a server of many names picks the same one as for a phone; an IP address cannot
  // be sent as SNI, there the expected name is the best that is known.
  const servername = hostIsIp ? (expectedName ?? '') : host.replace(/\.$/, '');
  return {
    servername,
    ALPNProtocols: ['http/1.1'],
    // With a pin, OpenSSL's opinion is replaced by the comparison in verifyOnConnect, not dropped: a connection
    // without its expected fingerprint is destroyed before a byte is written.
    rejectUnauthorized: settings.pinSha256 === undefined,
    checkServerIdentity: (_servername, certificate) => checkServerIdentity(expectedName ?? host, certificate),
  };
}

/**
 * Holds back everything written until the handshake is through and the pin, if there is one, was compared: so neither
 * path nor login reaches a server that is not the one meant. (checkServerIdentity is no place for a pin: it is not
 * called with rejectUnauthorized false.)
 */
export function verifyOnConnect(
  socket: TLSSocket,
  host: string,
  settings: TlsSettings,
  onVerified: (identity: TlsIdentity) => void,
): void {
  socket.cork();
  socket.once('secureConnect', () => {
    const identity = identityOf(socket);
    const pin = settings.pinSha256;
    if (pin !== undefined && (!identity || !samePin(pin, identity.fingerprint256))) {
      socket.destroy(new ConnectFailure(pinFailure(host, pin, identity?.fingerprint256 ?? null)));
      return;
    }
    if (identity) onVerified(identity);
    socket.uncork();
  });
}

function identityOf(socket: TLSSocket): TlsIdentity | null {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return null;
  return {
    protocol: socket.getProtocol() ?? '',
    subject: certificate.subject ?? '',
    fingerprint256: certificate.fingerprint256,
    validTo: certificate.validTo,
  };
}

/** Fingerprint as everybody writes it: upper-case hex pairs joined by colons. */
function normalizePin(pin: string): string {
  return (
    pin
      .replaceAll(/[^0-9a-f]/gi, '')
      .toUpperCase()
      .match(/../g) ?? []
  ).join(':');
}

export function samePin(pin: string, fingerprint256: string): boolean {
  return normalizePin(pin) === fingerprint256;
}

export function pinFailure(host: string, pin: string, shown: string | null): FetchFailure {
  return {
    kind: 'failure',
    code: 'TLS_PIN',
    message: `The certificate of ${host} changed: pinned is ${normalizePin(pin)}, it shows ${shown ?? 'none'}. Nothing was sent to it. If the server's owner confirms the new certificate, pin that one.`,
  };
}

/**
 * What a failed handshake, or an alert after it, means. Null when the error is none of TLS.
 * @param socket still there when the error comes: whether the server had shown its certificate tells a missing client
 *   certificate from ciphers that nobody shares, for both are alert 40 in TLS 1.2.
 */
export function tlsFailure(
  error: NodeJS.ErrnoException,
  host: string,
  settings: TlsSettings,
  socket: TLSSocket | null,
): FetchFailure | null {
  const code = error.code ?? '';
  const fail = (failureCode: FetchFailureCode, message: string): FetchFailure => ({
    kind: 'failure',
    code: failureCode,
    message,
  });
  if (/too weak|too small|MD_TOO_WEAK|KEY_TOO_SMALL/i.test(`${code} ${error.message}`)) {
    return fail(
      'TLS_LEGACY',
      `The certificate or key exchange of ${host} is too weak for today's TLS. Have it renewed with a key of 2048 bits or more, or switch on legacy TLS for this PBX.`,
    );
  }
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return fail(
        'TLS_UNTRUSTED',
        `The certificate of ${host} is self-signed. Pin its fingerprint (Test connection shows it), or upload it as the CA of this PBX.`,
      );
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_REJECTED':
    case 'INVALID_CA':
    case 'INVALID_PURPOSE':
    case 'PATH_LENGTH_EXCEEDED':
    case 'CERT_CHAIN_TOO_LONG':
    case 'CERT_REVOKED':
      return fail(
        'TLS_UNTRUSTED',
        `The certificate of ${host} is signed by an authority that is not trusted${settings.ca === undefined ? '' : ', also not with the CA of this PBX'}. Upload the CA (with intermediate certificates) that signed it, or pin its fingerprint.`,
      );
    case 'CERT_HAS_EXPIRED':
      return fail(
        'TLS_EXPIRED',
        `The certificate of ${host} has expired. Have it renewed on the PBX, or pin its fingerprint to go on until then.`,
      );
    case 'CERT_NOT_YET_VALID':
      return fail(
        'TLS_EXPIRED',
        `The certificate of ${host} is not valid yet. Check the clocks of the PBX and of this machine, or pin its fingerprint.`,
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
    case 'IP_ADDRESS_MISMATCH':
      return fail(
        'TLS_NAME',
        `The certificate of ${host} is not for ${settings.expectedName ?? 'this name'}${namesIn(error)}. Use a name that it holds in the address, or enter that name as the expected name of this PBX.`,
      );
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
      return fail(
        'TCP_RESET',
        `${host} does not speak TLS on this port. If it is a plain http server, write http:// in the address, or use its https port.`,
      );
    default:
  }
  if (
    /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|LEGACY_RENEGOTIATION|INSUFFICIENT_SECURITY|LEGACY_SIGALG|NO_CIPHERS/.test(
      code,
    )
  ) {
    return fail('TLS_LEGACY', legacyMessage(host, settings));
  }
  if (/CERTIFICATE_REQUIRED/.test(code)) return fail('TLS_CLIENT_CERT_REQUIRED', clientCertMessage(host, settings));
  if (/ALERT_HANDSHAKE_FAILURE/.test(code)) {
    if (!socket?.getPeerX509Certificate()) return fail('TLS_LEGACY', legacyMessage(host, settings));
    return clientCertFailure(host, settings);
  }
  if (
    /ALERT_(BAD_CERTIFICATE|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/.test(
      code,
    )
  ) {
    return clientCertFailure(host, settings);
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return fail(
      'TCP_RESET',
      `The TLS handshake with ${host} failed (${code.slice(0, 60)}). Check that the address and port are those of the provisioning server.`,
    );
  }
  return null;
}

export function hasClientCertificate(settings: TlsSettings): boolean {
  return settings.cert !== undefined || settings.p12 !== undefined;
}

/** Which of the two a refusal is, by whether a certificate was shown. */
export function clientCertFailure(host: string, settings: TlsSettings): FetchFailure {
  const shown = hasClientCertificate(settings);
  return {
    kind: 'failure',
    code: shown ? 'TLS_CLIENT_CERT_REJECTED' : 'TLS_CLIENT_CERT_REQUIRED',
    message: clientCertMessage(host, settings),
  };
}

function clientCertMessage(host: string, settings: TlsSettings): string {
  return !hasClientCertificate(settings)
    ? `${host} asks for a client certificate and this PBX has none. Upload the certificate and its key.`
    : `${host} did not accept the client certificate of this PBX. Check that it is the one that the server trusts and that it has not expired, then upload the right one.`;
}

function legacyMessage(host: string, settings: TlsSettings): string {
  return settings.legacy
    ? `${host} shares no TLS version or cipher with us, not even with legacy TLS switched on. It needs newer software.`
    : `${host} speaks only TLS versions or ciphers that are too old. Have TLS 1.2 switched on there, or switch on legacy TLS for this PBX.`;
}

/** The names of a certificate, out of Node's reason text. They come from the server: shortened, one line. */
function namesIn(error: NodeJS.ErrnoException & { cert?: { subjectaltname?: string } }): string {
  const names = error.cert?.subjectaltname?.replaceAll(/(DNS|IP Address):/g, '').replaceAll(/[^\w.:*, -]/g, '');
  return names ? ` but for ${names.length > 120 ? `${names.slice(0, 120)}...` : names}` : '';
}
