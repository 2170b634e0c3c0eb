// The options that fetch and harvest share, read into what the fetcher needs. Knows no database.
import { readFile } from 'node:fs/promises';
import { checkCaPem, checkClientCertificate, checkP12 } from '../../fetchers/certificates.ts';
import type { Login } from '../../fetchers/fetcher.ts';
import { createGuard } from '../../fetchers/guard.ts';
import type { HttpFetcherOptions, TlsSettings } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import { checkAddress, PERSONA_VENDORS, type Persona } from '../../vendors/persona.ts';
import { flag, type Given, textOption, UsageError } from './command.ts';

export interface FetchSetup {
  /** The address as given, variables included. */
  readonly template: string;
  readonly persona: Persona;
  readonly login: Login | null;
  readonly fetcher: HttpFetcherOptions;
  /** For the person at the terminal, before anything is fetched. */
  readonly warnings: readonly string[];
}

/**
 * A file of the command line that cannot be used: said with a code, because --json shows it. For certificates that is the
 * reason code that a harvest with them would end with (docs/reason-codes.md).
 */
export class InputFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export async function readInputBytes(option: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'it does not exist'
        : code === 'EISDIR'
          ? 'it is a directory'
          : code === 'EACCES'
            ? 'this account may not read it'
            : String(code);
    throw new InputFailure(
      code === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${option} ${path} cannot be read: ${why}. Check the path.`,
    );
  }
}

async function readInputFile(option: string, path: string): Promise<string> {
  return new TextDecoder().decode(await readInputBytes(option, path));
}

/** Editors and `echo` end a file with a newline that is no part of the secret; one is dropped, further ones are kept. */
async function readSecretFile(option: string, path: string): Promise<Secret> {
  const text = await readInputFile(option, path);
  return new Secret(text.replace(/\r?\n$/, ''));
}

async function optionalFile<T>(
  given: Given,
  name: string,
  read: (option: string, path: string) => Promise<T>,
): Promise<T | undefined> {
  const path = textOption(given, name);
  return path === undefined ? undefined : await read(`--${name}`, path);
}

/** 64 hex digits, as openssl and browsers show them: with colons, blanks, an `SHA256 Fingerprint=` before. */
function readPin(text: string): string {
  const digits = text.replace(/^.*=/, '').replace(/[\s:]/g, '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) {
    throw new UsageError('--pin must be the SHA-256 fingerprint of the certificate: 64 hex digits, colons allowed.');
  }
  return (digits.match(/../g) ?? []).join(':');
}

async function readTls(given: Given): Promise<TlsSettings | undefined> {
  const ca = await optionalFile(given, 'ca', readInputFile);
  const cert = await optionalFile(given, 'cert', readInputFile);
  const keyText = await optionalFile(given, 'key', readInputFile);
  const passphrase = await optionalFile(given, 'passphrase-file', readSecretFile);
  const p12 = await optionalFile(given, 'p12', readInputBytes);
  if (p12 !== undefined && (cert !== undefined || keyText !== undefined)) {
    throw new UsageError('--p12 holds certificate and key: leave --cert and --key out.');
  }
  if ((cert === undefined) !== (keyText === undefined)) {
    throw new UsageError('--cert and --key belong together: a client certificate needs its private key.');
  }
  if (ca !== undefined) {
    const checked = checkCaPem(ca);
    if (!checked.ok) throw new InputFailure('TLS_UNTRUSTED', `--ca: ${checked.message}`);
  }
  const key = keyText === undefined ? undefined : new Secret(keyText);
  if (cert !== undefined && key !== undefined) {
    const checked = checkClientCertificate(cert, key, passphrase);
    if (!checked.ok) throw new InputFailure('TLS_CLIENT_CERT_REJECTED', `--cert, --key: ${checked.message}`);
  }
  if (p12 !== undefined) {
    const checked = checkP12(p12, passphrase);
    if (!checked.ok) throw new InputFailure('TLS_CLIENT_CERT_REJECTED', `--p12: ${checked.message}`);
  }
  const pin = textOption(given, 'pin');
  const expectedName = textOption(given, 'expected-name');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(p12 === undefined ? {} : { p12 }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(pin === undefined ? {} : { pinSha256: readPin(pin) }),
    ...(expectedName === undefined ? {} : { expectedName }),
    ...(flag(given, 'legacy-tls') ? { legacy: true } : {}),
  };
}

async function readLogin(given: Given): Promise<Login | null> {
  const username = textOption(given, 'username');
  const password = await optionalFile(given, 'password-file', readSecretFile);
  if (username === undefined && password === undefined) return null;
  if (username === undefined) throw new UsageError('--password-file needs --username beside it.');
  if (password === undefined) throw new UsageError('--username needs --password-file beside it.');
  return { username, password };
}

export function readPersona(given: Given): Persona {
  const asked = textOption(given, 'vendor') ?? 'yealink';
  const vendor = PERSONA_VENDORS.find((known) => known === asked.toLowerCase());
  if (vendor === undefined) {
    throw new UsageError(`cannot ask as "${asked}". --vendor may be ${PERSONA_VENDORS.join(', ')}.`);
  }
  return {
    vendor,
    model: null,
    phoneType: null,
    firmwareVersion: null,
    userAgent: textOption(given, 'user-agent') ?? null,
  };
}

export async function readFetchSetup(given: Given): Promise<FetchSetup> {
  const template = textOption(given, 'url');
  if (template === undefined) throw new UsageError('--url is missing: the address of the provisioning server.');
  const persona = readPersona(given);
  const checked = checkAddress(template, persona);
  if (!checked.ok) throw new UsageError(`--url: ${checked.message}`);
  const tls = await readTls(given);
  const login = await readLogin(given);
  const allowHttp = flag(given, 'allow-http');
  const warnings: string[] = [];
  if (login !== null && /^http:/i.test(template)) {
    warnings.push(
      allowHttp
        ? 'The login goes over plain http: whoever listens on the way can read it, and the passwords fetched with it.'
        : 'The address is plain http: Digest hides the login, but whoever listens on the way can read the passwords fetched with it.',
    );
  }
  return {
    template,
    persona,
    login,
    fetcher: {
      guard: createGuard({ mode: flag(given, 'allow-private') ? 'local' : 'public' }),
      ...(tls === undefined ? {} : { tls }),
      allowPlainLogin: allowHttp,
    },
    warnings,
  };
}
