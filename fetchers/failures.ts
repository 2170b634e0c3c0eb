// What node and OpenSSL throw on the way to a server, turned into one of our failures. Pure. The errors themselves go no
// further.
import type { TLSSocket } from 'node:tls';
import type { FetchFailure, FetchFailureCode } from './fetcher.ts';
import { portOf } from './guard.ts';
import { ConnectFailure, hasClientCertificate, type TlsSettings, tlsFailure } from './tls.ts';

export interface NetworkCircumstances {
  readonly url: URL;
  readonly tls: TlsSettings;
  readonly socket: TLSSocket | null;
  /** The head of an answer had come. */
  readonly answerBegan: boolean;
  readonly headerBytes: number;
}

export function networkFailure(thrown: unknown, about: NetworkCircumstances): FetchFailure {
  const error = causeOf(thrown);
  if (error instanceof ConnectFailure) return error.failure;
  const { host, protocol } = about.url;
  const port = portOf(about.url);
  if (protocol === 'https:') {
    const failure = tlsFailure(error, host, about.tls, about.socket);
    if (failure) return failure;
  }
  const failure = (code: FetchFailureCode, message: string): FetchFailure => ({ kind: 'failure', code, message });
  const code = error.code ?? '';
  switch (code) {
    case 'ECONNREFUSED':
      return failure(
        'TCP_REFUSED',
        `${host} refuses connections on port ${port}: nothing listens there, or a firewall says no. Check the port, and that the server runs.`,
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return failure(
        'TCP_TIMEOUT',
        `${host} cannot be reached from this machine. Check the address, the network, and the firewalls on the way.`,
      );
    case 'HPE_HEADER_OVERFLOW':
      return failure(
        'BODY_TOO_LARGE',
        `${host} sent headers of more than ${about.headerBytes / 1024} KiB. No provisioning server does so; check the address.`,
      );
    default:
  }
  if (code.startsWith('HPE_') && !about.answerBegan) {
    return failure(
      'TCP_RESET',
      `What ${host} speaks on port ${port} is not HTTP. Check the port${protocol === 'http:' ? '; if it is an https port, write https://' : ''}.`,
    );
  }
  if (code.startsWith('HPE_')) {
    return failure(
      'TCP_RESET',
      `${host} sent an answer that breaks the rules of HTTP. It is tried again later; if it stays, look into the server.`,
    );
  }
  if (about.answerBegan) {
    return failure('TCP_RESET', `${host} cut the connection in the middle of its answer. It is tried again later.`);
  }
  const hint =
    protocol === 'http:'
      ? 'if this is an https port, write https:// in the address'
      : !hasClientCertificate(about.tls)
        ? 'some servers do so when they want a client certificate'
        : 'some servers do so when they do not like the client certificate';
  return failure('TCP_RESET', `${host} cut the connection without an answer. It is tried again later; ${hint}.`);
}

/** got wraps what was thrown below it; the inner one has the code, and none of the headers. */
export function causeOf(error: unknown): NodeJS.ErrnoException {
  let inner = error;
  while (inner instanceof Error && !(inner instanceof ConnectFailure) && inner.cause instanceof Error)
    inner = inner.cause;
  return inner instanceof Error ? inner : new Error('unknown');
}
