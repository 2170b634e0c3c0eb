// Files of certificates as people have them, told apart by what is in them: PEM with certificates, keys or both, or PKCS#12.
// Looks no further: what they are worth is for the server to say. Pure.

export type CertificateFile =
  | {
      readonly kind: 'pem';
      readonly name: string;
      readonly text: string;
      readonly hasCertificate: boolean;
      readonly hasKey: boolean;
    }
  | { readonly kind: 'p12'; readonly name: string; readonly base64: string }
  | { readonly kind: 'unknown'; readonly name: string };

export function readCertificateFile(name: string, bytes: Uint8Array): CertificateFile {
  const text = new TextDecoder('utf-8').decode(bytes);
  const hasCertificate = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text);
  const hasKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(text);
  if (hasCertificate || hasKey) return { kind: 'pem', name, text, hasCertificate, hasKey };
  // A PKCS#12 file is a DER sequence with a length of two or more bytes.
  if (bytes.length > 4 && bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80)
    return { kind: 'p12', name, base64: toBase64(bytes) };
  return { kind: 'unknown', name };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

export interface ClientParts {
  readonly clientP12?: string;
  readonly clientCertPem?: string;
  readonly clientKeyPem?: string;
}

export type Gathered =
  | { readonly ok: true; readonly parts: ClientParts }
  | { readonly ok: false; readonly why: 'needs-key' | 'needs-certificate' | 'not-readable'; readonly name: string };

/** Out of one file, or of two that belong together. */
export function gatherClient(files: readonly CertificateFile[]): Gathered {
  const odd = files.find(({ kind }) => kind === 'unknown');
  if (odd) return { ok: false, why: 'not-readable', name: odd.name };
  const p12 = files.find((file) => file.kind === 'p12');
  if (p12) return { ok: true, parts: { clientP12: p12.base64 } };
  const pems = files.filter((file) => file.kind === 'pem');
  const certificates = pems.filter(({ hasCertificate }) => hasCertificate).map(({ text }) => text);
  const keys = pems.filter(({ hasKey }) => hasKey).map(({ text }) => text);
  const name = files[0]?.name ?? '';
  if (certificates.length === 0) return { ok: false, why: 'needs-certificate', name };
  if (keys.length === 0) return { ok: false, why: 'needs-key', name };
  return { ok: true, parts: { clientCertPem: certificates.join('\n'), clientKeyPem: keys[0] ?? '' } };
}
